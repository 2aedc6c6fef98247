"""Dovecot and our own server, each on its own copy of the corpus."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from mailsim.accounts import Accounts
from mailsim.config import Endpoint, Limits, Person, PostOffice, World
from mailsim.imap import ImapServer
from mailsim.mime import summarize
from mailsim.store import GroupSync, Store
from mailsim_common.clock import SystemClock
from tests.differential import corpus
from tests.differential.wire import Client
from tests.dovecot import private_dovecot

Dial = Callable[[], Awaitable[Client]]
LIMIT = 2**27  # bytes of one line or literal


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Maildir++ that both servers get a copy of."""
    folder = tmp_path_factory.mktemp("corpus") / "me"
    corpus.make(folder)
    return folder


@pytest.fixture
async def dovecot(account: Path) -> AsyncIterator[Dial]:
    """Opens sessions with Dovecot's IMAP process: no port, no login."""
    with private_dovecot() as server:
        corpus.copy(account, server.mail / "me")
        server.adopt()
        async with contextlib.AsyncExitStack() as stack:

            async def dial() -> Client:
                pipe = asyncio.subprocess.PIPE
                process = await asyncio.create_subprocess_shell(
                    server.session("me"), stdin=pipe, stdout=pipe, limit=LIMIT
                )
                stack.push_async_callback(process.wait)
                assert process.stdout and process.stdin
                client = Client(process.stdout, process.stdin)
                stack.callback(client.close)
                await client.greeting()
                return client

            yield dial


@pytest.fixture
async def ours(account: Path, tmp_path: Path) -> AsyncIterator[Dial]:
    """Opens sessions with our server, logged in."""
    world = World(tmp_path, PostOffice(people={"me": Person()}), {})
    world.mailboxes.mkdir()
    corpus.copy(account, world.mailboxes / "me")
    accounts, sync = Accounts(world), GroupSync()
    accounts.provision()
    store = Store(world.mailboxes, world.state / "cache", summarize, SystemClock(), sync)
    server = ImapServer(store, accounts, None, Limits(), SystemClock())
    at = await server.start(Endpoint("127.0.0.1", 0))
    clients: list[Client] = []

    async def dial() -> Client:
        clients.append(Client(*await asyncio.open_connection(at.host, at.port, limit=LIMIT)))
        await clients[-1].greeting()
        await clients[-1].ask(f"LOGIN me {accounts.password('me')}".encode())
        return clients[-1]

    yield dial
    for client in clients:
        client.close()
    await server.close()
    store.close()
    sync.close()
