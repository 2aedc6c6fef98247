"""One message as FETCH and SEARCH look at it: nothing is opened or parsed that is not asked for, or twice."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property

from mailsim.imap.view import View
from mailsim.mime import Part, parse, sent_date
from mailsim.store import Message

MESSAGE_ID = re.compile(rb"<[^<>\s]+>")


class Reading:
    """A message of a view, `number` as the client counts. Whatever opens the message raises MessageGone."""

    def __init__(self, view: View, number: int, message: Message) -> None:
        self.view, self.number, self.message = view, number, message

    @property
    def is_recent(self) -> bool:
        view = self.view
        return self.message.uid in view.recent and not view.hides_recent

    def fragment(self, name: str) -> bytes:
        """Ready-made wire text: `envelope`, `body`, `bodystructure`, or `header`, the raw header block."""
        return self.view.mailbox.fragment(self.message.uid, name)

    @cached_property
    def content(self) -> bytes:
        return self.view.mailbox.content(self.message.uid)

    @cached_property
    def root(self) -> Part:
        """The MIME structure of the whole message."""
        return parse(self.content)

    @cached_property
    def header(self) -> Part:
        """The message's header alone, without opening it; offsets are into the fragment `header`."""
        return parse(self.fragment("header"))

    @property
    def thread_id(self) -> str | None:
        """The conversation it belongs to (RFC 8474 section 5.2), if the archive knows of one."""
        found = MESSAGE_ID.search(self.header.first(b"message-id") or b"")
        return self.view.thread_of(found[0].decode("utf-8", "replace")) if found else None

    @property
    def sent(self) -> datetime:
        """The time of the Date field, or if that cannot be read the internal date (RFC 5256 section 2.2)."""
        return sent_date(self.header) or self.message.internal_date


def readings(view: View, numbers: Iterable[int]) -> Iterator[Reading]:
    """The messages of these numbers, those left out that another session expunged meanwhile."""
    uids, find = view.uids, view.mailbox.find
    return (Reading(view, number, message) for number in numbers if (message := find(uids[number - 1])))
