"""One waiting message and how far it got: the envelope, then a journal of what was done, in one append-only file.

A line is appended the moment a step is done, so that after a crash nothing is done again: above all, a recipient
that already moved or deleted its copy does not get a second one.
"""

import json
import os
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mailsim.spool.envelope import Envelope


class BrokenItem(Exception):
    """The files of this spool id are missing or unreadable."""


class Item:
    """An accepted message on its way through the pipeline.

    `content` is the durable file to link into mailboxes. `stages` and `delivered` (addresses) are what is done,
    `attempts`, `due` and `why` tell of the last failure or hold. Used as a context manager it closes its journal.
    """

    def __init__(self, envelope: Envelope, content: Path, journal: Path) -> None:
        self.envelope, self.content = envelope, content
        self.stages: set[str] = {"archive"} if envelope.archived else set()
        self.delivered: set[str] = set()
        self.attempts = 0
        self.due: datetime | None = None
        self.why = ""
        self._journal = journal
        self._fd: int | None = None

    @classmethod
    def read(cls, journal: Path) -> "Item":
        """Load what `journal` tells.

        Raises BrokenItem if its envelope or the message itself is not there, OSError if the system has no
        means to read it just now.
        """
        content = journal.with_suffix(".eml")
        try:
            first, *events = journal.read_bytes().splitlines()
            envelope = Envelope.from_json(first)
            content.stat()
        except (FileNotFoundError, IsADirectoryError, ValueError, RecursionError) as error:
            raise BrokenItem(f"{journal}: {error}") from error
        if envelope.id != journal.stem:
            raise BrokenItem(f"{journal}: the envelope of another message")
        item = cls(envelope, content, journal)
        for line in events:
            item._replay(line)
        return item

    @property
    def remaining(self) -> list[str]:
        """The recipients that have not got it yet, in the order the sender gave."""
        return [address for address in self.envelope.recipients if address not in self.delivered]

    def mark_stage(self, name: str) -> None:
        self._note({"stage": name})

    def mark_delivered(self, address: str) -> None:
        self._note({"delivered": address})

    def mark_waiting(self, attempts: int, due: datetime, why: str) -> None:
        """Note that it waits until `due`, and why: after a failed attempt, or because a stage holds it."""
        self._note({"attempts": attempts, "due": due.isoformat(), "why": why})

    def _note(self, event: dict[str, Any]) -> None:
        self._apply(event)
        if self._fd is None:
            self._fd = os.open(self._journal, os.O_WRONLY | os.O_APPEND)
        os.write(self._fd, b"\n" + json.dumps(event).encode())  # in front: a torn line above ends here

    def _replay(self, line: bytes) -> None:
        try:
            self._apply(json.loads(line))
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return  # a crash cut this line off; its step is simply done again

    def _apply(self, event: dict[str, Any]) -> None:
        if "stage" in event:
            self.stages.add(event["stage"])
        elif "delivered" in event:
            self.delivered.add(event["delivered"])
        else:
            self.due = datetime.fromisoformat(event["due"])
            self.attempts, self.why = int(event["attempts"]), str(event["why"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
