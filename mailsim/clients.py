"""What a mail client wants to know: host, port, security, user and password of each account."""

from typing import Any

from mailsim.accounts import Account, Accounts
from mailsim.config import Endpoint, World
from mailsim.running import running

SECURITY = {"smtp": "STARTTLS", "imap": "STARTTLS", "smtps": "TLS", "imaps": "TLS"}


def endpoints(world: World) -> tuple[Endpoint, Endpoint]:
    """Where SMTP and IMAP are, with STARTTLS."""
    now = services(world)
    return now["smtp"], now["imap"]


def services(world: World) -> dict[str, Endpoint]:
    """Where each service is that is on: the addresses of the running daemon, else those of the config."""
    listen = running(world.state) or world.office.listen
    return {service: at for service in SECURITY if (at := getattr(listen, service))}


def settings(world: World, name: str | None = None) -> list[dict[str, Any]]:
    """One entry an account, or that of `name` alone: `{address, kind, user, password, smtp, imap}`.

    `smtp` and `imap` are `{host, port, security}`; so are `smtps` and `imaps`, if they are on.

    Accounts that have no password yet get one, as the next start would have done. Raises NotFound for a
    password that this user may not read, and for an account that does not exist.
    """
    accounts = Accounts(world)
    accounts.provision()
    at = services(world)
    found = accounts if name is None else [accounts.get(name)]
    return [_entry(accounts, account, at) for account in found]


def _entry(accounts: Accounts, account: Account, services: dict[str, Endpoint]) -> dict[str, Any]:
    return {
        "address": account.address,
        "kind": str(account.kind),
        "user": account.address,
        "password": accounts.password(account.name),
        **{name: {"host": at.host, "port": at.port, "security": SECURITY[name]} for name, at in services.items()},
    }
