"""Messages with binary parts (RFC 3516), made fit for those who know only lines."""

import base64
import re

from mailsim.mime.parser import parse, walk
from mailsim.mime.part import Part

_ENCODING = re.compile(rb"^(content-transfer-encoding)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE)


def without_binary(data: bytes) -> bytes:
    """The message with its binary parts in base64, which decode to the very same bytes (RFC 3516 section 4.2)."""
    pieces, at = [], 0
    for part in filter(_is_binary, walk(parse(data))):
        header, body = data[part.header_start : part.body_start], data[part.body_start : part.end]
        pieces += [data[at : part.header_start], _ENCODING.sub(rb"\1: base64\r", header)]
        pieces += [base64.encodebytes(body).replace(b"\n", b"\r\n")]
        at = part.end
    return b"".join([*pieces, data[at:]])


def _is_binary(part: Part) -> bool:
    return part.encoding.lower() == b"binary" and not part.is_multipart and part.message is None
