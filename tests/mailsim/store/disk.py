"""Watches a folder as a disk would: what was changed, and what of it a power cut might take back.

A file's content is safe once the file is flushed, a name once its folder is; syncfs makes everything safe. A name that
came and went in between was never at risk. Python's own audit events tell of the changes, whatever function made them.
"""

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from mailsim.store import sync

_watching: "list[Disk]" = []  # an audit hook can never be taken away, so there is one, and whom it tells


class Disk:
    """Watches `folder` within a `with`. `at_risk` is what is not safe: files by their path, and names likewise."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        self._contents: set[Path] = set()
        self._names: set[Path] = set()
        self.was_written = False
        fsync = os.fsync

        def flush(fd: int) -> None:
            fsync(fd)
            self._flushed(Path(f"/proc/self/fd/{fd}").readlink())

        def flush_all(_: int) -> int:
            self._contents.clear()
            self._names.clear()
            return 0

        monkeypatch.setattr(os, "fsync", flush)
        monkeypatch.setattr(sync, "_syncfs", flush_all)

    def __enter__(self) -> "Disk":
        _watching.append(self)
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        _watching.remove(self)

    @property
    def at_risk(self) -> set[Path]:
        """What is in a `tmp` folder is nobody's yet, or nobody's any more; an empty file has nothing to lose."""
        contents = {path for path in self._contents if path.exists() and path.stat().st_size}
        return {path for path in contents | self._names if path.parent.name != "tmp"}

    def _flushed(self, path: Path) -> None:
        self._contents.discard(path)
        self._names = {name for name in self._names if name.parent != path}

    def notice(self, event: str, arguments: tuple[Any, ...]) -> None:
        paths = [Path(argument) for argument in arguments[:2] if self._is_here(argument)]
        if not paths:
            return
        if event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR):
            self._contents.add(paths[0])
            if not paths[0].exists():
                self._named(paths[0])
        elif event == "os.mkdir" or (event == "os.remove" and paths[0].exists()):
            self._named(paths[0])
        elif event in {"os.rename", "os.link"}:
            self._renamed(Path(arguments[0]), paths[-1], event == "os.rename")

    def _renamed(self, old: Path, new: Path, gone: bool) -> None:
        if old in self._contents:
            self._contents.add(new)
        self._names.add(new)
        self.was_written = True
        if gone:
            self._contents.discard(old)
            self._named(old)

    def _named(self, path: Path) -> None:
        """A name that comes or goes; one that came a moment ago and goes again leaves nothing to lose."""
        self.was_written = True
        self._names ^= {path}

    def _is_here(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and self._folder in Path(path).parents


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    for disk in tuple(_watching):
        disk.notice(event, arguments)


sys.addaudithook(_audit)
