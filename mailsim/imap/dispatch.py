"""The life of a session: greeting, commands, and the one place where failures become tagged replies."""

import logging

from mailsim.errors import StoreError
from mailsim.imap.commands import HANDLERS
from mailsim.imap.commands.general import capabilities
from mailsim.imap.connection import Closed
from mailsim.imap.errors import Bad, No
from mailsim.imap.session import Session
from mailsim.imap.wire.command import Command
from mailsim.imap.wire.parse import Unreadable, parse
from mailsim.imap.wire.reader import LineTooLong, Oversize
from mailsim.imap.wire.responses import code

log = logging.getLogger(__name__)
MOST_ERRORS = 20  # BADs in a row: whoever speaks does not speak IMAP


async def converse(session: Session) -> None:
    """Serve a client until it logs out or goes; raises Closed when it went."""
    try:
        await _converse(session)
    except Closed:
        raise
    except Exception:
        log.exception("the session of %s broke off", _who(session))
        session.write(b"* BYE something went wrong here; the server's log has more")


async def _converse(session: Session) -> None:
    session.write(f"* OK [CAPABILITY {capabilities(session)}] mailsim is ready".encode())
    errors = 0
    while not session.ended:
        try:
            errors = 0 if await _one_command(session) else errors + 1
        except LineTooLong:
            session.write(b"* BYE that line is too long")
            return
        if errors >= MOST_ERRORS:
            session.write(b"* BYE too many errors")
            return


async def _one_command(session: Session) -> bool:
    """Read and answer one command; False if it was no command."""
    try:
        tagged = parse(await session.connection.command(), "UTF8=ACCEPT" in session.enabled)
    except Unreadable as unreadable:
        session.write(_failure(unreadable.tag, unreadable.answer))
        return False
    except Oversize as oversize:
        session.write(_failure(oversize.tag.decode(), oversize))
        return False
    session.tag = tagged.tag
    reply = await _answer(session, tagged.tag, tagged.command)
    if not session.ended:
        session.report(not tagged.command.keeps_numbers, with_uid=getattr(tagged.command, "by_uid", False))
    session.write(reply)
    await session.connection.drain()
    await session.do_upgrade()
    return not reply.startswith(f"{tagged.tag} BAD ".encode())


async def _answer(session: Session, tag: str, command: Command) -> bytes:
    """Carry the command out; the tagged reply tells how it went, and never more than was written for clients."""
    try:
        text = await HANDLERS[type(command)](session, command)
    except (No, Bad) as failure:
        return _failure(tag, failure)
    except StoreError as refusal:
        if refusal.cause:
            log.warning("%s of %s: %s", command.name, _who(session), refusal.cause)
        return _failure(tag, No(refusal.public, refusal.code))
    except Closed:
        raise
    except Exception:
        log.exception("%s of %s failed", command.name, _who(session))
        return _failure(tag, No("something went wrong here; the server's log has more", "SERVERBUG"))
    return f"{tag} OK {text or f'{command.name} done'}".encode()


def _failure(tag: str, failure: No | Bad) -> bytes:
    kind = "NO" if isinstance(failure, No) else "BAD"
    return f"{tag} {kind} {code(failure.code, failure.text)}".encode()


def _who(session: Session) -> str:
    return session.account.name if session.account else session.connection.address
