"""Tokens, comments and parameters of the MIME header fields (RFC 2045 section 5.1, RFC 2231)."""

import re
from typing import NamedTuple

Parameters = list[tuple[bytes, bytes]]

_TOKEN = re.compile(rb"[ \t]*([^\x00-\x20()<>@,;:\\\"/\[\]?=\x7f]*)")
_PARAMETER = re.compile(
    rb";[ \t]*([^\x00-\x20()<>@,;:\\\"/\[\]?=\x7f]+)[ \t]*=[ \t]*"
    rb'(?:"((?:[^"\\]++|\\.)*+)"?|(=[^; \t]*|[^\x00-\x20()<>@,;:\\\"\[\]=\x7f]*))',
    re.DOTALL,
)
_QUOTED_PAIR = re.compile(rb"\\(.)", re.DOTALL)
_OUTSIDE_COMMENT = re.compile(rb'(?:[^("\\]++|\\.|"(?:[^"\\]++|\\.)*+"?)++', re.DOTALL)
_IN_COMMENT = re.compile(rb"(?:[^()\\]++|\\.)++", re.DOTALL)
_SECTION = re.compile(rb"([^*]+)\*(?:(\d{1,9})(\*)?)?")


def token(value: bytes) -> bytes:
    """The token at the start of the value, empty if there is none."""
    match = _TOKEN.match(value)
    return match[1] if match else b""


def unquote(text: bytes) -> bytes:
    """What is between the quotes of a quoted-string, without the backslashes of its quoted-pairs."""
    return _QUOTED_PAIR.sub(rb"\1", text) if b"\\" in text else text


def parameters(value: bytes) -> Parameters:
    """Every `; attribute=value` of an unfolded, comment-free field, RFC 2231 continuations joined into one.

    RFC 2231 section 7 has IMAP servers join them, yet leaves character set and %-encoding to the client: a joined
    parameter of which a piece is encoded is called `name*`, with the charset in front of the value.
    """
    if b";" not in value:
        return []
    plain: Parameters = []
    pieces: dict[bytes, list[_Piece]] = {}
    for name, quoted, bare in _PARAMETER.findall(value):
        text = unquote(quoted) or bare
        section = _SECTION.fullmatch(name) if b"*" in name else None
        if section is None:
            plain.append((name, text))
        else:
            encoded = section[2] is None or section[3] is not None
            pieces.setdefault(section[1].lower(), []).append(_Piece(int(section[2] or 0), encoded, name, text))
    return [*plain, *(pair for name in sorted(pieces) for pair in _joined(sorted(pieces[name])))]


class _Piece(NamedTuple):
    """One `name*number*=text` of RFC 2231 section 4.1; `name` is the whole left side, as it stands."""

    number: int
    encoded: bool
    name: bytes
    text: bytes


def _joined(pieces: list[_Piece]) -> Parameters:
    """One parameter made of its numbered pieces; the pieces as they stand if one is missing or there twice."""
    if [piece.number for piece in pieces] != list(range(len(pieces))):
        return [(piece.name, piece.text) for piece in pieces]
    name = pieces[0].name.partition(b"*")[0]
    if not any(piece.encoded for piece in pieces):
        return [(name, b"".join(piece.text for piece in pieces))]
    texts = (piece.text if piece.encoded else piece.text.replace(b"%", b"%25") for piece in pieces)
    charset = b"" if pieces[0].encoded else b"''"
    return [(name + b"*", charset + b"".join(texts))]


def strip_comments(value: bytes) -> bytes:
    """The value with each comment outside a quoted-string, nested ones too, made one space."""
    if b"(" not in value:
        return value
    kept, at = [], 0
    while at < len(value):
        match = _OUTSIDE_COMMENT.match(value, at)
        if match:
            kept.append(match[0])
            at = match.end()
        else:
            at = max(comment_end(value, at), at + 1)
            kept.append(b" ")
    return b"".join(kept)


def comment_end(value: bytes, at: int) -> int:
    """Where the comment that opens at `at` ends; an unclosed one ends with the value."""
    depth = 0
    while at < len(value):
        if value[at] == ord("("):
            depth += 1
        elif value[at] == ord(")"):
            depth -= 1
        match = _IN_COMMENT.match(value, at)
        at = match.end() if match else at + 1
        if depth == 0:
            break
    return at
