"""STARTTLS (RFC 3207)."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mailsim.tls import server_context
from mailsim_common.clock import SystemClock


@pytest.fixture
async def relay(open_relay: Callable[..., Awaitable[Any]], tmp_path: Path) -> Any:
    """A relay with a certificate, reachable from everywhere."""
    return await open_relay(tls=server_context(tmp_path / "tls", "mailsim.test", SystemClock()), host="0.0.0.0")


async def test_a_password_passes_once_the_line_is_secret(relay: Any) -> None:
    client = await relay.connect()
    assert "250-STARTTLS" in await client.say("EHLO x")
    await client.start_tls()
    offers = await client.say("EHLO x")
    assert "AUTH LOGIN PLAIN" in offers
    assert "STARTTLS" not in offers
    assert (await client.say(f"AUTH PLAIN {relay.token('me')}")).startswith("235")


async def test_the_trace_tells_of_it(relay: Any) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    await client.start_tls()
    for line in (
        "EHLO x",
        f"AUTH PLAIN {relay.token('me')}",
        "MAIL FROM:<me@mailsim.test>",
        "RCPT TO:<you@mailsim.test>",
    ):
        assert (await client.say(line)).startswith("2")
    assert (await client.send(b"\r\nhi")).startswith("250")
    assert b" with ESMTPSA id " in relay.spooled()[0][1]


async def test_what_was_said_before_is_forgotten(relay: Any) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    await client.start_tls()
    assert (await client.say("MAIL FROM:<me@mailsim.test>")).startswith("503 5.5.1")


async def test_what_was_smuggled_in_before_the_handshake_is_not_heard(relay: Any) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    assert (await client.say("STARTTLS\r\nEHLO injected")).startswith("220")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    await client.writer.start_tls(context)
    assert (await client.say("NOOP")).startswith("250 2.0.0 OK")


async def test_tls_within_tls_is_refused(relay: Any) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    await client.start_tls()
    assert (await client.say("STARTTLS")).startswith("503 5.5.1")


async def test_a_broken_handshake_ends_one_connection_only(relay: Any) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    await client.say("STARTTLS")
    client.writer.write(b"this is no handshake\r\n" * 10)
    assert await asyncio.wait_for(client.reader.read(), 10) is not None
    await relay.connect()


async def test_without_a_certificate_there_is_none(open_relay: Callable[..., Awaitable[Any]]) -> None:
    client = await (await open_relay()).connect()
    assert "STARTTLS" not in await client.say("EHLO x")
    assert (await client.say("STARTTLS")).startswith("454 4.7.0")


async def test_a_client_that_does_not_trust_the_certificate_is_no_error_of_ours(
    relay: Any, caplog: pytest.LogCaptureFixture
) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    assert (await client.say("STARTTLS")).startswith("220")
    with pytest.raises(ssl.SSLCertVerificationError):
        await client.writer.start_tls(ssl.create_default_context(), server_hostname="mailsim.test")
    client = await relay.connect()
    assert (await client.say("NOOP")).startswith("250")
    assert not [record for record in caplog.records if record.exc_info]
