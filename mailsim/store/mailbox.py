"""One mailbox: what its sessions can do with it.

A mailbox is held in memory once and shared by all its sessions, so that a change rings them at once. Every method
that changes something returns when the change is durable; other sessions see it a moment before. A change is made
without waiting in between, so that no two sessions are ever halfway through one; only flags and removals, of which
each message's is complete by itself, give way to others when they are many.
"""

import asyncio
import contextlib
import enum
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from mailsim.errors import NoSuchMailbox
from mailsim.store.cache import MailboxCache
from mailsim.store.contents import Contents, Listener
from mailsim.store.message import Message
from mailsim.store.names import sized, unique_name
from mailsim.store.sync import GroupSync
from mailsim.store.turns import in_turns
from mailsim.store.uidlist import NAME as UIDLIST
from mailsim.store.watch import Watch
from mailsim_common.clock import Clock

LARGE = 256 * 1024  # bytes; writing more than this would make other connections wait

New = tuple[bytes, Iterable[str], datetime | None]
"""A message to append: content with CRLF line ends, flags, internal date (None: now)."""
Staged = tuple[Path, str]
"""A message in `tmp/`, and the name it will have in `cur/`."""


class Change(enum.Enum):
    """What STORE does with the flags it names (RFC 3501 section 6.4.6)."""

    ADD = "+"
    REMOVE = "-"
    REPLACE = ""

    def of(self, flags: frozenset[str], named: frozenset[str]) -> frozenset[str]:
        """What becomes of a message's `flags`."""
        if self is Change.ADD:
            return flags | named
        return named if self is Change.REPLACE else flags - named


class Mailbox:
    """See the module. Only `AccountStore.open` makes one."""

    def __init__(
        self, name: str, contents: Contents, cache: MailboxCache, sync: GroupSync, clock: Clock, watch: Watch
    ) -> None:
        self.name = name
        self.deleted = False
        self._contents, self._cache, self._sync, self._clock, self._watch = contents, cache, sync, clock, watch

    @property
    def folder(self) -> Path:
        return self._contents.folder

    @property
    def uids(self) -> "array[int]":
        """The UIDs of all messages, ascending. What is returned never changes; a change makes another."""
        return self._contents.uids

    @property
    def uidvalidity(self) -> int:
        return self._contents.list.uidvalidity

    @property
    def uidnext(self) -> int:
        return self._contents.list.next_uid

    @property
    def guid(self) -> str:
        """OBJECTID's MAILBOXID (RFC 8474), and what Dovecot calls the mailbox GUID."""
        return self._contents.list.guid

    @property
    def highestmodseq(self) -> int:
        return self._contents.highestmodseq

    def message(self, uid: int) -> Message:
        """Raises KeyError if there is no such message."""
        return self._contents.messages[uid]

    @property
    def find(self) -> Callable[[int], Message | None]:
        """`find(uid)` is None if there is no such message. Made for loops: it holds until the mailbox changes."""
        return self._contents.messages.get

    def __iter__(self) -> Iterator[Message]:
        """The messages in the order of their UIDs."""
        return iter(self._contents.messages.values())

    def flags(self) -> Sequence[frozenset[str]]:
        """The flags of all messages in the order of their UIDs."""
        return self._contents.flags()

    def content(self, uid: int) -> bytes:
        """The whole message with CRLF line ends; raises MessageGone."""
        return self._contents.read(uid)

    def fragment(self, uid: int, name: str) -> bytes:
        """Ready-made wire text; raises MessageGone, and KeyError for a name nobody makes."""
        return self._cache.get(uid, name, self._contents.read)

    def keywords(self) -> list[str]:
        return self._contents.keywords.names()

    def subscribe(self, listener: Listener) -> None:
        """From now on it hears of every change, other programs' too."""
        self._contents.listeners.append(listener)
        self._watch.add(self)

    def unsubscribe(self, listener: Listener) -> None:
        if listener in self._contents.listeners:
            self._contents.listeners.remove(listener)
        if not self._contents.listeners:
            self._watch.remove(self)

    async def refresh(self) -> None:
        """Notice what other programs did on disk; two system calls when they did nothing. Raises NoSuchMailbox."""
        self._require()
        self._contents.refresh()

    def recent_count(self) -> int:
        return len(self._contents.unclaimed)

    def recent(self) -> set[int]:
        """What no session was told of, as EXAMINE leaves it."""
        return set(self._contents.unclaimed)

    def claim_recent(self) -> set[int]:
        """What no session was told of, moved to `cur/` if it is not there; these are \\Recent to the caller alone."""
        if not self._contents.unclaimed:
            return set()
        with self._contents.changing():
            return {uid for uid in sorted(self._contents.unclaimed) if self._contents.claim(uid)}

    async def append(self, content: bytes, flags: Iterable[str], date: datetime | None) -> int:
        """Add a message; returns its UID. Raises StoreError."""
        return (await self.append_many([(content, flags, date)]))[0]

    async def append_many(self, items: Sequence[New]) -> list[int]:
        """Add messages, all or none (RFC 3502); returns their UIDs. Raises StoreError."""
        self._require()
        with self._staging() as staged:
            for content, flags, date in items:
                known = self._contents.keywords.canonical(flags)
                staged.append(self._named(await self._write(content, date), known))
            uids = self._place(staged)
        await self._placed(uids)
        return uids

    async def _write(self, content: bytes, date: datetime | None) -> Path:
        now = self._clock.now().timestamp()
        name, modified = unique_name(now, len(content)), date.timestamp() if date else now
        if len(content) > LARGE:
            return await asyncio.to_thread(self._contents.maildir.write, name, content, modified)
        return self._contents.maildir.write(name, content, modified)

    def _named(self, path: Path, flags: Iterable[str]) -> Staged:
        return path, self._contents.keywords.file_name(path.name, flags)

    @contextlib.contextmanager
    def _staging(self) -> Iterator[list[Staged]]:
        """Messages on their way through `tmp/`, which are taken away again should anything fail."""
        staged: list[Staged] = []
        try:
            yield staged
        except BaseException:
            for path, _ in staged:
                path.unlink(missing_ok=True)
            raise

    def _place(self, staged: Sequence[Staged], part: str = "cur") -> list[int]:
        """Give messages of `tmp/` their place, then their UIDs, and ring.

        In this order a message that is in the UID list was in the mailbox, so that `deliver` may rely on it.
        """
        self._require()
        contents = self._contents
        files = [f"new/{path.name}" if part == "new" else f"cur/{name}" for path, name in staged]
        with contents.list.locked(), contents.changing():
            for (path, _), file in zip(staged, files, strict=True):
                contents.maildir.place(path, file)
            uids = contents.list.append([path.name for path, _ in staged])
        contents.add(list(zip(uids, files, strict=True)), recent=True)
        return uids

    async def _placed(self, uids: Sequence[int], *others: Path) -> None:
        """Return when what `_place` did is durable, and what was done in the folders `others`."""
        files = [message.file for uid in uids if (message := self._contents.messages.get(uid))]
        await self._sync.durable(*self._contents.places(UIDLIST, *files), *others)

    async def deliver(self, source: Path, unique: str) -> bool:
        """Link the durable file `source` into `new/` as `unique`; False if it was delivered before."""
        self._require()
        name = sized(unique, source.stat().st_size)
        if name in self._contents.list.uids:
            return False
        with self._staging() as staged:
            staged.append((self._contents.maildir.link(source, name), ""))
            uids = self._place(staged, "new")
        await self._placed(uids)
        return True

    async def change_flags(
        self, uids: Iterable[int], how: Change, flags: Iterable[str], actor: Listener | None = None
    ) -> list[int]:
        """Returns the UIDs whose flags changed; messages that are gone are passed over. Raises StoreError."""
        self._require()
        named = self._contents.keywords.canonical(flags)
        changed: list[int] = []
        async for piece in in_turns(uids):
            with self._contents.changing():
                done = [uid for uid in piece if self._change_flags(uid, how, named)]
            self._contents.ring_flags(done, actor)
            changed += done
        if changed:
            await self._sync.durable(*self._contents.places())
        return changed

    def _change_flags(self, uid: int, how: Change, named: frozenset[str]) -> bool:
        message = self._contents.messages.get(uid)
        if message is None or how.of(message.flags, named) == message.flags:
            return False
        return self._contents.rename(uid, lambda flags: how.of(flags, named))

    async def expunge(self, uids: Iterable[int]) -> list[int]:
        """Remove these messages for good; returns those that were there."""
        self._require()
        gone: list[int] = []
        async for piece in in_turns(uids):
            gone += self._remove(piece)
        if gone:
            await self._sync.durable(*self._contents.places())
        return gone

    def _remove(self, uids: Iterable[int]) -> list[int]:
        with self._contents.changing():
            gone = [uid for uid in uids if self._contents.remove(uid)]
        self._contents.drop(gone)
        self._cache.forget(gone)
        return gone

    async def copy(self, uids: Iterable[int], target: "Mailbox") -> list[tuple[int, int]]:
        """Copy messages with flags and internal date, all or none; returns pairs (UID here, UID there).

        UIDs of no message are passed over. Raises MessageGone, and StoreError if the target was deleted.
        """
        pairs = self._copy(uids, target)
        if pairs:
            await target._placed([there for _, there in pairs])
        return pairs

    def _copy(self, uids: Iterable[int], target: "Mailbox") -> list[tuple[int, int]]:
        self._require()
        target._require()
        source = [message for uid in uids if (message := self._contents.messages.get(uid))]
        if not source:
            return []
        with target._staging() as staged:
            for message in source:
                flags = target._contents.keywords.canonical(message.flags)
                staged.append(target._named(self._link(message, target), flags))
            copied = target._place(staged)
        return list(zip((message.uid for message in source), copied, strict=True))

    def _link(self, message: Message, target: "Mailbox") -> Path:
        now, wire = self._clock.now().timestamp(), message.size
        return self._contents.link(
            message.uid, target._contents.maildir, lambda path: unique_name(now, path.stat().st_size, wire)
        )

    async def move(self, uids: Iterable[int], target: "Mailbox") -> list[tuple[int, int]]:
        """Copy, then remove here what was copied (RFC 6851): no message is ever in neither place.

        Nothing is waited for in between, so that a message moved by two sessions at once goes to one place.
        """
        pairs = self._copy(uids, target)
        self._remove([here for here, _ in pairs])
        if pairs:
            await target._placed([there for _, there in pairs], *self._contents.places())
        return pairs

    def _require(self) -> None:
        if self.deleted or not self._contents.maildir.exists():
            raise NoSuchMailbox
