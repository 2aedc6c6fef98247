"""Durable in groups: what is acknowledged is on the disk, and all who wait at one moment share one flush.

At 100 connections an fsync per message took 132 messages a second on the reference machine, one syncfs for all
that wait 2,800 (see benchmarks/README.md).
"""

import asyncio
import contextlib
import ctypes
import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

FEW = 4  # up to so many paths, flushing each alone is cheaper than flushing the file system

Waiting = tuple[tuple[Path, ...], asyncio.Future[None]]


class GroupSync:
    """Flushes files and folders to the disk for everybody who waits, one group after the other."""

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self._flusher: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="fsync")

    async def durable(self, *paths: Path) -> None:
        """Return once the content of these files and the entries of these folders survive a power cut.

        A path that was renamed or deleted meanwhile is no fault. Raises OSError if the disk says no.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((paths, done))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush_groups())
        await done

    def close(self) -> None:
        self._thread.shutdown()

    async def _flush_groups(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            group, self._waiting = self._waiting, []
            paths = {path for wanted, _ in group for path in wanted}
            try:
                await loop.run_in_executor(self._thread, flush, paths)
            except Exception as error:  # whatever it is, it is theirs who wait, and must not leave them waiting
                _settle(group, lambda done, error=error: done.set_exception(error))  # type: ignore[misc]
            else:
                _settle(group, lambda done: done.set_result(None))
        self._flusher = None


def _settle(group: Sequence[Waiting], settle: Callable[[asyncio.Future[None]], None]) -> None:
    for _, done in group:
        if not done.done():
            settle(done)


def flush(paths: Collection[Path]) -> None:
    """Flush now, in the calling thread: each path alone if they are few, else their file systems.

    A file that is not there may have been renamed, unflushed, so that only its file system is sure to hold it.
    """
    with contextlib.ExitStack() as stack:
        opened = [fd for path in paths if (fd := _open(path, stack)) is not None]
        if len(opened) == len(paths) <= FEW or _syncfs is None:
            for fd in opened:
                os.fsync(fd)
        else:
            for fd in {os.fstat(fd).st_dev: fd for fd in opened}.values():
                if _syncfs(fd) != 0:
                    raise OSError(ctypes.get_errno(), "syncfs failed")


def _open(path: Path, stack: contextlib.ExitStack) -> int | None:
    try:
        fd = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    stack.callback(os.close, fd)
    return fd


def _find_syncfs() -> Callable[[int], int] | None:
    """Linux has syncfs(2); Python does not wrap it."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    return function if callable(function) else None


_syncfs = _find_syncfs()
