"""Thousands of clients that wait: what each costs the server, and whether others notice."""

import resource
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.imap.report import Report, quantile
from benchmarks.imap.servers import Mailsim

NOOPS = 300
WATCHED = 10.0  # seconds of which the processor time is taken
TICKS = 100  # a second, in /proc


def raise_file_limit() -> int:
    """Allow as many open files as the system lets us, to the servers as well; returns how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def idle(server: Mailsim, report: Report, connections: int, tick: Callable[[str], None]) -> None:
    """`connections` clients idle on one mailbox; plain TCP."""
    title = f"{connections:,} connections in IDLE"
    with ExitStack() as stack, server.login() as other:
        other.command("SELECT INBOX")
        before = _memory(server.pid)
        for number in range(connections):
            if number % 100 == 0:
                tick(f"{title}: {number}")
            client = stack.enter_context(server.login(chunk=4096))
            client.command("SELECT INBOX")
            client.idle()
        each = (_memory(server.pid) - before) / connections / 1024
        report.below(f"{title}: memory of each", "KB", {"mailsim": each}, 25)
        tick(f"{title}: watching")
        report.below(f"{title}: processor", "%", {"mailsim": _processor_share(server.pid)}, 0.5)
        noops = [other.command("NOOP").seconds * 1000 for _ in range(NOOPS)]
        report.below(f"{title}: NOOP of another, p99", "ms", {"mailsim": quantile(noops, 0.99)}, 5)


def _memory(pid: int) -> int:
    """The process's own share of memory, in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _processor_share(pid: int) -> float:
    """Percent of one core while nothing happens."""
    before = _ticks(pid)
    time.sleep(WATCHED)
    return (_ticks(pid) - before) / TICKS / WATCHED * 100


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
