"""The thread an agent is in, as it reads it over IMAP: who said what, without quotes and signatures."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from typing import Protocol

from mailsim_agents import headers, reading
from mailsim_agents.mailbox import Stored
from mailsim_agents.providers.base import Turn
from mailsim_agents.triage import sender


class Threads(Protocol):
    """Where the mails of a thread are found: a Mailbox."""

    async def thread(self, ancestors: list[str]) -> list[Stored]:
        """The mails the account has of the thread that these Message-IDs, oldest first, belong to."""
        ...


@dataclass(frozen=True, slots=True)
class Conversation:
    """What has been said, oldest first; the last turn is the parent, the mail to answer."""

    subject: str
    turns: tuple[Turn, ...]
    parent: Message


async def load(mailbox: Threads, parent: Message, address: str) -> Conversation:
    """The conversation that `parent` continues, seen from `address`. Raises MailboxError."""
    stored = await mailbox.thread(headers.ancestors(parent) + headers.message_ids(parent, "Message-ID"))
    earlier = [message for message in _in_order(stored) if not _is_same(message, parent)]
    turns = tuple(_turn(message, address) for message in (*earlier, parent))
    return Conversation(headers.text(parent, "Subject"), turns, parent)


def _in_order(stored: list[Stored]) -> list[Message]:
    """By the time they were received, and within one second, which is all IMAP tells, by their place in the thread."""

    def key(pair: tuple[datetime, Message]) -> tuple[datetime, int]:
        return pair[0], len(headers.ancestors(pair[1]))

    pairs = [(one.received, message_from_bytes(one.content)) for one in stored]
    by_id = {tuple(headers.message_ids(message, "Message-ID")): (at, message) for at, message in pairs}
    return [message for _, message in sorted(by_id.values(), key=key)]


def _is_same(message: Message, other: Message) -> bool:
    return headers.message_ids(message, "Message-ID") == headers.message_ids(other, "Message-ID")


def _turn(message: Message, address: str) -> Turn:
    author = sender(message)
    own = author is not None and author.is_same(address)
    speaker = (author.name or author.address) if author else ""
    return Turn(speaker, reading.reply_text(message), own)
