"""Flags in file names: a letter for each system flag (the Maildir convention), a to z for keywords (Dovecot's)."""

import re
from collections.abc import Iterable
from pathlib import Path

from mailsim.errors import StoreError

LETTERS = {
    "\\Draft": "D",
    "\\Flagged": "F",
    "$Forwarded": "P",
    "\\Answered": "R",
    "\\Seen": "S",
    "\\Deleted": "T",
}
SYSTEM = {letter: flag for flag, letter in LETTERS.items()}
CANONICAL = {flag.lower(): flag for flag in LETTERS}
KEYWORDS_FILE = "dovecot-keywords"
MOST_KEYWORDS = 26  # a letter each


class Keywords:
    """The keywords of one mailbox and their letters: in `dovecot-keywords`, a line `0 $Looping` makes it letter a."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / KEYWORDS_FILE
        self._names: dict[int, str] = {}
        self._seen = -1
        self._flags_of: dict[str, frozenset[str]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Read the file again if another program changed it."""
        changed = self._path.stat().st_mtime_ns if self._path.exists() else 0
        if changed == self._seen:
            return
        self._seen = changed
        self._flags_of.clear()
        text = self._path.read_text(encoding="utf-8", errors="replace") if changed else ""
        self._names = {int(number): name for number, name in re.findall(r"^(\d+) (\S+)$", text, re.MULTILINE)}

    def names(self) -> list[str]:
        return [self._names[number] for number in sorted(self._names)]

    def canonical(self, flags: Iterable[str]) -> frozenset[str]:
        """Flags as they are stored: keywords keep the case they were first written in (RFC 3501 section 2.3.2)."""
        known = CANONICAL | {name.lower(): name for name in self._names.values()}
        return frozenset(known.get(flag.lower(), flag) for flag in flags if flag.lower() != "\\recent")

    def flags(self, letters: str) -> frozenset[str]:
        """The flags that the letters of a file name stand for; unknown letters are passed over."""
        if letters not in self._flags_of:
            found = (SYSTEM.get(letter) or self._names.get(ord(letter) - ord("a")) for letter in letters)
            self._flags_of[letters] = frozenset(flag for flag in found if flag)
        return self._flags_of[letters]

    def letters(self, flags: Iterable[str]) -> str:
        """The letters for `flags`, in the order that the Maildir convention asks for (ASCII).

        A keyword never seen gets the next letter; raises StoreError when all are taken.
        """
        return "".join(sorted({LETTERS.get(flag) or self._letter(flag) for flag in flags}))

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
        new = self._path.with_name(KEYWORDS_FILE + ".tmp")
        new.write_text("".join(f"{n} {self._names[n]}\n" for n in sorted(self._names)), encoding="utf-8")
        new.replace(self._path)
        self._seen = self._path.stat().st_mtime_ns
        self._flags_of.clear()
