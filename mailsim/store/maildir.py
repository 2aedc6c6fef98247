"""One Maildir on disk: `tmp/` for what is being written, `new/` for what no client has seen, `cur/` for the rest."""

import errno
import os
import re
from pathlib import Path

from mailsim.store.names import base_of, wire_size
from mailsim.store.sync import flush

GUESS = 65_536  # bytes read at once where the name does not tell the size
_BARE_LF = re.compile(rb"(?<!\r)\n")


class Maildir:
    """Plain file operations, each a system call or two; which message has which UID is not known here.

    A message is named by its file below the folder, for example `cur/1700000000.M1P2Q3.host,S=10,W=10:2,S`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> None:
        """Create what is missing; the world's owner alone may enter."""
        for part in ("tmp", "new", "cur"):
            (self.folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.folder.name.startswith("."):
            (self.folder / "maildirfolder").touch()  # tells a delivery agent that this is a folder of an account

    def has_links(self) -> bool:
        """Whether part of it is a symbolic link, which may lead into another account."""
        return any((self.folder / part).is_symlink() for part in ("", "tmp", "new", "cur"))

    def exists(self) -> bool:
        return (self.folder / "cur").is_dir()

    def stamp(self) -> tuple[int, int]:
        """Changes whenever a file appears, is renamed or goes."""
        return (self._changed("new"), self._changed("cur"))

    def _changed(self, part: str) -> int:
        return os.stat(self.folder / part).st_mtime_ns  # noqa: PTH116 - on every NOOP of every client

    def scan(self) -> dict[str, str]:
        """Every message: base name -> file below the folder. One that is in both has just been moved to `cur/`.

        Names that cannot stand in the UID list are passed over, as Dovecot does.
        """
        found: dict[str, str] = {}
        for part in ("new", "cur"):
            for name in os.listdir(self.folder / part):  # noqa: PTH208 - ten times faster than iterdir
                if name[0] not in ".:" and "\n" not in name:
                    found[base_of(name)] = f"{part}/{name}"
        return found

    def write(self, name: str, content: bytes, modified: float | None = None) -> Path:
        """Write a message to `tmp/`, in the folder it will be in, so that placing it is one rename.

        `modified` (seconds since 1970) becomes the file's time, which is the message's internal date.
        """
        path = self.folder / "tmp" / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        if modified is not None:
            os.utime(path, (modified, modified))
        return path

    def link(self, source: Path, name: str) -> Path:
        """Have the file `source` in `tmp/` too: a hard link, or a flushed copy where there can be none.

        Raises FileNotFoundError if there is no such file.
        """
        path = self.folder / "tmp" / name
        path.unlink(missing_ok=True)
        try:
            os.link(source, path)
        except FileNotFoundError:
            raise
        except OSError:
            flush([self.write(name, source.read_bytes(), source.stat().st_mtime)])
        return path

    def place(self, written: Path, file: str) -> None:
        """Make a message of `tmp/` visible as `file`."""
        written.rename(self.folder / file)

    def rename(self, old: str, new: str) -> None:
        """Give a message other flags; raises FileNotFoundError if another program was there before us."""
        os.rename(self.folder / old, self.folder / new)  # noqa: PTH104 - 20,000 of them in one STORE

    def remove(self, file: str) -> None:
        """Raises FileNotFoundError like `rename`."""
        os.unlink(self.folder / file)  # noqa: PTH108

    def read(self, file: str) -> bytes:
        """The message with CRLF line ends, whatever the file has; raises FileNotFoundError."""
        told = wire_size(file)
        descriptor = _open_no_link(f"{self.folder}/{file}")  # a plain string: 20,000 of them in one FETCH
        try:
            content = _read_all(descriptor, told or GUESS)
        finally:
            os.close(descriptor)
        if told == len(content) or content.count(b"\n") == content.count(b"\r\n"):
            return content
        return _BARE_LF.sub(b"\r\n", content)

    def modified(self, file: str) -> float:
        """Seconds since 1970; raises FileNotFoundError."""
        return (self.folder / file).lstat().st_mtime


def _open_no_link(path: str) -> int:
    """A symbolic link, which may lead into another account, is as good as no file."""
    try:
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise FileNotFoundError(errno.ENOENT, "a symbolic link is no message", path) from error


def _read_all(descriptor: int, expected: int) -> bytes:
    """The file from here to its end: a regular file gives less than was asked for only there."""
    pieces = [os.read(descriptor, expected + 1)]
    if len(pieces[0]) > expected:
        while piece := os.read(descriptor, GUESS):
            pieces.append(piece)
    return b"".join(pieces)
