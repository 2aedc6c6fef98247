"""COMPRESS=DEFLATE (RFC 4978): the two compressed streams of one connection, in bounded memory."""

import zlib

LEVEL = 1  # mail that is worth compressing shrinks at once, and the event loop waits for it
WINDOW = 13  # bits; with MEMORY 64 KB a connection in place of zlib's usual 256
MEMORY = 6
LARGEST_WINDOW = 15  # the client may use what it likes, which costs 32 KB


class Deflate:
    """Raw DEFLATE in both directions. A few octets may stand for many, so `unpack` never gives out more than asked."""

    __slots__ = ("_held", "_in", "_out", "pending")

    def __init__(self) -> None:
        self._out = zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW, MEMORY)
        self._in = zlib.decompressobj(-LARGEST_WINDOW)
        self._held = b""
        self.pending = False  # more may come out of what has come in

    def pack(self, data: bytes) -> bytes:
        """`data` compressed so that the other side can read all of it now."""
        return self._out.compress(data) + self._out.flush(zlib.Z_SYNC_FLUSH)

    def unpack(self, data: bytes, most: int) -> bytes:
        """Up to `most` octets, at least 1, of what was sent; raises zlib.error if that is no DEFLATE or has ended."""
        plain = self._in.decompress(self._held + data, most)
        self._held, self.pending = self._in.unconsumed_tail, len(plain) == most
        if self._in.eof:
            raise zlib.error("the stream has an end")
        return plain
