"""getmail6. It cannot do STARTTLS."""

from tests.e2e.clients.support import Office, Programs


def test_it_fetches_each_message_once(office: Office, programs: Programs) -> None:
    programs.write(
        ".getmail/getmailrc",
        f"[retriever]\ntype = SimpleIMAPSSLRetriever\nserver = localhost\nport = {office.imaps}\n"
        f"ca_certs = {office.ca}\n"
        f"username = me@mailsim.test\npassword = {office.password('me')}\nmailboxes = ('INBOX',)\n"
        f"[destination]\ntype = MDA_external\npath = /usr/bin/tee\narguments = ('-a', '{programs.home}/mbox')\n"
        "allow_root_commands = true\n"
        "[options]\nread_all = false\ndelete = false\n",
    )
    for _ in range(2):
        programs("getmail", "--getmaildir", programs.home / ".getmail")
    assert (programs.home / "mbox").read_text().count("Subject: Re: Dinner") == 2
