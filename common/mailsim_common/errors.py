"""The one error of the common ground: something a person wrote in a file or on the command line is wrong."""

from pathlib import Path


class ConfigError(Exception):
    """Names where the fault is and how to mend it, in one line fit for a terminal.

    `path` is the faulty file, `line` counts from 1; both are None when the fault came from the command line.
    """

    def __init__(self, message: str, path: Path | None = None, line: int | None = None) -> None:
        self.path, self.line = path, line
        where = f"{path}:{line}: " if path and line else f"{path}: " if path else ""
        super().__init__(where + " ".join(message.splitlines()))
