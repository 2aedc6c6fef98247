"""STORE (RFC 3501 section 6.4.6, RFC 7162 section 3.1.3)."""

from mailsim.imap.session import Session
from mailsim.imap.view import View
from mailsim.imap.wire.messages import Store, storable
from mailsim.imap.wire.sequence import compact


async def store(session: Session, command: Store) -> str | None:
    view = session.writable_view()
    if command.unchanged_since is not None:
        session.enable_condstore()
    numbers = view.numbers(command.messages, command.by_uid)
    uids = [view.uids[number - 1] for number in numbers]
    spared = _spared(view, uids, command.unchanged_since)
    wanted = [uid for uid in uids if uid not in spared]
    changed = await view.mailbox.change_flags(wanted, command.change, storable(command.flags), view)
    if not command.silent:
        view.told(wanted)
        session.write(*session.flag_notices(wanted, with_uid=command.by_uid))
    elif "CONDSTORE" in session.enabled:
        session.write(*_modseqs(view, changed))
    if spared:
        told = sorted(spared) if command.by_uid else [view.number(uid) for uid in sorted(spared)]
        return f"[MODIFIED {compact(told)}] some changed meanwhile"
    if any(view.message(uid) is None for uid in uids):
        return "[EXPUNGEISSUED] the others have it; some no longer exist"
    return None


def _spared(view: View, uids: list[int], since: int | None) -> set[int]:
    if since is None:
        return set()
    return {uid for uid in uids if (message := view.message(uid)) and message.modseq > since}


def _modseqs(view: View, uids: list[int]) -> list[bytes]:
    """A silent STORE still tells the new modseqs (RFC 7162 section 3.1.3)."""
    messages = [message for uid in uids if (message := view.message(uid))]
    return [b"* %d FETCH (UID %d MODSEQ (%d))" % (view.number(m.uid), m.uid, m.modseq) for m in messages]


HANDLERS = {Store: store}
