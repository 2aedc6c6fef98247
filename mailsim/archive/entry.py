"""What the index knows of a message: the facts of its header, never its text."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from mailsim import mime
from mailsim.archive.clean import clean, one_line
from mailsim.archive.maildir import base_name
from mailsim.mime.text import decode_words

_MESSAGE_ID = re.compile(r"<[^<>\s]+>")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_MOST_REFERENCES = 200  # a header may name any number; the oldest and the newest are what threads need


class Participant(NamedTuple):
    """Somebody in From, To or Cc: the address in lower case, the display name or `""`."""

    address: str
    name: str

    @property
    def label(self) -> str:
        """The display name, or the local part for who has none."""
        return self.name or self.address.partition("@")[0]


@dataclass(frozen=True, slots=True)
class Entry:
    """One archived message. Names and subject are decoded, on one line and without control characters.

    `references` are the ids it mentions, oldest first, In-Reply-To last (RFC 5322 section 3.6.4). `date` is the
    sender's word and `received` the relay's, both aware. `auto` is whether a program wrote it (RFC 3834 section 5).
    `file` is the unique part of its Maildir name, without the flags, which change. `size` is in bytes as on disk.
    `thread_id` is what the index found; it is empty until then.
    """

    message_id: str
    references: tuple[str, ...]
    sender: Participant
    recipients: tuple[Participant, ...]
    subject: str
    date: datetime
    received: datetime
    in_reply_to: str | None
    auto: bool
    file: str
    size: int
    thread_id: str = ""


def read_entry(raw: bytes, file: str, received: datetime) -> Entry:
    """The entry of a message as it stands in the Maildir; any bytes at all give one.

    A message without a Message-ID gets one made of its content, the same each time it is read.
    """
    end = _HEADER_END.search(raw)
    part = mime.parse(raw[: end.end()] if end else raw)
    in_reply_to = _ids(part, b"in-reply-to")
    return Entry(
        message_id=next(iter(_ids(part, b"message-id")), _made_id(raw)),
        references=_references(_ids(part, b"references"), in_reply_to),
        sender=next(_participants(part, b"from", b"sender"), Participant("", "(nobody)")),
        recipients=tuple(dict.fromkeys(_participants(part, b"to", b"cc"))),
        subject=one_line(mime.header_text(part, b"subject")),
        date=mime.sent_date(part) or received,
        received=received,
        in_reply_to=in_reply_to[0] if in_reply_to else None,
        auto=(part.first(b"auto-submitted") or b"no").partition(b";")[0].strip().lower() != b"no",
        file=base_name(file),
        size=len(raw),
    )


def read_entry_file(path: Path) -> Entry:
    """The entry of a Maildir file, received when the file was last written; raises OSError if it is gone."""
    received = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return read_entry(path.read_bytes(), path.name, received)


def _made_id(raw: bytes) -> str:
    return f"<{hashlib.sha256(raw).hexdigest()[:32]}@no-message-id.invalid>"


def _ids(part: mime.Part, name: bytes) -> list[str]:
    return [found for value in part.all(name) for found in _MESSAGE_ID.findall(clean(value.decode("utf-8", "replace")))]


def _references(references: list[str], in_reply_to: list[str]) -> tuple[str, ...]:
    named = references + [found for found in in_reply_to if found not in references[-1:]]
    return tuple(named if len(named) <= _MOST_REFERENCES else named[:1] + named[1 - _MOST_REFERENCES :])


def _participants(part: mime.Part, *fields: bytes) -> Iterator[Participant]:
    for value in (value for field in fields for value in part.all(field)):
        for name, _, mailbox, host in mime.addresses(value):
            if mailbox and host:  # else the name or the end of a group
                address = one_line(b"@".join((mailbox, host)).decode("utf-8", "replace")).lower()
                yield Participant(address, one_line(decode_words(name or b"")))
