"""Who may log in when, and how many at once: what strangers do never keeps the owner out."""

import asyncio
import ssl
import threading
from collections.abc import Callable

import pytest

from mailsim.accounts import HASHINGS, Verifier
from mailsim.config import Endpoint, Limits
from mailsim.guard import LoginGuard
from mailsim.imap import ImapServer
from mailsim.tls import server_context
from mailsim_common.clock import SystemClock


async def until(condition: Callable[[], object]) -> None:
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


class TestLockOut:
    @pytest.fixture
    def limits(self):
        return Limits(failed_logins=2)

    async def lock_out(self, connect, user: str = "me") -> None:
        """Guess until one wrong password ends the connection."""
        for _ in range(2):
            await (await connect()).ask(f"LOGIN {user} wrong")
        attacker = await connect()
        assert (await attacker.ask(f"LOGIN {user} wrong"))[0] == "* BYE too many wrong passwords"

    async def test_the_owner_gets_in_from_the_same_address(self, connect):
        await self.lock_out(connect)
        await connect("me", "INBOX")

    async def test_the_owner_gets_in_though_the_login_was_never_seen_before(self, connect, office):
        await self.lock_out(connect)
        assert not office.accounts._remembered
        await connect("me", "INBOX")

    async def test_other_accounts_keep_their_free_tries(self, connect):
        await self.lock_out(connect)
        client = await connect()
        assert await client.ask("LOGIN you wrong") == ["NO [AUTHENTICATIONFAILED] wrong user or password"]

    async def test_all_unknown_users_are_one(self, connect):
        for number in range(2):
            await (await connect()).ask(f"LOGIN nobody{number} wrong")
        assert (await (await connect()).ask("LOGIN somebody wrong"))[0].startswith("* BYE")


class TestDelay:
    @pytest.fixture
    def login_delay(self):
        return 3600.0

    async def test_a_wrong_password_holds_up_nobody_else(self, connect):
        attacker = await connect()
        attacker.send("a LOGIN me wrong")
        await connect("me", "INBOX")
        assert not attacker.reader._buffer

    async def test_whoever_leaves_meanwhile_leaves_nothing_behind(self, connect, office):
        attacker = await connect()
        attacker.send("a LOGIN me wrong")
        await attacker.writer.drain()
        await until(lambda: office.server._services.guard._records)
        attacker.close()
        await until(lambda: not office.server._sessions)


async def test_nobody_waits_while_a_password_is_hashed(connect, monkeypatch):
    other, slow, done = await connect("me"), await connect(), threading.Event()
    monkeypatch.setattr("mailsim.accounts.Verifier.accepts", lambda *_: done.wait(20))
    slow.send("a LOGIN you password")
    await other.silence()
    assert not done.is_set()
    done.set()
    assert (await slow.line()).startswith("a OK")


async def test_a_password_changed_while_it_was_checked_is_a_wrong_one(connect, office, monkeypatch):
    client, done = await connect(), threading.Event()
    monkeypatch.setattr("mailsim.accounts.Verifier.accepts", lambda *_: done.wait(20))
    client.send("a LOGIN you password")
    await until(lambda: office.accounts._hashing._value < HASHINGS)
    office.accounts._verifiers["you"] = Verifier.of("another", b"salt", 1)
    done.set()
    assert (await client.line()).startswith("a NO [AUTHENTICATIONFAILED]")


class TestConnectionsOfAnAccount:
    @pytest.fixture
    def limits(self):
        return Limits(connections_per_account=2)

    async def test_one_too_many_is_refused_and_others_are_not(self, connect, office):
        first, _ = await connect("me"), await connect("me")
        third = await connect()
        login = f"LOGIN me {office.accounts.password('me')}"
        assert await third.ask(login) == ["NO [LIMIT] this account has too many connections"]
        await connect("you")
        await first.ask("LOGOUT")
        assert await first.line() == ""
        assert (await third.ask(login))[-1].startswith("OK")


class TestNobodyLogsIn:
    @pytest.fixture
    def limits(self):
        return Limits(login_seconds=1)

    async def test_a_connection_without_login_ends_though_it_keeps_talking(self, connect):
        client, owner = await connect(), await connect("me")
        with pytest.raises((AssertionError, ConnectionError)):
            while True:
                assert (await client.ask("NOOP"))[0] == "OK NOOP done"
                await asyncio.sleep(0.05)
        await owner.silence()


class TestEverythingIsTaken:
    @pytest.fixture
    def limits(self):
        return Limits(connections=3)

    async def test_who_has_not_logged_in_makes_room(self, connect):
        owner = await connect("me", "INBOX")
        oldest, other = await connect(), await connect()
        await connect("you", "INBOX")
        assert await oldest.line() == "* BYE [UNAVAILABLE] others want in"
        await other.silence()
        await owner.silence()

    async def test_a_crowd_never_takes_more_than_there_is(self, connect, office):
        owner = await connect("me", "INBOX")
        crowd = await asyncio.gather(*(asyncio.open_connection(office.at.host, office.at.port) for _ in range(50)))
        await owner.silence()
        await until(lambda: len(office.server._sessions) <= 3)
        await connect("you", "INBOX")
        for _, writer in crowd:
            writer.close()


@pytest.fixture
def context(tmp_path):
    return server_context(tmp_path / "tls-state", "mailsim.test", SystemClock())


@pytest.fixture
def trusting():
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return trusting


async def test_implicit_tls_needs_no_starttls_even_off_loopback(office, client_class, context, trusting):
    server = ImapServer(office.store, office.accounts, context, Limits(), SystemClock())
    at = await server.start(Endpoint("0.0.0.0", 0), implicit_tls=True)
    client = client_class(*await asyncio.open_connection("127.0.0.1", at.port, ssl=trusting))
    greeting = await client.line()
    assert "AUTH=PLAIN" in greeting
    assert "STARTTLS" not in greeting
    assert (await client.ask("STARTTLS"))[-1].startswith("BAD")
    assert (await client.ask(f"LOGIN me {office.accounts.password('me')}"))[-1].startswith("OK")
    client.close()
    await server.close()


async def test_one_server_listens_both_ways(office, client_class, context, trusting):
    server = ImapServer(office.store, office.accounts, context, Limits(), SystemClock())
    plain = await server.start(Endpoint("127.0.0.1", 0))
    under_tls = await server.start(Endpoint("127.0.0.1", 0), implicit_tls=True)
    for at, tls in ((plain, None), (under_tls, trusting)):
        client = client_class(*await asyncio.open_connection(at.host, at.port, ssl=tls))
        assert (await client.line()).startswith("* OK")
        assert await client.ask("NOOP") == ["OK NOOP done"]
        client.close()
    await server.close()


async def test_plain_text_to_an_implicit_tls_port_gets_nothing(office, context):
    server = ImapServer(office.store, office.accounts, context, Limits(), SystemClock())
    at = await server.start(Endpoint("127.0.0.1", 0), implicit_tls=True)
    reader, writer = await asyncio.open_connection(at.host, at.port)
    writer.write(b"a LOGIN me secret\r\n")
    assert b"OK" not in await reader.read()
    writer.close()
    await server.close()


def test_the_guard_is_that_of_the_limits():
    server = ImapServer(None, None, None, Limits(failed_logins=7), SystemClock())  # type: ignore[arg-type]
    assert isinstance(server._services.guard, LoginGuard)
    assert server._services.guard._free == 7
