"""Reading the archive from a command, whether or not a daemon runs: threads, one thread, its transcript."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from mailsim.archive import Thread, ThreadIndex, load_transcript, render, show_message
from mailsim.config import World


def index_file(world: World) -> Path:
    return world.state / "archive.sqlite"


def archive_maildir(world: World) -> Path:
    return world.mailboxes / world.office.archive


class Archive:
    """The conversations of one world, as its commands print them."""

    def __init__(self, world: World) -> None:
        self._world, self._maildir = world, archive_maildir(world)
        self._limit = world.office.max_messages

    def threads(self) -> list[dict[str, Any]]:
        """`{id, subject, messages, participants, state, first, last}` each, the latest last; times in ISO 8601."""
        with self._index() as index:
            return [_as_data(thread) for thread in reversed(index.threads(self._limit))]

    def show(self, thread: str) -> None:
        """Print a conversation to the terminal; raises NotFound."""
        console = Console(highlight=False)
        with self._index() as index:
            for message in load_transcript(index, self._maildir, index.find(thread).id).messages:
                show_message(console, message)

    def export(self, thread: str, form: str) -> bytes:
        """The transcript in one of `mailsim.archive.FORMATS`; raises NotFound."""
        with self._index() as index:
            made = render(load_transcript(index, self._maildir, index.find(thread).id), form)
        return made.encode() if isinstance(made, str) else made

    def reindex(self) -> int:
        """Rebuild the index from the archive's mail; returns how many messages it has."""
        with self._index() as index:
            return index.rebuild(self._maildir) if self._maildir.is_dir() else 0

    @contextmanager
    def _index(self) -> Iterator[ThreadIndex]:
        self._world.state.mkdir(exist_ok=True, mode=0o700)
        index = ThreadIndex.open(index_file(self._world))
        try:
            if self._maildir.is_dir():
                index.catch_up(self._maildir)
            yield index
        finally:
            index.close()


def _as_data(thread: Thread) -> dict[str, Any]:
    return {
        "id": thread.id,
        "subject": thread.subject,
        "messages": thread.messages,
        "participants": list(thread.participants),
        "state": thread.state,
        "first": thread.first.isoformat(),
        "last": thread.last.isoformat(),
    }
