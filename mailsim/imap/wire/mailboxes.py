"""Commands about one mailbox: SELECT and its kin, CREATE, DELETE, RENAME, SUBSCRIBE (RFC 3501 sections 6.3, 6.4)."""

from dataclasses import dataclass
from typing import ClassVar, Self

from mailsim.imap.wire.command import Command
from mailsim.imap.wire.printer import Printer
from mailsim.imap.wire.scanner import LARGEST_MODSEQ, Scanner
from mailsim.imap.wire.sequence import SequenceSet


class Check(Command):
    name = "CHECK"


class Close(Command):
    name = "CLOSE"


class Unselect(Command):
    """RFC 3691."""

    name = "UNSELECT"


class Namespace(Command):
    """RFC 2342."""

    name = "NAMESPACE"


@dataclass(frozen=True, slots=True)
class OnMailbox(Command):
    """A command whose one argument is a mailbox."""

    mailbox: str

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        return cls(scan.mailbox())

    def write(self, out: Printer) -> None:
        out.mailbox(self.mailbox)


class Delete(OnMailbox):
    name = "DELETE"


class Subscribe(OnMailbox):
    name = "SUBSCRIBE"


class Unsubscribe(OnMailbox):
    name = "UNSUBSCRIBE"


@dataclass(frozen=True, slots=True)
class Known:
    """What a client kept of a mailbox since it was last here: the arguments of QRESYNC (RFC 7162 section 3.2.5)."""

    uidvalidity: int
    modseq: int
    uids: SequenceSet | None = None
    matched: tuple[SequenceSet, SequenceSet] | None = None

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.expect(b"(")
        uidvalidity = scan.positive()
        scan.space()
        modseq = scan.number(LARGEST_MODSEQ)
        uids = matched = None
        if scan.at(b" ") and not scan.at(b" ("):
            scan.space()
            uids = scan.sequence_set()
        if scan.skip(b" ("):
            numbers = scan.sequence_set()
            scan.space()
            matched = (numbers, scan.sequence_set())
            scan.expect(b")")
        scan.expect(b")")
        return cls(uidvalidity, modseq, uids, matched)

    def words(self) -> str:
        words = [str(self.uidvalidity), str(self.modseq)]
        words += [str(self.uids)] if self.uids else []
        words += [f"({self.matched[0]} {self.matched[1]})"] if self.matched else []
        return f"({' '.join(words)})"


@dataclass(frozen=True, slots=True)
class Select(Command):
    """SELECT; `condstore` and `known` are its parameters CONDSTORE and QRESYNC (RFC 7162)."""

    name: ClassVar[str] = "SELECT"
    mailbox: str
    condstore: bool = False
    known: Known | None = None

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        mailbox = scan.mailbox()
        found: dict[str, Known | None] = {}
        if scan.skip(b" ("):
            found = dict(scan.list_of(lambda: _parameter(scan)))
        return cls(mailbox, "CONDSTORE" in found, found.get("QRESYNC"))

    def write(self, out: Printer) -> None:
        out.mailbox(self.mailbox)
        words = ["CONDSTORE"] if self.condstore else []
        words += [f"QRESYNC {self.known.words()}"] if self.known else []
        if words:
            out.list_of(words, out.word)


def _parameter(scan: Scanner) -> tuple[str, Known | None]:
    name = scan.name()
    if name == "CONDSTORE":
        return name, None
    if name != "QRESYNC":
        scan.fail("unknown parameter")
    scan.space()
    return name, Known.read(scan)


class Examine(Select):
    name = "EXAMINE"


@dataclass(frozen=True, slots=True)
class Create(Command):
    """`use` holds the special uses asked for (RFC 6154)."""

    name: ClassVar[str] = "CREATE"
    mailbox: str
    use: tuple[str, ...] = ()

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        mailbox = scan.mailbox()
        use: tuple[str, ...] = ()
        if scan.skip(b" ("):
            if scan.name() != "USE":
                scan.fail("unknown parameter")
            scan.space()
            use = scan.flags()
            scan.expect(b")")
        return cls(mailbox, use)

    def write(self, out: Printer) -> None:
        out.mailbox(self.mailbox)
        if self.use:
            out.word(f"(USE ({' '.join(self.use)}))")


@dataclass(frozen=True, slots=True)
class Rename(Command):
    name: ClassVar[str] = "RENAME"
    old: str
    new: str

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        old = scan.mailbox()
        scan.space()
        return cls(old, scan.mailbox())

    def write(self, out: Printer) -> None:
        out.mailbox(self.old).mailbox(self.new)


COMMANDS: tuple[type[Command], ...] = (
    Check, Close, Unselect, Namespace, Delete, Subscribe, Unsubscribe, Select, Examine, Create, Rename,
)  # fmt: skip
