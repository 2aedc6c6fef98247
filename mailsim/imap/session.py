"""One client's session: not authenticated, authenticated or selected (RFC 3501 section 3), and what it is told."""

import asyncio
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mailsim.accounts import Account, Accounts, Kind
from mailsim.config import Limits
from mailsim.guard import LoginGuard
from mailsim.imap.connection import Connection
from mailsim.imap.errors import Bad, No
from mailsim.imap.view import ThreadOf, View
from mailsim.imap.wire.responses import fetched_flags, vanished
from mailsim.store import AccountStore, Mailbox, Store
from mailsim_common.clock import Clock

IDLE_GRACE = 0.01  # seconds after `+ idling` without a notice: a client that reads both at once misses the notice
SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
SLICE = 0.002  # seconds of work before other connections get their turn


@dataclass(frozen=True)
class Services:
    """What the server lends every session. `connections` counts those of each account."""

    store: Store
    accounts: Accounts
    tls: ssl.SSLContext | None
    limits: Limits
    clock: Clock
    guard: LoginGuard
    thread_of: ThreadOf
    connections: Counter[str] = field(default_factory=Counter)


class Session:
    """State and output of one connection; the handlers in `commands/` act on it."""

    def __init__(self, services: Services, connection: Connection, loopback: bool, encrypted: bool = False) -> None:
        """`loopback`: only this machine can be at the other end, so that a password may pass without TLS."""
        self.services, self.connection = services, connection
        self.encrypted = encrypted
        self.secure = loopback or encrypted  # a password may be sent as things are
        self.account: Account | None = None
        self.enabled: set[str] = set()
        self.wrong_passwords = 0
        self.ended = False
        self.tag = ""  # of the command under way, which ESEARCH repeats
        self.upgrade: Callable[[], Awaitable[None]] | None = None  # what STARTTLS or COMPRESS do after their reply
        self._mailboxes: AccountStore | None = None
        self._view: View | None = None
        self._loop = asyncio.get_running_loop()
        self._turn_ends = 0.0
        self._idling = self._report_due = False

    # --- state ---

    @property
    def mailboxes(self) -> AccountStore:
        """The account's mailboxes; raises Bad before login."""
        if self._mailboxes is None:
            raise Bad("log in first")
        return self._mailboxes

    @property
    def view(self) -> View:
        """The selected mailbox; raises Bad if there is none."""
        if self._view is None:
            raise Bad("select a mailbox first")
        return self._view

    @property
    def is_selected(self) -> bool:
        return self._view is not None

    @property
    def is_rev2(self) -> bool:
        """Whether the client speaks IMAP4rev2 (RFC 9051): no \\Recent, ESEARCH for SEARCH, a LIST with each SELECT."""
        return "IMAP4REV2" in self.enabled

    @property
    def read_only(self) -> bool:
        """Whether this login may read and not change: the archive belongs to all who took part."""
        return self.account is not None and self.account.kind is Kind.ARCHIVE

    def writable_view(self) -> View:
        """The selected mailbox for a command that changes it; raises Bad and No."""
        view = self.view
        self.require_writable()
        if view.read_only:
            raise No("the mailbox was opened read-only", "READ-ONLY")
        return view

    def require_writable(self) -> None:
        """Raises No if nothing of this account can be changed."""
        if self.read_only:
            raise No("the archive cannot be changed", "NOPERM")

    def log_in(self, account: Account) -> None:
        """Raises No if the account has as many connections as it may have."""
        if self.services.connections[account.name] >= self.services.limits.connections_per_account:
            raise No("this account has too many connections", "LIMIT")
        self.services.connections[account.name] += 1
        self.account = account
        self._mailboxes = self.services.store.account(account.name)
        self.connection.reader.message_limit = int(self.services.limits.message_size)

    def select(self, mailbox: Mailbox, read_only: bool) -> View:
        """Make `mailbox`, just opened, the selected one."""
        self._view = View(mailbox, read_only, self._ring, self.services.thread_of)
        self._view.hides_recent = self.is_rev2
        return self._view

    def enable_condstore(self) -> None:
        """Done by any command that speaks of modseqs, and told if a mailbox is selected (RFC 7162 section 3.1.2)."""
        if self._view and "CONDSTORE" not in self.enabled:
            self.write(b"* OK [HIGHESTMODSEQ %d] the latest change" % self._view.mailbox.highestmodseq)
        self.enabled.add("CONDSTORE")

    def deselect(self) -> None:
        if self._view is not None:
            view, self._view = self._view, None
            view.close()
            self.mailboxes.close(view.mailbox)

    def close(self) -> None:
        """Give everything back; the connection is over."""
        self.ended = True
        self.deselect()
        if self.account:
            self.services.connections[self.account.name] -= 1

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Raises Closed if the handshake fails."""
        await self.connection.start_tls(context)
        self.encrypted = self.secure = True

    async def do_upgrade(self) -> None:
        """Do what STARTTLS or COMPRESS announced; raises Closed if it fails."""
        if self.upgrade:
            upgrade, self.upgrade = self.upgrade, None
            await upgrade()

    # --- output ---

    def write(self, *responses: bytes) -> None:
        """Send whole responses, the line ends added, in one piece."""
        self.connection.write(b"\r\n".join((*responses, b"")))

    async def ask(self, text: bytes = b"") -> bytes:
        """Send a continuation request; returns the client's line."""
        self.write(b"+ " + text)
        return await self.connection.line()

    @property
    def turn_over(self) -> bool:
        """Whether long work has held the loop for its few milliseconds, so that `breathe` is due."""
        return self._loop.time() >= self._turn_ends

    async def breathe(self) -> None:
        """Let other connections have their turn, and a slow client take what it was sent; raises Closed."""
        await asyncio.sleep(0)
        await self.connection.drain()
        self._turn_ends = self._loop.time() + SLICE

    # --- what happened in the mailbox meanwhile ---

    def report(self, expunges: bool = True, with_uid: bool = False) -> None:
        """Send what is new in the selected mailbox; without `expunges`, message numbers stay as they are."""
        self._report_due = False
        view = self._view
        if view is None or self.connection.congested:
            return
        notices = list(self._expunges(view)) if expunges else []
        if view.take_arrived():
            notices += [b"* %d EXISTS" % len(view.uids)]
            notices += [] if self.is_rev2 else [b"* %d RECENT" % view.recent_count]
        notices += self.flag_notices(view.take_changed(), with_uid)
        if notices:
            self.write(*notices)

    def _expunges(self, view: View) -> Iterator[bytes]:
        gone = view.take_expunged()
        if gone and "QRESYNC" in self.enabled:
            return iter([vanished(sorted(uid for _, uid in gone))])
        return (b"* %d EXPUNGE" % number for number, _ in gone)

    def flag_notices(self, uids: list[int], with_uid: bool = False) -> list[bytes]:
        """An untagged FETCH with the flags of each message that is still there."""
        view, modseq = self.view, "CONDSTORE" in self.enabled
        self.announce_keywords()
        messages = [message for uid in uids if (message := view.message(uid))]
        with_uid = with_uid or "QRESYNC" in self.enabled
        return [
            fetched_flags(view.number(message.uid), message, view.is_recent(message.uid), with_uid, modseq)
            for message in messages
        ]

    def announce_keywords(self) -> None:
        """Tell of keywords new to the mailbox before a message is seen with one (RFC 3501 section 7.2.6)."""
        view = self.view
        if view.keywords != (keywords := view.mailbox.keywords()):
            view.keywords = keywords
            self.write(f"* FLAGS ({' '.join((*SYSTEM_FLAGS, *keywords))})".encode())
            if not view.read_only:
                self.write(f"* OK [PERMANENTFLAGS ({' '.join((*SYSTEM_FLAGS, *keywords))} \\*)] new keywords".encode())

    def _ring(self) -> None:
        if self._idling and not self._report_due:
            self._report_due = True
            self._loop.call_soon(self._report_idling)

    def _report_idling(self) -> None:
        if self._idling:
            self.report()

    @contextmanager
    def idling(self) -> Iterator[None]:
        """Meanwhile, what happens is reported at once (RFC 2177)."""
        grace = self._loop.call_later(IDLE_GRACE, self._begin_idling)
        try:
            yield
        finally:
            grace.cancel()
            self._idling = self._report_due = False

    def _begin_idling(self) -> None:
        self._idling = True
        self.report()
