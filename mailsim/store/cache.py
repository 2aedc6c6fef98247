"""The cache: wire text that was made once from a message, kept in SQLite so that no client waits for it twice.

It may be deleted at any moment, also while the daemon runs: what is missing is made again from the messages.
"""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

log = logging.getLogger(__name__)

Summarizer = Callable[[bytes], dict[str, bytes]]
"""Makes every fragment of a message, by name, from its content with CRLF line ends."""

AHEAD = 500  # messages read from the database at once; clients ask for them in order
LAST_UID = 2**32
KEPT = 16 * 1024 * 1024  # bytes of fragments in memory per mailbox, before they are dropped and read again
WRITE_AFTER, WRITE_AT = 0.5, 1000  # seconds, or fragments: many at once would hold up everybody

_SCHEMA = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS fragment(
    mailbox TEXT, name TEXT, uid INTEGER, value BLOB, PRIMARY KEY(mailbox, name, uid)
) WITHOUT ROWID;
"""


class Cache:
    """The fragments of one account's messages."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: sqlite3.Connection | None = None
        self._unwritten: list[tuple[str, str, int, bytes]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._failed = False

    def load(self, mailbox: str, name: str, uid: int) -> dict[int, bytes]:
        """The fragments `name` of `uid` and of those after it, as far as they were ever made."""
        self.write()
        query = "SELECT uid, value FROM fragment WHERE mailbox=? AND name=? AND uid>=? ORDER BY uid LIMIT ?"
        found: dict[int, bytes] = {}
        self._try(lambda db: found.update(db.execute(query, (mailbox, name, uid, AHEAD))))
        return found

    def keep(self, mailbox: str, uid: int, fragments: dict[str, bytes]) -> None:
        """Remember what was made; written to disk soon."""
        self._unwritten += [(mailbox, name, uid, value) for name, value in fragments.items()]
        if len(self._unwritten) >= WRITE_AT:
            self.write()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WRITE_AFTER, self.write)

    def forget(self, mailbox: str, uids: list[int]) -> None:
        """Drop what belongs to messages that are gone."""
        self.write()

        def delete(db: sqlite3.Connection) -> None:
            rows = [(mailbox, name, uid) for name in _names(db, mailbox) for uid in uids]
            db.executemany("DELETE FROM fragment WHERE mailbox=? AND name=? AND uid=?", rows)

        self._try(delete)

    def write(self) -> None:
        """Write what `keep` was given."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        rows, self._unwritten = self._unwritten, []
        if rows:
            self._try(lambda db: db.executemany("INSERT OR REPLACE INTO fragment VALUES (?, ?, ?, ?)", rows))

    def close(self) -> None:
        self.write()
        if self._db is not None:
            self._db.close()
            self._db = None

    def _try(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """A cache that fails is begun anew: nothing in it is worth an error to a client."""
        try:
            if self._db is not None and not self._path.exists():
                self._db.close()
                self._db = None
            db = self._db or self._open()
            work(db)
            db.commit()
        except (sqlite3.Error, OSError) as error:
            log.log(logging.DEBUG if self._failed else logging.WARNING, "%s: %s; it is made anew", self._path, error)
            self._failed = True  # one that cannot be written would fill the log
            self._discard()

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(self._path)
        self._db.executescript(_SCHEMA)
        return self._db

    def _discard(self) -> None:
        if self._db is not None:
            with contextlib.suppress(sqlite3.Error):
                self._db.close()
            self._db = None
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                self._path.with_name(self._path.name + suffix).unlink()


def _names(db: sqlite3.Connection, mailbox: str) -> Iterator[str]:
    """The names of a mailbox's fragments, one look-up each: DISTINCT would read every row."""
    name = ""
    while name is not None:
        query = "SELECT min(name) FROM fragment WHERE mailbox=? AND name>?"
        name = db.execute(query, (mailbox, name)).fetchone()[0]
        if name is not None:
            yield name


class MailboxCache:
    """The fragments of one mailbox, those asked for of late in memory."""

    def __init__(self, cache: Cache, mailbox: str, summarize: Summarizer) -> None:
        self._cache, self._mailbox, self._summarize = cache, mailbox, summarize
        self._loaded: dict[str, dict[int, bytes]] = {}
        self._asked: dict[str, range] = {}  # the UIDs of which the database has no more than is loaded
        self._size = 0

    def get(self, uid: int, name: str, read: Callable[[int], bytes]) -> bytes:
        """The fragment `name` of the message `uid`; `read` gives its content, should the fragment have to be made.

        Raises KeyError for a name that the summarizer does not make.
        """
        try:
            return self._loaded[name][uid]
        except KeyError:
            return self._load(uid, name, read)

    def _load(self, uid: int, name: str, read: Callable[[int], bytes]) -> bytes:
        if self._size > KEPT:
            self._loaded, self._asked, self._size = {}, {}, 0
        if uid not in self._asked.get(name, ()):
            found = self._cache.load(self._mailbox, name, uid)
            self._asked[name] = range(uid, max(found) + 1 if len(found) == AHEAD else LAST_UID)
            self._hold(name, found)
        if uid not in self._loaded[name]:
            fragments = self._summarize(read(uid))
            self._cache.keep(self._mailbox, uid, fragments)
            for made, value in fragments.items():
                self._loaded.setdefault(made, {})[uid] = value
                self._size += len(value)
        return self._loaded[name][uid]

    def _hold(self, name: str, fragments: dict[int, bytes]) -> None:
        self._loaded.setdefault(name, {}).update(fragments)
        self._size += sum(map(len, fragments.values()))

    def forget(self, uids: list[int]) -> None:
        for loaded in self._loaded.values():
            for uid in uids:
                loaded.pop(uid, None)
        if uids:
            self._cache.forget(self._mailbox, uids)
