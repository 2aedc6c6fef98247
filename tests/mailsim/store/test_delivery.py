"""Mail from the relay: linked into INBOX once, whatever happens in between."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mailsim.store import GroupSync, Mailbox, Store, contents
from tests.mailsim.store.support import Ear

CONTENT = b"Subject: x\r\n\r\nx\r\n"


@pytest.fixture
def spooled(tmp_path: Path) -> Path:
    path = tmp_path / "spooled"
    path.write_bytes(CONTENT)
    return path


async def test_a_delivery_rings_and_is_the_spooled_file_itself(
    store: Store, inbox: Mailbox, ear: Ear, spooled: Path, folder: Path
) -> None:
    assert await store.deliver("me", spooled, "unique")
    assert ear.heard == [("arrived", [1])]
    assert (inbox.content(1), inbox.recent_count()) == (CONTENT, 1)
    assert (folder / "new" / "unique,S=17,W=17").samefile(spooled)


async def test_where_there_can_be_no_link_it_is_a_copy(
    store: Store, inbox: Mailbox, spooled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_link(*_: object) -> None:
        raise OSError("another file system")

    monkeypatch.setattr(os, "link", no_link)
    os.utime(spooled, (1e9, 1e9))
    assert await store.deliver("me", spooled, "unique")
    assert (inbox.content(1), inbox.message(1).internal_date.timestamp()) == (CONTENT, 1e9)


async def test_a_delivery_repeated_is_none(store: Store, inbox: Mailbox, spooled: Path) -> None:
    assert [await store.deliver("me", spooled, "unique") for _ in range(2)] == [True, False]
    assert list(inbox.uids) == [1]


async def test_not_even_when_it_was_read_moved_or_expunged(
    store: Store, inbox: Mailbox, spooled: Path, start: Callable[[], Store]
) -> None:
    for unique, act in (("a", inbox.claim_recent), ("b", None)):
        await store.deliver("me", spooled, unique)
        if act:
            act()
    await inbox.expunge([2])
    assert not await store.deliver("me", spooled, "a")
    assert not await start().deliver("me", spooled, "b")


async def test_not_even_when_the_uid_list_was_written_anew_meanwhile(
    store: Store,
    inbox: Mailbox,
    spooled: Path,
    start: Callable[[], Store],
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
) -> None:
    monkeypatch.setattr(contents, "STALE", 10)
    monkeypatch.setattr(contents, "LATEST", 5)
    for number in range(40):
        await store.deliver("me", spooled, f"unique{number}")
        await inbox.expunge(list(inbox.uids))
    assert len((folder / "dovecot-uidlist").read_text().splitlines()) < 20
    assert inbox.uidnext == 41
    assert not await store.deliver("me", spooled, "unique39")
    assert not await start().deliver("me", spooled, "unique38")
    assert (await start().account("me").open("INBOX")).uidnext == 41


async def test_a_delivery_that_a_crash_cut_short_is_done_when_repeated(
    store: Store, inbox: Mailbox, spooled: Path, start: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise SystemExit

    for step in ("link", "place"):
        with monkeypatch.context() as patch:
            patch.setattr(inbox._contents.maildir, step, crash)
            with pytest.raises(SystemExit):
                await store.deliver("me", spooled, step)
        again = start()
        assert await again.deliver("me", spooled, step)
        found = await again.account("me").open("INBOX")
        assert sum(message.name.startswith(step) for message in found) == 1


async def test_a_delivery_that_crashed_before_its_uid_is_there_once(
    store: Store, inbox: Mailbox, spooled: Path, start: Callable[[], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(inbox._contents.list, "append", crash)
    with pytest.raises(SystemExit):
        await store.deliver("me", spooled, "unique")
    again = start()
    assert not await again.deliver("me", spooled, "unique")
    assert list((await again.account("me").open("INBOX")).uids) == [1]


async def test_an_account_without_mailboxes_gets_them_by_its_first_mail(store: Store, spooled: Path) -> None:
    assert await store.deliver("you", spooled, "unique")
    assert {entry.name for entry in store.account("you").list()} == {
        "INBOX",
        "Archive",
        "Drafts",
        "Junk",
        "Sent",
        "Trash",
    }


async def test_a_disk_that_says_no_is_an_oserror(
    store: Store, inbox: Mailbox, spooled: Path, sync: GroupSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def durable(*_: Path) -> None:
        raise OSError("full")

    monkeypatch.setattr(sync, "durable", durable)
    with pytest.raises(OSError, match="full"):
        await store.deliver("me", spooled, "unique")
