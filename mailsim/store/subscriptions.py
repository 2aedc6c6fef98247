"""`subscriptions`: the mailboxes a client wants to see, in Dovecot's own form.

Version 2 begins with a line `V<tab>2` and an empty one; then every line is a name with tabs between its parts.
Version 1 is names alone, with dots. Either is read; version 2 is written.
"""

from collections.abc import Iterable
from pathlib import Path

from mailsim.store.files import read_text, replace
from mailsim.store.names import canonical, folder_of, mailbox_of

NAME = "subscriptions"


class Subscriptions:
    """The subscriptions of one account; read anew each time, because Dovecot changes them too."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def names(self) -> set[str]:
        """Names a client subscribed to; a mailbox deleted since stays among them (RFC 3501 section 6.3.6)."""
        return set(filter(None, map(_name, self._lines())))

    def set(self, names: Iterable[str], on: bool) -> None:
        """Subscribe or unsubscribe, leaving lines that we do not understand as they are.

        Raises StoreError for a name that no mailbox can have.
        """
        changed = {canonical(name): (folder_of(name) or ".INBOX")[1:].replace(".", "\t") for name in names}
        kept = [line for line in self._lines() if _name(line) not in changed]
        lines = sorted([*kept, *changed.values()] if on else kept)
        replace(self._path, "V\t2\n\n" + "".join(line + "\n" for line in lines))

    def _lines(self) -> list[str]:
        lines = read_text(self._path).split("\n")
        if lines[0].startswith("V\t"):
            return list(filter(None, lines[1:]))
        return [line.replace(".", "\t") for line in lines if line]


def _name(line: str) -> str | None:
    folder = "." + line.replace("\t", ".")
    return "INBOX" if canonical(line) == "INBOX" else mailbox_of(folder)
