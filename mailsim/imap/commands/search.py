"""SEARCH and its answers (RFC 3501 section 6.4.4, RFC 4731, RFC 5182, RFC 7162 section 3.1.5)."""

import contextlib
from collections.abc import Sequence
from itertools import compress

from mailsim.errors import MessageGone
from mailsim.imap.commands.conditions import Condition, compiled, reads_flags_alone, uses_modseq
from mailsim.imap.reading import readings
from mailsim.imap.session import Session
from mailsim.imap.view import View
from mailsim.imap.wire.keys import Both, Key
from mailsim.imap.wire.printer import quoted
from mailsim.imap.wire.search import Search
from mailsim.imap.wire.sequence import compact

ALL = frozenset(("ALL",))


async def search(session: Session, command: Search) -> None:
    found = await find(session, command.keys)
    if command.returns is None and not session.is_rev2:
        told = _told(session.view, found, command.by_uid)
        session.write(b"* SEARCH" + _numbers(told) + _modseq_suffix(session.view, command.keys, found))
    else:
        write_extended(session, command.returns or ALL, command.keys, found, command.by_uid)


async def find(session: Session, keys: tuple[Key, ...]) -> list[int]:
    """The numbers of the messages that all of `keys` match, ascending."""
    view, both = session.view, Both(keys)
    if uses_modseq(both):
        session.enable_condstore()
    wanted = compiled(both, view, session.services.clock.now())
    if reads_flags_alone(both):
        return _by_flags(view, wanted)
    found = []
    for reading in readings(view, range(1, len(view.uids) + 1)):
        with contextlib.suppress(MessageGone):
            if wanted(reading):
                found.append(reading.number)
        if session.turn_over:
            await session.breathe()
    return found


def _by_flags(view: View, wanted: Condition) -> list[int]:
    """A mailbox has few different sets of flags: each is judged once, by a message that has it."""
    flags = view.flags()
    examples = readings(view, (flags.index(each) + 1 for each in set(flags)))
    matching = {reading.message.flags for reading in examples if wanted(reading)}
    return list(compress(range(1, len(flags) + 1), map(matching.__contains__, flags)))


def write_extended(
    session: Session, returns: frozenset[str], keys: tuple[Key, ...], found: Sequence[int], by_uid: bool
) -> None:
    """The ESEARCH response, in the order of the message numbers `found`, and what `$` will mean from now on."""
    view = session.view
    told = _told(view, found, by_uid)
    if "SAVE" in returns:
        view.saved = sorted({view.uids[number - 1] for number in _answered(returns, found)})
    words = [f"MIN {told[0]}"] if "MIN" in returns and told else []
    words += [f"MAX {told[-1]}"] if "MAX" in returns and told else []
    words += [f"ALL {compact(told)}"] if "ALL" in returns and told else []
    words += [f"COUNT {len(told)}"] if "COUNT" in returns else []
    words += [f"MODSEQ {_modseq(view, _answered(returns, found))}"] if found and uses_modseq(Both(keys)) else []
    if returns != {"SAVE"}:
        head = b"* ESEARCH (TAG %s)%s" % (quoted(session.tag.encode()), b" UID" * by_uid)
        session.write(b" ".join([head, *(word.encode() for word in words)]))


def _answered(returns: frozenset[str], found: Sequence[int]) -> Sequence[int]:
    """With MIN or MAX alone, only those are saved and tell the modseq (RFC 5182 section 2.4, RFC 4731 section 3.2)."""
    if not found or returns & {"ALL", "COUNT"} or not returns & {"MIN", "MAX"}:
        return found
    return [found[0]] * ("MIN" in returns) + [found[-1]] * ("MAX" in returns)


def _told(view: View, found: Sequence[int], by_uid: bool) -> Sequence[int]:
    return [view.uids[number - 1] for number in found] if by_uid else found


def _numbers(numbers: Sequence[int]) -> bytes:
    return "".join(f" {number}" for number in numbers).encode()


def _modseq_suffix(view: View, keys: tuple[Key, ...], found: Sequence[int]) -> bytes:
    return b" (MODSEQ %d)" % _modseq(view, found) if found and uses_modseq(Both(keys)) else b""


def _modseq(view: View, found: Sequence[int]) -> int:
    return max((reading.message.modseq for reading in readings(view, found)), default=view.mailbox.highestmodseq)


HANDLERS = {Search: search}
