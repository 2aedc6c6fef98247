"""An agent's way out: SMTP submission (RFC 6409) through aiosmtplib, over a connection that is kept for a while."""

import asyncio
import logging
from collections.abc import Sequence

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from mailsim_agents.config import Login
from mailsim_agents.errors import SubmitRefused, SubmitTemporary

logger = logging.getLogger(__name__)
TIMEOUT_SECONDS = 60.0
KEEP_SECONDS = 60.0  # a connection costs 2 ms to make, and memory on both sides to keep


class Submitter:
    """Sends one agent's mail; not for two tasks at once."""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._smtp: SMTP | None = None
        self._hang_up: asyncio.TimerHandle | None = None

    async def send(self, sender: str, recipients: Sequence[str], content: bytes) -> None:
        """Return once the relay has taken the message, now or, as it says, earlier under the same Message-ID.

        Raises SubmitRefused where it never will, SubmitTemporary where a later try may succeed. A recipient that
        the relay does not know is left out as long as another is left.
        """
        if self._hang_up is not None:
            self._hang_up.cancel()
        try:
            await self._deliver(await self._begin(sender), recipients, content)
        except SMTPResponseException as error:
            if not _is_out_already(error):
                raise _refusal(error) from error
        except (SMTPException, OSError) as error:
            self._drop()
            raise SubmitTemporary(f"SMTP {self._login.server}: {error}") from error
        finally:
            self._hang_up = asyncio.get_running_loop().call_later(KEEP_SECONDS, self._drop)
            _heed_cancellation()

    async def close(self) -> None:
        """Leave; never raises."""
        if self._hang_up is not None:
            self._hang_up.cancel()
        smtp, self._smtp = self._smtp, None
        if smtp is not None and smtp.is_connected:
            try:
                await smtp.quit()
            except (SMTPException, OSError):
                smtp.close()

    async def _begin(self, sender: str) -> SMTP:
        """A connection that took MAIL FROM; a kept one may have died meanwhile, and then it is renewed once."""
        if self._smtp is not None and self._smtp.is_connected:
            try:
                await self._smtp.mail(sender)
            except (SMTPServerDisconnected, OSError):
                self._drop()
            except SMTPResponseException as error:
                if error.code != 421:  # the server is closing this connection (RFC 5321 section 3.8)
                    raise
                self._drop()
            else:
                return self._smtp
        self._smtp = await self._connect()
        await self._smtp.mail(sender)
        return self._smtp

    async def _deliver(self, smtp: SMTP, recipients: Sequence[str], content: bytes) -> None:
        taken, refused = 0, None
        for recipient in recipients:
            try:
                await smtp.rcpt(recipient)
                taken += 1
            except SMTPResponseException as error:
                refused = error
                if error.code < 500:
                    break  # sent now, this recipient would never get it
                logger.warning("SMTP %s: not to %s: %s", self._login.server, recipient, error)
        if refused is not None and (refused.code < 500 or not taken):
            await smtp.rset()
            raise refused
        await smtp.data(content)

    async def _connect(self) -> SMTP:
        login, server = self._login, self._login.server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=login.user,
            password=login.password,
            local_hostname="localhost",
            timeout=TIMEOUT_SECONDS,
            use_tls=server.tls is not None and server.port == 465,
            start_tls=False if server.tls is None or server.port == 465 else None if server.is_loopback else True,
            tls_context=server.tls,
        )
        try:
            await smtp.connect()
        except SMTPResponseException as error:  # a wrong password is not the message's fault: it waits
            raise SubmitTemporary(f"SMTP {server}: {error.code} {_one_line(error.message)}") from error
        return smtp

    def _drop(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            smtp.close()


def _heed_cancellation() -> None:
    """Raise a cancellation that got lost.

    Up to Python 3.11 asyncio.wait_for, in which aiosmtplib waits for a reply, swallows one that comes together with
    the reply or the end of the connection, as it does when the relay is killed; the agent would then never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _is_out_already(error: SMTPResponseException) -> bool:
    """Whether the relay refuses the message as one it has taken before."""
    return error.code == 554 and error.message.startswith("5.6.0") and "already" in error.message.lower()


def _refusal(error: SMTPResponseException) -> SubmitRefused | SubmitTemporary:
    text = _one_line(error.message)
    return SubmitRefused(error.code, text) if error.code >= 500 else SubmitTemporary(f"{error.code} {text}")


def _one_line(text: str) -> str:
    return " ".join(text.split())
