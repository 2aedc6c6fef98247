"""A store on the real disk and one mailbox of it."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from mailsim.store import GroupSync, Mailbox, Store, contents
from mailsim_common.clock import SystemClock
from tests.mailsim.store.support import Ear, Summaries


@pytest.fixture
def sync() -> Iterator[GroupSync]:
    sync = GroupSync()
    yield sync
    sync.close()


@pytest.fixture
def summaries() -> Summaries:
    return Summaries()


@pytest.fixture
def start(tmp_path: Path, sync: GroupSync, summaries: Summaries) -> Iterator[Callable[[], Store]]:
    """A function that opens the store of `tmp_path`; called again, it is what a restart finds."""
    with contextlib.ExitStack() as stack:

        def open_store() -> Store:
            store = Store(tmp_path / "mailboxes", tmp_path / "cache", summaries, SystemClock(), sync)
            stack.callback(store.close)
            return store

        yield open_store


@pytest.fixture
async def store(start: Callable[[], Store]) -> Store:
    return start()


@pytest.fixture
async def inbox(store: Store) -> Mailbox:
    """The INBOX of `me`."""
    return await store.account("me").open("INBOX")


@pytest.fixture
def ear(inbox: Mailbox) -> Ear:
    """A listener of that INBOX."""
    ear = Ear()
    inbox.subscribe(ear)
    return ear


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where that INBOX is on disk."""
    return tmp_path / "mailboxes" / "me"


Reopen = Callable[[], Awaitable[Mailbox]]


@pytest.fixture
async def reopen(start: Callable[[], Store]) -> AsyncIterator[Reopen]:
    """Open INBOX as a fresh start of mailsim does."""

    async def open_again() -> Mailbox:
        return await start().account("me").open("INBOX")

    yield open_again


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the folder's time cannot tell, where it ticks slowly, is looked for at once."""
    monkeypatch.setattr(contents, "DOUBT", 0.0)
    monkeypatch.setattr(contents, "REST", 0)


@pytest.fixture
def drop_in(folder: Path, impatient: None) -> Callable[..., Path]:
    """Put a message into the INBOX as another program does, for example mutt or procmail."""

    def drop(name: str, content: bytes = b"Subject: x\r\n\r\nx\r\n", part: str = "new") -> Path:
        path = folder / part / name
        (folder / "tmp" / name).write_bytes(content)
        return (folder / "tmp" / name).rename(path)

    return drop
