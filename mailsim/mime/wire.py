"""The strings of the IMAP grammar (RFC 3501 section 9) as bytes ready to send."""

import re

_LINE_END = re.compile(rb"[\r\n]+([ \t]|\Z)?")
_SPECIAL = re.compile(rb'[\x00\r\n\x80-\xff"\\]')
_NOT_QUOTABLE = re.compile(rb"[\x00\r\n\x80-\xff]")
_PLAIN_WORDS = re.compile(rb"[^\s]+(?: [^\s]+)*")


def unfold(value: bytes) -> bytes:
    """A header field's value on one line, without the white space before it (RFC 5322 section 2.2.3)."""
    if b"\n" in value or b"\r" in value:
        value = _LINE_END.sub(lambda end: b" " if end[1] is None else end[1], value)
    return value.lstrip(b" \t")


def one_spaced(text: bytes) -> bytes:
    """Text meant for people, with each run of white space, a fold's too, made one space."""
    return text if _PLAIN_WORDS.fullmatch(text) else b" ".join(text.split())


def string(value: bytes) -> bytes:
    """A quoted string if the value fits in one, else a literal; a NUL, which neither may hold, becomes U+FFFD."""
    if not _SPECIAL.search(value):
        return b'"%b"' % value
    if _NOT_QUOTABLE.search(value):
        value = value.replace(b"\0", b"\xef\xbf\xbd")
        return b"{%d}\r\n%b" % (len(value), value)
    return b'"%b"' % value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def without_nul(value: bytes) -> bytes:
    """The value with each NUL as 0x80, as Dovecot does it: no literal may hold a NUL, and no length changes."""
    return value.replace(b"\0", b"\x80") if b"\0" in value else value


def nstring(value: bytes | None) -> bytes:
    """The same, with NIL for None."""
    return b"NIL" if value is None else string(value)
