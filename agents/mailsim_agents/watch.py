"""IDLE (RFC 2177) over imapclient without a thread: the event loop watches the socket.

imapclient's own `idle_check` is not used: it does not look into the buffers, answers a closed connection with an
empty list for ever, and breaks on a notice that arrives in two segments. Here anything readable ends the IDLE, and
the blocking `idle_done` reads whatever it was, whole; the caller then looks into the mailbox.
"""

import asyncio
import ssl
from typing import Any

Client = Any  # imapclient.IMAPClient, which has no type hints


def forget_announcements(client: Client) -> None:
    """From here on `announced` tells of new mail only."""
    client._imap.response("EXISTS")


def announced(client: Client) -> bool:
    """Whether the server told of new mail while some command ran (RFC 3501 section 7); it will not tell again."""
    return bool(client._imap.response("EXISTS")[1] != [None])


def has_buffered(client: Client) -> bool:
    """Whether bytes were read from the socket that nobody has looked at: for those a selector never fires.

    imaplib reads ahead, so a notice in the same segment as `+ idling` is already in its buffer; a TLS record may
    hold it as well.
    """
    imap, sock = client._imap, client._imap.sock
    if isinstance(sock, ssl.SSLSocket) and sock.pending():
        return True
    if hasattr(imap, "_readbuf"):  # Python 3.14 keeps a buffer of its own
        return bool(imap._readbuf)
    return bool(_peek(imap.file, sock))


def _peek(file: Any, sock: Any) -> bytes:
    """What the buffered file holds; the socket must not block meanwhile, because an empty buffer makes it read."""
    timeout = sock.gettimeout()
    sock.setblocking(False)
    try:
        return bytes(file.peek(1))
    except (BlockingIOError, ssl.SSLWantReadError):
        return b""
    finally:
        sock.settimeout(timeout)


async def readable(client: Client, seconds: float) -> None:
    """Return when the socket has something to read, which may be its end, or after so many seconds."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    descriptor = client.socket().fileno()
    loop.add_reader(descriptor, ready.set)
    try:
        # not wait_for: up to Python 3.11 it swallows a cancellation that comes together with the event, and both
        # come together when the daemon that holds the mailbox and the lifeline is killed
        async with asyncio.timeout(seconds):
            await ready.wait()
    except TimeoutError:
        pass
    finally:
        loop.remove_reader(descriptor)
