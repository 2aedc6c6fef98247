"""Runs every agent of a cast: one asyncio task each, one pool of threads and one provider per LLM for all."""

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from mailsim_agents import providers
from mailsim_agents.agent import Agent
from mailsim_agents.backoff import Backoff
from mailsim_agents.config import CastMember, Login, Server, World, password
from mailsim_agents.errors import AlreadyRunning, ProviderUnavailable
from mailsim_agents.mailbox import Mailbox
from mailsim_agents.prompt import Author
from mailsim_agents.providers.base import Provider
from mailsim_agents.submit import Submitter
from mailsim_common.clock import Clock

logger = logging.getLogger(__name__)
IMAP_THREADS = 8


@dataclass(frozen=True)
class Surroundings:
    """What the agents meet outside: the two servers, the domain of their addresses, passwords, time and chance."""

    smtp: Server
    imap: Server
    domain: str
    secrets: Path
    clock: Clock
    random: Random


async def run(world: World, around: Surroundings, ready: Callable[[int], None]) -> None:
    """Run all agents until cancelled; `ready` is told their number once all watch their mailboxes.

    Raises ConfigError (a password is missing, a setting does not fit) and ProviderRefused before any agent starts.
    """
    async with _providers(world, around.random) as llms:
        await _verify(llms)
        with _threads() as pool:
            agents = [_agent(member, llms[member.member.llm], around, pool) for member in world.cast]
            async with asyncio.TaskGroup() as group:
                for agent in agents:
                    group.create_task(agent.run(), name=agent.author.address)
                for agent in agents:
                    await agent.watching.wait()
                ready(len(agents))


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold the lock of a world's cast; raises AlreadyRunning. A killed process gives it back by itself."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise AlreadyRunning(f"{path}: another cast of this world is running") from None
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    pool = ThreadPoolExecutor(IMAP_THREADS, thread_name_prefix="imap")
    try:
        yield pool
    finally:
        pool.shutdown()


@asynccontextmanager
async def _providers(world: World, random: Random) -> AsyncIterator[dict[str, Provider]]:
    llms: dict[str, Provider] = {}
    try:
        for name, settings in world.llms.items():
            llms[name] = providers.load(settings, random)
        yield llms
    finally:
        await asyncio.gather(*(llm.close() for llm in llms.values()))


async def _verify(llms: dict[str, Provider]) -> None:
    """Ask each service whether it will answer; one that is down now may be up when it is needed."""
    results = await asyncio.gather(*(llm.verify() for llm in llms.values()), return_exceptions=True)
    for name, result in zip(llms, results, strict=True):
        if isinstance(result, ProviderUnavailable):
            logger.warning("config/llm/%s.yaml: %s", name, result)
        elif isinstance(result, BaseException):
            raise result


def _agent(member: CastMember, llm: Provider, around: Surroundings, pool: ThreadPoolExecutor) -> Agent:
    address = member.persona.front.address or f"{member.account}@{around.domain}"
    secret = password(around.secrets, member.account)
    mailbox = Mailbox(Login(around.imap, address, secret), pool, member.member.idle, member.member.poll)
    return Agent(
        Author(member.persona, address, member.language, member.instructions),
        llm,
        mailbox,
        Submitter(Login(around.smtp, address, secret)),
        around.clock,
        Backoff(around.random),
        member.member.mode,
    )
