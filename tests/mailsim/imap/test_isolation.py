"""One account never reaches another's files, and nobody changes the archive."""

from pathlib import Path

import pytest

SECRET = "Subject: secret\n\nfor your eyes only\n"
NAMES = [  # on the wire, as a client would have to write them
    "../you",
    "..",
    ".",
    "a/../b",
    "a/..",
    "/you",
    "/etc/passwd",
    "a//b",
    "a/",
    "~you",
    "~",
    "you.Sent",
    ".Sent",
    '"a\\\\..\\\\you"',
    '""',
    "&AC4ALg-/you",  # the two dots in modified UTF-7, which may not encode what needs no encoding
    "&AC8-you",  # and a slash
    "&AAA-",  # NUL
    "&2AA-",  # half of a surrogate pair
    "&AAoA-",  # a line feed, and half a character
    "&-&-..",
    "&/-",
    "a&AC8ALgAu-",
]


async def refused(client, command: str) -> bool:
    return (await client.ask(command))[-1].startswith(("NO", "BAD"))


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_that_leads_elsewhere_reaches_nothing(office, connect, name, tmp_path):
    await office.put(SECRET, "you")
    before = tree(tmp_path / "mailboxes" / "you")
    client = await connect("me")
    for command in (f"SELECT {name}", f"EXAMINE {name}", f"STATUS {name} (MESSAGES)", f"DELETE {name}"):
        assert await refused(client, command), command
    if name != "a/":  # a name that may get mailboxes below it (RFC 3501 section 6.3.3)
        assert await refused(client, f"CREATE {name}")
        assert await refused(client, f"RENAME Sent {name}")
        assert await refused(client, f"RENAME {name} Elsewhere")
    assert await refused(client, f"APPEND {name} {{1+}}\r\nx")
    assert tree(tmp_path / "mailboxes" / "you") == before
    assert {path.name for path in (tmp_path / "mailboxes").iterdir()} <= {"me", "you", "archive"}


@pytest.mark.parametrize("octets", [b"Se\0nt", b"..", b"Sent\r\n", b"../you", b"\xff\xfe", b"Sent\x7f"])
async def test_a_name_in_a_literal_reaches_nothing_either(connect, octets):
    client = await connect("me")
    for command in (b"SELECT", b"CREATE", b"DELETE", b"SUBSCRIBE"):
        client.send(b"a %s {%d+}\r\n%s\r\n" % (command, len(octets), octets))
        assert (await client.line()).startswith(("a NO", "a BAD"))


async def test_names_in_utf_8_lead_no_further(connect):
    client = await connect("me")
    await client.ask("ENABLE UTF8=ACCEPT")
    for name in ("../you", "..", "&AC4ALg-/../you", "\uff0e\uff0e/you/..", "a\uff0f../you/.."):
        assert await refused(client, f'SELECT "{name}"'), name


async def test_list_tells_of_nothing_outside_the_account(office, connect):
    client = await connect("me")
    inside = set(await client.ask('LIST "" *'))
    for reference, pattern in (("../", "*"), ("/", "*"), ("..", "%"), ("~you", "*"), ("", "../you/*"), ("", "/*")):
        assert await client.ask(f'LIST "{reference}" "{pattern}"') == ["OK LIST done"]
    assert all("you" not in line for line in inside)


async def test_a_folder_that_is_a_symbolic_link_is_no_mailbox(office, connect, tmp_path):
    await office.put(SECRET, "you")
    mine, yours = tmp_path / "mailboxes" / "me", tmp_path / "mailboxes" / "you"
    before = tree(yours)
    client = await connect("me")
    (mine / ".Link").symlink_to(yours)
    (mine / ".Sub").symlink_to(yours / ".Sent")
    for name in ("Link", "Sub"):
        assert all(name not in line for line in await client.ask('LIST "" *'))
        for command in (f"SELECT {name}", f"STATUS {name} (MESSAGES)", f"DELETE {name}", f"RENAME {name} Mine"):
            assert await refused(client, command), command
        assert await refused(client, f"CREATE {name}")
        assert await refused(client, f"RENAME Trash {name}")
        assert await refused(client, f"APPEND {name} {{1+}}\r\nx")
    assert tree(yours) == before


@pytest.mark.parametrize("part", ["cur", "new", "tmp"])
async def test_a_mailbox_with_a_symbolic_link_in_it_is_none(office, connect, tmp_path, part):
    await office.put(SECRET, "you")
    mine, yours = tmp_path / "mailboxes" / "me", tmp_path / "mailboxes" / "you"
    client = await connect("me")
    await client.ask("CREATE Trap")
    (mine / ".Trap" / part).rmdir()
    (mine / ".Trap" / part).symlink_to(yours / part)
    before = tree(yours)
    assert await refused(client, "SELECT Trap")
    assert await refused(client, "APPEND Trap {1+}\r\nx")
    assert tree(yours) == before


async def test_a_message_that_is_a_symbolic_link_is_not_read(office, connect, tmp_path):
    await office.put(SECRET, "you")
    mine, yours = tmp_path / "mailboxes" / "me", tmp_path / "mailboxes" / "you"
    office.store.account("me")
    (secret,) = (path for part in ("new", "cur") for path in (yours / part).iterdir())
    (mine / "cur" / "1.link.host:2,").symlink_to(secret)
    client = await connect("me", "INBOX")
    for item in ("BODY.PEEK[]", "ENVELOPE", "RFC822.SIZE", "BODY.PEEK[HEADER]"):
        assert "secret" not in "".join(await client.ask(f"FETCH 1:* {item}")), item
    assert await client.ask("SEARCH TEXT eyes") == ["* SEARCH", "OK SEARCH done"]


async def test_deleting_a_mailbox_follows_no_link_in_it(office, connect, tmp_path):
    await office.put(SECRET, "you")
    mine, yours = tmp_path / "mailboxes" / "me", tmp_path / "mailboxes" / "you"
    client = await connect("me")
    await client.ask("CREATE Doomed")
    (mine / ".Doomed" / "cur" / "link").symlink_to(yours)
    before = tree(yours)
    await client.ask("DELETE Doomed")
    assert tree(yours) == before
    assert not (mine / ".Doomed").exists()


class TestTheArchive:
    @pytest.fixture
    async def reader(self, office, connect):
        await office.put("Subject: kept\n\nx\n", "archive")
        return await connect("archive", "INBOX")

    async def test_it_is_opened_read_only(self, reader):
        assert (await reader.ask("SELECT INBOX"))[-1].startswith("OK [READ-ONLY]")

    @pytest.mark.parametrize(
        "command",
        [
            "STORE 1 +FLAGS (\\Deleted)",
            "UID STORE 1 FLAGS ()",
            "EXPUNGE",
            "UID EXPUNGE 1",
            "COPY 1 Sent",
            "MOVE 1 Trash",
            "APPEND INBOX {1+}\r\nx",
            "CREATE New",
            "DELETE Sent",
            "RENAME Sent Other",
            "RENAME INBOX Other",
            "SUBSCRIBE INBOX",
            "UNSUBSCRIBE Sent",
        ],
    )
    async def test_no_command_changes_it(self, reader, tmp_path, command):
        before = tree(tmp_path / "mailboxes" / "archive")
        assert (await reader.ask(command))[-1].startswith(("NO [NOPERM]", "NO [READ-ONLY]"))
        assert tree(tmp_path / "mailboxes" / "archive") == before

    async def test_reading_and_closing_leave_no_trace(self, office, reader, tmp_path):
        before = tree(tmp_path / "mailboxes" / "archive")
        await reader.ask("FETCH 1 BODY[]")
        await reader.ask("CLOSE")
        assert tree(tmp_path / "mailboxes" / "archive") == before
        assert "* 1 EXISTS" in await reader.ask("SELECT INBOX")


def tree(folder: Path) -> set[str]:
    """Every file below, but for the store's own books of UIDs."""
    return {str(path) for path in folder.rglob("*") if path.is_file() and "dovecot" not in path.name}
