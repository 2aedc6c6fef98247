"""The cache of ready-made wire text may be deleted or broken at any moment."""

import asyncio
import shutil
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from mailsim.errors import MessageGone
from mailsim.store import Mailbox, Store, cache
from tests.mailsim.store.support import TEXT, Summaries


@pytest.fixture
async def three(inbox: Mailbox) -> list[int]:
    return await inbox.append_many([(TEXT + b"%d\r\n" % number, [], None) for number in range(3)])


def rows(tmp_path: Path) -> int:
    with sqlite3.connect(tmp_path / "cache" / "me.sqlite") as db:
        count: int = db.execute("SELECT count(*) FROM fragment").fetchone()[0]
    db.close()
    return count


async def test_a_fragment_is_made_once(
    inbox: Mailbox, three: list[int], store: Store, summaries: Summaries, reopen: Callable[[], Awaitable[Mailbox]]
) -> None:
    assert [inbox.fragment(uid, "last") for uid in three * 2] == [b"\n0\r\n", b"\n1\r\n", b"\n2\r\n"] * 2
    store.close()
    again = await reopen()
    assert [again.fragment(uid, "first") for uid in three] == [b"Subj"] * 3
    assert summaries.made == 3


async def test_what_nobody_makes_is_a_key_error(inbox: Mailbox, three: list[int]) -> None:
    with pytest.raises(KeyError):
        inbox.fragment(1, "other")


async def test_a_fragment_of_a_message_that_is_gone(inbox: Mailbox, three: list[int]) -> None:
    inbox.fragment(1, "first")
    await inbox.expunge([1])
    with pytest.raises(MessageGone):
        inbox.fragment(1, "first")


async def test_an_expunged_message_leaves_nothing_in_it(
    inbox: Mailbox, three: list[int], store: Store, tmp_path: Path
) -> None:
    for uid in three:
        inbox.fragment(uid, "first")
    await inbox.expunge([1, 2])
    store.close()
    assert rows(tmp_path) == 2


async def test_it_is_written_soon(
    inbox: Mailbox, three: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "WRITE_AFTER", 0.0)
    inbox.fragment(1, "first")
    await asyncio.sleep(0.01)
    assert rows(tmp_path) == 2


@pytest.mark.parametrize("suffix", ["", "*"])
async def test_deleted_while_open_it_is_made_anew(
    inbox: Mailbox, three: list[int], store: Store, tmp_path: Path, suffix: str
) -> None:
    inbox.fragment(1, "first")
    await inbox.expunge([2])  # writes
    for path in (tmp_path / "cache").glob(f"me.sqlite{suffix}"):
        path.unlink()
    assert inbox.fragment(3, "last") == b"\n2\r\n"
    store.close()
    assert rows(tmp_path) == 2


async def test_its_whole_folder_may_go(inbox: Mailbox, three: list[int], store: Store, tmp_path: Path) -> None:
    inbox.fragment(1, "first")
    shutil.rmtree(tmp_path / "cache")
    assert inbox.fragment(3, "last") == b"\n2\r\n"
    await inbox.expunge([1])
    store.close()


@pytest.mark.parametrize("garbage", [b"garbage" * 1000, b"SQLite format 3\0" + b"\xff" * 9000, b""])
async def test_a_broken_one_is_made_anew(
    inbox: Mailbox,
    three: list[int],
    store: Store,
    tmp_path: Path,
    reopen: Callable[[], Awaitable[Mailbox]],
    garbage: bytes,
) -> None:
    (tmp_path / "cache").mkdir(exist_ok=True)
    (tmp_path / "cache" / "me.sqlite").write_bytes(garbage)
    for _ in range(2):
        mailbox = await reopen()
        assert [mailbox.fragment(uid, "last") for uid in three] == [b"\n0\r\n", b"\n1\r\n", b"\n2\r\n"]


async def test_broken_while_open_it_is_made_anew(
    inbox: Mailbox, three: list[int], store: Store, tmp_path: Path
) -> None:
    inbox.fragment(1, "first")
    await inbox.expunge([1])
    for path in (tmp_path / "cache").iterdir():
        path.write_bytes(b"\xff" * path.stat().st_size)
    assert inbox.fragment(3, "last") == b"\n2\r\n"
    await inbox.expunge([2])
    assert inbox.fragment(3, "first") == b"Subj"


async def test_where_it_cannot_be_written_all_is_made_from_the_messages(
    inbox: Mailbox, three: list[int], tmp_path: Path
) -> None:
    (tmp_path / "cache").touch()
    assert [inbox.fragment(uid, "last") for uid in three] == [b"\n0\r\n", b"\n1\r\n", b"\n2\r\n"]
    await inbox.expunge(three)


async def test_no_more_than_so_much_is_held_in_memory(
    inbox: Mailbox, three: list[int], summaries: Summaries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "KEPT", 10)
    assert [inbox.fragment(uid, "last") for uid in three * 2] == [b"\n0\r\n", b"\n1\r\n", b"\n2\r\n"] * 2
    assert inbox._cache._size < 50
    assert summaries.made == 3
