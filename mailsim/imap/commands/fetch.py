"""FETCH (RFC 3501 section 6.4.5): compiled once, then run over the messages in pieces, so that nobody waits for it."""

from collections.abc import Iterator, Sequence

from mailsim.errors import MessageGone
from mailsim.imap.commands.items import Producer, producer, sets_seen
from mailsim.imap.commands.selecting import missing_uids
from mailsim.imap.errors import No
from mailsim.imap.reading import Reading
from mailsim.imap.session import Session
from mailsim.imap.view import View
from mailsim.imap.wire.fetch import Fetch, Item, Section
from mailsim.imap.wire.responses import vanished
from mailsim.store import Change

CHUNK = 64 * 1024  # octets collected before they are sent
FLAGS = Item("FLAGS")


async def fetch(session: Session, command: Fetch) -> None:
    view = session.view
    items = _items(command)
    if Item("MODSEQ") in items:
        session.enabled.add("CONDSTORE")
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
    view, complete = session.view, True
    plain = [producer(item) for item in items]
    with_flags = plain if FLAGS in items else [*plain, producer(FLAGS)]
    lines: list[bytes] = []
    size = 0
    for number in numbers:
        uid = view.uids[number - 1]
        line = _line(view, number, uid, with_flags if uid in seen else plain)
        complete = complete and line is not None
        lines += [line] if line is not None else []
        size += len(line or b"")
        if size > CHUNK or session.turn_over:
            session.write(*lines)
            lines, size = [], 0
            await session.breathe()
    session.write(*lines)
    return complete


def _line(view: View, number: int, uid: int, producers: list[Producer]) -> bytes | None:
    message = view.message(uid)
    if message is None:
        return None
    reading = Reading(view, number, message)
    try:
        return b"* %d FETCH (%s)" % (number, b" ".join([produce(reading) for produce in producers]))
    except MessageGone:
        return None


HANDLERS = {Fetch: fetch}
