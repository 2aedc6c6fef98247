"""One agent at work, against a real Dovecot and a relay."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import Message
from random import Random

import pytest

from mailsim_agents.agent import Agent
from mailsim_agents.backoff import Backoff
from mailsim_agents.config import Mode
from mailsim_agents.errors import ProviderRefused, ProviderUnavailable, SubmitTemporary
from mailsim_agents.mailbox import Mailbox
from mailsim_agents.prompt import Author
from mailsim_agents.submit import Submitter
from mailsim_common.clock import SystemClock
from tests.agents.support import DOMAIN, PERSONA, Dovecot, Parrot, Relay, letter, until


class World:
    """Makes agents, and knows how they rest."""

    def __init__(self, dovecot: Dovecot, relay: Relay, pool: Executor) -> None:
        self.dovecot, self.relay, self.pool = dovecot, relay, pool
        self.parrot, self.rests = Parrot(), list[float]()

    def agent(self, account: str, mode: Mode = Mode.AUTO) -> Agent:
        return Agent(
            Author(PERSONA, f"{account}@{DOMAIN}", "en"),
            self.parrot,
            Mailbox(self.dovecot.login(account), self.pool),
            Submitter(self.relay.login),
            SystemClock(),
            Backoff(Random(1), longest=0.01),
            mode,
            self._rest,
        )

    async def _rest(self, seconds: float) -> None:
        self.rests.append(seconds)
        await asyncio.sleep(0.001)

    @asynccontextmanager
    async def running(self, *accounts: str, mode: Mode = Mode.AUTO) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self.agent(account, mode).run()) for account in accounts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for task in tasks:
                assert task.cancelled()

    async def flags(self, account: str, wanted: bytes) -> None:
        """Wait until every mail in the INBOX carries the flag."""
        await until(lambda: _all_carry(self.dovecot, account, wanted))


def _all_carry(dovecot: Dovecot, account: str, flag: bytes) -> bool:
    mails = dovecot.messages(account, "INBOX")
    return bool(mails) and all(flag in flags for _, flags in mails)


def sent(relay: Relay) -> list[Message]:
    return [message_from_bytes(content) for content in relay.taken]


@pytest.fixture
def world(dovecot: Dovecot, relay: Relay, pool: Executor) -> World:
    return World(dovecot, relay, pool)


async def test_a_mail_is_answered_and_its_answer_is_in_sent(world: World, account: str) -> None:
    world.dovecot.put(account, letter(to=f"{account}@{DOMAIN}"))
    async with world.running(account):
        await world.flags(account, b"\\Answered")
    assert [mail["In-Reply-To"] for mail in sent(world.relay)] == ["<1@me>"]
    assert [flags for _, flags in world.dovecot.messages(account, "Sent")] == [{b"\\Seen"}]
    assert world.dovecot.messages(account, "Drafts") == []


async def test_a_mail_that_arrives_while_the_agent_watches_is_answered(world: World, account: str) -> None:
    async with world.running(account):
        for number in range(3):
            content = letter(to=f"{account}@{DOMAIN}", message_id=f"<{number}@me>")
            await asyncio.to_thread(world.dovecot.put, account, content)
            await world.flags(account, b"\\Answered")
    assert [mail["In-Reply-To"] for mail in sent(world.relay)] == ["<0@me>", "<1@me>", "<2@me>"]


async def test_a_bounce_is_left_alone_but_seen_by_nobody(world: World, account: str) -> None:
    world.dovecot.put(account, letter(to=f"{account}@{DOMAIN}", Return_Path="<>"))
    async with world.running(account):
        await world.flags(account, b"$NoAnswer")
    assert world.relay.taken == []
    assert world.dovecot.messages(account, "INBOX")[0][1] == {b"$NoAnswer"}


async def test_the_provider_reads_the_whole_thread_its_own_mail_included(world: World, account: str) -> None:
    me = f"{account}@{DOMAIN}"
    world.dovecot.put(account, letter("First.", to=me, message_id="<1@me>"))
    world.dovecot.put(account, letter("Unrelated.", to=me, message_id="<x@me>", subject="Other"))
    async with world.running(account):
        await world.flags(account, b"\\Answered")
        answer = str(sent(world.relay)[0]["Message-ID"])
        again = letter("Second.", to=me, message_id="<2@me>", References=f"<1@me> {answer}")
        await asyncio.to_thread(world.dovecot.put, account, again)
        await until(lambda: len(world.parrot.asked) == 3)
        await world.flags(account, b"\\Answered")
    turns = world.parrot.asked[-1].turns
    assert [(turn.speaker, turn.text, turn.own) for turn in turns] == [
        ("Me", "First.", False),
        ("Sheldon", "Answer 1.", True),
        ("Me", "Second.", False),
    ]


async def test_a_refusal_for_good_is_not_tried_again(world: World, account: str) -> None:
    world.relay.on_data = lambda: "554 5.7.1 this thread has reached its limit"
    world.dovecot.put(account, letter(to=f"{account}@{DOMAIN}"))
    for _ in range(2):
        async with world.running(account):
            await world.flags(account, b"$Refused")
    assert world.parrot.said == 1
    assert world.dovecot.messages(account, "Drafts") == []
    assert world.dovecot.messages(account, "Sent") == []


async def test_a_temporary_refusal_keeps_the_draft_and_sends_the_same_later(world: World, account: str) -> None:
    refusals = ["451 4.3.0 later", "450 4.7.1 slower"]
    world.relay.on_data = lambda: refusals.pop() if refusals else None
    world.dovecot.put(account, letter(to=f"{account}@{DOMAIN}"))
    agent = world.agent(account)
    await agent._mailbox.open()
    [uid] = await agent._mailbox.unanswered()
    with pytest.raises(SubmitTemporary):
        await agent.turn(uid)
    [(draft, _)] = world.dovecot.messages(account, "Drafts")
    await agent._submitter.close()
    await agent._mailbox.close()
    async with world.running(account):
        await world.flags(account, b"\\Answered")
    assert world.relay.taken == [draft]
    assert world.parrot.said == 1


async def test_a_mail_waits_for_its_provider(world: World, account: str) -> None:
    world.parrot.failures = [ProviderUnavailable("busy", retry_after=30.0)] * 2
    world.dovecot.put(account, letter(to=f"{account}@{DOMAIN}"))
    async with world.running(account):
        await world.flags(account, b"\\Answered")
    assert len(world.relay.taken) == 1
    assert [seconds >= 30 for seconds in world.rests] == [True] * 2


async def test_a_mail_that_the_service_refuses_holds_up_no_other_and_is_tried_again(world: World, account: str) -> None:
    world.parrot.failures = [ProviderRefused("too long")]
    for number in range(2):
        world.dovecot.put(account, letter(to=f"{account}@{DOMAIN}", message_id=f"<{number}@me>"))
    async with world.running(account):
        await world.flags(account, b"\\Answered")
    assert [mail["In-Reply-To"] for mail in sent(world.relay)] == ["<1@me>", "<0@me>"]


async def test_the_same_failure_is_logged_once(world: World, account: str, caplog: pytest.LogCaptureFixture) -> None:
    world.parrot.failures = [ProviderRefused("no such model")] * 3
    world.dovecot.put(account, letter(to=f"{account}@{DOMAIN}"))
    async with world.running(account):
        await world.flags(account, b"\\Answered")
    assert [record.levelname for record in caplog.records if "no such model" in record.message] == ["ERROR"]


async def test_a_mail_that_trips_a_fault_does_not_silence_the_agent(world: World, account: str) -> None:
    world.parrot.failures = [RuntimeError("a fault of ours")]
    for number in range(2):
        world.dovecot.put(account, letter(to=f"{account}@{DOMAIN}", message_id=f"<{number}@me>"))
    async with world.running(account):
        await until(lambda: len(world.relay.taken) == 1)
        await until(lambda: b"\\Answered" in world.dovecot.messages(account, "INBOX")[1][1])
    assert world.dovecot.messages(account, "INBOX")[0][1] == {b"$NoAnswer"}


async def test_in_draft_mode_the_answer_waits_for_a_person(world: World, account: str) -> None:
    world.dovecot.put(account, letter(to=f"{account}@{DOMAIN}"))
    for _ in range(2):
        async with world.running(account, mode=Mode.DRAFT):
            await world.flags(account, b"$Drafted")
    [(draft, flags)] = world.dovecot.messages(account, "Drafts")
    assert b"Answer 1." in draft
    assert flags == {b"\\Draft", b"\\Seen"}
    assert world.relay.taken == []


async def test_two_agents_converse_until_the_relay_ends_the_thread(world: World, account: str) -> None:
    left, right = f"{account}l", f"{account}r"
    world.relay.deliver = lambda recipient, content: world.dovecot.put(recipient.partition("@")[0], content)
    world.relay.on_data = lambda: "554 5.7.1 full" if len(world.relay.taken) == 9 else None
    first = letter(to=f"{right}@{DOMAIN}", sender=f"Left <{left}@{DOMAIN}>", message_id="<0@l>")
    world.dovecot.put(left, first, "Sent")
    async with world.running(left, right):
        await asyncio.to_thread(world.dovecot.put, right, first)
        await until(lambda: any(b"$Refused" in flags for _, flags in world.dovecot.messages(left, "INBOX")))
    mails = sent(world.relay)
    assert len(mails) == 9
    ids = ["<0@l>", *(str(mail["Message-ID"]) for mail in mails)]
    assert [mail["References"].split() for mail in mails] == [ids[:number] for number in range(1, 10)]
    assert [len(request.turns) for request in world.parrot.asked] == list(range(1, 11))
