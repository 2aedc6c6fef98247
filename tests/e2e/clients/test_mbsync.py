"""mbsync, with the mbsyncrc that mailsim writes: changes on either side reach the other."""

from collections.abc import Callable
from pathlib import Path

import pytest
from imapclient.imap_utf7 import encode

from tests.e2e.clients.support import Office, Programs

FOLDER = "Grüße/Übermut"


@pytest.fixture
def sync(office: Office, programs: Programs) -> Callable[[str], Path]:
    """Synchronise an account; returns the folder with its mail."""

    def run(account: str) -> Path:
        mail = programs.home / "Mail" / f"mailsim-{account}"
        mail.mkdir(parents=True, exist_ok=True)
        programs("mbsync", "-c", office.profile("mbsync", account, programs.home / "mbsyncrc"), "-a")
        return mail

    return run


def messages(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*/*") if path.parent.name in {"new", "cur"}]


def test_two_thousand_messages_come_down(office: Office, sync: Callable[[str], Path]) -> None:
    for number in range(2000):
        path = office.mailsim.root / "mailboxes" / "bulk" / "new" / f"{number}.bulk"
        path.write_bytes(f"Message-ID: <{number}@x>\nSubject: {number}\n\nHi\n".encode())
    assert len(messages(sync("bulk") / "INBOX")) == 2000


def test_a_folder_beyond_ascii_goes_both_ways(office: Office, sync: Callable[[str], Path]) -> None:
    with office.mailbox("mbsync") as client:
        client.create_folder(FOLDER)
        client.append(FOLDER, b"Subject: down\r\n\r\nHi\r\n")
    mail = sync("mbsync")
    near = next(path for path in (mail / FOLDER, mail / encode(FOLDER).decode()) if path.exists())  # since 1.5, before
    assert [b"Subject: down" in path.read_bytes() for path in messages(near)] == [True]
    (near / "cur" / "1.here:2,F").write_bytes(b"Subject: up\n\nHi\n")
    sync("mbsync")
    assert office.wait_for("mbsync", "up", FOLDER).get_content() == "Hi\r\n"


def test_flags_and_deletions_go_both_ways(office: Office, sync: Callable[[str], Path]) -> None:
    with office.mailbox("mbsync") as client:
        for subject in ("one", "two", "three"):
            client.append("INBOX", f"Subject: {subject}\r\n\r\nHi\r\n".encode())
    near = {path.read_text().split()[1]: path for path in messages(sync("mbsync") / "INBOX")}
    name = near["one"].name.partition(":")[0]
    near["one"].rename(near["one"].parent.parent / "cur" / f"{name}:2,FS")
    near["two"].unlink()
    with office.mailbox("mbsync") as client:
        client.delete_messages(client.search("SUBJECT three"))
        client.expunge()
    assert len(messages(sync("mbsync") / "INBOX")) == 1
    with office.mailbox("mbsync") as client:
        assert client.search("ALL") == client.search("FLAGGED SEEN SUBJECT one") != []
