"""s-nail."""

from urllib.parse import quote

from tests.e2e.clients.support import Office, Programs


def snail(office: Office, programs: Programs, *words: str, stdin: str = "") -> str:
    login = f"{quote('me@mailsim.test', safe='')}:{quote(office.password('me'), safe='')}"
    settings = programs.write(
        "settings",
        f"set v15-compat=yes from=me@mailsim.test tls-ca-file={office.ca} tls-verify=strict\n"
        f"set imap-use-starttls smtp-use-starttls smtp-auth=plain imap-auth=login sendwait\n"
        f"set mta=smtp://{login}@localhost:{office.smtp}\n"
        f"set folder=imap://{login}@localhost:{office.imap} record=+Sent\n",
    )
    return programs("s-nail", "-:/", "-X", f"source {settings}", *words, stdin=stdin)


def test_it_lists_and_prints_messages(office: Office, programs: Programs) -> None:
    printed = snail(office, programs, "-R", "-f", "+INBOX", stdin="headers\ntype 1\nexit\n")
    assert "Re: Dinner" in printed
    assert "Do you cook often?" in printed


def test_it_submits_and_keeps_a_copy(office: Office, programs: Programs) -> None:
    snail(office, programs, "-s", "by s-nail", "eliza@mailsim.test", stdin="Grüße\n")
    office.wait_for("eliza", "by s-nail")
    office.wait_for("me", "by s-nail", "Sent")
