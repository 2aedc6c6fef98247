"""Sequence sets: which messages a command means (RFC 3501 section 9, `sequence-set`)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

STAR = 0  # `*`, the largest number in use; numbers themselves start at 1


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """Ranges of message numbers or UIDs as the client wrote them; `saved` is `$`, the last SEARCH (RFC 5182)."""

    ranges: tuple[tuple[int, int], ...] = ()
    saved: bool = False

    def __str__(self) -> str:
        return "$" if self.saved else ",".join(_range(first, last) for first, last in self.ranges)

    def bounds(self, largest: int) -> Iterator[tuple[int, int]]:
        """The ranges with `*` put in and the smaller number first, in the order written."""
        for first, last in self.ranges:
            low, high = first or largest, last or largest
            yield (low, high) if low <= high else (high, low)

    def numbers(self, limit: int) -> Iterator[int]:
        """Every number in the order written, at most `limit` of them (a set may name four thousand million)."""
        for low, high in self.bounds(limit):
            yield from range(low, min(high, low + limit) + 1)


def compact(numbers: Iterable[int]) -> str:
    """`[1, 2, 3, 7]` -> `"1:3,7"`, keeping the order; ranges only where the numbers rise by one."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ",".join(_range(first, last) for first, last in ranges)


def _range(first: int, last: int) -> str:
    return _number(first) if first == last else f"{_number(first)}:{_number(last)}"


def _number(number: int) -> str:
    return "*" if number == STAR else str(number)
