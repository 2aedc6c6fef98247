"""Reading the message after DATA: one search for the end, in memory that is bounded whatever the client sends."""

import asyncio
from collections.abc import Callable

from mailsim.errors import Rejection

END = b"\r\n.\r\n"
SWALLOWED = 4  # times the size limit is read, and thrown away, for the sake of a readable 552


class Endless(Rejection):
    """The client went on and on: refused as too large, and the connection is of no more use."""


async def read_data(reader: asyncio.StreamReader, limit: int, alive: Callable[[], None]) -> bytes:
    """The message up to `<CRLF>.<CRLF>`, and nothing else ends it (RFC 5321 section 4.1.1.4), its dots unstuffed.

    Calls `alive` for each chunk. Raises Rejection for more than `limit` bytes, once they all went by, Endless if
    they do not end.
    """
    # The CRLF of the DATA line counts as the one before the dot of an empty message
    reader._buffer[:0] = b"\r\n"  # type: ignore[attr-defined]
    chunks: list[bytes] = []
    size, ended = -len(END), False
    while not ended:
        chunk, ended = await _chunk(reader)
        alive()
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
        else:
            chunks.clear()
        if size > limit * SWALLOWED:
            raise Endless(552, "5.3.4", f"a message may have {limit} bytes")
    if size > limit:
        raise Rejection(552, "5.3.4", f"a message may have {limit} bytes")
    content = b"".join(chunks)[: -len(END) + 2]
    return content.replace(b"\r\n.", b"\r\n")[2:]


async def _chunk(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """What came up to the end, or a part of it as large as the reader's own limit; whether it was the end."""
    try:
        return await reader.readuntil(END), True
    except asyncio.LimitOverrunError as overrun:
        return await reader.readexactly(overrun.consumed), False
