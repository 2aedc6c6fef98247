"""The pipeline: the stages an accepted message passes, in order, until every recipient has it.

Mail of one thread passes in the order of its acceptance. A message that fails gives up its place and is tried again
later, and one that a stage holds (to pace a conversation) keeps its place, so that nothing of its thread overtakes it.
Other threads never wait for either.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Protocol

from mailsim.errors import Rejection, TemporaryRejection
from mailsim.spool import BrokenItem, Item, Spool
from mailsim_common.clock import Clock

log = logging.getLogger(__name__)
WORKERS = 16
SETTLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Hold:
    """A stage's wish: leave this message, and what follows it in its thread, alone until `due`; `why` is shown."""

    due: datetime
    why: str


class Stage(Protocol):
    """One step of an accepted message. May run again for the same message, so it is idempotent by spool id."""

    name: str

    async def __call__(self, item: Item) -> Hold | None:
        """Do the step, or say that it has to wait.

        Raises TemporaryRejection to be called again later, Rejection if the message can never pass.
        """
        ...


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a failed message waits: `first` seconds, doubled with every attempt, up to `longest`."""

    first: float = 1.0
    longest: float = 900.0

    def seconds(self, attempts: int, random: Random) -> float:
        """Spread over the upper half, so that what failed together does not come back together."""
        return min(self.longest, self.first * 2.0 ** min(attempts, 30)) * random.uniform(0.5, 1.0)


class Pipeline:
    """Takes what the spool accepts through `stages`; `on_delivered` hears of each message that reached everybody.

    In memory are the ids of the waiting messages, never their content.
    """

    def __init__(
        self,
        spool: Spool,
        stages: Sequence[Stage],
        clock: Clock,
        random: Random,
        backoff: Backoff = Backoff(),
        on_delivered: Callable[[Item], None] = lambda item: None,
    ) -> None:
        self._spool, self._stages = spool, stages
        self._clock, self._random, self._backoff = clock, random, backoff
        self._on_delivered = on_delivered
        self._lanes: dict[str, deque[str]] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Take up what waits in the spool from before, then everything it accepts."""
        for item in self._spool.waiting():
            self._join(item.envelope.thread_id, item.envelope.id)
        self._spool.listener = lambda envelope: self._join(envelope.thread_id, envelope.id)
        self._tasks = [asyncio.create_task(self._work()) for _ in range(WORKERS)]
        self._tasks.append(asyncio.create_task(self._settle()))

    async def close(self) -> None:
        """Stop; what is not done stays in the spool for the next start."""
        self._spool.listener = lambda envelope: None
        for timer in self._timers.values():
            timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._let_go()

    def _join(self, thread: str, id: str) -> None:
        """Put a message at the end of its thread's lane; a lane that has just come to life gets a worker."""
        lane = self._lanes.setdefault(thread, deque())
        lane.append(id)
        if len(lane) == 1:
            self._ready.put_nowait(thread)

    def _later(self, id: str, seconds: float, action: Callable[[], None]) -> None:
        def run() -> None:
            del self._timers[id]
            action()

        self._timers[id] = asyncio.get_running_loop().call_later(max(0.0, seconds), run)

    async def _work(self) -> None:
        while True:
            thread = await self._ready.get()
            lane = self._lanes[thread]
            if hold := await self._advance(thread, lane[0]):
                wait = (hold.due - self._clock.now()).total_seconds()
                self._later(lane[0], wait, partial(self._ready.put_nowait, thread))
                continue
            lane.popleft()
            if lane:
                self._ready.put_nowait(thread)
            else:
                del self._lanes[thread]

    async def _advance(self, thread: str, id: str) -> Hold | None:
        """Take one message as far as it goes now. Whatever goes wrong with it stays its own affair."""
        try:
            with self._spool.item(id) as item:
                return await self._pass(item)
        except BrokenItem as error:
            self._spool.set_aside(id, str(error))
        except Exception:  # a disk so full, for example, that not even the journal could tell
            log.exception("pipeline: %s", id)
            self._later(id, self._backoff.longest, partial(self._join, thread, id))
        return None

    async def _pass(self, item: Item) -> Hold | None:
        try:
            hold = await self._run(item)
        except TemporaryRejection as error:
            self._retry(item, error)
        except Rejection as error:
            self._spool.set_aside(item.envelope.id, f"{error} ({error.cause})")
        except Exception as error:  # a fault in a stage must lose no mail
            log.exception("pipeline: %s", item.envelope.id)
            self._retry(item, TemporaryRejection(451, "4.3.0", "an internal error", error))
        else:
            return hold
        return None

    async def _run(self, item: Item) -> Hold | None:
        for stage in self._stages:
            if stage.name in item.stages:
                continue
            if hold := await stage(item):
                item.mark_waiting(item.attempts, hold.due, hold.why)
                return hold
            item.mark_stage(stage.name)
        self._spool.finish(item.envelope.id)
        self._tell(item)
        return None

    def _tell(self, item: Item) -> None:
        try:
            self._on_delivered(item)
        except Exception:  # whoever looks on cannot undo a delivery
            log.exception("pipeline: a listener failed at %s", item.envelope.id)

    def _retry(self, item: Item, error: TemporaryRejection) -> None:
        seconds = self._backoff.seconds(item.attempts, self._random)
        thread, id = item.envelope.thread_id, item.envelope.id
        log.warning("pipeline: %s waits %.0f s: %s (%s)", id, seconds, error, error.cause)
        self._later(id, seconds, partial(self._join, thread, id))
        with contextlib.suppress(OSError):  # on a full disk only this process knows how often it tried
            item.mark_waiting(item.attempts + 1, self._clock.now() + timedelta(seconds=seconds), str(error))

    async def _settle(self) -> None:
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            await self._let_go()

    async def _let_go(self) -> None:
        try:
            await self._spool.settle()
        except OSError as error:
            log.error("spool: cannot let go of delivered mail yet: %s", error)  # noqa: TRY400 - one line is enough
