"""A session's own picture of its mailbox: message numbers stay put until the session may be told of changes."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

from mailsim.imap.errors import Bad
from mailsim.imap.wire.sequence import SequenceSet
from mailsim.store import Listener, Mailbox, Message

ThreadOf = Callable[[str], str | None]
"""The thread id of a message, whose Message-ID is given with its `<>`; None if no thread is known."""


class View:
    """The messages as the client counts them, and what it has not yet been told.

    It is the session's `Listener`: it notes what happens and calls `ring`. Message number n is `uids[n - 1]`, until
    `take_expunged` and `take_arrived`; RFC 3501 sections 5.2 and 7.4.1 say when those may be called.
    """

    __slots__ = (
        "_arrived", "_changed", "_gone", "_ring", "hides_recent", "keywords", "mailbox", "read_only", "recent",
        "saved", "thread_of", "uids",
    )  # fmt: skip

    def __init__(self, mailbox: Mailbox, read_only: bool, ring: Callable[[], None], thread_of: ThreadOf) -> None:
        self.mailbox, self.read_only, self._ring, self.thread_of = mailbox, read_only, ring, thread_of
        self.uids = mailbox.uids  # shared with the mailbox and its sessions while all know the same
        self.keywords = mailbox.keywords()  # as the client knows them
        self.recent = mailbox.recent() if read_only else mailbox.claim_recent()
        self.hides_recent = False  # IMAP4rev2 knows no \\Recent
        self.saved: Sequence[int] = ()  # UIDs of the last SEARCH that had RETURN (SAVE), RFC 5182
        self._arrived: list[int] = []
        self._changed: set[int] = set()
        self._gone: set[int] = set()
        mailbox.subscribe(self)

    # --- Listener ---

    def arrived(self, uids: Sequence[int]) -> None:
        self._arrived.extend(uids)
        self._gone.difference_update(uids)
        self._ring()

    def flags_changed(self, uids: Sequence[int], actor: Listener | None) -> None:
        if actor is not self:
            self._changed.update(uids)
            self._ring()

    def expunged(self, uids: Sequence[int]) -> None:
        self._gone.update(uids)
        self._ring()

    # --- what is new ---

    def take_expunged(self) -> list[tuple[int, int]]:
        """Drop what is gone: pairs (number, UID), the highest number first so that each holds when it is sent."""
        gone, self._gone = sorted(self._gone, reverse=True), set()
        numbered = [(number, uid) for uid in gone if (number := self.number(uid))]
        if len(numbered) > 100:
            dropped = {uid for _, uid in numbered}
            self.uids = array("I", (uid for uid in self.uids if uid not in dropped))
        else:
            for number, _ in numbered:
                self.uids = self.uids[: number - 1] + self.uids[number:]
        self._share()
        self.recent.difference_update(gone)
        self._changed.difference_update(gone)
        return numbered

    def take_arrived(self) -> list[int]:
        """Append what arrived; UIDs only ever rise, so one that came back from the dead waits for the next SELECT."""
        last = self.uids[-1] if self.uids else 0
        new = sorted(uid for uid in set(self._arrived) if uid > last and uid not in self._gone)
        self._arrived.clear()
        if new:
            self.uids = self.uids + array("I", new)
            self._share()
            self.recent |= self.mailbox.recent() if self.read_only else self.mailbox.claim_recent()
        return new

    def _share(self) -> None:
        if self.uids == self.mailbox.uids:
            self.uids = self.mailbox.uids

    def take_changed(self) -> list[int]:
        """UIDs that the client knows and whose flags another session changed."""
        changed, self._changed = sorted(self._changed), set()
        return [uid for uid in changed if self.number(uid)]

    def told(self, uids: Iterable[int]) -> None:
        """The client has just been sent the flags of these."""
        self._changed.difference_update(uids)

    @property
    def recent_count(self) -> int:
        return self.mailbox.recent_count() if self.read_only else len(self.recent)

    def is_recent(self, uid: int) -> bool:
        """Whether this session shows the message with \\Recent."""
        return uid in self.recent and not self.hides_recent

    # --- numbers ---

    def number(self, uid: int) -> int:
        """The message number of a UID, 0 if the client knows of no such message."""
        index = bisect_left(self.uids, uid)
        return index + 1 if index < len(self.uids) and self.uids[index] == uid else 0

    def message(self, uid: int) -> Message | None:
        """None if another session expunged it and this one has not been told yet."""
        return self.mailbox.find(uid)

    def flags(self) -> Sequence[frozenset[str] | None]:
        """The flags of all messages in the order of their numbers; None for one that another session expunged."""
        if self.uids is self.mailbox.uids:
            return self.mailbox.flags()
        messages = map(self.message, self.uids)
        return [None if message is None else message.flags for message in messages]

    def numbers(self, messages: SequenceSet, by_uid: bool) -> Sequence[int]:
        """The message numbers that a set means, ascending; raises Bad for a number that no message has."""
        if messages.saved:
            return sorted(filter(None, map(self.number, self.saved)))
        ranges = [self._range(low, high, by_uid) for low, high in self._bounds(messages, by_uid)]
        if len(ranges) == 1:
            return ranges[0]
        return sorted({number for each in ranges for number in each})

    def _bounds(self, messages: SequenceSet, by_uid: bool) -> Iterator[tuple[int, int]]:
        if not self.uids and by_uid:
            return iter(())
        if not self.uids:  # not even `*` is one (RFC 3501 section 9, seq-number)
            raise Bad("there is no message of that number")
        return messages.bounds(self.uids[-1] if by_uid else len(self.uids))

    def _range(self, low: int, high: int, by_uid: bool) -> range:
        if by_uid:
            return range(bisect_left(self.uids, low) + 1, bisect_right(self.uids, min(high, self.uids[-1])) + 1)
        if high > len(self.uids):
            raise Bad("there is no message of that number")
        return range(low, high + 1)

    def close(self) -> None:
        self.mailbox.unsubscribe(self)
