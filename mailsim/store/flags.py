"""Flags in file names: a letter for each system flag (the Maildir convention), a to z for keywords (Dovecot's)."""

import re
from collections.abc import Iterable
from pathlib import Path

from mailsim.errors import StoreError
from mailsim.store.files import MISSING, Stamp, read_text, replace, stamp

LETTERS = {"\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}
SYSTEM = {letter: flag for flag, letter in LETTERS.items()}
CANONICAL = {flag.lower(): flag for flag in LETTERS}
KEYWORDS_FILE = "dovecot-keywords"
MOST_KEYWORDS = 26  # a letter each


class Keywords:
    """The keywords of one mailbox and their letters: in `dovecot-keywords`, a line `0 $Looping` makes it letter a."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEYWORDS_FILE
        self._names: dict[int, str] = {}
        self._seen: Stamp = MISSING
        self._flags_of: dict[str, frozenset[str]] = {}
        self.refresh()

    def refresh(self) -> bool:
        """Read the file again if another program changed it; returns whether it did."""
        seen = stamp(self._path)
        if seen == self._seen:
            return False
        self._seen = seen
        self._flags_of.clear()
        lines = re.findall(r"^(\d+) (\S+)$", read_text(self._path), re.MULTILINE)
        self._names = {int(number): name for number, name in lines}
        return True

    def names(self) -> list[str]:
        return [self._names[number] for number in sorted(self._names)]

    def canonical(self, flags: Iterable[str]) -> frozenset[str]:
        """Flags as they are stored: keywords keep the case they were first written in (RFC 3501 section 2.3.2)."""
        self.refresh()
        known = {name.lower(): name for name in self._names.values()} | CANONICAL
        found: dict[str, str] = {}
        for flag in flags:
            found.setdefault(flag.lower(), known.get(flag.lower(), flag))
        found.pop("\\recent", None)
        return frozenset(found.values())

    def flags(self, letters: str) -> frozenset[str]:
        """The flags that the letters of a file name stand for; unknown letters are passed over."""
        if letters not in self._flags_of:
            found = (SYSTEM.get(letter) or self._names.get(ord(letter) - ord("a")) for letter in letters)
            self._flags_of[letters] = frozenset(flag for flag in found if flag)
        return self._flags_of[letters]

    def letters(self, flags: Iterable[str], before: str = "") -> str:
        """The letters for `flags`, in the order that the Maildir convention asks for (ASCII).

        Capitals in `before` that mean nothing here are another program's and stay. A keyword never seen gets the
        next letter; raises StoreError when all are taken.
        """
        foreign = {letter for letter in before if letter.isascii() and letter.isupper() and letter not in SYSTEM}
        return "".join(sorted({LETTERS.get(flag) or self._letter(flag) for flag in flags} | foreign))

    def _letter(self, keyword: str) -> str:
        number = next((n for n, name in self._names.items() if name == keyword), None)
        if number is None:
            number = next(n for n in range(MOST_KEYWORDS + 1) if n not in self._names)
            if number == MOST_KEYWORDS:
                raise StoreError("LIMIT", f"a mailbox holds at most {MOST_KEYWORDS} different keywords")
            self._names[number] = keyword
            self._write()
        return chr(ord("a") + number)

    def _write(self) -> None:
        """Durably, before a message has the letter: else it might mean another keyword after a power cut."""
        replace(self._path, "".join(f"{n} {self._names[n]}\n" for n in sorted(self._names)))
        self._seen = stamp(self._path)
        self._flags_of.clear()
