"""`mailsim` as a person at a terminal meets it: Ctrl-C, slips of the pen, a disk that is in the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Daemon, Mailsim, eventually


def test_ctrl_c_ends_daemon_and_cast_in_silence(mailsim: Mailsim) -> None:
    ports = ("--set", "listen.smtp=127.0.0.1:0", "--set", "listen.imap=127.0.0.1:0")
    process = subprocess.Popen(
        [sys.executable, "-m", "mailsim", "up", "-w", str(mailsim.root), *ports],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout
    while "cast" not in process.stdout.readline():
        pass
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "")
    log = (mailsim.root / ".mailsim" / "log" / "mailsim.log").read_text()
    assert "WARNING" not in log and "Traceback" not in log


def test_ctrl_c_while_the_command_is_still_importing_is_silent(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(9)\n")
    command = [sys.executable, "-m", "mailsim", "--version"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--to", "nobody"), 5),
        (("--to", "eliza", "--cc", "a b"), 5),
        (("--to", "eliza@example.org"), 5),
        (("--to", "eliza", "--subject", "two\nlines"), 6),
        (("--to", "eliza", "--body", "\udcff"), 6),
    ],
)
def test_a_seed_that_cannot_be_sent_is_one_line(
    mailsim: Mailsim, daemon: Daemon, words: tuple[str, ...], code: int
) -> None:
    mailsim.error("seed", "--from", "me", "--body", "hi", *words, code=code)
    assert mailsim.json("threads") == []


def test_a_text_that_is_not_utf_8_is_one_line(mailsim: Mailsim, daemon: Daemon, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"gr\xfc\xdfe")
    mailsim.error("seed", "--from", "me", "--to", "eliza", "--body-file", str(tmp_path / "latin"), code=6)


def test_a_folder_in_the_way_is_one_line(mailsim: Mailsim) -> None:
    (mailsim.root / ".mailsim" / "passwd").unlink()
    (mailsim.root / ".mailsim" / "passwd").mkdir()
    assert "Is a directory" in mailsim.error("up", code=1)


@pytest.mark.parametrize("host", ["nowhere.invalid", "no..where"])
def test_a_host_that_does_not_exist_is_named(mailsim: Mailsim, host: str) -> None:
    said = mailsim.error("up", "--set", f"listen.smtp={host}:1025", "--set", "listen.imap=127.0.0.1:0", code=4)
    assert f"{host}:1025" in said
    assert "Unknown error" not in said


def test_an_account_added_later_has_the_domain_of_the_command_line(
    mailsim: Mailsim, start: Callable[..., Daemon]
) -> None:
    start("--no-cast", "--set", "domain=other.test")
    other = ("--set", "domain=other.test")
    mailsim("accounts", "add", "bob", *other)
    eventually(lambda: mailsim.run("seed", "--from", "bob", "--to", "me", "--body", "hi", *other).returncode == 0)


def test_a_terminal_that_is_closed_ends_the_daemon(daemon: Daemon) -> None:
    daemon.process.send_signal(signal.SIGHUP)
    assert daemon.process.wait(60) == 0


def test_a_python_file_in_the_current_directory_is_none_of_ours(
    mailsim: Mailsim, monkeypatch: pytest.MonkeyPatch
) -> None:
    (mailsim.root / "yaml.py").write_text("raise SystemExit('somebody else is yaml here')")
    monkeypatch.chdir(mailsim.root)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "mailsim", "check"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
