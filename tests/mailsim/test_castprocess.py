"""The post office and the process of its cast: what is said, what is started again, what ends."""

import asyncio
import sys
from pathlib import Path
from random import Random

import pytest

from mailsim import castprocess
from mailsim.castprocess import CastFailed, CastProcess
from mailsim.config import Endpoint, PostOffice, World
from mailsim.running import Running

AT = Endpoint("127.0.0.1", 1)


@pytest.fixture
def cast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> CastProcess:
    """A cast that runs the test's own script."""
    monkeypatch.setattr(castprocess, "cast_command", lambda *_: [sys.executable, "-c", request.param])
    return CastProcess(World(tmp_path, PostOffice(), {}), Running(1, AT, AT), [], Random(1))


def script(text: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("cast", [text], indirect=True)


@script("import sys; sys.stderr.write('x' * 200_000 + '\\nmailsim-agents: no such persona\\n'); sys.exit(3)")
async def test_a_line_of_any_length_is_survived(cast: CastProcess) -> None:
    with pytest.raises(CastFailed, match=r"^no such persona$"):
        await cast.run()


@script("import sys; sys.stderr.write('WARNING eliza rests\\nmailsim-agents: a fault\\n'); sys.exit(3)")
async def test_its_warnings_reach_the_terminal_and_its_last_word_is_the_error(
    cast: CastProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CastFailed, match=r"^a fault$"):
        await cast.run()
    assert capfd.readouterr().err == "WARNING eliza rests\n"


@script("import sys; print('ready', flush=True); sys.stdin.read()")
async def test_one_that_is_told_to_stop_is_not_started_again(
    cast: CastProcess, caplog: pytest.LogCaptureFixture
) -> None:
    running = asyncio.create_task(cast.run())
    await cast.ready.wait()
    await cast.stop()
    await running
    assert not caplog.records
