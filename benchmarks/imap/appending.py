"""Durable APPEND: messages a second, by one client and by many at once."""

import selectors
import time
from collections.abc import Callable, Sequence
from functools import partial

from benchmarks.imap.client import Client
from benchmarks.imap.corpus import Writer
from benchmarks.imap.reading import in_turns
from benchmarks.imap.report import Report
from benchmarks.imap.servers import Server

MESSAGES = 200  # appended by each round
MANY = 20


def append(servers: Sequence[Server], report: Report, rounds: int, tick: Callable[[str], None]) -> None:
    for clients in (1, MANY):
        title = f"durable APPEND, {clients} at once" if clients > 1 else "durable APPEND, one client"
        tick(title)
        seconds = in_turns(servers, partial(_append, clients=clients), rounds)
        rates = {name: MESSAGES / value for name, value in seconds.items()}
        report.add(title, "/s", rates, ">= 1 x", rates["mailsim"] >= rates.get("Dovecot", 0.0))


def _append(server: Server, clients: int) -> float:
    """Seconds for all messages; each client sends its next one when the last is acknowledged."""
    content = Writer().message()
    left = MESSAGES
    connections = [server.login() for _ in range(clients)]
    waiting: dict[Client, bytes] = {}
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for client in connections:
            selector.register(client.socket, selectors.EVENT_READ, client)
            waiting[client] = client.send("APPEND INBOX (\\Seen)", content)
            left -= 1
        while waiting:
            for key, _ in selector.select():
                client = key.data
                client.until(waiting.pop(client))
                if left:
                    waiting[client] = client.send("APPEND INBOX (\\Seen)", content)
                    left -= 1
        seconds = time.perf_counter() - began
    for client in connections:
        client.socket.close()
    return seconds
