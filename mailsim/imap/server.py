"""Listens for IMAP clients, within limits, and says goodbye to them."""

import asyncio
import ssl

from mailsim.accounts import Accounts
from mailsim.config import Endpoint, Limits
from mailsim.imap.connection import Connection
from mailsim.imap.dispatch import converse
from mailsim.imap.session import Services, Session
from mailsim.store import Store
from mailsim_common.clock import Clock

SWEEP = 15.0  # seconds between looks for clients that have gone silent
LOGGED_IN_SILENCE = 31 * 60.0  # seconds; RFC 3501 section 5.4 forbids less than 30 minutes
SHUTDOWN_PATIENCE = 1.0  # seconds for clients to take the BYE


class ImapServer:
    """The IMAP side of the post office. `tls` is for STARTTLS; without it passwords pass on loopback only.

    `login_delay`: seconds to wait after a wrong password, times the number of them on that connection.
    """

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        tls: ssl.SSLContext | None,
        limits: Limits,
        clock: Clock,
        login_delay: float = 1.0,
    ) -> None:
        self._services = Services(store, accounts, tls, limits, clock, login_delay)
        self._sessions: dict[Connection, Session] = {}
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None

    async def start(self, endpoint: Endpoint) -> Endpoint:
        """Listen; returns where, with the port the system chose for port 0. Raises OSError for a taken port."""
        loop = asyncio.get_running_loop()
        loopback = endpoint.is_loopback
        self._server = await loop.create_server(
            lambda: Connection(lambda connection: self._serve(connection, loopback)),
            endpoint.host,
            endpoint.port,
            backlog=1024,
        )
        self._sweeper = loop.call_later(SWEEP, self._sweep)
        return Endpoint(endpoint.host, self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, say BYE to everyone, and wait until all are gone."""
        if self._server is None:
            return
        self._server.close()
        if self._sweeper:
            self._sweeper.cancel()
        connections = list(self._sessions)
        for connection in connections:
            self._dismiss(connection, b"* BYE the server is going down")
        tasks = [connection.task for connection in connections]
        if tasks:
            _, slow = await asyncio.wait(tasks, timeout=SHUTDOWN_PATIENCE)
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
        for connection in connections:
            connection.abort()
        await asyncio.sleep(0)  # lets the transports close their sockets
        self._server = None

    async def _serve(self, connection: Connection, secure: bool) -> None:
        if len(self._sessions) >= self._services.limits.connections:
            connection.write(b"* BYE [UNAVAILABLE] too many connections\r\n")
            return
        session = self._sessions[connection] = Session(self._services, connection, secure)
        try:
            await converse(session)
        finally:
            del self._sessions[connection]
            session.close()

    def _sweep(self) -> None:
        """Dismiss the silent: one timer for all costs nothing for each."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection, session in list(self._sessions.items()):
            patience = LOGGED_IN_SILENCE if session.account else self._services.limits.idle_seconds
            if now - connection.active > patience:
                self._dismiss(connection, b"* BYE nothing was heard of you for too long")
        self._sweeper = loop.call_later(SWEEP, self._sweep)

    @staticmethod
    def _dismiss(connection: Connection, farewell: bytes) -> None:
        connection.write(farewell + b"\r\n")
        connection.hang_up()
