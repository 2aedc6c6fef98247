"""AUTH SCRAM-SHA-256, wrong passwords beyond one connection, and TLS from the first byte."""

import asyncio
import base64
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mailsim.config import Endpoint
from mailsim.tls import server_context
from mailsim_common.clock import SystemClock
from tests.scram import Scram

Open = Callable[..., Awaitable[Any]]


async def hello(relay: Any) -> Any:
    client = await relay.connect()
    await client.say("EHLO x")
    return client


async def challenge(client: Any, scram: Scram) -> str:
    reply = await client.say(f"AUTH SCRAM-SHA-256 {scram.first}")
    assert reply.startswith("334 ")
    return str(reply[4:])


async def test_scram_proves_both_sides(relay: Any) -> None:
    client, scram = await hello(relay), Scram("me", relay.accounts.password("me"))
    final = scram.final(await challenge(client, scram))
    assert await client.say(final) == f"334 {scram.expected}"
    assert (await client.say("")).startswith("235 2.7.0")
    assert (await client.say("MAIL FROM:<me@mailsim.test>")).startswith("250")


async def test_scram_without_an_initial_response(relay: Any) -> None:
    client, scram = await hello(relay), Scram("me", relay.accounts.password("me"))
    assert await client.say("AUTH SCRAM-SHA-256") == "334 "
    reply = await client.say(scram.first)
    assert await client.say(scram.final(reply[4:])) == f"334 {scram.expected}"
    assert (await client.say("")).startswith("235")


@pytest.mark.parametrize("user", ["me", "nobody"])
async def test_scram_with_a_wrong_password_is_refused(relay: Any, user: str) -> None:
    client, scram = await hello(relay), Scram(user, "wrong")
    assert (await client.say(scram.final(await challenge(client, scram)))).startswith("535 5.7.8")
    assert (await client.say("MAIL FROM:<me@mailsim.test>")).startswith("530")


@pytest.mark.parametrize("first", ["!", "bm9uc2Vuc2U=", base64.b64encode(b"p=tls-unique,,n=me,r=x").decode()])
async def test_what_is_no_scram_is_refused(relay: Any, first: str) -> None:
    client = await hello(relay)
    assert (await client.say(f"AUTH SCRAM-SHA-256 {first}")).startswith("501 5.5.2")


async def test_scram_may_be_cancelled(relay: Any) -> None:
    client = await hello(relay)
    await challenge(client, Scram("me", "x"))
    assert (await client.say("*")).startswith("501 5.7.0")
    assert (await client.say("NOOP")).startswith("250")


async def test_the_owner_gets_in_while_a_guesser_at_the_same_address_is_locked_out(open_relay: Open) -> None:
    relay = await open_relay(failed_logins=2)
    wrong = base64.b64encode(b"\0me\0wrong").decode()
    for _ in range(2):
        await (await hello(relay)).say(f"AUTH PLAIN {wrong}")
    assert (await (await hello(relay)).say(f"AUTH PLAIN {wrong}")).startswith("421 4.7.0")
    await relay.login("me")


async def test_implicit_tls_needs_no_starttls_even_off_loopback(open_relay: Open, tmp_path: Any) -> None:
    relay = await open_relay(tls=server_context(tmp_path / "tls-state", "mailsim.test", SystemClock()))
    at = await relay.server.start(Endpoint("0.0.0.0", 0), implicit_tls=True)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    client = type(await relay.connect())(*await asyncio.open_connection("127.0.0.1", at.port, ssl=trusting))
    relay.clients.append(client)
    await client.reply()
    offers = await client.say("EHLO x")
    assert re.search("^250.AUTH ", offers, re.MULTILINE)
    assert "STARTTLS" not in offers
    assert (await client.say(f"AUTH PLAIN {relay.token('me')}")).startswith("235")
    await client.say("MAIL FROM:<me@mailsim.test>")
    await client.say("RCPT TO:<sheldon@mailsim.test>")
    assert (await client.send(b"From: me@mailsim.test\r\nSubject: x\r\n\r\nx")).startswith("250")
    assert b"with ESMTPSA" in relay.spooled()[0][1]


async def test_who_has_not_logged_in_makes_room(open_relay: Open) -> None:
    relay = await open_relay(connections=2)
    owner, stranger = await relay.login(), await relay.connect()
    await relay.login("you")
    assert await stranger.reply() == "421 4.3.2 others want in; try again later"
    assert (await owner.say("NOOP")).startswith("250")


async def test_a_handshake_that_fails_takes_no_place(open_relay: Open, tmp_path: Any) -> None:
    relay = await open_relay(connections=1, tls=server_context(tmp_path / "tls-state", "mailsim.test", SystemClock()))
    at = await relay.server.start(Endpoint("127.0.0.1", 0), implicit_tls=True)
    for _ in range(3):
        reader, writer = await asyncio.open_connection(at.host, at.port)
        writer.write(b"EHLO x\r\n")
        assert b"250" not in await reader.read()
        writer.close()
    await relay.login()
