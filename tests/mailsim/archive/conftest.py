"""Messages, entries and an archive Maildir to try the archive with."""

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mailsim.archive import Entry, Participant, ThreadIndex, Transcript, load_transcript

START = datetime(2026, 11, 21, 6, 23, 55, tzinfo=UTC)


def make_mail(
    id: str | None = "a",
    text: str = "Hello.",
    sender: str = "Eliza <eliza@mailsim.test>",
    to: str = "Parry <parry@mailsim.test>",
    subject: str = "Feelings",
    parents: Sequence[str] = (),
    more: str = "",
) -> bytes:
    """A message whose id is `<id@x>`, with References and In-Reply-To for `parents`, in CRLF."""
    references = " ".join(f"<{parent}@x>" for parent in parents)
    threading = f"References: {references}\nIn-Reply-To: <{parents[-1]}@x>\n" if parents else ""
    own = f"Message-ID: <{id}@x>\n" if id else ""
    header = f"From: {sender}\nTo: {to}\nSubject: {subject}\nDate: Sat, 21 Nov 2026 06:23:55 +0000\n"
    return (
        (header + own + threading + more + "\n" + text + "\n").replace("\n", "\r\n").encode("utf-8", "surrogateescape")
    )


def make_entry(id: str, references: Sequence[str] = (), minute: int = 0, **facts: Any) -> Entry:
    """An entry whose message id and references are the plain names given."""
    defaults: dict[str, Any] = {
        "sender": Participant("eliza@mailsim.test", "Eliza"),
        "recipients": (Participant("parry@mailsim.test", "Parry"),),
        "subject": "Feelings",
        "in_reply_to": references[-1] if references else None,
        "auto": False,
        "file": f"file-{id}",
        "size": 100,
    }
    received = START + timedelta(minutes=minute)
    return Entry(id, tuple(references), date=received, received=received, **(defaults | facts))


class ArchiveFolder:
    """An archive Maildir on disk to which messages are delivered a minute apart."""

    def __init__(self, root: Path) -> None:
        self.path = root / "archive"
        for folder in ("new", "cur", "tmp"):
            (self.path / folder).mkdir(parents=True)
        self._count = 0

    def deliver(self, raw: bytes, file: str | None = None, folder: str = "new") -> Path:
        path = self.path / folder / (file or f"{self._count:04}.archive")
        path.write_bytes(raw)
        received = (START + timedelta(minutes=self._count)).timestamp()
        os.utime(path, (received, received))
        self._count += 1
        return path


@pytest.fixture(scope="session")
def mail() -> Callable[..., bytes]:
    return make_mail


@pytest.fixture(scope="session")
def entry() -> Callable[..., Entry]:
    return make_entry


@pytest.fixture
def archive(tmp_path: Path) -> ArchiveFolder:
    return ArchiveFolder(tmp_path)


@pytest.fixture
def index(tmp_path: Path) -> ThreadIndex:
    index = ThreadIndex.open(tmp_path / "archive.sqlite")
    yield index
    index.close()


@pytest.fixture
def transcribe(index: ThreadIndex, archive: ArchiveFolder) -> Callable[..., Transcript]:
    """Deliver these messages and load the thread of the last."""

    def load(*messages: bytes) -> Transcript:
        for raw in messages:
            archive.deliver(raw)
        index.catch_up(archive.path)
        return load_transcript(index, archive.path, index.find("last").id)

    return load
