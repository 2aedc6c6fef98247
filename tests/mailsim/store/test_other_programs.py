"""Other programs change the Maildir at any moment: mutt renames and deletes files, procmail puts new ones there."""

import os
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mailsim.errors import MessageGone, NoSuchMailbox
from mailsim.store import Change, Mailbox, Store, contents
from mailsim.store.maildir import Maildir
from tests.mailsim.store.support import TEXT, Ear, files

pytestmark = pytest.mark.usefixtures("impatient")
DropIn = Callable[..., Path]


@pytest.fixture
async def one(inbox: Mailbox) -> Path:
    """The file of one message, UID 1."""
    await inbox.append(TEXT, [], None)
    return inbox._contents.folder / inbox.message(1).file


async def test_new_files_get_uids_in_the_order_of_their_names(inbox: Mailbox, ear: Ear, drop_in: DropIn) -> None:
    drop_in("2.b:2,S", part="cur")
    drop_in("1.a")
    await inbox.refresh()
    assert [(message.file, message.flags) for message in inbox] == [("new/1.a", set()), ("cur/2.b:2,S", {"\\Seen"})]
    assert ear.heard == [("arrived", [1, 2])]


async def test_new_flags_are_noticed(inbox: Mailbox, ear: Ear, one: Path) -> None:
    one.rename(f"{one}FS")
    await inbox.refresh()
    assert (inbox.message(1).flags, ear.heard[1:]) == ({"\\Flagged", "\\Seen"}, [("flags", [1])])


async def test_a_deleted_file_is_noticed(inbox: Mailbox, ear: Ear, one: Path) -> None:
    one.unlink()
    await inbox.refresh()
    assert (list(inbox.uids), ear.heard[1:]) == ([], [("expunged", [1])])


async def test_nothing_new_is_found_without_reading_the_folder(
    inbox: Mailbox, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await inbox.refresh()
    monkeypatch.setattr(contents, "SETTLED", 0)
    await inbox.refresh()
    monkeypatch.setattr(inbox._contents, "rescan", lambda: pytest.fail("the folder was read"))
    for _ in range(3):
        await inbox.refresh()
    await inbox.change_flags([1], Change.ADD, ["\\Seen"])
    await inbox.append(TEXT, [], None)
    await inbox.refresh()


async def test_our_own_change_does_not_hide_anothers_before_it(inbox: Mailbox, one: Path, drop_in: DropIn) -> None:
    drop_in("1.a")
    await inbox.append(TEXT, [], None)
    assert list(inbox.uids) == [1, 2, 3]
    one.unlink()
    await inbox.change_flags([2], Change.ADD, ["\\Seen"])
    await inbox.refresh()
    assert list(inbox.uids) == [2, 3]


async def test_a_change_that_the_folders_time_does_not_tell_is_noticed_a_little_later(
    inbox: Mailbox, one: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "DOUBT", 1e9)
    monkeypatch.setattr(contents, "SETTLED", 10**18)
    inbox._contents.rescan()
    before = (folder / "cur").stat()
    one.unlink()
    os.utime(folder / "cur", ns=(before.st_atime_ns, before.st_mtime_ns))
    await inbox.refresh()
    assert list(inbox.uids) == [1]
    later = time.monotonic() + 2 * contents.DOUBT
    monkeypatch.setattr(contents.time, "monotonic", lambda: later)
    await inbox.refresh()
    assert list(inbox.uids) == []


async def test_a_message_renamed_by_another_program_is_found_again(inbox: Mailbox, one: Path) -> None:
    one.rename(f"{one}S")
    assert inbox.content(1) == TEXT
    one.with_name(f"{one.name}S").rename(f"{one}FS")
    assert inbox.message(1).internal_date
    one.with_name(f"{one.name}FS").rename(f"{one}F")
    assert await inbox.change_flags([1], Change.ADD, ["\\Answered"]) == [1]
    assert inbox.message(1).flags == {"\\Flagged", "\\Answered"}


async def test_a_flag_that_another_program_just_set_is_not_lost(
    inbox: Mailbox, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox._contents, "refresh", lambda: None)  # it happens right after we looked
    one.rename(f"{one}S")
    await inbox.change_flags([1], Change.ADD, ["\\Flagged"])
    assert inbox.message(1).flags == {"\\Flagged", "\\Seen"}


async def test_a_message_renamed_by_another_program_is_expunged_for_good(
    inbox: Mailbox, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox._contents, "refresh", lambda: None)
    one.rename(f"{one}S")
    assert await inbox.expunge([1]) == [1]
    assert files(one.parent) == []


async def test_others_deletions_in_the_midst_of_ours_are_no_error(
    inbox: Mailbox, folder: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    uids = await inbox.append_many([(TEXT, [], None)] * 4)
    paths = [folder / message.file for message in inbox]
    rename, remove = Maildir.rename, Maildir.remove

    def renamed(self: Maildir, old: str, new: str) -> None:
        rename(self, old, new)
        paths[1].unlink(missing_ok=True)
        (folder / new).unlink()

    def removed(self: Maildir, file: str) -> None:
        remove(self, file)
        paths[3].unlink(missing_ok=True)

    monkeypatch.setattr(Maildir, "rename", renamed)
    await inbox.change_flags(uids[:2], Change.ADD, ["\\Seen"])
    monkeypatch.setattr(Maildir, "remove", removed)
    assert await inbox.expunge(uids[2:]) == [3]
    assert sorted(uid for what, gone in ear.heard if what == "expunged" for uid in gone) == uids


async def test_a_file_missed_by_a_listing_is_not_gone(
    inbox: Mailbox, ear: Ear, one: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory being read may show neither the old nor the new name of a file that is renamed meanwhile."""
    listings = iter([{}, {one.name.partition(":")[0]: f"cur/{one.name}S"}])
    monkeypatch.setattr(inbox._contents.maildir, "scan", lambda: next(listings))
    inbox._contents.rescan()
    assert ear.heard[1:] == [("flags", [1])]


async def test_a_message_that_comes_back_is_a_new_one(
    inbox: Mailbox, ear: Ear, one: Path, reopen: Callable[[], Awaitable[Mailbox]]
) -> None:
    one.unlink()
    await inbox.refresh()
    one.write_bytes(TEXT)
    await inbox.refresh()
    assert ear.heard[1:] == [("expunged", [1]), ("arrived", [2])]
    assert list((await reopen()).uids) == [2]


async def test_a_keyword_of_another_program_is_seen_with_its_letter(inbox: Mailbox, one: Path, folder: Path) -> None:
    (folder / "dovecot-keywords").write_text("0 Work\n")
    one.rename(f"{one}a")
    await inbox.refresh()
    assert inbox.message(1).flags == {"Work"}


async def test_a_keyword_whose_name_is_written_after_its_letter_is_seen_then(
    inbox: Mailbox, one: Path, folder: Path, drop_in: DropIn
) -> None:
    one.rename(f"{one}a")
    await inbox.refresh()
    (folder / "dovecot-keywords").write_text("0 Work\n")
    drop_in("2.x")
    await inbox.refresh()
    assert inbox.message(1).flags == {"Work"}


async def test_letters_of_other_programs_stay(inbox: Mailbox, one: Path) -> None:
    one.rename(f"{one}PS")
    await inbox.change_flags([1], Change.REMOVE, ["\\Seen"])
    assert inbox.message(1).file.endswith(":2,P")


async def test_bare_line_ends_become_crlf(inbox: Mailbox, drop_in: DropIn) -> None:
    drop_in("1.x", b"a: b\n\nc\r\nd\n")
    await inbox.refresh()
    assert (inbox.content(1), inbox.message(1).size) == (b"a: b\r\n\r\nc\r\nd\r\n", 14)


@pytest.mark.parametrize("name", [".hidden", "two\nlines", ":2,S"])
async def test_names_that_the_uid_list_cannot_hold_are_passed_over(
    inbox: Mailbox, folder: Path, name: str, drop_in: DropIn
) -> None:
    (folder / "cur" / name).write_bytes(TEXT)
    drop_in("1.x")
    await inbox.refresh()
    assert [message.file for message in inbox] == ["new/1.x"]


async def test_a_name_that_is_no_text_is_a_message_too(
    inbox: Mailbox, folder: Path, reopen: Callable[[], Awaitable[Mailbox]]
) -> None:
    (folder / "cur" / os.fsdecode(b"1.\xff\r:2,S")).write_bytes(TEXT)
    await inbox.refresh()
    assert inbox.content(1) == TEXT
    await inbox.change_flags([1], Change.ADD, ["\\Flagged"])
    assert [message.uid for message in await reopen()] == [1]


async def test_a_mailbox_deleted_by_another_program_is_gone(store: Store, folder: Path) -> None:
    sent = await store.account("me").open("Sent")
    await sent.append(TEXT, [], None)
    shutil.rmtree(folder / ".Sent")
    with pytest.raises(NoSuchMailbox):
        await sent.refresh()
    with pytest.raises(NoSuchMailbox):
        sent.content(1)
    with pytest.raises(NoSuchMailbox):
        await store.account("me").open("Sent")


async def test_a_mailbox_made_anew_by_another_program_is_another_one(store: Store, folder: Path) -> None:
    account = store.account("me")
    old = await account.open("Sent")
    shutil.rmtree(folder / ".Sent")
    Maildir(folder / ".Sent").make()
    (folder / ".Sent" / "dovecot-uidlist").write_text(f"3 V{old.uidvalidity + 5} N1 G{'a' * 32}\n")
    with pytest.raises(NoSuchMailbox):
        await old.refresh()
    new = await account.open("Sent")
    assert (new.uidvalidity, new.guid) == (old.uidvalidity + 5, "a" * 32)
    account.close(old)
    account.close(new)


async def test_an_account_deleted_while_we_run_begins_anew(
    store: Store, inbox: Mailbox, folder: Path, one: Path
) -> None:
    shutil.rmtree(folder)
    again = await store.account("me").open("INBOX")
    assert list(again.uids) == [] and again.guid != inbox.guid
    with pytest.raises(MessageGone):
        again.content(1)
