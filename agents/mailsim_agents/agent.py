"""One agent: waits for mail, and answers each one once.

What it has done is on the servers and nowhere else. The answer to a mail has one Message-ID, derived from both;
it is saved as a draft before it is sent, and moved to Sent after. Killed at any step and started again, the agent
finds how far it got, and the relay knows a Message-ID it has taken before: no answer is lost, none is sent twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from email import message_from_bytes
from email.message import Message

from mailsim_agents import conversation, draft, triage
from mailsim_agents.backoff import Backoff
from mailsim_agents.config import Mode
from mailsim_agents.draft import Draft
from mailsim_agents.errors import (
    AgentsError,
    MailboxError,
    ProviderError,
    ProviderRefused,
    ProviderUnavailable,
    SubmitRefused,
    SubmitTemporary,
)
from mailsim_agents.mailbox import ANSWERED, DRAFTED, NO_ANSWER, REFUSED, SEEN, Mailbox
from mailsim_agents.prompt import Author
from mailsim_agents.providers.base import Provider
from mailsim_agents.submit import Submitter
from mailsim_common.clock import Clock

logger = logging.getLogger(__name__)


class Agent:
    """A persona at work in its mailbox. `watching` is set once its mailbox is open."""

    def __init__(
        self,
        author: Author,
        provider: Provider,
        mailbox: Mailbox,
        submitter: Submitter,
        clock: Clock,
        backoff: Backoff,
        mode: Mode = Mode.AUTO,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.author, self.watching = author, asyncio.Event()
        self._provider, self._mailbox, self._submitter = provider, mailbox, submitter
        self._clock, self._backoff, self._mode, self._sleep = clock, backoff, mode, sleep
        self._complaint = ""

    async def run(self) -> None:
        """Answer mail until cancelled; a failure of a server or a service makes it rest and try again."""
        try:
            while True:
                try:
                    await self._mailbox.open()
                    self.watching.set()
                    await self._attend()
                except (MailboxError, ProviderError) as error:
                    await self._rest(error)
        finally:
            await self._submitter.close()
            await self._mailbox.close()

    async def turn(self, uid: int) -> None:
        """Deal with one mail of the INBOX. MailboxError, ProviderError and SubmitTemporary mean: try again later."""
        content = await self._mailbox.fetch(uid)
        if content is None:
            return
        parent = message_from_bytes(content)
        verdict = triage.decide(parent, self.author.address)
        if not verdict.answer:
            logger.info("%s does not answer %s: %s", self.author.address, _name(parent), verdict.reason)
            await self._mailbox.settle(uid, NO_ANSWER)
            return
        message_id = draft.derived_id(self.author.address, parent)
        if await self._mailbox.is_sent(message_id):
            await self._mailbox.discard_draft(message_id)
            await self._mailbox.settle(uid, ANSWERED, SEEN)
        else:
            await self._answer(uid, parent, message_id)

    async def _answer(self, uid: int, parent: Message, message_id: str) -> None:
        saved = await self._mailbox.find_draft(message_id)
        answer = Draft.parse(saved) if saved else await self._write(parent)
        if self._mode is Mode.DRAFT:
            await self._mailbox.settle(uid, DRAFTED)
        else:
            await self._send(uid, answer)

    async def _write(self, parent: Message) -> Draft:
        said = await conversation.load(self._mailbox, parent, self.author.address)
        answer = await draft.compose(self.author, self._provider, said, self._clock.now())
        await self._mailbox.save_draft(answer.content)
        return answer

    async def _send(self, uid: int, answer: Draft) -> None:
        try:
            await self._submitter.send(answer.sender, answer.recipients, answer.content)
        except SubmitRefused as error:
            logger.info("%s: the relay refuses %s: %s", self.author.address, answer.message_id, error)
            await self._mailbox.discard_draft(answer.message_id)
            await self._mailbox.settle(uid, REFUSED)
            return
        await self._mailbox.file_sent(answer.message_id)
        await self._mailbox.settle(uid, ANSWERED, SEEN)

    async def _attend(self) -> None:
        """Take the mails in turn, then wait for more.

        One that the relay cannot take now, or that the service refuses (it may be too long), holds up no other.
        """
        while True:
            put_off: AgentsError | None = None
            for uid in await self._mailbox.unanswered():
                try:
                    await self._guarded_turn(uid)
                except (SubmitTemporary, ProviderRefused) as error:
                    put_off = error
            if put_off is None:
                self._recovered()
                await self._mailbox.wait()
            else:
                await self._mailbox.wait(self._complain(put_off))

    async def _guarded_turn(self, uid: int) -> None:
        """A turn in which a mail that trips a fault of ours does not silence the agent for every other mail."""
        try:
            await self.turn(uid)
        except AgentsError:
            raise
        except Exception:
            logger.exception("%s cannot deal with mail %d", self.author.address, uid)
            await self._mailbox.settle(uid, NO_ANSWER)

    async def _rest(self, error: AgentsError) -> None:
        delay = self._complain(error)
        if isinstance(error, MailboxError):
            await self._mailbox.close()
        await self._sleep(delay)

    def _complain(self, error: AgentsError) -> float:
        """Log the error, the same one once only, and tell how many seconds to leave it alone."""
        asked = error.retry_after if isinstance(error, ProviderUnavailable) else None
        delay = self._backoff.next(asked)
        if str(error) != self._complaint:
            level = logging.ERROR if isinstance(error, ProviderRefused) else logging.WARNING
            logger.log(level, "%s rests: %s", self.author.address, error)
        self._complaint = str(error)
        return delay

    def _recovered(self) -> None:
        self._backoff.reset()
        self._complaint = ""


def _name(mail: Message) -> str:
    return str(mail.get("Message-ID", "a mail without Message-ID"))
