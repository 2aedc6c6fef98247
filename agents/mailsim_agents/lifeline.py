"""When a cast ends: at SIGTERM or SIGINT, and with the process that started it."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Awaitable

_PR_SET_PDEATHSIG = 1


async def until_told(work: Awaitable[None], until_eof: bool) -> None:
    """Do the work until it ends, a signal comes or, with `until_eof`, standard input is closed; raises as it does."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    if until_eof:
        _die_with_parent()
        loop.add_reader(sys.stdin.fileno(), _end_at_eof, task)
    try:
        await task
    except asyncio.CancelledError:
        pass
    finally:
        if until_eof:
            loop.remove_reader(sys.stdin.fileno())


def _end_at_eof(task: asyncio.Future[None]) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        task.cancel()


def _die_with_parent() -> None:
    """On Linux the kernel sends SIGTERM when the parent is gone, even where others still hold the pipe open."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
