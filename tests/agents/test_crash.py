"""Killed at any step of a turn and started again, an agent neither loses nor doubles an answer."""

from concurrent.futures import Executor
from random import Random
from typing import Any

import pytest

from mailsim_agents.agent import Agent
from mailsim_agents.backoff import Backoff
from mailsim_agents.mailbox import Mailbox
from mailsim_agents.prompt import Author
from mailsim_agents.submit import Submitter
from mailsim_common.clock import SystemClock
from tests.agents.support import DOMAIN, PERSONA, Dovecot, Parrot, Relay, letter


class Killed(BaseException):
    """The process is gone."""


class Fuse:
    """Lets `steps` calls pass through whatever it wraps, then kills the process before the next one."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def wrap(self, target: Any, *, without: str = "") -> Any:
        return _Fused(self, target, without)

    def burn(self) -> None:
        if not self.left:
            raise Killed
        self.left -= 1


class _Fused:
    def __init__(self, fuse: Fuse, target: Any, without: str) -> None:
        self._fuse, self._target, self._without = fuse, target, without

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if name == "has_capability":
            return lambda capability: capability != self._without and value(capability)
        if name.startswith("_") or not callable(value) or name == "shutdown":
            return value

        def call(*args: Any, **named: Any) -> Any:
            self._fuse.burn()
            return value(*args, **named)

        return call


async def live(
    steps: int, dovecot: Dovecot, account: str, relay: Relay, parrot: Parrot, pool: Executor, without: str
) -> bool:
    """Run an agent over its mailbox, killed after so many steps; whether it survived."""
    fuse = Fuse(steps)
    mailbox, submitter = Mailbox(dovecot.login(account), pool), Submitter(relay.login)
    await mailbox.open()
    mailbox._client = fuse.wrap(mailbox._client, without=without)
    author = Author(PERSONA, f"{account}@{DOMAIN}", "en")
    provider, way_out = fuse.wrap(parrot), fuse.wrap(submitter)
    agent = Agent(author, provider, mailbox, way_out, SystemClock(), Backoff(Random(1)))
    try:
        for uid in await mailbox.unanswered():
            await agent.turn(uid)
    except Killed:
        return False
    else:
        return True
    finally:
        await submitter.close()
        await mailbox.close()


@pytest.mark.parametrize("without", ["", "MOVE", "UIDPLUS"])
@pytest.mark.parametrize("duplicate_reply", ["250 2.0.0 taken before", "554 5.6.0 Message-ID already used"])
async def test_a_kill_at_any_step_neither_loses_nor_doubles_the_answer(
    dovecot: Dovecot, account: str, relay: Relay, pool: Executor, duplicate_reply: str, without: str
) -> None:
    relay.duplicate_reply = duplicate_reply
    survived, steps = False, 0
    while not survived:
        name, parrot, before = f"{account}k{steps}", Parrot(), len(relay.taken)
        dovecot.put(name, letter(to=f"{name}@{DOMAIN}"))
        survived = await live(steps, dovecot, name, relay, parrot, pool, without)
        assert await live(1000, dovecot, name, relay, parrot, pool, without)
        assert len(relay.taken) - before == 1, steps
        assert [content for content, _ in dovecot.messages(name, "Sent")] == relay.taken[before:], steps
        assert dovecot.messages(name, "Drafts") == [], steps
        assert dovecot.messages(name, "INBOX")[0][1] == {b"\\Answered", b"\\Seen"}, steps
        steps += 1
    assert relay.duplicates > 0
    assert steps > 15
