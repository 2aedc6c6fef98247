"""Commands that look over mailboxes without opening them: LIST (extended by RFC 5258 and 5819), LSUB, STATUS."""

from dataclasses import dataclass
from typing import ClassVar, Self

from mailsim.imap.wire.command import Command
from mailsim.imap.wire.printer import Printer
from mailsim.imap.wire.scanner import Scanner

STATUS_ITEMS = frozenset(
    ("MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE", "HIGHESTMODSEQ", "MAILBOXID")
)
SELECTIONS = frozenset(("SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"))
RETURNS = frozenset(("SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS"))


@dataclass(frozen=True, slots=True)
class List(Command):
    """`selection` narrows what is listed, `returns` says what to tell of each, `status` what to count in each.

    `extended` is whether the client used any of RFC 5258's syntax, which changes what is answered.
    """

    name: ClassVar[str] = "LIST"
    reference: str
    patterns: tuple[str, ...]
    selection: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    extended: bool = False

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        selection: tuple[str, ...] | None = None
        if scan.skip(b" ("):
            selection = () if scan.skip(b")") else scan.list_of(lambda: _one_of(scan, SELECTIONS))
        scan.space()
        reference = scan.mailbox()
        scan.space()
        many = scan.skip(b"(")
        patterns = scan.list_of(scan.pattern) if many else (scan.pattern(),)
        returning = scan.more()
        options = _read_returns(scan) if returning else {}
        extended = selection is not None or many or returning
        return cls(reference, patterns, selection or (), tuple(options), options.get("STATUS", ()), extended)

    def write(self, out: Printer) -> None:
        if self.extended:
            out.list_of(self.selection, out.word)
        out.mailbox(self.reference)
        if self.extended:
            out.list_of(self.patterns, out.mailbox)
        else:
            out.mailbox(self.patterns[0])
        if self.returns:
            out.word("RETURN").list_of(self.returns, lambda option: self._write_return(out, option))

    def _write_return(self, out: Printer, option: str) -> None:
        out.word(option)
        if option == "STATUS":
            out.list_of(self.status, out.word)


def _read_returns(scan: Scanner) -> dict[str, tuple[str, ...]]:
    scan.space()
    if scan.name() != "RETURN":
        scan.fail("expected RETURN")
    scan.expect(b" (")
    return {} if scan.skip(b")") else dict(scan.list_of(lambda: _read_return(scan)))


def _read_return(scan: Scanner) -> tuple[str, tuple[str, ...]]:
    option = _one_of(scan, RETURNS)
    if option != "STATUS":
        return option, ()
    scan.space()
    return option, _status_items(scan)


def _status_items(scan: Scanner) -> tuple[str, ...]:
    scan.expect(b"(")
    return scan.list_of(lambda: _one_of(scan, STATUS_ITEMS))


def _one_of(scan: Scanner, known: frozenset[str]) -> str:
    name = scan.name()
    return name if name in known else scan.fail("unknown item or option")


@dataclass(frozen=True, slots=True)
class Lsub(Command):
    name: ClassVar[str] = "LSUB"
    reference: str
    pattern: str

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        reference = scan.mailbox()
        scan.space()
        return cls(reference, scan.pattern())

    def write(self, out: Printer) -> None:
        out.mailbox(self.reference).mailbox(self.pattern)


@dataclass(frozen=True, slots=True)
class Status(Command):
    name: ClassVar[str] = "STATUS"
    mailbox: str
    items: tuple[str, ...]

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        mailbox = scan.mailbox()
        scan.space()
        return cls(mailbox, _status_items(scan))

    def write(self, out: Printer) -> None:
        out.mailbox(self.mailbox).list_of(self.items, out.word)


COMMANDS: tuple[type[Command], ...] = (List, Lsub, Status)
