"""A submission server on a free port, the folders behind it, and a client that says exactly what a test tells it to."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mailsim.accounts import Accounts
from mailsim.archive import ThreadIndex
from mailsim.config import CastMember, Endpoint, Limits, Person, PostOffice, World
from mailsim.guard import LoginGuard
from mailsim.spool import Item, Spool
from mailsim.store import GroupSync
from mailsim.submission import Gate, SubmissionServer
from mailsim_common.clock import SystemClock


@dataclass
class Client:
    """One SMTP connection, line by line."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def reply(self) -> str:
        """The next reply, all its lines; `""` when the server hung up."""
        text = ""
        while line := (await self.reader.readline()).decode():
            text += line
            if line[3:4] != "-":
                break
        return text.rstrip("\r\n")

    async def say(self, line: str | bytes) -> str:
        self.writer.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        return await self.reply()

    async def send(self, message: bytes) -> str:
        """DATA with `message` as it is, and its end."""
        assert (await self.say("DATA")).startswith("354")
        return await self.say(message + b"\r\n.")

    async def is_closed(self) -> bool:
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:
            return True

    async def start_tls(self) -> None:
        assert (await self.say("STARTTLS")).startswith("220")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        await self.writer.start_tls(context)


@dataclass
class Relay:
    """The server under test and what is behind it."""

    accounts: Accounts
    spool: Spool
    index: ThreadIndex
    server: SubmissionServer
    at: Endpoint
    clients: list[Client] = field(default_factory=list)

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.at.port))
        self.clients.append(client)
        assert (await client.reply()).startswith("220 mailsim.test ESMTP")
        return client

    def token(self, name: str) -> str:
        return base64.b64encode(f"\0{name}\0{self.accounts.password(name)}".encode()).decode()

    async def login(self, name: str = "me") -> Client:
        client = await self.connect()
        assert "\n250 HELP" in await client.say("EHLO client.example")
        assert (await client.say(f"AUTH PLAIN {self.token(name)}")).startswith("235 2.7.0 ")
        return client

    async def transaction(self, *recipients: str, name: str = "me") -> Client:
        """A client that has only DATA left to say."""
        client = await self.login(name)
        assert (await client.say(f"MAIL FROM:<{name}@mailsim.test>")).startswith("250 2.1.0")
        for recipient in recipients or ("sheldon",):
            assert (await client.say(f"RCPT TO:<{recipient}@mailsim.test>")).startswith("250 2.1.5")
        return client

    async def submit(self, message: bytes, *recipients: str, name: str = "me") -> str:
        """The reply to one message in a connection of its own."""
        client = await self.transaction(*recipients, name=name)
        return await client.send(message)

    def spooled(self) -> list[tuple[Item, bytes]]:
        return [(item, item.content.read_bytes()) for item in self.spool.waiting()]


Open = Callable[..., Awaitable[Relay]]


@pytest.fixture
async def open_relay(tmp_path: Path) -> AsyncIterator[Open]:
    """Makes relays; keywords are of Limits, or `max_messages`, `tls`, `host`, `login_delay`, `sync`."""
    opened: list[Any] = []

    async def make(**options: Any) -> Relay:
        context = _relay(tmp_path, options)
        opened.append(context)
        return await context.__aenter__()

    yield make
    for context in reversed(opened):
        await context.__aexit__(None, None, None)


@pytest.fixture
async def relay(open_relay: Open) -> Relay:
    return await open_relay()


@asynccontextmanager
async def _relay(folder: Path, options: dict[str, Any]) -> AsyncIterator[Relay]:
    maximum, tls, host = options.pop("max_messages", 10), options.pop("tls", None), options.pop("host", "127.0.0.1")
    delay, sync = options.pop("login_delay", 0.0), options.pop("sync", None)
    cast = {"sheldon": CastMember(), "therapist": CastMember()}
    office = PostOffice(people={"me": Person(), "you": Person()}, limits=Limits(**options), max_messages=maximum)
    accounts = Accounts(World(folder, office, cast))
    accounts.provision()
    group, clock = GroupSync(), SystemClock()
    index = ThreadIndex.open(folder / "archive.sqlite")
    spool = Spool(folder / "spool", sync or group, clock, Random(1))
    spool.open()
    gate = Gate(accounts, index, maximum)
    guard = LoginGuard(clock, office.limits.failed_logins, delay)
    server = SubmissionServer(accounts, spool, gate, tls, office.limits, office.domain, clock, guard)
    relay = Relay(accounts, spool, index, server, await server.start(Endpoint(host, 0)))
    yield relay
    for client in relay.clients:
        client.writer.close()
    await server.close()
    await asyncio.sleep(0)
    index.close()
    group.close()
