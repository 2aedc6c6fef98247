"""A Maildir++ of one account, the same for both servers: which mailboxes, files, UIDs and flags."""

import base64
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.differential.messages import MESSAGES, TEXTS, THREADS

ARRIVED = 1_700_000_000  # seconds since 1970, the internal date of the first message
FLAGS = ("", "S", "RS", "FS", "DS", "T", "Sa", "b")  # of one message after the other; a and b are keywords
BIG_PART = 50 * 1024 * 1024  # bytes


def encoded(text: str) -> bytes:
    """A message as most are: CRLF line ends, and any 8-bit characters as they come."""
    return text.replace("\n", "\r\n").encode("latin-1")


def raw() -> list[bytes]:
    """Files that no relay would have written so."""
    return [
        b"Subject: LF alone\nFrom: a@b\n\none\ntwo\n",
        b"Subject: both\r\nFrom: a@b\n\r\none\ntwo\r\n",
        b"Subject: no final line end\n\nbody",
        b"Subject: UTF-8 \xc3\xbc\nFrom: \xc3\x9c <u@x>\nTo: me@x\n\n\xc3\xbc\n",
        b"Content-Type: multipart/x; boundary=q\n\n--q\n\n1\n--q\nContent-Type: message/rfc822\n\nTo: i\n\nx\n--q--",
        b"\n",
        b"x",
        b"Subject: a NUL\r\n\r\nx\0y\r\n",
    ]


def big() -> bytes:
    """A multipart with a base64 part of 50 MB."""
    head = "Subject: big\nContent-Type: multipart/mixed; boundary=q\n\n--q\n\nsmall\n--q\n"
    head += "Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\n"
    line = base64.b64encode(bytes(range(57))) + b"\r\n"
    return encoded(head) + line * (BIG_PART // len(line)) + b"--q--\r\n"


def make(folder: Path) -> None:
    """Make the account's Maildir++ in `folder`."""
    mailbox(folder, map(encoded, MESSAGES.values()))
    mailbox(folder / ".Texts", map(encoded, TEXTS.values()))
    mailbox(folder / ".Threads", map(encoded, THREADS.values()))
    mailbox(folder / ".Raw", raw())
    mailbox(folder / ".Big", [big()])
    for name in ("Sent", "Drafts", "Archive", "Archive.2024", "Parent.Child", "Entw&APw-rfe", "Empty"):
        mailbox(folder / f".{name}", ())
    (folder / "subscriptions").write_text("V\t2\n\nINBOX\nSent\nParent\tChild\nGone\nEntw&APw-rfe\n")


def mailbox(folder: Path, contents: Iterable[bytes]) -> None:
    """A Maildir with these messages, UIDs from 1, the last two of them new."""
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    messages = list(contents)
    records = []
    for number, content in enumerate(messages):
        base = f"{ARRIVED + number}.M1P1.test"
        fresh = 4 < number >= len(messages) - 2
        path = folder / (f"new/{base}" if fresh else f"cur/{base}:2,{FLAGS[number % len(FLAGS)]}")
        path.write_bytes(content)
        os.utime(path, (ARRIVED + 86_400 * number,) * 2)
        records.append(f"{number + 1} :{base}\n")
    header = f"3 V{ARRIVED} N{len(messages) + 1} G{os.urandom(16).hex()}\n"
    (folder / "dovecot-uidlist").write_text(header + "".join(records))
    (folder / "dovecot-keywords").write_text("0 $Work\n1 later\n")
    (folder / "maildirfolder").touch()


def copy(source: Path, target: Path) -> None:
    """The same account again."""
    shutil.copytree(source, target, copy_function=_same)


def _same(source: str, target: str) -> None:
    """Messages are never written to, so that either copy may have the same files."""
    (os.link if ".M1P1." in source else shutil.copy2)(source, target)
