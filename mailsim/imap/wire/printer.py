"""Writes the terminals of the grammar: the reverse of `scanner`, and the strings of every response."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from mailsim.imap.wire.scanner import ASTRING_ATOM
from mailsim.store.names import utf7_encode

Item = TypeVar("Item")
LONGEST_QUOTED = 1000
UNQUOTABLE = frozenset(b"\r\n\0") | frozenset(range(128, 256))


def quoted(text: bytes) -> bytes:
    """`text` between quotes; the caller knows that it holds no CR, LF or NUL."""
    return b'"%s"' % text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def string(text: bytes) -> bytes:
    """A response's string: quoted where the grammar allows, else a literal (RFC 3501 section 4.3)."""
    if len(text) <= LONGEST_QUOTED and UNQUOTABLE.isdisjoint(text):
        return quoted(text)
    return literal(text)


def literal(text: bytes) -> bytes:
    return b"{%d}\r\n%s" % (len(text), text)


def nstring(text: bytes | None) -> bytes:
    return b"NIL" if text is None else string(text)


def mailbox(name: str, utf8: bool = False) -> bytes:
    """A mailbox name in a response. With `utf8` (RFC 6855) it is UTF-8 in quotes, else modified UTF-7."""
    return quoted(name.encode()) if utf8 else astring(utf7_encode(name).encode())


def astring(text: bytes) -> bytes:
    """An atom where that is possible, else a string; NIL is quoted, as it would read as nothing."""
    if ASTRING_ATOM.fullmatch(text) and text.upper() != b"NIL":
        return text
    return string(text)


def parenthesised(items: Iterable[bytes]) -> bytes:
    return b"(%s)" % b" ".join(items)


class Printer:
    """Collects one command as a client would send it, with literals that wait for nobody (RFC 7888)."""

    def __init__(self, utf8: bool = False) -> None:
        self.utf8 = utf8
        self._out = bytearray()
        self._first = True  # of the command or of a list: what comes next needs no space before it

    def __bytes__(self) -> bytes:
        return bytes(self._out)

    def word(self, text: str) -> "Printer":
        """Text as it is, after a space unless a list or the command begins with it."""
        return self.raw(text.encode("ascii"))

    def raw(self, text: bytes) -> "Printer":
        self._out += text if self._first else b" " + text
        self._first = False
        return self

    def astring(self, text: bytes) -> "Printer":
        if (ASTRING_ATOM.fullmatch(text) and text.upper() != b"NIL") or UNQUOTABLE.isdisjoint(text):
            return self.raw(astring(text) if len(text) <= LONGEST_QUOTED else self._literal(text))
        return self.raw(self._literal(text))

    def string(self, text: bytes) -> "Printer":
        short = len(text) <= LONGEST_QUOTED and UNQUOTABLE.isdisjoint(text)
        return self.raw(quoted(text) if short else self._literal(text))

    def literal(self, text: bytes) -> "Printer":
        return self.raw(self._literal(text))

    def literal8(self, text: bytes) -> "Printer":
        """A literal that may hold anything (RFC 3516)."""
        return self.raw(b"~" + self._literal(text))

    def nstring(self, text: bytes | None) -> "Printer":
        return self.word("NIL") if text is None else self.string(text)

    def mailbox(self, name: str) -> "Printer":
        return self.astring(name.encode() if self.utf8 else utf7_encode(name).encode())

    def list_of(self, items: Iterable[Item], write: Callable[[Item], object]) -> "Printer":
        """`(` what `write` prints of each item `)`."""
        self.raw(b"(")
        self._first = True
        for item in items:
            write(item)
        self._out += b")"
        self._first = False
        return self

    @staticmethod
    def _literal(text: bytes) -> bytes:
        return b"{%d+}\r\n%s" % (len(text), text)
