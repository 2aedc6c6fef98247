"""`dovecot-uidlist`, version 3: which UID each message file has, in Dovecot's own form.

The first line is `3 V<uidvalidity> N<next uid> G<mailbox guid>`, every other `<uid> [extensions] :<file name>`.
New messages are appended; the file is written anew when it holds many that are gone. Both happen under a dot-lock.
"""

import contextlib
import os
import re
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mailsim.errors import NoSuchMailbox, StoreError
from mailsim.store.files import Stamp, read_text, replace, stamp
from mailsim.store.names import base_of

NAME = "dovecot-uidlist"
LOCK_WAIT, LOCK_STALE = 2.0, 120.0  # seconds; Dovecot too holds a lock of two minutes for a dead process's
_HOST = socket.gethostname()
_HEADER = re.compile(r"3(?=[^\n]* V([1-9]\d*))(?=[^\n]* N(\d+))(?:[^\n]* G([0-9a-f]{32}))?[^\n]*\n")
_RECORD = re.compile(r"^(\d+)(?: [^: \n][^ \n]*)* :([^\n]+)\n", re.MULTILINE)


@dataclass
class UidList:
    """The UIDs of one mailbox. `uids` maps a message's base name to its UID."""

    path: Path
    uidvalidity: int = 0  # 0: not known yet
    next_uid: int = 1
    guid: str = field(default_factory=lambda: uuid.uuid4().hex)
    uids: dict[str, int] = field(default_factory=dict)
    _seen: Stamp | None = None
    _torn: bool = False  # a crash left half a line at the end
    _held: bool = False

    @classmethod
    def open(cls, folder: Path, new_uidvalidity: Callable[[], int]) -> "UidList":
        """Read the list of the mailbox in `folder`; a mailbox without one gets it, with a new UIDVALIDITY.

        A list that cannot be understood is set aside and begun anew: a new UIDVALIDITY tells the clients.
        """
        found = cls(folder / NAME)
        if not found.refresh():
            with found.locked():
                if not found.uidvalidity:
                    found.uidvalidity = new_uidvalidity()
                    found.rewrite(())
        return found

    def refresh(self) -> bool:
        """Read the file again if another program changed it; False if there is none that can be understood.

        Raises NoSuchMailbox if it belongs to another mailbox now: UIDs of one UIDVALIDITY never change.
        """
        seen = stamp(self.path)
        if seen == self._seen:
            return True
        text = read_text(self.path)
        header = _HEADER.match(text)
        if header is None:
            if text:
                self.path.replace(self.path.with_suffix(".broken"))
            return False
        if self.uidvalidity not in (0, int(header[1])):
            raise NoSuchMailbox
        self.uids = {base_of(name): int(uid) for uid, name in _RECORD.findall(text, header.end())}
        self.uidvalidity, self.guid = int(header[1]), header[3] or self.guid
        self.next_uid = max(self.next_uid, int(header[2]), max(self.uids.values(), default=0) + 1)
        self._torn = not text.endswith("\n")
        self._seen = seen
        return True

    def append(self, bases: Iterable[str]) -> list[int]:
        """Give the next UIDs to these messages; hold the lock meanwhile. One that has a UID already loses it."""
        given = list(enumerate(bases, self.next_uid))
        text = "".join(f"{uid} :{base}\n" for uid, base in given)
        with self.path.open("ab") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        self.uids.update((base, uid) for uid, base in given)
        self.next_uid += len(given)
        self._seen = stamp(self.path)
        return [uid for uid, _ in given]

    def rewrite(self, bases: Iterable[str]) -> None:
        """Write the list anew with these messages alone; hold the lock meanwhile. The next UID is never lowered."""
        self.uids = dict(sorted(((base, self.uids[base]) for base in bases), key=lambda entry: entry[1]))
        lines = [f"3 V{self.uidvalidity} N{self.next_uid} G{self.guid}\n"]
        lines += [f"{uid} :{base}\n" for base, uid in self.uids.items()]
        replace(self.path, "".join(lines))
        self._seen, self._torn = stamp(self.path), False

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold `dovecot-uidlist.lock`, as Dovecot does while it changes the list, with the list just read.

        A list that another program deleted or broke is written again from memory. Raises StoreError when another
        program holds the lock for more than two seconds, NoSuchMailbox as `refresh` does or if the folder is gone.
        """
        if self._held:
            yield
            return
        lock = self.path.with_suffix(".lock")
        _take(lock)
        self._held = True
        try:
            readable = self.refresh()
            if self.uidvalidity and (self._torn or not readable):
                self.rewrite(self.uids)
            yield
        finally:
            self._held = False
            lock.unlink(missing_ok=True)


def _take(lock: Path) -> None:
    deadline = time.monotonic() + LOCK_WAIT
    while not _create(lock):
        if time.monotonic() > deadline:
            raise StoreError("INUSE", "the mailbox is locked by another program", f"{lock} exists")
        time.sleep(0.005)


def _create(lock: Path) -> bool:
    try:
        fd = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        if _is_stale(lock):
            lock.unlink(missing_ok=True)
        return False
    except FileNotFoundError:
        raise NoSuchMailbox from None
    with os.fdopen(fd, "w") as file:
        file.write(f"{os.getpid()}:{_HOST}")
    return True


def _is_stale(lock: Path) -> bool:
    """Whether the process that it names is dead, as Dovecot judges too; old age, where it names none of this host."""
    pid, _, host = read_text(lock).partition(":")
    if host == _HOST and pid.isdecimal():
        return int(pid) == os.getpid() or not _is_alive(int(pid))  # nobody here waits for a lock of our own
    try:
        return time.time() - lock.stat().st_mtime > LOCK_STALE
    except FileNotFoundError:
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
