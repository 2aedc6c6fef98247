"""STARTTLS, AUTHENTICATE PLAIN and LOGIN (RFC 3501 section 6.2, RFC 4616, RFC 4959)."""

import asyncio

from mailsim.imap.commands.general import capabilities
from mailsim.imap.errors import Bad, No
from mailsim.imap.session import Session
from mailsim.imap.wire.login import Authenticate, Login, StartTls, decode

MECHANISMS = ("PLAIN",)


async def start_tls(session: Session, _command: StartTls) -> str:
    _require_anonymous(session)
    context = session.services.tls
    if context is None or session.encrypted:
        raise Bad("TLS is not to be had here, or is on already")
    session.upgrade = context
    return "begin the TLS handshake now"


async def authenticate(session: Session, command: Authenticate) -> str:
    _require_anonymous(session)
    _require_secure(session)
    if command.mechanism not in MECHANISMS:
        raise No("that mechanism is not offered here")
    answer = command.initial
    if answer is None:
        line = await session.ask()
        if line == b"*":
            raise Bad("cancelled")
        answer = decode(line)
    identity, user, password = _plain(answer)
    if identity and identity != user:
        raise No("nobody logs in here for somebody else", "AUTHORIZATIONFAILED")
    return await _log_in(session, user, password)


def _plain(answer: bytes) -> tuple[str, str, str]:
    """`identity NUL user NUL password`; raises Bad."""
    try:
        identity, user, password = answer.decode().split("\0")
    except ValueError as error:
        raise Bad("that is not an answer of the PLAIN mechanism") from error
    return identity, user, password


async def login(session: Session, command: Login) -> str:
    _require_anonymous(session)
    _require_secure(session)
    return await _log_in(session, command.user, command.password)


def _require_anonymous(session: Session) -> None:
    if session.account:
        raise Bad("you are logged in already")


def _require_secure(session: Session) -> None:
    if not session.secure:
        raise No("use STARTTLS first", "PRIVACYREQUIRED")


async def _log_in(session: Session, user: str, password: str) -> str:
    """A wrong password costs this connection time, more with each, and no other connection anything."""
    services = session.services
    account = services.accounts.verify(user, password)
    if account is None:
        session.wrong_passwords += 1
        await asyncio.sleep(services.login_delay * session.wrong_passwords)
        if session.wrong_passwords >= services.limits.failed_logins:
            session.write(b"* BYE too many wrong passwords")
            session.ended = True
        raise No("wrong user or password", "AUTHENTICATIONFAILED")
    session.log_in(account)
    return f"[CAPABILITY {capabilities(session)}] welcome"


HANDLERS = {StartTls: start_tls, Authenticate: authenticate, Login: login}
