"""What one mailbox holds: the files on disk and the messages in memory, kept the same, and who hears of changes."""

import bisect
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from mailsim.errors import MessageGone
from mailsim.store.flags import Keywords
from mailsim.store.maildir import Maildir
from mailsim.store.names import base_of, letters_of, wire_size
from mailsim.store.uidlist import UidList
from mailsim_common.clock import Clock

STALE = 100  # lines of messages that are gone, before the UID list is written anew
SETTLED = 20_000_000  # nanoseconds; a folder changed more recently may change again without its time telling


class Listener(Protocol):
    """Hears of changes, in the event loop, in the order they happen. It must only note them and return."""

    def arrived(self, uids: Sequence[int]) -> None: ...

    def flags_changed(self, uids: Sequence[int], actor: "Listener | None") -> None:
        """`actor` is who made the change, if it was one of the listeners; STORE.SILENT wants no echo."""

    def expunged(self, uids: Sequence[int]) -> None: ...


@dataclass(slots=True)
class Message:
    """What a mailbox knows of a message without opening it."""

    uid: int
    file: str
    flags: frozenset[str]
    modseq: int
    _maildir: Maildir
    _date: datetime | None = None
    _size: int = -1

    @property
    def name(self) -> str:
        """The file's own name, flags and all."""
        return self.file.partition("/")[2]

    @property
    def internal_date(self) -> datetime:
        """When it arrived, to the second; raises MessageGone."""
        if self._date is None:
            try:
                self._date = datetime.fromtimestamp(int(self._maildir.modified(self.file)), UTC)
            except FileNotFoundError as error:
                raise MessageGone from error
        return self._date

    @property
    def size(self) -> int:
        """RFC822.SIZE: bytes with CRLF line ends; raises MessageGone."""
        if self._size < 0:
            told = wire_size(self.file)
            try:
                self._size = len(self._maildir.read(self.file)) if told is None else told
            except FileNotFoundError as error:
                raise MessageGone from error
        return self._size

    @property
    def email_id(self) -> str:
        """OBJECTID's EMAILID (RFC 8474): the same for as long as the message lives."""
        unique = self.name.partition(",")[0].partition(":")[0]
        return "M" + hashlib.sha256(unique.encode("utf-8", "surrogateescape")).hexdigest()[:24]


class Contents:
    """The messages of the mailbox in `folder`, by UID, and their files.

    Other programs may change the folder at any time: `refresh` notices cheaply, and a file that is not where it
    was is looked for again. Nothing here waits for the disk; that is `Mailbox`'s part.
    """

    def __init__(self, folder: Path, uidvalidity: Callable[[], int], clock: Clock) -> None:
        self.folder, self._clock = folder, clock
        self.maildir = Maildir(folder)
        self.list = UidList.open(folder, uidvalidity)
        self.keywords = Keywords(folder)
        self.messages: dict[int, Message] = {}
        self.uids: list[int] = []
        self.unclaimed: set[int] = set()  # UIDs of what is in new/
        self.listeners: list[Listener] = []
        # after a restart every message counts as changed: above any modseq that was given before
        self.highestmodseq = int(clock.now().timestamp() * 1000)
        self._stamp = (0, 0)
        self.rescan()
        self._tidy()

    def refresh(self) -> None:
        """Notice what other programs did; two system calls when they did nothing."""
        if self.maildir.stamp() != self._stamp:
            self.rescan()

    def rescan(self) -> None:
        """Read the folder anew and ring for all that is different."""
        stamp = self.maildir.stamp()
        files = self.maildir.scan()
        self.list.refresh()
        self.keywords.refresh()
        self._number(sorted(files.keys() - self.list.uids.keys()))
        found = {uid: files[base] for base, uid in self.list.uids.items() if base in files}
        self.drop([uid for uid in self.uids if uid not in found])
        self._flags_on_disk(found)
        self.add([(uid, file) for uid, file in found.items() if uid not in self.messages])
        recent = self._clock.now().timestamp() * 1e9 - SETTLED
        self._stamp = stamp if max(stamp) < recent else (0, 0)

    def _number(self, bases: Sequence[str]) -> None:
        """Give UIDs to files that other programs put here, the oldest name first."""
        if bases:
            with self.list.locked():
                self.list.refresh()
                self.list.append(base for base in bases if base not in self.list.uids)

    def _flags_on_disk(self, found: dict[int, str]) -> None:
        changed = []
        for uid, file in found.items():
            message = self.messages.get(uid)
            if message and message.file != file:
                message.file = file
                self.unclaimed.discard(uid)
                flags = self.keywords.flags(letters_of(file))
                if flags != message.flags:
                    message.flags = flags
                    changed.append(uid)
        self.ring_flags(changed, None)

    def _tidy(self) -> None:
        """Write the UID list anew when it holds many messages that are gone."""
        if len(self.list.uids) > len(self.messages) + STALE:
            with self.list.locked():
                self.list.refresh()
                self.list.rewrite([base_of(self.messages[uid].name) for uid in self.uids])

    def note_own_change(self) -> None:
        """Call after changing the folder: what we did ourselves is no reason to read it again."""
        if self._stamp != (0, 0):
            self._stamp = self.maildir.stamp()

    def add(self, files: Sequence[tuple[int, str]]) -> None:
        """Take in messages whose files are in place, and ring."""
        if not files:
            return
        self.highestmodseq += 1
        for uid, file in files:
            flags = self.keywords.flags(letters_of(file))
            self.messages[uid] = Message(uid, file, flags, self.highestmodseq, self.maildir)
            if file.startswith("new/"):
                self.unclaimed.add(uid)
        ascending = not self.uids or self.uids[-1] < files[0][0]
        self.uids.extend(uid for uid, _ in files)
        if not ascending or len(files) > 1:
            self.uids.sort()
        for listener in tuple(self.listeners):
            listener.arrived([uid for uid, _ in files])

    def drop(self, uids: Sequence[int]) -> None:
        """Forget messages whose files are gone, and ring."""
        if not uids:
            return
        self.highestmodseq += 1
        for uid in uids:
            del self.messages[uid]
        self.unclaimed.difference_update(uids)
        if len(uids) == 1:
            del self.uids[bisect.bisect_left(self.uids, uids[0])]
        else:
            self.uids = [uid for uid in self.uids if uid in self.messages]
        for listener in tuple(self.listeners):
            listener.expunged(uids)

    def ring_flags(self, uids: Sequence[int], actor: Listener | None) -> None:
        """Give messages whose flags changed a new modseq (RFC 7162), and ring."""
        if not uids:
            return
        self.highestmodseq += 1
        for uid in uids:
            self.messages[uid].modseq = self.highestmodseq
        for listener in tuple(self.listeners):
            listener.flags_changed(uids, actor)

    def rename(self, message: Message, flags: frozenset[str]) -> bool:
        """Give a message's file these flags, in `cur/`; False if the message is gone."""
        new = f"cur/{base_of(message.name)}:2,{self.keywords.letters(flags)}"
        for _ in range(2):
            try:
                self.maildir.rename(message.file, new)
            except FileNotFoundError:
                self.rescan()
                if message.uid not in self.messages:
                    return False
            else:
                message.file, message.flags = new, flags
                self.unclaimed.discard(message.uid)
                return True
        return False

    def path(self, message: Message) -> Path:
        """The message's file, looked for again if another program renamed it; raises MessageGone."""
        if not (self.folder / message.file).exists():
            self.rescan()
        if message.uid not in self.messages:
            raise MessageGone
        return self.folder / message.file

    def read(self, uid: int) -> bytes:
        """The whole message with CRLF line ends; raises MessageGone."""
        for _ in range(2):
            try:
                return self.maildir.read(self.messages[uid].file)
            except FileNotFoundError:
                self.rescan()
            except KeyError:
                break
        raise MessageGone

    def places(self, *files: str) -> Iterable[Path]:
        """What must be flushed for a change to survive a power cut: the folders, and these files."""
        return [self.folder / "new", self.folder / "cur", *(self.folder / file for file in files)]
