"""Changes by other programs reach those who wait, without their asking."""

import asyncio
import errno
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from mailsim.store import Change, GroupSync, Mailbox, Store, Watch
from mailsim.store import watch as module
from mailsim_common.clock import SystemClock
from tests.mailsim.store.support import TEXT, Ear

DropIn = Callable[..., Path]


async def heard(ear: Ear, count: int) -> list[tuple[str, list[int]]]:
    """The first things it hears; the test's time-out ends a wait in vain."""
    while len(ear.heard) < count:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.01)
    return ear.heard


class Looked:
    """A mailbox that says when it was looked at."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.looked = folder, asyncio.Event()

    async def refresh(self) -> None:
        self.looked.set()


@pytest.fixture(params=["inotify", "slow look"])
async def watch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watch]:
    if request.param == "slow look":
        monkeypatch.setattr(module, "_inotify", lambda: None)
        monkeypatch.setattr(module, "UNTOLD", 0.05)
    watch = Watch()
    watch.start()
    yield watch
    await watch.close()


@pytest.fixture
async def store(tmp_path: Path, sync: GroupSync, watch: Watch) -> AsyncIterator[Store]:
    store = Store(tmp_path / "mailboxes", tmp_path / "cache", lambda _: {}, SystemClock(), sync, watch)
    yield store
    store.close()


async def test_a_file_dropped_into_new(inbox: Mailbox, ear: Ear, drop_in: DropIn) -> None:
    drop_in("1.a")
    assert await heard(ear, 1) == [("arrived", [1])]


async def test_flags_renamed_by_another_program(inbox: Mailbox, ear: Ear, drop_in: DropIn) -> None:
    path = drop_in("1.a:2,", part="cur")
    await heard(ear, 1)
    path.rename(f"{path}S")
    assert (await heard(ear, 2))[1:] == [("flags", [1])]


async def test_a_message_deleted_on_disk(inbox: Mailbox, ear: Ear, drop_in: DropIn) -> None:
    path = drop_in("1.a:2,", part="cur")
    await heard(ear, 1)
    path.unlink()
    assert (await heard(ear, 2))[1:] == [("expunged", [1])]


async def test_it_goes_on_after_changes_of_our_own(inbox: Mailbox, ear: Ear, drop_in: DropIn) -> None:
    await inbox.append(TEXT, [], None)
    await inbox.change_flags([1], Change.ADD, ["\\Seen"])
    await asyncio.sleep(3 * module.GATHER)
    drop_in("1.a")
    assert (await heard(ear, 3))[2:] == [("arrived", [2])]


async def test_a_mailbox_that_another_program_deletes_disturbs_nobody(
    store: Store, inbox: Mailbox, ear: Ear, folder: Path, drop_in: DropIn
) -> None:
    account = store.account("me")
    await account.create("Doomed")
    doomed = await account.open("Doomed")
    doomed.subscribe(Ear())
    (folder / ".Doomed").rename(folder / "tmp" / "away")
    drop_in("1.a")
    assert await heard(ear, 1) == [("arrived", [1])]


async def test_a_mailbox_made_anew_in_the_place_of_another_is_watched(store: Store, folder: Path) -> None:
    account = store.account("me")
    ears = [Ear(), Ear()]
    for ear in ears:
        await account.create("New")
        (await account.open("New")).subscribe(ear)
        if ear is ears[0]:
            await account.delete("New")
    (folder / ".New" / "new" / "1.a").write_bytes(TEXT)
    assert await heard(ears[1], 1) == [("arrived", [1])]
    assert ears[0].heard == []


@pytest.mark.parametrize("watch", ["inotify"], indirect=True)
async def test_where_there_is_no_room_for_more_the_slow_look_finds_it(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr("asyncinotify.Inotify.add_watch", full)
    monkeypatch.setattr(module, "SLOW", 0.05)
    await watch.close()
    watch.start()
    mailbox = Looked(tmp_path)
    watch.add(mailbox)
    watch.add(Looked(tmp_path / "other"))
    await mailbox.looked.wait()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_mailbox_that_nobody_has_selected_is_not_looked_at(
    inbox: Mailbox, ear: Ear, drop_in: DropIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.unsubscribe(ear)
    monkeypatch.setattr(Mailbox, "refresh", lambda _: pytest.fail("it was looked at"))
    drop_in("1.a")
    await asyncio.sleep(3 * module.GATHER)


async def test_ten_thousand_changes_are_few_looks(
    inbox: Mailbox, ear: Ear, drop_in: DropIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    refresh = Mailbox.refresh

    async def count(self: Mailbox) -> None:
        nonlocal looks
        looks += 1
        await refresh(self)

    monkeypatch.setattr(Mailbox, "refresh", count)
    monkeypatch.setattr(module, "UNTOLD", 1000.0)
    for number in range(10_000):
        drop_in(f"{number:05}.a")
    while len(inbox.uids) < 10_000:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert looks <= 3
