"""The message between DATA and its end: what ends it, what it costs, what becomes of its bytes."""

import asyncio
import tracemalloc
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim.errors import Rejection
from mailsim.submission.data import END, Endless, read_data
from mailsim.submission.message import Message, normalised

Open = Callable[..., Awaitable[Any]]
HEAD = b"From: me@mailsim.test\r\nDate: Thu, 1 Jan 1970 00:00:00 +0000\r\n"


async def read(wire: bytes, limit: int = 10**6, buffer: int = 64) -> tuple[bytes, bytes]:
    """What `wire` gives as a message, and what is left in the reader."""
    reader = asyncio.StreamReader(limit=buffer)
    reader.feed_data(wire)
    reader.feed_eof()
    content = await read_data(reader, limit, lambda: None)
    return content, await reader.read()


@given(st.lists(st.sampled_from([b"\r\n", b".", b"\n", b"\r", b"x", b"y" * 70])).map(b"".join), st.integers(8, 200))
def test_whatever_a_client_stuffs_comes_out_again(content: bytes, buffer: int) -> None:
    content += b"\r\n"
    stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
    assert asyncio.run(read(stuffed + b".\r\nNOOP\r\n", buffer=buffer)) == (content, b"NOOP\r\n")


async def test_an_empty_message_ends_at_once() -> None:
    assert await read(b".\r\n") == (b"", b"")


@pytest.mark.parametrize("end", [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r.\r", b"\r\n.\r"])
async def test_only_crlf_dot_crlf_ends_a_message(relay: Any, end: bytes) -> None:
    smuggled = HEAD + b"\r\nx" + end + b"MAIL FROM:<sheldon@mailsim.test>" + end
    client = await relay.transaction()
    assert (await client.send(smuggled)).startswith("250 2.0.0")
    assert (await client.say("NOOP")).startswith("250")
    [(_, content)] = relay.spooled()
    assert b"MAIL FROM:<sheldon@mailsim.test>" in content
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")


@given(st.binary())
def test_normalised_text_has_nothing_but_crlf(content: bytes) -> None:
    text = normalised(content)
    assert text.count(b"\r\n") == text.count(b"\n") == text.count(b"\r")
    assert normalised(text) == text
    assert text.replace(b"\r\n", b"") == content.replace(b"\r", b"").replace(b"\n", b"")


@given(st.binary() | st.lists(st.sampled_from([b"A: b\r\n", b" c\r\n", b"\r\n", b"x", b"From a\r\n"])).map(b"".join))
def test_any_bytes_are_a_message_and_none_gets_lost(content: bytes) -> None:
    message = Message.parse(content)
    kept = b"".join(field.raw for field in message.fields) + bytes(message.body)
    assert kept.replace(b"\r\n", b"") == normalised(content).replace(b"\r\n", b"")


async def test_too_large_is_refused_when_it_is_over_and_the_connection_goes_on(open_relay: Open) -> None:
    relay = await open_relay(message_size=1000)
    client = await relay.transaction()
    assert (await client.send(HEAD + b"\r\n" + b"x" * 1000)).startswith("552 5.3.4")
    assert (await client.say("MAIL FROM:<me@mailsim.test>")).startswith("250")
    assert relay.spooled() == []


async def test_the_limit_itself_is_not_too_large() -> None:
    assert len((await read(b"x" * 98 + b"\r\n.\r\n", limit=100))[0]) == 100
    with pytest.raises(Rejection):
        await read(b"x" * 99 + b"\r\n.\r\n", limit=100)


async def test_an_endless_line_costs_no_memory_and_is_cut_off(open_relay: Open) -> None:
    relay = await open_relay(message_size=2 * 2**20)
    client = await relay.transaction()
    await client.say("DATA")
    tracemalloc.start()
    try:
        for _ in range(160):  # ten megabytes, five times the limit
            client.writer.write(b"x" * 65536)
            await client.writer.drain()
    except ConnectionError:
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * 2**20
    assert await client.is_closed()


async def test_data_without_end_is_given_up() -> None:
    with pytest.raises(Endless):
        await read(b"x" * 1000, limit=100)


async def test_commands_behind_the_end_are_not_lost() -> None:
    assert await read(b"a" + END + b"QUIT\r\n") == (b"a\r\n", b"QUIT\r\n")


async def test_what_is_missing_is_added_below_the_trace(relay: Any) -> None:
    await relay.submit(b"Subject: hi\r\n\r\nbody")
    [(item, content)] = relay.spooled()
    lines = content.split(b"\r\n")
    assert lines[0] == b"Return-Path: <me@mailsim.test>"
    assert lines[1] == b"Received: from client.example ([127.0.0.1])"
    assert lines[2] == f"\tby mailsim.test (mailsim) with ESMTPA id {item.envelope.id};".encode()
    assert [line.partition(b":")[0] for line in lines[4:8]] == [b"Date", b"From", b"Message-ID", b"Subject"]
    assert content.endswith(b"\r\n\r\nbody\r\n")


async def test_what_is_there_stays_as_it_is(relay: Any) -> None:
    header = b"From: =?utf-8?q?M=C3=A9?= <me@mailsim.test>\r\ndate: x\r\nMESSAGE-ID: <a@b>\r\nX: folded\r\n\there\r\n"
    await relay.submit(header + b"\r\n\xff")
    assert relay.spooled()[0][1].endswith(header + b"\r\n\xff\r\n")


async def test_blind_copies_and_foreign_return_paths_go(relay: Any) -> None:
    await relay.submit(
        b"Return-Path: <x@y>\r\nBcc: you,\r\n therapist\r\nResent-Bcc: z\r\n" + HEAD + b"\r\nBcc: body", "you"
    )
    content = relay.spooled()[0][1]
    assert b"x@y" not in content
    assert b"therapist" not in content
    assert b"Resent-Bcc" not in content
    assert content.endswith(b"\r\nBcc: body\r\n")


async def test_a_text_without_header_becomes_a_body(relay: Any) -> None:
    await relay.submit(b"hello\r\nFrom: sheldon@mailsim.test")
    content = relay.spooled()[0][1]
    assert content.endswith(b"\r\n\r\nhello\r\nFrom: sheldon@mailsim.test\r\n")


@pytest.mark.parametrize(
    "author",
    [
        b"sheldon@mailsim.test",
        b"me@mailsim.test, sheldon@mailsim.test",
        b"me@mailsim.test <sheldon@mailsim.test>",
        b"Me <me@mailsim.test>\r\nFrom: sheldon@mailsim.test",
        b"<me@mailsim.test>(<)sheldon@mailsim.test",
        b"group: me@mailsim.test;",
        b"me",
        b"",
    ],
)
async def test_from_is_the_login_and_nobody_else(relay: Any, author: bytes) -> None:
    assert (await relay.submit(b"From: " + author + b"\r\n\r\nx")).startswith("553 5.7.1")


@pytest.mark.parametrize(
    "author",
    [
        b"ME@mailsim.TEST",
        b"<me@mailsim.test>",
        b'"A, \\"B\\" <x@y>" <me@mailsim.test>',
        b"Dr. Me\r\n <me@mailsim.test> (x)",
    ],
)
async def test_from_may_be_written_in_any_plain_way(relay: Any, author: bytes) -> None:
    assert (await relay.submit(b"From: " + author + b"\r\n\r\nx")).startswith("250")


async def test_a_loop_is_stopped(open_relay: Open) -> None:
    relay = await open_relay(hops=3)
    assert (await relay.submit(b"Received: x\r\n" * 2 + HEAD + b"\r\n")).startswith("250")
    assert (await relay.submit(b"Received: x\r\n" * 3 + HEAD + b"\r\n")).startswith("554 5.4.6")


async def test_a_header_without_end_is_refused(relay: Any) -> None:
    assert (await relay.submit(b"A:\r\n" * 1001)).startswith("552 5.3.4")


async def test_what_a_client_calls_itself_cannot_forge_the_trace(relay: Any) -> None:
    client = await relay.connect()
    await client.say("EHLO x) by evil (y")
    await client.say(f"AUTH PLAIN {relay.token('me')}")
    await client.say("MAIL FROM:<me@mailsim.test>")
    await client.say("RCPT TO:<you@mailsim.test>")
    await client.send(HEAD)
    assert b"Received: from unknown ([127.0.0.1])" in relay.spooled()[0][1]
