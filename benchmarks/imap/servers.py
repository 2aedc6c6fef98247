"""The servers that are compared: each a process of its own on loopback, in a folder of its own, ended by its pid."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.imap import corpus
from benchmarks.imap.client import Client
from mailsim.accounts import Accounts
from mailsim.config import Endpoint
from mailsim.world import add_person, make

USER = "bench"
STARTING = 30.0  # seconds
DOVECOT = shutil.which("dovecot", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

DOVECOT_CONF = """\
base_dir = {folder}/run
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:{folder}/home
mail_fsync = always
mail_max_userip_connections = 10000
default_internal_user = {internal}
default_login_user = {login}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
"""
PYMAP_PASSWORD = "import sys, pysasl.hashing as h; print(h.BuiltinHash(rounds=1000).hash(sys.argv[1]))"


class Server:
    """One account, `USER`, whose INBOX is the Maildir `mail`. Subclasses say how it is made and started."""

    name = ""
    password = "benchmark"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.imap, self.delivery = Endpoint("127.0.0.1", _free_port()), Endpoint("127.0.0.1", _free_port())
        self.mail = folder / "home"
        self.process: subprocess.Popen[bytes] | None = None

    def fill(self, source: Path) -> None:
        """Have the messages of the Maildir `source` in INBOX."""
        corpus.copy(source, self.mail)

    def command(self) -> list[str]:
        """What starts it in the foreground."""
        raise NotImplementedError

    def caches(self) -> list[Path]:
        """The files that it may lose without losing mail."""
        return []

    @contextlib.contextmanager
    def running(self) -> Iterator["Server"]:
        """The server's process for as long as the context lasts; raises TimeoutError if it does not answer."""
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output)
        try:
            self.wait()
            yield self
        finally:
            self.process.terminate()
            self.process.wait(STARTING)

    def wait(self) -> None:
        """Until it greets; raises TimeoutError."""
        deadline = time.monotonic() + STARTING
        while True:
            with contextlib.suppress(OSError), self.client():
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name} does not start; see {self.folder}/output")
            time.sleep(0.05)

    def forget(self) -> None:
        """Delete the caches; the server must not run."""
        for path in self.caches():
            path.unlink()

    @property
    def pid(self) -> int:
        """Of the process that serves IMAP."""
        assert self.process
        return self.process.pid

    def client(self, **options: int) -> Client:
        """A connection that has not logged in."""
        return Client(self.imap.host, self.imap.port, **options)

    def login(self, **options: int) -> Client:
        return self.client(**options).login(USER, self.password)


class Mailsim(Server):
    """Ours, whole: `mailsim up --no-cast` in a world of its own."""

    name = "mailsim"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.world = add_person(make(folder / "world"), USER, None)
        accounts = Accounts(self.world)
        accounts.provision()
        self.password = accounts.password(USER)
        self.mail = self.world.mailboxes / USER
        self.address = f"{USER}@{self.world.office.domain}"

    def command(self) -> list[str]:
        settings = [f"listen.imap={self.imap}", f"listen.smtp={self.delivery}", "limits.connections_per_account=10000"]
        up = [sys.executable, "-m", "mailsim", "up", "--no-cast", "-w", str(self.world.root)]
        return up + [f"--set={setting}" for setting in settings]

    def caches(self) -> list[Path]:
        return list((self.world.state / "cache").glob("*.sqlite*"))


class Dovecot(Server):
    """Dovecot 2.3, with every change synced to the disk as ours does it."""

    name = "Dovecot"

    def fill(self, source: Path) -> None:
        super().fill(source)
        if os.geteuid() == 0:  # it serves no mail of root's
            for path in [self.mail, *self.mail.rglob("*")]:
                shutil.chown(path, "nobody", "nogroup")

    def command(self) -> list[str]:
        root = os.geteuid() == 0
        names = {"owner": "nobody", "group": "nogroup", "internal": "dovecot", "login": "dovenull"}
        mine = dict.fromkeys(names, str(os.geteuid())) | {"group": str(os.getegid())}
        ports = {"imap": self.imap.port, "lmtp": self.delivery.port}
        text = DOVECOT_CONF.format(folder=self.folder, password=self.password, **ports, **(names if root else mine))
        (self.folder / "dovecot.conf").write_text(text)
        return [str(DOVECOT), "-F", "-c", str(self.folder / "dovecot.conf")]

    def caches(self) -> list[Path]:
        return list(self.mail.glob("dovecot.index*"))


class Pymap(Server):
    """pymap from the virtual environment `venv`."""

    name = "pymap"

    def __init__(self, folder: Path, venv: Path) -> None:
        super().__init__(folder)
        self._venv = venv
        hashing = [str(venv / "bin" / "python"), "-c", PYMAP_PASSWORD, self.password]
        hashed = subprocess.check_output(hashing, text=True).strip()
        (folder / "pymap-etc-passwd").write_text(f"{USER}:x::::home:\n")
        (folder / "pymap-etc-shadow").write_text(f"{USER}:{hashed}\n")
        (folder / "pymap-etc-group").touch()

    def command(self) -> list[str]:
        at = ["--host", self.imap.host, "--port", str(self.imap.port), "--no-tls"]
        return [str(self._venv / "bin" / "pymap"), *at, "maildir", str(self.folder)]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
