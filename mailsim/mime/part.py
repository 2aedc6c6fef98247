"""One MIME entity (RFC 2045 section 2.4): where its bytes are, and what its header says about its body."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mailsim.mime.parameters import Parameters, parameters, strip_comments, token
from mailsim.mime.wire import unfold

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Part:
    """A message or a body part; offsets are into the bytes given to `parse`, which the part doesn't keep.

    Its header block, blank line included, is `data[header_start:body_start]`, its body `data[body_start:end]`.
    `headers` are (name, raw value) in order: the value is everything after the colon, folds included, without the
    last line end. `type` and `subtype` are in the message's own case. `lines` counts the line ends of the body, but
    not of a multipart with children: IMAP never tells them.
    """

    header_start: int
    body_start: int
    end: int
    headers: Headers
    type: bytes
    subtype: bytes
    params: Parameters
    lines: int = 0
    children: "list[Part]" = field(default_factory=list)
    message: "Part | None" = None
    _first: dict[bytes, bytes] | None = field(default=None, init=False, repr=False, compare=False)

    def first(self, name: bytes) -> bytes | None:
        """The unfolded value of the first field of that lower-case name that has one, else None."""
        if self._first is None:
            self._first = {key.lower(): value for key, value in reversed(self.headers) if value.strip(b" \t\r\n")}
        value = self._first.get(name)
        return None if value is None else unfold(value)

    def all(self, name: bytes) -> Sequence[bytes]:
        """The unfolded values of every field of that lower-case name."""
        return [unfold(value) for key, value in self.headers if key.lower() == name]

    @property
    def is_multipart(self) -> bool:
        return self.type.lower() == b"multipart"

    @property
    def is_message(self) -> bool:
        return self.subtype.lower() == b"rfc822" and self.type.lower() == b"message"

    @property
    def is_text(self) -> bool:
        return self.type.lower() == b"text"

    @property
    def encoding(self) -> bytes:
        """Content-Transfer-Encoding (RFC 2045 section 6), `7bit` if the header has none."""
        value = self.first(b"content-transfer-encoding")
        return (token(strip_comments(value)) if value else b"") or b"7bit"

    @property
    def content_id(self) -> bytes | None:
        return self.first(b"content-id")

    @property
    def description(self) -> bytes | None:
        return self.first(b"content-description")

    @property
    def md5(self) -> bytes | None:
        return self.first(b"content-md5")

    @property
    def location(self) -> bytes | None:
        return self.first(b"content-location")

    @property
    def disposition(self) -> tuple[bytes, Parameters] | None:
        """Content-Disposition and its parameters (RFC 2183)."""
        value = self.first(b"content-disposition")
        if value is None:
            return None
        value = strip_comments(value)
        kind = token(value)
        return (kind, parameters(value)) if kind else None

    @property
    def language(self) -> list[bytes]:
        """The tags of Content-Language (RFC 3282)."""
        value = self.first(b"content-language") or b""
        return [tag for item in strip_comments(value).split(b",") if (tag := token(item))]
