"""What every command is: a frozen value that knows how it is read and how it is printed."""

from dataclasses import dataclass, field
from typing import ClassVar, Self

from mailsim.imap.wire.printer import Printer
from mailsim.imap.wire.scanner import Scanner


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands, and all there is to those without arguments."""

    name: ClassVar[str]

    @property
    def keeps_numbers(self) -> bool:
        """Whether message numbers must stay as they are until it is answered (RFC 3501 section 7.4.1)."""
        return False

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        """The arguments after the command's name; raises Bad."""
        return cls()

    def write(self, out: Printer) -> None:
        """The same arguments, so that `read` gives an equal command."""


@dataclass(frozen=True, slots=True)
class OnMessages(Command):
    """A command on messages, which the client names by number, or with `UID` before it by UID."""

    by_uid: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class ByNumber(OnMessages):
    """One of FETCH, STORE, SEARCH and their like: no EXPUNGE may come in between."""

    @property
    def keeps_numbers(self) -> bool:
        return not self.by_uid


@dataclass(frozen=True, slots=True)
class Tagged:
    """A command and the tag its answer will carry."""

    tag: str
    command: Command
