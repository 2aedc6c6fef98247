"""Durable in groups."""

import asyncio
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest

from mailsim.store import GroupSync, sync


class Disk:
    """Notes what was flushed, and may refuse."""

    def __init__(self) -> None:
        self.flushed: list[set[Path]] = []
        self.refuses = False

    def flush(self, paths: Collection[Path]) -> None:
        self.flushed.append(set(paths))
        if self.refuses:
            raise OSError("the disk says no")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(sync, "flush", disk.flush)
    return disk


@pytest.fixture
def group(disk: Disk) -> Iterator[GroupSync]:
    group = GroupSync()
    yield group
    group.close()


async def test_all_who_wait_at_one_moment_share_one_flush(group: GroupSync, disk: Disk) -> None:
    paths = [Path(str(number)) for number in range(10)]
    await asyncio.gather(*(group.durable(path) for path in paths))
    assert disk.flushed == [set(paths)]


async def test_who_comes_during_a_flush_is_in_the_next(group: GroupSync, disk: Disk) -> None:
    first = asyncio.create_task(group.durable(Path("1")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await asyncio.gather(first, group.durable(Path("2")), group.durable(Path("3")))
    assert disk.flushed == [{Path("1")}, {Path("2"), Path("3")}]


async def test_a_disk_that_says_no_is_everybodys_error_and_nobodys_forever(group: GroupSync, disk: Disk) -> None:
    disk.refuses = True
    outcomes = await asyncio.gather(group.durable(Path("1")), group.durable(Path("2")), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [OSError, OSError]
    disk.refuses = False
    await group.durable(Path("3"))


async def test_nobody_waits_forever_after_close(group: GroupSync, disk: Disk) -> None:
    group.close()
    with pytest.raises(RuntimeError):
        await group.durable(Path("1"))


async def test_one_who_stops_waiting_holds_up_nobody(group: GroupSync, disk: Disk) -> None:
    impatient, patient = asyncio.create_task(group.durable(Path("1"))), asyncio.create_task(group.durable(Path("2")))
    await asyncio.sleep(0)
    impatient.cancel()
    await patient
    assert disk.flushed == [{Path("1"), Path("2")}]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which system calls a flush makes."""
    calls: list[str] = []

    def note(name: str) -> Callable[[int], int]:
        return lambda fd: calls.append(name) or 0

    monkeypatch.setattr(sync.os, "fsync", note("fsync"))
    monkeypatch.setattr(sync, "_syncfs", note("syncfs"))
    return calls


def test_few_paths_are_flushed_each_alone(tmp_path: Path, calls: list[str]) -> None:
    sync.flush([tmp_path])
    assert calls == ["fsync"]


def test_many_paths_are_flushed_with_their_file_system(tmp_path: Path, calls: list[str]) -> None:
    files = [tmp_path / str(number) for number in range(sync.FEW + 1)]
    for file in files:
        file.touch()
    sync.flush(files)
    assert calls == ["syncfs"]


def test_a_file_renamed_meanwhile_is_flushed_with_its_file_system(tmp_path: Path, calls: list[str]) -> None:
    sync.flush([tmp_path, tmp_path / "renamed"])
    assert calls == ["syncfs"]


def test_paths_that_are_all_gone_need_no_flush(tmp_path: Path, calls: list[str]) -> None:
    sync.flush([tmp_path / "gone"])
    assert calls == []
