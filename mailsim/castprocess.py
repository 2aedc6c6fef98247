"""The cast runs in a process of its own; the post office starts it, hears when it is ready, and starts it again.

They share nothing but SMTP and IMAP: what the cast is told on its command line, any other host could be told.
"""

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from random import Random

from mailsim.config import World
from mailsim.errors import MailsimError
from mailsim.running import Running
from mailsim.tls import ca_file

log = logging.getLogger(__name__)

FAULTY_WORLD = 3  # the exit code of `mailsim-agents` for what a new start cannot mend
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0  # seconds before a cast that died is started again
LAST_WORD = "mailsim-agents: "  # how it begins the line that says why it cannot run
LONGEST_STOP = 10.0  # seconds that a cast may take to finish what it is doing


class CastFailed(MailsimError):
    """The cast cannot run as it is configured; the text is what it said itself."""

    exit_code = 3


class CastProcess:
    """Keeps the cast of one world running until it is told to stop."""

    def __init__(self, world: World, running: Running, overrides: Sequence[str], random: Random) -> None:
        self._command = cast_command(world, running, overrides)
        self._random = random
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Run the cast, again after a pause whenever it dies. Raises CastFailed if its configuration is at fault."""
        loop, pause = asyncio.get_running_loop(), FIRST_PAUSE
        while not self._stopping:
            began = loop.time()
            code, said = await self._once()
            if code == FAULTY_WORLD:
                raise CastFailed(said or "the cast cannot run; see .mailsim/log/cast.log")
            if loop.time() - began > LONGEST_PAUSE:
                pause = FIRST_PAUSE
            if not self._stopping:
                log.warning("the cast ended with exit code %s, and is started again in %.0f s: %s", code, pause, said)
                await asyncio.sleep(pause * self._random.uniform(0.5, 1.0))
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _once(self) -> tuple[int, str]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *self._command, stdin=pipe, stdout=pipe, stderr=pipe, process_group=0
        )  # in a group of its own Ctrl-C is for us alone, and `stop` ends it in good order
        self._process = process
        assert process.stdout and process.stderr
        said, _ = await asyncio.gather(self._errors(process.stderr), self._wait_ready(process.stdout))
        return await process.wait(), said

    async def _wait_ready(self, stdout: asyncio.StreamReader) -> None:
        async for line in _lines(stdout):
            if line.startswith("ready"):
                self.ready.set()

    @staticmethod
    async def _errors(stderr: asyncio.StreamReader) -> str:
        """Pass on to the terminal what the cast says, all but its last word; returns that."""
        last = ""
        async for line in _lines(stderr):
            last = line.removeprefix(LAST_WORD)
            log.info("cast: %s", line)
            if not line.startswith(LAST_WORD):
                with contextlib.suppress(OSError):  # nobody may be there to hear it
                    print(line, file=sys.stderr, flush=True)
        return last

    async def stop(self) -> None:
        """Let it finish what it is doing; what it does not finish it takes up at the next start."""
        self._stopping, process = True, self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            async with asyncio.timeout(LONGEST_STOP):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """What a process says, line by line; a line too long for the reader, such as one that quotes a mail, is lost."""
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line.decode(errors="replace").rstrip()


def cast_command(world: World, running: Running, overrides: Sequence[str]) -> list[str]:
    """How the cast of `world` is started against the post office that runs."""
    return [
        *(sys.executable, "-P", "-m", "mailsim_agents", "cast", "--until-eof", "--world", str(world.root)),
        *("--smtp", str(running.smtp), "--imap", str(running.imap), "--domain", world.office.domain),
        *("--ca", str(ca_file(world.state)), "--secrets", str(world.state / "secrets")),
        *("--log", str(world.state / "log" / "cast.log"), "--lock", str(world.state / "cast.lock")),
        *cast_settings(overrides),
    ]


def cast_settings(overrides: Sequence[str]) -> list[str]:
    """The words on the command line of `mailsim-agents` for those overrides that are the agents' own."""
    return [word for text in overrides if text.startswith(("cast.", "llm.")) for word in ("--set", text)]
