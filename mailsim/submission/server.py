"""The submission service (RFC 6409): a listener in our own event loop, a connection object for each client."""

import asyncio
import ssl

from mailsim.accounts import Accounts
from mailsim.config import Endpoint, Limits
from mailsim.guard import LoginGuard
from mailsim.spool import Spool
from mailsim.submission.gate import Gate
from mailsim.submission.handler import Handler
from mailsim.submission.intake import Intake
from mailsim.submission.login import Login
from mailsim.submission.protocol import Connection
from mailsim_common.clock import Clock


class SubmissionServer:
    """Takes mail from people and agents for the accounts of this world.

    `tls` None offers no STARTTLS.
    """

    def __init__(
        self,
        accounts: Accounts,
        spool: Spool,
        gate: Gate,
        tls: ssl.SSLContext | None,
        limits: Limits,
        domain: str,
        clock: Clock,
        guard: LoginGuard | None = None,
    ) -> None:
        self._accounts, self._gate, self._tls = accounts, gate, tls
        self._limits, self._domain = limits, domain
        self._guard = guard or LoginGuard(clock, limits.failed_logins)
        self._intake = Intake(spool, gate, domain, limits.hops, clock)
        self._servers: list[asyncio.Server] = []
        self._open: dict[Connection, None] = {}  # the oldest first
        self._storing: set[asyncio.Task[str]] = set()

    async def start(self, endpoint: Endpoint, implicit_tls: bool = False) -> Endpoint:
        """Listen, there too; returns where, with the real port. Raises OSError if that cannot be.

        A password passes without TLS only if nobody but this machine can reach the endpoint. `implicit_tls`: under
        TLS from the first byte (RFC 8314 section 3).
        """
        loop = asyncio.get_running_loop()

        def connect() -> asyncio.BaseProtocol:
            if len(self._open) >= self._limits.connections and not self._make_room():
                return _Full()
            return self._connection(loop, endpoint, implicit_tls)

        tls = self._tls if implicit_tls else None
        server = await loop.create_server(connect, endpoint.host, endpoint.port, backlog=1024, ssl=tls)
        self._servers.append(server)
        return Endpoint(endpoint.host, server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more connections, end the open ones, and wait for what is being stored."""
        for server in self._servers:
            server.close()
        for connection in list(self._open):
            connection.shut_down()
        await asyncio.gather(*self._storing, return_exceptions=True)

    def _connection(self, loop: asyncio.AbstractEventLoop, endpoint: Endpoint, encrypted: bool) -> Connection:
        login = Login(self._accounts, self._guard, self._limits.failed_logins)
        handler = Handler(login, self._gate, self._intake, self._limits, self._storing)
        return Connection(
            handler,
            on_open=self._open.setdefault,
            on_close=lambda connection: self._open.pop(connection, None),
            data_size_limit=int(self._limits.message_size),
            enable_SMTPUTF8=True,
            hostname=self._domain,
            ident="ESMTP mailsim",
            tls_context=None if encrypted else self._tls,
            auth_require_tls=not (encrypted or endpoint.is_loopback),
            authenticator=handler.take_login,
            timeout=self._limits.idle_seconds,
            loop=loop,
        )

    def _make_room(self) -> bool:
        """Dismiss whoever has been here longest without a login, so that such connections keep nobody out."""
        stranger = next((connection for connection in self._open if not connection.is_authenticated), None)
        if stranger:
            del self._open[stranger]
            stranger.shut_down("others want in; try again later")
        return stranger is not None


class _Full(asyncio.Protocol):
    """One connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"421 4.3.2 too many connections; try again later\r\n")
        transport.close()
