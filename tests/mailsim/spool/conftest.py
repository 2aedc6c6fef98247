"""A spool in a temporary folder, on a disk that is instantly durable."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mailsim.spool import Envelope, Spool


class Disk:
    """Durable at once; `flushed` are the paths it was asked for, `error` what it says instead."""

    def __init__(self) -> None:
        self.flushed: list[Path] = []
        self.error: OSError | None = None

    async def durable(self, *paths: Path) -> None:
        if self.error:
            raise self.error
        self.flushed += paths


class SetClock:
    """Shows what a test sets."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def open_spool(tmp_path: Path, disk: Disk, clock: SetClock) -> Callable[[], Spool]:
    """Opens the same spool, as often as a test restarts it."""

    def open_it() -> Spool:
        spool = Spool(tmp_path / "spool", disk, clock, Random(1))
        spool.open()
        return spool

    return open_it


@pytest.fixture
def spool(open_spool: Callable[[], Spool]) -> Spool:
    return open_spool()


@pytest.fixture
def envelope(spool: Spool, clock: SetClock) -> Callable[..., Envelope]:
    """Makes envelopes; keywords replace their fields."""

    def make(**changes: Any) -> Envelope:
        id = changes.pop("id", None) or spool.next_id()
        plain = Envelope(
            id=id,
            account="me",
            sender="me@mailsim.test",
            recipients=("you@mailsim.test",),
            message_id=f"<{id}@x>",
            thread_id="thread",
            received=clock.now(),
            given_id=f"<{id}@x>",
            digest="digest",
        )
        return replace(plain, **changes)

    return make
