"""SEARCH, SORT and THREAD: which messages, in which order, told how (RFC 3501 6.4.4, RFC 4731, RFC 5182, RFC 5256)."""

from dataclasses import dataclass
from typing import ClassVar, Self

from mailsim.imap.errors import No
from mailsim.imap.wire.command import ByNumber, Command
from mailsim.imap.wire.keys import Key, read_keys
from mailsim.imap.wire.printer import Printer
from mailsim.imap.wire.scanner import Scanner

CHARSETS = {"US-ASCII": "us-ascii", "UTF-8": "utf-8"}
RETURNS = frozenset(("MIN", "MAX", "ALL", "COUNT", "SAVE"))
ORDERS = frozenset(("ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO", "DISPLAYFROM", "DISPLAYTO"))
ALGORITHMS = frozenset(("ORDEREDSUBJECT", "REFERENCES"))


@dataclass(frozen=True, slots=True)
class Search(ByNumber):
    """`returns` is None for the plain answer, else what ESEARCH shall tell."""

    name: ClassVar[str] = "SEARCH"
    keys: tuple[Key, ...]
    returns: frozenset[str] | None = None

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        returns = _read_returns(scan)
        scan.space()
        charset = "utf-8"
        if scan.data[scan.position : scan.position + 8].upper() == b"CHARSET ":
            scan.position += len(b"CHARSET ")
            charset = _read_charset(scan)
            scan.space()
        return cls(read_keys(scan, charset), returns, by_uid=scan.by_uid)

    def write(self, out: Printer) -> None:
        _write_returns(out, self.returns)
        out.word("CHARSET UTF-8")
        _write_keys(out, self.keys)


@dataclass(frozen=True, slots=True)
class Order:
    """One criterion of SORT."""

    name: str
    reverse: bool = False

    def words(self) -> str:
        return "REVERSE " * self.reverse + self.name


@dataclass(frozen=True, slots=True)
class Sort(ByNumber):
    name: ClassVar[str] = "SORT"
    orders: tuple[Order, ...]
    keys: tuple[Key, ...]
    returns: frozenset[str] | None = None

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        returns = _read_returns(scan)
        scan.expect(b" (")
        orders = scan.list_of(lambda: _read_order(scan))
        scan.space()
        charset = _read_charset(scan)
        scan.space()
        return cls(orders, read_keys(scan, charset), returns, by_uid=scan.by_uid)

    def write(self, out: Printer) -> None:
        _write_returns(out, self.returns)
        out.list_of(self.orders, lambda order: out.word(order.words())).word("UTF-8")
        _write_keys(out, self.keys)


@dataclass(frozen=True, slots=True)
class Thread(ByNumber):
    name: ClassVar[str] = "THREAD"
    algorithm: str
    keys: tuple[Key, ...]

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        algorithm = scan.name()
        if algorithm not in ALGORITHMS:
            scan.fail("unknown threading algorithm")
        scan.space()
        charset = _read_charset(scan)
        scan.space()
        return cls(algorithm, read_keys(scan, charset), by_uid=scan.by_uid)

    def write(self, out: Printer) -> None:
        out.word(self.algorithm).word("UTF-8")
        _write_keys(out, self.keys)


def _read_order(scan: Scanner) -> Order:
    name = scan.name()
    reverse = name == "REVERSE"
    if reverse:
        scan.space()
        name = scan.name()
    return Order(name, reverse) if name in ORDERS else scan.fail("unknown sort criterion")


def _read_charset(scan: Scanner) -> str:
    name = scan.astring().decode("ascii", "replace").upper()
    if name not in CHARSETS:
        raise No("this server searches in US-ASCII and UTF-8", "BADCHARSET (US-ASCII UTF-8)")
    return CHARSETS[name]


def _read_returns(scan: Scanner) -> frozenset[str] | None:
    if scan.data[scan.position : scan.position + 9].upper() != b" RETURN (":
        return None
    scan.position += len(b" RETURN (")
    if scan.skip(b")"):
        return frozenset(("ALL",))
    returns = frozenset(scan.list_of(scan.name))
    return returns if returns <= RETURNS else scan.fail("unknown return option")


def _write_returns(out: Printer, returns: frozenset[str] | None) -> None:
    if returns is not None:
        out.word("RETURN").list_of(sorted(returns), out.word)


def _write_keys(out: Printer, keys: tuple[Key, ...]) -> None:
    for key in keys:
        key.write(out)


COMMANDS: tuple[type[Command], ...] = (Search, Sort, Thread)
