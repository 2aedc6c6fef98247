"""From a delivery to the notice in a client that idles."""

import base64
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from benchmarks.imap.client import Client
from benchmarks.imap.corpus import Writer
from benchmarks.imap.report import Report, quantile
from benchmarks.imap.servers import USER, Dovecot, Mailsim, Server

DELIVERIES = 300
DOVECOT_DELIVERIES = 20  # half a second each
PAUSE = 0.02  # seconds between deliveries
TEXT = 30 * "A line of what people write to each other when they have time to.\r\n"


def notice(servers: Sequence[Server], report: Report, tick: Callable[[str], None]) -> None:
    """By SMTP to ours, by LMTP to Dovecot: from the last byte of the message to the notice."""
    took: dict[str, list[float]] = {}
    for server in servers:
        if isinstance(server, Mailsim | Dovecot):
            tick(f"notice in an IDLE client, {server.name}")
            count = DELIVERIES if isinstance(server, Mailsim) else DOVECOT_DELIVERIES
            took[server.name] = by_smtp(server, count)
    for share in (0.5, 0.99):
        numbers = {name: quantile(seconds, share) * 1000 for name, seconds in took.items()}
        report.tell(f"submission (SMTP, LMTP) to the notice in IDLE, p{share * 100:.0f}", "ms", numbers)


def by_smtp(server: Mailsim | Dovecot, count: int) -> list[float]:
    """Seconds from the end of a message to its notice, for each of `count`."""
    with server.login() as client, Submitter(server) as submitter:
        return list(_notices(client, count, submitter.submit))


def from_the_store(server: Mailsim, report: Report, tick: Callable[[str], None]) -> None:
    """From the call of `Store.deliver`, in a process that has nothing else to do; the server must not run."""
    tick("notice in an IDLE client, from the store")
    file = server.folder / "message"
    file.write_bytes(Writer().message())
    arguments = [str(server.world.root), str(server.imap.port), str(file)]
    command = [sys.executable, "-m", "benchmarks.imap.delivering", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        server.wait()
        with server.login() as client:
            seconds = list(_notices(client, DELIVERIES, lambda: _deliver(process)))
        process.stdin.close()
    for share, limit in ((0.5, 3), (0.99, 20)):
        number = quantile(seconds, share) * 1000
        report.below(f"delivery to the notice in IDLE, p{share * 100:.0f}", "ms", {"mailsim": number}, limit)


def _deliver(process: subprocess.Popen[bytes]) -> Callable[[], float]:
    assert process.stdin and process.stdout
    process.stdin.write(b"\n")
    process.stdin.flush()
    return lambda: float(process.stdout.readline())  # type: ignore[union-attr]


def _notices(client: Client, count: int, deliver: Callable[[], Callable[[], float]]) -> Iterator[float]:
    """`deliver` starts a delivery; what it returns tells, afterwards, when that was."""
    client.command("SELECT INBOX")
    client.idle()
    for _ in range(count):
        client.settle(PAUSE)
        began = deliver()
        client.until(b"* ")
        noticed = time.perf_counter()
        yield noticed - began()


class Submitter:
    """Speaks just enough SMTP, or LMTP, to hand over one message after the other."""

    def __init__(self, server: Mailsim | Dovecot) -> None:
        self._socket = socket.create_connection((server.delivery.host, server.delivery.port))
        self._lines = self._socket.makefile("rb")
        self._reply()
        self._address = server.address if isinstance(server, Mailsim) else USER
        if isinstance(server, Mailsim):
            self._say("EHLO bench")
            plain = base64.b64encode(f"\0{USER}\0{server.password}".encode()).decode()
            self._say(f"AUTH PLAIN {plain}")
        else:
            self._say("LHLO bench")

    def __enter__(self) -> "Submitter":
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._socket.close()

    def submit(self) -> Callable[[], float]:
        """Send a message to oneself; returns, in a function, when the last of it was sent."""
        fields = f"From: {self._address}\r\nTo: {self._address}\r\nMessage-ID: <{time.time_ns()}@bench>\r\n"
        content = f"{fields}Subject: Are you there?\r\n\r\n{TEXT}.\r\n".encode()
        for line in (f"MAIL FROM:<{self._address}>", f"RCPT TO:<{self._address}>", "DATA"):
            self._say(line)
        began = time.perf_counter()
        self._socket.sendall(content)

        def accepted() -> float:
            self._reply()
            return began

        return accepted

    def _say(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\r\n")
        self._reply()

    def _reply(self) -> None:
        """Raises RuntimeError for a refusal."""
        while (line := self._lines.readline())[3:4] == b"-":
            pass
        if line[:1] not in (b"2", b"3"):
            raise RuntimeError(line.decode())
