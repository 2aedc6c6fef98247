"""Who has a mailbox, and is this their password."""

import hashlib
import hmac
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsim.accounts import Account, Accounts, Kind, Verifier
from mailsim.config import CastMember, Person, PostOffice, World
from mailsim.errors import NotFound, WorldError

anything = st.text(st.characters())  # halves of surrogate pairs too


def world(root: Path, *people: str, cast: tuple[str, ...] = (), **office: str) -> World:
    named = {name: Person(language="de") for name in people}
    return World(root, PostOffice(people=named, **office), {name: CastMember(language="en") for name in cast})


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    accounts = Accounts(world(tmp_path, "me", "you", cast=("eliza",)))
    accounts.provision()
    return accounts


def test_people_personas_and_the_archive_have_accounts(accounts: Accounts) -> None:
    assert set(accounts) == {
        Account("me", "me@mailsim.test", Kind.PERSON, "de"),
        Account("you", "you@mailsim.test", Kind.PERSON, "de"),
        Account("eliza", "eliza@mailsim.test", Kind.PERSONA, "en"),
        Account("archive", "archive@mailsim.test", Kind.ARCHIVE, None),
    }


@pytest.mark.parametrize("address", ["me", "ME", "me@mailsim.test", "Me@MailSim.Test"])
def test_an_address_or_a_name_finds_its_account(accounts: Accounts, address: str) -> None:
    found = accounts.find(address)
    assert found and found.name == "me"


@pytest.mark.parametrize(
    "address", ["", "@", "nobody", "me@", "@mailsim.test", "me@other.test", "me@me@mailsim.test", "me "]
)
def test_anybody_elses_address_finds_none(accounts: Accounts, address: str) -> None:
    assert accounts.find(address) is None


@settings(deadline=None)
@given(anything)
def test_any_text_finds_an_account_or_none(text: str) -> None:
    accounts = Accounts(world(Path("nowhere"), "me"))
    assert accounts.find(text) is None or "me" in text.lower() or "archive" in text.lower()
    assert accounts.is_local(text) in (True, False)


def test_the_whole_domain_is_local_and_no_other(accounts: Accounts) -> None:
    addresses = ["nobody@mailsim.test", "NOBODY@MAILSIM.TEST", "a@sub.mailsim.test", "a@other.test"]
    assert [accounts.is_local(address) for address in addresses] == [True, True, False, False]


def test_the_right_password_logs_in_by_name_and_by_address(accounts: Accounts) -> None:
    password = accounts.password("me")
    for user in ("me", "me@mailsim.test") * 2:
        found = accounts.verify(user, password)
        assert found and found.name == "me"


@pytest.mark.parametrize("user", ["me", "you", "nobody", "", "me\0"])
def test_a_wrong_one_does_not(accounts: Accounts, user: str) -> None:
    accounts.verify("me", accounts.password("me"))
    for password in ("", "wrong", accounts.password("me") + "x", accounts.password("eliza"), "\ud800", "\0"):
        assert accounts.verify(user, password) is None


async def test_the_event_loops_check_says_the_same(accounts: Accounts) -> None:
    for _ in range(2):
        found = await accounts.verify_soon("me", accounts.password("me"))
        assert found and found.name == "me"
    assert await accounts.verify_soon("me", "wrong") is None
    assert await accounts.verify_soon("nobody", "wrong") is None


def test_a_login_that_was_right_costs_no_hashing_again(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    password = accounts.password("me")
    accounts.verify("me", password)
    monkeypatch.setattr(Verifier, "accepts", lambda *_: pytest.fail("hashed again"))
    assert accounts.verify("me", password)


def test_an_unknown_user_costs_as_much_as_a_wrong_password(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []
    monkeypatch.setattr(Verifier, "accepts", lambda self, _: bool(hashed.append(self.iterations)))
    accounts.verify("me", "wrong")
    accounts.verify("nobody", "wrong")
    assert len(set(hashed)) == 1 and len(hashed) == 2


def test_a_new_password_is_known_at_once_and_the_old_forgotten(accounts: Accounts, tmp_path: Path) -> None:
    old = accounts.password("me")
    accounts.verify("me", old)
    passwd = tmp_path / ".mailsim" / "passwd"
    lines = passwd.read_text().splitlines(keepends=True)
    passwd.write_text("".join(line for line in lines if not line.startswith("me@")))
    Accounts(world(tmp_path, "me", "you", cast=("eliza",))).provision()
    assert accounts.verify("me", old) is None
    assert accounts.verify("me", accounts.password("me"))


def test_whoever_was_removed_from_the_world_cannot_log_in(accounts: Accounts, tmp_path: Path) -> None:
    password = accounts.password("you")
    assert accounts.verify("you", password)
    accounts.adopt(world(tmp_path, "me"))
    assert accounts.verify("you", password) is None


def test_only_those_without_a_password_get_one(accounts: Accounts, tmp_path: Path) -> None:
    before = accounts.password("me")
    again = Accounts(world(tmp_path, "me", "new"))
    assert [account.name for account in again.provision()] == ["new"]
    assert again.provision() == []
    assert again.password("me") == before
    assert again.verify("me", before) and again.verify("new", again.password("new"))


def test_passwords_are_random_and_their_owners_alone(accounts: Accounts, tmp_path: Path) -> None:
    assert len({accounts.password(account.name) for account in accounts}) == 4
    state = tmp_path / ".mailsim"
    assert {path.stat().st_mode & 0o777 for path in [state / "passwd", *(state / "secrets").iterdir()]} == {0o600}
    assert (state / "secrets").stat().st_mode & 0o777 == 0o700
    assert not any(accounts.password(account.name) in (state / "passwd").read_text() for account in accounts)


def test_a_password_that_cannot_be_read_is_not_found(accounts: Accounts) -> None:
    with pytest.raises(NotFound, match="no password of `nobody`"):
        accounts.password("nobody")


@pytest.mark.parametrize(
    ("people", "cast", "message"),
    [
        (("archive",), (), "archive's account"),
        ((), ("archive",), "archive's account"),
        (("me",), ("me",), "`me` is in config/cast.yaml and among the people"),
    ],
)
def test_one_name_is_one_account(tmp_path: Path, people: tuple[str, ...], cast: tuple[str, ...], message: str) -> None:
    with pytest.raises(WorldError, match=message):
        Accounts(world(tmp_path, *people, cast=cast))


def test_a_world_that_is_wrong_leaves_the_accounts_as_they_were(accounts: Accounts, tmp_path: Path) -> None:
    before = set(accounts)
    with pytest.raises(WorldError):
        accounts.adopt(world(tmp_path, "archive"))
    assert set(accounts) == before


def test_a_line_that_is_no_entry_is_named(accounts: Accounts, tmp_path: Path) -> None:
    passwd = tmp_path / ".mailsim" / "passwd"
    passwd.write_text("# comment\n\nme@mailsim.test:{PLAIN}secret::::::\n")
    for _ in range(2):
        with pytest.raises(WorldError, match=r"passwd:3: .* delete the line"):
            accounts.verify("me", "secret")


def test_comments_and_empty_lines_are_passed_over(accounts: Accounts, tmp_path: Path) -> None:
    passwd = tmp_path / ".mailsim" / "passwd"
    passwd.write_text("# ours\n\n" + passwd.read_text())
    assert accounts.verify("me", accounts.password("me"))


def test_a_verifier_is_scram_sha_256s() -> None:
    """RFC 7677 section 3 gives what a client proves with the password `pencil`."""
    import base64

    salt = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
    verifier = Verifier.of("pencil", salt, 4096)
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    said = f"n=user,r=rOprNGfwEbeRWgbNEkqO,r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r={nonce}".encode()
    proof = base64.b64decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    signature = hmac.digest(verifier.stored_key, said, "sha256")
    client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
    assert hashlib.sha256(client_key).digest() == verifier.stored_key
    assert (
        base64.b64encode(hmac.digest(verifier.server_key, said, "sha256"))
        == b"6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
    )


@settings(deadline=None)
@given(password=anything, salt=st.binary(min_size=1), iterations=st.integers(1, 50))
def test_a_verifier_comes_back_from_its_text(password: str, salt: bytes, iterations: int) -> None:
    verifier = Verifier.of(password, salt, iterations)
    assert Verifier.parse(str(verifier)) == verifier
    assert verifier.accepts(password) and not verifier.accepts(password + "x")


@settings(deadline=None)
@given(st.text() | st.text("0123456789,=aA+/").map(lambda rest: "{SCRAM-SHA-256}" + rest))
def test_any_text_is_a_verifier_or_a_value_error(text: str) -> None:
    try:
        verifier = Verifier.parse(text)
    except ValueError:
        return
    assert 0 < verifier.iterations < 10_000_000


def test_a_password_of_another_user_is_not_found(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(NotFound, match="that you may read: Permission denied"):
        accounts.password("me")
