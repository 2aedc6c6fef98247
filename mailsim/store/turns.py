"""Long work in pieces, so that nobody else waits for it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

AT_ONCE = 100  # files renamed or removed before others have their turn: a few milliseconds


async def in_turns(uids: Iterable[int]) -> AsyncIterator[Sequence[int]]:
    """Pieces of `uids`; in between, other connections have their turn."""
    left = list(uids)
    for start in range(0, len(left), AT_ONCE):
        if start:
            await asyncio.sleep(0)
        yield left[start : start + AT_ONCE]
