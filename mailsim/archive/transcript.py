"""A thread as it is read: who spoke, when, and what in their own words."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from mailsim.archive.blocks import Block, Kind, split_blocks
from mailsim.archive.body import read_body
from mailsim.archive.entry import Entry, Participant
from mailsim.archive.maildir import find_message, message_files
from mailsim.archive.threads import Thread, ThreadIndex
from mailsim.errors import NotFound

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Somebody who wrote in the thread; `lane` counts from 0 in the order they first did, for columns and colours."""

    who: Participant
    lane: int

    @property
    def label(self) -> str:
        return self.who.label


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `number` counts from 1, `since_last` is the time since the one before (None for the first).

    `blocks` are the whole body; `raw` is the message as it lies in the archive, byte for byte.
    """

    number: int
    entry: Entry
    speaker: Speaker
    since_last: timedelta | None
    blocks: tuple[Block, ...]
    attachments: tuple[str, ...]
    raw: bytes

    @property
    def text(self) -> str:
        """The writer's own words; where lines were quoted between them, a note says how many."""
        pieces: list[str] = []
        for block in self.blocks:
            if block.kind is Kind.TEXT and block.text.strip():
                pieces.append(block.text.strip("\n").rstrip())
            elif block.kind is Kind.QUOTE and pieces:
                pieces.append(f"[… {block.lines} quoted …]")
        while pieces and pieces[-1].startswith("[… "):
            pieces.pop()
        return "\n\n".join(pieces)

    @property
    def signature(self) -> str:
        """The signature without the line that begins it, `""` for none."""
        found = [block.text for block in self.blocks if block.kind is Kind.SIGNATURE]
        return found[0].partition("\n")[2].strip() if found else ""

    @property
    def body(self) -> str:
        """The whole text, quotes and signature included."""
        return "\n".join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Transcript:
    """The header facts of a thread, its speakers in the order they first spoke, and its messages."""

    thread: Thread
    speakers: tuple[Speaker, ...]
    messages: tuple[Message, ...]


def load_transcript(index: ThreadIndex, archive_maildir: Path, thread_id: str) -> Transcript:
    """Read a thread. Raises NotFound for an id that no thread has.

    A message whose file somebody deleted is left out, and its number with it.
    """
    entries = index.messages(thread_id)
    if not entries:
        raise NotFound(f"the archive has no thread {thread_id}")
    files, messages = message_files(archive_maildir), []
    speakers = _speakers(entries)
    for at, entry in enumerate(entries):
        try:
            raw = files[entry.file].read_bytes()
        except (KeyError, FileNotFoundError):
            log.warning("message %s of thread %s is no longer in %s", entry.message_id, thread_id, archive_maildir)
            continue
        messages.append(_message(entries, at, speakers, raw))
    return Transcript(Thread.of(entries), tuple(speakers.values()), tuple(messages))


def load_message(index: ThreadIndex, archive_maildir: Path, message_id: str) -> Message:
    """Read one message, with its place in its thread; raises NotFound if it is not archived or its file is gone."""
    entries = index.messages(index.message(message_id).thread_id)
    at = next(at for at, entry in enumerate(entries) if entry.message_id == message_id)
    path = find_message(archive_maildir, entries[at].file)
    try:
        raw = path.read_bytes() if path else None
    except FileNotFoundError:  # its flags changed between the two
        raw = None
    if raw is None:
        raise NotFound(f"message {message_id} is no longer in {archive_maildir}")
    return _message(entries, at, _speakers(entries), raw)


def _message(entries: Sequence[Entry], at: int, speakers: dict[str, Speaker], raw: bytes) -> Message:
    entry, body = entries[at], read_body(raw)
    return Message(
        number=at + 1,
        entry=entry,
        speaker=speakers[entry.sender.address],
        since_last=entry.received - entries[at - 1].received if at else None,
        blocks=split_blocks(body.text),
        attachments=body.attachments,
        raw=raw,
    )


def _speakers(entries: Sequence[Entry]) -> dict[str, Speaker]:
    """By address; the name is the first that the address signed with."""
    speakers: dict[str, Speaker] = {}
    for entry in entries:
        speakers.setdefault(entry.sender.address, Speaker(entry.sender, len(speakers)))
    return speakers
