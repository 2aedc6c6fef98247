"""What a client reads: selecting, searching and fetching a mailbox, in memory and from cold."""

import threading
import time
from collections.abc import Callable, Sequence

from benchmarks.imap.report import Report, median, quantile
from benchmarks.imap.servers import Mailsim, Server

WARM = ("UID SEARCH UNSEEN", "FETCH 1:* (FLAGS)", "FETCH 1:* (FLAGS ENVELOPE)")
EVERYTHING = "FETCH 1:* (FLAGS ENVELOPE)"
Tick = Callable[[str], None]


def warm(servers: Sequence[Server], report: Report, rounds: int, tick: Tick) -> None:
    """Commands on a mailbox that is in memory, the servers taking turns."""
    measures = {"SELECT, warm": _select} | {command: _command(command) for command in WARM}
    for title, measure in measures.items():
        tick(title)
        report.within(title, in_turns(servers, measure, rounds), 2)


def _select(server: Server) -> float:
    with server.login() as client:
        return client.command("SELECT INBOX").seconds


def _command(text: str) -> Callable[[Server], float]:
    def run(server: Server) -> float:
        with server.login() as client:
            client.command("SELECT INBOX")
            return client.command(text).seconds

    return run


def in_turns(servers: Sequence[Server], measure: Callable[[Server], float], rounds: int) -> dict[str, float]:
    """The median of what `measure` says of each server, after one run that does not count.

    Another's server that fails or takes too long is left out.
    """
    seconds: dict[Server, list[float]] = {server: [] for server in servers}
    for _ in range(rounds + 1):
        for server in list(seconds):
            try:
                seconds[server].append(measure(server))
            except (OSError, RuntimeError):
                if isinstance(server, Mailsim):
                    raise
                del seconds[server]
    return {server.name: median(values[1:]) for server, values in seconds.items()}


def cold(servers: Sequence[Server], report: Report, rounds: int, tick: Tick) -> None:
    """The first open by a server that has just started and has no cache: all at once, and one message meanwhile."""
    took: dict[str, list[list[float]]] = {}
    for _ in range(rounds):
        for server in servers:
            tick("first open without a cache")
            server.forget()
            with server.running():
                took.setdefault(server.name, []).append(_first_open(server))
    medians = {name: [median(each) for each in zip(*values, strict=True)] for name, values in took.items()}
    titles = ("SELECT", "and FETCH 1:* (FLAGS ENVELOPE)", "both")
    for index, title in enumerate(titles):
        report.within(f"first open, no cache: {title}", {name: values[index] for name, values in medians.items()}, 3)
    first = {name: values[3] * 1000 for name, values in medians.items()}
    report.below("FETCH of one message meanwhile, slowest of 95 %", "ms", first, 20)


def _first_open(server: Server) -> list[float]:
    """Seconds of SELECT, of FETCH, of both, and of reading a message on another connection meanwhile."""
    with server.login() as client, server.login() as reader:
        select = client.command("SELECT INBOX").seconds
        reader.command("EXAMINE INBOX")
        single: list[float] = []
        over = threading.Event()
        thread = threading.Thread(target=_read_meanwhile, args=(reader.command, single, over))
        thread.start()
        fetch = client.command(EVERYTHING).seconds
        over.set()
        thread.join()
        return [select, fetch, select + fetch, quantile(single, 0.95)]


def _read_meanwhile(command: Callable[[str], object], single: list[float], over: threading.Event) -> None:
    while not over.is_set():
        began = time.perf_counter()
        command("FETCH * (UID BODY.PEEK[])")
        single.append(time.perf_counter() - began)
        over.wait(0.02)
