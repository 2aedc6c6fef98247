"""SEARCH keys compiled to functions on a message (RFC 3501 section 6.4.4). Text is compared without regard to case."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import singledispatch

from mailsim.imap.reading import Reading
from mailsim.imap.view import View
from mailsim.imap.wire.keys import (
    All,
    Among,
    Both,
    Compared,
    Contains,
    Dated,
    Either,
    Flagged,
    Header,
    Identified,
    Key,
    Not,
)
from mailsim.imap.wire.sequence import SequenceSet
from mailsim.mime import address_text, collated, header_text, search_text, sent_date

OF_ADDRESSES = frozenset(("FROM", "TO", "CC", "BCC"))

Condition = Callable[[Reading], bool]
"""Whether the message is wanted; raises MessageGone."""


@singledispatch
def compiled(key: Key, view: View, now: datetime) -> Condition:
    raise NotImplementedError(type(key))


@compiled.register
def _(_key: All, view: View, now: datetime) -> Condition:
    return lambda reading: True


@compiled.register
def _(key: Flagged, view: View, now: datetime) -> Condition:
    flag, present = key.flag, key.present
    if flag == "\\Recent":
        return lambda reading: reading.is_recent is present
    if flag.startswith("\\"):
        return lambda reading: (flag in reading.message.flags) is present
    keyword = flag.lower()
    return lambda reading: (keyword in map(str.lower, reading.message.flags)) is present


@compiled.register
def _(key: Header, view: View, now: datetime) -> Condition:
    name, text = key.field.encode(), collated(key.text)
    if not text:
        lowered = name.lower()
        return lambda reading: any(field.lower() == lowered for field, _ in reading.header.headers)
    if key.field in OF_ADDRESSES:
        return lambda reading: text in _address_field(reading, name.lower())
    return lambda reading: text in collated(header_text(reading.header, name))


def _address_field(reading: Reading, name: bytes) -> str:
    """As it stands, and as ENVELOPE has it, where FROM and its like look (RFC 3501 section 6.4.4)."""
    return collated(f"{header_text(reading.header, name)}\n{address_text(reading.header, name)}")


@compiled.register
def _(key: Contains, view: View, now: datetime) -> Condition:
    text = collated(key.text)
    if key.where == "BODY":
        return lambda reading: text in collated(search_text(reading.content, reading.root))
    return lambda reading: (
        text in _whole_header(reading) or text in collated(search_text(reading.content, reading.root, True))
    )


def _whole_header(reading: Reading) -> str:
    names = {name.lower() for name, _ in reading.header.headers}
    fields = (f"{name.decode('latin-1')}: {header_text(reading.header, name)}" for name in names)
    return collated("\n".join(fields))


@compiled.register
def _(key: Dated, view: View, now: datetime) -> Condition:
    """Dates are compared as written, time and zone disregarded."""
    day, how = key.day, key.how

    def internal(reading: Reading) -> datetime | None:
        return reading.message.internal_date

    def sent(reading: Reading) -> datetime | None:
        return sent_date(reading.header)

    moment = sent if key.which else internal
    if how == "BEFORE":
        return lambda reading: (found := moment(reading)) is not None and found.date() < day
    if how == "SINCE":
        return lambda reading: (found := moment(reading)) is not None and found.date() >= day
    return lambda reading: (found := moment(reading)) is not None and found.date() == day


@compiled.register
def _(key: Compared, view: View, now: datetime) -> Condition:
    number = key.number
    if key.what == "LARGER":
        return lambda reading: reading.message.size > number
    if key.what == "SMALLER":
        return lambda reading: reading.message.size < number
    if key.what == "MODSEQ":
        return lambda reading: reading.message.modseq >= number
    age, younger = timedelta(seconds=number), key.what == "YOUNGER"
    return lambda reading: (now - reading.message.internal_date <= age) is younger


@compiled.register
def _(key: Identified, view: View, now: datetime) -> Condition:
    wanted = key.identifier
    if key.what == "EMAILID":
        return lambda reading: reading.message.email_id == wanted
    return lambda reading: reading.thread_id == wanted


@compiled.register
def _(key: Among, view: View, now: datetime) -> Condition:
    numbers = frozenset(_numbers(key.messages, key.by_uid, view))
    return lambda reading: reading.number in numbers


def _numbers(messages: SequenceSet, by_uid: bool, view: View) -> range | list[int]:
    """Unlike in FETCH, a number that no message has finds nothing."""
    if by_uid or messages.saved:
        return list(view.numbers(messages, by_uid))
    count = len(view.uids)
    ranges = (range(low, min(high, count) + 1) for low, high in messages.bounds(count))
    return sorted({number for each in ranges for number in each})


@compiled.register
def _(key: Not, view: View, now: datetime) -> Condition:
    condition = compiled(key.key, view, now)
    return lambda reading: not condition(reading)


@compiled.register
def _(key: Either, view: View, now: datetime) -> Condition:
    one, other = compiled(key.one, view, now), compiled(key.other, view, now)
    return lambda reading: one(reading) or other(reading)


@compiled.register
def _(key: Both, view: View, now: datetime) -> Condition:
    conditions = [compiled(each, view, now) for each in key.keys]
    if len(conditions) == 1:
        return conditions[0]
    return lambda reading: all(condition(reading) for condition in conditions)


def uses_modseq(key: Key) -> bool:
    """Whether MODSEQ is anywhere in it, which changes the answer (RFC 7162 section 3.1.5)."""
    if isinstance(key, Both):
        return any(map(uses_modseq, key.keys))
    if isinstance(key, Either):
        return uses_modseq(key.one) or uses_modseq(key.other)
    if isinstance(key, Not):
        return uses_modseq(key.key)
    return isinstance(key, Compared) and key.what == "MODSEQ"


def reads_flags_alone(key: Key) -> bool:
    """Whether messages with the same flags are all wanted or all not."""
    if isinstance(key, Both):
        return all(map(reads_flags_alone, key.keys))
    if isinstance(key, Either):
        return reads_flags_alone(key.one) and reads_flags_alone(key.other)
    if isinstance(key, Not):
        return reads_flags_alone(key.key)
    return isinstance(key, All) or (isinstance(key, Flagged) and key.flag != "\\Recent")
