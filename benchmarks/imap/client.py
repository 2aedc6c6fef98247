"""A client that does no more than it must, so that a server is measured and not the client."""

import contextlib
import itertools
import socket
import time
from dataclasses import dataclass

PATIENCE = 60.0  # seconds; a server that takes longer is left out
CHUNK = 1 << 20
TAIL = 512  # bytes; no tagged line is longer


@dataclass(frozen=True)
class Answer:
    """How long a command took, how much came back, and the end of it."""

    seconds: float
    size: int
    tail: bytes

    def check(self) -> "Answer":
        """Raises RuntimeError for anything but OK."""
        if b" OK" not in self.tail.rstrip().rpartition(b"\r\n")[2]:
            raise RuntimeError(self.tail.decode("utf-8", "replace"))
        return self


class Client:
    """One IMAP connection on plain TCP; nothing that arrives is looked at but its end."""

    def __init__(self, host: str, port: int, chunk: int = CHUNK) -> None:
        self.socket = socket.create_connection((host, port), PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = memoryview(bytearray(chunk))
        self._tags = itertools.count(1)
        self.until(b"* ")

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def login(self, user: str, password: str) -> "Client":
        self.command(f"LOGIN {user} {password}")
        return self

    def command(self, text: str, literal: bytes = b"") -> Answer:
        """Send a command and wait for its tagged line."""
        began = time.perf_counter()
        size, tail = self.until(self.send(text, literal))
        return Answer(time.perf_counter() - began, size, tail).check()

    def send(self, text: str, literal: bytes = b"") -> bytes:
        """Send a command, a non-synchronising literal behind it if there is one; returns how its tagged line starts."""
        tag = b"%d " % next(self._tags)
        line = tag + text.encode()
        self.socket.sendall(line + b" {%d+}\r\n%b\r\n" % (len(literal), literal) if literal else line + b"\r\n")
        return tag

    def until(self, start: bytes) -> tuple[int, bytes]:
        """Read until the last line that came starts like this; returns the size of all and the end of it."""
        size, tail = 0, b""
        while not (tail.endswith(b"\r\n") and _last_line(tail).startswith(start)):
            count = self.socket.recv_into(self._buffer)
            if not count:
                raise ConnectionError(f"the server hung up after {tail!r}")
            size += count
            tail = (tail + self._buffer[max(0, count - TAIL) : count])[-TAIL:]
        return size, tail

    def idle(self) -> None:
        self.socket.sendall(b"idle IDLE\r\n")
        self.until(b"+ ")

    def settle(self, seconds: float) -> None:
        """Drop what still comes, until nothing has for so long."""
        self.socket.settimeout(seconds)
        with contextlib.suppress(TimeoutError):
            while self.socket.recv_into(self._buffer):
                pass
        self.socket.settimeout(PATIENCE)


def _last_line(tail: bytes) -> bytes:
    return tail[tail.rfind(b"\n", 0, -1) + 1 :]
