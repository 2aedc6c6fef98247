"""What the relay answers: the hooks that aiosmtpd calls, each a question to the gate or to the accounts."""

import asyncio
import logging
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, Session
from aiosmtpd.smtp import Envelope as Transaction

from mailsim.accounts import Account, Accounts
from mailsim.config import Limits
from mailsim.errors import Rejection, TemporaryRejection
from mailsim.submission.gate import Gate
from mailsim.submission.intake import Intake, Submission

log = logging.getLogger(__name__)
MECHANISMS = ("PLAIN", "LOGIN")


class Handler:
    """One for each connection, because it counts failed logins."""

    def __init__(
        self,
        accounts: Accounts,
        gate: Gate,
        intake: Intake,
        limits: Limits,
        login_delay: float,
        storing: set[asyncio.Task[str]],
    ) -> None:
        self._accounts, self._gate, self._intake = accounts, gate, intake
        self._limits, self._login_delay, self._storing = limits, login_delay, storing
        self._failed_logins = 0

    async def handle_EHLO(  # noqa: N802 - the names are aiosmtpd's
        self, server: SMTP, session: Session, transaction: Transaction, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        *offers, last = responses
        return ["\r\n".join([*offers, "250-ENHANCEDSTATUSCODES", last])]  # in one write, not in ten

    async def handle_AUTH(  # noqa: N802
        self, server: SMTP, session: Session, transaction: Transaction, args: list[str]
    ) -> str | None:
        """RFC 4954. A wrong password costs the client time, and after a few of them its connection."""
        if args[0] not in MECHANISMS:
            return "504 5.5.4 there is AUTH PLAIN and AUTH LOGIN"
        ask = server.auth_PLAIN if args[0] == "PLAIN" else server.auth_LOGIN
        result = await ask(server, args)
        if result.success:
            session.authenticated, session.auth_data = True, result.auth_data
            return "235 2.7.0 welcome"
        if not result.handled:
            await self._refuse_login(session)
        return None

    def authenticate(
        self, server: SMTP, session: Session, transaction: Transaction, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        """aiosmtpd's authenticator: is this the password? Whatever is not UTF-8 is nobody's."""
        user, password = (text.decode("utf-8", "replace") for text in login)
        account = self._accounts.verify(user, password)
        return AuthResult(success=account is not None, handled=False, auth_data=account)

    async def _refuse_login(self, session: Session) -> None:
        self._failed_logins += 1
        log.warning("%s: wrong user or password", session.peer)
        await asyncio.sleep(self._login_delay)
        if self._failed_logins >= self._limits.failed_logins:
            raise TemporaryRejection(421, "4.7.0", "too many failed logins")
        raise Rejection(535, "5.7.8", "wrong user or password")

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, transaction: Transaction, address: str, options: list[str]
    ) -> str:
        account = _login(session)
        self._gate.check_sender(account, address)
        transaction.mail_from = account.address
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, transaction: Transaction, address: str, options: list[str]
    ) -> str:
        recipient = self._gate.recipient(address)
        if len(transaction.rcpt_tos) >= self._limits.recipients:
            raise TemporaryRejection(452, "4.5.3", "too many recipients; send the rest a copy of its own")
        if recipient not in transaction.rcpt_tos:
            transaction.rcpt_tos.append(recipient)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, transaction: Transaction) -> str:  # noqa: N802
        """Shielded, because aiosmtpd cancels this when the client leaves, and half a message would be stored."""
        task = asyncio.create_task(self._intake.submit(_submission(session, transaction)))
        self._storing.add(task)
        task.add_done_callback(self._stored)
        return f"250 2.0.0 {await asyncio.shield(task)}"

    def _stored(self, task: "asyncio.Task[str]") -> None:
        self._storing.discard(task)
        if not task.cancelled():
            task.exception()  # told to the client, if it still listens


def _login(session: Session) -> Account:
    account: Any = session.auth_data
    assert isinstance(account, Account)
    return account


def _submission(session: Session, transaction: Transaction) -> Submission:
    peer: Any = session.peer
    content = transaction.content
    assert isinstance(content, bytes)
    return Submission(
        account=_login(session),
        sender=transaction.mail_from or "",
        recipients=tuple(transaction.rcpt_tos),
        content=content,
        helo=session.host_name or "",
        peer=peer[0],
        protocol=("UTF8SMTP" if transaction.smtp_utf8 else "ESMTP") + ("SA" if session.ssl else "A"),
    )
