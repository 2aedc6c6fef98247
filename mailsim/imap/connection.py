"""One socket: bytes in become commands and lines, responses go out whole."""

import asyncio
import ssl
import zlib
from collections.abc import Awaitable, Callable
from typing import TypeVar

from mailsim.imap.deflate import Deflate
from mailsim.imap.wire.reader import Reader

Taken = TypeVar("Taken")
INFLATED = 256 * 1024  # octets at most that are decompressed in one go
LAST_WORDS = 10.0  # seconds that a slow client has to take what was sent before the goodbye


class Closed(ConnectionError):
    """The client is gone, or the server hung up."""


class Connection(asyncio.Protocol):
    """Reads no further ahead than the reader's limits, and lets a writer wait until the client has taken its share.

    `serve` is started as a task for the life of the connection. A connection without traffic holds no buffer and
    costs a task that waits.
    """

    def __init__(self, serve: Callable[["Connection"], Awaitable[None]]) -> None:
        self.reader = Reader()
        self.since = self.active = 0.0  # loop time at which it began, and at which something last came in
        self._serve = serve
        self._deflate: Deflate | None = None
        self._more: asyncio.Future[None] | None = None
        self._room: asyncio.Future[None] | None = None
        self._paused = False
        self._ended = False  # nothing more will come in
        self._closed = False  # and nothing can go out

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self.since = self.active = self._loop.time()
        self.task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        try:
            await self._serve(self)
        except Closed:
            pass
        finally:
            self.hang_up()

    def data_received(self, data: bytes) -> None:
        self.active = self._loop.time()
        try:
            self._feed(data)
        except zlib.error:
            self.hang_up()
        if (len(self.reader) > self.reader.wanted or self._is_pending) and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        _wake(self._more)

    def _feed(self, data: bytes) -> None:
        if self._deflate:
            room = max(self.reader.wanted + 1 - len(self.reader), 1)
            data = self._deflate.unpack(data, min(room, INFLATED))
        self.reader.feed(data)

    @property
    def _is_pending(self) -> bool:
        return self._deflate is not None and self._deflate.pending

    def eof_received(self) -> bool:
        """Commands sent before a client shut down its side are still answered; TLS has no half-closed state."""
        self._ended = True
        _wake(self._more)
        return self._transport.get_extra_info("ssl_object") is None

    def connection_lost(self, _exc: Exception | None) -> None:
        self._ended = self._closed = True
        _wake(self._more)
        self.resume_writing()

    def pause_writing(self) -> None:
        self._room = self._room or self._loop.create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        _wake(room)

    # --- for the session ---

    @property
    def address(self) -> str:
        """Where the client calls from, for the log."""
        peer = self._transport.get_extra_info("peername")
        return f"{peer[0]}:{peer[1]}" if peer else "?"

    @property
    def host(self) -> str:
        """The same without the port."""
        peer = self._transport.get_extra_info("peername")
        return str(peer[0]) if peer else "?"

    @property
    def congested(self) -> bool:
        """Whether the client is slow to take what it was sent."""
        return self._room is not None

    async def command(self) -> bytes:
        """The next command, its literals asked for; raises Closed, Oversize and LineTooLong."""
        return await self._take(self.reader.command)

    async def line(self) -> bytes:
        """The next line, outside any command; raises Closed and LineTooLong."""
        return await self._take(self.reader.line)

    async def _take(self, take: Callable[[], Taken | None]) -> Taken:
        while (taken := take()) is None:
            if self._closed or (self._ended and not self._is_pending):
                raise Closed
            if self._is_pending:
                await self._inflate()
                continue
            if self.reader.prompt_due():
                self.write(b"+ go ahead\r\n")
            self._resume()
            self._more = self._loop.create_future()
            await self._more
        return taken

    async def _inflate(self) -> None:
        """Feed the reader from what came in before; raises Closed."""
        try:
            self._feed(b"")
        except zlib.error as error:
            raise Closed from error
        await asyncio.sleep(0)  # there may be a thousand times as much to come

    async def rest(self, seconds: float) -> None:
        """Let the client wait, who may send meanwhile; raises Closed as soon as it goes."""
        until = self._loop.time() + seconds
        while (left := until - self._loop.time()) > 0:
            if self._ended or self._closed:
                raise Closed
            self._more = self._loop.create_future()
            timer = self._loop.call_later(left, _wake, self._more)
            await self._more
            timer.cancel()

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    def write(self, responses: bytes) -> None:
        """Send whole responses; they leave in the order of the calls."""
        if not self._closed:
            self._transport.write(self._deflate.pack(responses) if self._deflate else responses)

    async def drain(self) -> None:
        """Wait until the client has taken most of what was written; raises Closed."""
        while self._room is not None and not self._closed:
            await self._room
        if self._closed:
            raise Closed

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Raises Closed if the handshake fails. What came before it in plain text does not count."""
        self.reader.discard()
        try:
            transport = await self._loop.start_tls(self._transport, self, context, server_side=True)
        except (OSError, ssl.SSLError) as error:
            raise Closed from error
        if transport is None:
            raise Closed
        self._transport = transport

    async def start_deflate(self) -> None:
        """From here on both sides compress."""
        self.reader.discard()
        self._deflate = Deflate()

    @property
    def is_compressed(self) -> bool:
        return self._deflate is not None

    def hang_up(self) -> None:
        """Close once all that was written is sent; whoever waits for the client gets Closed."""
        self._closed = True
        _wake(self._more)
        self._transport.close()
        if self._room is not None:
            self._loop.call_later(LAST_WORDS, self._transport.abort)

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
