"""`dovecot-uidlist`, version 3: which UID each message file has, in Dovecot's own form.

The first line is `3 V<uidvalidity> N<next uid> G<mailbox guid>`, every other `<uid> [extensions] :<file name>`.
New messages are appended; the file is written anew, under a dot-lock, when it holds many that are gone.
"""

import contextlib
import os
import re
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mailsim.errors import StoreError
from mailsim.store.names import base_of

NAME = "dovecot-uidlist"
LOCK_WAIT, LOCK_STALE = 2.0, 120.0  # seconds; Dovecot too holds a lock of two minutes for a dead process's
_HEADER = re.compile(r"3(?=[^\n]* V(\d+))(?=[^\n]* N(\d+))(?:[^\n]* G([0-9a-f]{32}))?[^\n]*\n")
_RECORD = re.compile(r"^(\d+)[^:\n]* :([^\n]+)\n", re.MULTILINE)


@dataclass
class UidList:
    """The UIDs of one mailbox. `uids` maps a message's base name to its UID, in ascending order of UIDs."""

    path: Path
    uidvalidity: int
    next_uid: int = 1
    guid: str = field(default_factory=lambda: uuid.uuid4().hex)
    uids: dict[str, int] = field(default_factory=dict)
    _seen: tuple[int, int, int] = (0, 0, 0)

    @classmethod
    def open(cls, folder: Path, new_uidvalidity: Callable[[], int]) -> "UidList":
        """Read the list of the mailbox in `folder`; a mailbox without one gets it, with a new UIDVALIDITY.

        A list that cannot be understood is set aside and begun anew: a new UIDVALIDITY tells the clients.
        """
        found = cls(folder / NAME, 0)
        if not found.refresh():
            found.uidvalidity = new_uidvalidity()
            with found.locked():
                found.rewrite(())
        return found

    def refresh(self) -> bool:
        """Read the file again if another program changed it; False if there is none that can be understood."""
        seen = _stamp(self.path)
        if seen == self._seen:
            return True
        text = self.path.read_text(encoding="utf-8", errors="surrogateescape") if seen[0] else ""
        header = _HEADER.match(text)
        if header is None:
            if text:
                self.path.replace(self.path.with_suffix(".broken"))
            return False
        self.uids = {base_of(name): int(uid) for uid, name in _RECORD.findall(text, header.end())}
        self.uidvalidity, self.guid = int(header[1]), header[3] or self.guid
        self.next_uid = max(self.next_uid, int(header[2]), max(self.uids.values(), default=0) + 1)
        self._seen = seen
        return True

    def append(self, bases: Iterable[str]) -> list[int]:
        """Give the next UIDs to these messages, which the list must not hold yet; hold the lock meanwhile."""
        given = list(enumerate(bases, self.next_uid))
        text = "".join(f"{uid} :{base}\n" for uid, base in given)
        with self.path.open("a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        self.uids.update((base, uid) for uid, base in given)
        self.next_uid += len(given)
        self._seen = _stamp(self.path)
        return [uid for uid, _ in given]

    def rewrite(self, bases: Iterable[str]) -> None:
        """Write the list anew with these messages alone; hold the lock meanwhile. The next UID is never lowered."""
        self.uids = {base: self.uids[base] for base in bases}
        lines = [f"3 V{self.uidvalidity} N{self.next_uid} G{self.guid}\n"]
        lines += [f"{uid} :{base}\n" for base, uid in self.uids.items()]
        new = self.path.with_suffix(".tmp")
        with new.open("w", encoding="utf-8", errors="surrogateescape") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)
        self._seen = _stamp(self.path)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold `dovecot-uidlist.lock`, as Dovecot does while it changes the list.

        Raises StoreError when another program holds it for more than two seconds.
        """
        lock = self.path.with_suffix(".lock")
        deadline = time.monotonic() + LOCK_WAIT
        while not _create(lock):
            if time.monotonic() > deadline:
                raise StoreError("INUSE", "the mailbox is locked by another program", f"{lock} exists")
            time.sleep(0.005)
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _create(lock: Path) -> bool:
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        with contextlib.suppress(FileNotFoundError):
            if time.time() - lock.stat().st_mtime > LOCK_STALE:
                lock.unlink()
        return False
    return True


def _stamp(path: Path) -> tuple[int, int, int]:
    """What tells that a file is another one, or was written to."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return (0, 0, 0)
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)
