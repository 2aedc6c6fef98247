"""The composition root: opens every part of the post office in order, and closes them in the reverse order.

The only file that knows them all, and the only one that makes a clock, a random generator and a disk flusher.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import SystemRandom

from mailsim.accounts import Accounts
from mailsim.archive import ThreadIndex
from mailsim.config import Endpoint, World, load_world
from mailsim.delivery import Maildirs
from mailsim.errors import CannotListen
from mailsim.imap import ImapServer
from mailsim.mime import summarize
from mailsim.pipeline import Pipeline, Stage
from mailsim.reading import archive_maildir, index_file
from mailsim.running import Running, announce, claim
from mailsim.spool import Item, Spool
from mailsim.stages import Archive, Deliver
from mailsim.store import GroupSync, Store
from mailsim.submission import Gate, SubmissionServer
from mailsim.tls import server_context
from mailsim_common.clock import SystemClock


@dataclass(frozen=True)
class PostOffice:
    """A running post office: where it listens, and the index of what was said."""

    running: Running
    index: ThreadIndex


@asynccontextmanager
async def post_office(world: World, on_delivered: Callable[[Item], None]) -> AsyncIterator[PostOffice]:
    """Run the post office of `world` for as long as the context lasts.

    `on_delivered` hears of each message that reached all its recipients. Raises CannotListen and WorldError.
    """
    office, clock, random = world.office, SystemClock(), SystemRandom()
    async with AsyncExitStack() as stack:
        stack.enter_context(claim(world.state))
        accounts = Accounts(world)
        accounts.provision()
        sync = GroupSync()
        stack.callback(sync.close)
        store = Store(world.mailboxes, world.state / "cache", summarize, clock, sync)
        stack.callback(store.close)
        _open_mailboxes(store, accounts)
        index = ThreadIndex.open(index_file(world))
        stack.callback(index.close)
        index.catch_up(archive_maildir(world))
        spool = Spool(world.state / "spool", sync, clock, random)
        spool.open()
        for item in spool.waiting():
            index.reserve(item.envelope.message_id, item.envelope.thread_id)
        stages: list[Stage] = [Archive(store, office.archive, index), Deliver(Maildirs(store, accounts))]
        pipeline = Pipeline(spool, stages, clock, random, on_delivered=on_delivered)
        await pipeline.start()
        stack.push_async_callback(pipeline.close)
        tls = server_context(world.state, office.domain, clock)
        imap = ImapServer(store, accounts, tls, office.limits, clock)
        gate = Gate(accounts, index, office.max_messages)
        smtp = SubmissionServer(accounts, spool, gate, tls, office.limits, office.domain, clock)
        imap_at = await _listen(stack, imap.start, imap.close, office.listen.imap, "imap")
        smtp_at = await _listen(stack, smtp.start, smtp.close, office.listen.smtp, "smtp")
        running = Running(os.getpid(), smtp_at, imap_at)
        announce(world.state, running)
        _reload_on_hangup(stack, world, accounts, store)
        yield PostOffice(running, index)


async def _listen(
    stack: AsyncExitStack,
    start: Callable[[Endpoint], Awaitable[Endpoint]],
    close: Callable[[], Awaitable[None]],
    at: Endpoint,
    key: str,
) -> Endpoint:
    try:
        listening = await start(at)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise CannotListen(f"cannot listen on {at}: {why}; choose another with --set listen.{key}=HOST:PORT") from error
    stack.push_async_callback(close)
    return listening


def _open_mailboxes(store: Store, accounts: Accounts) -> None:
    for account in accounts:
        store.account(account.name)


def _reload_on_hangup(stack: AsyncExitStack, world: World, accounts: Accounts, store: Store) -> None:
    """SIGHUP: read the accounts anew. `mailsim accounts add` sends it after it wrote a good config."""

    def reload() -> None:
        accounts.adopt(load_world(world.root))
        accounts.provision()
        _open_mailboxes(store, accounts)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, reload)
    stack.callback(loop.remove_signal_handler, signal.SIGHUP)
