"""What the tests of mail clients share: a running post office, programs with a home of their own, and a terminal."""

import os
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import make_msgid
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from tests.conftest import PATIENCE, Mailsim, eventually

DOMAIN = "mailsim.test"


@dataclass
class Office:
    """A running post office without its cast; `people` have an empty mailbox each, to be used by one test."""

    mailsim: Mailsim

    @cached_property
    def accounts(self) -> dict[str, dict[str, Any]]:
        return {entry["user"].partition("@")[0]: entry for entry in self.mailsim.json("accounts")}

    @cached_property
    def tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))

    @property
    def ca(self) -> Path:
        return self.mailsim.root / ".mailsim" / "tls" / "ca.pem"

    @property
    def smtp(self) -> int:
        return int(self.accounts["me"]["smtp"]["port"])

    @property
    def imap(self) -> int:
        return int(self.accounts["me"]["imap"]["port"])

    @property
    def imaps(self) -> int:
        """For clients that cannot do STARTTLS."""
        return int(self.accounts["me"]["imaps"]["port"])

    def password(self, name: str) -> str:
        return str(self.accounts[name]["password"])

    def profile(self, client: str, name: str, path: Path) -> Path:
        """What `mailsim accounts --for` writes."""
        self.mailsim("accounts", name, "--for", client, "-o", str(path))
        return path

    def submit(self, sender: str, to: str, subject: str, references: str = "", body: str = "Hi.\n") -> str:
        """Send one message; `references` are the Message-IDs before it in its thread. Returns its own."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = f"{sender}@{DOMAIN}", f"{to}@{DOMAIN}", subject
        message["Message-ID"] = make_msgid(domain=DOMAIN)
        if references:
            message["In-Reply-To"], message["References"] = references.rsplit(maxsplit=1)[-1], references
        message.set_content(body)
        with smtplib.SMTP("127.0.0.1", self.smtp) as client:
            client.starttls(context=self.tls)
            client.login(f"{sender}@{DOMAIN}", self.password(sender))
            client.send_message(message)
        return str(message["Message-ID"])

    @contextmanager
    def mailbox(self, name: str, folder: str = "INBOX") -> Iterator[IMAPClient]:
        """A session of its own, to look at what a client did."""
        with IMAPClient("127.0.0.1", self.imap, ssl=False) as client:
            client.starttls(self.tls)
            client.login(f"{name}@{DOMAIN}", self.password(name))
            client.select_folder(folder, readonly=name == "archive")
            yield client

    def wait_for(self, name: str, subject: str, folder: str = "INBOX", text: str = "") -> EmailMessage:
        """The message with this subject, and with `text` in it, once it is in the mailbox."""
        with self.mailbox(name, folder) as client:

            def found() -> list[int]:
                client.noop()
                return list(client.search(["SUBJECT", subject, "TEXT", text]))

            uid = eventually(found, f"`{subject}` in {folder} of {name}")[0]
            content = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
            return BytesParser(EmailMessage, policy=default).parsebytes(content)


@dataclass
class Programs:
    """Runs mail programs with a home folder of their own."""

    home: Path

    def path(self, name: str) -> str:
        """Of an installed program; a test that needs one that is not installed is skipped and says so."""
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed")
        return path

    @property
    def environment(self) -> dict[str, str]:
        return {"HOME": str(self.home), "LC_ALL": "C.UTF-8", "TERM": "xterm-256color", "PATH": os.environ["PATH"]}

    def __call__(self, name: str, *words: str | Path, stdin: str = "") -> str:
        """Run a program; it must end well. Returns what it printed."""
        command = [self.path(name), *map(str, words)]
        options: dict[str, Any] = {"input": stdin, "env": self.environment, "cwd": self.home}
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE * 2, check=False, **options)
        assert done.returncode == 0, f"{name}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def write(self, file: str, text: str) -> Path:
        """A file in the home folder that only its owner may read, as programs want it for passwords."""
        path = self.home / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    @contextmanager
    def terminal(self, name: str, *words: str | Path, **environment: str) -> Iterator["Terminal"]:
        """Run a program on a screen of 120 by 40."""
        terminal = Terminal(self, [self.path(name), *map(str, words)], environment)
        try:
            yield terminal
        finally:
            terminal.close()


class Terminal:
    """A terminal program in a tmux of its own."""

    def __init__(self, programs: Programs, command: list[str], environment: dict[str, str]) -> None:
        self._programs = programs
        setting = [f"{key}={value}" for key, value in (programs.environment | environment).items()]
        size = ("-x", "120", "-y", "40")
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "env", *setting, *command)

    def _tmux(self, *words: str) -> str:
        return self._programs("tmux", "-S", self._programs.home / "tmux.sock", *words)

    def shows(self, text: str) -> str:
        """The screen, once `text` is on it."""
        try:
            return str(eventually(lambda: screen if text in (screen := self.screen()) else ""))
        except pytest.fail.Exception:
            pytest.fail(f"there is no `{text}` on the screen:\n{self.screen()}")

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def type(self, *keys: str) -> None:
        """Press keys by their tmux names, e.g. "Enter"; anything else is typed as it is."""
        self._tmux("send-keys", *keys)

    def close(self) -> None:
        with suppress(AssertionError):  # it is gone when its program ended
            self._tmux("kill-server")
