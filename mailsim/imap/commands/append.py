"""APPEND, of one message or several (RFC 3501 section 6.3.11, RFC 3502, RFC 4315)."""

import re

from mailsim.errors import NoSuchMailbox
from mailsim.imap.errors import No
from mailsim.imap.session import Session
from mailsim.imap.wire.messages import Append, NewMessage, storable
from mailsim.imap.wire.sequence import compact
from mailsim.mime.binary import without_binary
from mailsim.store import Mailbox
from mailsim.store.mailbox import New

BARE_LF = re.compile(rb"(?<!\r)\n")


async def append(session: Session, command: Append) -> str:
    mailbox = await open_target(session, command.mailbox)
    try:
        uids = await mailbox.append_many([_stored(message) for message in command.messages])
        return f"[APPENDUID {mailbox.uidvalidity} {compact(uids)}] APPEND done"
    finally:
        session.mailboxes.close(mailbox)


async def open_target(session: Session, name: str) -> Mailbox:
    """The mailbox that messages shall go to; No with TRYCREATE if it is missing (RFC 3501 section 6.3.11)."""
    mailboxes = session.mailboxes
    session.require_writable()
    try:
        return await mailboxes.open(name)
    except NoSuchMailbox as missing:
        raise No(missing.public, "TRYCREATE") from missing


def _stored(message: NewMessage) -> New:
    content = without_binary(message.content) if message.binary or message.utf8 else message.content
    return BARE_LF.sub(b"\r\n", content), storable(message.flags), message.date


HANDLERS = {Append: append}
