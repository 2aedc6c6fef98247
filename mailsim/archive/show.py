"""A message on a terminal as it happens; plain text where nobody looks at colours, such as in a pipe."""

from rich.console import Console
from rich.text import Text

from mailsim.archive import times
from mailsim.archive.formats.text import words
from mailsim.archive.transcript import Message

_COLOURS = ("cyan", "yellow", "green", "magenta", "blue", "red", "bright_cyan", "bright_yellow")
_INDENT = 4
_UNLIMITED = 1_000_000  # columns: in a pipe a line stays whole


def show_message(console: Console, message: Message) -> None:
    """Print who says what to whom, and how long after the one before; quotes and the signature are left out.

    The message's text reaches the terminal without escape sequences, whatever it has in it.
    """
    colour = _COLOURS[message.speaker.lane % len(_COLOURS)]
    to = ", ".join(person.label for person in message.entry.recipients)
    head = Text.assemble(
        (f"{message.number:>{_INDENT - 1}} ", "dim"),
        (message.speaker.label, f"bold {colour}"),
        (f" to {to}" if to else "", "dim"),
        (f"  +{times.span(message.since_last)}" if message.since_last is not None else "", "dim"),
    )
    console.print(head, soft_wrap=True)
    width = console.width - _INDENT if console.is_terminal else _UNLIMITED
    for line in Text(words(message)).wrap(console, width):
        console.print(" " * _INDENT + line.plain.rstrip(), markup=False, soft_wrap=True, highlight=False, emoji=False)
    console.print()
