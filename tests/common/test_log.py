"""The log is its owner's alone, also after it rotated."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailsim_common import log


@pytest.fixture(autouse=True)
def quiet_root() -> Iterator[None]:
    """The root logger as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def test_every_file_of_the_log_is_readable_by_its_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "FILE_BYTES", 100)
    log.to_file(tmp_path / "log" / "mailsim.log")
    for number in range(5):
        logging.getLogger("x").info("line %d %s ünïcode", number, "x" * 60)
    files = list((tmp_path / "log").iterdir())
    assert len(files) > 1
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}


def test_what_is_less_grave_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.to_file(tmp_path / "mailsim.log")
    log.to_terminal()
    logging.getLogger("x").debug("debug")
    logging.getLogger("x").info("info")
    logging.getLogger("x").warning("warning")
    text = (tmp_path / "mailsim.log").read_text()
    assert "debug" not in text and "info" in text and "warning" in text
    assert "info" not in capsys.readouterr().err
