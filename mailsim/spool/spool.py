"""The spool: what was answered with 250 is here, on the disk, until the pipeline has done with it."""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Protocol

from mailsim.spool.envelope import Envelope
from mailsim.spool.item import BrokenItem, Item
from mailsim.spool.ledger import Ledger
from mailsim_common.clock import Clock

log = logging.getLogger(__name__)


class Durable(Protocol):
    """Brings files and folders to the disk."""

    async def durable(self, *paths: Path) -> None:
        """Return once these survive a power cut (RFC 5321 section 6.1); raises OSError if they cannot."""
        ...


class Spool:
    """Accepted messages, one pair of files each; in memory are only the ids that wait to be let go.

    `listener` is told of every message put, once it is durable.
    """

    def __init__(self, folder: Path, sync: Durable, clock: Clock, random: Random) -> None:
        self._tmp, self._queue, self._broken = folder / "tmp", folder / "queue", folder / "broken"
        self._sync, self._clock, self._random = sync, clock, random
        self._last = 0
        self._finished: list[str] = []
        self.ledger = Ledger(folder / "accepted.log")
        self.listener: Callable[[Envelope], None] = lambda envelope: None

    def open(self) -> None:
        """Make the folders, clear what a crash left half written, and read the ledger. Call it once, first."""
        for folder in (self._tmp, self._queue, self._broken):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for leftover in self._tmp.iterdir():
            leftover.unlink()
        ids = self.ids()
        for content in self._queue.glob("*.eml"):
            if not content.with_suffix(".json").exists():
                content.unlink()  # its envelope was never committed, so nobody got a 250 for it
        self._last = max((int(id[:14], 16) for id in ids if _is_id(id)), default=0)
        self.ledger.load(item.envelope for item in self.waiting())

    def next_id(self) -> str:
        """A spool id never given before, greater than every one that waits, even if the clock was set back."""
        self._last = max(self._last + 1, int(self._clock.now().timestamp() * 1e6))
        return f"{self._last:014x}{self._random.getrandbits(32):08x}"

    async def put(self, envelope: Envelope, content: Iterable[bytes | memoryview]) -> None:
        """Store a message durably; after this returns the client may be told 250.

        Raises OSError, and then nothing of it stays.
        """
        try:
            self._write(envelope, content)
            self.ledger.add(envelope)
            journal = self._journal(envelope.id)
            await self._sync.durable(journal.with_suffix(".eml"), journal, self._queue, self.ledger.path)
        except OSError:
            self.ledger.forget(envelope.id)
            self._remove(envelope.id)
            raise
        self.ledger.confirm(envelope.id)
        self.listener(envelope)

    def ids(self) -> list[str]:
        """What is in the queue, in the order of acceptance."""
        finished = set(self._finished)
        return sorted(path.stem for path in self._queue.glob("*.json") if path.stem not in finished)

    def item(self, id: str) -> Item:
        """The message with this id; raises BrokenItem."""
        return Item.read(self._journal(id))

    def waiting(self) -> Iterator[Item]:
        """Every readable message in the queue, oldest first, one at a time in memory; the broken are set aside."""
        for id in self.ids():
            try:
                yield self.item(id)
            except BrokenItem as error:
                self.set_aside(id, str(error))
            except OSError:
                log.exception("spool: %s cannot be read; the next start tries again", id)

    def finish(self, id: str) -> None:
        """Every recipient has it: the next `settle` lets go of it."""
        self._finished.append(id)

    async def settle(self) -> None:
        """Let go of what is finished, once the disk knows of its delivery.

        Done for many at a time: only a restart needs it, and a flush for each would slow down the intake.
        """
        if not (finished := list(self._finished)):
            return
        self.ledger.settle(finished)
        await self._sync.durable(self.ledger.path, *(self._journal(id) for id in finished))
        await asyncio.to_thread(self._remove, *finished)
        del self._finished[: len(finished)]

    def set_aside(self, id: str, why: str) -> None:
        """Move a message that cannot be handled out of the others' way, for a person to look at."""
        log.error("spool: %s set aside in %s: %s", id, self._broken, why)
        for suffix in (".json", ".eml"):
            path = self._journal(id).with_suffix(suffix)
            if path.exists():
                path.replace(self._broken / path.name)
        self.ledger.settle([id])

    def _write(self, envelope: Envelope, content: Iterable[bytes | memoryview]) -> None:
        journal: bytes | memoryview = envelope.to_json().encode()
        for suffix, chunks in ((".eml", content), (".json", (journal,))):
            new = self._tmp / f"{envelope.id}{suffix}"
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.writelines(chunks)
            new.replace(self._queue / new.name)  # the envelope last: only with it does the message count

    def _remove(self, *ids: str) -> None:
        for id in ids:
            for suffix in (".json", ".eml"):
                for folder in (self._queue, self._tmp):
                    (folder / f"{id}{suffix}").unlink(missing_ok=True)

    def _journal(self, id: str) -> Path:
        return self._queue / f"{id}.json"


def _is_id(id: str) -> bool:
    return len(id) == 22 and all(digit in "0123456789abcdef" for digit in id)
