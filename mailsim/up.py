"""`mailsim up`: the post office in the foreground and its cast beside it, until somebody says stop."""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine, Sequence
from random import SystemRandom
from typing import Any

from rich.console import Console

from mailsim.archive import ThreadIndex, load_message, show_message
from mailsim.castprocess import CastProcess
from mailsim.config import World
from mailsim.daemon import PostOffice, post_office
from mailsim.errors import MailsimError
from mailsim.reading import archive_maildir
from mailsim.spool import Item
from mailsim_common.log import to_file

log = logging.getLogger(__name__)


def run(world: World, overrides: Sequence[str], *, mirror: bool, cast: bool) -> None:
    """Run `world` until SIGINT, SIGTERM or SIGHUP; raises MailsimError if it cannot start or its cast cannot run."""
    to_file(world.state / "log" / "mailsim.log")
    asyncio.run(_run(world, overrides, mirror, cast))


async def _run(world: World, overrides: Sequence[str], mirror: bool, cast: bool) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # which is what `nohup` asks for
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    show = Mirror(world)
    async with post_office(world, show) as office:
        if mirror:
            show.index = office.index
        _say(f"mailsim  {world.root.resolve()}")
        for service in ("smtp", "imap", "smtps", "imaps"):
            if at := getattr(office.running, service):
                _say(f"  {service.upper():<6} {at}")
        _say("  mail client settings: mailsim accounts")
        if cast and world.cast:
            await with_cast(world, office, overrides, stop.wait(), _say)
        else:
            await stop.wait()


async def with_cast(
    world: World,
    office: PostOffice,
    overrides: Sequence[str],
    until: Coroutine[Any, Any, object],
    say: Callable[[str], None] = lambda line: None,
) -> None:
    """Run the cast of a running post office until `until` is done; raises CastFailed if it cannot run."""
    cast = CastProcess(world, office.running, overrides, SystemRandom())
    tasks = [asyncio.create_task(cast.run()), asyncio.create_task(until)]
    ready = asyncio.create_task(_tell_ready(cast, len(world.cast), say))
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await cast.stop()
        for task in (*tasks, ready):
            task.cancel()
        await asyncio.gather(*tasks, ready, return_exceptions=True)


async def _tell_ready(cast: CastProcess, size: int, say: Callable[[str], None]) -> None:
    await cast.ready.wait()
    say(f"  cast   {size} personas are watching their mailboxes")


class Mirror:
    """Prints each message once it has reached everybody."""

    def __init__(self, world: World) -> None:
        self._maildir = archive_maildir(world)
        self._console = Console(highlight=False)
        self.index: ThreadIndex | None = None

    def __call__(self, item: Item) -> None:
        if self.index is None:
            return
        try:
            message = load_message(self.index, self._maildir, item.envelope.message_id)
        except MailsimError as error:
            log.warning("not mirrored: %s", error)
            return
        show_message(self._console, message)


def _say(line: str) -> None:
    print(line, flush=True)
