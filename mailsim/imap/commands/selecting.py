"""SELECT, EXAMINE, CLOSE, UNSELECT, CHECK (RFC 3501 section 6.3.1, RFC 3691, RFC 7162 section 3.2.5)."""

from mailsim.imap.commands.listing import write_entry
from mailsim.imap.session import SYSTEM_FLAGS, Session
from mailsim.imap.view import View
from mailsim.imap.wire.mailboxes import Check, Close, Examine, Known, Select, Unselect
from mailsim.imap.wire.responses import vanished
from mailsim.imap.wire.sequence import SequenceSet


async def select(session: Session, command: Select) -> str:
    return await _open(session, command, session.read_only)


async def examine(session: Session, command: Examine) -> str:
    return await _open(session, command, read_only=True)


async def _open(session: Session, command: Select, read_only: bool) -> str:
    if session.is_selected:  # whether or not QRESYNC is enabled (RFC 7162 section 3.2.11)
        session.write(b"* OK [CLOSED] the mailbox before is closed")
    session.deselect()
    if command.condstore or command.known:
        session.enable_condstore()
    mailbox = await session.mailboxes.open(command.mailbox)
    view = session.select(mailbox, read_only)
    await mailbox.refresh()
    session.report()
    _describe(session, view)
    if session.is_rev2:
        write_entry(session, mailbox.name)
    if command.known and command.known.uidvalidity == mailbox.uidvalidity:
        _catch_up(session, view, command.known)
    return f"[{'READ-ONLY' if read_only else 'READ-WRITE'}] {command.name} done"


def _describe(session: Session, view: View) -> None:
    mailbox = view.mailbox
    flags = " ".join((*SYSTEM_FLAGS, *view.keywords))
    permanent = "" if view.read_only else f"{flags} \\*"
    lines = [
        f"* FLAGS ({flags})",
        f"* OK [PERMANENTFLAGS ({permanent})] these can be changed",
        f"* {len(view.uids)} EXISTS",
        f"* OK [UIDVALIDITY {mailbox.uidvalidity}] UIDs are valid",
        f"* OK [UIDNEXT {mailbox.uidnext}] the next UID",
        f"* OK [HIGHESTMODSEQ {mailbox.highestmodseq}] the latest change",
        f"* OK [MAILBOXID ({mailbox.guid})] the mailbox's own name",
    ]
    if not session.is_rev2:
        lines.insert(3, f"* {view.recent_count} RECENT")
        if unseen := _first_unseen(view):
            lines.insert(4, f"* OK [UNSEEN {unseen}] the first unseen message")
    session.write(*(line.encode() for line in lines))


def _first_unseen(view: View) -> int | None:
    for number, uid in enumerate(view.uids, 1):
        message = view.message(uid)
        if message and "\\Seen" not in message.flags:
            return number
    return None


def _catch_up(session: Session, view: View, known: Known) -> None:
    """Tell what changed since the client was here last. What was expunged is told from what is missing."""
    everything = SequenceSet(((1, max(view.mailbox.uidnext - 1, 1)),))
    missing = missing_uids(view, known.uids or everything)
    if missing:
        session.write(vanished(missing, earlier=True))
    changed = [m.uid for uid in view.uids if (m := view.message(uid)) and m.modseq > known.modseq]
    if known.uids:
        asked = set(view.numbers(known.uids, by_uid=True))
        changed = [uid for uid in changed if view.number(uid) in asked]
    if changed:
        session.write(*session.flag_notices(changed, with_uid=True))


def missing_uids(view: View, asked: SequenceSet) -> list[int]:
    """The UIDs of `asked` that were given out once and are there no more."""
    here, last = set(view.uids), view.mailbox.uidnext - 1
    ranges = [range(low, min(high, last) + 1) for low, high in asked.bounds(max(last, 1))]
    return sorted({uid for each in ranges for uid in each if uid not in here})


async def close(session: Session, _command: Close) -> None:
    """Expunges without telling (RFC 3501 section 6.4.2); a read-only mailbox is only closed."""
    view = session.view
    if not view.read_only:
        mailbox = view.mailbox
        await mailbox.expunge([m.uid for uid in view.uids if (m := view.message(uid)) and "\\Deleted" in m.flags])
    session.deselect()


async def unselect(session: Session, _command: Unselect) -> None:
    _ = session.view
    session.deselect()


async def check(session: Session, _command: Check) -> None:
    await session.view.mailbox.refresh()


HANDLERS = {Select: select, Examine: examine, Close: close, Unselect: unselect, Check: check}
