"""The submission service (RFC 6409): a listener in our own event loop, a connection object for each client."""

import asyncio
import ssl

from mailsim.accounts import Accounts
from mailsim.config import Endpoint, Limits
from mailsim.spool import Spool
from mailsim.submission.gate import Gate
from mailsim.submission.handler import Handler
from mailsim.submission.intake import Intake
from mailsim.submission.protocol import Connection
from mailsim_common.clock import Clock

LOGIN_DELAY = 1.0


class SubmissionServer:
    """Takes mail from people and agents for the accounts of this world.

    `tls` None offers no STARTTLS. `login_delay` is how many seconds a wrong password costs.
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
        login_delay: float = LOGIN_DELAY,
    ) -> None:
        self._accounts, self._gate, self._tls = accounts, gate, tls
        self._limits, self._domain, self._login_delay = limits, domain, login_delay
        self._intake = Intake(spool, gate, domain, limits.hops, clock)
        self._server: asyncio.Server | None = None
        self._open: set[Connection] = set()
        self._storing: set[asyncio.Task[str]] = set()

    async def start(self, endpoint: Endpoint) -> Endpoint:
        """Listen; returns where, with the real port. Raises OSError if that cannot be.

        A password passes without TLS only if nobody but this machine can reach the endpoint.
        """
        loop = asyncio.get_running_loop()

        def connect() -> asyncio.BaseProtocol:
            if len(self._open) >= self._limits.connections:
                return _Full()
            return self._connection(loop, endpoint)

        self._server = await loop.create_server(connect, endpoint.host, endpoint.port, backlog=1024)
        return Endpoint(endpoint.host, self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Take no more connections, end the open ones, and wait for what is being stored."""
        if self._server:
            self._server.close()
        for connection in list(self._open):
            connection.shut_down()
        await asyncio.gather(*self._storing, return_exceptions=True)

    def _connection(self, loop: asyncio.AbstractEventLoop, endpoint: Endpoint) -> Connection:
        handler = Handler(self._accounts, self._gate, self._intake, self._limits, self._login_delay, self._storing)
        connection = Connection(
            handler,
            on_close=self._open.discard,
            data_size_limit=int(self._limits.message_size),
            enable_SMTPUTF8=True,
            hostname=self._domain,
            ident="ESMTP mailsim",
            tls_context=self._tls,
            auth_require_tls=not endpoint.is_loopback,
            authenticator=handler.authenticate,
            timeout=self._limits.idle_seconds,
            loop=loop,
        )
        self._open.add(connection)
        return connection


class _Full(asyncio.Protocol):
    """One connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"421 4.3.2 too many connections; try again later\r\n")
        transport.close()
