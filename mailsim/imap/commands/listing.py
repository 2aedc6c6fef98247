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
    if set(command.selection) == {"RECURSIVEMATCH"}:
        raise Bad("RECURSIVEMATCH goes with SUBSCRIBED")
    entries, subscribed = mailboxes.list(), mailboxes.subscriptions()
    matches = matcher(command.reference, command.patterns)
    listing = _Listing(command, entries, subscribed)
    for entry in listing.candidates():
        attributes = listing.attributes(entry) if matches(entry.name) else None
        if attributes is None:
            continue
        session.write(_line(session, "LIST", attributes, entry.name, listing.child_info(entry)))
        if command.status and entry.selectable:
            with contextlib.suppress(StoreError):  # deleted since it was listed
                await _write_status(session, entry.name, command.status)


class _Listing:
    """What one LIST command says of each mailbox."""

    def __init__(self, command: List, entries: Sequence[MailboxName], subscribed: set[str]) -> None:
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
        attributes = [] if entry.selectable else ["\\Noselect" if existing else "\\NonExistent"]
        if not self._extended or "CHILDREN" in self._returns or not self._returns:
            attributes.append("\\HasChildren" if self._has_below(entry, self._known) else "\\HasNoChildren")
        if subscribed and "SUBSCRIBED" in self._selection | self._returns:
            attributes.append("\\Subscribed")
        return attributes + ([entry.special_use] if entry.special_use else [])

    def child_info(self, entry: MailboxName) -> str:
        """CHILDINFO: the mailbox is here because of subscribed ones below it (RFC 5258 section 3.5)."""
        told = "RECURSIVEMATCH" in self._selection and self._has_below(entry, self._subscribed)
        return ' ("CHILDINFO" ("SUBSCRIBED"))' if told else ""

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
