"""What one mailbox holds: the files on disk and the messages in memory, kept the same, and who hears of changes."""

import bisect
import contextlib
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from mailsim.errors import MessageGone, NoSuchMailbox, StoreError
from mailsim.store.flags import Keywords
from mailsim.store.maildir import Maildir
from mailsim.store.message import Message
from mailsim.store.names import base_of, letters_of
from mailsim.store.uidlist import UidList
from mailsim_common.clock import Clock

STALE = 1000  # lines of messages that are gone, before the UID list is written anew
LATEST = 1000  # UIDs whose lines stay even so: by them a delivery repeated after a crash is known
SETTLED = 20_000_000  # nanoseconds; a folder changed more recently may change again without its time telling
DOUBT = 1.0  # seconds, at least, until such a folder is read once more,
REST = 50  # and at least so many times as long as reading it took
ATTEMPTS = 3  # to catch a file that another program keeps renaming

Files = Sequence[tuple[int, str]]
"""UIDs and the files below the folder."""
T = TypeVar("T")


class Listener(Protocol):
    """Hears of changes, in the event loop, in the order they happen. It must only note them and return."""

    def arrived(self, uids: Sequence[int]) -> None: ...

    def flags_changed(self, uids: Sequence[int], actor: "Listener | None") -> None:
        """`actor` is who made the change, if it was one of the listeners; STORE.SILENT wants no echo."""

    def expunged(self, uids: Sequence[int]) -> None: ...


class Contents:
    """The messages of the mailbox in `folder`, by UID, and their files.

    Other programs may change the folder at any time: `refresh` notices cheaply, and a file that is not where it
    was is looked for again. Nothing here waits for the disk; that is `Mailbox`'s part. Every method raises
    NoSuchMailbox if the folder is gone, or is another mailbox's now.
    """

    def __init__(self, folder: Path, uidvalidity: Callable[[], int], clock: Clock) -> None:
        self.folder = folder
        self.maildir = Maildir(folder)
        self.list = UidList.open(folder, uidvalidity)
        self.keywords = Keywords(folder)
        self.messages: dict[int, Message] = {}  # in the order of their UIDs
        self.uids = array("I")  # replaced, never changed in place: sessions hold on to it
        self.unclaimed: set[int] = set()  # UIDs of what no session was told of: in new/, or put here since the start
        self.listeners: list[Listener] = []
        # after a restart every message counts as changed: above any modseq that was given before
        self.highestmodseq = int(clock.now().timestamp() * 1_000_000)
        self._flags: list[frozenset[str]] = []
        self._flags_at = 0  # the highestmodseq that they belong to
        self._expunged: set[int] = set()  # UIDs that the list still holds
        self._stamp, self._doubtful, self._look_again = (0, 0), False, 0.0
        self.rescan()
        self._tidy()

    # --- what is on disk ---

    def refresh(self) -> None:
        """Notice what other programs did; two system calls when they did nothing."""
        if self._stamp != self._stamp_now() or (self._doubtful and time.monotonic() > self._look_again):
            self.rescan()

    def rescan(self) -> None:
        """Read the folder anew and ring for all that is different."""
        began = time.monotonic()
        stamp = self._stamp_now()
        files = self.maildir.scan()
        self.list.refresh()
        self._number(files)
        found = self._found(files)
        if any(uid not in found for uid in self.uids):  # a listing may miss a file that is renamed meanwhile
            found = self._found(files | self.maildir.scan())
        self.drop([uid for uid in self.uids if uid not in found])
        self._flags_on_disk(found, self.keywords.refresh())
        self.add(sorted((uid, file) for uid, file in found.items() if uid not in self.messages))
        self._note(stamp)
        took = time.monotonic() - began
        self._look_again = began + max(DOUBT, REST * took)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Around our own changes: what others did comes first; what we did is no reason to read the folder again."""
        self.refresh()
        yield
        self._note(self._stamp_now())

    def _stamp_now(self) -> tuple[int, int]:
        try:
            return self.maildir.stamp()
        except FileNotFoundError:
            raise NoSuchMailbox from None

    def _note(self, stamp: tuple[int, int]) -> None:
        self._stamp = stamp
        self._doubtful = time.time_ns() - max(stamp) < SETTLED  # a file system has the machine's time, not a Clock's

    def _number(self, files: dict[str, str]) -> None:
        """Give UIDs to files that other programs put here, the oldest name first.

        A message that comes back after it was expunged is a new one (RFC 3501 section 2.3.1.1).
        """
        if any(map(self._is_new, files)):
            with self.list.locked():
                self.list.append(sorted(filter(self._is_new, files)))

    def _is_new(self, base: str) -> bool:
        uid = self.list.uids.get(base)
        return uid is None or uid in self._expunged

    def _found(self, files: dict[str, str]) -> dict[int, str]:
        return {uid: files[base] for base, uid in self.list.uids.items() if base in files}

    def _flags_on_disk(self, found: dict[int, str], keywords_changed: bool) -> None:
        changed = []
        for uid, file in found.items():
            message = self.messages.get(uid)
            if message and (message.file != file or keywords_changed):
                if not file.startswith("new/"):
                    self.unclaimed.discard(uid)
                before, message.file = message.flags, file
                message.flags = self.keywords.flags(file)
                if message.flags != before:
                    changed.append(uid)
        self.ring_flags(changed, None)

    def _tidy(self) -> None:
        """Write the UID list anew when it holds many messages that are gone."""
        if len(self.list.uids) < len(self.messages) + STALE + LATEST:
            return
        with contextlib.suppress(StoreError), self.list.locked():  # another time will do
            late = self.list.next_uid - LATEST
            self.list.rewrite([base for base, uid in self.list.uids.items() if uid in self.messages or uid >= late])
            self.keywords.more.keep(self.list.uids)
        self._expunged.intersection_update(self.list.uids.values())

    # --- what is in memory, and rings ---

    def add(self, files: Files, recent: bool = False) -> None:
        """Take in messages, UIDs ascending, whose files are in place, and ring.

        \\Recent are those in `new/`; with `recent` all of them.
        """
        if not files:
            return
        self.highestmodseq += 1
        for uid, file in files:
            flags = self.keywords.flags(file)
            self.messages[uid] = Message(uid, file, flags, self.highestmodseq, self)
            if recent or file.startswith("new/"):
                self.unclaimed.add(uid)
        in_order = not self.uids or self.uids[-1] < files[0][0]
        self.uids = self.uids + array("I", [uid for uid, _ in files])
        if not in_order:
            self.uids = array("I", sorted(self.uids))
            self.messages = {uid: self.messages[uid] for uid in self.uids}
        for listener in tuple(self.listeners):
            listener.arrived([uid for uid, _ in files])

    def drop(self, uids: Iterable[int]) -> None:
        """Forget messages whose files are gone, and ring."""
        gone = [uid for uid in uids if uid in self.messages]
        if not gone:
            return
        self.highestmodseq += 1
        for uid in gone:
            del self.messages[uid]
        self.unclaimed.difference_update(gone)
        self._expunged.update(gone)
        if len(gone) == 1:
            index = bisect.bisect_left(self.uids, gone[0])
            self.uids = self.uids[:index] + self.uids[index + 1 :]
        else:
            self.uids = array("I", self.messages)
        for listener in tuple(self.listeners):
            listener.expunged(gone)
        self._tidy()

    def ring_flags(self, uids: Iterable[int], actor: Listener | None) -> None:
        """Give messages whose flags changed a new modseq (RFC 7162), and ring."""
        changed = [uid for uid in uids if uid in self.messages]
        if not changed:
            return
        self.highestmodseq += 1
        for uid in changed:
            self.messages[uid].modseq = self.highestmodseq
        for listener in tuple(self.listeners):
            listener.flags_changed(changed, actor)

    def flags(self) -> list[frozenset[str]]:
        """The flags of all messages in the order of their UIDs, gathered once for each state of the mailbox."""
        if self._flags_at != self.highestmodseq:
            self._flags = [message.flags for message in self.messages.values()]
            self._flags_at = self.highestmodseq
        return self._flags

    # --- the files of single messages ---

    def read(self, uid: int) -> bytes:
        """The whole message with CRLF line ends; raises MessageGone."""
        return self._at(uid, self.maildir.read)

    def modified(self, uid: int) -> float:
        """The time of the message's file, seconds since 1970; raises MessageGone."""
        return self._at(uid, self.maildir.modified)

    def link(self, uid: int, target: Maildir, name: Callable[[Path], str]) -> Path:
        """Have the message in the `tmp/` of another Maildir too, under the `name` its file gets; raises MessageGone."""
        return self._at(uid, lambda file: target.link(self.folder / file, name(self.folder / file)))

    def claim(self, uid: int) -> bool:
        """Have the message in `cur/`: a session was told of it. False if it is gone."""
        message = self.messages.get(uid)
        if message is None or message.file.startswith("new/"):
            return self.rename(uid, lambda flags: flags)
        self.unclaimed.discard(uid)
        return True

    def rename(self, uid: int, change: Callable[[frozenset[str]], frozenset[str]]) -> bool:
        """Move a message's file to `cur/` with the flags that `change` makes of its flags; False if it is gone."""

        def rename(file: str) -> None:
            message = self.messages[uid]
            flags = change(message.flags)
            new = f"cur/{self.keywords.file_name(base_of(message.name), flags, letters_of(message.name))}"
            self.maildir.rename(file, new)
            message.file, message.flags = new, flags
            self.unclaimed.discard(uid)

        return self._try(uid, rename)

    def remove(self, uid: int) -> bool:
        """Remove a message's file; False if it is gone. The caller will `drop` it."""
        return self._try(uid, self.maildir.remove)

    def _try(self, uid: int, use: Callable[[str], None]) -> bool:
        try:
            self._at(uid, use)
        except MessageGone:
            return False
        return True

    def _at(self, uid: int, use: Callable[[str], T]) -> T:
        """Use the message's file, looked for again if another program renamed it; raises MessageGone."""
        for _ in range(ATTEMPTS):
            message = self.messages.get(uid)
            if message is None:
                break
            try:
                return use(message.file)
            except FileNotFoundError:
                self.rescan()
        raise MessageGone

    def places(self, *files: str) -> Iterable[Path]:
        """What must be flushed for a change to survive a power cut: the folders, and these files."""
        more = [self.keywords.more.path] if self.keywords.more else []
        return [self.folder / "new", self.folder / "cur", *more, *(self.folder / file for file in files)]
