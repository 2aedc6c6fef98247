"""A spool on the real disk and pipelines over it, with stages that a test scripts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from mailsim.pipeline import Backoff, Pipeline
from mailsim.spool import Envelope, Item, Spool
from mailsim.store import GroupSync
from mailsim_common.clock import SystemClock

SOON = Backoff(first=0.001, longest=0.01)


class Office:
    """Spool and pipeline; `restart` is what a crash and a new start leave of them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.sync = folder, SystemClock(), GroupSync()
        self.delivered: list[str] = []
        self.pipelines: list[Pipeline] = []
        self.spool = self._open()

    def _open(self) -> Spool:
        spool = Spool(self.folder / "spool", self.sync, self.clock, Random(1))
        spool.open()
        return spool

    async def start(self, *stages: Any, backoff: Backoff = SOON) -> Pipeline:
        pipeline = Pipeline(self.spool, stages, self.clock, Random(1), backoff, self._note)
        await pipeline.start()
        self.pipelines.append(pipeline)
        return pipeline

    def _note(self, item: Item) -> None:
        self.delivered.append(item.envelope.message_id)

    async def crash(self) -> None:
        """Stop as `kill -9` would: nothing is tidied up."""
        for task in self.pipelines[-1]._tasks:
            task.cancel()
        await asyncio.sleep(0)
        self.spool = self._open()

    async def put(self, name: str, thread: str = "thread", *recipients: str) -> Envelope:
        envelope = Envelope(
            id=self.spool.next_id(),
            account="me",
            sender="me@mailsim.test",
            recipients=recipients or ("you@mailsim.test",),
            message_id=name,
            thread_id=thread,
            received=self.clock.now(),
            given_id=name,
            digest="digest",
        )
        message = f"From: me@mailsim.test\r\nMessage-ID: <{name}@x>\r\nSubject: {name}\r\n\r\nhi\r\n"
        await self.spool.put(envelope, [message.encode()])
        return envelope

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(30):
            while not condition():  # noqa: ASYNC110 - a test looks on from outside
                await asyncio.sleep(0.001)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(tmp_path)
    yield office
    for pipeline in office.pipelines:
        await pipeline.close()
    office.sync.close()


@pytest.fixture
def stage() -> Callable[..., Any]:
    """A stage that runs a function of the item."""

    def make(action: Callable[[Item], Awaitable[Any]], name: str = "deliver") -> Any:
        class Scripted:
            async def __call__(self, item: Item) -> Any:
                return await action(item)

        scripted: Any = Scripted()
        scripted.name = name
        return scripted

    return make
