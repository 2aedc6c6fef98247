"""What tells that a daemon runs this world."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mailsim.config import Endpoint
from mailsim.errors import CannotListen
from mailsim.running import RELOAD, Running, announce, claim, running, tell_daemon

HERE = Running(os.getpid(), Endpoint("127.0.0.1", 1), Endpoint("::1", 2))


def test_a_daemon_is_known_by_its_addresses_while_it_runs(tmp_path: Path) -> None:
    assert running(tmp_path / "state") is None
    with claim(tmp_path / "state"):
        announce(tmp_path / "state", HERE)
        assert running(tmp_path / "state") == HERE
    assert running(tmp_path / "state") is None
    assert not (tmp_path / "state" / "state.json").exists()


def test_a_world_has_one_daemon(tmp_path: Path) -> None:
    with claim(tmp_path), pytest.raises(CannotListen, match="already runs"), claim(tmp_path):
        pass


def test_one_that_looks_is_no_daemon(tmp_path: Path) -> None:
    """`running` holds the lock for a moment, which must hold up neither a start nor another look."""
    looker = subprocess.Popen(
        [sys.executable, "-c", "import fcntl, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_SH);"
         "print(flush=True); time.sleep(0.03)", str(tmp_path / "lock")],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert looker.stdout and looker.stdout.readline()
    (tmp_path / "state.json").write_text(json.dumps({"pid": 1}))
    assert running(tmp_path) is None
    with claim(tmp_path):
        pass
    looker.communicate()


def test_what_a_killed_daemon_left_does_not_count(tmp_path: Path) -> None:
    with claim(tmp_path):
        announce(tmp_path, HERE)
        left = (tmp_path / "state.json").read_text()
    (tmp_path / "state.json").write_text(left)
    assert running(tmp_path) is None
    with claim(tmp_path):
        assert running(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"pid": 1, "smtp": 3, "imap": {}}'])
def test_a_broken_state_file_is_no_daemon(tmp_path: Path, text: str) -> None:
    with claim(tmp_path):
        (tmp_path / "state.json").write_text(text)
        assert running(tmp_path) is None


def test_the_daemon_is_told_by_a_signal(tmp_path: Path) -> None:
    told: list[int] = []
    before = signal.signal(RELOAD, lambda number, frame: told.append(number))
    try:
        tell_daemon(tmp_path)
        assert not told
        with claim(tmp_path):
            announce(tmp_path, HERE)
            tell_daemon(tmp_path)
        assert told == [RELOAD]
    finally:
        signal.signal(RELOAD, before)


def test_a_daemon_that_just_died_is_no_error(tmp_path: Path) -> None:
    with claim(tmp_path):
        announce(tmp_path, Running(2**22 + 1, HERE.smtp, HERE.imap))
        tell_daemon(tmp_path)
