"""LIST, LSUB and STATUS (RFC 3501 sections 6.3.8 to 6.3.10, RFC 5258, RFC 5819, RFC 6154, RFC 8438)."""

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence

from mailsim.errors import StoreError
from mailsim.imap.errors import Bad
from mailsim.imap.session import Session
from mailsim.imap.wire.listing import List, Lsub, Status
from mailsim.imap.wire.printer import mailbox as mailbox_text
from mailsim.store import Mailbox, MailboxName
from mailsim.store.names import SEPARATOR


def matcher(reference: str, patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a name matches: `*` stands for anything, `%` for anything but the separator."""
    wild = {"*": ".*", "%": f"[^{re.escape(SEPARATOR)}]*"}
    expressions = []
    for pattern in patterns:
        whole = re.sub(r"[*%]*\*[*%]*", "*", re.sub("%+", "%", reference + pattern))  # else `%%%%x` takes for ever
        pieces = (wild.get(piece) or re.escape(piece) for piece in re.split("([*%])", whole) if piece)
        expressions.append("".join(pieces))
    matching = re.compile("|".join(expressions), re.DOTALL)
    inbox = re.compile("|".join(expressions), re.DOTALL | re.IGNORECASE)
    return lambda name: bool((inbox if name == "INBOX" else matching).fullmatch(name))


async def list_(session: Session, command: List) -> None:
    mailboxes = session.mailboxes
    if command.patterns == ("",) and not command.extended:
        session.write(f'* LIST (\\Noselect) "{SEPARATOR}" ""'.encode())
        return
    if "RECURSIVEMATCH" in command.selection and not {"SUBSCRIBED", "SPECIAL-USE"} & set(command.selection):
        raise Bad("RECURSIVEMATCH goes with SUBSCRIBED")
    entries, subscribed = mailboxes.list(), mailboxes.subscriptions()
    listing = _Listing(command, entries, subscribed, session.is_rev2)
    for entry in listing.candidates():
        attributes = listing.attributes(entry) if listing.matches(entry.name) else None
        if attributes is None:
            continue
        session.write(_line(session, "LIST", attributes, entry.name, listing.child_info(entry)))
        if command.status and entry.selectable:
            with contextlib.suppress(StoreError):  # deleted since it was listed
                await _write_status(session, entry.name, command.status)


def write_entry(session: Session, name: str) -> None:
    """The LIST response for one mailbox, as IMAP4rev2 wants it with SELECT (RFC 9051 section 6.3.2)."""
    entries = session.mailboxes.list()
    listing = _Listing(List("", (name,)), entries, set(), session.is_rev2)
    for entry in entries:
        if entry.name == name:
            session.write(_line(session, "LIST", listing.attributes(entry) or [], name))


class _Listing:
    """What one LIST command says of each mailbox."""

    def __init__(self, command: List, entries: Sequence[MailboxName], subscribed: set[str], rev2: bool) -> None:
        self.matches = matcher(command.reference, command.patterns)
        # of one that is only the parent of others (RFC 5258 section 3)
        self._absent = "\\NonExistent" if rev2 or command.extended else "\\Noselect"
        self._entries, self._subscribed = entries, subscribed
        self._known = {entry.name for entry in entries}
        self._selection, self._returns = set(command.selection), set(command.returns)
        self._extended = command.extended

    def candidates(self) -> Iterator[MailboxName]:
        yield from self._entries
        if "SUBSCRIBED" in self._selection:
            yield from (MailboxName(name, selectable=False) for name in sorted(self._subscribed - self._known))

    def attributes(self, entry: MailboxName) -> list[str] | None:
        """None if the selection leaves this one out."""
        subscribed = entry.name in self._subscribed
        wanted = subscribed or "SUBSCRIBED" not in self._selection or bool(self.child_info(entry))
        if not wanted or ("SPECIAL-USE" in self._selection and not entry.special_use):
            return None
        existing = entry.name in self._known
        attributes = [] if entry.selectable else [self._absent if existing else "\\NonExistent"]
        if not self._extended or "CHILDREN" in self._returns or not self._returns:
            attributes.append("\\HasChildren" if self._has_below(entry, self._known) else "\\HasNoChildren")
        if subscribed and "SUBSCRIBED" in self._selection | self._returns:
            attributes.append("\\Subscribed")
        return attributes + ([entry.special_use] if entry.special_use else [])

    def child_info(self, entry: MailboxName) -> str:
        """CHILDINFO: there are subscribed ones below it, not all of which are told themselves (RFC 5258 section 3)."""
        told = self._subscribed
        if entry.name not in told:
            told = {name for name in told if not self.matches(name)}
        asked = {"SUBSCRIBED", "RECURSIVEMATCH"} <= self._selection
        return ' ("CHILDINFO" ("SUBSCRIBED"))' if asked and self._has_below(entry, told) else ""

    @staticmethod
    def _has_below(entry: MailboxName, names: set[str]) -> bool:
        return any(name.startswith(entry.name + SEPARATOR) for name in names)


def _line(session: Session, kind: str, attributes: Sequence[str], name: str, suffix: str = "") -> bytes:
    text = mailbox_text(name, "UTF8=ACCEPT" in session.enabled)
    return f'* {kind} ({" ".join(attributes)}) "{SEPARATOR}" '.encode() + text + suffix.encode()


async def lsub(session: Session, command: Lsub) -> None:
    """Of subscribed names that `%` cannot reach, the parents it can are told (RFC 3501 section 6.3.9)."""
    subscribed = session.mailboxes.subscriptions()
    selectable = {entry.name for entry in session.mailboxes.list() if entry.selectable}
    matches = matcher(command.reference, (command.pattern,))
    lines = {name: [] if name in selectable else ["\\Noselect"] for name in subscribed if matches(name)}
    for name in subscribed if command.pattern.endswith("%") else ():
        while SEPARATOR in name:
            name = name.rpartition(SEPARATOR)[0]  # noqa: PLW2901
            if matches(name):
                lines.setdefault(name, ["\\Noselect"])
    session.write(*(_line(session, "LSUB", lines[name], name) for name in sorted(lines)))


async def status(session: Session, command: Status) -> None:
    if "HIGHESTMODSEQ" in command.items:
        session.enable_condstore()
    await _write_status(session, command.mailbox, command.items)


async def _write_status(session: Session, name: str, items: Sequence[str]) -> None:
    mailboxes = session.mailboxes
    mailbox = await mailboxes.open(name)
    try:
        await mailbox.refresh()
        words = [f"{item} {COUNTS[item](mailbox)}" for item in items]
    finally:
        mailboxes.close(mailbox)
    text = mailbox_text(name, "UTF8=ACCEPT" in session.enabled)
    session.write(b"* STATUS " + text + f" ({' '.join(words)})".encode())


def _count(mailbox: Mailbox, flag: str, present: bool) -> int:
    return sum((flag in message.flags) is present for message in mailbox)


COUNTS: dict[str, Callable[[Mailbox], object]] = {
    "MESSAGES": lambda mailbox: len(mailbox.uids),
    "RECENT": Mailbox.recent_count,
    "UIDNEXT": lambda mailbox: mailbox.uidnext,
    "UIDVALIDITY": lambda mailbox: mailbox.uidvalidity,
    "UNSEEN": lambda mailbox: _count(mailbox, "\\Seen", present=False),
    "DELETED": lambda mailbox: _count(mailbox, "\\Deleted", present=True),
    "SIZE": lambda mailbox: sum(message.size for message in mailbox),
    "HIGHESTMODSEQ": lambda mailbox: mailbox.highestmodseq,
    "MAILBOXID": lambda mailbox: f"({mailbox.guid})",
}

HANDLERS = {List: list_, Lsub: lsub, Status: status}
