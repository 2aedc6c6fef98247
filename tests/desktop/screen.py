"""An X display without a monitor, and hands for it: xdotool."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from tests.conftest import PATIENCE, eventually

SIZE = "1200x760x24"
REACTION = 5.0  # seconds a desktop program gets to react to a key before it is pressed again


class Screen:
    """A display of its own; there is no window manager, so windows are given the keyboard by name."""

    def __init__(self, display: str, home: Path, xdotool: str) -> None:
        self._xdotool = xdotool
        self._environment = os.environ | {"DISPLAY": display, "HOME": str(home), "GDK_BACKEND": "x11"}

    @classmethod
    @contextmanager
    def open(cls, program: Callable[[str], str], home: Path) -> Iterator[Self]:
        """Start Xvfb on a display that is free, for as long as the context lasts."""
        xdotool = program("xdotool")
        read, write = os.pipe()
        command = [program("Xvfb"), "-displayfd", str(write), "-screen", "0", SIZE]
        server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with _ended(server), os.fdopen(read) as number:
            yield cls(f":{number.readline().strip()}", home, xdotool)

    @contextmanager
    def run(self, *command: str) -> Iterator[None]:
        """Run a desktop program for as long as the context lasts."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        with _ended(subprocess.Popen(command, env=self._environment, **quiet)):
            yield

    def focus(self, title: str) -> None:
        """Give the keyboard to the window with this title, a regular expression, once there is one."""
        window = eventually(lambda: self._windows(title), f"a window `{title}`, among {self._windows('.')}")[0]
        self._do("windowfocus", "--sync", window)

    def type(self, text: str) -> None:
        self._do("type", "--", text)

    def press(self, key: str) -> None:
        self._do("key", key)

    def until(self, condition: Callable[[], bool], key: str) -> None:
        """Press a key, again if nothing comes of it, until the condition holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition() and time.monotonic() < deadline:
            self.press(key)
            pause = time.monotonic() + REACTION
            while not condition() and time.monotonic() < pause:
                time.sleep(0.1)
        assert condition(), f"pressed {key} in vain"

    def _windows(self, title: str) -> list[str]:
        with suppress(subprocess.CalledProcessError):  # none yet
            return self._do("search", "--onlyvisible", "--name", title).split()
        return []

    def _do(self, *words: str) -> str:
        command = [self._xdotool, *words]
        return subprocess.run(command, env=self._environment, check=True, capture_output=True, text=True).stdout


@contextmanager
def _ended(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)
