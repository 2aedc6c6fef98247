"""How long to rest after a failure: each time twice as long, with jitter so that a crowd does not return at once."""

from random import Random


class Backoff:
    """Seconds between two tries: 1, 2, 4, … up to `longest`, each shortened by up to half at random."""

    def __init__(self, random: Random, longest: float = 600.0) -> None:
        self._random, self._longest = random, longest
        self._failures = 0

    def next(self, at_least: float | None = None) -> float:
        """Count one more failure and tell how long to rest; `at_least` is what the other side asked for, in seconds."""
        full = min(self._longest, 2.0 ** min(self._failures, 32))
        self._failures += 1
        return max(at_least or 0.0, full * self._random.uniform(0.5, 1.0))

    def reset(self) -> None:
        """Something worked: the next failure counts as the first."""
        self._failures = 0
