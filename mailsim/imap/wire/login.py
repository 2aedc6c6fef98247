"""Commands of a client that has yet to log in: STARTTLS, AUTHENTICATE, LOGIN (RFC 3501 section 6.2)."""

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import ClassVar, Self

from mailsim.imap.errors import Bad
from mailsim.imap.wire.command import Command
from mailsim.imap.wire.printer import Printer
from mailsim.imap.wire.scanner import Scanner

INITIAL = re.compile(rb"=|[A-Za-z0-9+/]+=*")


class StartTls(Command):
    name = "STARTTLS"


@dataclass(frozen=True, slots=True)
class Authenticate(Command):
    """`initial` is the client's first answer, decoded, if it came along (RFC 4959)."""

    name: ClassVar[str] = "AUTHENTICATE"
    mechanism: str
    initial: bytes | None = field(default=None, repr=False)

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        mechanism = scan.name()
        if not scan.more():
            return cls(mechanism)
        scan.space()
        text = scan.need(INITIAL, "base64")
        return cls(mechanism, b"" if text == b"=" else decode(text))

    def write(self, out: Printer) -> None:
        out.word(self.mechanism)
        if self.initial is not None:
            out.raw(base64.b64encode(self.initial) or b"=")


@dataclass(frozen=True, slots=True)
class Login(Command):
    name: ClassVar[str] = "LOGIN"
    user: str
    password: str = field(repr=False)

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        user = scan.user_text()
        scan.space()
        return cls(user, scan.user_text())

    def write(self, out: Printer) -> None:
        out.astring(self.user.encode()).astring(self.password.encode())


def decode(line: bytes) -> bytes:
    """One answer of a SASL exchange; raises Bad if it is not base64."""
    try:
        return base64.b64decode(line, validate=True)
    except binascii.Error as error:
        raise Bad("that is not base64") from error


COMMANDS: tuple[type[Command], ...] = (StartTls, Authenticate, Login)
