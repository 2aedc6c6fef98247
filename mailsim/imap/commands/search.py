"""SEARCH and its answers (RFC 3501 section 6.4.4, RFC 4731, RFC 5182, RFC 7162 section 3.1.5)."""

from collections.abc import Sequence

from mailsim.errors import MessageGone
from mailsim.imap.commands.conditions import compiled, uses_modseq
from mailsim.imap.reading import Reading
from mailsim.imap.session import Session
from mailsim.imap.view import View
from mailsim.imap.wire.keys import Both, Key
from mailsim.imap.wire.printer import quoted
from mailsim.imap.wire.search import Search
from mailsim.imap.wire.sequence import compact


async def search(session: Session, command: Search) -> None:
    found = await find(session, command.keys)
    if command.returns is None:
        told = _told(session.view, found, command.by_uid)
        session.write(b"* SEARCH" + _numbers(told) + _modseq_suffix(session, command.keys, found))
    else:
        write_extended(session, command.returns, command.keys, found, command.by_uid)


async def find(session: Session, keys: tuple[Key, ...]) -> list[Reading]:
    """The messages that all of `keys` match, in the order of the mailbox."""
    view, both = session.view, Both(keys)
    if uses_modseq(both):
        session.enabled.add("CONDSTORE")
    wanted = compiled(both, view, session.services.clock.now())
    found = []
    for number, uid in enumerate(view.uids, 1):
        message = view.message(uid)
        if message is None:
            continue
        reading = Reading(view, number, message)
        try:
            if wanted(reading):
                found.append(Reading(view, number, message))  # a fresh one: what was opened may be let go
        except MessageGone:
            continue
        if session.turn_over:
            await session.breathe()
    return found


def write_extended(
    session: Session, returns: frozenset[str], keys: tuple[Key, ...], found: Sequence[Reading], by_uid: bool
) -> None:
    """The ESEARCH response, in the order of `found`, and what `$` will mean from now on."""
    told = _told(session.view, found, by_uid)
    if "SAVE" in returns:
        session.view.saved = _saved(returns, [reading.message.uid for reading in found])
    words = [f"MIN {told[0]}"] if "MIN" in returns and told else []
    words += [f"MAX {told[-1]}"] if "MAX" in returns and told else []
    words += [f"ALL {compact(told)}"] if "ALL" in returns and told else []
    words += [f"COUNT {len(told)}"] if "COUNT" in returns else []
    words += [f"MODSEQ {_modseq(found)}"] if found and uses_modseq(Both(keys)) else []
    if returns != {"SAVE"}:
        head = b"* ESEARCH (TAG %s)%s" % (quoted(session.tag.encode()), b" UID" * by_uid)
        session.write(b" ".join([head, *(word.encode() for word in words)]))


def _saved(returns: frozenset[str], uids: list[int]) -> list[int]:
    """With MIN or MAX alone, only those are saved (RFC 5182 section 2.4)."""
    if not uids or returns & {"ALL", "COUNT"} or not returns & {"MIN", "MAX"}:
        return uids
    ends = ([min(uids)] if "MIN" in returns else []) + ([max(uids)] if "MAX" in returns else [])
    return sorted(set(ends))


def _told(view: View, found: Sequence[Reading], by_uid: bool) -> list[int]:
    return [reading.message.uid if by_uid else reading.number for reading in found]


def _numbers(numbers: Sequence[int]) -> bytes:
    return "".join(f" {number}" for number in numbers).encode()


def _modseq_suffix(session: Session, keys: tuple[Key, ...], found: Sequence[Reading]) -> bytes:
    return b" (MODSEQ %d)" % _modseq(found) if found and uses_modseq(Both(keys)) else b""


def _modseq(found: Sequence[Reading]) -> int:
    return max(reading.message.modseq for reading in found)


HANDLERS = {Search: search}
