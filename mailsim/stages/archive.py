"""The stage that keeps what was said: one copy of every message in the archive account, and its thread."""

from datetime import UTC, datetime
from typing import Protocol

from mailsim.archive import Entry, read_entry
from mailsim.delivery import Mailstore
from mailsim.errors import StoreError, TemporaryRejection
from mailsim.spool import Item
from mailsim.store.names import sized


class Index(Protocol):
    """What is wanted of the thread index."""

    def record(self, entry: Entry) -> str:
        """Note an archived message for good and return its thread; nothing new for one that is there already."""
        ...


class Archive:
    """Links the message into the archive's INBOX, byte for byte what the recipients get, and notes it in its thread."""

    name = "archive"

    def __init__(self, store: Mailstore, account: str, index: Index) -> None:
        self._store, self._account, self._index = store, account, index

    async def __call__(self, item: Item) -> None:
        """Raises TemporaryRejection when the archive is not available just now."""
        try:
            await self._store.deliver(self._account, item.content, item.envelope.id)
            content = item.content.read_bytes()
            received = datetime.fromtimestamp(item.content.stat().st_mtime, UTC)  # what a rebuilt index will find
        except (OSError, StoreError) as error:
            raise TemporaryRejection(452, "4.3.0", "the archive is not available", error) from error
        file = sized(item.envelope.id, len(content))  # the name that the store gives it
        self._index.record(read_entry(content, file, received))
