"""A local HTTP server that answers as a test tells it to, so that the official SDKs run for real."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mailsim_agents.providers import Request, Turn


@dataclass
class Canned:
    """One HTTP answer. `cut` closes the connection in the middle of the body, `silent` never answers at all."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    silent: bool = False

    def wire(self) -> bytes:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        headers = {"content-type": "application/json", "connection": "close"} | self.headers
        headers["content-length"] = str(len(text.encode()))
        lines = [f"HTTP/1.1 {self.status} Status", *(f"{name}: {value}" for name, value in headers.items())]
        whole = ("\r\n".join(lines) + "\r\n\r\n" + text).encode()
        return whole[:-5] if self.cut else whole


@dataclass
class Received:
    """One HTTP request as the SDK sent it."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Service:
    """Gives back `answers` in order, the last one for ever, and keeps what it `received`."""

    def __init__(self) -> None:
        self.answers: list[Canned] = []
        self.received: list[Received] = []
        self.url = ""

    def will(self, *answers: Canned) -> None:
        self.answers = list(answers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            self.received.append(await self._read(reader))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer.silent:
                await reader.read()
            else:
                writer.write(answer.wire())
                await writer.drain()
        finally:
            writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> Received:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        return Received(method, path, headers, json.loads(raw) if raw else None)


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    server = await asyncio.start_server(service.serve, "127.0.0.1", 0)
    service.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield service
    server.close()


@pytest.fixture(autouse=True)
def _no_keys_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "OLLAMA_API_KEY", "OLLAMA_HOST", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def request_() -> Request:
    return Request("You are Parry.", [Turn("Eliza", "What is on your mind?", own=False)], "The grey car")


@pytest.fixture
def canned() -> type[Canned]:
    return Canned
