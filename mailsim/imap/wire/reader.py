"""Assembles commands from the bytes of a connection: lines and literals, never more of them than the limits allow."""

import re

from mailsim.imap.errors import Bad

LINE_LIMIT = 64 * 1024  # of one command's text, its literals aside; RFC 7162 section 4 wants at least 8 KB
LITERAL_LIMIT = 64 * 1024  # of one command's literals together, for all but APPEND
LITERAL = re.compile(rb"\{(\d{1,20})(\+?)\}\r?\n\Z")
HEAD = re.compile(rb"([^\x00-\x20\x7f-\xff(){%*\"\\+]{1,64}) +([A-Za-z0-9]+)")


class LineTooLong(Exception):
    """A line has no end in sight: the connection cannot be brought back into step."""


class Oversize(Bad):
    """A literal is larger than allowed; the command it belongs to has been skipped. `tag` names that command."""

    def __init__(self, tag: bytes) -> None:
        super().__init__("that is larger than this server takes", "TOOBIG")
        self.tag = tag


class Reader:
    """A buffer that gives out whole commands. It holds no more than one command and what follows it at once."""

    __slots__ = (
        "_buffer", "_left", "_parts", "_prompt", "_room", "_searched", "_skipping", "_text", "message_limit"
    )  # fmt: skip

    def __init__(self, message_limit: int = 0) -> None:
        """`message_limit` is the size in octets of what APPEND may bring; 0 before anybody has logged in."""
        self.message_limit = message_limit
        self._buffer = bytearray()
        self._restart()

    def _restart(self) -> None:
        self._parts: list[bytes] = []
        self._text = 0  # octets of the command so far, its literals aside
        self._left = 0  # octets of the literal still to come
        self._room = -1  # octets the literals may still bring; -1: not yet known
        self._searched = 0
        self._skipping = self._prompt = False

    def feed(self, data: bytes) -> None:
        self._buffer += data

    def __len__(self) -> int:
        return len(self._buffer)

    @property
    def wanted(self) -> int:
        """How many octets the buffer may hold while nobody takes from it."""
        return LINE_LIMIT + self._left

    def discard(self) -> None:
        """Forget what was read ahead: what came in plain text before TLS must not count (RFC 3501 6.2.1)."""
        self._buffer.clear()
        self._restart()

    def prompt_due(self) -> bool:
        """Whether the client waits for `+` to send its literal; true once for each."""
        due, self._prompt = self._prompt, False
        return due

    def line(self) -> bytes | None:
        """The next line without its end, outside any command: an answer to AUTHENTICATE, or DONE.

        Raises LineTooLong.
        """
        line = self._take_line()
        return None if line is None else line.rstrip(b"\r\n")

    def command(self) -> bytes | None:
        """The next command whole, literals and line end included; None until it has arrived.

        Raises Oversize after skipping a command with too much in it, LineTooLong when there is no way on.
        """
        while self._take_literal():
            line = self._take_line()
            if line is None:
                return None
            self._keep(line)
            literal = LITERAL.search(line)
            if not literal:
                return self._finish()
            self._expect(int(literal[1]), synchronising=not literal[2])
        return None

    def _take_line(self) -> bytes | None:
        end = self._buffer.find(b"\n", self._searched) + 1
        if (end or len(self._buffer)) > LINE_LIMIT:
            raise LineTooLong
        if not end:
            self._searched = len(self._buffer)
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._searched = 0
        return line

    def _take_literal(self) -> bool:
        """Move the announced literal out of the buffer; False while some of it is still to come."""
        if self._skipping:
            taken = min(self._left, len(self._buffer))
            del self._buffer[:taken]
            self._left -= taken
            return not self._left
        if len(self._buffer) < self._left:
            return False
        if self._left:
            self._parts.append(bytes(memoryview(self._buffer)[: self._left]))
            del self._buffer[: self._left]
            self._left = 0
        return True

    def _keep(self, line: bytes) -> None:
        if self._skipping:
            return
        self._parts.append(line)
        self._text += len(line)
        if self._text > LINE_LIMIT:
            raise LineTooLong

    def _expect(self, size: int, synchronising: bool) -> None:
        if self._room < 0:
            head = HEAD.match(self._parts[0])
            append = head is not None and head[2].upper() == b"APPEND"
            self._room = max(self.message_limit, LITERAL_LIMIT) if append else LITERAL_LIMIT
        self._skipping = self._skipping or size > self._room
        if self._skipping and synchronising:
            raise self._oversize()  # without our `+` the client does not send it
        self._left, self._prompt = size, synchronising
        self._room -= size

    def _finish(self) -> bytes:
        if self._skipping:
            raise self._oversize()
        command = b"".join(self._parts)
        self._restart()
        return command

    def _oversize(self) -> Oversize:
        head = HEAD.match(self._parts[0])
        self._restart()
        return Oversize(head[1] if head else b"*")
