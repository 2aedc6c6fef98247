"""One mailbox: what its sessions can do with it.

A mailbox is held in memory once and shared by all its sessions, so that a change rings them at once. Every method
that changes something returns when the change is durable; other sessions see it a moment before.
"""

import asyncio
import enum
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from mailsim.errors import NoSuchMailbox
from mailsim.store.cache import MailboxCache
from mailsim.store.contents import Contents, Listener, Message
from mailsim.store.flags import KEYWORDS_FILE
from mailsim.store.names import sized, unique_name
from mailsim.store.sync import GroupSync
from mailsim.store.uidlist import NAME as UIDLIST
from mailsim_common.clock import Clock

LARGE = 256 * 1024  # bytes; writing more than this would make other connections wait

New = tuple[bytes, Iterable[str], datetime | None]
"""A message to append: content with CRLF line ends, flags, internal date (None: now)."""


class Change(enum.Enum):
    """What STORE does with the flags it names (RFC 3501 section 6.4.6)."""

    ADD = "+"
    REMOVE = "-"
    REPLACE = ""


class Mailbox:
    """See the module. Only `AccountStore.open` makes one."""

    def __init__(self, name: str, contents: Contents, cache: MailboxCache, sync: GroupSync, clock: Clock) -> None:
        self.name = name
        self.deleted = False
        self._contents, self._cache, self._sync, self._clock = contents, cache, sync, clock

    @property
    def uids(self) -> Sequence[int]:
        """The UIDs of all messages, ascending."""
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

    def __iter__(self) -> Iterator[Message]:
        """The messages in the order of their UIDs."""
        return (self._contents.messages[uid] for uid in self._contents.uids)

    def content(self, uid: int) -> bytes:
        """The whole message with CRLF line ends; raises MessageGone."""
        return self._contents.read(uid)

    def fragment(self, uid: int, name: str) -> bytes:
        """Ready-made wire text; raises MessageGone, and KeyError for a name nobody makes."""
        return self._cache.get(uid, name, self._contents.read)

    def keywords(self) -> list[str]:
        return self._contents.keywords.names()

    def subscribe(self, listener: Listener) -> None:
        self._contents.listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        if listener in self._contents.listeners:
            self._contents.listeners.remove(listener)

    async def refresh(self) -> None:
        """Notice what other programs did on disk; two system calls when they did nothing."""
        self._require()
        self._contents.refresh()

    def recent_count(self) -> int:
        return len(self._recent())

    def claim_recent(self) -> set[int]:
        """Move what no session has seen from `new/` to `cur/`; these are \\Recent to the caller alone."""
        claimed = {message.uid for message in self._recent() if self._contents.rename(message, message.flags)}
        if claimed:
            self._contents.note_own_change()
        return claimed

    def _recent(self) -> list[Message]:
        return [self._contents.messages[uid] for uid in sorted(self._contents.unclaimed)]

    async def append(self, content: bytes, flags: Iterable[str], date: datetime | None) -> int:
        """Add a message; returns its UID. Raises StoreError."""
        return (await self.append_many([(content, flags, date)]))[0]

    async def append_many(self, items: Sequence[New]) -> list[int]:
        """Add messages, all or none (RFC 3502); returns their UIDs. Raises StoreError."""
        self._require()
        written: list[tuple[Path, str]] = []
        try:
            for content, flags, date in items:
                letters = self._letters(flags)
                written.append((await self._write(content, date), letters))
        except BaseException:
            for path, _ in written:
                path.unlink(missing_ok=True)
            raise
        return await self._take_in(written)

    async def _write(self, content: bytes, date: datetime | None) -> Path:
        now = self._clock.now().timestamp()
        name, modified = unique_name(now, len(content)), date.timestamp() if date else now
        if len(content) > LARGE:
            return await asyncio.to_thread(self._contents.maildir.write, name, content, modified)
        return self._contents.maildir.write(name, content, modified)

    def _letters(self, flags: Iterable[str]) -> str:
        return self._contents.keywords.letters(self._contents.keywords.canonical(flags))

    async def _take_in(self, written: Sequence[tuple[Path, str]], part: str = "cur") -> list[int]:
        """Give files of `tmp/` their UIDs and their place, ring, and wait until all that is durable."""
        self._require()
        contents = self._contents
        with contents.list.locked():
            contents.list.refresh()
            uids = contents.list.append([path.name for path, _ in written])
        files = [f"new/{path.name}" if part == "new" else f"cur/{path.name}:2,{letters}" for path, letters in written]
        for (path, _), file in zip(written, files, strict=True):
            contents.maildir.place(path, file)
        contents.note_own_change()
        contents.add(list(zip(uids, files, strict=True)))
        await self._sync.durable(*contents.places(UIDLIST, *files))
        return uids

    async def deliver(self, source: Path, unique: str) -> bool:
        """Link the durable file `source` into `new/` as `unique`; False if it was delivered before."""
        self._require()
        name = sized(unique, source.stat().st_size)
        if name in self._contents.list.uids:
            return False
        await self._take_in([(self._contents.maildir.link(source, name), "")], "new")
        return True

    async def change_flags(
        self, uids: Iterable[int], how: Change, flags: Iterable[str], actor: Listener | None = None
    ) -> list[int]:
        """Returns the UIDs whose flags changed; messages that are gone are passed over. Raises StoreError."""
        self._require()
        named = self._contents.keywords.canonical(flags)
        changed = [uid for uid in uids if uid in self._contents.messages and self._set_flags(uid, how, named)]
        if changed:
            self._contents.note_own_change()
            self._contents.ring_flags(changed, actor)
            await self._sync.durable(*self._contents.places(KEYWORDS_FILE))
        return changed

    def _set_flags(self, uid: int, how: Change, named: frozenset[str]) -> bool:
        message = self._contents.messages[uid]
        if how is Change.ADD:
            wanted = message.flags | named
        else:
            wanted = named if how is Change.REPLACE else message.flags - named
        return wanted != message.flags and self._contents.rename(message, wanted)

    async def expunge(self, uids: Iterable[int]) -> list[int]:
        """Remove these messages for good; returns those that were there."""
        self._require()
        gone = [uid for uid in uids if uid in self._contents.messages]
        for uid in gone:
            self._contents.maildir.remove(self._contents.messages[uid].file)
        if gone:
            self._contents.note_own_change()
            self._contents.drop(gone)
            self._cache.forget(gone)
            await self._sync.durable(*self._contents.places())
        return gone

    async def copy(self, uids: Iterable[int], target: "Mailbox") -> list[tuple[int, int]]:
        """Copy messages with flags and internal date, all or none; returns pairs (UID here, UID there).

        Raises MessageGone, and StoreError if the target was deleted.
        """
        target._require()
        source = [self._contents.messages[uid] for uid in uids if uid in self._contents.messages]
        written = [
            (target._link(self._contents.path(message), message.size), target._letters(message.flags))
            for message in source
        ]
        copied = await target._take_in(written) if written else []
        return list(zip((message.uid for message in source), copied, strict=True))

    def _link(self, path: Path, size: int) -> Path:
        return self._contents.maildir.link(path, unique_name(self._clock.now().timestamp(), size))

    async def move(self, uids: Iterable[int], target: "Mailbox") -> list[tuple[int, int]]:
        """Copy, then remove here what was copied (RFC 6851): no message is ever in neither place."""
        pairs = await self.copy(uids, target)
        await self.expunge(uid for uid, _ in pairs)
        return pairs

    def _require(self) -> None:
        if self.deleted:
            raise NoSuchMailbox
