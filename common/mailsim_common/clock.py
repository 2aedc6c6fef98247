"""Time, handed in from the composition root, so that tests, replays and simulated time can steer it."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from. Only a composition root makes one; everything else is given it."""

    def now(self) -> datetime:
        """The time of day, always aware of its zone."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for measuring how long something took."""
        ...


class SystemClock:
    """The machine's own clock, in its local time zone, as a mail's Date field shows it (RFC 5322 section 3.3)."""

    def now(self) -> datetime:
        return datetime.now(UTC).astimezone()

    def monotonic(self) -> float:
        return time.monotonic()
