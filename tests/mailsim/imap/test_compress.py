"""COMPRESS=DEFLATE: the same conversation in fewer octets, and nothing that comes out of it without bounds."""

import asyncio
import zlib

import pytest

from mailsim.imap.deflate import Deflate
from mailsim.imap.wire.reader import LINE_LIMIT


class Deflated:
    """A client's streams after COMPRESS."""

    def __init__(self, client) -> None:
        self._client, self.received, self.sent = client, 0, 0
        self._out, self._in = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.decompressobj(-15)
        self._plain = b""

    def send(self, text: bytes) -> None:
        data = self._out.compress(text) + self._out.flush(zlib.Z_SYNC_FLUSH)
        self.sent += len(data)
        self._client.writer.write(data)

    async def until(self, end: bytes) -> bytes:
        while not self._plain.endswith(end):
            data = await asyncio.wait_for(self._client.reader.read(2**16), 20)
            assert data, f"the server hung up after {self._plain[-200:]!r}"
            self.received += len(data)
            self._plain += self._in.decompress(data)
        plain, self._plain = self._plain, b""
        return plain


@pytest.fixture
async def deflated(inbox):
    assert (await inbox.ask("COMPRESS DEFLATE")) == ["OK compressed from here on"]
    return Deflated(inbox)


async def test_it_is_offered_after_login(connect):
    stranger = await connect()
    assert "COMPRESS" not in (await stranger.ask("CAPABILITY"))[0]
    assert (await stranger.ask("COMPRESS DEFLATE"))[-1].startswith("BAD")
    assert "COMPRESS=DEFLATE" in (await (await connect("me")).ask("CAPABILITY"))[0]


async def test_both_directions_are_compressed(office, deflated):
    await office.put(b"Subject: long\r\n\r\n" + b"the same line again\r\n" * 5000)
    deflated.send(b"a NOOP\r\nb FETCH 1 BODY[TEXT]\r\n")
    plain = await deflated.until(b"b OK FETCH done\r\n")
    assert plain.count(b"the same line again") == 5000
    assert deflated.received < len(plain) / 20


async def test_every_answer_is_flushed(deflated):
    for number in range(20):
        deflated.send(b"a%d NOOP\r\n" % number)
        assert await deflated.until(b"a%d OK NOOP done\r\n" % number)


async def test_a_message_may_be_appended_compressed(office, deflated):
    message = b"Subject: x\r\n\r\n" + b"0123456789" * 200_000
    deflated.send(b"a APPEND Sent {%d+}\r\n%s\r\n" % (len(message), message))
    assert b"a OK [APPENDUID" in await deflated.until(b"APPEND done\r\n")
    assert deflated.sent < len(message) / 20


async def test_idle_notices_come_through(office, deflated):
    deflated.send(b"a IDLE\r\n")
    await deflated.until(b"+ idling\r\n")
    await office.put("Subject: x\n\nx\n")
    assert b"* 1 EXISTS" in await deflated.until(b"RECENT\r\n")
    deflated.send(b"DONE\r\n")
    await deflated.until(b"a OK IDLE done\r\n")


async def test_a_second_time_is_refused(deflated):
    deflated.send(b"a COMPRESS DEFLATE\r\n")
    assert await deflated.until(b"\r\n") == b"a NO [COMPRESSIONACTIVE] it is on already\r\n"


async def test_another_algorithm_is_bad(inbox):
    assert (await inbox.ask("COMPRESS LZ77"))[-1].startswith("BAD")


async def test_what_is_no_deflate_ends_the_connection(deflated, inbox):
    inbox.writer.write(b"\xff" * 100)
    assert await asyncio.wait_for(inbox.reader.read(), 20) == b""


async def test_an_ended_stream_ends_the_connection(deflated, inbox):
    inbox.writer.write(deflated._out.flush(zlib.Z_FINISH))
    assert await asyncio.wait_for(inbox.reader.read(), 20) == b""


async def test_a_line_that_inflates_without_end_ends_the_connection(deflated):
    deflated.send(b"x" * 50_000_000)
    assert await deflated.until(b"too long\r\n") == b"* BYE that line is too long\r\n"


async def test_a_literal_that_inflates_beyond_the_limit_is_skipped_while_others_are_served(connect, office, deflated):
    deflated.send(b"a APPEND INBOX {80000000+}\r\n" + bytes(80_000_000) + b"\r\n")
    assert await (await connect("you")).ask("NOOP") == ["OK NOOP done"]
    assert (await deflated.until(b"\r\n")).startswith(b"a BAD [TOOBIG]")


async def test_commands_after_a_bomb_are_still_answered(deflated):
    deflated.send(b"a NOOP\r\n" * 50_000)
    assert (await deflated.until(b"OK NOOP done\r\n")).startswith(b"a OK")
    deflated.send(b"last LOGOUT\r\n")
    assert b"* BYE" in await deflated.until(b"last OK LOGOUT done\r\n")


def test_no_more_comes_out_than_was_asked_for():
    bomb = Deflate()
    other = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = other.compress(bytes(10_000_000)) + other.flush(zlib.Z_SYNC_FLUSH)
    size = len(bomb.unpack(data, LINE_LIMIT))
    while bomb.pending:
        assert size % LINE_LIMIT == 0
        size += len(bomb.unpack(b"", LINE_LIMIT))
    assert size == 10_000_000


def test_what_is_packed_can_be_unpacked_at_once():
    ours, theirs = Deflate(), Deflate()
    for text in (b"* 1 EXISTS\r\n", b"", b"\0" * 1000):
        assert theirs.unpack(ours.pack(text), 10_000) == text
