"""The mailbox that is measured: threads of short mails, now and then an attachment, the same for every run."""

import os
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

SEED = 20_000
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PEOPLE = [
    f"{first} {last} <{first.lower()}.{last.lower()}@example.org>"
    for first in ("Ada", "Ben", "Cleo", "Dora", "Emil", "Fay", "Gus", "Hana")
    for last in ("Ames", "Boole", "Curry", "Dijkstra", "Euler")
]
WORDS = ("the", "mail", "of", "thread", "answered", "while", "another", "waits", "for", "its", "turn", "again")
MIDDLE, SPREAD = 1800, 0.9  # bytes and sigma of a body's length, which is log-normal
ATTACHED = 0.04  # of all messages
LONGEST_THREAD = 12
UNSEEN, FLAGGED, ANSWERED = 0.1, 0.05, 0.3  # of all messages


class Writer:
    """Writes messages one after the other; a seed gives the same ones again."""

    def __init__(self, seed: int = SEED) -> None:
        self._random = random.Random(seed)
        self._threads: list[tuple[str, list[str]]] = []
        self._count = 0

    def message(self) -> bytes:
        """The next message, CRLF line ends, 0.5 to 300 KB."""
        subject, earlier = self._thread()
        date = BEGAN + timedelta(minutes=7 * self._count)
        self._count += 1
        own = f"<{self._random.getrandbits(96):x}.{self._count}@example.org>"
        sender, recipient = self._random.sample(PEOPLE, 2)
        lines = [
            f"Return-Path: {sender.partition(' <')[2].join('<>')[:-1]}",
            f"Received: from client.example.org by mx.example.org with ESMTPSA id {self._random.getrandbits(48):x};",
            f"\t{format_datetime(date)}",
            f"From: {sender}",
            f"To: {recipient}",
            f"Subject: {'Re: ' * bool(earlier)}{subject}",
            f"Date: {format_datetime(date)}",
            f"Message-ID: {own}",
        ]
        if earlier:
            lines += [f"In-Reply-To: {earlier[-1]}", "References: " + "\r\n ".join(earlier)]
        earlier.append(own)
        lines += ["MIME-Version: 1.0", *self._body()]
        return "\r\n".join(lines).encode() + b"\r\n"

    def _thread(self) -> tuple[str, list[str]]:
        if not self._threads or self._random.random() < 0.3:
            self._threads.append((self._text(40).capitalize(), []))
        thread = self._random.choice(self._threads[-50:])
        if len(thread[1]) >= LONGEST_THREAD:
            self._threads.remove(thread)
        return thread

    def _body(self) -> list[str]:
        text = self._prose(int(self._random.lognormvariate(0, SPREAD) * MIDDLE))
        if self._random.random() >= ATTACHED:
            return ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", *text]
        size = self._random.randrange(5_000, 200_000)
        data = self._random.randbytes(57).hex()[:76]
        return [
            'Content-Type: multipart/mixed; boundary="=_part"', "",
            "--=_part", "Content-Type: text/plain; charset=utf-8", "", *text,
            "--=_part", 'Content-Type: image/png; name="picture.png"', "Content-Transfer-Encoding: base64",
            'Content-Disposition: attachment; filename="picture.png"', "", *[data] * (size // 57), "--=_part--",
        ]  # fmt: skip

    def _prose(self, length: int) -> list[str]:
        return [self._text(70) for _ in range(length // 72 + 1)]

    def _text(self, length: int) -> str:
        return " ".join(self._random.choices(WORDS, k=length // 5))

    def flags(self) -> str:
        """The flag letters of the next message's file."""
        letters = {"F": FLAGGED, "R": ANSWERED, "S": 1 - UNSEEN}
        return "".join(letter for letter, share in letters.items() if self._random.random() < share)


def write(maildir: Path, count: int) -> None:
    """Make a Maildir of `count` messages."""
    writer = Writer()
    make(maildir)
    for number in range(count):
        content = writer.message()
        at = int(BEGAN.timestamp()) + 420 * number
        path = maildir / "cur" / f"{at}.M{number}.corpus,S={len(content)},W={len(content)}:2,{writer.flags()}"
        path.write_bytes(content)
        os.utime(path, (at, at))


def copy(source: Path, target: Path, times: int = 1) -> None:
    """Have the messages of `source` in the Maildir `target` too, as hard links, each `times` over."""
    make(target)
    for entry in os.scandir(source / "cur"):
        stem, dot, rest = entry.name.partition(".")
        for again in range(times):
            os.link(entry.path, target / "cur" / f"{int(stem) + again}{dot}{rest}")


def make(maildir: Path) -> None:
    for part in ("tmp", "new", "cur"):
        (maildir / part).mkdir(parents=True, exist_ok=True, mode=0o700)
