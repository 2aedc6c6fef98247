"""The keys of SEARCH, as a tree (RFC 3501 section 6.4.4, RFC 5032, RFC 7162, RFC 8474).

Keys that say the same are one: `NEW` is read as `(RECENT UNSEEN)`, `SUBJECT x` as `HEADER SUBJECT x`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from mailsim.imap.wire.dates import write_date
from mailsim.imap.wire.printer import Printer
from mailsim.imap.wire.scanner import LARGEST, LARGEST_MODSEQ, SYSTEM_FLAGS, Scanner
from mailsim.imap.wire.sequence import SequenceSet


class Key(Protocol):
    """A condition on a message. Equal keys find the same messages."""

    def write(self, out: Printer) -> object: ...


@dataclass(frozen=True, slots=True)
class All:
    def write(self, out: Printer) -> object:
        return out.word("ALL")


@dataclass(frozen=True, slots=True)
class Flagged:
    """The message has (`present`) or lacks a flag: SEEN, UNSEEN, RECENT, KEYWORD work …"""

    flag: str
    present: bool = True

    def write(self, out: Printer) -> object:
        if self.flag == "\\Recent":
            return out.word("RECENT" if self.present else "OLD")
        un = "" if self.present else "UN"
        if self.flag.startswith("\\"):
            return out.word(un + self.flag[1:].upper())
        return out.word(un + "KEYWORD").word(self.flag)


@dataclass(frozen=True, slots=True)
class Header:
    """A header field of that name, in capitals, contains the text; an empty text asks whether there is the field."""

    field: str
    text: str

    def write(self, out: Printer) -> object:
        return out.word("HEADER").astring(self.field.encode()).astring(self.text.encode())


@dataclass(frozen=True, slots=True)
class Contains:
    """`BODY` or, with the header included, `TEXT` contains the text."""

    where: str
    text: str

    def write(self, out: Printer) -> object:
        return out.word(self.where).astring(self.text.encode())


@dataclass(frozen=True, slots=True)
class Dated:
    """`which` is "" for the internal date or SENT for the Date field, `how` is BEFORE, ON or SINCE."""

    which: str
    how: str
    day: date

    def write(self, out: Printer) -> object:
        return out.word(f"{self.which}{self.how} {write_date(self.day)}")


@dataclass(frozen=True, slots=True)
class Compared:
    """LARGER, SMALLER (octets), YOUNGER, OLDER (seconds), MODSEQ (at least): a number on the one side of another."""

    what: str
    number: int

    def write(self, out: Printer) -> object:
        return out.word(f"{self.what} {self.number}")


@dataclass(frozen=True, slots=True)
class Identified:
    """EMAILID or THREADID is that."""

    what: str
    identifier: str

    def write(self, out: Printer) -> object:
        return out.word(self.what).word(self.identifier)


@dataclass(frozen=True, slots=True)
class Among:
    """The message is one of these, by number or by UID."""

    messages: SequenceSet
    by_uid: bool = False

    def write(self, out: Printer) -> object:
        return out.word("UID " * self.by_uid + str(self.messages))


@dataclass(frozen=True, slots=True)
class Not:
    key: Key

    def write(self, out: Printer) -> object:
        out.word("NOT")
        return self.key.write(out)


@dataclass(frozen=True, slots=True)
class Either:
    one: Key
    other: Key

    def write(self, out: Printer) -> object:
        out.word("OR")
        self.one.write(out)
        return self.other.write(out)


@dataclass(frozen=True, slots=True)
class Both:
    """All of several keys."""

    keys: tuple[Key, ...]

    def write(self, out: Printer) -> object:
        return out.list_of(self.keys, lambda key: key.write(out))


def read_keys(scan: Scanner, charset: str) -> tuple[Key, ...]:
    """Keys up to the end of the command, at least one."""
    keys = [read_key(scan, charset)]
    while scan.more():
        scan.space()
        keys.append(read_key(scan, charset))
    return tuple(keys)


def read_key(scan: Scanner, charset: str) -> Key:
    scan.deeper()
    key = _read_key(scan, charset)
    scan.shallower()
    return key


def _read_key(scan: Scanner, charset: str) -> Key:
    if scan.skip(b"("):
        return Both(scan.list_of(lambda: read_key(scan, charset)))
    if scan.data[scan.position : scan.position + 1] in (b"*", b"$") or scan.data[scan.position :][:1].isdigit():
        return Among(scan.sequence_set())
    name = scan.name()
    if name in WORDS:
        return WORDS[name]
    if name not in ARGUMENTS:
        scan.fail("unknown search key")
    scan.space()
    return ARGUMENTS[name](scan, charset)


_FLAGS = {flag[1:].upper(): flag for flag in SYSTEM_FLAGS.values()}
WORDS: dict[str, Key] = (
    {name: Flagged(flag) for name, flag in _FLAGS.items()}
    | {"UN" + name: Flagged(flag, False) for name, flag in _FLAGS.items() if name != "RECENT"}
    | {
        "ALL": All(),
        "OLD": Flagged("\\Recent", False),
        "NEW": Both((Flagged("\\Recent"), Flagged("\\Seen", False))),
    }
)


def _header(scan: Scanner, charset: str) -> Key:
    name = scan.text("us-ascii").upper()
    scan.space()
    return Header(name, scan.text(charset))


def _either(scan: Scanner, charset: str) -> Key:
    one = read_key(scan, charset)
    scan.space()
    return Either(one, read_key(scan, charset))


def _modseq(scan: Scanner, _charset: str) -> Key:
    if scan.at(b'"'):  # RFC 7162 3.1.5: an entry's name and type may come first, and say nothing about flags
        scan.string()
        scan.space()
        scan.name()
        scan.space()
    return Compared("MODSEQ", scan.number(LARGEST_MODSEQ))


def _field(name: str) -> Callable[[Scanner, str], Key]:
    return lambda scan, charset: Header(name, scan.text(charset))


def _contains(where: str) -> Callable[[Scanner, str], Key]:
    return lambda scan, charset: Contains(where, scan.text(charset))


def _dated(which: str, how: str) -> Callable[[Scanner, str], Key]:
    return lambda scan, _: Dated(which, how, scan.date())


def _compared(what: str) -> Callable[[Scanner, str], Key]:
    return lambda scan, _: Compared(what, scan.number(LARGEST))


def _identified(what: str) -> Callable[[Scanner, str], Key]:
    return lambda scan, _: Identified(what, scan.atom())


def _keyword(present: bool) -> Callable[[Scanner, str], Key]:
    return lambda scan, _: Flagged(scan.atom(), present)


ARGUMENTS: dict[str, Callable[[Scanner, str], Key]] = {
    "HEADER": _header,
    "OR": _either,
    "NOT": lambda scan, charset: Not(read_key(scan, charset)),
    "UID": lambda scan, _: Among(scan.sequence_set(), by_uid=True),
    "KEYWORD": _keyword(True),
    "UNKEYWORD": _keyword(False),
    "MODSEQ": _modseq,
    **{name: _field(name) for name in ("BCC", "CC", "FROM", "SUBJECT", "TO")},
    **{name: _contains(name) for name in ("BODY", "TEXT")},
    **{which + how: _dated(which, how) for which in ("", "SENT") for how in ("BEFORE", "ON", "SINCE")},
    **{name: _compared(name) for name in ("LARGER", "SMALLER", "YOUNGER", "OLDER")},
    **{name: _identified(name) for name in ("EMAILID", "THREADID")},
}
