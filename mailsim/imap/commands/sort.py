"""SORT (RFC 5256 section 3, RFC 5957 for DISPLAY, RFC 5267 for its extended answer)."""

from collections.abc import Callable
from datetime import datetime

from mailsim.imap.commands.search import find, write_extended
from mailsim.imap.reading import Reading, readings
from mailsim.imap.session import Session
from mailsim.imap.wire.search import Sort
from mailsim.mime import addresses, base_subject, collated, header_text
from mailsim.mime.text import decode_words

SortKey = str | int | datetime


async def sort(session: Session, command: Sort) -> None:
    found = list(readings(session.view, await find(session, command.keys)))
    for order in reversed(command.orders):  # sorting is stable, so the most important comes last
        key = KEYS[order.name]
        keys: dict[int, SortKey] = {}
        for reading in found:
            keys[reading.number] = key(reading)
            if session.turn_over:
                await session.breathe()
        found.sort(key=lambda reading: keys[reading.number], reverse=order.reverse)
    if command.returns is not None:
        write_extended(session, command.returns, command.keys, [reading.number for reading in found], command.by_uid)
        return
    numbers = (reading.message.uid if command.by_uid else reading.number for reading in found)
    session.write(" ".join(["* SORT", *map(str, numbers)]).encode())


def _mailbox(field: bytes) -> Callable[[Reading], SortKey]:
    """The local part of the first address."""

    def key(reading: Reading) -> SortKey:
        found = addresses(reading.header.first(field) or b"")
        return collated((found[0].mailbox or b"").decode("utf-8", "replace")) if found else ""

    return key


def _display(field: bytes) -> Callable[[Reading], SortKey]:
    """The first address as people see it: its name, else the address itself."""

    def key(reading: Reading) -> SortKey:
        found = addresses(reading.header.first(field) or b"")
        if not found:
            return ""
        first = found[0]
        text = first.name or first.plain
        return collated(decode_words(text))

    return key


def subject_of(reading: Reading) -> str:
    """The base subject, as RFC 5256 compares it."""
    return collated(base_subject(header_text(reading.header, b"subject"))[0])


KEYS: dict[str, Callable[[Reading], SortKey]] = {
    "ARRIVAL": lambda reading: reading.message.internal_date,
    "DATE": lambda reading: reading.sent,
    "SIZE": lambda reading: reading.message.size,
    "SUBJECT": subject_of,
    "FROM": _mailbox(b"from"),
    "TO": _mailbox(b"to"),
    "CC": _mailbox(b"cc"),
    "DISPLAYFROM": _display(b"from"),
    "DISPLAYTO": _display(b"to"),
}

HANDLERS = {Sort: sort}
