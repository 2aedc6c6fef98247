"""One post office for every test of a mail client, with one conversation in it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Daemon, Mailsim
from tests.e2e.clients.support import Office, Programs

PEOPLE = ("mutt", "neomutt", "mbsync", "bulk", "aerc", "fetched", "imapclient", "aioimaplib", "imaplib", "disk")


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """In the inboxes of `me` and of `eliza` is their conversation about dinner."""
    root = tmp_path_factory.mktemp("clients") / "world"
    subprocess.run([sys.executable, "-m", "mailsim", "init", str(root)], check=True, capture_output=True)
    mailsim = Mailsim(root)
    mailsim("accounts", "add", "me")
    with (root / "config" / "mailsim.yaml").open("a") as config:
        config.writelines(f"  {name}: {{}}\n" for name in PEOPLE)
    daemon = Daemon(mailsim, "--no-cast", "--set", "listen.imaps=127.0.0.1:0")
    try:
        office = Office(mailsim)
        _converse(office)
        yield office
    finally:
        daemon.stop()


def _converse(office: Office) -> None:
    first = office.submit("me", "eliza", "Dinner", body="Who cooks?\n")
    second = office.submit("eliza", "me", "Re: Dinner", first, "Do you cook often?\n")
    third = office.submit("me", "eliza", "Re: Dinner", f"{first} {second}", "Never.\n")
    office.submit("eliza", "me", "Re: Dinner", f"{first} {second} {third}", "How does never make you feel?\n")
    office.wait_for("me", "Dinner")
    office.wait_for("eliza", "Dinner")


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Mail programs that find a new home."""
    return Programs(tmp_path)
