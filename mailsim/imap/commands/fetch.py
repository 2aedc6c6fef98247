"""FETCH (RFC 3501 section 6.4.5): compiled once, then run over the messages in pieces, so that nobody waits for it."""

from collections.abc import Iterator, Sequence

from mailsim.errors import MessageGone
from mailsim.imap.commands.items import Producer, is_small, producer, sets_seen
from mailsim.imap.commands.selecting import missing_uids
from mailsim.imap.errors import No
from mailsim.imap.reading import Reading, readings
from mailsim.imap.session import Session
from mailsim.imap.view import View
from mailsim.imap.wire.fetch import Fetch, Item, Section
from mailsim.imap.wire.responses import vanished
from mailsim.store import Change

PIECE = 16  # messages made before a look at the clock, if nothing long is asked of them
FLAGS = Item("FLAGS")


async def fetch(session: Session, command: Fetch) -> None:
    view = session.view
    items = _items(command)
    if Item("MODSEQ") in items:
        session.enable_condstore()
    if command.vanished and (missing := missing_uids(view, command.messages)):
        session.write(vanished(missing, earlier=True))
    numbers = view.numbers(command.messages, command.by_uid)
    if command.changed_since is not None:
        numbers = list(_changed(view, numbers, command.changed_since))
    if any(sets_seen(item) for item in items):
        seen = await _mark_seen(session, numbers)
    else:
        seen = set()
    session.announce_keywords()
    if not await _send(session, numbers, items, seen):
        raise No("some of the messages no longer exist", "EXPUNGEISSUED")


def _items(command: Fetch) -> list[Item | Section]:
    """What the client asked for, each once, and what its way of asking implies."""
    implied = [Item("UID")] if command.by_uid else []
    changed = [Item("MODSEQ")] if command.changed_since is not None else []
    return list(dict.fromkeys([*implied, *command.items, *changed]))


def _changed(view: View, numbers: Sequence[int], since: int) -> Iterator[int]:
    for number in numbers:
        message = view.message(view.uids[number - 1])
        if message and message.modseq > since:
            yield number


async def _mark_seen(session: Session, numbers: Sequence[int]) -> set[int]:
    """Set \\Seen on what is about to be read; returns the UIDs that had it not."""
    view = session.view
    if view.read_only:
        return set()
    messages = (view.message(view.uids[number - 1]) for number in numbers)
    unseen = [message.uid for message in messages if message and "\\Seen" not in message.flags]
    return set(await view.mailbox.change_flags(unseen, Change.ADD, ["\\Seen"], view)) if unseen else set()


async def _send(session: Session, numbers: Sequence[int], items: list[Item | Section], seen: set[int]) -> bool:
    """Send a response for each message; False if some were gone."""
    view, sent = session.view, 0
    produce = _with_flags(items, seen) if seen and FLAGS not in items else producer(items)
    at_once = PIECE if all(map(is_small, items)) else 1
    lines: list[bytes] = []
    for start in range(0, len(numbers), at_once):
        made = [_line(reading, produce) for reading in readings(view, numbers[start : start + at_once])]
        lines += filter(None, made)
        if session.turn_over:
            session.write(*lines)
            sent += len(lines)
            lines = []
            await session.breathe()
    session.write(*lines)
    return sent + len(lines) == len(numbers)


def _with_flags(items: list[Item | Section], seen: set[int]) -> Producer:
    """Tells the flags too where they have just changed."""
    plain, more = producer(items), producer([*items, FLAGS])
    return lambda reading: (more if reading.message.uid in seen else plain)(reading)


def _line(reading: Reading, produce: Producer) -> bytes | None:
    """None for a message whose file is gone."""
    try:
        return b"* %d FETCH (%b)" % (reading.number, produce(reading))
    except MessageGone:
        return None


HANDLERS = {Fetch: fetch}
