"""A process that works on mailboxes until it is killed, and says on its standard output what it does and has done.

`python -m tests.mailsim.store.crashing FOLDER ROUND`. Before each action a line `{"name", "begins"}`, after its
acknowledgement `{"name", "is"}`: where the message of that name is then, as [mailbox, UID, flags].
"""

import asyncio
import itertools
import json
import random
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from mailsim.store import Change, GroupSync, Mailbox, Store
from mailsim_common.clock import SystemClock

WORKERS = 5
FLAGS = ["\\Seen", "\\Flagged", "\\Answered", *(f"kw{number}" for number in range(40))]
Places = list[tuple[str, int, list[str]]]


def tell(**what: object) -> None:
    print(json.dumps(what), flush=True)


class Worker:
    """Makes messages and does something with each. No two workers touch the same message."""

    def __init__(self, inbox: Mailbox, archive: Mailbox, random_: random.Random) -> None:
        self._inbox, self._archive, self._random = inbox, archive, random_

    async def live(self, prefix: str) -> None:
        for number in itertools.count():
            name = f"{prefix}.{number}"
            content = f"Subject: {name}\r\n\r\n{'x' * self._random.randrange(4000)}\r\n".encode()
            flags = sorted(self._random.sample(FLAGS, 2))
            places: Places = []
            await self._step(name, "append", places, lambda: self._append(content, flags, places))  # noqa: B023
            await self._step(name, "flag", places, lambda: self._flag(places))  # noqa: B023
            action = self._random.choice(["copy", "move", "expunge", "nothing"])
            await self._step(name, action, places, lambda: getattr(self, f"_{action}")(places))  # noqa: B023

    async def _step(self, name: str, action: str, places: Places, act: Callable[[], Awaitable[None]]) -> None:
        tell(name=name, begins=action)
        await act()
        tell(name=name, **{"is": places})

    async def _append(self, content: bytes, flags: list[str], places: Places) -> None:
        places.append(("INBOX", await self._inbox.append(content, flags, None), flags))

    async def _flag(self, places: Places) -> None:
        name, uid, _ = places.pop()
        flags = sorted(self._random.sample(FLAGS, 2))
        await self._inbox.change_flags([uid], Change.REPLACE, flags)
        places.append((name, uid, flags))

    async def _copy(self, places: Places) -> None:
        _, uid, flags = places[0]
        places += [("Archive", there, flags) for _, there in await self._inbox.copy([uid], self._archive)]

    async def _move(self, places: Places) -> None:
        _, uid, flags = places.pop()
        places += [("Archive", there, flags) for _, there in await self._inbox.move([uid], self._archive)]

    async def _expunge(self, places: Places) -> None:
        await self._inbox.expunge([places.pop()[1]])

    async def _nothing(self, places: Places) -> None: ...


async def main(folder: Path, prefix: str) -> None:
    store = Store(folder / "mailboxes", folder / "cache", lambda _: {}, SystemClock(), GroupSync())
    account = store.account("me")
    inbox, archive = await account.open("INBOX"), await account.open("Archive")
    workers = [Worker(inbox, archive, random.Random(f"{prefix}{n}")) for n in range(WORKERS)]
    await asyncio.gather(*(worker.live(f"{prefix}.{n}") for n, worker in enumerate(workers)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
