"""The log: one line an event, to a file that rotates, and warnings to the terminal."""

import logging
import logging.handlers
import os
import sys
from io import TextIOWrapper
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
FILE_BYTES, FILES_KEPT = 10_000_000, 5


def to_terminal(level: str = "WARNING") -> None:
    """Send what is at least as grave as `level` to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(level)
    _add(handler)


def to_file(path: Path, level: str = "INFO") -> None:
    """Send what is at least as grave as `level` to `path`; five files of 10 MB each are kept.

    The file is readable by its owner only: it names correspondents and may quote what a service answered.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = _PrivateFile(path, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    handler.setLevel(level)
    _add(handler)


class _PrivateFile(logging.handlers.RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        os.close(os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT, 0o600))
        return super()._open()


def _add(handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(entry.level for entry in root.handlers))
