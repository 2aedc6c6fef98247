"""Reads the terminals of the grammar from one command (RFC 3501 section 9); every failure is a `Bad`, or a `No`."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import NoReturn, TypeVar

from mailsim.imap.errors import Bad, No
from mailsim.imap.wire import dates
from mailsim.imap.wire.sequence import STAR, SequenceSet
from mailsim.store.names import utf7_decode

ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\\]]+")
ASTRING_ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\]+")
NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9.=_-]*")
TAG = re.compile(rb"[^\x00-\x20\x7f-\xff(){%*\"\\+]{1,64}")
NUMBER = re.compile(rb"\d{1,20}")
QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00]|\\["\\])*+)"')
ESCAPE = re.compile(rb'\\(["\\])')
LITERAL = re.compile(rb"(~?)\{(\d{1,20})\+?\}\r?\n")
FLAG = re.compile(rb"\\?[^\x00-\x20\x7f-\xff(){%*\"\\\]]+|\\\*")
LIST_ATOM = re.compile(rb"[^\x00-\x20\x7f-\xff(){\"\\]+")
RANGE = re.compile(rb"(\*|\d{1,20})(?::(\*|\d{1,20}))?")
END = re.compile(rb" *\r?\n?\Z")

LARGEST = 2**32 - 1
LARGEST_MODSEQ = 2**63 - 1
DEEPEST = 50  # nested parentheses: beyond any real search, well within Python's stack

Item = TypeVar("Item")
SYSTEM_FLAGS = {
    flag.lower(): flag for flag in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "\\Recent")
}


class Scanner:
    """A place in the bytes of one command. `utf8`: mailbox names are UTF-8 (RFC 6855), not modified UTF-7."""

    __slots__ = ("_depth", "by_uid", "data", "position", "utf8")

    def __init__(self, data: bytes, utf8: bool = False) -> None:
        self.data, self.utf8 = data, utf8
        self.position = self._depth = 0
        self.by_uid = False  # whether `UID` stood before the command's name

    def fail(self, text: str) -> NoReturn:
        raise Bad(text)

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """What `pattern` finds right here, stepping over it; None, and no step, if it finds nothing."""
        found = pattern.match(self.data, self.position)
        if found:
            self.position = found.end()
        return found

    def need(self, pattern: re.Pattern[bytes], what: str) -> bytes:
        found = self.match(pattern)
        return found[0] if found else self.fail(f"expected {what}")

    def skip(self, token: bytes) -> bool:
        """Step over `token` if it is what comes next."""
        here = self.data.startswith(token, self.position)
        self.position += len(token) * here
        return here

    def at(self, token: bytes) -> bool:
        return self.data.startswith(token, self.position)

    def expect(self, token: bytes) -> None:
        if not self.skip(token):
            self.fail(f"expected {token.decode()!r}")

    def space(self) -> None:
        if not self.skip(b" "):
            self.fail("expected a space")

    def end(self) -> None:
        if not self.match(END):
            self.fail("unexpected text after the command")

    def more(self) -> bool:
        """Whether a space follows, and with it an optional argument."""
        return self.at(b" ") and not END.match(self.data, self.position)

    # --- words and strings ---

    def name(self) -> str:
        """A word of the protocol, in capitals."""
        return self.need(NAME, "a name").decode().upper()

    def atom(self) -> str:
        return self.need(ATOM, "an atom").decode()

    def tag(self) -> str:
        return self.need(TAG, "a tag").decode()

    def string(self) -> bytes:
        """A quoted string or a literal."""
        if found := self.match(QUOTED):
            return ESCAPE.sub(rb"\1", found[1])
        return self.literal()

    def literal(self) -> bytes:
        found = self.match(LITERAL)
        if not found or len(self.data) < self.position + int(found[2]):
            self.fail("expected a string")
        start = self.position
        self.position += int(found[2])
        return self.data[start : self.position]

    def astring(self) -> bytes:
        found = self.match(ASTRING_ATOM)
        return found[0] if found else self.string()

    def nstring(self) -> bytes | None:
        """A string, or None for NIL."""
        if self.at(b'"') or self.at(b"{"):
            return self.string()
        if self.atom().upper() != "NIL":
            self.fail("expected a string or NIL")
        return None

    def text(self, charset: str = "utf-8") -> str:
        """An astring that people can read."""
        try:
            return self.astring().decode(charset)
        except UnicodeDecodeError:
            self.fail("that text is not in its charset")

    def user_text(self) -> str:
        """An astring without control characters: a user name or a password."""
        text = self.text()
        return self.fail("unexpected NUL") if "\0" in text else text

    # --- mailboxes and flags ---

    def mailbox(self) -> str:
        name = self._printable(self._mailbox_text(self.astring()))
        return "INBOX" if name.upper() == "INBOX" else name

    def pattern(self) -> str:
        """A mailbox name in which `*` and `%` may stand (`list-mailbox`); no name is a pattern that finds nothing."""
        found = self.match(LIST_ATOM)
        raw = found[0] if found else self.string()
        try:
            return self._printable(self._mailbox_text(raw))
        except No:
            return self._printable(raw.decode("ascii", "replace"))

    def _mailbox_text(self, raw: bytes) -> str:
        """Raises No for what follows the grammar, and yet no mailbox can be called it."""
        try:
            return raw.decode("utf-8") if self.utf8 or not raw.isascii() else utf7_decode(raw.decode())
        except ValueError:
            raise No("that mailbox name is not in modified UTF-7", "CANNOT") from None

    def _printable(self, text: str) -> str:
        if any(character < " " or character == "\x7f" for character in text):
            self.fail("a mailbox name holds no control characters")
        return text

    def flag(self) -> str:
        flag = self.need(FLAG, "a flag").decode()
        return SYSTEM_FLAGS.get(flag.lower(), flag)

    def flags(self) -> tuple[str, ...]:
        """`(\\Seen work)`, possibly empty."""
        self.expect(b"(")
        return () if self.skip(b")") else self.list_of(self.flag)

    # --- numbers and dates ---

    def number(self, largest: int = LARGEST) -> int:
        number = int(self.need(NUMBER, "a number"))
        return number if number <= largest else self.fail("that number is too large")

    def positive(self) -> int:
        return self.number() or self.fail("expected a number above zero")

    def sequence_set(self) -> SequenceSet:
        if self.skip(b"$"):
            return SequenceSet(saved=True)
        ranges = [self._range()]
        while self.skip(b","):
            ranges.append(self._range())
        return SequenceSet(tuple(ranges))

    def _range(self) -> tuple[int, int]:
        found = self.match(RANGE)
        if not found:
            self.fail("expected message numbers")
        first = self._message(found[1])
        return first, first if found[2] is None else self._message(found[2])

    def _message(self, text: bytes) -> int:
        if text == b"*":
            return STAR
        return int(text) if 0 < int(text) <= LARGEST else self.fail("that is not a message number")

    def date(self) -> date:
        try:
            return dates.read_date(self._dated(dates.DATE))
        except ValueError:
            self.fail("there is no such date")

    def date_time(self) -> datetime:
        try:
            return dates.read_date_time(self._dated(dates.DATE_TIME))
        except ValueError:
            self.fail("there is no such date")

    def _dated(self, pattern: re.Pattern[bytes]) -> re.Match[bytes]:
        return self.match(pattern) or self.fail("expected a date")

    # --- lists ---

    def list_of(self, read: Callable[[], Item]) -> tuple[Item, ...]:
        """Items with single spaces between them up to the `)`; the `(` has been read."""
        items = [read()]
        while not self.skip(b")"):
            self.space()
            items.append(read())
        return tuple(items)

    def deeper(self) -> None:
        """Count one level of nesting; raises Bad before it costs anybody the stack."""
        self._depth += 1
        if self._depth > DEEPEST:
            self.fail("that is nested too deeply")

    def shallower(self) -> None:
        self._depth -= 1
