"""The bytes of a BODY[section] (RFC 3501 section 6.4.5)."""

import re
from collections.abc import Sequence

from mailsim.mime.part import Part
from mailsim.mime.wire import without_nul

_FIELD_START = re.compile(rb"(?<=\n)(?![ \t])")


def section(data: bytes, root: Part, path: tuple[int, ...], what: str, fields: Sequence[bytes] = ()) -> bytes | None:
    """The bytes that `path` and `what` name in the message `root`, None if it has no such section.

    `what` is "", HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME in capitals; `fields` are the names for the
    two that want them, in any case. A NUL comes out as 0x80: no literal may hold one (RFC 3501 section 4.3).
    """
    part = find(root, path)
    if part is None:
        return None
    if what == "MIME":
        return without_nul(data[part.header_start : part.body_start]) if path else None
    if what == "" and path:
        return without_nul(data[part.body_start : part.end])
    message = part.message if path else part
    return None if message is None else without_nul(_of_message(data, message, what, fields))


def _of_message(data: bytes, message: Part, what: str, fields: Sequence[bytes]) -> bytes:
    if what == "":
        return data[message.header_start : message.end]
    if what == "TEXT":
        return data[message.body_start : message.end]
    header = data[message.header_start : message.body_start]
    return header if what == "HEADER" else select_fields(header, fields, keep=what == "HEADER.FIELDS")


def find(root: Part, path: tuple[int, ...]) -> Part | None:
    """The part of a path of numbers from 1; a message that is no multipart has its own body as part 1."""
    part, holder = root, root if path else None
    for number in path:
        if holder is None or not 0 < number <= (len(holder.children) if holder.is_multipart else 1):
            return None
        part = holder.children[number - 1] if holder.is_multipart else holder
        holder = part.message or (part if part.is_multipart else None)
    return part


def select_fields(header: bytes, names: Sequence[bytes], keep: bool) -> bytes:
    """The fields of a header block with one of the names, or those without if not `keep`, and the blank line.

    All but some fields are the header as it stands, which may lack the blank line; some of them always get it.
    """
    wanted = {name.lower() for name in names}
    chosen, blank = [], b"\r\n" if keep else b""
    for line in _FIELD_START.split(header):
        if line in (b"\r\n", b"\n"):
            blank = b"\r\n"
        elif line and (line.partition(b":")[0].strip().lower() in wanted) is keep:
            chosen.append(line)
    return b"".join(chosen) + blank
