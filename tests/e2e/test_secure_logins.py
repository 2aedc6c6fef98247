"""Real programs log in without sending their password, and over ports that are TLS from the first byte."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Daemon, Mailsim, eventually

Program = Callable[[str], str]
IMPLICIT = ("--set", "listen.imaps=127.0.0.1:0", "--set", "listen.smtps=127.0.0.1:0")


def run(command: list[str], **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command[0]}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return str(done.stdout)


def ca(mailsim: Mailsim) -> Path:
    return mailsim.root / ".mailsim" / "tls" / "ca.pem"


def test_msmtp_submits_with_scram(mailsim: Mailsim, daemon: Daemon, program: Program, tmp_path: Path) -> None:
    if "scram-sha-256" not in run([program("msmtp"), "--version"]):
        pytest.skip("this msmtp was built without SCRAM")
    me, config = mailsim.account("me"), tmp_path / "msmtprc"
    config.write_text(
        f"account default\nhost 127.0.0.1\nport {me['smtp']['port']}\ntls on\ntls_trust_file {ca(mailsim)}\n"
        f"auth scram-sha-256\nuser {me['user']}\npassword {me['password']}\nfrom {me['address']}\n"
    )
    config.chmod(0o600)
    mail = f"From: {me['address']}\nTo: eliza@mailsim.test\nSubject: proven\n\nHello\n"
    run([program("msmtp"), "-C", str(config), "eliza@mailsim.test"], input=mail)
    eventually(lambda: any(thread["subject"] == "proven" for thread in mailsim.json("threads")))


def test_mutt_submits_and_keeps_a_copy_with_scram(
    mailsim: Mailsim, daemon: Daemon, program: Program, tmp_path: Path
) -> None:
    if "+USE_GSASL" not in run([program("mutt"), "-v"]):
        pytest.skip("this mutt was built without GNU SASL")
    me, rc = mailsim.account("me"), tmp_path / "muttrc"
    rc.write_text(
        f'set imap_user="{me["user"]}" imap_pass="{me["password"]}" imap_authenticators="scram-sha-256"\n'
        f'set smtp_url="smtp://{me["user"].replace("@", "%40")}@127.0.0.1:{me["smtp"]["port"]}/"\n'
        f'set smtp_pass="{me["password"]}" smtp_authenticators="scram-sha-256" from="{me["address"]}"\n'
        f'set ssl_starttls=yes ssl_ca_certificates_file="{ca(mailsim)}" certificate_file="{ca(mailsim)}"\n'
        f'set ssl_verify_host=no folder="imap://127.0.0.1:{me["imap"]["port"]}/" record="+Sent"\n'
    )
    environment = {"HOME": str(tmp_path), "TERM": "xterm", "PATH": "/usr/bin:/bin"}
    command = [program("mutt"), "-n", "-F", str(rc), "-s", "proven", "eliza@mailsim.test"]
    run(command, input="Hello\n", env=environment)
    login = ["-s", "--cacert", str(ca(mailsim)), "--ssl-reqd", "-u", f"{me['user']}:{me['password']}"]
    sent = f"imap://127.0.0.1:{me['imap']['port']}/Sent"
    assert "* SEARCH 1" in run([program("curl"), *login, sent, "-X", "SEARCH SUBJECT proven"])
    eventually(lambda: any(thread["subject"] == "proven" for thread in mailsim.json("threads")))


def test_implicit_tls_is_told_of_and_works(mailsim: Mailsim, start: Callable[..., Daemon], program: Program) -> None:
    start(*IMPLICIT)
    me = mailsim.account("me")
    state = json.loads((mailsim.root / ".mailsim" / "state.json").read_text())
    for service in ("imaps", "smtps"):
        assert me[service]["security"] == "TLS"
        assert me[service]["port"] == state[service]["port"] != 0
    assert f"IMAPS 127.0.0.1 port {state['imaps']['port']}, TLS" in mailsim("accounts")
    login = ["-s", "--cacert", str(ca(mailsim)), "-u", f"{me['user']}:{me['password']}"]
    listing = run([program("curl"), *login, f"imaps://127.0.0.1:{me['imaps']['port']}/"])
    assert "INBOX" in listing
    mail = f"From: {me['address']}\r\nTo: eliza@mailsim.test\r\nSubject: under TLS\r\n\r\nHello\r\n"
    addresses = ["--mail-from", me["address"], "--mail-rcpt", "eliza@mailsim.test", "-T", "-"]
    run([program("curl"), *login, f"smtps://127.0.0.1:{me['smtps']['port']}/", *addresses], input=mail)
    eventually(lambda: any(thread["subject"] == "under TLS" for thread in mailsim.json("threads")))


def test_without_the_keys_there_is_no_implicit_tls(mailsim: Mailsim, daemon: Daemon) -> None:
    assert not {"imaps", "smtps"} & mailsim.account("me").keys()
