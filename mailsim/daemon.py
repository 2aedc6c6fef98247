"""The composition root: opens every part of the post office in order, and closes them in the reverse order.

The only file that knows them all, and the only one that makes a clock, a random generator and a disk flusher.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import SystemRandom

from mailsim.accounts import Accounts
from mailsim.archive import ThreadIndex
from mailsim.config import Endpoint, Listen, World, load_world
from mailsim.delivery import Maildirs
from mailsim.errors import CannotListen
from mailsim.guard import LoginGuard
from mailsim.imap import ImapServer
from mailsim.mime import summarize
from mailsim.pipeline import Pipeline, Stage
from mailsim.reading import archive_maildir, index_file
from mailsim.running import RELOAD, Running, announce, claim
from mailsim.spool import Item, Spool
from mailsim.stages import Archive, Deliver
from mailsim.store import GroupSync, Store, Watch
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
        watch = Watch()
        watch.start()
        stack.push_async_callback(watch.close)
        store = Store(world.mailboxes, world.state / "cache", summarize, clock, sync, watch)
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
        guard = LoginGuard(clock, office.limits.failed_logins)
        imap = ImapServer(store, accounts, tls, office.limits, clock, guard, index.thread_of)
        gate = Gate(accounts, index, office.max_messages)
        smtp = SubmissionServer(accounts, spool, gate, tls, office.limits, office.domain, clock, guard)
        stack.push_async_callback(imap.close)
        stack.push_async_callback(smtp.close)
        running = Running(os.getpid(), **await _listen(office.listen, imap, smtp))
        _reload_on_signal(stack, world, accounts, store)
        announce(world.state, running)
        yield PostOffice(running, index)


async def _listen(listen: Listen, imap: ImapServer, smtp: SubmissionServer) -> dict[str, Endpoint]:
    """Start every listener of the config; returns where each really is. Raises CannotListen."""
    found = {}
    servers: dict[str, ImapServer | SubmissionServer] = {"imap": imap, "smtp": smtp, "imaps": imap, "smtps": smtp}
    for key, server in servers.items():
        at: Endpoint | None = getattr(listen, key)
        try:
            if at:
                found[key] = await server.start(at, implicit_tls=key.endswith("s"))
        except (OSError, UnicodeError) as error:  # a port that is taken, a host name that is none
            how = f"choose another with --set listen.{key}=HOST:PORT"
            raise CannotListen(f"cannot listen on {at}: {_why(error)}; {how}") from error
    return found


def _why(error: OSError | UnicodeError) -> str:
    """The system's own words; asyncio's are long, and the name resolver's numbers, below zero, are not the system's."""
    number = getattr(error, "errno", None) or 0
    return os.strerror(number) if number > 0 else getattr(error, "strerror", None) or str(error)


def _open_mailboxes(store: Store, accounts: Accounts) -> None:
    for account in accounts:
        store.account(account.name)


def _reload_on_signal(stack: AsyncExitStack, world: World, accounts: Accounts, store: Store) -> None:
    """Read the accounts anew when told to. `mailsim accounts add` does so after it wrote a good config."""

    def reload() -> None:
        accounts.adopt(load_world(world.root, world.overrides))
        accounts.provision()
        _open_mailboxes(store, accounts)

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(RELOAD, reload)
    stack.callback(loop.remove_signal_handler, RELOAD)
