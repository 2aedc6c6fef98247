"""`mailsim demo`, as a newcomer runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path


def demo(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the demo where its temporary files can be seen."""
    (tmp_path / "tmp").mkdir()
    environment = os.environ | {"TMPDIR": str(tmp_path / "tmp")}
    return subprocess.run(
        [sys.executable, "-m", "mailsim", "demo", *words],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def test_ten_messages_are_exchanged(tmp_path: Path) -> None:
    done = demo(tmp_path)
    assert done.returncode == 0, done.stderr
    speakers = re.findall(r"^ *\d+ +(ELIZA|PARRY) to ", done.stdout, re.MULTILINE)
    assert speakers == ["ELIZA", "PARRY"] * 5, done.stdout


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    assert demo(tmp_path, "--turns", "2").returncode == 0
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["tmp"]


def test_keep_leaves_the_world_and_says_where_the_transcript_is(tmp_path: Path) -> None:
    done = demo(tmp_path, "--turns", "4", "--keep", "kept")
    transcript = tmp_path / "kept" / "transcript.html"
    assert str(transcript) in done.stdout
    assert "PARRY" in transcript.read_text()
    assert len(list((tmp_path / "kept" / "mailboxes" / "archive").glob("new/*"))) == 4


def test_no_colour_goes_into_a_pipe(tmp_path: Path) -> None:
    assert "\x1b[" not in demo(tmp_path, "--turns", "2").stdout


def test_a_script_that_ends_it_finds_nothing_left_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mailsim", "demo", "--turns", "1000"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()  # the first words of the conversation
        process.terminate()
        process.communicate(timeout=60)
    assert process.returncode == 1
    assert list(tmp_path.iterdir()) == []
