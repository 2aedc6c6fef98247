"""The untagged responses that more than one command sends (RFC 3501 section 7)."""

from collections.abc import Iterable
from functools import lru_cache

from mailsim.imap.wire.sequence import compact
from mailsim.store import Message


@lru_cache(maxsize=4096)
def flags_item(flags: frozenset[str], recent: bool = False) -> bytes:
    """`FLAGS (\\Seen work)`; few combinations exist in a mailbox, so each is written once."""
    words = sorted(flags | {"\\Recent"} if recent else flags)
    return f"FLAGS ({' '.join(words)})".encode()


def fetched_flags(number: int, message: Message, recent: bool, with_uid: bool, with_modseq: bool) -> bytes:
    """An unsolicited FETCH that tells a message's flags."""
    uid = b"UID %d " % message.uid if with_uid else b""
    modseq = b" MODSEQ (%d)" % message.modseq if with_modseq else b""
    return b"* %d FETCH (%s%s%s)" % (number, uid, flags_item(message.flags, recent), modseq)


def vanished(uids: Iterable[int], earlier: bool = False) -> bytes:
    """What takes EXPUNGE's place for a client that enabled QRESYNC (RFC 7162 section 3.2.10)."""
    return f"* VANISHED {'(EARLIER) ' * earlier}{compact(uids)}".encode()


def code(name: str, text: str) -> str:
    """The text of a tagged response with its response code in front."""
    return f"[{name}] {text}" if name else text
