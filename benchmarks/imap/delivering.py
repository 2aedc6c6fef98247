"""A process with the store and the IMAP server alone: it delivers when told to and says when it began.

`python -m benchmarks.imap.delivering WORLD PORT FILE`: every line on standard input has FILE delivered once more; the
answer is the time of the delivery's beginning, on the clock that `time.perf_counter` reads in every process.
"""

import asyncio
import sys
import time
from pathlib import Path

from benchmarks.imap.servers import USER
from mailsim.accounts import Accounts
from mailsim.config import Endpoint, load_world
from mailsim.imap import ImapServer
from mailsim.mime import summarize
from mailsim.store import GroupSync, Store
from mailsim_common.clock import SystemClock


async def main(root: Path, port: int, file: Path) -> None:
    world, sync, clock = load_world(root), GroupSync(), SystemClock()
    store = Store(world.mailboxes, world.state / "cache", summarize, clock, sync)
    imap = ImapServer(store, Accounts(world), None, world.office.limits, clock)
    await imap.start(Endpoint("127.0.0.1", port))
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while await lines.readline():
        began = time.perf_counter()
        await store.deliver(USER, file, f"{time.time_ns()}.benchmark")
        print(began, flush=True)
    await imap.close()
    store.close()
    sync.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
