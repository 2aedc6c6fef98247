"""CREATE, DELETE, RENAME, SUBSCRIBE, UNSUBSCRIBE, NAMESPACE (RFC 3501 section 6.3, RFC 2342)."""

from mailsim.errors import NoSuchMailbox
from mailsim.imap.errors import No
from mailsim.imap.session import Session
from mailsim.imap.wire.mailboxes import Create, Delete, Namespace, Rename, Subscribe, Unsubscribe
from mailsim.store.account import SPECIAL_USE
from mailsim.store.names import SEPARATOR


async def create(session: Session, command: Create) -> str | None:
    """A separator at the end says that mailboxes will be made below it, which needs nothing here."""
    mailboxes = session.mailboxes
    session.require_writable()
    name = command.mailbox.removesuffix(SEPARATOR)
    if not {use.lower() for use in command.use} <= {SPECIAL_USE.get(name, "").lower()}:
        raise No("only the mailbox that is named for it has a special use here", "USEATTR")
    await mailboxes.create(name)
    mailbox = await mailboxes.open(name)
    try:
        return f"[MAILBOXID ({mailbox.guid})] CREATE done"
    finally:
        mailboxes.close(mailbox)


async def delete(session: Session, command: Delete) -> None:
    mailboxes = session.mailboxes
    session.require_writable()
    if session.is_selected and session.view.mailbox.name == command.mailbox:
        session.deselect()
    await mailboxes.delete(command.mailbox)


async def rename(session: Session, command: Rename) -> None:
    mailboxes = session.mailboxes
    session.require_writable()
    await mailboxes.rename(command.old, command.new.removesuffix(SEPARATOR))


async def subscribe(session: Session, command: Subscribe) -> None:
    mailboxes = session.mailboxes
    session.require_writable()
    if not any(entry.name == command.mailbox for entry in mailboxes.list()):
        raise NoSuchMailbox
    mailboxes.subscribe(command.mailbox, True)


async def unsubscribe(session: Session, command: Unsubscribe) -> None:
    mailboxes = session.mailboxes
    session.require_writable()
    mailboxes.subscribe(command.mailbox, False)


async def namespace(session: Session, _command: Namespace) -> None:
    """One personal namespace without prefix; nobody's mailboxes are shared."""
    _ = session.mailboxes
    session.write(f'* NAMESPACE (("" "{SEPARATOR}")) NIL NIL'.encode())


HANDLERS = {
    Create: create,
    Delete: delete,
    Rename: rename,
    Subscribe: subscribe,
    Unsubscribe: unsubscribe,
    Namespace: namespace,
}
