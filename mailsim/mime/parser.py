"""From a message's bytes to its tree of parts, without a copy of any body and without an exception.

Boundaries are found with `bytes.find`, one cursor per open multipart that only moves forward: a 50 MB part costs
one pass at the speed of memchr, however many parts surround it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsim.mime.parameters import Parameters, parameters, strip_comments
from mailsim.mime.part import Headers, Part
from mailsim.mime.wire import unfold

MAX_DEPTH = 100
MAX_PARTS = 10_000
LONGEST_HEADER = 256 * 1024
TEXT_PLAIN = (b"text", b"plain")

_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD_END = re.compile(rb"\r?\n(?![ \t])")
_CONTENT_TYPE = re.compile(
    rb"[ \t]*([^\x00-\x20()<>@,;:\\\"/\[\]?=\x7f]+)[ \t]*(?:/[ \t]*([^\x00-\x20()<>@,;:\\\"/\[\]?=\x7f]+))?"
)


def parse(data: bytes) -> Part:
    """The tree of parts of a message. Takes any bytes; what can't be understood is a text/plain body.

    Of a header block the first LONGEST_HEADER bytes are read: more would only keep a server busy.
    Deeper than MAX_DEPTH, or beyond MAX_PARTS, a multipart or message is left whole as application/octet-stream.
    """
    return _Parser(data).entity(0, TEXT_PLAIN, 0)


@dataclass(slots=True)
class _Boundary:
    """The delimiter of an open multipart, and where it occurs next (RFC 2046 section 5.1.1)."""

    delimiter: bytes
    at: int = -1


class _Parser:
    """Walks the bytes once; `_stop` is the delimiter that ended the part read last, and `_owner` whose it is."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._open: list[_Boundary] = []
        self._stop = len(data)
        self._owner: _Boundary | None = None
        self._parts = 0

    def entity(self, start: int, default: tuple[bytes, bytes], depth: int) -> Part:
        """The part that starts at `start` and ends before the next delimiter of any open multipart.

        The line end before a delimiter belongs to the delimiter (RFC 2046 section 5.1.1), even if it is that of the
        header's blank line.
        """
        self._parts += 1
        self._seek(start - 1)
        body = _body_start(self._data, start, min(self._stop + 1, len(self._data)))
        headers = split_fields(self._data[start : min(body, start + LONGEST_HEADER)])
        part = Part(start, body, body, headers, *content_type(headers, default))
        if part.is_multipart or part.is_message:
            self._inside(part, depth)
        part.end = self._end(start)
        part.body_start = min(body, part.end)
        self._count_lines(part)
        return part

    def _count_lines(self, part: Part) -> None:
        """Messages directly inside of one another share their count: 100 of them must not cost 100 times as much."""
        inner = part.message
        if inner is not None and not inner.children:
            part.lines = self._data.count(b"\n", part.body_start, inner.body_start) + inner.lines
        elif not part.children:
            part.lines = self._data.count(b"\n", part.body_start, part.end)

    def _inside(self, part: Part, depth: int) -> None:
        if depth + 1 >= MAX_DEPTH or self._parts >= MAX_PARTS:
            part.type, part.subtype = b"application", b"octet-stream"
        elif part.is_message:
            start = min(part.body_start, self._end(part.header_start))
            part.message = self.entity(start, TEXT_PLAIN, depth + 1)
        else:
            boundary = next((value for name, value in part.params if name.lower() == b"boundary"), b"")
            if boundary:
                self._multipart(part, _Boundary(b"\n--" + boundary), depth)

    def _multipart(self, part: Part, mine: _Boundary, depth: int) -> None:
        """Read the children, and the epilogue up to the delimiter of a multipart around this one."""
        default = (b"message", b"rfc822") if part.subtype.lower() == b"digest" else TEXT_PLAIN
        self._open.append(mine)
        self._seek(part.body_start - 1)
        while self._owner is mine and self._parts < MAX_PARTS:
            rest = self._stop + len(mine.delimiter)
            if self._data.startswith(b"--", rest):
                break
            start = self._data.find(b"\n", rest) + 1 or len(self._data)
            part.children.append(self.entity(start, default, depth + 1))
        self._open.pop()
        if self._owner is mine:
            self._seek(self._stop + 1)

    def _seek(self, at: int) -> None:
        """Stop at the next delimiter from `at` on: of several in one place the longest, of equals the innermost.

        RFC 2046 section 5.1.1 has only the beginning of a line compared, so `--ab` also starts with a boundary `a`.
        """
        self._stop = len(self._data)
        owner: _Boundary | None = None
        for boundary in reversed(self._open):
            if boundary.at < at:
                found = self._data.find(boundary.delimiter, max(at, 0))
                boundary.at = found if found >= 0 else len(self._data)
            longer = owner is not None and len(boundary.delimiter) > len(owner.delimiter)
            if boundary.at < self._stop or (longer and boundary.at == self._stop):
                self._stop, owner = boundary.at, boundary
        self._owner = owner

    def _end(self, least: int) -> int:
        """Where a part ends that the delimiter at `_stop` ends."""
        return max(least, self._stop - self._data.startswith(b"\r\n", self._stop - 1))


def _body_start(data: bytes, start: int, end: int) -> int:
    """Where the body starts: after the first blank line; a part without one is header only."""
    if data.startswith((b"\r\n", b"\n"), start):
        return min(data.index(b"\n", start) + 1, end)
    match = _BLANK_LINE.search(data, start, end)
    return match.end() if match else end


def split_fields(block: bytes) -> Headers:
    """The (name, raw value) pairs of a header block; a line without a colon is a field with an empty value."""
    return [
        (name.rstrip(b" \t"), value)
        for name, _, value in (line.partition(b":") for line in _FIELD_END.split(block))
        if name
    ]


def content_type(headers: Headers, default: tuple[bytes, bytes]) -> tuple[bytes, bytes, Parameters]:
    """Type, subtype and parameters by the first Content-Type field, or the default (RFC 2045 section 5.2)."""
    for name, raw in headers:
        if len(name) == 12 and name.lower() == b"content-type":
            value = strip_comments(unfold(raw))
            match = _CONTENT_TYPE.match(value)
            if match:
                return match[1], match[2] or b"", parameters(value[match.end() :])
    return *default, []


def walk(part: Part) -> Iterator[Part]:
    """The part and all parts below it, in the order of the bytes."""
    yield part
    for child in part.children if part.message is None else [part.message]:
        yield from walk(child)
