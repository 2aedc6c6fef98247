"""ENVELOPE (RFC 3501 section 7.4.2)."""

from functools import lru_cache

from mailsim.mime.addresses import addresses
from mailsim.mime.part import Part
from mailsim.mime.wire import nstring, one_spaced, unfold

LONG = 256  # bytes of addresses; longer lists are not remembered
_FIELDS = frozenset(
    (b"date", b"subject", b"from", b"sender", b"reply-to", b"to", b"cc", b"bcc", b"in-reply-to", b"message-id")
)


def envelope(part: Part) -> bytes:
    """The parenthesised ENVELOPE of a message's header, ready for the wire.

    Of a repeated text field the last counts; repeated address fields are read as one, so that none can hide another.
    """
    values: dict[bytes, list[bytes]] = {}
    for name, raw in part.headers:
        key = name.lower()
        if key in _FIELDS:
            values.setdefault(key, []).append(unfold(raw))
    subject = values.get(b"subject")
    author = _people(values, b"from")
    fields = [_text(values, b"date"), nstring(one_spaced(subject[-1]) if subject else None), author]
    fields += [_people(values, b"sender", author), _people(values, b"reply-to", author)]
    fields += [_people(values, name) for name in (b"to", b"cc", b"bcc")]
    fields += [_text(values, name) for name in (b"in-reply-to", b"message-id")]
    return b"(%b)" % b" ".join(fields)


def _text(values: dict[bytes, list[bytes]], name: bytes) -> bytes:
    return nstring(values[name][-1] if name in values else None)


def _people(values: dict[bytes, list[bytes]], name: bytes, default: bytes = b"NIL") -> bytes:
    found = b"".join([_written(value) for value in values.get(name, ())])
    return b"(%b)" % found if found else default


def _written(value: bytes) -> bytes:
    return _remembered(value) if len(value) < LONG else _addresses(value)


def _addresses(value: bytes) -> bytes:
    return b"".join([_address(*address) for address in addresses(value)])


_remembered = lru_cache(maxsize=4096)(_addresses)  # the same people write again and again


def _address(name: bytes | None, route: bytes | None, mailbox: bytes | None, host: bytes | None) -> bytes:
    shown = one_spaced(name) if name else None
    return b"(%b %b %b %b)" % (nstring(shown), nstring(route), nstring(mailbox), nstring(host))
