"""The mailboxes of one account."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mailsim.errors import NoSuchMailbox, StoreError
from mailsim.store import AccountStore, Mailbox, MailboxName, Store
from mailsim.store import account as account_module
from tests.mailsim.store.support import TEXT, files


@pytest.fixture
async def account(store: Store) -> AccountStore:
    return store.account("me")


def names(account: AccountStore) -> list[str]:
    return [entry.name for entry in account.list()]


async def refused(attempt: object) -> str:
    with pytest.raises(StoreError) as caught:
        await attempt  # type: ignore[misc]
    return caught.value.code


async def test_a_new_account_has_the_usual_mailboxes_subscribed(account: AccountStore) -> None:
    assert account.list() == [
        MailboxName("INBOX"),
        MailboxName("Archive", "\\Archive"),
        MailboxName("Drafts", "\\Drafts"),
        MailboxName("Junk", "\\Junk"),
        MailboxName("Sent", "\\Sent"),
        MailboxName("Trash", "\\Trash"),
    ]
    assert account.subscriptions() == {"Archive", "Drafts", "Junk", "Sent", "Trash"}


async def test_one_that_was_deleted_does_not_come_back(account: AccountStore, start: Callable[[], Store]) -> None:
    await account.delete("Junk")
    assert "Junk" not in names(start().account("me"))


async def test_mailboxes_of_an_account_are_private(account: AccountStore, folder: Path) -> None:
    assert [oct((folder / part).stat().st_mode & 0o077) for part in ("cur", ".Sent/cur")] == ["0o0", "0o0"]


async def test_a_parent_that_does_not_exist_is_told_of_but_cannot_be_selected(account: AccountStore) -> None:
    await account.create("a/b/c")
    assert [entry for entry in account.list() if entry.name.startswith("a")] == [
        MailboxName("a", selectable=False),
        MailboxName("a/b", selectable=False),
        MailboxName("a/b/c"),
    ]
    with pytest.raises(NoSuchMailbox):
        await account.open("a")
    assert await refused(account.delete("a")) == "HASCHILDREN"


@pytest.mark.parametrize("name", ["INBOX", "inbox", "Sent"])
async def test_what_exists_cannot_be_created(account: AccountStore, name: str) -> None:
    assert await refused(account.create(name)) == "ALREADYEXISTS"


@pytest.mark.parametrize("name", ["../you", "a.b", "", "a//b", "a\0b"])
async def test_an_impossible_name_is_refused_everywhere(account: AccountStore, name: str, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert await refused(account.create(name)) == "CANNOT"
    assert await refused(account.rename("Sent", name)) == "CANNOT"
    assert await refused(account.open(name)) == "CANNOT"
    with pytest.raises(StoreError):
        account.subscribe(name, True)
    assert sorted(tmp_path.rglob("*")) == before


async def test_a_mailbox_made_again_has_a_higher_uidvalidity(account: AccountStore) -> None:
    validities = []
    for _ in range(3):
        await account.create("again")
        mailbox = await account.open("again")
        validities.append(mailbox.uidvalidity)
        account.close(mailbox)
        await account.delete("again")
    assert validities == sorted(set(validities))


async def test_a_deleted_mailbox_is_gone_and_those_below_it_stay(account: AccountStore, folder: Path) -> None:
    await account.create("a")
    await account.create("a/b")
    mailbox = await account.open("a")
    await account.delete("a")
    assert mailbox.deleted
    assert [entry.selectable for entry in account.list() if entry.name in ("a", "a/b")] == [False, True]
    assert files(folder / "tmp") == []
    account.close(mailbox)


@pytest.mark.parametrize(("name", "code"), [("INBOX", "CANNOT"), ("inbox", "CANNOT"), ("nothing", "NONEXISTENT")])
async def test_what_cannot_be_deleted(account: AccountStore, name: str, code: str) -> None:
    assert await refused(account.delete(name)) == code


async def test_a_renamed_mailbox_takes_its_messages_and_those_below_it_along(account: AccountStore) -> None:
    for name in ("a", "a/b", "ab"):
        await account.create(name)
    old = await account.open("a")
    await old.append(TEXT, [], None)
    await account.rename("a", "x/y")
    assert {"x", "x/y", "x/y/b", "ab"} <= set(names(account)) and "a" not in names(account)
    new = await account.open("x/y")
    assert (new.content(1), new.uidvalidity, new.guid) == (TEXT, old.uidvalidity, old.guid)
    assert old.deleted


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("Sent", "Junk", "ALREADYEXISTS"),
        ("Sent", "inbox", "ALREADYEXISTS"),
        ("Sent", "Sent", "ALREADYEXISTS"),
        ("Sent", "Sent/old", "CANNOT"),
        ("nothing", "Sent", "NONEXISTENT"),
        ("INBOX", "Sent", "ALREADYEXISTS"),
    ],
)
async def test_what_cannot_be_renamed(account: AccountStore, old: str, new: str, code: str) -> None:
    before = names(account)
    assert await refused(account.rename(old, new)) == code
    assert names(account) == before


@pytest.mark.parametrize("below", ["b", "b" * 150])
async def test_a_rename_is_all_or_none(account: AccountStore, below: str) -> None:
    for name in ("a", "a/b", f"a/{below}", "c" * 60 + "/b"):
        if name not in names(account):
            await account.create(name)
    before = names(account)
    await refused(account.rename("a", "c" * 60))
    assert names(account) == before


async def test_renaming_inbox_moves_its_messages(account: AccountStore, inbox: Mailbox) -> None:
    await inbox.append(TEXT, ["\\Seen"], None)
    await account.rename("INBOX", "old")
    old = await account.open("old")
    assert (list(inbox.uids), old.content(1), old.message(1).flags) == ([], TEXT, {"\\Seen"})


async def test_all_sessions_share_one_mailbox(account: AccountStore, inbox: Mailbox) -> None:
    assert await account.open("inbox") is inbox


async def test_of_idle_mailboxes_only_the_latest_stay_in_memory(
    account: AccountStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_module, "IDLE", 2)
    opened = {name: await account.open(name) for name in ("Sent", "Drafts", "Junk", "Trash")}
    for name in ("Drafts", "Sent", "Junk"):
        account.close(opened[name])
    again = {name: await account.open(name) for name in opened}
    assert {name for name in opened if again[name] is opened[name]} == {"Sent", "Junk", "Trash"}


async def test_a_symbolic_link_is_no_mailbox(account: AccountStore, store: Store, folder: Path) -> None:
    store.account("you")
    (folder / ".yours").symlink_to(folder.parent / "you")
    assert "yours" not in names(account)
    with pytest.raises(NoSuchMailbox):
        await account.open("yours")
    assert await refused(account.delete("yours")) == "NONEXISTENT"
    assert await refused(account.create("yours")) == "ALREADYEXISTS"
    assert await refused(account.rename("Sent", "yours")) == "ALREADYEXISTS"


async def test_an_account_may_live_on_another_disk(tmp_path: Path, start: Callable[[], Store]) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "mailboxes").mkdir()
    (tmp_path / "mailboxes" / "me").symlink_to(tmp_path / "elsewhere")
    inbox = await start().account("me").open("INBOX")
    assert await inbox.append(TEXT, [], None) == 1


async def test_folders_that_are_no_mailboxes_are_passed_over(account: AccountStore, folder: Path) -> None:
    before = names(account)
    for name in (".nothing", ".a..b", ".&AC4-/cur", ".INBOX/cur", "plain/cur"):
        (folder / name).mkdir(parents=True)
    (folder / ".file").touch()
    assert names(account) == before


# --- subscriptions ---


async def test_subscriptions_are_written_as_dovecot_writes_them(account: AccountStore, folder: Path) -> None:
    for name in ("Trash", "Archive", "Junk"):
        account.subscribe(name, False)
    for name in ("inbox", "Ü/b", "gone"):
        account.subscribe(name, True)
    assert (folder / "subscriptions").read_text() == "V\t2\n\n&ANw-\tb\nDrafts\nINBOX\nSent\ngone\n"
    assert account.subscriptions() == {"Ü/b", "Drafts", "INBOX", "Sent", "gone"}


async def test_version_1_of_the_file_is_read(account: AccountStore, folder: Path) -> None:
    (folder / "subscriptions").write_text("INBOX\na.b\n&ANw-\n")
    assert account.subscriptions() == {"INBOX", "a/b", "Ü"}
    account.subscribe("c", True)
    assert account.subscriptions() == {"INBOX", "a/b", "Ü", "c"}


async def test_lines_nobody_understands_stay_and_disturb_nobody(account: AccountStore, folder: Path) -> None:
    (folder / "subscriptions").write_bytes(b"V\t2\n\n~x\n\xff\na\t\tb\nSent\n")
    account.subscribe("Sent", False)
    account.subscribe("a", True)
    assert account.subscriptions() == {"a"}
    assert set((folder / "subscriptions").read_bytes().split(b"\n")) >= {b"~x", b"\xff", b"a\t\tb"}


async def test_no_file_is_no_subscription(account: AccountStore, folder: Path) -> None:
    (folder / "subscriptions").unlink()
    assert account.subscriptions() == set()
