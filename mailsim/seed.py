"""Seeding a thread: one real email, submitted over SMTP as any mail client would."""

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from mailsim.accounts import Accounts
from mailsim.config import World
from mailsim.errors import MailsimError
from mailsim.running import Running, running
from mailsim.tls import ca_file
from mailsim_common.clock import Clock

TIMEOUT = 30.0  # seconds


class NotSent(MailsimError):
    """The relay refused the message, or no daemon runs; the text says which."""

    exit_code = 6


@dataclass(frozen=True)
class Seed:
    """The first email of a thread. Accounts without a domain belong to this world; `name` is the sender's own."""

    sender: str
    to: Sequence[str]
    subject: str
    body: str
    cc: Sequence[str] = ()
    name: str = ""


def send(world: World, seed: Seed, clock: Clock) -> str:
    """Submit the email to the running daemon; returns its Message-ID. Raises NotSent, NotFound."""
    now = running(world.state)
    if now is None:
        raise NotSent(f"no daemon runs this world; start it with: mailsim up -w {world.root}")
    accounts = Accounts(world)
    account, *_ = [accounts.get(name) for name in (seed.sender, *seed.to, *seed.cc)]
    message = compose(world, seed, clock)
    try:
        _submit(world, now, account.address, accounts.password(account.name), message)
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"the relay refused: {error.smtp_code} {_text(error.smtp_error)}") from error
    except smtplib.SMTPRecipientsRefused as error:
        refused = "; ".join(f"{who}: {code} {_text(text)}" for who, (code, text) in error.recipients.items())
        raise NotSent(f"the relay refused: {refused}") from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"no connection to the relay at {now.smtp}: {error}") from error
    return str(message["Message-ID"])


def compose(world: World, seed: Seed, clock: Clock) -> EmailMessage:
    """The email itself (RFC 5322). Raises NotSent for a text or a subject that no email can hold."""
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(world, seed.sender, seed.name)
    message["To"] = [_address(world, name) for name in seed.to]
    if seed.cc:
        message["Cc"] = [_address(world, name) for name in seed.cc]
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=world.office.domain)
    try:
        message["Subject"] = seed.subject
        message.set_content(seed.body)
    except ValueError as error:  # a line end in the subject, half a character in the text
        raise NotSent(f"no email can be made of this: {error}") from error
    return message


def _address(world: World, account: str, name: str = "") -> Address:
    return Address(name, addr_spec=account if "@" in account else f"{account}@{world.office.domain}")


def _submit(world: World, now: Running, user: str, password: str, message: EmailMessage) -> None:
    with smtplib.SMTP(now.smtp.host, now.smtp.port, timeout=TIMEOUT) as client:
        client.starttls(context=ssl.create_default_context(cafile=str(ca_file(world.state))))
        client.login(user, password)
        client.send_message(message)


def _text(reply: bytes | str) -> str:
    return reply.decode(errors="replace") if isinstance(reply, bytes) else reply
