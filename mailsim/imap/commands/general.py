"""CAPABILITY, NOOP, LOGOUT, ID, ENABLE, IDLE, COMPRESS (RFC 3501 section 6.1, RFC 2177, 2971, 4978, 5161)."""

from mailsim.imap.errors import Bad, No
from mailsim.imap.session import Session
from mailsim.imap.wire.general import Capability, Compress, Enable, Id, Idle, Logout, Noop
from mailsim.imap.wire.printer import nstring, parenthesised, quoted
from mailsim_common import __version__

BEFORE_LOGIN = "IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE"
AFTER_LOGIN = (
    f"{BEFORE_LOGIN} NAMESPACE CHILDREN UIDPLUS MOVE UNSELECT SPECIAL-USE CREATE-SPECIAL-USE LIST-EXTENDED "
    "LIST-STATUS STATUS=SIZE MULTIAPPEND BINARY OBJECTID ESEARCH SEARCHRES WITHIN CONDSTORE QRESYNC UTF8=ACCEPT "
    "SORT SORT=DISPLAY ESORT THREAD=REFERENCES THREAD=ORDEREDSUBJECT COMPRESS=DEFLATE"
)
LOGINS = "AUTH=PLAIN AUTH=SCRAM-SHA-256"
ENABLED_BY = {  # by its name in capitals, what it brings along
    "IMAP4REV2": {"IMAP4REV2", "UTF8=ACCEPT"},  # of UTF8=ACCEPT it shares the mailbox names
    "CONDSTORE": {"CONDSTORE"},
    "QRESYNC": {"QRESYNC", "CONDSTORE"},
    "UTF8=ACCEPT": {"UTF8=ACCEPT"},
}


def capabilities(session: Session) -> str:
    """What this client may use now; passwords only where nobody can listen in (RFC 3501 section 6.2.3)."""
    if session.account:
        return AFTER_LOGIN
    offered = BEFORE_LOGIN
    if session.services.tls and not session.encrypted:
        offered += " STARTTLS"
    return offered + (f" {LOGINS}" if session.secure else " LOGINDISABLED")


async def capability(session: Session, _command: Capability) -> None:
    session.write(f"* CAPABILITY {capabilities(session)}".encode())


async def noop(session: Session, _command: Noop) -> None:
    if session.is_selected:
        await session.view.mailbox.refresh()


async def logout(session: Session, _command: Logout) -> None:
    session.write(b"* BYE until next time")
    session.ended = True


async def identify(session: Session, _command: Id) -> None:
    fields = {b"name": b"mailsim", b"version": __version__.encode()}
    pairs = (quoted(name) + b" " + nstring(value) for name, value in fields.items())
    session.write(b"* ID " + parenthesised(pairs))


async def enable(session: Session, command: Enable) -> None:
    """Unknown capabilities are passed over, as RFC 5161 section 3.1 has it."""
    if not session.account:
        raise Bad("log in first")
    new = [name for name in command.capabilities if name in ENABLED_BY and name not in session.enabled]
    for name in new:
        session.enabled |= ENABLED_BY[name]
    if session.is_selected:
        session.view.hides_recent = session.is_rev2
    session.write(" ".join(["* ENABLED", *new]).replace("REV2", "rev2").encode())


async def idle(session: Session, _command: Idle) -> None:
    """Holds until the client sends DONE; anything else it sends ends it too, as an error."""
    if not session.account:
        raise Bad("log in first")
    if session.is_selected:
        await session.view.mailbox.refresh()
    session.write(b"+ idling")
    with session.idling():
        line = await session.connection.line()
    if line.upper() != b"DONE":
        raise Bad("expected DONE")


async def compress(session: Session, command: Compress) -> str:
    if not session.account:
        raise Bad("log in first")
    if command.algorithm != "DEFLATE":
        raise Bad("that compression is not known here")
    if session.connection.is_compressed:
        raise No("it is on already", "COMPRESSIONACTIVE")
    session.upgrade = session.connection.start_deflate
    return "compressed from here on"


HANDLERS = {
    Capability: capability,
    Noop: noop,
    Logout: logout,
    Id: identify,
    Enable: enable,
    Idle: idle,
    Compress: compress,
}
