"""Listens for IMAP clients, within limits, and says goodbye to them."""

import asyncio
import ssl

from mailsim.accounts import Accounts
from mailsim.config import Endpoint, Limits
from mailsim.guard import LoginGuard
from mailsim.imap.connection import Connection
from mailsim.imap.dispatch import converse
from mailsim.imap.session import Services, Session
from mailsim.imap.view import ThreadOf
from mailsim.store import Store
from mailsim_common.clock import Clock

SWEEP = 15.0  # seconds at most between looks for clients that have gone silent
LOGGED_IN_SILENCE = 31 * 60.0  # seconds; RFC 3501 section 5.4 forbids less than 30 minutes
SHUTDOWN_PATIENCE = 1.0  # seconds for clients to take the BYE


class ImapServer:
    """The IMAP side of the post office. `tls` is for STARTTLS and IMAPS; without it passwords pass on loopback only.

    `thread_of` tells a message's THREADID (RFC 8474) by its Message-ID.
    """

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        tls: ssl.SSLContext | None,
        limits: Limits,
        clock: Clock,
        guard: LoginGuard | None = None,
        thread_of: ThreadOf = lambda _: None,
    ) -> None:
        guard = guard or LoginGuard(clock, limits.failed_logins)
        self._services = Services(store, accounts, tls, limits, clock, guard, thread_of)
        self._sessions: dict[Connection, Session] = {}  # the oldest first
        self._servers: list[asyncio.Server] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._pause = min(SWEEP, limits.login_seconds)  # seconds between looks

    async def start(self, endpoint: Endpoint, implicit_tls: bool = False) -> Endpoint:
        """Listen, there too; returns where, with the port the system chose for port 0. Raises OSError for a taken port.

        `implicit_tls`: under TLS from the first byte (RFC 8314 section 3).
        """
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Connection(lambda connection: self._serve(connection, endpoint.is_loopback, implicit_tls)),
            endpoint.host,
            endpoint.port,
            backlog=1024,
            ssl=self._services.tls if implicit_tls else None,
        )
        self._servers.append(server)
        self._sweeper = self._sweeper or loop.call_later(self._pause, self._sweep)
        return Endpoint(endpoint.host, server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening, say BYE to everyone, and wait until all are gone."""
        for server in self._servers:
            server.close()
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

    async def _serve(self, connection: Connection, loopback: bool, encrypted: bool) -> None:
        if len(self._sessions) >= self._services.limits.connections and not self._make_room():
            connection.write(b"* BYE [UNAVAILABLE] too many connections\r\n")
            return
        session = self._sessions[connection] = Session(self._services, connection, loopback, encrypted)
        try:
            await converse(session)
        finally:
            del self._sessions[connection]
            session.close()

    def _make_room(self) -> bool:
        """Dismiss whoever has been here longest without a login, so that such connections keep nobody out."""
        for connection, session in self._sessions.items():
            if not session.account and not session.ended:
                session.ended = True  # the next one that wants in does not count on the same place
                self._dismiss(connection, b"* BYE [UNAVAILABLE] others want in")
                return True
        return False

    def _sweep(self) -> None:
        """Dismiss the silent, and who does not log in: one timer for all costs nothing for each."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection, session in list(self._sessions.items()):
            if session.account is None and now - connection.since > self._services.limits.login_seconds:
                self._dismiss(connection, b"* BYE that is too long without a login")
            elif now - connection.active > LOGGED_IN_SILENCE:
                self._dismiss(connection, b"* BYE nothing was heard of you for too long")
        self._sweeper = loop.call_later(self._pause, self._sweep)

    @staticmethod
    def _dismiss(connection: Connection, farewell: bytes) -> None:
        connection.write(farewell + b"\r\n")
        connection.hang_up()
