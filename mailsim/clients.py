"""What a mail client wants to know: host, port, security, user and password of each account."""

from typing import Any

from mailsim.accounts import Account, Accounts
from mailsim.config import Endpoint, World
from mailsim.running import running

SECURITY = "STARTTLS"


def endpoints(world: World) -> tuple[Endpoint, Endpoint]:
    """Where SMTP and IMAP are: the addresses of the running daemon, else those of the config."""
    now = running(world.state)
    return (now.smtp, now.imap) if now else (world.office.listen.smtp, world.office.listen.imap)


def settings(world: World) -> list[dict[str, Any]]:
    """One entry an account: `{address, user, password, smtp: {host, port, security}, imap: {host, port, security}}`.

    Accounts that have no password yet get one, as the next start would have done. Raises NotFound for a
    password that this user may not read.
    """
    accounts = Accounts(world)
    accounts.provision()
    smtp, imap = endpoints(world)
    return [_entry(accounts, account, smtp, imap) for account in accounts]


def _entry(accounts: Accounts, account: Account, smtp: Endpoint, imap: Endpoint) -> dict[str, Any]:
    return {
        "address": account.address,
        "kind": str(account.kind),
        "user": account.address,
        "password": accounts.password(account.name),
        "smtp": {"host": smtp.host, "port": smtp.port, "security": SECURITY},
        "imap": {"host": imap.host, "port": imap.port, "security": SECURITY},
    }
