"""Order within a thread, independence between threads, and no end to trying."""

import asyncio
import logging
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from mailsim.errors import Rejection, TemporaryRejection
from mailsim.pipeline import Backoff, Hold
from mailsim.spool import Item


async def test_stages_run_in_their_order_and_each_once(office: Any, stage: Any) -> None:
    ran: list[str] = []

    def noting(name: str) -> Any:
        async def run(item: Item) -> None:
            ran.append(name)

        return stage(run, name)

    await office.start(noting("archive"), noting("deliver"))
    await office.put("one")
    await office.until(lambda: office.delivered)
    assert ran == ["archive", "deliver"]


async def test_mail_of_one_thread_stays_in_order(office: Any, stage: Any) -> None:
    async def slower_first(item: Item) -> None:
        await asyncio.sleep(0.005 / int(item.envelope.message_id))

    await office.start(stage(slower_first))
    for number in range(1, 9):
        await office.put(str(number))
    await office.until(lambda: len(office.delivered) == 8)
    assert office.delivered == [str(number) for number in range(1, 9)]


async def test_what_waited_before_a_restart_comes_first(office: Any, stage: Any) -> None:
    async def nothing(item: Item) -> None:
        pass

    await office.put("1")
    await office.put("2")
    await office.start(stage(nothing))
    await office.put("3")
    await office.until(lambda: len(office.delivered) == 3)
    assert office.delivered == ["1", "2", "3"]


async def test_a_message_that_fails_blocks_no_other(office: Any, stage: Any) -> None:
    async def fail_bad(item: Item) -> None:
        if item.envelope.message_id == "bad":
            raise TemporaryRejection(452, "4.2.0", "full")

    await office.start(stage(fail_bad))
    await office.put("bad")
    await office.put("same thread")
    await office.put("other thread", "other")
    await office.until(lambda: len(office.delivered) == 2)
    [waiting] = office.spool.waiting()
    assert waiting.why == "452 4.2.0 full"


async def test_a_failure_is_tried_again_until_it_is_none(office: Any, stage: Any) -> None:
    attempts: list[int] = []

    async def fail_thrice(item: Item) -> None:
        attempts.append(item.attempts)
        if len(attempts) <= 3:
            raise TemporaryRejection(452, "4.2.0", "full")

    await office.start(stage(fail_thrice))
    await office.put("one")
    await office.until(lambda: office.delivered)
    assert attempts == [0, 1, 2, 3]


async def test_a_fault_in_a_stage_is_a_temporary_failure(
    office: Any, stage: Any, caplog: pytest.LogCaptureFixture
) -> None:
    faults = iter([ZeroDivisionError("our fault"), OSError(28, "full"), None])

    async def faulty(item: Item) -> None:
        if fault := next(faults):
            raise fault

    await office.start(stage(faulty))
    await office.put("one")
    await office.until(lambda: office.delivered)
    assert "our fault" in caplog.text


async def test_a_permanent_failure_is_set_aside(office: Any, stage: Any) -> None:
    async def refuse(item: Item) -> None:
        raise Rejection(550, "5.1.1", "gone")

    await office.start(stage(refuse))
    put = await office.put("one")
    await office.until(lambda: not office.spool.ids())
    assert (office.folder / f"spool/broken/{put.id}.eml").exists()


async def test_a_held_message_keeps_its_place_and_other_threads_pass(office: Any, stage: Any) -> None:
    held: list[str] = []

    async def hold_once(item: Item) -> Hold | None:
        if item.envelope.message_id == "held" and not held:
            held.append("held")
            return Hold(office.clock.now() + timedelta(seconds=0.05), "too fast")
        return None

    await office.start(stage(hold_once, "pace"))
    for name, thread in (("held", "a"), ("behind", "a"), ("elsewhere", "b")):
        await office.put(name, thread)
    await office.until(lambda: len(office.delivered) == 3)
    assert office.delivered == ["elsewhere", "held", "behind"]


async def test_a_held_message_shows_why_it_waits(office: Any, stage: Any) -> None:
    async def hold(item: Item) -> Hold:
        return Hold(office.clock.now() + timedelta(hours=1), "office hours")

    await office.start(stage(hold, "pace"))
    put = await office.put("one")
    await office.until(lambda: office.spool.item(put.id).why)
    assert office.spool.item(put.id).why == "office hours"


async def test_a_crash_in_a_stage_runs_it_again_and_none_before_it(office: Any, stage: Any) -> None:
    ran: list[str] = []

    async def archive(item: Item) -> None:
        ran.append("archive")

    async def hang(item: Item) -> None:
        ran.append("deliver")
        await asyncio.Event().wait()

    async def deliver(item: Item) -> None:
        ran.append("deliver again")

    await office.start(stage(archive, "archive"), stage(hang))
    await office.put("one")
    await office.until(lambda: "deliver" in ran)
    await office.crash()
    await office.start(stage(archive, "archive"), stage(deliver))
    await office.until(lambda: office.delivered)
    assert ran == ["archive", "deliver", "deliver again"]


async def test_a_broken_file_found_on_the_way_is_set_aside(office: Any, stage: Any) -> None:
    async def nothing(item: Item) -> None:
        pass

    put = await office.put("broken")
    good = await office.put("good")
    await office.start(stage(nothing))
    (office.folder / f"spool/queue/{put.id}.json").write_bytes(b"junk")
    await office.until(lambda: office.delivered == [good.message_id])
    await office.until((office.folder / f"spool/broken/{put.id}.json").exists)


async def test_a_listener_that_fails_disturbs_nobody(office: Any, stage: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def nothing(item: Item) -> None:
        pass

    def fail(item: Item) -> None:
        raise RuntimeError("the terminal is gone")

    pipeline = await office.start(stage(nothing))
    pipeline._on_delivered = fail
    put = await office.put("one")
    await office.until(lambda: put.id not in office.spool.ids())
    assert caplog.records[-1].levelno == logging.ERROR


async def test_closing_lets_go_of_what_is_done(office: Any, stage: Any) -> None:
    async def nothing(item: Item) -> None:
        pass

    pipeline = await office.start(stage(nothing))
    await office.put("one")
    await office.until(lambda: office.delivered)
    await pipeline.close()
    assert list((office.folder / "spool/queue").iterdir()) == []


def test_back_off_doubles_up_to_its_longest_and_is_spread() -> None:
    backoff, random = Backoff(first=1.0, longest=60.0), Random(1)
    for attempts, full in ((0, 1), (1, 2), (5, 32), (6, 60), (10_000, 60)):
        waits = {backoff.seconds(attempts, random) for _ in range(50)}
        assert full / 2 <= min(waits) < max(waits) <= full
