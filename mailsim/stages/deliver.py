"""The last stage: each recipient gets the message, once."""

import asyncio

from mailsim.delivery import Target
from mailsim.errors import Rejection, TemporaryRejection
from mailsim.spool import Item


class Deliver:
    """Hands the message to the target for each recipient that has not got it; none waits for another that fails."""

    name = "deliver"

    def __init__(self, target: Target) -> None:
        self._target = target

    async def __call__(self, item: Item) -> None:
        """Raises TemporaryRejection while a recipient is left to try again, Rejection if the rest will never get it."""
        outcomes = await asyncio.gather(*(self._deliver(item, recipient) for recipient in item.remaining))
        failed = sorted(filter(None, outcomes), key=lambda error: not isinstance(error, TemporaryRejection))
        if failed:
            raise failed[0]

    async def _deliver(self, item: Item, recipient: str) -> Rejection | None:
        try:
            await self._target.deliver(recipient, item.content, item.envelope.id)
        except Rejection as error:
            return error
        item.mark_delivered(recipient)
        return None
