"""curl."""

from tests.e2e.clients.support import Office, Programs


def curl(office: Office, programs: Programs, *words: str, stdin: str = "") -> str:
    trust = ("-s", "--ssl-reqd", "--cacert", str(office.ca))
    return programs("curl", *trust, "--user", f"me@mailsim.test:{office.password('me')}", *words, stdin=stdin)


def test_it_reads_a_message(office: Office, programs: Programs) -> None:
    url = f"imap://localhost:{office.imap}/INBOX;MAILINDEX=1"
    assert "Subject: Re: Dinner" in curl(office, programs, url)


def test_it_searches(office: Office, programs: Programs) -> None:
    url = f"imap://localhost:{office.imap}/INBOX?SUBJECT%20Dinner"
    assert curl(office, programs, url).startswith("* SEARCH 1 2")


def test_it_lists_the_mailboxes(office: Office, programs: Programs) -> None:
    assert "\\Sent" in curl(office, programs, f"imap://localhost:{office.imap}/")


def test_it_stores_a_message(office: Office, programs: Programs) -> None:
    draft = programs.write("draft", "From: me@mailsim.test\r\nSubject: stored by curl\r\n\r\nHi\r\n")
    curl(office, programs, "--upload-file", str(draft), f"imap://localhost:{office.imap}/Drafts")
    office.wait_for("me", "stored by curl", "Drafts")


def test_it_submits(office: Office, programs: Programs) -> None:
    mail = programs.write("mail", "From: me@mailsim.test\r\nTo: eliza@mailsim.test\r\nSubject: by curl\r\n\r\nHi\r\n")
    envelope = ("--mail-from", "me@mailsim.test", "--mail-rcpt", "eliza@mailsim.test", "--upload-file", str(mail))
    curl(office, programs, *envelope, f"smtp://localhost:{office.smtp}/client.mailsim.test")
    office.wait_for("eliza", "by curl")
