"""The index's SQLite file: its tables, how an entry is kept in them, and what opens it."""

import json
import logging
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from mailsim.archive import links
from mailsim.archive.entry import Entry, Participant
from mailsim.errors import WorldError

VERSION = 1  # of the tables; a file of another version is thrown away and made anew
SCHEMA = """
CREATE TABLE entry (message_id TEXT PRIMARY KEY, refs TEXT, sender TEXT, recipients TEXT, subject TEXT, date TEXT,
    received TEXT, in_reply_to TEXT, auto INTEGER, file TEXT, size INTEGER) WITHOUT ROWID;
"""
INSERT = "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
SELECT = """SELECT entry.message_id, refs, sender, recipients, subject, date, received, in_reply_to, auto, file, size,
    thread_id FROM entry JOIN link ON link.message_id = entry.message_id """
log = logging.getLogger(__name__)


def open_database(path: Path) -> sqlite3.Connection:
    """The database at `path`, empty if it was missing, broken or of another version.

    Raises WorldError if the file cannot be opened or written at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _connect(path)
    except sqlite3.OperationalError as error:
        raise WorldError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        log.warning("the thread index %s is not usable (%s) and is made anew", path, error)
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    return _connect(path)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    try:
        _prepare(db)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes, `catch_up` brings back
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise sqlite3.DatabaseError("it is damaged")
    db.execute("BEGIN IMMEDIATE")  # of two processes that find no tables, one makes them
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in (SCHEMA + links.SCHEMA).split(";"):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {VERSION}")
    db.execute("COMMIT")
    if version not in (0, VERSION):
        raise sqlite3.DatabaseError(f"it is of version {version}, not {VERSION}")


def row_of(entry: Entry) -> tuple[str | int | None, ...]:
    """The values for INSERT."""
    return (
        entry.message_id,
        json.dumps(entry.references),
        json.dumps(entry.sender),
        json.dumps(entry.recipients),
        entry.subject,
        entry.date.isoformat(),
        entry.received.astimezone(UTC).isoformat(timespec="microseconds"),  # as text it sorts like the time
        entry.in_reply_to,
        entry.auto,
        entry.file,
        entry.size,
    )


def entry_of(row: Sequence[str]) -> Entry:
    """The entry of a row of SELECT."""
    message_id, refs, sender, recipients, subject, date, received, in_reply_to, auto, file, size, thread = row
    return Entry(
        message_id=message_id,
        references=tuple(json.loads(refs)),
        sender=Participant(*json.loads(sender)),
        recipients=tuple(Participant(*each) for each in json.loads(recipients)),
        subject=subject,
        date=datetime.fromisoformat(date),
        received=datetime.fromisoformat(received),
        in_reply_to=in_reply_to,
        auto=bool(auto),
        file=file,
        size=int(size),
        thread_id=thread,
    )
