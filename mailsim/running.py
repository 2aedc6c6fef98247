"""What tells that a daemon runs this world: a lock that dies with it, and a state file with its real addresses."""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from mailsim.config import Endpoint
from mailsim.errors import CannotListen

RELOAD = signal.SIGUSR1  # SIGHUP says that the terminal was closed, and ends a daemon in the foreground
LOOKS = 5  # `running` holds the lock for a moment too


@dataclass(frozen=True)
class Running:
    """A daemon that runs now, and where it really listens (a configured port may be 0)."""

    pid: int
    smtp: Endpoint
    imap: Endpoint
    smtps: Endpoint | None = None
    imaps: Endpoint | None = None


@contextlib.contextmanager
def claim(state: Path) -> Iterator[None]:
    """Be the one daemon of this world; raises CannotListen if another is. The kernel frees the lock of a dead one."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (state / "lock").open("a") as lock:
        if not _lock_soon(lock.fileno()):
            raise CannotListen(f"a daemon already runs this world ({state.parent.resolve()})")
        (state / "state.json").unlink(missing_ok=True)  # a killed daemon's: its pid may be anybody's now
        try:
            yield
        finally:
            (state / "state.json").unlink(missing_ok=True)


def announce(state: Path, running: Running) -> None:
    """Leave the addresses for the commands of this world."""
    new = state / "state.json.new"
    new.write_text(json.dumps(asdict(running)), encoding="utf-8")
    new.replace(state / "state.json")


def running(state: Path) -> Running | None:
    """The daemon of this world, or None; a state file that a killed daemon left does not count."""
    try:
        with (state / "lock").open("a") as lock:
            if _lock(lock.fileno(), fcntl.LOCK_SH):
                return None
        data = json.loads((state / "state.json").read_text(encoding="utf-8"))
        at = {key: Endpoint(**value) for key, value in data.items() if isinstance(value, dict)}
        return Running(data["pid"], **at)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def tell_daemon(state: Path) -> None:
    """Have the daemon, if one runs, read its accounts again."""
    if now := running(state):
        with contextlib.suppress(ProcessLookupError):
            os.kill(now.pid, RELOAD)


def _lock_soon(fd: int) -> bool:
    for _ in range(LOOKS):
        if _lock(fd, fcntl.LOCK_EX):
            return True
        time.sleep(0.02)
    return False


def _lock(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
