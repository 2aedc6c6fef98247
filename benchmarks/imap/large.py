"""Ten times as many messages in one mailbox: what may grow with it, and what may not."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.imap.noticing import by_smtp
from benchmarks.imap.report import Report, median
from benchmarks.imap.servers import Mailsim

TIMES = 10
STORES = 60
DELIVERIES = 60
SLACK = 1.25  # what two measurements of the same thing differ by


@dataclass(frozen=True)
class Times:
    """Seconds, at the median: of FETCH 1:* (FLAGS), of a STORE of one flag, from a submission to its notice."""

    fetch: float
    store: float
    notice: float


def large(usual: Times, server: Mailsim, report: Report, tick: Callable[[str], None]) -> None:
    """Compare `server`, which has TIMES as many messages, with what the usual one took."""
    tick(f"{TIMES} times as many messages")
    grown = measure(server)
    title = f"{TIMES} x the messages"
    fetch = {"mailsim": grown.fetch / usual.fetch / TIMES}
    report.below(f"{title}: FETCH 1:* (FLAGS) of each, compared", "x", fetch, SLACK)
    report.below(f"{title}: STORE of one flag, compared", "x", {"mailsim": grown.store / usual.store}, SLACK)
    report.below(f"{title}: notice in IDLE, compared", "x", {"mailsim": grown.notice / usual.notice}, SLACK)


def measure(server: Mailsim) -> Times:
    with server.login() as client:
        client.command("SELECT INBOX")
        client.command("FETCH 1:* (FLAGS)")
        fetch = median([client.command("FETCH 1:* (FLAGS)").seconds for _ in range(5)])
        stores = [client.command(f"STORE {n} {'+-'[n % 2]}FLAGS (\\Flagged)").seconds for n in range(100, 100 + STORES)]
    return Times(fetch, median(stores), median(by_smtp(server, DELIVERIES)))
