"""An agent's mailbox on any IMAP server (RFC 3501): watch, unanswered, append, flag, move.

imapclient blocks, so each method runs its commands in a thread of a pool that all agents share; only waiting for
mail, which is what an agent does most, takes no thread.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.imapclient import DRAFTS, SENT

from mailsim_agents import watch
from mailsim_agents.config import Login
from mailsim_agents.errors import MailboxError

logger = logging.getLogger(__name__)
Result = TypeVar("Result")
Client = Any  # IMAPClient, which has no type hints

ANSWERED, SEEN, DELETED, DRAFT = "\\Answered", "\\Seen", "\\Deleted", "\\Draft"
NO_ANSWER, REFUSED, DRAFTED = "$NoAnswer", "$Refused", "$Drafted"  # keywords: why a mail stays without \Answered
INBOX = "INBOX"
PARENT_BYTES, THREAD_BYTES, THREAD_LENGTH = 1_048_576, 131_072, 50
CONNECT_SECONDS, READ_SECONDS = 10.0, 60.0

_UNANSWERED = ["UNANSWERED", "UNDELETED"] + [
    word for keyword in (NO_ANSWER, REFUSED, DRAFTED) for word in ("UNKEYWORD", keyword)
]


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as the server keeps it, possibly cut off after the first 128 KiB."""

    content: bytes
    received: datetime


class Mailbox:
    """One account over one connection, for one agent; not for two tasks at once.

    Every method raises MailboxError where the server cannot be reached, refuses, or breaks off. After that the
    connection is void: `close`, and `open` again.
    """

    def __init__(self, login: Login, pool: Executor, renew_seconds: float = 1500.0, poll_seconds: float = 30.0) -> None:
        """`renew_seconds` must be below 29 minutes (RFC 2177); `poll_seconds` is for a server without IDLE."""
        self._login, self._pool = login, pool
        self._renew, self._poll = renew_seconds, poll_seconds
        self._client: Client = None
        self._selected: tuple[str, bool] | None = None
        self._settled: set[tuple[int, int]] = set()

    async def open(self) -> None:
        """Connect, log in and find the folders; nothing to do while the connection stands."""
        if self._client is None:
            await self._run(self._connect)

    async def close(self) -> None:
        """Leave; never raises."""
        client, self._client, self._selected = self._client, None, None
        if client is not None:
            await asyncio.get_running_loop().run_in_executor(self._pool, _disconnect, client)

    async def unanswered(self) -> list[int]:
        """UIDs in the INBOX that nobody has answered, judged or deleted yet, oldest first."""
        return await self._run(self._unanswered)

    async def fetch(self, uid: int) -> bytes | None:
        """The message in the INBOX, its first MiB at most; None if it is gone."""
        return await self._run(lambda: self._fetch(INBOX, uid, PARENT_BYTES))

    async def thread(self, ancestors: Sequence[str]) -> list[Stored]:
        """The mails of a thread in INBOX and Sent, given the identifiers of some of them, the first one's leading."""
        return await self._run(lambda: self._thread(ancestors)) if ancestors else []

    async def is_sent(self, message_id: str) -> bool:
        """Whether the message is in Sent."""
        return await self._run(lambda: bool(self._find(self._sent, message_id)))

    async def find_draft(self, message_id: str) -> bytes | None:
        """The bytes of the draft of that Message-ID."""
        return await self._run(lambda: self._draft(message_id))

    async def save_draft(self, content: bytes) -> None:
        """APPEND the message to Drafts."""
        await self._run(lambda: self._imap.append(self._drafts, content, (DRAFT, SEEN)))

    async def discard_draft(self, message_id: str) -> None:
        """Remove the draft; nothing happens if there is none."""
        await self._run(lambda: self._expunge(self._drafts, self._find(self._drafts, message_id, write=True)))

    async def file_sent(self, message_id: str) -> None:
        """Move the draft to Sent, where it is a draft no more."""
        await self._run(lambda: self._file_sent(message_id))

    async def settle(self, uid: int, *flags: str) -> None:
        """Flag a message of the INBOX so that `unanswered` no longer lists it."""
        await self._run(lambda: self._settle(uid, flags))

    async def wait(self, seconds: float | None = None) -> None:
        """Return when the INBOX may have changed since `unanswered` looked, or after so many seconds."""
        if not await self._run(lambda: self._imap.has_capability("IDLE")):
            await asyncio.sleep(min(self._poll, seconds or self._poll))
            return
        idle = await self._run(self._enter_idle)
        if idle is None:
            return
        if not idle:
            await watch.readable(self._imap, min(self._renew, seconds or self._renew))
        await self._run(self._imap.idle_done)

    @property
    def _imap(self) -> Client:
        if self._client is None:
            raise MailboxError("not connected")
        return self._client

    async def _run(self, job: Callable[[], Result]) -> Result:
        """Do the blocking job in the pool. When cancelled, the connection is cut and the job's end awaited."""
        task = asyncio.get_running_loop().run_in_executor(self._pool, job)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if self._client is not None:
                _cut(self._client)
            await asyncio.wait([task])
            task.exception()  # looked at, so that asyncio does not report it as forgotten
            raise
        except (IMAPClientError, OSError) as error:
            raise MailboxError(f"IMAP {self._login.server}: {_reason(error)}") from error

    # from here on: in a thread of the pool

    def _connect(self) -> None:
        login = self._login
        implicit = login.server.tls is not None and login.server.port == 993  # RFC 8314 section 3.2
        client: Client = IMAPClient(
            login.server.host,
            login.server.port,
            ssl=implicit,
            ssl_context=login.server.tls,
            timeout=SocketTimeout(CONNECT_SECONDS, READ_SECONDS),  # type: ignore[arg-type]  # its hint lacks it
        )
        try:
            # imapclient writes a command in pieces; held back for an acknowledgement, each costs 40 ms
            client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.normalise_times = False
            if not implicit and login.server.tls is not None:
                self._secure(client, login.server.tls)
            client.login(login.user, login.password)
            self._drafts = _folder(client, DRAFTS, "Drafts")
            self._sent = _folder(client, SENT, "Sent")
        except BaseException:
            _disconnect(client)
            raise
        self._client = client

    def _secure(self, client: Client, tls: ssl.SSLContext) -> None:
        """STARTTLS; to another machine no password goes without it (imapclient raises if it is not offered)."""
        if not self._login.server.is_loopback or client.has_capability("STARTTLS"):
            client.starttls(tls)

    def _select(self, folder: str, write: bool) -> None:
        if self._selected not in ((folder, write), (folder, True)):
            self._selected = None
            state = self._imap.select_folder(folder, readonly=not write)
            self._validity = int(state.get(b"UIDVALIDITY", 0))
            self._selected = (folder, write)

    def _unanswered(self) -> list[int]:
        self._select(INBOX, write=True)
        watch.forget_announcements(self._imap)
        found = sorted(self._imap.search(_UNANSWERED))
        return [uid for uid in found if (self._validity, uid) not in self._settled]

    def _fetch(self, folder: str, uid: int, limit: int) -> bytes | None:
        self._select(folder, write=folder == INBOX)
        data = self._imap.fetch([uid], [f"BODY.PEEK[]<0.{limit}>"])
        return data[uid].get(b"BODY[]<0>") if uid in data else None

    def _find(self, folder: str, message_id: str, write: bool = False) -> list[int]:
        self._select(folder, write)
        return list(self._imap.search(["HEADER", "Message-ID", message_id]))

    def _draft(self, message_id: str) -> bytes | None:
        uids = self._find(self._drafts, message_id)
        data = self._imap.fetch(uids[:1], ["BODY.PEEK[]"]) if uids else {}
        return next((item.get(b"BODY[]") for item in data.values()), None)

    def _thread(self, ancestors: Sequence[str]) -> list[Stored]:
        keys = [["HEADER", "References", ancestors[0]]]
        keys += [["HEADER", "Message-ID", one] for one in ancestors[-THREAD_LENGTH:]]
        criteria = [word for key in keys[:-1] for word in ("OR", *key)] + keys[-1]
        return [stored for folder in (self._sent, INBOX) for stored in self._matching(folder, criteria)]

    def _matching(self, folder: str, criteria: list[str]) -> list[Stored]:
        self._select(folder, write=folder == INBOX)
        uids = sorted(self._imap.search(criteria))[-THREAD_LENGTH:]
        data = self._imap.fetch(uids, [f"BODY.PEEK[]<0.{THREAD_BYTES}>", "INTERNALDATE"])
        return [Stored(item[b"BODY[]<0>"] or b"", item[b"INTERNALDATE"]) for item in data.values()]

    def _file_sent(self, message_id: str) -> None:
        uids = self._find(self._drafts, message_id, write=True)
        if not uids:
            return
        self._imap.remove_flags(uids, [DRAFT], silent=True)
        if self._imap.has_capability("MOVE"):
            self._imap.move(uids, self._sent)
        else:
            self._imap.copy(uids, self._sent)
            self._expunge(self._drafts, uids)

    def _expunge(self, folder: str, uids: list[int]) -> None:
        """Remove these only: where the server lacks UIDPLUS, everything marked \\Deleted goes (RFC 3501 6.4.3)."""
        if uids:
            self._select(folder, write=True)
            self._imap.add_flags(uids, [DELETED], silent=True)
            self._imap.expunge(uids if self._imap.has_capability("UIDPLUS") else None)

    def _settle(self, uid: int, flags: Sequence[str]) -> None:
        self._select(INBOX, write=True)
        try:
            self._imap.add_flags([uid], flags, silent=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            logger.warning("IMAP %s: keeps no %s: %s", self._login.server, " ".join(flags), _reason(error))
        self._settled.add((self._validity, uid))  # for a server that keeps no keywords

    def _enter_idle(self) -> bool | None:
        """Start IDLE; True if a notice came along with its start, None if new mail was told of before."""
        if self._selected != (INBOX, True) or watch.announced(self._imap):
            return None
        self._imap.idle()
        return watch.has_buffered(self._imap)


def _folder(client: Client, use: bytes, usual: str) -> str:
    """The folder of that special use (RFC 6154), or else of the usual name, which is made where it is missing."""
    found = client.find_special_folder(use)
    if found is None:
        client.create_folder(usual)
    return str(found or usual)


def _cut(client: Client) -> None:
    with suppress(OSError):
        client._imap.sock.shutdown(socket.SHUT_RDWR)


def _disconnect(client: Client) -> None:
    with suppress(OSError, IMAPClientError):
        client.shutdown()


def _reason(error: Any) -> str:
    text = error.args[0] if error.args else error
    return text.decode(errors="replace") if isinstance(text, bytes) else str(error)
