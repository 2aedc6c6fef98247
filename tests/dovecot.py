"""A private Dovecot 2.3 on Maildirs that a test may put there: a server on a port, or one session over pipes.

As root, Dovecot reads mail as another user, whom pytest keeps out of `tmp_path`; so it has a place of its own.
"""

import contextlib
import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PASSWORD = "open-sesame"
PATIENCE = 20.0  # seconds until a server that does not answer fails the test
_PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/usr/lib/dovecot:/usr/libexec/dovecot"
ANY_USER = f"driver = static\n  args = password={PASSWORD}"
_CONF = """
base_dir = {folder}/run
log_path = {folder}/log
stats_writer_socket_path =
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login scram-sha-256
mail_location = maildir:{folder}/mail/%n
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_max_userip_connections = 1000
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
auth_failure_delay = 0
passdb {{
  {passdb}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%n
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    special_use = \\Drafts
    auto = create
  }}
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
  mailbox Archive {{
    special_use = \\Archive
  }}
  mailbox Junk {{
    special_use = \\Junk
  }}
  mailbox Trash {{
    special_use = \\Trash
  }}
}}
"""


class Dovecot:
    """Dovecot in `folder`; the Maildir of the account `me` is `mail / "me"`, and every password is PASSWORD."""

    def __init__(self, folder: Path, passdb: str = ANY_USER) -> None:
        self.folder, self.mail = folder, folder / "mail"
        self.mail.mkdir()
        owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._owner, self._port = owner, free_port()
        text = _CONF.format(
            folder=folder,
            port=self._port,
            passdb=passdb.format(folder=folder),
            user=owner.pw_name,
            group=grp.getgrgid(owner.pw_gid).gr_name,
        )
        self._conf = folder / "dovecot.conf"
        self._conf.write_text(text)
        self.adopt()

    def adopt(self) -> None:
        """Let it read and write what a test (or we, as another user) put in `mail`."""
        for path in [self.mail, *self.mail.rglob("*")]:
            with contextlib.suppress(FileNotFoundError):
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid, follow_symlinks=False)

    def session(self, account: str) -> str:
        """A shell command that is a session of `account`, already logged in, on its standard input and output."""
        env = f"HOME={self.mail / account} USER={account}"
        return f"cd {self.folder} && exec env {env} {_find('imap')} -c {self._conf} 2>/dev/null"

    @contextlib.contextmanager
    def listening(self) -> Iterator[int]:
        """The port of the running server."""
        process = subprocess.Popen([_find("dovecot"), "-F", "-c", str(self._conf)])
        try:
            self._await(process)
            yield self._port
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def _await(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self._port), 5).close()
                return
            time.sleep(0.05)
        log = self.folder / "log"
        pytest.fail(f"Dovecot does not start: {log.read_text() if log.exists() else process.poll()}")


@contextlib.contextmanager
def private_dovecot(passdb: str = ANY_USER) -> Iterator[Dovecot]:
    """A Dovecot of the test's own; skips the test where there is no Dovecot 2.3.

    `passdb` is that section of its configuration, with `{folder}` for the Dovecot's; without it anybody may log in.
    """
    version = subprocess.check_output([_find("dovecot"), "--version"], text=True)
    if not version.startswith("2.3."):
        pytest.skip(f"needs Dovecot 2.3, this is {version.strip()}")
    with tempfile.TemporaryDirectory(prefix="mailsim-dovecot-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)
        yield Dovecot(folder, passdb)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


def _find(program: str) -> str:
    path = shutil.which(program, path=_PLACES)
    if path is None:
        pytest.skip(f"Dovecot's {program} is not installed")
    return path
