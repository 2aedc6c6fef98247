"""The mailboxes of one account: list, make, rename, delete, open."""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mailsim.errors import NoSuchMailbox, StoreError
from mailsim.store.cache import Cache, MailboxCache, Summarizer
from mailsim.store.contents import Contents
from mailsim.store.mailbox import Mailbox
from mailsim.store.maildir import Maildir
from mailsim.store.names import SEPARATOR, folder_of, mailbox_of, unique_name
from mailsim.store.sync import GroupSync
from mailsim_common.clock import Clock

SPECIAL_USE = {  # RFC 6154 section 2
    "Sent": "\\Sent",
    "Drafts": "\\Drafts",
    "Archive": "\\Archive",
    "Junk": "\\Junk",
    "Trash": "\\Trash",
}
SUBSCRIPTIONS = "subscriptions"
UIDVALIDITY = "dovecot-uidvalidity"


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


class AccountStore:
    """One account's folder. A mailbox that was opened stays in memory until `forget_unused` drops it."""

    def __init__(self, folder: Path, cache: Cache, tools: Tools) -> None:
        self._folder, self._cache, self._tools = folder, cache, tools
        self._open: dict[str, Mailbox] = {}
        self._sessions: dict[Mailbox, int] = {}
        self._make_folders()

    def _make_folders(self) -> None:
        fresh = not Maildir(self._folder).exists()
        Maildir(self._folder).make()
        for name in SPECIAL_USE if fresh else ():
            Maildir(self._folder / folder_of(name)).make()
            self.subscribe(name, True)

    def list(self) -> list[MailboxName]:
        """Every mailbox, INBOX first, then by name; parents that do not exist themselves are told of too."""
        names = {name for entry in self._folder.iterdir() if (name := mailbox_of(entry.name)) and self._exists(name)}
        parents = {parent for name in names for parent in _parents(name)} - names
        rest = [MailboxName(name, SPECIAL_USE.get(name), name in names) for name in sorted(names | parents)]
        return [MailboxName("INBOX"), *(entry for entry in rest if entry.name.upper() != "INBOX")]

    def _exists(self, name: str) -> bool:
        return Maildir(self._folder / folder_of(name)).exists()

    def subscriptions(self) -> set[str]:
        """Names a client subscribed to; a mailbox deleted since stays among them (RFC 3501 section 6.3.6)."""
        path = self._folder / SUBSCRIPTIONS
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        # Dovecot writes a version line, an empty one, then a name a line with tabs between its parts
        lines = [line.replace("\t", ".") for line in lines if line and not line.startswith("V\t")]
        return {_canonical(mailbox_of("." + line) or line) for line in lines}

    def subscribe(self, name: str, on: bool) -> None:
        """Raises StoreError for a name that no mailbox can have."""
        folder_of(name)
        names = self.subscriptions() | {_canonical(name)} if on else self.subscriptions() - {_canonical(name)}
        lines = sorted((folder_of(name) or ".INBOX")[1:].replace(".", "\t") for name in names)
        new = self._folder / f"{SUBSCRIPTIONS}.tmp"
        new.write_text("V\t2\n\n" + "".join(line + "\n" for line in lines), encoding="utf-8")
        new.replace(self._folder / SUBSCRIPTIONS)

    async def create(self, name: str) -> None:
        """Raises StoreError: ALREADYEXISTS, CANNOT."""
        if self._exists(name):
            raise StoreError("ALREADYEXISTS", "there is such a mailbox already")
        Maildir(self._folder / folder_of(name)).make()
        self._contents(name)
        await self._tools.sync.durable(self._folder, self._folder / folder_of(name))

    async def delete(self, name: str) -> None:
        """Remove a mailbox and its messages; mailboxes below it stay. Raises StoreError."""
        if name.upper() == "INBOX":
            raise StoreError("CANNOT", "INBOX cannot be deleted")
        self._require(name)
        self._let_go(name)
        doomed = self._folder / "tmp" / unique_name(self._tools.clock.now().timestamp(), 0)
        (self._folder / folder_of(name)).rename(doomed)
        await self._tools.sync.durable(self._folder)
        shutil.rmtree(doomed, ignore_errors=True)

    async def rename(self, old: str, new: str) -> None:
        """Rename a mailbox and those below it; INBOX gives its messages to `new` (RFC 3501 section 6.3.5)."""
        self._require(old)
        if self._exists(new) or folder_of(new) == "":
            raise StoreError("ALREADYEXISTS", "there is such a mailbox already")
        if old.upper() == "INBOX":
            await self._rename_inbox(new)
            return
        if new.startswith(old + SEPARATOR):
            raise StoreError("CANNOT", "a mailbox cannot be moved below itself")
        below = [entry.name for entry in self.list() if entry.name.startswith(old + SEPARATOR) and entry.selectable]
        for name in [old, *below] if self._exists(old) else below:
            self._let_go(name)
            target = folder_of(new + name[len(old) :])
            (self._folder / folder_of(name)).rename(self._folder / target)
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
        name = _canonical(name)
        mailbox = self._open.get(name)
        if mailbox is None:
            if not self._exists(name):
                raise NoSuchMailbox
            contents = self._contents(name)
            key = f"{contents.list.guid}.{contents.list.uidvalidity}"
            cache = MailboxCache(self._cache, key, self._tools.summarize)
            mailbox = self._open[name] = Mailbox(name, contents, cache, self._tools.sync, self._tools.clock)
        self._sessions[mailbox] = self._sessions.get(mailbox, 0) + 1
        return mailbox

    def close(self, mailbox: Mailbox) -> None:
        """Give back what `open` counted."""
        self._sessions[mailbox] -= 1
        if mailbox.deleted and not self._sessions[mailbox]:
            del self._sessions[mailbox]

    def unused(self) -> Iterator[Callable[[], None]]:
        """For each mailbox in memory that no session has open, a function that drops it from memory."""
        for name, mailbox in list(self._open.items()):
            if not self._sessions[mailbox]:
                yield lambda name=name: self._let_go(name)  # type: ignore[misc]

    def shut(self) -> None:
        self._cache.close()

    def _let_go(self, name: str) -> None:
        """Whoever still has it open is told that it is gone."""
        if mailbox := self._open.pop(_canonical(name), None):
            mailbox.deleted = True
            if not self._sessions[mailbox]:
                del self._sessions[mailbox]

    def _require(self, name: str) -> None:
        if not any(entry.name == _canonical(name) for entry in self.list()):
            raise NoSuchMailbox

    def _contents(self, name: str) -> Contents:
        folder = self._folder / folder_of(name)
        return Contents(folder, self._next_uidvalidity, self._tools.clock)

    def _next_uidvalidity(self) -> int:
        """Higher than any this account ever had; Dovecot reads and writes the same two files."""
        path = self._folder / UIDVALIDITY
        last = int(path.read_text(), 16) if path.exists() and re.fullmatch("[0-9a-f]{8}", path.read_text()) else 0
        given = max(int(self._tools.clock.now().timestamp()), last + 1)
        (self._folder / f"{UIDVALIDITY}.{last:08x}").unlink(missing_ok=True)
        (self._folder / f"{UIDVALIDITY}.{given:08x}").touch()
        path.write_text(f"{given:08x}")
        return given


def _canonical(name: str) -> str:
    return "INBOX" if name.upper() == "INBOX" else name


def _parents(name: str) -> Iterator[str]:
    while SEPARATOR in name:
        name = name.rpartition(SEPARATOR)[0]
        yield name
