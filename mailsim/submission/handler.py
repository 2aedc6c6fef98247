"""What the relay answers: the hooks that aiosmtpd calls, each a question to the gate or to the accounts."""

import asyncio
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, Session
from aiosmtpd.smtp import Envelope as Transaction

from mailsim.accounts import Account
from mailsim.config import Limits
from mailsim.errors import TemporaryRejection
from mailsim.submission.gate import Gate
from mailsim.submission.intake import Intake, Submission
from mailsim.submission.login import Login


class Handler:
    """One for each connection."""

    def __init__(
        self, login: Login, gate: Gate, intake: Intake, limits: Limits, storing: set[asyncio.Task[str]]
    ) -> None:
        self._login, self._gate, self._intake = login, gate, intake
        self._limits, self._storing = limits, storing

    async def handle_EHLO(  # noqa: N802 - the names are aiosmtpd's
        self, server: SMTP, session: Session, transaction: Transaction, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        *offers, last = responses
        return ["\r\n".join([*offers, "250-ENHANCEDSTATUSCODES", last])]  # in one write, not in ten

    async def handle_AUTH(  # noqa: N802
        self, server: SMTP, session: Session, transaction: Transaction, args: list[str]
    ) -> str | None:
        account: Any = await self._login.account(server, args)
        if account is None:
            return None
        session.authenticated, session.auth_data = True, account
        return "235 2.7.0 welcome"

    async def auth_SCRAM__SHA__256(self, server: SMTP, args: list[str]) -> None:  # noqa: N802
        """Its name is all there is to it: aiosmtpd offers what it finds methods for, and calls `handle_AUTH`."""

    def take_login(
        self, server: SMTP, session: Session, transaction: Transaction, mechanism: str, login: LoginPassword
    ) -> AuthResult:
        """aiosmtpd's authenticator, which must not wait; so it only hands on what the client said."""
        return AuthResult(success=True, auth_data=login)

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, transaction: Transaction, address: str, options: list[str]
    ) -> str:
        account = _authenticated(session)
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


def _authenticated(session: Session) -> Account:
    account: Any = session.auth_data
    assert isinstance(account, Account)
    return account


def _submission(session: Session, transaction: Transaction) -> Submission:
    peer: Any = session.peer
    content = transaction.content
    assert isinstance(content, bytes)
    return Submission(
        account=_authenticated(session),
        sender=transaction.mail_from or "",
        recipients=tuple(transaction.rcpt_tos),
        content=content,
        helo=session.host_name or "",
        peer=peer[0],
        protocol=("UTF8SMTP" if transaction.smtp_utf8 else "ESMTP") + ("SA" if session.ssl else "A"),
    )
