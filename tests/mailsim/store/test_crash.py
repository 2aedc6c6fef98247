"""A process killed at any moment, and a power cut: what was acknowledged is there, once, and no UID is given twice."""

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mailsim.store import Change, GroupSync, Mailbox, Store
from tests.mailsim.store.disk import Disk
from tests.mailsim.store.support import TEXT

ROUNDS = 8
Place = tuple[str, int, frozenset[str]]
Places = dict[str, set[Place]]
REMOVES = {"flag", "move", "expunge"}


class Told:
    """What the killed process said, in all rounds: where every message is, and what it was about to do."""

    def __init__(self) -> None:
        self.places: Places = defaultdict(set)
        self.pending: dict[str, str] = {}
        self.uids: dict[str, set[int]] = defaultdict(set)  # every one it told, by mailbox

    def hear(self, line: str) -> None:
        said = json.loads(line)
        if "begins" in said:
            self.pending[said["name"]] = said["begins"]
            return
        del self.pending[said["name"]]
        self.places[said["name"]] = {(mailbox, uid, frozenset(flags)) for mailbox, uid, flags in said["is"]}
        for mailbox, uid, _ in said["is"]:
            self.uids[mailbox].add(uid)


def run_and_kill(folder: Path, prefix: str, told: Told, after: int) -> None:
    """Let the process work until it told of `after` things, kill it, and hear out what it had said."""
    command = [sys.executable, "-m", "tests.mailsim.store.crashing", str(folder), prefix]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    for number, line in enumerate(process.stdout):
        if line.endswith("\n"):  # else the kill cut it short
            told.hear(line)
        if number == after:
            process.kill()
    process.wait()
    process.stdout.close()
    assert process.returncode == -9


async def found(start: Callable[[], Store]) -> tuple[Places, dict[str, Mailbox]]:
    """Where every message is, as a fresh start finds it."""
    account = start().account("me")
    places: Places = defaultdict(set)
    mailboxes = {name: await account.open(name) for name in ("INBOX", "Archive")}
    for name, mailbox in mailboxes.items():
        for message in mailbox:
            subject = mailbox.content(message.uid).split(b"\r\n")[0].decode().removeprefix("Subject: ")
            places[subject].add((name, message.uid, message.flags))
    return places, mailboxes


async def test_what_a_killed_process_acknowledged_is_there_once(start: Callable[[], Store], tmp_path: Path) -> None:
    told, chance = Told(), random.Random(1)
    _, mailboxes = await found(start)
    uidvalidity = {name: mailbox.uidvalidity for name, mailbox in mailboxes.items()}
    for number in range(ROUNDS):
        before = {name: mailbox.uidnext for name, mailbox in mailboxes.items()}
        earlier = {name: set(uids) for name, uids in told.uids.items()}
        run_and_kill(tmp_path, f"r{number}", told, after=chance.randrange(300))
        places, mailboxes = await found(start)
        for name in told.places.keys() | places.keys():
            check(name, told, places[name])
        for name, mailbox in mailboxes.items():
            assert min(told.uids[name] - earlier.get(name, set()), default=before[name]) >= before[name]
            assert mailbox.uidnext > max(told.uids[name], default=0)
            assert mailbox.uidvalidity == uidvalidity[name]
        told.places, told.pending = places, {}
    assert sum(map(len, told.uids.values())) > 10 * ROUNDS


def check(name: str, told: Told, places: set[Place]) -> None:
    """A message is where it was said to be, but for what the process was about to do with it."""
    expected, action = told.places.get(name, set()), told.pending.get(name)
    if action is None:
        assert places == expected, name
    elif action not in REMOVES:
        assert places >= expected, f"{name} was lost by a {action}"
    elif action != "expunge":
        assert places, f"{name} was lost by a {action}"
    assert len(places) <= len(expected) + (action in {"append", "copy", "move"}), f"{name} is there too often"


# --- a power cut ---

Act = Callable[[Store, Mailbox, Mailbox, Path], Awaitable[Any]]


async def create(store: Store, *_: object) -> None:
    await store.account("me").create("New")


async def rename(store: Store, *_: object) -> None:
    await store.account("me").rename("Archive", "Old")


async def delete(store: Store, *_: object) -> None:
    await store.account("me").delete("Archive")


async def subscribe(store: Store, *_: object) -> None:
    store.account("me").subscribe("Elsewhere", True)


ACTS: dict[str, Act] = {
    "append": lambda store, inbox, archive, spooled: inbox.append(TEXT, ["\\Seen"], None),
    "append with keywords": lambda store, inbox, archive, spooled: inbox.append(
        TEXT, [f"k{n}" for n in range(30)], None
    ),
    "append many": lambda store, inbox, archive, spooled: inbox.append_many([(TEXT, (), None)] * 9),
    "deliver": lambda store, inbox, archive, spooled: store.deliver("me", spooled, "1.unique"),
    "copy": lambda store, inbox, archive, spooled: inbox.copy([1, 2], archive),
    "move": lambda store, inbox, archive, spooled: inbox.move([1, 2], archive),
    "flags": lambda store, inbox, archive, spooled: inbox.change_flags([1, 2], Change.ADD, ["\\Seen", "new"]),
    "keywords": lambda store, inbox, archive, spooled: inbox.change_flags(
        [1], Change.ADD, [f"k{n}" for n in range(30)]
    ),
    "expunge": lambda store, inbox, archive, spooled: inbox.expunge([1, 2]),
    "create": create,
    "rename": rename,
    "delete": delete,
    "subscribe": subscribe,
}


@pytest.fixture
async def ready(store: Store, inbox: Mailbox) -> tuple[Store, Mailbox, Mailbox]:
    """Two mailboxes, and messages 1 and 2 in INBOX; what it took is on the disk."""
    await inbox.append_many([(TEXT, (), None)] * 2)
    archive = await store.account("me").open("Archive")
    os.sync()
    return store, inbox, archive


@pytest.mark.parametrize("name", ACTS)
async def test_nothing_acknowledged_waits_to_be_written(
    name: str, ready: tuple[Store, Mailbox, Mailbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled = tmp_path / "spooled"
    spooled.write_bytes(TEXT)
    with Disk(tmp_path / "mailboxes", monkeypatch) as disk:
        await ACTS[name](*ready, spooled)
        assert disk.was_written
        assert disk.at_risk == set()


async def test_without_the_flush_a_power_cut_would_lose_it(
    ready: tuple[Store, Mailbox, Mailbox], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the test above proves something."""

    async def careless(_: GroupSync, *paths: Path) -> None: ...

    monkeypatch.setattr(GroupSync, "durable", careless)
    with Disk(tmp_path / "mailboxes", monkeypatch) as disk:
        await ready[1].append(TEXT, [], None)
        assert {path.name for path in disk.at_risk} > {"dovecot-uidlist"}
