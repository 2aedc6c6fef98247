"""Keywords beyond the 26 that have a letter."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imapclient import IMAPClient

from mailsim.store import Change, GroupSync, Mailbox, Store, contents
from mailsim.store.morekeywords import NAME, STALE, MoreKeywords
from mailsim_common.clock import SystemClock
from tests.dovecot import PASSWORD, Dovecot, private_dovecot
from tests.mailsim.store.support import TEXT

ALL = [f"kw{n:02}" for n in range(40)]


async def test_they_are_there_after_a_restart(inbox: Mailbox, reopen: Callable[[], Awaitable[Mailbox]]) -> None:
    await inbox.append(TEXT, ALL, None)
    again = await reopen()
    assert again.message(1).flags == set(ALL)
    assert again.keywords() == ALL


async def test_they_are_added_and_removed_one_by_one(inbox: Mailbox) -> None:
    await inbox.append(TEXT, ALL, None)
    await inbox.change_flags([1], Change.REMOVE, ["kw39", "kw03"])
    await inbox.change_flags([1], Change.ADD, ["KW39", "one-more"])
    assert inbox.message(1).flags == set(ALL) - {"kw03"} | {"one-more"}


async def test_a_copy_has_them_and_the_original_keeps_them(inbox: Mailbox, store: Store) -> None:
    await inbox.append(TEXT, ALL, None)
    archive = await store.account("me").open("Archive")
    await inbox.copy([1], archive)
    await inbox.move([1], inbox)
    assert archive.message(1).flags == inbox.message(2).flags == set(ALL)


async def test_they_are_durable_when_the_change_is(
    inbox: Mailbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: set[Path] = set()

    async def durable(_: GroupSync, *paths: Path) -> None:
        flushed.update(paths)

    await inbox.append(TEXT, ALL, None)
    monkeypatch.setattr(GroupSync, "durable", durable)
    await inbox.change_flags([1], Change.REMOVE, ["kw39"])
    assert folder / NAME in flushed


async def test_messages_that_are_gone_leave_nothing(
    inbox: Mailbox, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "STALE", 0)
    monkeypatch.setattr(contents, "LATEST", 0)
    await inbox.append_many([(TEXT, ALL, None), (TEXT, ALL, None)])
    await inbox.expunge([1])
    assert (folder / NAME).read_text().count("\n") == 1


def test_half_a_line_that_a_crash_left_does_not_eat_the_next(tmp_path: Path) -> None:
    MoreKeywords(tmp_path).set("one", frozenset(["a"]))
    with (tmp_path / NAME).open("a") as file:
        file.write("b c\ttw")
    MoreKeywords(tmp_path).set("three", frozenset(["d"]))
    found = MoreKeywords(tmp_path)
    assert [found.of(base) for base in ("one", "two", "tw", "three")] == [{"a"}, set(), set(), {"d"}]


def test_the_file_does_not_grow_without_end(tmp_path: Path) -> None:
    ours = MoreKeywords(tmp_path)
    for number in range(2 * STALE):
        ours.set("x", frozenset([f"kw{number % 2}"]))
    assert (tmp_path / NAME).read_text().count("\n") <= STALE + 2
    assert MoreKeywords(tmp_path).of("x") == {"kw1"}


@settings(deadline=None, max_examples=50)
@given(st.binary())
def test_any_file_is_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("keywords")
    (folder / NAME).write_bytes(content)
    MoreKeywords(folder).set("x", frozenset(["new"]))
    assert MoreKeywords(folder).of("x") == {"new"}


@pytest.fixture(scope="module")
def dovecot() -> Iterator[tuple[Dovecot, int]]:
    with private_dovecot() as server, server.listening() as port:
        yield server, port


def client(dovecot: tuple[Dovecot, int]) -> IMAPClient:
    server, port = dovecot
    server.adopt()
    session = IMAPClient("127.0.0.1", port, ssl=False, timeout=20)
    session.login("me", PASSWORD)
    session.select_folder("INBOX")
    return session


async def test_they_survive_dovecot(dovecot: tuple[Dovecot, int], tmp_path: Path, sync: GroupSync) -> None:
    def open_store() -> Store:
        return Store(dovecot[0].mail, tmp_path / "cache", lambda _: {}, SystemClock(), sync)

    ours = await open_store().account("me").open("INBOX")
    await ours.append_many([(TEXT, ALL, None), (TEXT, ["kw00", "kw39"], None), (TEXT, ALL[30:], None)])
    with client(dovecot) as theirs:
        assert set(theirs.get_flags([1])[1]) - {b"\\Recent"} == {word.encode() for word in ALL[:26]}
        theirs.add_flags([1, 2], [b"\\Flagged"])
        theirs.remove_flags([1], [b"kw05"])
        theirs.delete_messages([3])
        theirs.expunge()
    again = await open_store().account("me").open("INBOX")
    assert {message.uid: message.flags for message in again} == {
        1: set(ALL) - {"kw05"} | {"\\Flagged"},
        2: {"kw00", "kw39", "\\Flagged"},
    }


async def test_dovecots_own_survive_us(dovecot: tuple[Dovecot, int], tmp_path: Path, sync: GroupSync) -> None:
    words = [word.replace("kw", "dw").encode() for word in ALL]
    with client(dovecot) as theirs:
        theirs.create_folder("Theirs")
        theirs.append("Theirs", TEXT, words)
        theirs.append("Theirs", TEXT)
    ours = (
        await Store(dovecot[0].mail, tmp_path / "cache", lambda _: {}, SystemClock(), sync).account("me").open("Theirs")
    )
    assert len(ours.message(1).flags) == 26
    await ours.change_flags([1], Change.ADD, ["\\Answered"])
    await ours.change_flags([2], Change.ADD, [words[0].decode(), words[1].decode()])
    with client(dovecot) as theirs:
        theirs.select_folder("Theirs")
        flags = theirs.get_flags([1, 2])
    assert set(flags[1]) - {b"\\Recent"} == {*words, b"\\Answered"}
    assert set(flags[2]) - {b"\\Recent"} == {*words[:2]}
