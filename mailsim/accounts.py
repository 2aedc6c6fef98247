"""Accounts: who has a mailbox here, and is this their password.

A password is random. The server keeps a SCRAM-SHA-256 verifier of it (RFC 5803) in `.mailsim/passwd`, a file that
Dovecot reads as a passwd-file; the password itself is in `.mailsim/secrets/<account>`, readable by its owner only,
because an agent and `mailsim accounts` need it.
"""

import asyncio
import base64
import contextlib
import enum
import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailsim.config import World
from mailsim.errors import NotFound, WorldError
from mailsim.store.files import MISSING, read_text, stamp

ITERATIONS = 4096  # RFC 7677 section 4 asks for at least these; a random password needs no more
SALT = 16  # octets
HASHINGS = 2  # at once: a password takes a millisecond of a core, and a flood of wrong ones must leave some for mail
SCHEME = "{SCRAM-SHA-256}"
_FORM = re.compile(re.escape(SCHEME) + r"([1-9]\d{0,6}),([^,]+),([^,]+),([^,]+)", re.ASCII)


class Kind(enum.StrEnum):
    """What an account is to the relay: limits for automata never hold up a person."""

    PERSON = "person"
    PERSONA = "persona"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox and the one address it may send from. `name` is the local part and the folder under `mailboxes/`."""

    name: str
    address: str
    kind: Kind
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Verifier:
    """What is kept of a password: enough for PLAIN and for SCRAM-SHA-256 (RFC 5802 section 3), not to log in with."""

    iterations: int
    salt: bytes
    stored_key: bytes
    server_key: bytes

    @classmethod
    def of(cls, password: str, salt: bytes, iterations: int = ITERATIONS) -> "Verifier":
        salted = hashlib.pbkdf2_hmac("sha256", _octets(password), salt, iterations)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        return cls(
            iterations,
            salt,
            hashlib.sha256(client_key).digest(),
            hmac.digest(salted, b"Server Key", "sha256"),
        )

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Read Dovecot's form `{SCRAM-SHA-256}4096,salt,stored,server`; raises ValueError for any other."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError("not a SCRAM-SHA-256 entry")
        salt, stored, server = (base64.b64decode(part, validate=True) for part in match.groups()[1:])
        return cls(int(match[1]), salt, stored, server)

    def __str__(self) -> str:
        parts = (base64.b64encode(part).decode() for part in (self.salt, self.stored_key, self.server_key))
        return f"{SCHEME}{self.iterations},{','.join(parts)}"

    def accepts(self, password: str) -> bool:
        """Whether `password` is the one; takes the same time whichever byte differs."""
        return hmac.compare_digest(self.of(password, self.salt, self.iterations).stored_key, self.stored_key)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A login to be judged. `proof` is what is remembered of it once it was right."""

    account: Account | None
    verifier: Verifier
    proof: bytes


class Accounts:
    """Every account of one world. `provision` makes what is missing on disk; look-ups never write."""

    def __init__(self, world: World) -> None:
        self._state = world.state
        self._verifiers: dict[str, Verifier] = {}
        self._seen = MISSING
        self._remembered: dict[str, bytes] = {}
        self._memory_key = os.urandom(32)
        self._hashing = asyncio.Semaphore(HASHINGS)
        self.adopt(world)

    def adopt(self, world: World) -> None:
        """Take the accounts of a world read anew, for example after `mailsim accounts add`."""
        office = world.office
        kinds: dict[str, tuple[Kind, str | None]] = {office.archive: (Kind.ARCHIVE, None)}
        kinds |= {name: (Kind.PERSONA, member.language) for name, member in world.cast.items()}
        kinds |= {name: (Kind.PERSON, person.language) for name, person in office.people.items()}
        if office.archive in world.cast or office.archive in office.people:
            raise WorldError(f"`{office.archive}` is the archive's account; give the other a different name")
        if both := sorted(world.cast.keys() & office.people.keys()):
            raise WorldError(f"`{both[0]}` is in config/cast.yaml and among the people of config/mailsim.yaml")
        self._domain = office.domain
        self._accounts = {
            name: Account(name, f"{name}@{office.domain}", kind, language) for name, (kind, language) in kinds.items()
        }

    def __iter__(self) -> Iterator[Account]:
        return iter(self._accounts.values())

    def find(self, address: str) -> Account | None:
        """The account of an address or of a bare name, whatever its case; None for anybody else's."""
        name, at, domain = address.lower().rpartition("@")
        if not at:
            return self._accounts.get(domain)
        return self._accounts.get(name) if domain == self._domain else None

    def get(self, address: str) -> Account:
        """The same; raises NotFound, for a person to read, if there is none."""
        if account := self.find(address):
            return account
        raise NotFound(f"there is no account `{address}`; make it with: mailsim accounts add {address}")

    def is_local(self, address: str) -> bool:
        """Whether the address belongs to this world's domain, known account or not."""
        return address.lower().rpartition("@")[2] == self._domain

    def verify(self, user: str, password: str) -> Account | None:
        """The account of a right login, else None; an unknown user costs as much time as a wrong password.

        A login that was right once is remembered in memory, as a keyed digest, so that the next costs no hashing.
        """
        claim = self._claim(user, password)
        return claim.account if self._remembers(claim) else self._settle(claim, claim.verifier.accepts(password))

    async def verify_soon(self, user: str, password: str) -> Account | None:
        """The same for a server's event loop: the hashing is a thread's, so that nobody else waits for it."""
        claim = self._claim(user, password)
        if self._remembers(claim):
            return claim.account
        async with self._hashing:
            accepted = await asyncio.to_thread(claim.verifier.accepts, password)
        return self._settle(claim, accepted)

    def verifier(self, user: str) -> Verifier:
        """What SCRAM judges a login by; a stranger gets one that nothing satisfies, with the same salt each time."""
        self._refresh()
        account = self.find(user)
        salt = hmac.digest(self._memory_key, _octets(user), "sha256")[:SALT]
        stranger = Verifier(ITERATIONS, salt, os.urandom(32), os.urandom(32))
        return self._verifiers.get(account.name, stranger) if account else stranger

    def _claim(self, user: str, password: str) -> _Claim:
        self._refresh()
        account = self.find(user)
        verifier = self._verifiers.get(account.name) if account else None
        proof = hmac.digest(self._memory_key, _octets(f"{user}\0{password}"), "sha256")
        return _Claim(account, verifier or _NOBODY, proof)

    def _remembers(self, claim: _Claim) -> bool:
        known = self._remembered.get(claim.account.name, b"") if claim.account else b""
        return hmac.compare_digest(known, claim.proof)

    def _settle(self, claim: _Claim, accepted: bool) -> Account | None:
        """A password that was changed while it was being checked is a wrong one."""
        account = claim.account
        if not accepted or account is None or self._verifiers.get(account.name) != claim.verifier:
            return None
        self._remembered[account.name] = claim.proof
        return account

    def password(self, name: str) -> str:
        """The password as its owner keeps it; raises NotFound if this user may not read it."""
        try:
            return (self._state / "secrets" / name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise NotFound(f"no password of `{name}` that you may read: {error.strerror}") from error

    def provision(self) -> list[Account]:
        """Give a password to every account that has none; returns those accounts."""
        if not self._without_password():
            return []
        with _alone(self._state):
            new = self._without_password()
            for account in new:
                self._give_password(account.name)
            self._write()
        return new

    def _without_password(self) -> list[Account]:
        self._refresh()
        return [account for account in self if account.name not in self._verifiers]

    def _give_password(self, name: str) -> None:
        folder = self._state / "secrets"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        password = secrets.token_hex(12)  # letters and digits: no shell or config file reads more into them
        _write_private(folder / name, password + "\n")
        self._verifiers[name] = Verifier.of(password, os.urandom(SALT))

    def _refresh(self) -> None:
        """Read `passwd` again if it changed; its changes also make remembered logins void."""
        path = self._state / "passwd"
        seen = stamp(path)
        if seen != self._seen:
            self._verifiers = _read_verifiers(path)
            self._remembered.clear()
            self._seen = seen

    def _write(self) -> None:
        lines = (f"{name}@{self._domain}:{verifier}::::::\n" for name, verifier in self._verifiers.items())
        _write_private(self._state / "passwd", "".join(lines))
        self._seen = stamp(self._state / "passwd")


@contextlib.contextmanager
def _alone(state: Path) -> Iterator[None]:
    """Hold off a daemon that starts, or a command: two that give passwords at once would mix theirs up."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / "passwd.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _octets(text: str) -> bytes:
    """What is hashed; a client may send anything, also what is no character."""
    return text.encode("utf-8", "surrogatepass")


def _read_verifiers(path: Path) -> dict[str, Verifier]:
    """By account; raises WorldError that names the line."""
    found = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        address, _, rest = line.partition(":")
        try:
            found[address.partition("@")[0]] = Verifier.parse(rest.partition(":")[0])
        except ValueError as error:
            raise WorldError(f"{path}:{number}: not a SCRAM-SHA-256 entry; delete the line") from error
    return found


def _write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


_NOBODY = Verifier.of(secrets.token_urlsafe(15), os.urandom(SALT))
