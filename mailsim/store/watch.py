"""Notices what other programs do in the mailboxes that clients have selected, so that those who IDLE hear of it.

Linux tells of it (inotify). What nobody tells of, for want of inotify, on a network file system or beyond the number
of folders that may be watched, is found by a slow look. One mailbox is watched once, however many have it selected.
"""

import asyncio
import logging
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from mailsim.errors import NoSuchMailbox

if sys.platform == "linux":
    from asyncinotify import Inotify, Mask

log = logging.getLogger(__name__)

GATHER = 0.05  # seconds in which changes that follow each other become one look
SLOW = 30.0  # seconds between looks at everything, where changes are told
UNTOLD = 2.0  # and where they are not


class Watched(Protocol):
    """A mailbox. `refresh` raises NoSuchMailbox if its folder is gone."""

    @property
    def folder(self) -> Path: ...

    async def refresh(self) -> None: ...


class Watch:
    """Looks at mailboxes when their folders change; until `start` it only remembers which."""

    def __init__(self) -> None:
        self._mailboxes: dict[Path, Watched] = {}
        self._inotify: Inotify | None = None
        self._changed: set[Path] = set()
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._complained = False  # of there being too many folders; once is enough

    def start(self) -> None:
        self._inotify = _inotify()
        if self._inotify:
            asyncio.get_running_loop().add_reader(self._inotify.fd, self._told)
        for folder in self._mailboxes:
            self._arm(folder)
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._inotify:
            asyncio.get_running_loop().remove_reader(self._inotify.fd)
            self._inotify.close()
            self._inotify = None

    def add(self, mailbox: Watched) -> None:
        """Watch it, unless it is watched already; one that is new in its folder takes the place of the old."""
        if self._mailboxes.get(mailbox.folder) is not mailbox:
            self._mailboxes[mailbox.folder] = mailbox
            self._arm(mailbox.folder)

    def remove(self, mailbox: Watched) -> None:
        """Watch it no longer. What inotify has of it tells once more at most, to nobody."""
        if self._mailboxes.get(mailbox.folder) is mailbox:
            del self._mailboxes[mailbox.folder]

    def _arm(self, folder: Path) -> None:
        """Have the next change told, and no more: ten thousand renames by one program, or by us, shall be one event."""
        if self._inotify is None or folder not in self._mailboxes:
            return
        mask = Mask.ONESHOT | Mask.ONLYDIR | Mask.CREATE | Mask.DELETE | Mask.MOVE | Mask.DELETE_SELF | Mask.MOVE_SELF
        try:
            for part in ("new", "cur"):
                self._inotify.add_watch(folder / part, mask)
        except FileNotFoundError:
            pass  # the look will find out
        except OSError as error:
            if not self._complained:
                log.warning("other programs' changes are noticed after up to %.0f s in some mailboxes: %s", SLOW, error)
            self._complained = True

    def _told(self) -> None:
        assert self._inotify
        for event in self._inotify:  # ends with what there is
            if event.watch:
                self._changed.add(event.watch.path.parent)
            elif Mask.Q_OVERFLOW in event.mask:
                self._changed.update(self._mailboxes)
        if self._changed:
            self._bell.set()

    async def _run(self) -> None:
        loop, pause = asyncio.get_running_loop(), SLOW if self._inotify else UNTOLD
        slow = loop.time() + pause
        while True:
            try:
                async with asyncio.timeout_at(slow):
                    await self._bell.wait()
            except TimeoutError:
                slow = loop.time() + pause
                await self._look(list(self._mailboxes))
                continue
            await asyncio.sleep(GATHER)
            self._bell.clear()
            changed, self._changed = self._changed, set()
            for folder in changed:
                self._arm(folder)  # before the look, so that nothing happens unseen
            await self._look(changed)

    async def _look(self, folders: Collection[Path]) -> None:
        for folder in folders:
            if mailbox := self._mailboxes.get(folder):
                try:
                    await mailbox.refresh()
                except NoSuchMailbox:
                    self.remove(mailbox)
                except Exception:  # whatever ails one mailbox must not blind the others
                    log.exception("%s cannot be looked at", folder)
            await asyncio.sleep(0)


def _inotify() -> "Inotify | None":
    if sys.platform != "linux":
        return None
    try:
        return Inotify(sync_timeout=0)
    except OSError as error:  # too many in use
        log.warning("mailboxes are looked at every %.0f s: %s", UNTOLD, error)
        return None
