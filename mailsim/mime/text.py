"""Text as a person reads it, for SEARCH and SORT: encoded-words, charsets and transfer encodings undone."""

import binascii
import codecs
import quopri
import re
import string
import unicodedata

from mailsim.mime.addresses import addresses
from mailsim.mime.parser import walk
from mailsim.mime.part import Part
from mailsim.mime.wire import unfold

_ENCODED_WORD = re.compile(rb"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?\s]*)\?=")
_BETWEEN_WORDS = re.compile(rb"(\?=)[ \t\r\n]+(?==\?[^?\s]+\?[bBqQ]\?)")
_WHITE_AT_LINE_END = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")
_BASE64 = string.ascii_letters + string.digits + "+/"
_NOT_BASE64 = bytes(byte for byte in range(256) if chr(byte) not in _BASE64)
_NOT_FOR_MAIL = frozenset(("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"))


def decode_words(value: bytes) -> str:
    """A header value with its encoded-words decoded (RFC 2047); what can't be decoded stays as it is."""
    value = unfold(value)
    if b"=?" not in value:
        return to_text(value, b"utf-8")
    value = _BETWEEN_WORDS.sub(rb"\1", value)
    pieces, at = [], 0
    for match in _ENCODED_WORD.finditer(value):
        pieces.append(to_text(value[at : match.start()], b"utf-8"))
        pieces.append(_decode_word(match))
        at = match.end()
    return "".join(pieces) + to_text(value[at:], b"utf-8")


def _decode_word(match: "re.Match[bytes]") -> str:
    charset, how, text = match.groups()
    if how in b"bB":
        return to_text(decode_base64(text), charset)
    return to_text(quopri.decodestring(text, header=True), charset)


def to_text(data: bytes, charset: bytes) -> str:
    """Text of a named charset, as UTF-8 if the name is unknown; what doesn't fit becomes U+FFFD."""
    try:
        name = codecs.lookup(charset.decode("ascii").strip("'\" ")).name
        return data.decode("utf-8" if name in _NOT_FOR_MAIL else name, "replace")
    except (LookupError, ValueError):
        return data.decode("utf-8", "replace")


def decode_base64(data: bytes) -> bytes:
    """Base64 as far as it goes: strange characters are skipped, a missing end is made up."""
    clean = data.translate(None, _NOT_BASE64)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def header_text(part: Part, name: bytes | str) -> str:
    """Every field of that name, decoded, one a line; empty if there is none."""
    key = (name.encode("ascii", "replace") if isinstance(name, str) else name).lower()
    return "\n".join(decode_words(value) for value in part.all(key))


def address_text(part: Part, name: bytes) -> str:
    """Every address in fields of that lower-case name, decoded: names and `mailbox@host`, comments and folds gone."""
    found = (address for value in part.all(name) for address in addresses(value))
    return "\n".join(f"{decode_words(each.name or b'')} <{decode_words(each.plain)}>" for each in found)


def decoded_body(data: bytes, part: Part) -> bytes:
    """The body without its Content-Transfer-Encoding (RFC 3516); as it stands if that is unknown."""
    body = data[part.body_start : part.end]
    encoding = part.encoding.lower()
    if encoding == b"base64":
        return decode_base64(body)
    if encoding == b"quoted-printable":
        return quopri.decodestring(_WHITE_AT_LINE_END.sub(b"", body))  # added on the way (RFC 2045 section 6.7)
    return body


def collated(text: str) -> str:
    """Text as SEARCH and SORT compare it: whatever its case, accents behind their letters (RFC 5051)."""
    return text.upper() if text.isascii() else unicodedata.normalize("NFKD", text.upper())


def search_text(data: bytes, part: Part, with_headers: bool = False) -> str:
    """The text a SEARCH BODY looks through: all text parts and the headers of embedded messages, decoded.

    `with_headers`: those of every part too, for SEARCH TEXT.
    """
    found = []
    for each in walk(part):
        headers = each.headers if with_headers else []
        if each.is_text:
            charset = next((value for name, value in each.params if name.lower() == b"charset"), b"utf-8")
            found.append(to_text(decoded_body(data, each), charset))
        headers = headers + (each.message.headers if each.message else [])
        found += [f"{name.decode('ascii', 'replace')}: {decode_words(raw)}" for name, raw in headers]
    return "\n".join(found)
