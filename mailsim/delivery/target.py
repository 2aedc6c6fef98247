"""The place a recipient's mail goes to, and the one this world has by default: the recipient's own Maildir."""

from pathlib import Path
from typing import Protocol

from mailsim.accounts import Accounts
from mailsim.errors import Rejection, StoreError, TemporaryRejection


class Target(Protocol):
    """A place to hand a message on to, once for each recipient."""

    async def deliver(self, recipient: str, content: Path, unique: str) -> None:
        """Hand the message in the file `content` on for the address `recipient`; return once it is there.

        Called again with the same `unique` after a crash it does not deliver twice. Raises TemporaryRejection when
        trying again later may help, Rejection when it will not (RFC 5321 section 4.2.1).
        """
        ...


class Mailstore(Protocol):
    """What is wanted of the mail store."""

    async def deliver(self, account: str, file: Path, unique: str) -> bool:
        """Link `file` into the INBOX of `account`; False if a message of this name is there already."""
        ...


class Maildirs:
    """Delivery into the mailboxes of this world."""

    def __init__(self, store: Mailstore, accounts: Accounts) -> None:
        self._store, self._accounts = store, accounts

    async def deliver(self, recipient: str, content: Path, unique: str) -> None:
        account = self._accounts.find(recipient)
        if account is None:
            raise Rejection(550, "5.1.1", f"<{recipient}>: there is no such mailbox here")
        try:
            await self._store.deliver(account.name, content, unique)
        except (OSError, StoreError) as error:
            raise TemporaryRejection(452, "4.2.0", f"<{recipient}>: the mailbox is not available", error) from error
