"""What is put into the spool is there after anything that can happen, once."""

import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mailsim.spool import BrokenItem, Envelope, Spool

Make = Callable[..., Envelope]
Open = Callable[[], Spool]


def files(tmp_path: Path, folder: str) -> list[str]:
    return sorted(path.name for path in (tmp_path / "spool" / folder).iterdir())


async def test_what_is_put_waits_with_its_very_bytes(spool: Spool, envelope: Make) -> None:
    await spool.put(envelope(), (b"A: b\r\n", memoryview(b"\r\n\xff\0")))
    [item] = spool.waiting()
    assert item.content.read_bytes() == b"A: b\r\n\r\n\xff\0"


async def test_all_that_a_message_needs_is_made_durable(spool: Spool, envelope: Make, disk: Any) -> None:
    put = envelope()
    await spool.put(put, [b"x"])
    assert {path.name for path in disk.flushed} == {f"{put.id}.eml", f"{put.id}.json", "queue", "accepted.log"}


async def test_the_listener_hears_only_of_what_is_durable(spool: Spool, envelope: Make, disk: Any) -> None:
    heard: list[Envelope] = []
    spool.listener = heard.append
    disk.error = OSError(5, "no")
    with pytest.raises(OSError):
        await spool.put(envelope(), [b"x"])
    assert heard == []
    disk.error = None
    await spool.put(envelope(), [b"x"])
    assert len(heard) == 1


async def test_what_the_disk_refuses_leaves_no_trace(spool: Spool, envelope: Make, disk: Any, tmp_path: Path) -> None:
    disk.error = OSError(28, "full")
    with pytest.raises(OSError):
        await spool.put(envelope(given_id="<a@b>"), [b"x"])
    assert files(tmp_path, "queue") == files(tmp_path, "tmp") == []
    assert spool.ledger.find("<a@b>") is None


async def test_a_restart_finds_everything_in_its_order(spool: Spool, envelope: Make, open_spool: Open) -> None:
    ids = [put.id for put in (envelope(), envelope(), envelope())]
    for id in reversed(ids):
        await spool.put(envelope(id=id), [b"x"])
    assert [item.envelope.id for item in open_spool().waiting()] == ids


async def test_ids_rise_even_when_the_clock_goes_back(
    spool: Spool, envelope: Make, open_spool: Open, clock: Any
) -> None:
    put = envelope()
    await spool.put(put, [b"x"])
    clock.time -= timedelta(days=365)
    assert spool.next_id() > put.id
    assert open_spool().next_id() > put.id


async def test_a_restart_clears_what_was_half_written(spool: Spool, open_spool: Open, tmp_path: Path) -> None:
    (tmp_path / "spool/tmp/1.eml").write_bytes(b"half")
    (tmp_path / "spool/queue/2.eml").write_bytes(b"without its envelope")
    open_spool()
    assert files(tmp_path, "tmp") == files(tmp_path, "queue") == []


@pytest.mark.parametrize("junk", [b"", b"{", b"\xff\0", b"[]", b"{}", b"[" * 100_000, b'{"id": 1}', b"null\nnull"])
async def test_a_broken_file_is_set_aside_and_the_others_go_on(
    spool: Spool, envelope: Make, open_spool: Open, tmp_path: Path, junk: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = envelope(), envelope()
    for each in (bad, good):
        await spool.put(each, [b"x"])
    (tmp_path / f"spool/queue/{bad.id}.json").write_bytes(junk)
    assert [item.envelope.id for item in open_spool().waiting()] == [good.id]
    assert files(tmp_path, "broken") == [f"{bad.id}.eml", f"{bad.id}.json"]
    assert bad.id in caplog.text


async def test_an_envelope_without_its_message_is_broken(spool: Spool, envelope: Make) -> None:
    put = envelope()
    await spool.put(put, [b"x"])
    spool.item(put.id).content.unlink()
    with pytest.raises(BrokenItem):
        spool.item(put.id)


async def test_an_envelope_of_another_message_is_broken(spool: Spool, envelope: Make, tmp_path: Path) -> None:
    put = envelope()
    await spool.put(put, [b"x"])
    (tmp_path / f"spool/queue/{put.id}.json").write_text(envelope().to_json())
    with pytest.raises(BrokenItem):
        spool.item(put.id)


async def test_the_journal_is_read_back(spool: Spool, envelope: Make, clock: Any) -> None:
    put = envelope(recipients=("a@x", "b@x"))
    await spool.put(put, [b"x"])
    with spool.item(put.id) as item:
        item.mark_stage("archive")
        item.mark_delivered("a@x")
        item.mark_waiting(3, clock.now(), "mailbox full")
    again = spool.item(put.id)
    assert (again.stages, again.remaining, again.attempts) == ({"archive"}, ["b@x"], 3)
    assert (again.due, again.why) == (clock.now(), "mailbox full")


@pytest.mark.parametrize("torn", [b'{"deliv', b"\xff", b"5", b'{"attempts": 1}', b'{"stage": []}', b"[" * 100_000])
async def test_a_torn_journal_line_loses_only_itself(spool: Spool, envelope: Make, tmp_path: Path, torn: bytes) -> None:
    put = envelope(recipients=("a@x", "b@x"))
    await spool.put(put, [b"x"])
    with spool.item(put.id) as item:
        item.mark_delivered("a@x")
    with (tmp_path / f"spool/queue/{put.id}.json").open("ab") as journal:
        journal.write(b"\n" + torn)
    with spool.item(put.id) as item:
        item.mark_stage("archive")
    assert spool.item(put.id).remaining == ["b@x"]
    assert spool.item(put.id).stages == {"archive"}


async def test_what_is_finished_is_let_go_once_the_disk_knows(
    spool: Spool, envelope: Make, disk: Any, tmp_path: Path
) -> None:
    put = envelope()
    await spool.put(put, [b"x"])
    spool.finish(put.id)
    assert spool.ids() == []
    disk.error = OSError(5, "no")
    with pytest.raises(OSError):
        await spool.settle()
    assert files(tmp_path, "queue")
    disk.error = None
    await spool.settle()
    assert files(tmp_path, "queue") == []


async def test_ten_thousand_waiting_messages_cost_little_memory(
    spool: Spool, envelope: Make, open_spool: Open, tmp_path: Path
) -> None:
    for _ in range(10_000):
        put = envelope()
        for suffix, text in ((".eml", "x"), (".json", put.to_json())):
            (tmp_path / f"spool/queue/{put.id}{suffix}").write_text(text)
    tracemalloc.start()
    count = sum(1 for _ in open_spool().waiting())
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 10_000
    assert kept < 20_000_000
