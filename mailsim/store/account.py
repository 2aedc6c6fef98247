"""The mailboxes of one account: list, make, rename, delete, open."""

import asyncio
import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mailsim.errors import NoSuchMailbox, StoreError
from mailsim.store.cache import Cache, MailboxCache, Summarizer
from mailsim.store.contents import Contents
from mailsim.store.files import read_text, replace
from mailsim.store.mailbox import Mailbox
from mailsim.store.maildir import Maildir
from mailsim.store.names import SEPARATOR, canonical, folder_of, mailbox_of, unique_name
from mailsim.store.subscriptions import Subscriptions
from mailsim.store.sync import GroupSync
from mailsim.store.watch import Watch
from mailsim_common.clock import Clock

SPECIAL_USE = {  # RFC 6154 section 2
    "Sent": "\\Sent",
    "Drafts": "\\Drafts",
    "Archive": "\\Archive",
    "Junk": "\\Junk",
    "Trash": "\\Trash",
}
UIDVALIDITY = "dovecot-uidvalidity"
IDLE = 8  # mailboxes of an account held in memory though no session has them open


@dataclass(frozen=True, slots=True)
class MailboxName:
    """A mailbox as LIST tells of it. One that cannot be selected is only the parent of others."""

    name: str
    special_use: str | None = None
    selectable: bool = True


@dataclass(frozen=True)
class Tools:
    """What every mailbox is given from the composition root."""

    clock: Clock
    sync: GroupSync
    summarize: Summarizer
    watch: Watch


class AccountStore:
    """One account's folder. Of the mailboxes that nobody has open, the latest few stay in memory."""

    def __init__(self, folder: Path, cache: Cache, tools: Tools) -> None:
        self._folder, self._cache, self._tools = folder, cache, tools
        self._subscriptions = Subscriptions(folder)
        self._loaded: dict[str, Mailbox] = {}  # in the order of their last use
        self._sessions: dict[Mailbox, int] = {}
        if not self._exists("INBOX"):
            self._make_folders()

    def _make_folders(self) -> None:
        for name in ("INBOX", *SPECIAL_USE):
            Maildir(self._folder / folder_of(name)).make()
        self._subscriptions.set(SPECIAL_USE, True)

    def list(self) -> list[MailboxName]:
        """Every mailbox, INBOX first, then by name; parents that do not exist themselves are told of too."""
        names = {name for entry in self._folder.iterdir() if (name := mailbox_of(entry.name)) and self._exists(name)}
        parents = {parent for name in names for parent in _parents(name)} - names
        rest = [MailboxName(name, SPECIAL_USE.get(name), name in names) for name in sorted(names | parents)]
        return [MailboxName("INBOX"), *(entry for entry in rest if entry.name != "INBOX")]

    def _exists(self, name: str) -> bool:
        maildir = Maildir(self._folder / folder_of(name))
        return maildir.exists() and (maildir.folder == self._folder or not maildir.has_links())

    def subscriptions(self) -> set[str]:
        """Names a client subscribed to, of mailboxes deleted since too."""
        return self._subscriptions.names()

    def subscribe(self, name: str, on: bool) -> None:
        """Raises StoreError for a name that no mailbox can have."""
        self._subscriptions.set([name], on)

    async def create(self, name: str) -> None:
        """Raises StoreError: ALREADYEXISTS, CANNOT."""
        folder = self._folder / folder_of(name)
        if folder == self._folder or folder.exists() or folder.is_symlink():
            raise StoreError("ALREADYEXISTS", "there is such a mailbox already")
        Maildir(folder).make()
        self._contents(name)
        await self._tools.sync.durable(self._folder, folder)

    async def delete(self, name: str) -> None:
        """Remove a mailbox and its messages; mailboxes below it stay. Raises StoreError."""
        if canonical(name) == "INBOX":
            raise StoreError("CANNOT", "INBOX cannot be deleted")
        self._require(name)
        if not self._exists(name):
            raise StoreError("HASCHILDREN", "there is no such mailbox, only mailboxes below it")
        self._let_go(name)
        doomed = self._folder / "tmp" / unique_name(self._tools.clock.now().timestamp(), 0)
        (self._folder / folder_of(name)).rename(doomed)
        await self._tools.sync.durable(self._folder)
        await asyncio.to_thread(shutil.rmtree, doomed, ignore_errors=True)

    async def rename(self, old: str, new: str) -> None:
        """Rename a mailbox and those below it; INBOX gives its messages to `new` (RFC 3501 section 6.3.5)."""
        self._require(old)
        if canonical(old) == "INBOX":
            await self._rename_inbox(new)
            return
        if new.startswith(old + SEPARATOR):
            raise StoreError("CANNOT", "a mailbox cannot be moved below itself")
        names = [entry.name for entry in self.list() if entry.selectable and f"{entry.name}/".startswith(f"{old}/")]
        moves = [(name, self._folder / folder_of(new + name.removeprefix(old))) for name in names]
        if canonical(new) == "INBOX" or any(target.exists() or target.is_symlink() for _, target in moves):
            raise StoreError("ALREADYEXISTS", "there is such a mailbox already")
        for name, target in moves:
            self._let_go(name)
            (self._folder / folder_of(name)).rename(target)
        await self._tools.sync.durable(self._folder)

    async def _rename_inbox(self, new: str) -> None:
        await self.create(new)
        inbox, target = await self.open("INBOX"), await self.open(new)
        try:
            await inbox.move(list(inbox.uids), target)
        finally:
            self.close(inbox)
            self.close(target)

    async def open(self, name: str) -> Mailbox:
        """The one Mailbox object of this name, counted until `close`; raises NoSuchMailbox and StoreError."""
        name = canonical(name)
        mailbox = await self._known(name) or self._load(name)
        self._loaded[name] = mailbox
        self._sessions[mailbox] = self._sessions.get(mailbox, 0) + 1
        return mailbox

    async def _known(self, name: str) -> Mailbox | None:
        """The one in memory, unless another program deleted it or put another in its place."""
        mailbox = self._loaded.get(name)
        if mailbox and self._exists(name):
            with contextlib.suppress(NoSuchMailbox):
                await mailbox.refresh()
                return mailbox
        self._let_go(name)
        return None

    def _load(self, name: str) -> Mailbox:
        if not self._exists(name):
            if name != "INBOX":
                raise NoSuchMailbox
            self._make_folders()
        contents = self._contents(name)
        cache = MailboxCache(self._cache, f"{contents.list.guid}.{contents.list.uidvalidity}", self._tools.summarize)
        return Mailbox(name, contents, cache, self._tools.sync, self._tools.clock, self._tools.watch)

    def close(self, mailbox: Mailbox) -> None:
        """Give back what `open` counted."""
        self._sessions[mailbox] -= 1
        if self._sessions[mailbox]:
            return
        del self._sessions[mailbox]
        if not mailbox.deleted:
            self._loaded[mailbox.name] = self._loaded.pop(mailbox.name)
            idle = [name for name, other in self._loaded.items() if other not in self._sessions]
            for name in idle[:-IDLE]:
                del self._loaded[name]

    def shut(self) -> None:
        self._cache.close()

    def _let_go(self, name: str) -> None:
        """Whoever still has it open is told that it is gone."""
        if mailbox := self._loaded.pop(name, None):
            mailbox.deleted = True

    def _require(self, name: str) -> None:
        if not any(entry.name == canonical(name) for entry in self.list()):
            raise NoSuchMailbox

    def _contents(self, name: str) -> Contents:
        folder = self._folder / folder_of(name)
        Maildir(folder).make()  # another program may have made less of it
        return Contents(folder, self._next_uidvalidity, self._tools.clock)

    def _next_uidvalidity(self) -> int:
        """Higher than any this account ever had; Dovecot reads and writes the same two files."""
        path = self._folder / UIDVALIDITY
        text = read_text(path)
        last = int(text, 16) if re.fullmatch("[0-9a-f]{8}", text) else 0
        given = max(int(self._tools.clock.now().timestamp()), last + 1)
        (self._folder / f"{UIDVALIDITY}.{last:08x}").unlink(missing_ok=True)
        (self._folder / f"{UIDVALIDITY}.{given:08x}").touch()
        replace(path, f"{given:08x}")
        return given


def _parents(name: str) -> Iterator[str]:
    while SEPARATOR in name:
        name = name.rpartition(SEPARATOR)[0]
        yield name
