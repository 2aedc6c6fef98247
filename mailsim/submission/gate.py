"""The gate: who may send what to whom, asked at MAIL, at RCPT and at DATA before anything is stored."""

import re
from typing import Protocol

from mailsim.accounts import Account, Accounts, Kind
from mailsim.archive import Admission, Entry
from mailsim.errors import Rejection
from mailsim.submission.message import Message

# One mailbox (RFC 5322 section 3.4) in the forms that every parser reads alike; anything else could show another
# sender to one reader than to the next
_FROM = re.compile(
    r"""(?:(?:"(?:[^"\\]|\\.)*"|[^"<>,;:@()\\\x00])*<(?P<angle>[^<>\s]+)>|(?P<bare>[^\s<>,;:()"\\]+))\s*(?:\([^()\\]*\))?"""
)


class Threads(Protocol):
    """What is wanted of the thread index."""

    def admit(self, message_id: str, references: tuple[str, ...], limit: int) -> Admission:
        """Reserve a place in the message's thread; the same again for one that has a place.

        Raises ThreadFull, a Rejection, if the thread has `limit` messages already (0: no limit).
        """
        ...

    def release(self, message_id: str) -> None:
        """Give a reserved place back."""
        ...


class Gate:
    """The rules of this world: everybody writes under their own name, to people who live here, and knows an end.

    `max_messages` is how many messages a thread may have before automata are refused; 0 is no limit.
    """

    def __init__(self, accounts: Accounts, threads: Threads, max_messages: int) -> None:
        self._accounts, self._threads, self._max_messages = accounts, threads, max_messages

    def check_sender(self, account: Account, address: str) -> None:
        """Raises Rejection unless `address` is the login's own; the null path is nobody's."""
        if self._accounts.find(address) != account or "@" not in address:
            raise Rejection(553, "5.7.1", f"you may send only as <{account.address}>")

    def recipient(self, address: str) -> str:
        """The address as the world writes it; raises Rejection for who does not live here."""
        if "@" in address and not self._accounts.is_local(address):
            raise Rejection(550, "5.7.1", "this relay delivers to its own accounts only")
        account = self._accounts.find(address)
        if account is None:
            raise Rejection(550, "5.1.1", "there is no such mailbox here")
        return account.address

    def check_author(self, account: Account, message: Message) -> None:
        """Raises Rejection if a From names anybody but the login, because threads and readers believe it."""
        for value in message.values(b"from"):
            match = _FROM.fullmatch(value)
            address = (match["angle"] or match["bare"]) if match else ""
            if "@" not in address or self._accounts.find(address) != account:
                raise Rejection(553, "5.7.1", f"From must be <{account.address}> and nobody else")

    def admit(self, account: Account, entry: Entry) -> Admission:
        """Reserve a place in the thread; raises ThreadFull, a Rejection, for an automaton beyond the limit.

        A person is never refused, but counts. Give the place back with `release` if the message is not kept.
        """
        automaton = account.kind is Kind.PERSONA or entry.auto
        limit = self._max_messages if automaton else 0
        return self._threads.admit(entry.message_id, entry.references, limit)

    def release(self, message_id: str) -> None:
        self._threads.release(message_id)
