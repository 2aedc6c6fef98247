"""fetchmail."""

from tests.e2e.clients.support import Office, Programs


def test_it_fetches_and_empties_the_mailbox(office: Office, programs: Programs) -> None:
    for number in (1, 2):
        office.submit("me", "fetched", f"fetch {number}")
        office.wait_for("fetched", f"fetch {number}")
    config = programs.write(
        "fetchmailrc",
        f'poll localhost protocol imap port {office.imap} user "fetched@mailsim.test" '
        f'password "{office.password("fetched")}" sslproto "TLS1.2+" sslcertck sslcertfile "{office.ca}" '
        f'fetchall mda "cat >> {programs.home}/mbox"\n',
    )
    programs("fetchmail", "-f", config, "--pidfile", programs.home / "pid", "--nosyslog")
    assert (programs.home / "mbox").read_text().count("Subject: fetch ") == 2
    with office.mailbox("fetched") as client:
        assert client.search("ALL") == []
