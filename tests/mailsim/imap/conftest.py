"""An IMAP server over a fresh store, and a client that speaks from a script."""

import asyncio
import re
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from mailsim.accounts import Accounts
from mailsim.config import Endpoint, Limits, Person, PostOffice, World
from mailsim.guard import LoginGuard
from mailsim.imap import ImapServer
from mailsim.mime import summarize
from mailsim.store import GroupSync, Store
from mailsim_common.clock import SystemClock

PATIENCE = 20  # seconds until a missing answer fails the test
THREADS = {"<1@threaded>": "abcd1234", "<2@threaded>": "abcd1234"}
LITERAL = re.compile(r"\{(\d+)\}$")


class Office:
    """What a test may reach of the server side."""

    def __init__(self, store: Store, accounts: Accounts, server: ImapServer) -> None:
        self.store, self.accounts, self.server = store, accounts, server
        self.at = Endpoint("127.0.0.1", 0)

    async def put(self, content: str | bytes, account: str = "me", mailbox: str = "INBOX", **kwargs) -> int:
        data = content if isinstance(content, bytes) else message(content)
        mailboxes = self.store.account(account)
        box = await mailboxes.open(mailbox)
        try:
            return await box.append(data, kwargs.get("flags", ()), kwargs.get("date"))
        finally:
            mailboxes.close(box)


def message(text: str) -> bytes:
    """An indented text as a message with CRLF line ends."""
    return textwrap.dedent(text).lstrip("\n").replace("\n", "\r\n").encode()


class Client:
    """Speaks IMAP by the line. In a script, `…` stands for anything within a line, and a literal is its lines."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def line(self) -> str:
        data = await asyncio.wait_for(self.reader.readline(), PATIENCE)
        return data.decode("utf-8", "backslashreplace").removesuffix("\r\n")

    def send(self, text: str | bytes) -> None:
        self.writer.write(text if isinstance(text, bytes) else text.encode() + b"\r\n")

    async def talk(self, script: str) -> None:
        """`C:` lines are sent, `S:` lines awaited, in this order and with nothing in between."""
        for step in textwrap.dedent(script).strip().splitlines():
            who, _, text = step.partition(":")
            text = text.removeprefix(" ")
            if who == "C":
                self.send(text)
                continue
            assert who == "S", f"a script's line starts with C: or S:, not {step!r}"
            said = await self.line()
            pattern = ".*".join(re.escape(piece) for piece in text.split("…"))
            assert re.fullmatch(pattern, said), f"expected {text!r}, the server said {said!r}"

    async def ask(self, command: str) -> list[str]:
        """The lines a command is answered with, the tagged one last and without its tag."""
        self.send(f"t {command}")
        lines = []
        while True:
            line = await self.line()
            assert line or not self.reader.at_eof(), f"the server hung up after {lines}"
            if line.startswith("t "):
                return [*lines, line[2:]]
            lines.append(line)

    async def silence(self) -> None:
        """Fails if the server says anything before it answers a NOOP; call only when no notice is due."""
        assert await self.ask("NOOP") == ["OK NOOP done"]

    def close(self) -> None:
        self.writer.close()


def world(folder: Path) -> World:
    return World(folder, PostOffice(people={"me": Person(), "you": Person()}), {})


@pytest.fixture
def login_delay() -> float:
    return 0.0


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest.fixture
def tls():
    return None


@pytest.fixture
async def office(tmp_path: Path, limits: Limits, login_delay: float, tls) -> AsyncIterator[Office]:
    place = world(tmp_path)
    accounts = Accounts(place)
    accounts.provision()
    sync = GroupSync()
    store = Store(place.mailboxes, place.state / "cache", summarize, SystemClock(), sync)
    guard = LoginGuard(SystemClock(), limits.failed_logins, login_delay)
    server = ImapServer(store, accounts, tls, limits, SystemClock(), guard, THREADS.get)
    running = Office(store, accounts, server)
    running.at = await server.start(running.at)
    yield running
    await server.close()
    store.close()
    sync.close()


Connect = Callable[..., Awaitable[Client]]


@pytest.fixture
async def connect(office: Office) -> AsyncIterator[Connect]:
    """`await connect()`: a client that has read the greeting; with `user`, logged in; with `mailbox`, in it."""
    clients: list[Client] = []

    async def dial(user: str | None = None, mailbox: str | None = None) -> Client:
        client = Client(*await asyncio.open_connection(office.at.host, office.at.port, limit=2**26))
        clients.append(client)
        await client.talk("S: * OK [CAPABILITY …] …")
        if user:
            assert (await client.ask(f"LOGIN {user} {office.accounts.password(user)}"))[-1].startswith("OK")
        if mailbox:
            assert (await client.ask(f"SELECT {mailbox}"))[-1].startswith("OK")
        return client

    yield dial
    for client in clients:
        client.close()


@pytest.fixture
def client_class() -> type[Client]:
    """For a test that dials by itself."""
    return Client


@pytest.fixture
async def inbox(connect: Connect) -> Client:
    """A client of `me` with its INBOX selected, empty unless the test put something there first."""
    return await connect("me", "INBOX")
