"""STARTTLS, AUTHENTICATE and LOGIN (RFC 3501 section 6.2, RFC 4616, RFC 4959, RFC 7677)."""

import base64
import functools
import logging
import secrets

from mailsim.accounts import Account
from mailsim.imap.commands.general import capabilities
from mailsim.imap.errors import Bad, No
from mailsim.imap.session import Session
from mailsim.imap.wire.login import Authenticate, Login, StartTls, decode
from mailsim.scram import Challenge, Malformed

log = logging.getLogger(__name__)


async def start_tls(session: Session, _command: StartTls) -> str:
    _require_anonymous(session)
    context = session.services.tls
    if context is None or session.encrypted:
        raise Bad("TLS is not to be had here, or is on already")
    session.upgrade = functools.partial(session.start_tls, context)
    return "begin the TLS handshake now"


async def authenticate(session: Session, command: Authenticate) -> str:
    _require_anonymous(session)
    _require_secure(session)
    mechanism = MECHANISMS.get(command.mechanism)
    if mechanism is None:
        raise No("that mechanism is not offered here")
    first = await _ask(session) if command.initial is None else command.initial
    return await mechanism(session, first)


async def _ask(session: Session, challenge: bytes = b"") -> bytes:
    """The client's answer; raises Bad if it gives up."""
    line = await session.ask(base64.b64encode(challenge))
    if line == b"*":
        raise Bad("cancelled")
    return decode(line)


async def _plain(session: Session, answer: bytes) -> str:
    """`identity NUL user NUL password` (RFC 4616)."""
    try:
        identity, user, password = answer.decode().split("\0")
    except ValueError as error:
        raise Bad("that is not an answer of the PLAIN mechanism") from error
    _require_oneself(identity, user)
    return await _with_password(session, user, password)


async def _scram(session: Session, first: bytes) -> str:
    """The server's proof goes out as one more challenge, which the client answers with nothing (RFC 5802 section 5)."""
    services = session.services
    try:
        challenge = Challenge.of(first, secrets.token_urlsafe(18), services.accounts.verifier)
        _require_oneself(challenge.identity, challenge.user)
        proof = challenge.judge(await _ask(session, challenge.message))
    except Malformed as error:
        raise Bad(str(error)) from error
    account = services.accounts.find(challenge.user)
    if proof is None or account is None:
        raise await _refusal(session, challenge.user)
    if await _ask(session, proof):
        raise Bad("nothing more was asked")
    return _welcome(session, account)


def _require_oneself(identity: str | None, user: str) -> None:
    if identity and identity != user:
        raise No("nobody logs in here for somebody else", "AUTHORIZATIONFAILED")


async def login(session: Session, command: Login) -> str:
    _require_anonymous(session)
    _require_secure(session)
    return await _with_password(session, command.user, command.password)


def _require_anonymous(session: Session) -> None:
    if session.account:
        raise Bad("you are logged in already")


def _require_secure(session: Session) -> None:
    if not session.secure:
        raise No("use STARTTLS first", "PRIVACYREQUIRED")


async def _with_password(session: Session, user: str, password: str) -> str:
    services = session.services
    async with services.guard.turn(_name(session, user), session.connection.host):
        account = await services.accounts.verify_soon(user, password)
    if account is None:
        raise await _refusal(session, user)
    return _welcome(session, account)


def _welcome(session: Session, account: Account) -> str:
    session.log_in(account)
    return f"[CAPABILITY {capabilities(session)}] welcome"


async def _refusal(session: Session, user: str) -> No:
    """A wrong password costs its sender time, and sooner or later the connection."""
    log.warning("%s: wrong user or password for %.100r", session.connection.address, user)
    penalty = session.services.guard.wrong(_name(session, user), session.connection.host)
    session.wrong_passwords += 1
    await session.connection.rest(penalty.seconds)
    if penalty.locked_out or session.wrong_passwords >= session.services.limits.failed_logins:
        session.write(b"* BYE too many wrong passwords")
        session.ended = True
    return No("wrong user or password", "AUTHENTICATIONFAILED")


def _name(session: Session, user: str) -> str:
    """Whose passwords are being guessed: "" for all who are unknown, since their names come without end."""
    account = session.services.accounts.find(user)
    return account.name if account else ""


MECHANISMS = {"PLAIN": _plain, "SCRAM-SHA-256": _scram}
HANDLERS = {StartTls: start_tls, Authenticate: authenticate, Login: login}
