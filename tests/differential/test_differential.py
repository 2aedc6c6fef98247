"""Recorded sessions, put to Dovecot 2.3 and to ours over copies of one Maildir: every answer must be the same.

A session is a file in `sessions/`, a command a line. `{}` at the end of a line is a literal: the indented lines below
it. `B: ` in front: sent by a second client. `$modseq`: the last HIGHESTMODSEQ told. A line `! reason` says that the
answers to the next command differ, rightly so, and why; that they still do is tested too.

What may differ in any answer is in `normal`.
"""

import re
import textwrap
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.differential.normal import normal
from tests.differential.wire import Client

SESSIONS = sorted((Path(__file__).parent / "sessions").glob("*.imap"))
MOST, LONGEST = 8, 400  # responses of a failed step that are shown, and characters of each
Dial = Callable[[], Awaitable[Client]]


@dataclass(frozen=True)
class Step:
    """One command of a session: who sends it, its bytes, and why the answers may differ ("" if they must not)."""

    client: str
    command: bytes
    excuse: str


def steps(text: str) -> Iterator[Step]:
    excuse = ""
    for block in re.findall(r"^[^\s#].*\n(?:    .*\n|\n(?=    ))*", text, re.MULTILINE):
        line, *literal = block.rstrip("\n").split("\n")
        if line.startswith("!"):
            excuse = line[1:].strip()
            continue
        client, command = ("B", line[3:]) if line.startswith("B: ") else ("A", line)
        yield Step(client, with_literal(command, literal), excuse)
        excuse = ""


def with_literal(command: str, lines: list[str]) -> bytes:
    if not lines:
        return command.encode()
    literal = "".join(line + "\r\n" for line in textwrap.dedent("\n".join(lines)).split("\n")).encode()
    return command.removesuffix("{}").encode() + b"{%d+}\r\n" % len(literal) + literal


class Both:
    """A client A and, once it is needed, a client B, at one server."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial
        self._clients: dict[str, Client] = {}

    async def ask(self, step: Step) -> list[tuple[object, ...]]:
        if step.client not in self._clients:
            self._clients[step.client] = await self._dial()
        return normal(step.command, await self._clients[step.client].ask(step.command))


@pytest.fixture
async def servers(dovecot: Dial, ours: Dial) -> AsyncIterator[tuple[Both, Both]]:
    yield Both(dovecot), Both(ours)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda path: path.stem)
async def test_the_answers_are_those_of_dovecot(session: Path, servers: tuple[Both, Both]) -> None:
    theirs, ours = servers
    wrong = []
    for step in steps(session.read_text()):
        expected, said = await theirs.ask(step), await ours.ask(step)
        if (expected == said) is bool(step.excuse):
            wrong.append(report(step, expected, said))
    assert not wrong, "\n".join(wrong)


def report(step: Step, expected: list[tuple[object, ...]], said: list[tuple[object, ...]]) -> str:
    command = f"{step.client}: {step.command.decode(errors='replace')[:LONGEST]}"
    if expected == said:
        return f"{command}\n  no longer differs; take the excuse out: {step.excuse}"
    lacking = [f"  Dovecot: {response}" for response in expected if response not in said]
    surplus = [f"  ours:    {response}" for response in said if response not in expected]
    return "\n".join([command, *(line[:LONGEST] for line in [*lacking[:MOST], *surplus[:MOST]])])
