"""Tables for people: what `mailsim accounts` and `mailsim threads` print; plain text in a pipe."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_accounts(entries: Sequence[Mapping[str, Any]]) -> None:
    """Each account with its password, and once what is the same for all."""
    table = _table("account", "kind", "user", "password")
    for entry in entries:
        _row(table, entry["user"].partition("@")[0], entry["kind"], entry["user"], entry["password"])
    console = _console()
    console.print(table)
    for name in ("imap", "smtp", "imaps", "smtps") if entries else ():
        if at := entries[0].get(name):
            console.print(Text(f"{name.upper():5} {at['host']} port {at['port']}, {at['security']}"))


def print_threads(threads: Sequence[Mapping[str, Any]]) -> None:
    """One line a thread, the latest last."""
    if not threads:
        _console().print(Text("No conversation yet. Begin one: mailsim seed --from me --to eliza --subject Hello"))
        return
    table = _table("thread", "messages", "state", "last", "subject", "participants")
    for thread in threads:
        who = ", ".join(thread["participants"])
        last = thread["last"].replace("T", " ")[:16]
        _row(table, thread["id"], str(thread["messages"]), thread["state"], last, thread["subject"], who)
    _console().print(table)


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _row(table: Table, *cells: str) -> None:
    """Cells hold what strangers wrote, so no markup and no control character in them means anything."""
    table.add_row(*(Text(_clean(cell)) for cell in cells))


def _clean(text: str) -> str:
    return "".join(character if character.isprintable() else "�" for character in text)


def _console() -> Console:
    """As wide as the terminal; in a pipe as wide as the text."""
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=250)
