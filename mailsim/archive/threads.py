"""The thread index: a cache in SQLite of who said what when, made from the archive account's Maildir.

The daemon writes it from its event loop; other processes may read it, and catch up, at the same time (WAL).
"""

import contextlib
import difflib
import itertools
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, Self

from mailsim import mime
from mailsim.archive import links
from mailsim.archive.database import INSERT, SELECT, entry_of, open_database, row_of
from mailsim.archive.entry import Entry, read_entry_file
from mailsim.archive.maildir import message_files
from mailsim.errors import NotFound, Rejection

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Admission:
    """A place in a thread. `count` is how many messages the thread has with this one."""

    thread_id: str
    count: int


class ThreadFull(Rejection):
    """The thread has as many messages as it may have."""

    def __init__(self, thread_id: str, limit: int) -> None:
        self.thread_id, self.limit = thread_id, limit
        super().__init__(554, "5.7.1", f"this thread has had the {limit} messages it may have")


@dataclass(frozen=True, slots=True)
class Thread:
    """One conversation: `participants` are addresses in the order they came in, `first` and `last` are aware."""

    id: str
    subject: str
    messages: int
    participants: tuple[str, ...]
    state: Literal["open", "full"]
    first: datetime
    last: datetime

    @classmethod
    def of(cls, entries: Sequence[Entry], limit: int = 0) -> Self:
        """The thread that these messages make, at least one, as they were received."""
        people = (person for entry in entries for person in (entry.sender, *entry.recipients))
        return cls(
            id=entries[0].thread_id,
            subject=mime.base_subject(entries[0].subject)[0],
            messages=len(entries),
            participants=tuple(dict.fromkeys(person.address for person in people if person.address)),
            state="full" if 0 < limit <= len(entries) else "open",
            first=entries[0].received,
            last=entries[-1].received,
        )


class ThreadIndex:
    """Which thread each archived message is in. `open` gives one, and `catch_up` brings it up to date."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._reserved: dict[str, str] = {}  # of messages that were accepted and are not archived yet
        self._waiting: defaultdict[str, set[str]] = defaultdict(set)  # the same by thread

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the database at `path`; one that is missing, broken or of another version starts empty.

        It is a cache, so `catch_up` brings back from the Maildir whatever it lost. Raises WorldError if the file
        cannot be opened at all.
        """
        return cls(open_database(path))

    def close(self) -> None:
        self._db.close()

    def admit(self, message_id: str, references: Sequence[str], limit: int) -> Admission:
        """Reserve a place for a message before it is archived; the same again for one that has a place.

        `references` are as in Entry: oldest first, In-Reply-To last. Raises ThreadFull if `limit` messages, archived
        or reserved, are in the thread already; 0 is no limit. A reservation lives in memory only.
        """
        thread = links.thread_of(self._db, message_id) or self._reserved.get(message_id)
        if thread:
            return Admission(thread, self._count(thread))
        thread = self._thread_for(message_id, references)
        count = self._count(thread)
        if 0 < limit <= count:
            raise ThreadFull(thread, limit)
        self.reserve(message_id, thread)
        return Admission(thread, count + 1)

    def reserve(self, message_id: str, thread_id: str) -> None:
        """Keep the place of a message that was admitted before a restart and is not archived yet."""
        if message_id not in self._reserved and links.thread_of(self._db, message_id) is None:
            self._reserved[message_id] = thread_id
            self._waiting[thread_id].add(message_id)

    def release(self, message_id: str) -> None:
        """Give a reserved place back; nothing for a message that has none."""
        if thread := self._reserved.pop(message_id, None):
            self._waiting[thread].discard(message_id)
            if not self._waiting[thread]:
                del self._waiting[thread]

    def record(self, entry: Entry) -> str:
        """Note an archived message for good and return its thread; nothing new for one that is there already."""
        with self._transaction():
            self._add(entry)
        self.release(entry.message_id)
        return self.message(entry.message_id).thread_id

    def catch_up(self, maildir: Path) -> int:
        """Note the messages in the archive's Maildir that the index doesn't know; how many those were."""
        known = {file for (file,) in self._db.execute("SELECT file FROM entry")}
        missing = (path for base, path in message_files(maildir).items() if base not in known)
        entries = _read_entries(missing)
        with self._transaction():
            added = sum(map(self._add, entries))
        if added:
            log.info("%d messages of %s were missing in the thread index", added, maildir)
        return added

    def rebuild(self, maildir: Path) -> int:
        """Forget everything and read the archive's Maildir; how many messages it has."""
        entries = _read_entries(message_files(maildir).values())
        with self._transaction():
            for forget in ("DELETE FROM entry", "DELETE FROM link", "DELETE FROM awaited"):
                self._db.execute(forget)
            return sum(map(self._add, entries))

    def threads(self, limit: int = 0) -> list[Thread]:
        """Every thread, the one with the newest message first; `limit` is the number that makes one full."""
        entries = map(entry_of, self._db.execute(SELECT + "ORDER BY thread_id, received, date, entry.message_id"))
        grouped = itertools.groupby(entries, key=lambda entry: entry.thread_id)
        threads = [Thread.of(list(group), limit) for _, group in grouped]
        return sorted(threads, key=lambda thread: (thread.last, thread.id), reverse=True)

    def messages(self, thread_id: str) -> list[Entry]:
        """The messages of a thread as they were received; none for an id that no thread has."""
        rows = self._db.execute(SELECT + "WHERE thread_id = ? ORDER BY received, date, entry.message_id", (thread_id,))
        return [entry_of(row) for row in rows]

    def message(self, message_id: str) -> Entry:
        """One message; raises NotFound if it is not archived."""
        row = self._db.execute(SELECT + "WHERE entry.message_id = ?", (message_id,)).fetchone()
        if row is None:
            raise NotFound(f"the archive has no message {message_id}")
        return entry_of(row)

    def thread_of(self, message_id: str) -> str | None:
        """The thread of a message, None if it is not archived."""
        return links.thread_of(self._db, message_id)

    def find(self, text: str, limit: int = 0) -> Thread:
        """The thread somebody means by the beginning of its id, by part of its subject, or by `last`.

        Raises NotFound, with what comes near, unless that is exactly one thread. `limit` is as in `threads`.
        """
        threads, wanted = self.threads(limit), text.casefold().strip()
        if threads and wanted == "last":
            return threads[0]
        tests: tuple[Callable[[Thread], bool], ...] = (
            lambda thread: thread.id.startswith(wanted),
            lambda thread: wanted in thread.subject.casefold(),
        )
        for test in tests:
            found = [thread for thread in threads if test(thread)]
            if len(found) == 1:
                return found[0]
            if found:
                raise NotFound(f"`{text}` is more than one thread: {_names(found)}")
        raise NotFound(f"there is no thread `{text}`; {_near(wanted, threads)}")

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def _add(self, entry: Entry) -> bool:
        if links.thread_of(self._db, entry.message_id):
            return False
        self._db.execute(INSERT, row_of(entry))
        links.add(self._db, entry.message_id, entry.references)
        return True

    def _thread_for(self, message_id: str, references: Sequence[str]) -> str:
        for reference in reversed(references):
            thread = links.thread_of(self._db, reference) or self._reserved.get(reference)
            if thread and reference != message_id:
                return thread
        return links.thread_name(links.origin(message_id, references))

    def _count(self, thread_id: str) -> int:
        query = "SELECT COUNT(*) FROM link WHERE thread_id = ?"
        (archived,) = self._db.execute(query, (thread_id,)).fetchone()
        # another process that catches up may have noted one before its reservation is given back
        waiting = self._waiting.get(thread_id, ())
        return int(archived) + sum(links.thread_of(self._db, each) is None for each in waiting)


def _read_entries(paths: Iterable[Path]) -> list[Entry]:
    """The entries of these files as they were received; a file that has gone meanwhile is left out."""
    entries = []
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            entries.append(read_entry_file(path))
    return sorted(entries, key=lambda entry: (entry.received, entry.file))


def _near(wanted: str, threads: Sequence[Thread]) -> str:
    if not threads:
        return "the archive is empty"
    near = difflib.get_close_matches(wanted, [thread.id for thread in threads], n=3, cutoff=0.4)
    return "there is " + _names([thread for thread in threads if thread.id in near] or threads)


def _names(threads: Sequence[Thread]) -> str:
    shown = [f"{thread.id} ({thread.subject or 'no subject'})" for thread in threads[:3]]
    return ", ".join(shown) + (" …" if len(threads) > 3 else "")
