"""Archive and deliver over the real store: every recipient and the archive get each message once."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from mailsim.accounts import Accounts
from mailsim.archive import ThreadIndex
from mailsim.config import CastMember, Person, PostOffice, World
from mailsim.delivery import Maildirs
from mailsim.errors import StoreError
from mailsim.mime import summarize
from mailsim.stages import Archive, Deliver
from mailsim.store import Store

YOU, SHELDON = "you@mailsim.test", "sheldon@mailsim.test"


class Shop:
    """The store, the index, and the two stages over them."""

    def __init__(self, office: Any) -> None:
        folder: Path = office.folder
        world = World(folder, PostOffice(people={"me": Person(), "you": Person()}), {"sheldon": CastMember()})
        self.store = Store(folder / "mailboxes", folder / "cache", summarize, office.clock, office.sync)
        self.index = ThreadIndex.open(folder / "archive.sqlite")
        self.stages = (Archive(self.store, "archive", self.index), Deliver(Maildirs(self.store, Accounts(world))))

    async def inbox(self, account: str) -> list[bytes]:
        inbox = await self.store.account(account).open("INBOX")
        return [inbox.content(uid) for uid in inbox.uids]

    async def empty(self, account: str) -> None:
        inbox = await self.store.account(account).open("INBOX")
        await inbox.expunge(list(inbox.uids))


@pytest.fixture
async def shop(office: Any) -> AsyncIterator[Shop]:
    shop = Shop(office)
    yield shop
    shop.store.close()
    shop.index.close()


async def test_recipients_and_archive_get_the_same_bytes(office: Any, shop: Shop) -> None:
    await office.start(*shop.stages)
    put = await office.put("one", "thread", YOU, SHELDON)
    content = office.spool.item(put.id).content.read_bytes()
    await office.until(lambda: office.delivered)
    for account in ("you", "sheldon", "archive"):
        assert await shop.inbox(account) == [content]


async def test_the_index_knows_the_message_and_its_file(office: Any, shop: Shop) -> None:
    await office.start(*shop.stages)
    await office.put("one")
    await office.until(lambda: office.delivered)
    assert shop.index.message("<one@x>").subject == "one"
    assert shop.index.catch_up(office.folder / "mailboxes/archive") == 0


async def test_a_second_submission_is_archived_once(office: Any, shop: Shop) -> None:
    await office.start(*shop.stages)
    put = await office.put("one")
    await office.until(lambda: office.delivered)
    from dataclasses import replace

    more = replace(put, id=office.spool.next_id(), recipients=(SHELDON,), archived=True)
    await office.spool.put(more, [b"Message-ID: <one@x>\r\n\r\n"])
    await office.until(lambda: len(office.delivered) == 2)
    assert len(await shop.inbox("archive")) == 1
    assert len(await shop.inbox("sheldon")) == 1


async def test_a_replay_gives_nobody_a_second_copy(office: Any, shop: Shop) -> None:
    await office.start(*shop.stages)
    await office.put("one", "thread", YOU, SHELDON)
    await office.until(lambda: office.delivered)
    await shop.empty("you")  # read and deleted, before the spool let go of it
    await office.crash()
    await office.start(*shop.stages)
    await office.until(lambda: len(office.delivered) == 2)
    assert await shop.inbox("you") == []
    assert len(await shop.inbox("sheldon")) == 1


async def test_a_crash_before_the_journal_gives_nobody_a_second_copy(office: Any, shop: Shop) -> None:
    put = await office.put("one")
    await shop.store.deliver("you", office.spool.item(put.id).content, put.id)
    await office.start(*shop.stages)
    await office.until(lambda: office.delivered)
    assert len(await shop.inbox("you")) == 1


async def test_a_mailbox_that_fails_keeps_no_other_recipient_waiting(
    office: Any, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver, failures = shop.store.deliver, iter([OSError(30, "read-only"), StoreError("INUSE", "busy")])

    async def flaky(account: str, file: Path, unique: str) -> bool:
        if account == "you" and (error := next(failures, None)):
            raise error
        return await deliver(account, file, unique)

    monkeypatch.setattr(shop.store, "deliver", flaky)
    await office.start(*shop.stages)
    await office.put("one", "thread", YOU, SHELDON)
    await office.until(lambda: office.delivered)
    assert len(await shop.inbox("sheldon")) == len(await shop.inbox("you")) == 1


async def test_a_recipient_who_moved_out_is_a_permanent_failure(office: Any, shop: Shop) -> None:
    await office.start(*shop.stages)
    put = await office.put("one", "thread", "gone@mailsim.test", YOU)
    await office.until((office.folder / f"spool/broken/{put.id}.json").exists)
    assert len(await shop.inbox("you")) == 1
