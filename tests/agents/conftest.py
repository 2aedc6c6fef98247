"""Servers for the tests of the agents."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from aiosmtpd.smtp import SMTP

from mailsim_agents.mailbox import Mailbox
from tests.agents.support import Dovecot, Relay, ScriptedImap
from tests.dovecot import private_dovecot


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    with private_dovecot() as server, server.listening() as port:
        yield Dovecot(port)


@pytest.fixture
def account(request: pytest.FixtureRequest) -> str:
    """A name no other test uses, so that all tests share one Dovecot."""
    return f"a{abs(hash(request.node.nodeid)):x}"


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.fixture
async def mailbox(dovecot: Dovecot, account: str, pool: ThreadPoolExecutor) -> AsyncIterator[Mailbox]:
    mailbox = Mailbox(dovecot.login(account), pool)
    await mailbox.open()
    yield mailbox
    await mailbox.close()


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    relay = Relay()

    def session() -> SMTP:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # it advises against AUTH without TLS
            return SMTP(
                relay, hostname="relay", authenticator=relay.authenticate, auth_require_tls=False, auth_required=True
            )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    yield relay
    server.close()


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedImap]:
    imap = ScriptedImap()
    server = await asyncio.start_server(imap.converse, "127.0.0.1", 0)
    imap.port = server.sockets[0].getsockname()[1]
    yield imap
    server.close()
    for writer in imap.writers:
        writer.close()
