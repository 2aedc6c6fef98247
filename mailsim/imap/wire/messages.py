"""Commands that change messages: APPEND, STORE, COPY, MOVE, EXPUNGE (RFC 3501 section 6.4, RFC 6851, RFC 4315)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Self

from mailsim.imap.wire.command import ByNumber, Command, OnMessages
from mailsim.imap.wire.dates import write_date_time
from mailsim.imap.wire.printer import Printer
from mailsim.imap.wire.scanner import LARGEST_MODSEQ, SYSTEM_FLAGS, Scanner
from mailsim.imap.wire.sequence import SequenceSet
from mailsim.store import Change

PERMANENT = frozenset(SYSTEM_FLAGS.values()) - {"\\Recent"}


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One message of an APPEND; `date` is None for now.

    `utf8`: it came in as `UTF8 (~{…})` (RFC 6855 section 4); `binary`: as `~{…}` alone (RFC 3516 section 4.2).
    """

    content: bytes = field(repr=False)
    flags: tuple[str, ...] = ()
    date: datetime | None = None
    utf8: bool = False
    binary: bool = False

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        flags: tuple[str, ...] = ()
        date = None
        if scan.at(b"("):
            flags = scan.flags()
            scan.space()
        if scan.at(b'"'):
            date = scan.date_time()
            scan.space()
        if not scan.skip(b"UTF8 ("):
            binary = scan.at(b"~")
            return cls(scan.literal(), flags, date, binary=binary)
        content = scan.literal()
        scan.expect(b")")
        return cls(content, flags, date, utf8=True)

    def write(self, out: Printer) -> None:
        if self.flags:
            out.list_of(self.flags, out.word)
        if self.date:
            out.word(write_date_time(self.date))
        if self.utf8:
            out.word("UTF8").list_of([self.content], out.literal8)
        elif self.binary:
            out.literal8(self.content)
        else:
            out.literal(self.content)


@dataclass(frozen=True, slots=True)
class Append(Command):
    """One message or several, all or none (RFC 3502)."""

    name: ClassVar[str] = "APPEND"
    mailbox: str
    messages: tuple[NewMessage, ...]

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        mailbox = scan.mailbox()
        messages: list[NewMessage] = []
        while not messages or scan.more():
            scan.space()
            while scan.skip(b" "):  # imapclient sends two between one message and the next
                pass
            messages.append(NewMessage.read(scan))
        return cls(mailbox, tuple(messages))

    def write(self, out: Printer) -> None:
        out.mailbox(self.mailbox)
        for message in self.messages:
            message.write(out)


@dataclass(frozen=True, slots=True)
class Store(ByNumber):
    """`unchanged_since` spares messages that somebody changed after that modseq (RFC 7162 section 3.1.3)."""

    name: ClassVar[str] = "STORE"
    messages: SequenceSet
    change: Change
    flags: tuple[str, ...]
    silent: bool = False
    unchanged_since: int | None = None

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        messages = scan.sequence_set()
        since = _read_unchanged(scan)
        scan.space()
        change = Change.ADD if scan.skip(b"+") else Change.REMOVE if scan.skip(b"-") else Change.REPLACE
        item = scan.name()
        if item not in ("FLAGS", "FLAGS.SILENT"):
            scan.fail("expected FLAGS")
        scan.space()
        flags = scan.flags() if scan.at(b"(") else _bare_flags(scan)
        return cls(messages, change, flags, item != "FLAGS", since, by_uid=scan.by_uid)

    def write(self, out: Printer) -> None:
        out.word(str(self.messages))
        if self.unchanged_since is not None:
            out.word(f"(UNCHANGEDSINCE {self.unchanged_since})")
        out.word(f"{self.change.value}FLAGS{'.SILENT' * self.silent}").list_of(self.flags, out.word)


def _read_unchanged(scan: Scanner) -> int | None:
    if not scan.skip(b" ("):
        return None
    if scan.name() != "UNCHANGEDSINCE":
        scan.fail("unknown modifier")
    scan.space()
    since = scan.number(LARGEST_MODSEQ)
    scan.expect(b")")
    return since


def _bare_flags(scan: Scanner) -> tuple[str, ...]:
    flags = [scan.flag()]
    while scan.more():
        scan.space()
        flags.append(scan.flag())
    return tuple(flags)


@dataclass(frozen=True, slots=True)
class Copy(OnMessages):
    name: ClassVar[str] = "COPY"
    messages: SequenceSet
    mailbox: str

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        messages = scan.sequence_set()
        scan.space()
        return cls(messages, scan.mailbox(), by_uid=scan.by_uid)

    def write(self, out: Printer) -> None:
        out.word(str(self.messages)).mailbox(self.mailbox)


class Move(Copy):
    name = "MOVE"


@dataclass(frozen=True, slots=True)
class Expunge(OnMessages):
    """`uids` narrows it to some of the \\Deleted messages (`UID EXPUNGE`, RFC 4315)."""

    name: ClassVar[str] = "EXPUNGE"
    uids: SequenceSet | None = None

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        if not scan.by_uid:
            return cls()
        scan.space()
        return cls(scan.sequence_set(), by_uid=True)

    def write(self, out: Printer) -> None:
        if self.uids:
            out.word(str(self.uids))


def storable(flags: Iterable[str]) -> list[str]:
    """Without \\Recent and system flags unknown here, which are passed over (RFC 3501 section 7.1, PERMANENTFLAGS)."""
    return [flag for flag in flags if flag in PERMANENT or not flag.startswith("\\")]


COMMANDS: tuple[type[Command], ...] = (Append, Store, Copy, Move, Expunge)
