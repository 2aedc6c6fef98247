"""What happens to a message between the end of DATA and the 250 (RFC 5321 section 4.2.5 and 6.1)."""

import asyncio
import email.utils
import errno
import re
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakValueDictionary

from mailsim.accounts import Account, Kind
from mailsim.archive import read_entry
from mailsim.errors import Rejection, TemporaryRejection
from mailsim.spool import Accepted, Envelope, Spool
from mailsim.submission.gate import Gate
from mailsim.submission.message import Message
from mailsim_common.clock import Clock

_HELO = re.compile(r"[A-Za-z0-9.:_\[\]-]{1,255}")


@dataclass(frozen=True, slots=True)
class Submission:
    """One message as it came over SMTP. `helo` is the client's word for itself, `peer` its IP address."""

    account: Account
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    helo: str
    peer: str
    protocol: str


class Intake:
    """Checks a submission, gives it its place in a thread, and puts it into the spool."""

    def __init__(self, spool: Spool, gate: Gate, domain: str, hops: int, clock: Clock) -> None:
        self._spool, self._gate, self._clock = spool, gate, clock
        self._domain, self._hops = domain, hops
        self._busy: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def submit(self, submission: Submission) -> str:
        """Store the message durably; returns the text behind `250 2.0.0`. Raises Rejection."""
        message = Message.parse(submission.content)
        self._gate.check_author(submission.account, message)
        if sum(field.name == b"received" for field in message.fields) >= self._hops:
            raise Rejection(554, "5.4.6", "this message goes round in circles")
        given_id = _given_id(submission.account, message)
        lock = self._busy.setdefault(given_id, asyncio.Lock()) if given_id else asyncio.Lock()
        async with lock:  # over two connections at once, the second waits for what becomes of the first
            before = self._accepted_before(submission, message, given_id)
            wanted = before.recipients if before else frozenset()
            missing = tuple(address for address in submission.recipients if address not in wanted)
            if before and not missing:
                return f"already accepted as {before.id}"
            return f"accepted as {await self._keep(submission, message, missing, given_id, archived=bool(before))}"

    def _accepted_before(self, submission: Submission, message: Message, given_id: str) -> Accepted | None:
        before = self._spool.ledger.find(given_id)
        if before and (before.account, before.digest) != (submission.account.name, message.digest):
            raise Rejection(554, "5.6.0", f"another message with this Message-ID was accepted as {before.id}")
        return before

    async def _keep(
        self, submission: Submission, message: Message, recipients: tuple[str, ...], given_id: str, *, archived: bool
    ) -> str:
        id, now = self._spool.next_id(), self._clock.now()
        header = message.header(self._trace(submission, id, now), self._defaults(submission, id, now))
        entry = read_entry(header, id, now)
        envelope = Envelope(
            id=id,
            account=submission.account.name,
            sender=submission.sender,
            recipients=recipients,
            message_id=entry.message_id,
            thread_id=self._gate.admit(submission.account, entry).thread_id,
            received=now,
            given_id=given_id or entry.message_id,
            digest=message.digest,
            archived=archived,
        )
        await self._put(envelope, header, message.body)
        return id

    async def _put(self, envelope: Envelope, header: bytes, body: memoryview) -> None:
        try:
            await self._spool.put(envelope, (header, body))
        except OSError as error:
            self._gate.release(envelope.message_id)
            raise _storage_failed(error) from error

    def _trace(self, submission: Submission, id: str, now: datetime) -> bytes:
        """Return-Path and Received (RFC 5321 section 4.4); the recipients stay out of it, some may be Bcc."""
        helo = submission.helo if _HELO.fullmatch(submission.helo) else "unknown"
        peer = f"IPv6:{submission.peer}" if ":" in submission.peer else submission.peer
        return (
            f"Return-Path: <{submission.sender}>\r\n"
            f"Received: from {helo} ([{peer}])\r\n"
            f"\tby {self._domain} (mailsim) with {submission.protocol} id {id};\r\n"
            f"\t{email.utils.format_datetime(now)}\r\n"
        ).encode()

    def _defaults(self, submission: Submission, id: str, now: datetime) -> list[tuple[bytes, str]]:
        return [
            (b"Date", email.utils.format_datetime(now)),
            (b"From", submission.account.address),
            (b"Message-ID", f"<{id}@{self._domain}>"),
        ]


def _given_id(account: Account, message: Message) -> str:
    """The id by which this message would be handed in again: of the resending (RFC 5322 section 3.6.6), or its own.

    `""` if it has none. Only people resend: an automaton would get round the limit of its thread.
    """
    resent = message.id(b"resent-message-id") if account.kind is Kind.PERSON else None
    return resent or message.id() or ""


def _storage_failed(error: OSError) -> TemporaryRejection:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return TemporaryRejection(452, "4.3.1", "the disk is full; try again later", error)
    return TemporaryRejection(451, "4.3.0", "the message cannot be stored now; try again later", error)
