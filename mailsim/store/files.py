"""Small files: noticing that another program changed one, and replacing one whole."""

import os
from pathlib import Path

from mailsim.store.sync import flush

Stamp = tuple[int, int, int]
MISSING: Stamp = (0, 0, 0)


def stamp(path: Path) -> Stamp:
    """Tells whether a file is another one now, or was written to; MISSING if there is none."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - on many a command of every client
    except FileNotFoundError:
        return MISSING
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def read_text(path: Path) -> str:
    """The file as it is, line ends and all, or "" if there is none. File names on disk may be any bytes."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""


def replace(path: Path, text: str) -> None:
    """Write the file whole or not at all; it survives a power cut once this returns."""
    new = path.with_name(path.name + ".tmp")
    new.write_bytes(text.encode("utf-8", "surrogateescape"))
    flush([new])
    new.replace(path)
    flush([path.parent])
