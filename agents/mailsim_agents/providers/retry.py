"""Patience: a provider that asks its service again when it was only busy."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from mailsim_agents.errors import ProviderUnavailable
from mailsim_agents.providers.base import Answer, Provider, Request

FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0  # a longer wait is the agent's affair, which has other mail to see to


class Patient:
    """Asks `provider` again up to `retries` times, waiting 1, 2, 4 … seconds with jitter between the tries.

    A Retry-After is respected; where it exceeds a minute the error goes on to the agent at once. One place for
    all services, so the SDKs' own retries are switched off.
    """

    def __init__(
        self,
        provider: Provider,
        retries: int,
        rng: random.Random,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.name = provider.name
        self._provider, self._retries, self._rng, self._sleep = provider, retries, rng, sleep

    async def answer(self, request: Request) -> Answer:
        for tried in range(self._retries):
            try:
                return await self._provider.answer(request)
            except ProviderUnavailable as error:
                delay = self._delay(tried, error.retry_after)
                if delay > LONGEST_DELAY:
                    raise
            await self._sleep(delay)
        return await self._provider.answer(request)

    async def verify(self) -> None:
        await self._provider.verify()

    async def close(self) -> None:
        await self._provider.close()

    def _delay(self, tried: int, asked: float | None) -> float:
        backoff = min(FIRST_DELAY * 2.0**tried, LONGEST_DELAY / 2)
        jitter = self._rng.uniform(0.0, backoff)
        return backoff / 2 + jitter / 2 if asked is None else asked + jitter / 2
