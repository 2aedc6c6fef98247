"""What the relay answers to each command, and whom it refuses."""

import asyncio
import inspect
import re
from collections.abc import Awaitable, Callable
from typing import Any

import aiosmtpd.smtp
import pytest

from mailsim.submission.handler import Handler

Open = Callable[..., Awaitable[Any]]
GOOD = b"From: me@mailsim.test\r\nMessage-ID: <1@x>\r\n\r\nhi"


async def test_ehlo_offers_what_is_spoken(relay: Any) -> None:
    client = await relay.connect()
    offers = await client.say("EHLO client.example")
    for word in ("SIZE 26214400", "8BITMIME", "SMTPUTF8", "AUTH LOGIN PLAIN SCRAM-SHA-256", "ENHANCEDSTATUSCODES"):
        assert re.search(rf"^250[- ]{word}\r?$", offers, re.MULTILINE), word


async def test_auth_login_asks_for_user_and_password(relay: Any) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    import base64

    assert await client.say("auth login") == "334 " + base64.b64encode(b"User Name\0").decode()
    await client.say(base64.b64encode(b"me@mailsim.test"))
    reply = await client.say(base64.b64encode(relay.accounts.password("me").encode()))
    assert reply.startswith("235 2.7.0")


@pytest.mark.parametrize("command", ["MAIL FROM:<me@mailsim.test>", "RCPT TO:<me@mailsim.test>", "DATA", "VRFY <me>"])
async def test_nothing_without_a_login(relay: Any, command: str) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    assert (await client.say(command)).startswith("530 5.7.0")


async def test_wrong_passwords_are_counted_and_end_the_connection(open_relay: Open) -> None:
    relay = await open_relay(failed_logins=3)
    client = await relay.connect()
    await client.say("EHLO x")
    replies = [await client.say("AUTH PLAIN AG1lAHdyb25n") for _ in range(3)]
    assert [reply[:9] for reply in replies] == ["535 5.7.8", "535 5.7.8", "421 4.7.0"]
    assert await client.is_closed()


async def test_a_wrong_password_costs_time(open_relay: Open) -> None:
    relay = await open_relay(login_delay=3600.0)
    client = await relay.connect()
    await client.say("EHLO x")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.say("AUTH PLAIN AG1lAHdyb25n"), 0.2)


async def test_a_password_that_is_no_text_is_a_wrong_one(relay: Any) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    assert (await client.say("AUTH PLAIN AP/+AP/+")).startswith("535 5.7.8")


async def test_an_unknown_mechanism_is_refused(relay: Any) -> None:
    client = await relay.connect()
    await client.say("EHLO x")
    assert (await client.say("AUTH CRAM-MD5")).startswith("504 5.5.4")


async def test_no_password_in_the_clear_beyond_this_machine(open_relay: Open) -> None:
    relay = await open_relay(host="0.0.0.0")
    client = await relay.connect()
    assert "AUTH" not in await client.say("EHLO x")
    assert (await client.say(f"AUTH PLAIN {relay.token('me')}")).startswith("538 5.7.11")


@pytest.mark.parametrize("sender", ["<>", "<sheldon@mailsim.test>", "<me@elsewhere.test>", "<postmaster>"])
async def test_only_the_logins_own_address_sends(relay: Any, sender: str) -> None:
    client = await relay.login()
    assert (await client.say(f"MAIL FROM:{sender}")).startswith("553 5.7.1")


@pytest.mark.parametrize("path", ["me@mailsim.test", "<me@mailsim.test", "<m\0e@mailsim.test>", "<me@mailsim.test> \0"])
async def test_a_path_that_is_none_is_refused(relay: Any, path: str) -> None:
    client = await relay.login()
    assert (await client.say(f"MAIL FROM:{path}")).startswith("553 5.1.3")


@pytest.mark.parametrize(
    ("recipient", "reply"),
    [
        ("nobody@mailsim.test", "550 5.1.1"),
        ("me@example.org", "550 5.7.1"),
        ("sheldon@mailsim.test.example.org", "550 5.7.1"),
        ("SHELDON@Mailsim.Test", "250 2.1.5"),
        ('"sheldon"@mailsim.test', "250 2.1.5"),
    ],
)
async def test_recipients_live_here(relay: Any, recipient: str, reply: str) -> None:
    client = await relay.login()
    await client.say("MAIL FROM:<me@mailsim.test>")
    assert (await client.say(f"RCPT TO:<{recipient}>"))[:9] == reply


async def test_recipients_are_counted(open_relay: Open) -> None:
    relay = await open_relay(recipients=1)
    client = await relay.transaction("sheldon")
    assert (await client.say("RCPT TO:<therapist@mailsim.test>")).startswith("452 4.5.3")


async def test_a_recipient_named_twice_gets_it_once(relay: Any) -> None:
    await relay.submit(GOOD, "sheldon", "Sheldon")
    assert relay.spooled()[0][0].envelope.recipients == ("sheldon@mailsim.test",)


async def test_a_size_announced_as_too_large_is_refused_at_once(open_relay: Open) -> None:
    relay = await open_relay(message_size=1000)
    client = await relay.login()
    assert (await client.say("MAIL FROM:<me@mailsim.test> SIZE=1001")).startswith("552 5.3.4")
    assert (await client.say("MAIL FROM:<me@mailsim.test> SIZE=1000 BODY=8BITMIME AUTH=<>")).startswith("250")


async def test_connections_are_counted(open_relay: Open) -> None:
    relay = await open_relay(connections=1)
    await relay.login()
    reader, writer = await asyncio.open_connection(relay.at.host, relay.at.port)
    assert (await reader.read()).startswith(b"421 4.3.2")
    writer.close()


async def test_a_connection_that_ends_makes_room(open_relay: Open) -> None:
    relay = await open_relay(connections=1)
    client = await relay.connect()
    await client.say("QUIT")
    assert await client.is_closed()
    await asyncio.sleep(0.01)
    await relay.connect()


async def test_an_error_of_ours_never_reaches_the_wire(
    relay: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(address: str) -> None:
        raise RuntimeError("/secret/path")

    client = await relay.login()
    monkeypatch.setattr(relay.accounts, "find", fail)
    assert await client.say("MAIL FROM:<me@mailsim.test>") == "451 4.3.0 an internal error; try again later"
    assert "/secret/path" in caplog.text


async def test_every_reply_has_an_enhanced_code(relay: Any) -> None:
    client = await relay.login()
    for line in ("NOOP", "RSET", "VRFY me", "BOGUS", "MAIL", "EXPN x", "RCPT TO:<me@mailsim.test>", "DATA", "QUIT"):
        assert re.match(r"[245]\d\d [245]\.\d\.\d+ ", await client.say(line)), line


async def test_an_endless_command_line_keeps_nothing_and_is_refused(relay: Any) -> None:
    client = await relay.connect()
    for _ in range(40):
        client.writer.write(b"x" * 65536)
        await client.writer.drain()
    assert (await client.say("")).startswith("500 5.5.2")


async def test_an_idle_client_is_sent_home(open_relay: Open) -> None:
    relay = await open_relay(idle_seconds=1)
    client = await relay.connect()
    assert (await client.reply()).startswith("421 4.4.2")


async def test_closing_tells_who_is_connected(relay: Any) -> None:
    client = await relay.connect()
    await relay.server.close()
    assert (await client.reply()).startswith("421 4.3.2")


def test_each_hook_is_one_that_aiosmtpd_calls() -> None:
    source = inspect.getsource(aiosmtpd.smtp)
    hooks = [name for name in dir(Handler) if name.startswith("handle_")]
    assert hooks
    for hook in hooks:
        command = hook.removeprefix("handle_")
        assert re.search(rf'_call_handler_hook\(\s*["\']{command}["\']', source), hook
