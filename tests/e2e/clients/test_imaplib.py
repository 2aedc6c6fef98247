"""imaplib, of the standard library."""

import imaplib

from tests.e2e.clients.support import Office


def test_a_message_is_stored_found_copied_and_expunged(office: Office) -> None:
    with imaplib.IMAP4("localhost", office.imap) as client:
        client.starttls(office.tls)
        client.login("imaplib@mailsim.test", office.password("imaplib"))
        assert client.append("INBOX", r"(\Seen)", None, b"Subject: by imaplib\r\n\r\nHi\r\n")[0] == "OK"
        assert client.select("INBOX") == ("OK", [b"1"])
        assert client.search(None, "SUBJECT", '"by imaplib"') == ("OK", [b"1"])
        assert client.copy("1", "Archive")[0] == "OK"
        client.store("1", "+FLAGS", r"(\Deleted)")
        assert client.expunge() == ("OK", [b"1"])
        assert client.select("Archive") == ("OK", [b"1"])


def test_the_thread_command_shows_the_conversation(office: Office) -> None:
    with imaplib.IMAP4("localhost", office.imap) as client:
        client.starttls(office.tls)
        client.login("archive@mailsim.test", office.password("archive"))
        client.select("INBOX", readonly=True)
        assert client.thread("REFERENCES", "UTF-8", "SUBJECT Dinner") == ("OK", [b"(1 2 3 4)"])
