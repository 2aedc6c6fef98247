"""What every profile is made of: one account's login, as a client on this machine uses it."""

from dataclasses import dataclass
from pathlib import Path

from mailsim.accounts import Account, Accounts, Kind
from mailsim.clients import endpoints
from mailsim.config import Endpoint, World
from mailsim.errors import NotFound
from mailsim.tls import ca_file, server_context
from mailsim_common.clock import SystemClock

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - to recognise it, not to listen there


@dataclass(frozen=True)
class Login:
    """An account, its password, the two servers (both speak STARTTLS), and the authority that vouches for them."""

    name: str
    address: str  # also the user name
    full_name: str
    password: str
    imap: Endpoint
    smtp: Endpoint
    ca: Path
    read_only: bool  # the archive: clients may look and not touch


def login(world: World, name: str | None) -> Login:
    """The login of the account `name`, or of the only person. Makes the password and the certificate if there is none.

    Raises NotFound.
    """
    accounts = Accounts(world)
    account = _find(world, accounts, name)
    accounts.provision()
    server_context(world.state, world.office.domain, SystemClock())
    smtp, imap = endpoints(world)
    person = world.office.people.get(account.name)
    return Login(
        name=account.name,
        address=account.address,
        full_name=person.name if person and person.name else account.name.capitalize(),
        password=accounts.password(account.name),
        imap=_reachable(imap),
        smtp=_reachable(smtp),
        ca=ca_file(world.state).resolve(),
        read_only=account.kind is Kind.ARCHIVE,
    )


def _find(world: World, accounts: Accounts, name: str | None) -> Account:
    people = list(world.office.people)
    if name is None and len(people) != 1:
        raise NotFound(f"say which account the profile is for, one of: {', '.join(people) or 'none yet'}")
    return accounts.get(name or people[0])


def _reachable(at: Endpoint) -> Endpoint:
    """By the name in the certificate: many clients compare it with names only, never with an IP address."""
    return Endpoint("localhost", at.port) if at.is_loopback or at.host in EVERYWHERE else at
