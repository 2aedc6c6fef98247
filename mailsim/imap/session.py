"""One client's session: not authenticated, authenticated or selected (RFC 3501 section 3), and what it is told."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from mailsim.accounts import Account, Accounts, Kind
from mailsim.config import Limits
from mailsim.imap.connection import Connection
from mailsim.imap.errors import Bad, No
from mailsim.imap.view import View
from mailsim.imap.wire.responses import fetched_flags, vanished
from mailsim.store import AccountStore, Mailbox, Store
from mailsim_common.clock import Clock

IDLE_GRACE = 0.01  # seconds after `+ idling` without a notice: a client that reads both at once misses the notice
SYSTEM_FLAGS = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
SLICE = 0.005  # seconds of work before other connections get their turn


@dataclass(frozen=True)
class Services:
    """What the server lends every session. `login_delay` is in seconds, for each wrong password so far."""

    store: Store
    accounts: Accounts
    tls: ssl.SSLContext | None
    limits: Limits
    clock: Clock
    login_delay: float = 1.0
    sessions: dict[str, int] = field(default_factory=dict)


class Session:
    """State and output of one connection; the handlers in `commands/` act on it."""

    def __init__(self, services: Services, connection: Connection, secure: bool) -> None:
        """`secure`: a password may be sent as things are, under TLS or within this machine."""
        self.services, self.connection, self.secure = services, connection, secure
        self.encrypted = False
        self.account: Account | None = None
        self.enabled: set[str] = set()
        self.wrong_passwords = 0
        self.ended = False
        self.tag = ""  # of the command under way, which ESEARCH repeats
        self.upgrade: ssl.SSLContext | None = None  # to be done once the reply to STARTTLS is out
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
        self.account = account
        self._mailboxes = self.services.store.account(account.name)
        self.connection.reader.message_limit = int(self.services.limits.message_size)

    def select(self, mailbox: Mailbox, read_only: bool) -> View:
        """Make `mailbox`, just opened, the selected one."""
        self._view = View(mailbox, read_only, self._ring)
        return self._view

    def deselect(self) -> None:
        if self._view is not None:
            view, self._view = self._view, None
            view.close()
            self.mailboxes.close(view.mailbox)

    def close(self) -> None:
        """Give everything back; the connection is over."""
        self.ended = True
        self.deselect()

    async def start_tls(self) -> None:
        """Do what STARTTLS announced; raises Closed if it fails."""
        if self.upgrade:
            context, self.upgrade = self.upgrade, None
            await self.connection.start_tls(context)
            self.encrypted = self.secure = True

    # --- output ---

    def write(self, *responses: bytes) -> None:
        """Send whole responses, the line ends added, in one piece."""
        self.connection.write(b"".join(response + b"\r\n" for response in responses))

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
            notices += [b"* %d EXISTS" % len(view.uids), b"* %d RECENT" % view.recent_count]
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
            fetched_flags(view.number(message.uid), message, message.uid in view.recent, with_uid, modseq)
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
