"""Commands about the connection itself: CAPABILITY, NOOP, LOGOUT, ID, ENABLE, IDLE, COMPRESS."""

from dataclasses import dataclass
from typing import ClassVar, Self

from mailsim.imap.wire.command import Command
from mailsim.imap.wire.printer import Printer
from mailsim.imap.wire.scanner import Scanner


class Capability(Command):
    name = "CAPABILITY"


class Noop(Command):
    name = "NOOP"


class Logout(Command):
    name = "LOGOUT"


class Idle(Command):
    """RFC 2177; the client ends it with a line `DONE`."""

    name = "IDLE"


@dataclass(frozen=True, slots=True)
class Id(Command):
    """Who the client says it is (RFC 2971)."""

    name: ClassVar[str] = "ID"
    fields: tuple[tuple[bytes, bytes | None], ...] | None

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        if not scan.skip(b"("):
            return cls(None) if scan.nstring() is None else scan.fail("expected a list or NIL")
        if scan.skip(b")"):
            return cls(())

        def field() -> tuple[bytes, bytes | None]:
            key = scan.string()
            scan.space()
            return key, scan.nstring()

        return cls(scan.list_of(field))

    def write(self, out: Printer) -> None:
        if self.fields is None:
            out.word("NIL")
        else:
            out.list_of(self.fields, lambda field: out.string(field[0]).nstring(field[1]))


@dataclass(frozen=True, slots=True)
class Enable(Command):
    """RFC 5161."""

    name: ClassVar[str] = "ENABLE"
    capabilities: tuple[str, ...]

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        names: list[str] = []
        while not names or scan.more():
            scan.space()
            names.append(scan.name())
        return cls(tuple(names))

    def write(self, out: Printer) -> None:
        for capability in self.capabilities:
            out.word(capability)


@dataclass(frozen=True, slots=True)
class Compress(Command):
    """RFC 4978."""

    name: ClassVar[str] = "COMPRESS"
    algorithm: str

    @classmethod
    def read(cls, scan: Scanner) -> Self:
        scan.space()
        return cls(scan.name())

    def write(self, out: Printer) -> None:
        out.word(self.algorithm)


COMMANDS: tuple[type[Command], ...] = (Capability, Noop, Logout, Idle, Id, Enable, Compress)
