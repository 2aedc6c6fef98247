"""Accepted once, for good: durability, repeated submissions, and the end of a thread."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

Open = Callable[..., Awaitable[Any]]


def message(id: str = "<1@x>", text: str = "hi", **header: str) -> bytes:
    fields = {"Message-ID": id} | {name.replace("_", "-"): value for name, value in header.items()}
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value).encode() + b"\r\n" + text.encode()


class SlowSync:
    """A disk that answers when the test lets it; `fails` is what it answers."""

    def __init__(self) -> None:
        self.asked, self.go, self.fails = asyncio.Event(), asyncio.Event(), None
        self.fails: OSError | None

    async def durable(self, *paths: Path) -> None:
        self.asked.set()
        await self.go.wait()
        if self.fails:
            raise self.fails


async def test_no_250_before_the_disk_has_it(open_relay: Open) -> None:
    disk = SlowSync()
    relay = await open_relay(sync=disk)
    client = await relay.transaction()
    answer = asyncio.create_task(client.send(message()))
    await disk.asked.wait()
    assert relay.spooled()
    assert not answer.done()
    disk.go.set()
    assert (await answer).startswith("250 2.0.0 accepted as ")


async def test_a_client_that_leaves_does_not_stop_the_storing(open_relay: Open) -> None:
    disk, heard = SlowSync(), asyncio.Event()
    relay = await open_relay(sync=disk)
    relay.spool.listener = lambda envelope: heard.set()
    client = await relay.transaction()
    answer = asyncio.create_task(client.send(message()))
    await disk.asked.wait()
    client.writer.transport.abort()
    await asyncio.gather(answer, return_exceptions=True)
    disk.go.set()
    await asyncio.wait_for(heard.wait(), 10)
    assert relay.spool.ledger.find("<1@x>")


@pytest.mark.parametrize(("number", "reply"), [(28, "452 4.3.1"), (5, "451 4.3.0")])
async def test_what_the_disk_refuses_leaves_nothing_behind(open_relay: Open, number: int, reply: str) -> None:
    disk = SlowSync()
    disk.go.set()
    disk.fails = OSError(number, "secret")
    relay = await open_relay(sync=disk, max_messages=1)
    assert (await relay.submit(message(), name="sheldon"))[:9] == reply
    assert relay.spooled() == []
    disk.fails = None
    assert (await relay.submit(message(), name="sheldon")).startswith("250"), "its place in the thread came back"


async def test_the_same_again_is_taken_and_not_kept(relay: Any) -> None:
    first = await relay.submit(message())
    again = await relay.submit(message())
    assert again == first.replace("accepted", "already accepted")
    assert len(relay.spooled()) == 1


async def test_the_same_again_reaches_only_who_has_not_got_it(relay: Any) -> None:
    await relay.submit(message(), "sheldon")
    await relay.submit(message(), "sheldon", "you")
    (first, _), (second, _) = relay.spooled()
    assert first.envelope.recipients == ("sheldon@mailsim.test",)
    assert second.envelope.recipients == ("you@mailsim.test",)
    assert second.stages == {"archive"}
    assert (await relay.submit(message(), "you", "sheldon")).startswith("250 2.0.0 already accepted")


async def test_another_text_under_the_same_id_is_refused_with_a_hint(relay: Any) -> None:
    await relay.submit(message())
    reply = await relay.submit(message(text="different"))
    assert reply.startswith("554 5.6.0 another message with this Message-ID was accepted as ")


async def test_nobody_takes_another_ones_id(relay: Any) -> None:
    await relay.submit(message(), name="me")
    assert (await relay.submit(message(), name="you")).startswith("554 5.6.0")


async def test_the_same_at_the_same_time_is_kept_once(relay: Any) -> None:
    clients = [await relay.transaction() for _ in range(5)]
    replies = await asyncio.gather(*(client.send(message()) for client in clients))
    assert sorted("already" in reply for reply in replies) == [False, True, True, True, True]
    assert len(relay.spooled()) == 1


async def test_without_an_id_nothing_is_the_same(relay: Any) -> None:
    await relay.submit(message(""))
    await relay.submit(message(""))
    await relay.submit(message("none"))
    assert len({item.envelope.message_id for item, _ in relay.spooled()}) == 3


async def test_a_person_may_resend(relay: Any) -> None:
    await relay.submit(message())
    assert (await relay.submit(message(Resent_Message_ID="<2@x>"), "you")).startswith("250 2.0.0 accepted")


async def test_a_persona_cannot_resend_its_way_past_the_limit(open_relay: Open) -> None:
    relay = await open_relay(max_messages=1)
    await relay.submit(message(), name="sheldon")
    assert (await relay.submit(message(Resent_Message_ID="<2@x>"), name="sheldon")).startswith("554 5.6.0")


async def test_a_thread_ends_for_automata_at_its_limit(open_relay: Open) -> None:
    relay = await open_relay(max_messages=2)
    assert (await relay.submit(message("<1@x>"))).startswith("250")
    assert (await relay.submit(message("<2@x>", In_Reply_To="<1@x>"), name="sheldon")).startswith("250")
    third = message("<3@x>", In_Reply_To="<2@x>", References="<1@x> <2@x>")
    assert (await relay.submit(third, name="sheldon")).startswith("554 5.7.1")
    assert (await relay.submit(message("<4@x>"), name="sheldon")).startswith("250"), "another thread"


async def test_a_person_may_always_write_unless_a_program_writes_for_them(open_relay: Open) -> None:
    relay = await open_relay(max_messages=1)
    await relay.submit(message("<1@x>"))
    automatic = message("<2@x>", In_Reply_To="<1@x>", Auto_Submitted="auto-replied")
    assert (await relay.submit(automatic)).startswith("554 5.7.1")
    assert (await relay.submit(message("<3@x>", In_Reply_To="<1@x>", Auto_Submitted="no"))).startswith("250")


async def test_what_was_accepted_counts_as_such_in_a_full_thread(open_relay: Open) -> None:
    relay = await open_relay(max_messages=1)
    await relay.submit(message(), name="sheldon")
    assert (await relay.submit(message(), name="sheldon")).startswith("250 2.0.0 already")
