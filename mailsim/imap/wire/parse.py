"""One command's bytes -> `Tagged`, and back."""

from mailsim.imap.errors import Bad, No
from mailsim.imap.wire import fetch, general, listing, login, mailboxes, messages, search
from mailsim.imap.wire.command import Command, OnMessages, Tagged
from mailsim.imap.wire.printer import Printer
from mailsim.imap.wire.scanner import Scanner

FAMILIES = (general, login, mailboxes, listing, messages, fetch, search)
COMMANDS: dict[str, type[Command]] = {cls.name: cls for family in FAMILIES for cls in family.COMMANDS}


class Unreadable(Exception):
    """What arrived is no command; `tag` is `*` where not even a tag was found, `answer` the reply to it."""

    def __init__(self, tag: str, answer: Bad | No) -> None:
        self.tag, self.answer = tag, answer
        super().__init__(answer.text)


def parse(data: bytes, utf8: bool = False) -> Tagged:
    """Read one command with its literals in place; raises Unreadable, and nothing else, for any bytes.

    `utf8`: the client enabled UTF8=ACCEPT, so mailbox names come in UTF-8 (RFC 6855 section 3).
    """
    scan = Scanner(data, utf8)
    tag = "*"
    try:
        tag = scan.tag()
        scan.space()
        command = _command_class(scan).read(scan)
        scan.end()
    except (Bad, No) as answer:
        raise Unreadable(tag, answer) from answer
    return Tagged(tag, command)


def _command_class(scan: Scanner) -> type[Command]:
    name = scan.name()
    if name == "UID":
        scan.space()
        scan.by_uid = True
        name = scan.name()
    cls = COMMANDS.get(name)
    if cls is None or (scan.by_uid and not issubclass(cls, OnMessages)):
        scan.fail("unknown command")
    return cls


def unparse(tagged: Tagged, utf8: bool = False) -> bytes:
    """The command as a client might send it; `parse` of it gives an equal one."""
    out = Printer(utf8)
    out.word(tagged.tag)
    if isinstance(tagged.command, OnMessages) and tagged.command.by_uid:
        out.word("UID")
    out.word(tagged.command.name)
    tagged.command.write(out)
    return bytes(out) + b"\r\n"
