"""The commands, as written in the README, and what they answer when something is wrong."""

import json
import re
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Daemon, Mailsim, eventually

MAIL = ("seed", "--from", "me", "--to", "eliza", "--subject", "Hello", "--body", "How do you do?")


def test_a_world_is_made_once(mailsim: Mailsim) -> None:
    assert "is there already" in mailsim.error("init", code=3)


def test_a_fresh_world_is_fine(mailsim: Mailsim) -> None:
    assert mailsim.json("check") == {"people": 1, "cast": 4}


def test_accounts_tell_a_program_what_it_needs(mailsim: Mailsim, daemon: Daemon) -> None:
    smtp, imap = daemon.ports
    me = mailsim.account("me")
    assert me["address"] == me["user"] == "me@mailsim.test"
    assert len(me["password"]) >= 16
    assert me["smtp"] == {"host": "127.0.0.1", "port": smtp, "security": "STARTTLS"}
    assert me["imap"] == {"host": "127.0.0.1", "port": imap, "security": "STARTTLS"}


def test_without_a_daemon_the_configured_ports_are_told(mailsim: Mailsim) -> None:
    assert [mailsim.account("me")[name]["port"] for name in ("smtp", "imap")] == [1025, 1143]


def test_an_account_added_while_running_may_log_in(mailsim: Mailsim, daemon: Daemon) -> None:
    mailsim("accounts", "add", "bob")
    seed = ("seed", "--from", "bob", "--to", "me", "--body", "hi")
    eventually(lambda: mailsim.run(*seed).returncode == 0)


def test_adding_a_person_keeps_the_comments(mailsim: Mailsim) -> None:
    before = (mailsim.root / "config" / "mailsim.yaml").read_text()
    mailsim("accounts", "add", "bob", "--language", "de")
    after = (mailsim.root / "config" / "mailsim.yaml").read_text()
    assert after == before.rstrip("\n") + "\n  bob: {language: de}\n"


def test_passwords_are_for_their_owner_only(mailsim: Mailsim) -> None:
    state = mailsim.root / ".mailsim"
    mailsim("accounts")
    files = [state / "passwd", *(state / "secrets").iterdir()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    password = mailsim.account("me")["password"]
    assert password not in (state / "passwd").read_text()


def test_a_seed_becomes_a_thread(mailsim: Mailsim, daemon: Daemon) -> None:
    mailsim(*MAIL)
    thread = eventually(lambda: mailsim.json("threads"))[0]
    assert thread["subject"] == "Hello"
    assert thread["messages"] == 1
    assert set(thread["participants"]) == {"me@mailsim.test", "eliza@mailsim.test"}
    assert thread["state"] == "open"
    assert set(thread) == {"id", "subject", "messages", "participants", "state", "first", "last"}


def test_a_seed_takes_its_text_from_standard_input(mailsim: Mailsim, daemon: Daemon) -> None:
    mailsim("seed", "--from", "me", "--to", "eliza", "--body-file", "-", stdin="from a pipe\n")
    thread = eventually(lambda: mailsim.json("threads"))[0]
    assert "from a pipe" in mailsim("show", thread["id"])


@pytest.mark.parametrize(
    ("form", "sign"),
    [("html", "<!doctype html>"), ("md", "# "), ("txt", "How do you do?"), ("jsonl", '{"'), ("mbox", "From ")],
)
def test_a_thread_is_exported(mailsim: Mailsim, daemon: Daemon, form: str, sign: str) -> None:
    mailsim(*MAIL)
    thread = eventually(lambda: mailsim.json("threads"))[0]
    text = mailsim("export", thread["id"], "--format", form)
    assert sign.lower() in text.lower()
    assert "How do you do?" in text


def test_the_index_is_rebuilt_from_the_archive(mailsim: Mailsim, daemon: Daemon) -> None:
    mailsim(*MAIL)
    before = eventually(lambda: mailsim.json("threads"))
    daemon.stop()
    (mailsim.root / ".mailsim" / "archive.sqlite").unlink()
    assert mailsim("reindex").split()[0] == "1"
    assert mailsim.json("threads") == before


def test_an_unknown_key_is_named_with_its_line(mailsim: Mailsim) -> None:
    mailsim.write("config/mailsim.yaml", "domain: mailsim.test\nlisten:\n  smpt: 127.0.0.1:1\n")
    error = mailsim.error("up", code=3)
    assert error.endswith("config/mailsim.yaml:3: listen.smpt: unknown key; did you mean `smtp`?")


def test_an_unknown_key_on_the_command_line_is_named(mailsim: Mailsim) -> None:
    error = mailsim.error("check", "--set", "listen.smpt=127.0.0.1:1", code=3)
    assert error == "mailsim: --set listen.smpt: unknown key; did you mean `smtp`?"


def test_a_missing_persona_stops_the_start(mailsim: Mailsim) -> None:
    (mailsim.root / "personas" / "eliza.md").unlink()
    free = ("--set", "listen.smtp=127.0.0.1:0", "--set", "listen.imap=127.0.0.1:0")
    assert "eliza.md" in mailsim.error("up", *free, code=3)
    assert "eliza.md" in mailsim.error("check", code=3)


def test_a_missing_key_of_a_service_is_named(mailsim: Mailsim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert "OPENAI_API_KEY" in mailsim.error("check", "--set", "cast.eliza.llm=openai", code=3)


def test_a_taken_port_is_one_clear_line(mailsim: Mailsim) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        error = mailsim.error("up", "--set", f"listen.imap={at}", code=4)
    assert error.startswith(f"mailsim: cannot listen on {at}: Address already in use")


def test_one_daemon_runs_a_world(mailsim: Mailsim, daemon: Daemon) -> None:
    assert "already runs this world" in mailsim.error("up", code=4)


def test_seeding_needs_a_daemon(mailsim: Mailsim) -> None:
    assert "no daemon runs this world" in mailsim.error(*MAIL, code=6)


def test_an_unknown_thread_is_not_found(mailsim: Mailsim) -> None:
    assert "no thread `abc`" in mailsim.error("show", "abc", code=5)


def test_a_folder_without_a_world_says_how_to_make_one(tmp_path: Path) -> None:
    assert "mailsim init" in Mailsim(tmp_path).error("threads", code=3)


def test_sigterm_ends_the_daemon_well(daemon: Daemon) -> None:
    assert daemon.stop() == 0
    assert not (daemon.mailsim.root / ".mailsim" / "state.json").exists()


def test_up_says_what_listens_where(mailsim: Mailsim, start: Callable[..., Daemon]) -> None:
    daemon = start()
    eventually(lambda: "4 personas" in daemon.output())
    smtp, imap = daemon.ports
    assert re.search(rf"SMTP +127\.0\.0\.1:{smtp}\b", daemon.output())
    assert re.search(rf"IMAP +127\.0\.0\.1:{imap}\b", daemon.output())


def test_up_names_the_listeners_with_tls_from_the_first_byte(start: Callable[..., Daemon]) -> None:
    daemon = start("--no-cast", "--set", "listen.imaps=127.0.0.1:0")
    eventually(lambda: re.search(r"IMAPS +127\.0\.0\.1:[1-9]", daemon.output()))


def test_mirror_prints_the_conversation(mailsim: Mailsim, start: Callable[..., Daemon]) -> None:
    daemon = start("--no-cast", "--mirror")
    mailsim(*MAIL)
    eventually(lambda: "How do you do?" in daemon.output())


def test_the_version_is_told(mailsim: Mailsim) -> None:
    import subprocess
    import sys

    said = subprocess.run([sys.executable, "-m", "mailsim", "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"mailsim, version \d+\.\d+\.\d+\n", said.stdout)


def test_the_state_file_is_not_believed_when_its_daemon_is_dead(mailsim: Mailsim, daemon: Daemon) -> None:
    daemon.kill()
    assert json.loads((mailsim.root / ".mailsim" / "state.json").read_text())["pid"] == daemon.process.pid
    assert mailsim.account("me")["smtp"]["port"] == 1025
