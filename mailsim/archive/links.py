"""Which thread a message is in (RFC 5322 section 3.6.4), kept right whatever the order messages come in.

A message's parent is the newest of the ids it mentions that is archived. A message with a parent is in its parent's
thread. One without begins the thread that is named by the oldest id it mentions, or by its own. Messages that
mention each other in a circle, which no honest mail does, share the thread named by the least of their ids.

So threads depend on which messages there are and not on when they came: a parent that arrives late takes in those that
waited for it, and a thread that turns out to be a branch of another becomes part of it.
"""

import base64
import hashlib
import sqlite3
from collections.abc import Sequence

# `awaited`: by whom a message that is not here is mentioned, if it would be their parent; rank 0 is the newest they
# mention. The statements are split at their semicolons.
SCHEMA = """
CREATE TABLE link (message_id TEXT PRIMARY KEY, thread_id TEXT NOT NULL, origin TEXT NOT NULL, parent TEXT)
    WITHOUT ROWID;
CREATE INDEX link_parent ON link (parent);
CREATE INDEX link_thread ON link (thread_id);
CREATE TABLE awaited (message_id TEXT, by TEXT, rank INTEGER, PRIMARY KEY (message_id, by)) WITHOUT ROWID;
CREATE INDEX awaited_by ON awaited (by);
"""


def thread_name(message_id: str) -> str:
    """The name of the thread that a message begins: eight letters and digits, easy to type."""
    return base64.b32encode(hashlib.sha256(message_id.encode()).digest())[:8].decode().lower()


def origin(message_id: str, references: Sequence[str]) -> str:
    """The id that names the thread of a message without a parent."""
    return next(iter(references), message_id)


def thread_of(db: sqlite3.Connection, message_id: str) -> str | None:
    row = db.execute("SELECT thread_id FROM link WHERE message_id = ?", (message_id,)).fetchone()
    return row[0] if row else None


def add(db: sqlite3.Connection, message_id: str, references: Sequence[str]) -> None:
    """Link a message that is not in the index yet, within the caller's transaction."""
    parent = _choose_parent(db, message_id, references)
    first = origin(message_id, references)
    thread = parent and thread_of(db, parent)
    db.execute("INSERT INTO link VALUES (?, ?, ?, ?)", (message_id, thread or thread_name(first), first, parent))
    if _adopt_children(db, message_id):
        _rename(db, message_id)


def _choose_parent(db: sqlite3.Connection, message_id: str, references: Sequence[str]) -> str | None:
    """The newest reference that is archived; those newer than it are noted as awaited."""
    newest_first = dict.fromkeys(reversed(references))
    newest_first.pop(message_id, None)
    for rank, reference in enumerate(newest_first):
        if thread_of(db, reference):
            return reference
        db.execute("INSERT INTO awaited VALUES (?, ?, ?)", (reference, message_id, rank))
    return None


def _adopt_children(db: sqlite3.Connection, message_id: str) -> bool:
    """Become the parent of everybody who awaited this message; whether there was anybody."""
    waiting = db.execute("SELECT by, rank FROM awaited WHERE message_id = ?", (message_id,)).fetchall()
    for child, rank in waiting:
        db.execute("UPDATE link SET parent = ? WHERE message_id = ?", (message_id, child))
        db.execute("DELETE FROM awaited WHERE by = ? AND rank >= ?", (child, rank))
    return bool(waiting)


def _rename(db: sqlite3.Connection, message_id: str) -> None:
    """Give a message and all below it the thread that its line of parents leads to."""
    name = thread_name(_beginning(db, message_id))
    todo, seen = [message_id], {message_id}
    while todo:
        below = db.execute("SELECT message_id FROM link WHERE parent = ?", (todo.pop(),))
        new = {child for (child,) in below} - seen
        seen |= new
        todo += new
    db.executemany("UPDATE link SET thread_id = ? WHERE message_id = ?", ((name, each) for each in seen))


def _beginning(db: sqlite3.Connection, message_id: str) -> str:
    """The id that names the thread at the end of a line of parents."""
    line: dict[str, int] = {}
    while message_id not in line:
        line[message_id] = len(line)
        first, parent = db.execute("SELECT origin, parent FROM link WHERE message_id = ?", (message_id,)).fetchone()
        if parent is None:
            return str(first)
        message_id = parent
    return min(list(line)[line[message_id] :])
