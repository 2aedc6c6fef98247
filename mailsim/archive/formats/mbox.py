"""mbox (RFC 4155): every message whole, in the variant that can be undone, mboxrd.

Line ends are LF, as the RFC wants them; `read_mbox` makes them CRLF again, which is how mailsim keeps messages. Apart
from that, and from a missing end of the last line, what is read is byte for byte what was written.
"""

import re
from collections.abc import Iterator
from datetime import UTC

from mailsim.archive.transcript import Message, Transcript

_QUOTED = re.compile(rb"^(>*From )", re.MULTILINE)
_UNQUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_SEPARATOR = re.compile(rb"^From [^\n]*\n", re.MULTILINE)
_ADDRESS = re.compile(r"[!-~]+@[!-~]+")


def mbox(transcript: Transcript) -> bytes:
    return b"".join(map(_message, transcript.messages))


def _message(message: Message) -> bytes:
    content = message.raw.replace(b"\r\n", b"\n")
    end = b"\n" if content.endswith(b"\n") else b"\n\n"
    return _from_line(message) + _QUOTED.sub(rb">\1", content) + end


def _from_line(message: Message) -> bytes:
    address = message.entry.sender.address
    sender = address if _ADDRESS.fullmatch(address) else "MAILER-DAEMON"
    return f"From {sender} {message.entry.received.astimezone(UTC).ctime()}\n".encode()


def read_mbox(data: bytes) -> Iterator[bytes]:
    """The messages of an mboxrd, with CRLF line ends; what stands before the first `From ` line is left out."""
    for content in _SEPARATOR.split(data.replace(b"\r\n", b"\n"))[1:]:
        yield _UNQUOTED.sub(rb"\1", content.removesuffix(b"\n")).replace(b"\n", b"\r\n")
