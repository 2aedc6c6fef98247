"""Flags in file names: a letter for each system flag (the Maildir convention), a to z for keywords (Dovecot's).

Keywords beyond the 26 that have a letter are in `mailsim-keywords`.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from mailsim.errors import StoreError
from mailsim.store.files import MISSING, Stamp, read_text, replace, stamp
from mailsim.store.morekeywords import MoreKeywords
from mailsim.store.names import base_of, letters_of

LETTERS = {"\\Draft": "D", "\\Flagged": "F", "\\Answered": "R", "\\Seen": "S", "\\Deleted": "T"}
SYSTEM = {letter: flag for flag, letter in LETTERS.items()}
CANONICAL = {flag.lower(): flag for flag in LETTERS}
KEYWORDS_FILE = "dovecot-keywords"
WITH_LETTER = 26
MOST_KEYWORDS = 1000


class Keywords:
    """The keywords of one mailbox and their letters: in `dovecot-keywords`, a line `0 $Looping` makes it letter a."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEYWORDS_FILE
        self._names: dict[int, str] = {}
        self._seen: Stamp = MISSING
        self._flags_of: dict[str, frozenset[str]] = {}
        self.more = MoreKeywords(folder)
        self.refresh()

    def refresh(self) -> bool:
        """Read the files again if another program changed one; returns whether it did."""
        more = self.more.refresh()
        seen = stamp(self._path)
        if seen == self._seen:
            return more
        self._seen = seen
        self._flags_of.clear()
        lines = re.findall(r"^(\d+) (\S+)$", read_text(self._path), re.MULTILINE)
        self._names = {int(number): name for number, name in lines}
        return True

    def names(self) -> list[str]:
        with_letter = [self._names[number] for number in sorted(self._names)]
        return [*with_letter, *(name for name in self.more.names() if name not in with_letter)]

    def canonical(self, flags: Iterable[str]) -> frozenset[str]:
        """Flags as they are stored: keywords keep the case they were first written in (RFC 3501 section 2.3.2).

        Raises StoreError when the mailbox would hold too many.
        """
        self.refresh()
        names = self.names()
        known = {name.lower(): name for name in names} | CANONICAL
        found: dict[str, str] = {}
        for flag in flags:
            found.setdefault(flag.lower(), known.get(flag.lower(), flag))
        found.pop("\\recent", None)
        if len(names) + len(found.keys() - known) > MOST_KEYWORDS:
            raise StoreError("LIMIT", f"a mailbox holds at most {MOST_KEYWORDS} different keywords")
        return frozenset(found.values())

    def flags(self, file: str) -> frozenset[str]:
        """The flags of the message in that file; unknown letters are passed over."""
        letters = letters_of(file)
        if letters not in self._flags_of:
            found = (SYSTEM.get(letter) or self._names.get(ord(letter) - ord("a")) for letter in letters)
            self._flags_of[letters] = frozenset(flag for flag in found if flag)
        flags = self._flags_of[letters]
        return flags | self.more.of(base_of(file.rpartition("/")[2])) if self.more else flags

    def file_name(self, base: str, flags: Iterable[str], before: str = "") -> str:
        """`base` with the letters for `flags`, in the order that the Maildir convention asks for (ASCII).

        Capitals in `before` that mean nothing here are another program's and stay. A keyword never seen gets the
        next letter, or a line in `mailsim-keywords` when all are taken.
        """
        letters = {letter for letter in before if letter.isascii() and letter.isupper() and letter not in SYSTEM}
        rest = set()
        for flag in sorted(flags):
            if letter := LETTERS.get(flag) or self._letter(flag):
                letters.add(letter)
            else:
                rest.add(flag)
        self.more.set(base, frozenset(rest))
        return f"{base}:2,{''.join(sorted(letters))}"

    def _letter(self, keyword: str) -> str | None:
        number = next((n for n, name in self._names.items() if name == keyword), None)
        if number is None:
            number = next((n for n in range(WITH_LETTER) if n not in self._names), None)
            if number is None:
                return None
            self._names[number] = keyword
            self._write()
        return chr(ord("a") + number)

    def _write(self) -> None:
        """Durably, before a message has the letter: else it might mean another keyword after a power cut."""
        replace(self._path, "".join(f"{n} {self._names[n]}\n" for n in sorted(self._names)))
        self._seen = stamp(self._path)
        self._flags_of.clear()
