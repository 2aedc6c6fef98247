"""imapclient."""

from tests.conftest import PATIENCE
from tests.e2e.clients.support import Office


def test_idle_tells_of_new_mail(office: Office) -> None:
    with office.mailbox("imapclient") as client:
        client.idle()
        office.submit("me", "imapclient", "wake up")
        assert (1, b"EXISTS") in client.idle_check(timeout=PATIENCE)
        client.idle_done()


def test_several_messages_are_appended_at_once(office: Office) -> None:
    with office.mailbox("imapclient", "Drafts") as client:
        client.multiappend("Drafts", [b"Subject: one\r\n\r\nHi\r\n", b"Subject: two\r\n\r\nHi\r\n"])
        assert client.search("SUBJECT two") == [2]


def test_a_folder_with_a_name_beyond_ascii(office: Office) -> None:
    with office.mailbox("imapclient") as client:
        client.create_folder("Grüße/日本語")
        client.append("Grüße/日本語", b"Subject: x\r\n\r\nHi\r\n", flags=["$Label1"])
        assert "Grüße/日本語" in {name for _, _, name in client.list_folders()}
        assert client.select_folder("Grüße/日本語")[b"EXISTS"] == 1
        assert b"$Label1" in client.get_flags([1])[1]
