"""Fixtures for every test: a world, a daemon started by its command, and no way to the internet."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("mailsim", deadline=None)  # a busy machine is no fault of the example
hypothesis.settings.load_profile("mailsim")

LOOPBACK = ("127.", "::1", "localhost")
REQUIRE_PROGRAMS = bool(os.environ.get("MAILSIM_REQUIRE_PROGRAMS"))
PATIENCE = 30.0  # seconds until a wait counts as failed; far more than anything takes


@pytest.fixture(autouse=True)
def no_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that reaches for the internet fails."""
    connect = socket.socket.connect

    def local_only(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            pytest.fail(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", local_only)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Where every program has to be there (CI), a skipped test is a failed one."""
    report = yield
    if REQUIRE_PROGRAMS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which MAILSIM_REQUIRE_PROGRAMS forbids: {report.longrepr}"
    return report


@pytest.fixture
def program() -> Callable[[str], str]:
    """The path of an installed program; a test that needs one that is not installed is skipped and says so."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    return find


def eventually(condition: Callable[[], Any], what: str = "") -> Any:
    """The first truthy value of `condition`, asked again and again; fails after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    pytest.fail(f"waited {PATIENCE:.0f} s in vain: {what or condition}")


@dataclass
class Mailsim:
    """The command `mailsim` in one world."""

    root: Path

    def __call__(self, *words: str, stdin: str = "", code: int = 0) -> str:
        """Run a command and return what it prints; its exit code must be `code`."""
        done = self.run(*words, stdin=stdin)
        assert done.returncode == code, f"mailsim {' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def error(self, *words: str, code: int) -> str:
        """Run a command that must fail with `code`, and return its one line on standard error."""
        done = self.run(*words)
        assert done.returncode == code, f"{done.returncode}: {done.stdout}\n{done.stderr}"
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        return done.stderr.strip()

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mailsim", *words, "-w", str(self.root)]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=PATIENCE * 2, check=False)

    def json(self, *words: str) -> Any:
        return json.loads(self(*words, "--json"))

    def write(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def account(self, name: str) -> dict[str, Any]:
        return next(entry for entry in self.json("accounts") if entry["user"].startswith(f"{name}@"))


class Daemon:
    """A daemon started by its command, on free ports."""

    def __init__(self, mailsim: Mailsim, *words: str) -> None:
        self.mailsim, self.words = mailsim, words
        self.process = self.start()

    def start(self) -> "subprocess.Popen[str]":
        ports = ("--set", "listen.smtp=127.0.0.1:0", "--set", "listen.imap=127.0.0.1:0")
        command = [sys.executable, "-m", "mailsim", "up", "-w", str(self.mailsim.root), *ports, *self.words]
        self.log = (self.mailsim.root / "up.log").open("a+")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, text=True)
        eventually(self._is_up, "the daemon to listen")
        return self.process

    def _is_up(self) -> bool:
        if self.process.poll() is not None:
            pytest.fail(f"the daemon ended at once:\n{self.output()}")
        state = self.mailsim.root / ".mailsim" / "state.json"
        return state.exists() and json.loads(state.read_text())["pid"] == self.process.pid

    def output(self) -> str:
        return (self.mailsim.root / "up.log").read_text()

    @property
    def ports(self) -> tuple[int, int]:
        """SMTP and IMAP."""
        state = json.loads((self.mailsim.root / ".mailsim" / "state.json").read_text())
        return state["smtp"]["port"], state["imap"]["port"]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()
        self.log.close()

    def stop(self) -> int:
        """End it as Ctrl-C would; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(PATIENCE)
        self.log.close()
        return code


@pytest.fixture
def mailsim(tmp_path: Path) -> Mailsim:
    """A fresh world with the default cast, and a person, `me`."""
    root = tmp_path / "world"
    subprocess.run([sys.executable, "-m", "mailsim", "init", str(root)], check=True, capture_output=True)
    command = Mailsim(root)
    command("accounts", "add", "me")
    return command


@pytest.fixture
def start(mailsim: Mailsim) -> Iterator[Callable[..., Daemon]]:
    """Start the daemon of the world with further words on its command line."""
    started: list[Daemon] = []

    def launch(*words: str) -> Daemon:
        started.append(Daemon(mailsim, *words))
        return started[-1]

    yield launch
    for daemon in started:
        if daemon.process.poll() is None:
            daemon.stop()
        daemon.log.close()


@pytest.fixture
def daemon(start: Callable[..., Daemon]) -> Daemon:
    """The post office alone, without its cast."""
    return start("--no-cast")
