"""What strangers and the careless may not do."""

import asyncio
import base64
import ssl

import pytest

from mailsim.config import Endpoint, Limits
from mailsim.imap import ImapServer
from mailsim.imap.commands import HANDLERS
from mailsim.imap.wire.parse import COMMANDS
from mailsim_common.clock import SystemClock


class TestWrongPasswords:
    @pytest.fixture
    def limits(self):
        return Limits(failed_logins=2)

    async def test_they_end_the_connection_after_a_few(self, connect):
        client = await connect()
        assert await client.ask("LOGIN me wrong") == ["NO [AUTHENTICATIONFAILED] wrong user or password"]
        answer = await client.ask("LOGIN nobody wrong")
        assert answer[0] == "* BYE too many wrong passwords"
        assert answer[1].startswith("NO [AUTHENTICATIONFAILED]")
        assert await client.line() == ""


class TestFewConnections:
    @pytest.fixture
    def limits(self):
        return Limits(connections=1)

    async def test_one_too_many_is_turned_away(self, connect, office):
        client = await connect("me")
        reader, writer = await asyncio.open_connection(office.at.host, office.at.port)
        assert await reader.read() == b"* BYE [UNAVAILABLE] too many connections\r\n"
        writer.close()
        client.close()


async def test_authenticate_plain_with_and_without_initial_response(connect, office):
    answer = base64.b64encode(f"\0me\0{office.accounts.password('me')}".encode()).decode()
    first, second = await connect(), await connect()
    await first.talk(f"C: a AUTHENTICATE PLAIN {answer}\nS: a OK …")
    await second.talk(f"C: a AUTHENTICATE PLAIN\nS: + \nC: {answer}\nS: a OK …")


async def test_authenticate_may_be_cancelled(connect):
    client = await connect()
    await client.talk("C: a AUTHENTICATE PLAIN\nS: + \nC: *\nS: a BAD cancelled")


@pytest.mark.parametrize("answer", ["!!!", "AA==", "/w==", base64.b64encode(b"you\0me\0x").decode()])
async def test_strange_answers_to_authenticate_fail(connect, answer):
    client = await connect()
    assert (await client.ask(f"AUTHENTICATE PLAIN {answer}"))[-1].startswith(("BAD", "NO"))


async def test_too_many_errors_end_the_connection(connect):
    client = await connect()
    client.send("GET / HTTP/1.1\r\n" * 30)
    said = await asyncio.wait_for(client.reader.read(), 10)
    assert said.endswith(b"* BYE too many errors\r\n")


async def test_a_line_without_end_ends_the_connection(connect):
    client = await connect()
    client.send(b"x" * 200_000)
    assert await client.line() == "* BYE that line is too long"


async def test_a_literal_too_large_is_refused_before_it_is_sent(connect):
    client = await connect("me")
    client.send("a APPEND INBOX {99999999999}")
    assert (await client.line()).startswith("a BAD [TOOBIG]")
    assert await client.ask("NOOP") == ["OK NOOP done"]


async def test_names_that_lead_out_of_the_account_are_refused(connect):
    client = await connect("me")
    for name in ("../you", "..", "a/../b", "/etc/passwd", "a//b", "~root", '"a\\\\b/.."', "you.Sent"):
        assert (await client.ask(f"SELECT {name}"))[-1].startswith("NO ["), name
        assert (await client.ask(f"CREATE {name}"))[-1].startswith("NO ["), name


async def test_shutting_down_says_bye_to_everyone(connect, office):
    idle, quiet = await connect("me", "INBOX"), await connect()
    await idle.talk("C: a IDLE\nS: + idling")
    await office.server.close()
    for client in (idle, quiet):
        await client.talk("S: * BYE the server is going down\nS:")


async def test_half_a_command_and_a_closed_connection_leave_nothing(connect):
    client = await connect("me", "INBOX")
    client.send(b"a APPEND INBOX {100+}\r\nabc")
    client.close()
    assert "* 0 EXISTS" in await (await connect("me")).ask("SELECT INBOX")


async def test_off_loopback_no_password_passes_without_tls(office, client_class):
    server = ImapServer(office.store, office.accounts, None, Limits(), SystemClock())
    at = await server.start(Endpoint("0.0.0.0", 0))
    client = client_class(*await asyncio.open_connection("127.0.0.1", at.port))
    assert "LOGINDISABLED" in await client.line()
    password = office.accounts.password("me")
    assert await client.ask(f"LOGIN me {password}") == ["NO [PRIVACYREQUIRED] use STARTTLS first"]
    assert await client.ask("AUTHENTICATE PLAIN") == ["NO [PRIVACYREQUIRED] use STARTTLS first"]
    client.close()
    await server.close()


class TestStartTls:
    @pytest.fixture
    def tls(self, tmp_path):
        from mailsim.tls import server_context
        from mailsim_common.clock import SystemClock

        return server_context(tmp_path / "tls-state", "mailsim.test", SystemClock())

    async def test_the_connection_goes_on_under_tls(self, connect, office):
        client = await connect()
        assert "STARTTLS" in (await client.ask("CAPABILITY"))[0]
        assert (await client.ask("STARTTLS"))[-1].startswith("OK")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        await client.writer.start_tls(context)
        assert "STARTTLS" not in (await client.ask("CAPABILITY"))[0]
        assert (await client.ask(f"LOGIN me {office.accounts.password('me')}"))[-1].startswith("OK")
        assert (await client.ask("STARTTLS"))[-1].startswith("BAD")

    async def test_commands_sent_ahead_in_plain_text_do_not_count(self, connect):
        client = await connect()
        client.send("a STARTTLS\r\nb NOOP")
        assert (await client.line()).startswith("a OK")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        await client.writer.start_tls(context)
        assert await client.ask("NOOP") == ["OK NOOP done"]


async def test_commands_before_a_half_close_are_answered(connect):
    client = await connect()
    client.send("a NOOP\r\nb NOOP")
    client.writer.write_eof()
    assert await asyncio.wait_for(client.reader.read(), 10) == b"a OK NOOP done\r\nb OK NOOP done\r\n"


def test_every_command_of_the_grammar_has_a_handler():
    assert set(HANDLERS) == set(COMMANDS.values())
