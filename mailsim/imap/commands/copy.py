"""COPY, MOVE and EXPUNGE (RFC 3501 section 6.4, RFC 6851, RFC 4315)."""

from collections.abc import Sequence

from mailsim.imap.commands.append import open_target
from mailsim.imap.errors import No
from mailsim.imap.session import Session
from mailsim.imap.wire.messages import Copy, Expunge, Move
from mailsim.imap.wire.sequence import compact
from mailsim.store import Mailbox


async def copy(session: Session, command: Copy) -> str | None:
    """All or none: a message that another session expunged fails it (RFC 3501 section 6.4.7)."""
    uids = _meant(session, command)
    if any(session.view.message(uid) is None for uid in uids):
        raise No("some of the messages no longer exist", "EXPUNGEISSUED")
    target = await open_target(session, command.mailbox)
    try:
        code = _copied(target, await session.view.mailbox.copy(uids, target))
    finally:
        session.mailboxes.close(target)
    return f"{code} COPY done" if code else None


async def move(session: Session, command: Move) -> None:
    """COPYUID comes untagged and before the EXPUNGEs, as RFC 6851 section 4.3 asks."""
    source = session.writable_view().mailbox
    uids = _meant(session, command)
    target = await open_target(session, command.mailbox)
    try:
        if code := _copied(target, await source.move(uids, target)):
            session.write(f"* OK {code} moved".encode())
    finally:
        session.mailboxes.close(target)


def _meant(session: Session, command: Copy) -> list[int]:
    view = session.view
    return [view.uids[number - 1] for number in view.numbers(command.messages, command.by_uid)]


def _copied(target: Mailbox, pairs: Sequence[tuple[int, int]]) -> str:
    if not pairs:
        return ""
    source, copied = (compact(uids) for uids in zip(*pairs, strict=True))
    return f"[COPYUID {target.uidvalidity} {source} {copied}]"


async def expunge(session: Session, command: Expunge) -> str | None:
    view = session.writable_view()
    asked = view.uids if command.uids is None else _named(session, command)
    doomed = [m.uid for uid in asked if (m := view.message(uid)) and "\\Deleted" in m.flags]
    await view.mailbox.expunge(doomed)
    if "QRESYNC" in session.enabled and doomed:
        return f"[HIGHESTMODSEQ {view.mailbox.highestmodseq}] EXPUNGE done"
    return None


def _named(session: Session, command: Expunge) -> list[int]:
    assert command.uids is not None
    view = session.view
    return [view.uids[number - 1] for number in view.numbers(command.uids, by_uid=True)]


HANDLERS = {Copy: copy, Move: move, Expunge: expunge}
