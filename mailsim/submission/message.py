"""A message as a client hands it in: its header fields, and what the relay changes in them (RFC 6409 section 8)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from mailsim.errors import Rejection

_LINE_END = re.compile(rb"\r\n|\r|\n")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:([^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f]+>")
MOST_FIELDS = 1000
# Ours alone to write, or for nobody but the sender to see
_REMOVED = frozenset((b"return-path", b"bcc", b"resent-bcc"))


@dataclass(frozen=True, slots=True)
class Field:
    """One header field as it stands, line end and folding included; `name` is in lower case."""

    name: bytes
    raw: bytes

    @property
    def value(self) -> str:
        """Unfolded (RFC 5322 section 2.2.3), without the space around it; bytes that are not UTF-8 are replaced."""
        return _FOLD.sub(b"", self.raw.partition(b":")[2]).strip().decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Message:
    """Header fields in their order, and the body after the empty line, all with CRLF line ends."""

    fields: tuple[Field, ...]
    body: memoryview
    digest: str

    @classmethod
    def parse(cls, content: bytes) -> "Message":
        """Any bytes at all: bare CR and LF become CRLF, and the body begins where no header field stands.

        Raises Rejection for more fields than anybody needs.
        """
        content = normalised(content)
        fields: list[Field] = []
        at = 0
        while match := _FIELD.match(content, at):
            if len(fields) == MOST_FIELDS:
                raise Rejection(552, "5.3.4", f"a header may have {MOST_FIELDS} fields")
            fields.append(Field(match[1].lower(), match[0]))
            at = match.end()
        if content.startswith(b"\r\n", at):
            at += 2
        digest = blake2b(content, digest_size=16).hexdigest()
        return cls(tuple(fields), memoryview(content)[at:], digest)

    def values(self, *names: bytes) -> list[str]:
        return [field.value for field in self.fields if field.name in names]

    def id(self, name: bytes = b"message-id") -> str | None:
        """The message id in the field `name`; None if there is none in the form that the RFC wants (5322, 3.6.4)."""
        found = filter(None, map(_MESSAGE_ID.search, self.values(name)))
        return next((match[0] for match in found), None)

    def header(self, trace: bytes, defaults: Iterable[tuple[bytes, str]]) -> bytes:
        """The header as it is kept: `trace` on top, then `defaults` (name, value) that are missing, then the rest."""
        return trace + b"".join((*self._missing(defaults), *self._kept())) + b"\r\n"

    def _missing(self, defaults: Iterable[tuple[bytes, str]]) -> Iterator[bytes]:
        there = {field.name for field in self.fields if self._counts(field)}
        for name, value in defaults:
            if name.lower() not in there:
                yield name + b": " + value.encode() + b"\r\n"

    def _kept(self) -> Iterator[bytes]:
        return (field.raw for field in self.fields if field.name not in _REMOVED and self._counts(field))

    def _counts(self, field: Field) -> bool:
        """A Message-ID that is none gives way to a proper one: threads could not be made of it."""
        return field.name != b"message-id" or bool(_MESSAGE_ID.search(field.value))


def normalised(content: bytes) -> bytes:
    """`content` with CRLF at every line end and after the last line: a bare CR or LF would smuggle (RFC 5321 2.3.8)."""
    lines = content.count(b"\r\n")
    if lines != content.count(b"\n") or lines != content.count(b"\r"):
        content = _LINE_END.sub(b"\r\n", content)
    return content if content.endswith(b"\r\n") or not content else content + b"\r\n"
