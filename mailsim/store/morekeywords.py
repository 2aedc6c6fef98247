"""`mailsim-keywords`: the keywords of messages for which no letter was left (a file name has 26, see `flags`).

Dovecot does not know this file and leaves it alone: a message keeps these keywords while Dovecot serves the mailbox,
shows the first 26 only and renames the message's file, since its base name stays. Not kept are they by a copy that
Dovecot makes. Of more than 26 keywords that Dovecot gives, it writes the rest to its own index, where we do not look.

A line for a message is `<keyword> <keyword><tab><base name>`; the last one counts. It is appended to, and written
anew when it holds much that no longer counts.
"""

from collections.abc import Container
from pathlib import Path

from mailsim.store.files import MISSING, Stamp, read_text, replace, stamp

NAME = "mailsim-keywords"
STALE = 1000  # lines that no longer count, before the file is written anew
NONE: frozenset[str] = frozenset()


class MoreKeywords:
    """The keywords without a letter, by base name of a message of one mailbox."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._of: dict[str, frozenset[str]] = {}
        self._names: dict[str, None] = {}  # in the order in which they came
        self._lines = 0
        self._torn = False  # a crash left half a line at the end
        self._seen: Stamp = MISSING
        self.refresh()

    def __bool__(self) -> bool:
        """Whether any message ever had such a keyword."""
        return self._seen != MISSING

    def refresh(self) -> bool:
        """Read the file again if another program changed it; returns whether it did."""
        seen = stamp(self.path)
        if seen == self._seen:
            return False
        *lines, rest = read_text(self.path).split("\n")
        self._of, self._lines, self._torn, self._seen = {}, len(lines), bool(rest), seen
        for line in lines:
            keywords, _, base = line.partition("\t")
            self._note(base, frozenset(keywords.split()))
        return True

    def of(self, base: str) -> frozenset[str]:
        return self._of.get(base, NONE)

    def names(self) -> list[str]:
        return list(self._names)

    def set(self, base: str, keywords: frozenset[str]) -> None:
        """Give a message these and no others; durable once `path` is flushed."""
        if keywords == self.of(base):
            return
        self._note(base, keywords)
        if self._torn or not self or self._lines > len(self._of) + STALE:
            self._rewrite()
            return
        with self.path.open("ab") as file:
            file.write(_line(base, keywords).encode("utf-8", "surrogateescape"))
        self._lines += 1
        self._seen = stamp(self.path)

    def keep(self, bases: Container[str]) -> None:
        """Forget all other messages."""
        gone = [base for base in self._of if base not in bases]
        for base in gone:
            del self._of[base]
        if gone:
            self._rewrite()

    def _note(self, base: str, keywords: frozenset[str]) -> None:
        self._names.update(dict.fromkeys(sorted(keywords)))
        if keywords:
            self._of[base] = keywords
        else:
            self._of.pop(base, None)

    def _rewrite(self) -> None:
        replace(self.path, "".join(_line(base, keywords) for base, keywords in self._of.items()))
        self._lines, self._torn, self._seen = len(self._of), False, stamp(self.path)


def _line(base: str, keywords: frozenset[str]) -> str:
    return f"{' '.join(sorted(keywords))}\t{base}\n"
