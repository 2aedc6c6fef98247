"""Names: of mailboxes (RFC 3501 section 5.1, Maildir++ on disk) and of message files (the Maildir convention)."""

import base64
import os
import re
import socket

from mailsim.errors import StoreError

SEPARATOR = "/"
_HOST = re.sub(r"[/:,\s]", "_", socket.gethostname()) or "localhost"
_IMPOSSIBLE = re.compile(r"[.\x00-\x1f\x7f\ud800-\udfff]")
_LONGEST = 200  # bytes; a file name may have 255, and Dovecot keeps its own folders beside ours


def canonical(mailbox: str) -> str:
    """INBOX in capitals, however its letters are written (RFC 3501 section 5.1); any other name as it is."""
    return "INBOX" if mailbox.lower() == "inbox" else mailbox  # upper() would take a dotless i for one


def folder_of(mailbox: str) -> str:
    """`"Archive/2024 Übersicht"` -> `.Archive.2024 &ANw-bersicht`; INBOX -> "" (the account's folder itself).

    Raises StoreError for a name that Maildir++ cannot hold or that would leave the account's folder.
    """
    if canonical(mailbox) == "INBOX":
        return ""
    parts = mailbox.split(SEPARATOR)
    if any(not part or part.startswith("~") for part in parts) or _IMPOSSIBLE.search(mailbox):
        raise StoreError("CANNOT", "a mailbox name has no empty part, no dot and no control character")
    folder = "." + ".".join(utf7_encode(part) for part in parts)
    if len(folder) > _LONGEST:
        raise StoreError("CANNOT", "this mailbox name is too long")
    return folder


def mailbox_of(folder: str) -> str | None:
    """The inverse of `folder_of`, or None for a folder that is no mailbox of ours."""
    try:
        name = SEPARATOR.join(utf7_decode(part) for part in folder.removeprefix(".").split("."))
        return name if folder.startswith(".") and folder_of(name) == folder else None
    except (ValueError, StoreError):
        return None


def utf7_encode(text: str) -> str:
    """Modified UTF-7 (RFC 3501 section 5.1.3); raises ValueError for half of a surrogate pair."""

    def shifted(match: re.Match[str]) -> str:
        if match[0] == "&":
            return "&-"
        code = base64.b64encode(match[0].encode("utf-16-be"))
        return "&" + code.decode().rstrip("=").replace("/", ",") + "-"

    return re.sub(r"&|[^\x20-\x7e]+", shifted, text)


def utf7_decode(text: str) -> str:
    """The inverse; raises ValueError for text that is not the one right encoding of anything."""

    def plain(match: re.Match[str]) -> str:
        code = match[1].replace(",", "/")
        if not code:
            return "&"
        return base64.b64decode(code + "=" * (-len(code) % 4), validate=True).decode("utf-16-be")

    decoded = re.sub(r"&([^-]*)-", plain, text)
    if utf7_encode(decoded) != text:
        raise ValueError("not modified UTF-7")
    return decoded


def unique_name(seconds: float, size: int, wire: int | None = None) -> str:
    """A message file's name that no other has: time, process, a random number, host, and its sizes (see `sized`).

    The number is the system's own, not a seeded one: a world that runs twice must not name two messages alike.
    """
    whole = int(seconds)
    micro = int((seconds - whole) * 1_000_000)
    return sized(f"{whole}.M{micro:06d}P{os.getpid()}R{os.urandom(8).hex()}.{_HOST}", size, wire)


def sized(name: str, size: int, wire: int | None = None) -> str:
    """`name` with the size on disk (S) and with CRLF line ends (W), which are the same for what we write."""
    return f"{name},S={size},W={size if wire is None else wire}"


def base_of(file_name: str) -> str:
    """The part of a message's file name that never changes: all before the colon and the flags."""
    return file_name.partition(":")[0]


def letters_of(file_name: str) -> str:
    """The flag letters after `:2,`, among them lower-case ones for keywords."""
    return file_name.partition(":2,")[2].partition(",")[0]


def wire_size(base: str) -> int | None:
    """The size with CRLF line ends that the name tells (`,W=1394`), if it does."""
    match = re.search(r",W=(\d+)", base)
    return int(match[1]) if match else None
