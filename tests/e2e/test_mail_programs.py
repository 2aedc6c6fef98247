"""Real mail programs against the running daemon: they show the thread, and they submit."""

import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Daemon, Mailsim, eventually

Program = Callable[[str], str]
SEED = ("seed", "--from", "me", "--to", "eliza", "--subject", "Dinner", "--body", "Who cooks?\n")


@pytest.fixture
def conversation(mailsim: Mailsim, start: Callable[..., Daemon]) -> Daemon:
    """A daemon with a thread of four messages between `me`, eliza and parry."""
    daemon = start("--set", "max_messages=4")
    mailsim(*SEED[:5], "--to", "parry", *SEED[5:])
    eventually(lambda: (mailsim.json("threads") or [{"messages": 0}])[0]["messages"] == 4)
    return daemon


def run(command: list[str], **options: object) -> str:
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{command[0]}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return str(done.stdout)


def ca(mailsim: Mailsim) -> Path:
    return mailsim.root / ".mailsim" / "tls" / "ca.pem"


def arrived(mailsim: Mailsim, subject: str) -> bool:
    return any(thread["subject"] == subject for thread in mailsim.json("threads"))


def test_swaks_submits(mailsim: Mailsim, daemon: Daemon, program: Program) -> None:
    me = mailsim.account("me")
    server = ["--server", "127.0.0.1", "--port", str(me["smtp"]["port"]), "--tls"]
    login = ["--auth", "PLAIN", "--auth-user", me["user"], "--auth-password", me["password"]]
    mail = ["--from", me["address"], "--to", "eliza@mailsim.test,parry@mailsim.test", "--h-Subject", "by swaks"]
    run([program("swaks"), *server, *login, *mail])
    eventually(lambda: arrived(mailsim, "by swaks"))


def test_msmtp_submits(mailsim: Mailsim, daemon: Daemon, program: Program, tmp_path: Path) -> None:
    me = mailsim.account("me")
    config = tmp_path / "msmtprc"
    config.write_text(
        f"account default\nhost 127.0.0.1\nport {me['smtp']['port']}\ntls on\ntls_starttls on\n"
        f"tls_trust_file {ca(mailsim)}\nauth on\nuser {me['user']}\npassword {me['password']}\nfrom {me['address']}\n"
    )
    config.chmod(0o600)
    mail = f"From: {me['address']}\nTo: eliza@mailsim.test\nSubject: by msmtp\n\nHello\n"
    run([program("msmtp"), "-C", str(config), "eliza@mailsim.test"], input=mail)
    eventually(lambda: arrived(mailsim, "by msmtp"))


def muttrc(mailsim: Mailsim, tmp_path: Path, name: str) -> Path:
    account = mailsim.account(name)
    login = f"{account['user'].replace('@', '%40')}"
    path = tmp_path / f"muttrc-{name}"
    path.write_text(
        f'set imap_user="{account["user"]}" imap_pass="{account["password"]}" ssl_starttls=yes\n'
        f'set folder="imap://127.0.0.1:{account["imap"]["port"]}/" spoolfile="+INBOX" record="+Sent"\n'
        f'set ssl_ca_certificates_file="{ca(mailsim)}" certificate_file="{ca(mailsim)}" ssl_verify_host=no\n'
        f'set smtp_url="smtp://{login}@127.0.0.1:{account["smtp"]["port"]}/" smtp_pass="{account["password"]}"\n'
        f'set from="{account["address"]}" use_envelope_from=yes realname="Me"\n'
        f'set header_cache="" sort=threads quit=yes delete=yes wait_key=no timeout=2 date_format="" \n'
        f'set index_format="%4C %Z %F %s" pager_index_lines=0 check_new=no read_inc=0\n'
    )
    return path


@pytest.mark.parametrize("client", ["mutt", "neomutt"])
def test_mutt_submits(mailsim: Mailsim, daemon: Daemon, program: Program, tmp_path: Path, client: str) -> None:
    command = [program(client), "-F", str(muttrc(mailsim, tmp_path, "me")), "-s", f"by {client}", "eliza@mailsim.test"]
    run(
        command,
        input="Hello from the terminal\n",
        env={"HOME": str(tmp_path), "TERM": "xterm", "PATH": "/usr/bin:/bin"},
    )
    eventually(lambda: arrived(mailsim, f"by {client}"))


@pytest.mark.parametrize("account", ["me", "eliza", "archive"])
def test_mutt_shows_the_thread(
    mailsim: Mailsim, conversation: Daemon, program: Program, tmp_path: Path, account: str
) -> None:
    screen = Screen(program("tmux"), tmp_path)
    try:
        screen.start(f"{program('mutt')} -F {muttrc(mailsim, tmp_path, account)}", tmp_path)
        eventually(lambda: "Dinner" in screen.text(), "mutt's index")
        assert "─>" in screen.text() or "->" in screen.text(), screen.text()
    finally:
        screen.close()


class Screen:
    """A terminal program in a tmux of its own."""

    def __init__(self, tmux: str, tmp_path: Path) -> None:
        self._tmux = [tmux, "-S", str(tmp_path / "tmux.sock"), "-f", "/dev/null"]

    def start(self, command: str, home: Path) -> None:
        run(
            [
                *self._tmux,
                "new-session",
                "-d",
                "-x",
                "120",
                "-y",
                "40",
                f"HOME={home} LC_ALL=C.UTF-8 {command}; sleep 9",
            ]
        )

    def text(self) -> str:
        return run([*self._tmux, "capture-pane", "-p"])

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], check=False, capture_output=True)


def test_mbsync_fetches_every_mailbox(mailsim: Mailsim, conversation: Daemon, program: Program, tmp_path: Path) -> None:
    archive = mailsim.account("archive")
    config = tmp_path / "mbsyncrc"
    config.write_text(
        f"IMAPAccount a\nHost localhost\nPort {archive['imap']['port']}\nUser {archive['user']}\n"
        f"Pass {archive['password']}\nSSLType STARTTLS\nCertificateFile {ca(mailsim)}\n\n"
        "IMAPStore far\nAccount a\n\n"
        f"MaildirStore near\nPath {tmp_path}/mail/\nInbox {tmp_path}/mail/INBOX\nSubFolders Verbatim\n\n"
        "Channel c\nFar :far:\nNear :near:\nPatterns *\nCreate Near\nSync Pull\nSyncState *\n"
    )
    (tmp_path / "mail").mkdir()
    run([program("mbsync"), "-c", str(config), "-a"])
    assert (
        len(list((tmp_path / "mail" / "INBOX").glob("*/*:2,*"))) == 4
        or len([path for path in (tmp_path / "mail" / "INBOX").glob("*/*") if path.parent.name in {"new", "cur"}]) == 4
    )


def test_curl_reads_a_message(mailsim: Mailsim, conversation: Daemon, program: Program) -> None:
    me = mailsim.account("me")
    url = f"imap://127.0.0.1:{me['imap']['port']}/INBOX;MAILINDEX=1"
    login = ["--user", f"{me['user']}:{me['password']}"]
    text = run([program("curl"), "-s", "--ssl-reqd", "--cacert", str(ca(mailsim)), *login, url])
    assert "Subject: Re: Dinner" in text


def test_imaplib_logs_in_over_starttls_with_the_certificate_checked(mailsim: Mailsim, daemon: Daemon) -> None:
    import imaplib

    me = mailsim.account("me")
    with imaplib.IMAP4("127.0.0.1", me["imap"]["port"]) as client:
        client.starttls(ssl.create_default_context(cafile=str(ca(mailsim))))
        client.login(me["user"], me["password"])
        assert client.select("INBOX") == ("OK", [b"0"])
