"""What the sessions of one mailbox can do, and what they hear of each other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from mailsim.errors import MessageGone, NoSuchMailbox, StoreError
from mailsim.store import Change, GroupSync, Mailbox, Store
from mailsim.store import mailbox as mailbox_module
from tests.mailsim.store.support import TEXT, Ear, files


@pytest.fixture
async def sent(store: Store) -> Mailbox:
    return await store.account("me").open("Sent")


@pytest.fixture
async def three(inbox: Mailbox) -> list[int]:
    """Three messages."""
    return await inbox.append_many([(TEXT + b"%d\r\n" % number, [], None) for number in range(3)])


async def test_an_appended_message_is_there_with_all_it_was_given(inbox: Mailbox) -> None:
    date = datetime(2020, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    uid = await inbox.append(TEXT, ["\\seen", "Work"], date)
    message = inbox.message(uid)
    assert (message.flags, message.internal_date, message.size) == ({"\\Seen", "Work"}, date, len(TEXT))
    assert inbox.content(uid) == TEXT
    assert (uid, inbox.uidnext, list(inbox.uids)) == (1, 2, [1])


async def test_uids_ascend_and_are_never_given_again(inbox: Mailbox, three: list[int]) -> None:
    await inbox.expunge(three)
    assert [*three, await inbox.append(TEXT, [], None)] == [1, 2, 3, 4]


async def test_nothing_of_it_changes_by_a_restart(
    inbox: Mailbox, three: list[int], reopen: Callable[[], Awaitable[Mailbox]]
) -> None:
    await inbox.change_flags([2], Change.ADD, ["\\Flagged", "Work"])
    await inbox.expunge([3])
    again = await reopen()
    assert (again.uidvalidity, again.guid, again.uidnext) == (inbox.uidvalidity, inbox.guid, 4)
    assert [(message.uid, message.flags, message.email_id) for message in again] == [
        (message.uid, message.flags, message.email_id) for message in inbox
    ]
    assert again.highestmodseq > inbox.highestmodseq


@pytest.mark.parametrize(
    ("how", "named", "outcome"),
    [
        (Change.ADD, ["\\Seen"], {"\\Seen", "Work"}),
        (Change.REMOVE, ["WORK", "\\Seen"], set()),
        (Change.REPLACE, ["\\Draft", "Play"], {"\\Draft", "Play"}),
    ],
)
async def test_flags_are_changed(inbox: Mailbox, how: Change, named: list[str], outcome: set[str]) -> None:
    uid = await inbox.append(TEXT, ["Work"], None)
    assert await inbox.change_flags([uid], how, named) == [uid]
    assert inbox.message(uid).flags == outcome


async def test_only_messages_that_change_are_told_of(inbox: Mailbox, three: list[int], ear: Ear) -> None:
    await inbox.change_flags([2], Change.ADD, ["\\Seen"])
    modseq = inbox.message(2).modseq
    assert await inbox.change_flags([1, 2, 3, 99], Change.ADD, ["\\Seen"], ear) == [1, 3]
    assert ear.heard == [("flags", [2]), ("flags", [1, 3])]
    assert ear.actors == [None, ear]
    assert inbox.message(2).modseq == modseq < inbox.message(1).modseq == inbox.highestmodseq


async def test_listeners_hear_of_everything_until_they_stop(inbox: Mailbox, ear: Ear) -> None:
    await inbox.append_many([(TEXT, [], None)] * 2)
    await inbox.expunge([1])
    inbox.unsubscribe(ear)
    await inbox.append(TEXT, [], None)
    assert ear.heard == [("arrived", [1, 2]), ("expunged", [1])]


async def test_an_expunged_message_is_gone(inbox: Mailbox, three: list[int], folder: Path) -> None:
    assert await inbox.expunge([2, 99]) == [2]
    assert list(inbox.uids) == [1, 3]
    assert len(files(folder / "cur")) == 2
    with pytest.raises(MessageGone):
        inbox.content(2)
    with pytest.raises(KeyError):
        inbox.message(2)


async def test_an_append_that_fails_leaves_nothing(inbox: Mailbox, folder: Path) -> None:
    items = [(TEXT, [f"kw{number}" for number in range(count)], None) for count in (1, 1001)]
    with pytest.raises(StoreError, match="at most"):
        await inbox.append_many(items)
    assert (list(inbox.uids), files(folder / "cur"), files(folder / "tmp")) == ([], [], [])


async def test_a_large_message_is_written_while_others_go_on(inbox: Mailbox) -> None:
    large = b"x" * mailbox_module.LARGE + b"\r\n"
    await asyncio.gather(inbox.append(large, [], None), inbox.append(TEXT, [], None))
    assert sorted(message.size for message in inbox) == [len(TEXT), len(large)]
    assert {inbox.content(uid) for uid in inbox.uids} == {TEXT, large}


async def test_a_copy_keeps_flags_date_and_content(inbox: Mailbox, sent: Mailbox) -> None:
    date = datetime(2020, 1, 2, tzinfo=UTC)
    await inbox.append(TEXT, ["\\Seen", "Other", "Work"], date)
    await sent.append(TEXT, ["Work"], None)
    assert await inbox.copy([1, 99], sent) == [(1, 2)]
    copied = sent.message(2)
    assert (copied.flags, copied.internal_date) == ({"\\Seen", "Other", "Work"}, date)
    assert sent.content(2) == inbox.content(1)
    assert copied.email_id != inbox.message(1).email_id


async def test_a_copy_of_a_message_with_bare_line_ends_names_both_sizes(
    inbox: Mailbox, sent: Mailbox, drop_in: Callable[..., Path]
) -> None:
    drop_in("1.x", b"a\nb\n")
    await inbox.refresh()
    await inbox.copy([1], sent)
    assert sent.message(1).name.partition(":")[0].endswith(",S=4,W=6")
    assert (sent.message(1).size, sent.content(1)) == (6, b"a\r\nb\r\n")


async def test_a_mailbox_may_be_copied_into_itself(inbox: Mailbox, three: list[int]) -> None:
    assert await inbox.copy(three, inbox) == [(1, 4), (2, 5), (3, 6)]


async def test_a_copy_that_fails_leaves_nothing(inbox: Mailbox, sent: Mailbox, three: list[int], folder: Path) -> None:
    for path in (folder / "cur").glob(f"{inbox.message(3).name}*"):
        path.unlink()
    with pytest.raises(MessageGone):
        await inbox.copy(three, sent)
    assert (list(sent.uids), files(folder / ".Sent" / "cur"), files(folder / ".Sent" / "tmp")) == ([], [], [])


async def test_a_moved_message_is_in_one_place(inbox: Mailbox, sent: Mailbox, three: list[int], ear: Ear) -> None:
    assert await inbox.move([1, 3], sent) == [(1, 1), (3, 2)]
    assert (list(inbox.uids), list(sent.uids)) == ([2], [1, 2])
    assert ear.heard == [("expunged", [1, 3])]


async def test_a_message_moved_by_two_sessions_at_once_goes_to_one_place(
    inbox: Mailbox, sent: Mailbox, store: Store, three: list[int]
) -> None:
    trash = await store.account("me").open("Trash")
    pairs = await asyncio.gather(inbox.move(three, sent), inbox.move(three, trash), inbox.expunge(three))
    assert (pairs, list(sent.uids), list(trash.uids)) == ([[(1, 1), (2, 2), (3, 3)], [], []], [1, 2, 3], [])


async def test_a_move_given_up_halfway_is_done_whole(inbox: Mailbox, sent: Mailbox, three: list[int]) -> None:
    move = asyncio.create_task(inbox.move(three, sent))
    await asyncio.sleep(0)
    move.cancel()
    with pytest.raises(asyncio.CancelledError):
        await move
    assert (list(inbox.uids), list(sent.uids)) == ([], [1, 2, 3])


async def test_what_is_new_is_recent_to_the_first_session_alone(inbox: Mailbox, drop_in: Callable[..., Path]) -> None:
    drop_in("1.x")
    await inbox.refresh()
    await inbox.append(TEXT, [], None)
    assert inbox.recent_count() == 2
    assert (inbox.claim_recent(), inbox.claim_recent(), inbox.recent_count()) == ({1, 2}, set(), 0)
    assert inbox.message(1).file == "cur/1.x:2,"


async def test_flags_of_a_recent_message_take_it_to_cur(inbox: Mailbox, drop_in: Callable[..., Path]) -> None:
    drop_in("1.x")
    await inbox.refresh()
    await inbox.change_flags([1], Change.ADD, ["\\Seen"])
    assert (inbox.recent_count(), inbox.message(1).file) == (0, "cur/1.x:2,S")


async def test_a_deleted_mailbox_refuses_everything(
    inbox: Mailbox, sent: Mailbox, store: Store, three: list[int]
) -> None:
    await store.account("me").delete("Sent")
    attempts = [
        sent.refresh(),
        sent.append(TEXT, [], None),
        sent.expunge([1]),
        inbox.copy([1], sent),
        inbox.move([1], sent),
    ]
    for attempt in attempts:
        with pytest.raises(NoSuchMailbox):
            await attempt
    assert list(inbox.uids) == three


Flushed = list[tuple[Path, ...]]


@pytest.fixture
async def flushed(inbox: Mailbox, sync: GroupSync, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Flushed]:
    """What was waited for to be on the disk, at each change."""
    flushed: Flushed = []

    async def durable(*paths: Path) -> None:
        assert all(path.exists() for path in paths)
        flushed.append(paths)

    monkeypatch.setattr(sync, "durable", durable)
    yield flushed


async def test_an_append_is_durable_with_its_file_its_folder_and_its_uid(
    inbox: Mailbox, folder: Path, flushed: Flushed
) -> None:
    await inbox.append(TEXT, [], None)
    assert set(flushed[0]) >= {folder / "cur", folder / "dovecot-uidlist", folder / inbox.message(1).file}


async def test_a_move_is_durable_in_both_folders(inbox: Mailbox, sent: Mailbox, folder: Path, flushed: Flushed) -> None:
    await inbox.append(TEXT, [], None)
    await inbox.move([1], sent)
    assert set(flushed[1]) >= {folder / "cur", folder / ".Sent" / "cur", folder / ".Sent" / "dovecot-uidlist"}


async def test_a_message_is_in_its_place_before_it_is_in_the_uid_list(
    inbox: Mailbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a crash between the two would make a delivery that is repeated believe it was done."""

    def crash(bases: list[str]) -> list[int]:
        assert [name.partition(":")[0] for name in files(folder / "cur")] == bases
        raise SystemExit

    monkeypatch.setattr(inbox._contents.list, "append", crash)
    with pytest.raises(SystemExit):
        await inbox.append(TEXT, [], None)
