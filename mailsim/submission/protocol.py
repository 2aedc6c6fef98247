"""One SMTP connection: aiosmtpd, with what it lacks.

aiosmtpd 1.4.6 parses each address with the email package, reads DATA line by line, lets an endless line past its
size limit, takes a path without `<>`, and leaves out most enhanced codes. All policy is in the handler.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, TLSSetupException, syntax

from mailsim.submission import replies
from mailsim.submission.address import parse_path
from mailsim.submission.data import Endless, read_data

log = logging.getLogger(__name__)
COMMAND_SIZE = 512 + 1024  # octets of RFC 5321 section 4.5.3.1.4, and room for long addresses in UTF-8
AUTH_SIZE = 12288  # RFC 4954 section 4.1
# A line for every command is for debugging aiosmtpd, and costs a fifth of the time
logging.getLogger("mail.log").setLevel(logging.ERROR)


class Connection(SMTP):
    """One client. Errors of the handler become replies; a reply of 421 ends the connection."""

    line_length_limit = 2**16  # the reader's buffer: a usual message comes out of it in one piece
    command_size_limit = COMMAND_SIZE

    def __init__(
        self,
        handler: Any,
        on_open: Callable[["Connection"], None],
        on_close: Callable[["Connection"], None],
        **options: Any,
    ) -> None:
        """`on_open` is called once TLS is there, if that comes first, and again after STARTTLS."""
        super().__init__(handler, **options)
        self._on_open, self._on_close = on_open, on_close
        # The class's own dict is shared by all connections and grows with every EHLO
        self.command_size_limits = dict.fromkeys(self._smtp_methods, COMMAND_SIZE) | {"AUTH": AUTH_SIZE}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert self.session
        if tls := transport.get_extra_info("ssl_object"):  # aiosmtpd knows of no TLS but STARTTLS's
            self.session.ssl = tls
        self._on_open(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._on_close(self)
        super().connection_lost(error)

    @property
    def is_authenticated(self) -> bool:
        return bool(self.session and self.session.authenticated)

    def shut_down(self, why: str = "the relay is shutting down") -> None:
        """End the connection, whatever it is at (RFC 5321 section 3.8)."""
        self._writer.write(f"421 4.3.2 {why}\r\n".encode())
        self._writer.close()

    async def push(self, status: Any) -> None:
        reply = replies.enhanced(status) if isinstance(status, str) else status
        await super().push(reply)
        if isinstance(reply, str) and reply.startswith("421") and self.transport:
            self.transport.close()

    async def handle_exception(self, error: Exception) -> str:
        assert self.session
        if isinstance(error, TLSSetupException):  # the client's doing: as a rule it does not trust the certificate
            log.info("%s: no TLS: %s", self.session.peer, error.__cause__)
            return ""  # aiosmtpd ends the connection and says nothing more
        return replies.of(error, self.session.peer)

    async def check_auth_needed(self, caller_method: str) -> bool:
        assert self.session
        if self.session.authenticated:
            return False
        await self.push("530 5.7.0 authenticate first")
        return True

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802 - the names are aiosmtpd's
        if self._tls_protocol:
            await self.push("503 5.5.1 TLS is active already")
        else:
            await super().smtp_STARTTLS(arg)

    @syntax("AUTH <mechanism>")
    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        mechanism, space, response = (arg or "").partition(" ")
        await super().smtp_AUTH(mechanism.upper() + space + response)  # RFC 4422: whatever the case

    @syntax("VRFY <address>")
    async def smtp_VRFY(self, arg: str) -> None:  # noqa: N802
        if not await self.check_auth_needed("VRFY"):
            await self.push("252 2.5.0 RCPT will tell who lives here")

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        assert self.envelope
        if arg:
            await self.push("501 5.5.4 DATA takes no argument")
        elif not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 RCPT first")
        else:
            await self.push("354 end with <CRLF>.<CRLF>")
            await self._take_data()

    async def _take_data(self) -> None:
        assert self.envelope
        try:
            self.envelope.content = await read_data(self._reader, self.data_size_limit or 0, self._reset_timeout)
            await self.push(await self._call_handler_hook("DATA"))
        except Endless as error:
            await self.push(replies.of(error, self.session))
            self._writer.close()
        finally:
            self.envelope = self._create_envelope()

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        return parse_path(arg) or (None, None)

    def _getparams(self, params: Any) -> dict[str, str | bool] | None:
        """AUTH= says on whose behalf (RFC 4954 section 5); one who is not trusted to relay may say it, unheard."""
        return super()._getparams([each for each in params if not each.startswith("AUTH=")])

    def _timeout_cb(self) -> None:
        self._writer.write(b"421 4.4.2 idle for too long\r\n")
        self._writer.close()
