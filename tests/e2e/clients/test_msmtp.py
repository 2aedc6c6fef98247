"""msmtp."""

from tests.e2e.clients.support import Office, Programs


def test_it_submits(office: Office, programs: Programs) -> None:
    config = programs.write(
        "msmtprc",
        f"account default\nhost localhost\nport {office.smtp}\ntls on\ntls_starttls on\ntls_trust_file {office.ca}\n"
        f"auth on\nuser me@mailsim.test\npassword {office.password('me')}\nfrom me@mailsim.test\n",
    )
    mail = "From: me@mailsim.test\nTo: eliza@mailsim.test\nSubject: by msmtp\n\nHello\n"
    programs("msmtp", "-C", config, "eliza@mailsim.test", stdin=mail)
    office.wait_for("eliza", "by msmtp")
