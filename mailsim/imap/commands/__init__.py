"""What each command does: one file for each family, one function for each command.

A handler gets the session and the command, and returns the text of its tagged OK, response code included, or None
for the usual one. It raises No, Bad or StoreError, which `dispatch` turns into replies.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from mailsim.imap.commands import (
    append,
    copy,
    fetch,
    general,
    listing,
    login,
    mailboxes,
    search,
    selecting,
    sort,
    store,
    thread,
)
from mailsim.imap.session import Session
from mailsim.imap.wire.command import Command

Handler = Callable[[Session, Any], Awaitable[str | None]]
FAMILIES = (general, login, selecting, mailboxes, listing, append, fetch, search, sort, thread, store, copy)
HANDLERS: dict[type[Command], Handler] = {
    command: handler for family in FAMILIES for command, handler in family.HANDLERS.items()
}
