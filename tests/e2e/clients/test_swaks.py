"""swaks."""

from tests.e2e.clients.support import Office, Programs


def test_it_submits_to_two(office: Office, programs: Programs) -> None:
    server = ("--server", "127.0.0.1", "--port", str(office.smtp), "--tls")
    login = ("--auth", "PLAIN", "--auth-user", "me@mailsim.test", "--auth-password", office.password("me"))
    mail = ("--from", "me@mailsim.test", "--to", "eliza@mailsim.test,parry@mailsim.test", "--h-Subject", "by swaks")
    programs("swaks", *server, *login, *mail)
    office.wait_for("eliza", "by swaks")
    office.wait_for("parry", "by swaks")
