"""FETCH: which data of which messages (RFC 3501 section 6.4.5, RFC 3516, RFC 7162, RFC 8474)."""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from mailsim.imap.wire.command import ByNumber, Command
from mailsim.imap.wire.printer import Printer, astring, parenthesised
from mailsim.imap.wire.scanner import LARGEST_MODSEQ, Scanner
from mailsim.imap.wire.sequence import SequenceSet

MACROS = {
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
SIMPLE = frozenset(
    (
        "FLAGS", "UID", "ENVELOPE", "INTERNALDATE", "RFC822", "RFC822.HEADER", "RFC822.TEXT", "RFC822.SIZE",
        "BODY", "BODYSTRUCTURE", "MODSEQ", "EMAILID", "THREADID",
    )
)  # fmt: skip
TEXTS = frozenset(("HEADER", "HEADER.FIELDS", "HEADER.FIELDS.NOT", "TEXT", "MIME"))
WORD = re.compile(rb"[A-Za-z][A-Za-z0-9.]*")
PART = re.compile(rb"([1-9]\d{0,9})(?:\.|(?=\]))")
DEEPEST_PATH = 100


@dataclass(frozen=True, slots=True)
class Item:
    """A data item that is named by one word."""

    name: str

    def words(self) -> bytes:
        return self.name.encode()


@dataclass(frozen=True, slots=True)
class Section:
    """`BODY[…]<…>`, `BINARY[…]<…>` or `BINARY.SIZE[…]`, as `kind` says.

    `path` are part numbers from 1, `what` is "" or one of HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT, MIME, and
    `partial` is the first octet wanted and how many. Unless `peek`, reading it sets \\Seen.
    """

    kind: str
    path: tuple[int, ...] = ()
    what: str = ""
    fields: tuple[bytes, ...] = ()
    partial: tuple[int, int] | None = None
    peek: bool = False

    @classmethod
    def read(cls, scan: Scanner, kind: str, peek: bool) -> Self:
        """What follows the `[`."""
        path: list[int] = []
        while len(path) < DEEPEST_PATH and (number := scan.match(PART)):
            path.append(int(number[1]))
        what, fields = "", tuple[bytes, ...]()
        if not scan.at(b"]") and kind == "BODY":
            what = scan.need(WORD, "a section").decode().upper()
            if what not in TEXTS or (what == "MIME" and not path):
                scan.fail("unknown section")
            fields = _read_fields(scan) if what.startswith("HEADER.") else ()
        scan.expect(b"]")
        partial = _read_partial(scan) if kind != "BINARY.SIZE" and scan.skip(b"<") else None
        return cls(kind, tuple(path), what, fields, partial, peek)

    def words(self) -> bytes:
        partial = b"<%d.%d>" % self.partial if self.partial else b""
        return self.kind.encode() + b".PEEK" * self.peek + self.section() + partial

    def label(self) -> bytes:
        """The item's name in the response, which tells of a partial only where it begins."""
        partial = b"<%d>" % self.partial[0] if self.partial else b""
        return self.kind.encode() + self.section() + partial

    def section(self) -> bytes:
        words = [str(number).encode() for number in self.path] + ([self.what.encode()] if self.what else [])
        fields = b" " + parenthesised(astring(name) for name in self.fields) if self.fields else b""
        return b"[%s%s]" % (b".".join(words), fields)


def _read_fields(scan: Scanner) -> tuple[bytes, ...]:
    scan.expect(b" (")
    return scan.list_of(lambda: _field_name(scan))


def _field_name(scan: Scanner) -> bytes:
    name = scan.astring()
    if not name or not name.isascii() or any(octet <= 32 for octet in name):
        scan.fail("that is not a header field's name")
    return name


def _read_partial(scan: Scanner) -> tuple[int, int]:
    """Sizes have up to 63 bits (RFC 9051 section 9)."""
    first = scan.number(LARGEST_MODSEQ)
    scan.expect(b".")
    count = scan.number(LARGEST_MODSEQ) or scan.fail("expected a number above zero")
    scan.expect(b">")
    return first, count


@dataclass(frozen=True, slots=True)
class Fetch(ByNumber):
    """`changed_since` and `vanished` are the modifiers of RFC 7162."""

    name: ClassVar[str] = "FETCH"
    messages: SequenceSet
    items: tuple[Item | Section, ...]
    changed_since: int | None = None
    vanished: bool = False

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        messages = scan.sequence_set()
        scan.space()
        items = scan.list_of(lambda: _read_item(scan)) if scan.skip(b"(") else _read_alone(scan)
        modifiers = dict(scan.list_of(lambda: _read_modifier(scan))) if scan.skip(b" (") else {}
        since, vanished = modifiers.get("CHANGEDSINCE"), "VANISHED" in modifiers
        if vanished and (since is None or not scan.by_uid):
            scan.fail("VANISHED goes with UID FETCH and CHANGEDSINCE")
        return cls(messages, items, since, vanished, by_uid=scan.by_uid)

    def write(self, out: Printer) -> None:
        out.word(str(self.messages)).list_of(self.items, lambda item: out.raw(item.words()))
        if self.changed_since is not None:
            out.word(f"(CHANGEDSINCE {self.changed_since}{' VANISHED' * self.vanished})")


def _read_alone(scan: Scanner) -> tuple[Item | Section, ...]:
    """The one item, or macro, that needs no parentheses."""
    found = WORD.match(scan.data, scan.position)
    macro = MACROS.get(found[0].decode().upper()) if found else None
    if found is None or macro is None:
        return (_read_item(scan),)
    scan.position = found.end()
    return tuple(Item(name) for name in macro)


def _read_item(scan: Scanner) -> Item | Section:
    name = scan.need(WORD, "a data item").decode().upper()
    if scan.skip(b"["):
        kind = name.removesuffix(".PEEK")
        if kind not in ("BODY", "BINARY", "BINARY.SIZE") or name == "BINARY.SIZE.PEEK":
            scan.fail("unknown data item")
        return Section.read(scan, kind, peek=name != kind)
    return Item(name) if name in SIMPLE else scan.fail("unknown data item")


def _read_modifier(scan: Scanner) -> tuple[str, int | None]:
    name = scan.name()
    if name == "VANISHED":
        return name, None
    if name != "CHANGEDSINCE":
        scan.fail("unknown modifier")
    scan.space()
    return name, scan.number(LARGEST_MODSEQ)


COMMANDS: tuple[type[Command], ...] = (Fetch,)
