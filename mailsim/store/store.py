"""The mail store: `mailboxes/`, a folder an account, and the one way a message gets into it from the relay."""

from pathlib import Path

from mailsim.store.account import AccountStore, Tools
from mailsim.store.cache import Cache, Summarizer
from mailsim.store.sync import GroupSync
from mailsim.store.watch import Watch
from mailsim_common.clock import Clock


class Store:
    """The mailboxes of all accounts.

    `folder` is `mailboxes/`, `cache` the folder for the SQLite caches, `summarize` makes the wire text they hold.
    `watch` looks after what clients have selected; without one, changes by other programs are noticed on commands.
    """

    def __init__(
        self,
        folder: Path,
        cache: Path,
        summarize: Summarizer,
        clock: Clock,
        sync: GroupSync,
        watch: Watch | None = None,
    ) -> None:
        self.folder, self._cache = folder, cache
        self._tools = Tools(clock, sync, summarize, watch or Watch())
        self._accounts: dict[str, AccountStore] = {}

    def account(self, name: str) -> AccountStore:
        """The account's mailboxes; INBOX, Sent, Drafts, Archive, Junk and Trash are made if it has none."""
        if name not in self._accounts:
            cache = Cache(self._cache / f"{name}.sqlite")
            self._accounts[name] = AccountStore(self.folder / name, cache, self._tools)
        return self._accounts[name]

    async def deliver(self, account: str, file: Path, unique: str) -> bool:
        """Link the durable `file` into the account's INBOX under the Maildir name `unique`, durably.

        False if it is or was there already, so that a delivery may be repeated after a crash. Raises StoreError, and
        OSError if the disk says no.
        """
        mailboxes = self.account(account)
        inbox = await mailboxes.open("INBOX")
        try:
            return await inbox.deliver(file, unique)
        finally:
            mailboxes.close(inbox)

    def close(self) -> None:
        """Write what the caches still hold in memory."""
        for account in self._accounts.values():
            account.shut()
