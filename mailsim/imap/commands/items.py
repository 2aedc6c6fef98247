"""The data items of FETCH: how each is made from a message (RFC 3501 section 7.4.2, RFC 3516, RFC 8474)."""

from collections.abc import Callable, Sequence
from functools import reduce

from mailsim.imap.errors import No
from mailsim.imap.reading import Reading
from mailsim.imap.wire.dates import write_date_time
from mailsim.imap.wire.fetch import Item, Section
from mailsim.imap.wire.printer import nstring
from mailsim.imap.wire.responses import flags_item
from mailsim.mime import decoded_body, section
from mailsim.mime.sections import find
from mailsim.mime.wire import without_nul

Producer = Callable[[Reading], bytes]
"""Makes the name and the value of an item, or of several; raises MessageGone, and No for what cannot be had."""

DECODED = frozenset((b"7bit", b"8bit", b"binary", b"base64", b"quoted-printable"))
READING = frozenset(("RFC822", "RFC822.TEXT"))


def sets_seen(item: Item | Section) -> bool:
    """Whether reading it counts as having seen the message."""
    if isinstance(item, Section):
        return not item.peek and item.kind != "BINARY.SIZE"
    return item.name in READING


def is_small(item: Item | Section) -> bool:
    """Whether no message need be opened for it, save when the cache is new."""
    return isinstance(item, Item) and item.name not in ("RFC822", "RFC822.HEADER", "RFC822.TEXT", "THREADID")


def producer(items: Sequence[Item | Section]) -> Producer:
    """Makes all of `items`, in this order."""
    made = [_section(item) if isinstance(item, Section) else SIMPLE[item.name] for item in items]
    return reduce(_both, made)


def _both(one: Producer, other: Producer) -> Producer:
    return lambda reading: one(reading) + b" " + other(reading)


def _fragment(label: bytes, name: str) -> Producer:
    return lambda reading: label + reading.fragment(name)


SIMPLE: dict[str, Producer] = {
    "FLAGS": lambda reading: flags_item(reading.message.flags, reading.is_recent),
    "UID": lambda reading: b"UID %d" % reading.message.uid,
    "MODSEQ": lambda reading: b"MODSEQ (%d)" % reading.message.modseq,
    "INTERNALDATE": lambda reading: f"INTERNALDATE {write_date_time(reading.message.internal_date)}".encode(),
    "RFC822.SIZE": lambda reading: b"RFC822.SIZE %d" % reading.message.size,
    "EMAILID": lambda reading: f"EMAILID ({reading.message.email_id})".encode(),
    "THREADID": lambda reading: f"THREADID ({thread})".encode() if (thread := reading.thread_id) else b"THREADID NIL",
    "ENVELOPE": _fragment(b"ENVELOPE ", "envelope"),
    "BODY": _fragment(b"BODY ", "body"),
    "BODYSTRUCTURE": _fragment(b"BODYSTRUCTURE ", "bodystructure"),
    "RFC822": lambda reading: b"RFC822 " + nstring(without_nul(reading.content)),
    "RFC822.HEADER": lambda reading: b"RFC822.HEADER " + nstring(reading.fragment("header")),
    "RFC822.TEXT": lambda reading: b"RFC822.TEXT " + nstring(section(reading.content, reading.root, (), "TEXT", ())),
}


def _section(item: Section) -> Producer:
    label = item.label() + b" "
    if item.kind == "BINARY.SIZE":
        return lambda reading: label + b"%d" % len(_decoded(reading, item) or b"")
    if item.kind == "BINARY":
        return lambda reading: label + _literal8(_cut(_decoded(reading, item), item.partial))
    return lambda reading: label + nstring(_cut(_bytes(reading, item), item.partial))


def _bytes(reading: Reading, item: Section) -> bytes | None:
    if not item.path and item.what.startswith("HEADER"):
        return section(reading.fragment("header"), reading.header, (), item.what, item.fields)
    if not item.path and not item.what:
        return without_nul(reading.content)
    return section(reading.content, reading.root, item.path, item.what, item.fields)


def _decoded(reading: Reading, item: Section) -> bytes | None:
    if not item.path:
        return reading.content
    part = find(reading.root, item.path)
    if part is None:
        return None
    if part.encoding.lower() not in DECODED:
        raise No("that transfer encoding is not known here", "UNKNOWN-CTE")
    return decoded_body(reading.content, part)


def _cut(text: bytes | None, partial: tuple[int, int] | None) -> bytes | None:
    if text is None or partial is None:
        return text
    first, count = partial
    return text[first : first + count]


def _literal8(text: bytes | None) -> bytes:
    if text is not None and b"\0" in text:
        return b"~{%d}\r\n%s" % (len(text), text)
    return nstring(text)
