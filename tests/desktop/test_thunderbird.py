"""Thunderbird on a screen of its own, with the profile that mailsim writes: read, seen threaded, answered."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import Daemon, Mailsim, eventually
from tests.desktop.screen import Screen
from tests.e2e.clients.support import Office

# what the test needs beyond the profile: no question before sending, and no way to the internet (localhost is exempt)
MORE = """
user_pref("mail.warn_on_send_accel_key", false);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.socks", "127.0.0.1");
user_pref("network.proxy.socks_port", 9);
"""


@pytest.fixture
def office(mailsim: Mailsim, daemon: Daemon) -> Office:
    """In eliza's inbox are one message about breakfast, which she has read, and two about dinner."""
    office = Office(mailsim)
    office.submit("me", "eliza", "Breakfast", body="Eggs?\n")
    office.wait_for("eliza", "Breakfast")
    with office.mailbox("eliza") as client:
        client.add_flags("1", "\\Seen")
    first = office.submit("me", "eliza", "Dinner", body="Who cooks?\n")
    second = office.submit("eliza", "me", "Re: Dinner", first, "Do you cook often?\n")
    office.submit("me", "eliza", "Re: Dinner", f"{first} {second}", "Never.\n")
    office.wait_for("eliza", "Re: Dinner")
    return office


@pytest.fixture
def thunderbird(office: Office, program: Callable[[str], str], tmp_path: Path) -> Iterator[Screen]:
    """Thunderbird, logged in as eliza, with her inbox open."""
    folder = tmp_path / "thunderbird"
    folder.mkdir()
    profile = office.profile("thunderbird", "eliza", folder / "user.js")
    profile.write_text(profile.read_text() + MORE)
    certificates = [program("certutil"), "-d", f"sql:{folder}"]
    subprocess.run([*certificates, "-N", "--empty-password"], check=True)
    subprocess.run([*certificates, "-A", "-n", "mailsim", "-t", "C,,", "-i", str(office.ca)], check=True)
    command = [program("thunderbird"), "--no-remote", "--profile", str(folder)]
    with Screen.open(program, tmp_path) as screen, screen.run(*command):
        give_password(screen, office)
        screen.focus("^Inbox - eliza@mailsim.test")
        yield screen


def test_an_inbox_is_shown_in_threads(office: Office, thunderbird: Screen) -> None:
    open_next_unread(office, thunderbird)
    thunderbird.until(lambda: seen(office) == {"Breakfast", "Dinner", "Re: Dinner"}, "r")  # marks its thread as read


def test_a_reply_is_sent_and_a_copy_kept(office: Office, thunderbird: Screen) -> None:
    open_next_unread(office, thunderbird)
    thunderbird.press("ctrl+r")
    thunderbird.focus("^Write: Re: ")
    thunderbird.type("Sent from Thunderbird")
    thunderbird.press("ctrl+Return")
    give_password(thunderbird, office)  # for SMTP; the first was for IMAP
    for account, folder in (("me", "INBOX"), ("archive", "INBOX"), ("eliza", "Sent")):
        office.wait_for(account, "Re: Dinner", folder, "Sent from Thunderbird")
    eventually(lambda: [thread["messages"] for thread in office.mailsim.json("threads")] == [1, 4])


def open_next_unread(office: Office, screen: Screen) -> None:
    screen.until(lambda: seen(office) == {"Breakfast", "Dinner"}, "n")


def give_password(screen: Screen, office: Office) -> None:
    screen.focus("[Pp]assword")
    screen.type(office.password("eliza"))
    screen.press("Return")


def seen(office: Office) -> set[str]:
    """The subjects that are no longer unread, as the server knows it."""
    with office.mailbox("eliza") as client:
        found = client.fetch(client.search("SEEN"), "ENVELOPE").values()
        return {entry[b"ENVELOPE"].subject.decode() for entry in found}
