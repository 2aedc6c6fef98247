"""The command, as a process of its own."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.agents.support import DOMAIN, PASSWORD, Dovecot, Relay, letter, until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(tmp_path: Path, account: str) -> Path:
    """A cast of one, whose account is this test's own."""
    files = {
        "config/cast.yaml": f"{account}:\n  persona: ann.md\n  llm: parrot\n",
        "config/llm/parrot.yaml": "service: custom\nfactory: tests.agents.support:Parrot\n",
        "personas/ann.md": "# Cook: Ann (en) [f]\nCooks.\n",
        f"secrets/{account}": PASSWORD,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@asynccontextmanager
async def command(*args: str | Path) -> AsyncIterator[asyncio.subprocess.Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "mailsim_agents", *map(str, args), stdin=pipe, stdout=pipe, stderr=pipe, cwd=ROOT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def outcome(*args: str | Path) -> tuple[int | None, str, str]:
    async with command(*args) as process:
        out, err = await process.communicate()
        return process.returncode, out.decode(), err.decode()


def cast(world: Path, dovecot: Dovecot, relay: Relay) -> list[str | Path]:
    servers = ["--imap", f"127.0.0.1:{dovecot.port}", "--smtp", f"127.0.0.1:{relay.port}"]
    return ["cast", "--world", world, *servers, "--secrets", world / "secrets", "--lock", world / "lock"]


async def ready(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode()


async def test_a_cast_answers_mail_and_ends_at_sigterm(
    world: Path, account: str, dovecot: Dovecot, relay: Relay
) -> None:
    async with command(*cast(world, dovecot, relay)) as process:
        assert await ready(process) == "ready 1 agents\n"
        await asyncio.to_thread(dovecot.put, account, letter(to=f"{account}@{DOMAIN}"))
        await until(lambda: bool(relay.taken))
        process.send_signal(signal.SIGTERM)
        _, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")


async def test_a_cast_ends_with_its_standard_input(world: Path, dovecot: Dovecot, relay: Relay) -> None:
    async with command(*cast(world, dovecot, relay), "--until-eof") as process:
        await ready(process)
        assert process.stdin is not None
        process.stdin.close()
        assert await process.wait() == 0


async def test_a_second_cast_of_the_same_world_is_refused(world: Path, dovecot: Dovecot, relay: Relay) -> None:
    async with command(*cast(world, dovecot, relay)) as process:
        await ready(process)
        status, _, err = await outcome(*cast(world, dovecot, relay))
        assert status == 4
        assert err.startswith("mailsim-agents: ")
        assert err.count("\n") == 1


async def test_a_refusal_by_the_service_is_one_line_and_status_3(world: Path, dovecot: Dovecot, relay: Relay) -> None:
    (world / "config/llm/parrot.yaml").write_text("service: custom\nfactory: tests.agents.support:Dumb\n")
    status, out, err = await outcome(*cast(world, dovecot, relay))
    assert (status, out) == (3, "")
    assert err == "mailsim-agents: the key is wrong\n"


async def test_a_service_that_is_down_is_a_warning(world: Path, dovecot: Dovecot, relay: Relay) -> None:
    (world / "config/llm/parrot.yaml").write_text("service: custom\nfactory: tests.agents.support:Away\n")
    async with command(*cast(world, dovecot, relay)) as process:
        assert await ready(process) == "ready 1 agents\n"
        process.terminate()
        _, err = await process.communicate()
        assert b"config/llm/parrot.yaml: nobody there" in err


async def test_a_fault_in_the_configuration_is_one_line_and_status_3(world: Path) -> None:
    (world / "personas/ann.md").write_text("Ann\n")
    status, _, err = await outcome("check", "--world", world)
    assert status == 3
    assert "ann.md:1: needs a title" in err
    assert err.count("\n") == 1


async def test_check_finds_a_world_without_fault(world: Path) -> None:
    assert await outcome("check", "--world", world) == (0, "1 agents, 1 LLMs: no fault found\n", "")


async def test_a_cast_waits_for_servers_that_are_not_there_yet(world: Path, relay: Relay) -> None:
    async with command(*cast(world, Dovecot(1), relay)) as process:
        assert process.stderr is not None
        assert b"rests: IMAP 127.0.0.1:1" in await process.stderr.readline()
        process.terminate()
        assert await process.wait() == 0
