"""What a mailbox knows of a message without opening it."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from mailsim.store.names import base_of, wire_size


class Files(Protocol):
    """The files of a mailbox, by UID. Both methods raise MessageGone."""

    def read(self, uid: int) -> bytes:
        """The whole message with CRLF line ends."""
        ...

    def modified(self, uid: int) -> float:
        """Seconds since 1970."""
        ...


@dataclass(slots=True)
class Message:
    """One message. `file` is its place below the mailbox's folder, which another program may have changed."""

    uid: int
    file: str
    flags: frozenset[str]
    modseq: int
    _files: Files
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
            self._date = datetime.fromtimestamp(int(self._files.modified(self.uid)), UTC)
        return self._date

    @property
    def size(self) -> int:
        """RFC822.SIZE: bytes with CRLF line ends; raises MessageGone."""
        if self._size < 0:
            told = wire_size(self.name)
            self._size = len(self._files.read(self.uid)) if told is None else told
        return self._size

    @property
    def email_id(self) -> str:
        """OBJECTID's EMAILID (RFC 8474): the same for as long as the message lives."""
        unique = base_of(self.name).partition(",")[0]
        return "M" + hashlib.sha256(unique.encode("utf-8", "surrogateescape")).hexdigest()[:24]
