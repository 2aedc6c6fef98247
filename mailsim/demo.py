"""`mailsim demo`: the meeting of 1972 again, in real email, in a world of its own that is gone afterwards.

ELIZA (Weizenbaum, 1966) played a therapist, PARRY (Colby, 1972) a paranoid patient; they were connected in 1972
(RFC 439 has the transcript). Here both are rules, so that it runs offline and without a key.
"""

import asyncio
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from mailsim.archive import load_message, show_message
from mailsim.config import World, load_world
from mailsim.daemon import post_office
from mailsim.errors import MailsimError
from mailsim.reading import Archive
from mailsim.seed import Seed, send
from mailsim.spool import Item
from mailsim.up import with_cast
from mailsim.world import make
from mailsim_common.clock import SystemClock
from mailsim_common.log import to_file
from mailsim_common.settings import parse_overrides

PATIENCE = 60.0  # seconds without a message, after which something is wrong
CAST = """\
# The two of 1972.
eliza: {persona: eliza.md, llm: eliza}
parry: {persona: parry.md, llm: parry}
"""
OPENING = Seed(
    sender="eliza",
    name="ELIZA",
    to=["parry"],
    subject="Our first session",
    body="""\
Good morning. I am told that writing comes easier to you than talking, so take all the room you like.
What is on your mind?
""",
)


class DemoStalled(MailsimError):
    """The conversation stopped before it was over."""


def run(turns: int, keep: Path | None, overrides: Sequence[str]) -> None:
    """Run the conversation to `turns` messages; raises MailsimError if it does not get there."""
    with tempfile.TemporaryDirectory(prefix="mailsim-demo-") as folder:
        root = keep or Path(folder) / "world"
        world = _make(root, turns, overrides)
        asyncio.run(_converse(world, turns, overrides))
        _farewell(world, keep)


def _make(root: Path, turns: int, overrides: Sequence[str]) -> World:
    make(root)
    (root / "config" / "cast.yaml").write_text(CAST, encoding="utf-8")
    free_ports = ["listen.smtp=127.0.0.1:0", "listen.imap=127.0.0.1:0", f"max_messages={turns}"]
    return load_world(root, parse_overrides([*free_ports, *overrides]))


async def _converse(world: World, turns: int, overrides: Sequence[str]) -> None:
    to_file(world.state / "log" / "mailsim.log")
    # like Ctrl-C: what was made for the demo is removed, also when a script ends it
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, signal.raise_signal, signal.SIGINT)
    heard: asyncio.Queue[Item] = asyncio.Queue()
    async with post_office(world, heard.put_nowait) as office:

        async def listen() -> None:
            await asyncio.to_thread(send, world, OPENING, SystemClock())
            console = Console(highlight=False)
            for _ in range(turns):
                item = await _next(heard)
                message_id = item.envelope.message_id
                show_message(console, load_message(office.index, world.mailboxes / world.office.archive, message_id))

        await with_cast(world, office, overrides, listen())


async def _next(heard: "asyncio.Queue[Item]") -> Item:
    try:
        async with asyncio.timeout(PATIENCE):
            return await heard.get()
    except TimeoutError as error:
        raise DemoStalled(
            f"no message for {PATIENCE:.0f} s; run it with --keep DIR and see DIR/.mailsim/log/"
        ) from error


def _farewell(world: World, keep: Path | None) -> None:
    """The last lines: where the transcript is, and how to open the mailboxes."""
    if keep is None:
        print(
            "\nNothing was kept. To keep the transcript and the mailboxes, and open them in a mail client:\n"
            "  mailsim demo --keep DIR      the transcript is then DIR/transcript.html\n"
            "  mailsim up -w DIR            serves DIR's mailboxes; mailsim accounts -w DIR has the settings"
        )
        return
    transcript = keep / "transcript.html"
    archive = Archive(world)
    transcript.write_bytes(archive.export(archive.threads()[-1]["id"], "html"))
    print(
        f"\nThe transcript: {transcript.resolve()}\n"
        f"The mailboxes:  mutt -f {(world.mailboxes / 'parry').resolve()}\n"
        f"                or, in any mail client: mailsim up -w {keep} and mailsim accounts -w {keep}"
    )
