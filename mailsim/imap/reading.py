"""One message as FETCH and SEARCH look at it: nothing is opened or parsed that is not asked for, or twice."""

from datetime import datetime

from mailsim.imap.view import View
from mailsim.mime import Part, parse, sent_date
from mailsim.store import Message


class Reading:
    """A message of a view, `number` as the client counts. Whatever opens the message raises MessageGone."""

    __slots__ = ("_content", "_header", "_root", "message", "number", "view")

    def __init__(self, view: View, number: int, message: Message) -> None:
        self.view, self.number, self.message = view, number, message
        self._content: bytes | None = None
        self._root: Part | None = None
        self._header: Part | None = None

    @property
    def is_recent(self) -> bool:
        return self.message.uid in self.view.recent

    def fragment(self, name: str) -> bytes:
        """Ready-made wire text: `envelope`, `body`, `bodystructure`, or `header`, the raw header block."""
        return self.view.mailbox.fragment(self.message.uid, name)

    @property
    def content(self) -> bytes:
        if self._content is None:
            self._content = self.view.mailbox.content(self.message.uid)
        return self._content

    @property
    def root(self) -> Part:
        """The MIME structure of the whole message."""
        if self._root is None:
            self._root = parse(self.content)
        return self._root

    @property
    def header(self) -> Part:
        """The message's header alone, without opening it; offsets are into the fragment `header`."""
        if self._header is None:
            self._header = parse(self.fragment("header"))
        return self._header

    @property
    def sent(self) -> datetime:
        """The time of the Date field, or if that cannot be read the internal date (RFC 5256 section 2.2)."""
        return sent_date(self.header) or self.message.internal_date
