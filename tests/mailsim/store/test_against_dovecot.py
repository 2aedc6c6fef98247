"""Dovecot 2.3 is pointed at our mailboxes, and we at what it leaves: nothing that a client remembers may change."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from mailsim.accounts import Accounts
from mailsim.config import Person, PostOffice, World
from mailsim.store import AccountStore, GroupSync, Mailbox, Store
from mailsim_common.clock import SystemClock
from tests.dovecot import PASSWORD, Dovecot, private_dovecot
from tests.mailsim.store.support import TEXT

FOLDERS = ["Archive/2024 Übersicht", "日本語", "Tom & Jerry", "a~b=c+d,e"]

pytestmark = pytest.mark.usefixtures("impatient")


class Server:
    """A Dovecot that runs, and where its accounts' Maildirs are."""

    def __init__(self, dovecot: Dovecot, port: int) -> None:
        self._dovecot, self._port, self.mail = dovecot, port, dovecot.mail

    @contextlib.contextmanager
    def client(self, user: str, password: str = PASSWORD) -> Iterator[IMAPClient]:
        """A client that is logged in and may change what we have written so far."""
        self._dovecot.adopt()
        with IMAPClient("127.0.0.1", self._port, ssl=False, timeout=20) as client:
            client.normalise_times = False
            client.login(user, password)
            yield client


@pytest.fixture(scope="module")
def dovecot() -> Iterator[Server]:
    """One server for all tests here, with nothing to complain of."""
    with private_dovecot() as server:
        with server.listening() as port:
            yield Server(server, port)
        log = (server.folder / "log").read_text().replace("Warning: Killed with signal 15", "")
        assert "Error: " not in log and "Warning: " not in log, log


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    """An account that no other test uses."""
    return str(request.node.name)


@pytest.fixture
async def start(
    dovecot: Server, user: str, tmp_path: Path, sync: GroupSync
) -> AsyncIterator[Callable[[], AccountStore]]:
    """Open the account's mailboxes as a fresh start of mailsim does."""
    stores: list[Store] = []

    def open_account() -> AccountStore:
        stores.append(Store(dovecot.mail, tmp_path / "cache", lambda content: {}, SystemClock(), sync))
        return stores[-1].account(user)

    yield open_account
    for store in stores:
        store.close()


@pytest.fixture
async def ours(start: Callable[[], AccountStore]) -> AccountStore:
    return start()


def flags_of(mailbox: Mailbox) -> dict[int, set[str]]:
    return {message.uid: set(message.flags) for message in mailbox}


def dovecot_flags(client: Any) -> dict[int, set[str]]:
    found = client.fetch(client.search(), ["FLAGS"])
    return {uid: {flag.decode() for flag in data[b"FLAGS"]} - {"\\Recent"} for uid, data in found.items()}


async def test_dovecot_finds_our_uids_flags_and_dates(ours: AccountStore, dovecot: Server, user: str) -> None:
    inbox = await ours.open("INBOX")
    date = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    items = [
        (TEXT, flags, date) for flags in ([], ["\\Seen", "Work"], ["$Forwarded", "\\Answered", "Work"], ["\\Draft"])
    ]
    await inbox.append_many(items)
    await inbox.expunge([1])
    with dovecot.client(user) as client:
        selected = client.select_folder("INBOX")
        assert (selected[b"UIDVALIDITY"], selected[b"UIDNEXT"]) == (inbox.uidvalidity, inbox.uidnext)
        assert dovecot_flags(client) == flags_of(inbox)
        data = client.fetch([2, 3, 4], ["INTERNALDATE", "RFC822.SIZE", "BODY.PEEK[]"])
        assert {entry[b"INTERNALDATE"] for entry in data.values()} == {date}
        assert {(entry[b"RFC822.SIZE"], entry[b"BODY[]"]) for entry in data.values()} == {(len(TEXT), TEXT)}


async def test_dovecot_keeps_our_uidvalidity_of_every_folder(ours: AccountStore, dovecot: Server, user: str) -> None:
    for name in FOLDERS:
        await ours.create(name)
    with dovecot.client(user) as client:
        for name in FOLDERS:
            mailbox = await ours.open(name)
            assert client.folder_status(name, ["UIDVALIDITY"])[b"UIDVALIDITY"] == mailbox.uidvalidity


async def test_dovecot_lists_our_folders(ours: AccountStore, dovecot: Server, user: str) -> None:
    for name in FOLDERS:
        await ours.create(name)
    with dovecot.client(user) as client:
        assert {name for flags, _, name in client.list_folders() if b"\\NonExistent" not in flags} == {
            entry.name for entry in ours.list() if entry.selectable
        }


async def test_dovecot_finds_our_subscriptions(ours: AccountStore, dovecot: Server, user: str) -> None:
    for name in ["INBOX", *FOLDERS]:
        ours.subscribe(name, True)
    ours.subscribe("Trash", False)
    with dovecot.client(user) as client:
        assert {
            name for flags, _, name in client.list_sub_folders() if b"\\NoSelect" not in flags
        } == ours.subscriptions()


async def test_we_find_subscriptions_of_dovecot(ours: AccountStore, dovecot: Server, user: str) -> None:
    before = ours.subscriptions()
    with dovecot.client(user) as client:
        for name in FOLDERS:
            client.create_folder(name)
        for name in ["INBOX", *FOLDERS]:
            client.subscribe_folder(name)
        client.unsubscribe_folder("Junk")
    assert ours.subscriptions() == before - {"Junk"} | {"INBOX", *FOLDERS}


async def test_we_find_what_dovecot_did_meanwhile(ours: AccountStore, dovecot: Server, user: str) -> None:
    inbox = await ours.open("INBOX")
    await inbox.append_many([(TEXT, ["Work"], None)] * 3)
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.append("INBOX", TEXT, ["\\Seen", "Play"])
        client.add_flags([2], ["\\Flagged", "New"])
        client.delete_messages([1])
        client.expunge()
        await inbox.refresh()
        assert (
            flags_of(inbox)
            == dovecot_flags(client)
            == {2: {"Work", "\\Flagged", "New"}, 3: {"Work"}, 4: {"\\Seen", "Play"}}
        )
        assert inbox.uidnext == 5


async def test_we_find_it_after_a_restart_too(start: Callable[[], AccountStore], dovecot: Server, user: str) -> None:
    before = await start().open("INBOX")
    await before.append_many([(TEXT, ["Work"], None)] * 2)
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        client.copy([2], "INBOX")
        client.add_flags([2], ["Play"])
        client.delete_messages([1])
        client.expunge()
        theirs = dovecot_flags(client)
    inbox = await start().open("INBOX")
    assert flags_of(inbox) == theirs == {2: {"Work", "Play"}, 3: {"Work"}}
    assert (inbox.uidvalidity, inbox.guid) == (before.uidvalidity, before.guid)


async def test_we_open_folders_that_dovecot_made(ours: AccountStore, dovecot: Server, user: str) -> None:
    with dovecot.client(user) as client:
        for name in FOLDERS:
            client.create_folder(name)
            client.append(name, TEXT, ["\\Seen"])
            status = client.folder_status(name, ["UIDVALIDITY", "UIDNEXT"])
            mailbox = await ours.open(name)
            assert (mailbox.uidvalidity, mailbox.uidnext) == (status[b"UIDVALIDITY"], status[b"UIDNEXT"])
            assert mailbox.content(1) == TEXT


async def test_both_give_uids_in_turn(ours: AccountStore, dovecot: Server, user: str) -> None:
    inbox = await ours.open("INBOX")
    with dovecot.client(user) as client:
        client.select_folder("INBOX")
        given = []
        for _ in range(3):
            given.append(await inbox.append(TEXT, [], None))
            given.append(int(client.append("INBOX", TEXT).split()[2].rstrip(b"]")))
        assert given == [1, 2, 3, 4, 5, 6]


async def test_a_new_folder_of_ours_after_dovecot_deleted_the_old_one_has_a_higher_uidvalidity(
    ours: AccountStore, dovecot: Server, user: str
) -> None:
    await ours.create("Again")
    first = (await ours.open("Again")).uidvalidity
    with dovecot.client(user) as client:
        client.delete_folder("Again")
        client.create_folder("Again")
        second = client.folder_status("Again", ["UIDVALIDITY"])[b"UIDVALIDITY"]
        client.delete_folder("Again")
    await ours.create("Again")
    assert first < second < (await ours.open("Again")).uidvalidity


async def test_the_password_file_logs_in_to_dovecot(tmp_path: Path) -> None:
    accounts = Accounts(World(tmp_path, PostOffice(people={"me": Person()}), {}))
    accounts.provision()
    with private_dovecot("driver = passwd-file\n  args = {folder}/passwd") as server:
        passwd = server.folder / "passwd"
        passwd.write_bytes((tmp_path / ".mailsim" / "passwd").read_bytes())
        passwd.chmod(0o644)
        with server.listening() as port:
            dovecot = Server(server, port)
            with dovecot.client("me@mailsim.test", accounts.password("me")) as client:
                assert client.noop()
            with pytest.raises(LoginError), dovecot.client("me@mailsim.test", "wrong"):
                pass
