"""mutt and neomutt, with the muttrc that mailsim writes."""

from pathlib import Path

import pytest

from tests.e2e.clients.support import Office, Programs

both = pytest.mark.parametrize("client", ["mutt", "neomutt"])
QUIETLY = ("-e", "set quit=yes delete=yes confirmappend=no wait_key=no header_cache='' sleep_time=0")


@both
@pytest.mark.parametrize("account", ["me", "eliza", "archive"])
def test_it_shows_the_thread(office: Office, programs: Programs, tmp_path: Path, client: str, account: str) -> None:
    muttrc = office.profile("mutt", account, tmp_path / "muttrc")
    with programs.terminal(client, "-F", muttrc, *QUIETLY) as screen:
        assert "Dinner" in screen.shows("─>"), "an answer hangs under what it answers"


@both
def test_it_submits(office: Office, programs: Programs, tmp_path: Path, client: str) -> None:
    muttrc = office.profile("mutt", "me", tmp_path / "muttrc")
    programs(client, "-F", muttrc, "-s", f"by {client}", "eliza@mailsim.test", stdin="Grüße vom Terminal\n")
    assert "Grüße vom Terminal" in office.wait_for("eliza", f"by {client}").get_content()
    if client == "mutt":  # neomutt keeps no copy when it runs without a terminal
        office.wait_for("me", "by mutt", "Sent")


@both
def test_it_deletes_and_flags(office: Office, programs: Programs, tmp_path: Path, client: str) -> None:
    muttrc = office.profile("mutt", client, tmp_path / "muttrc")
    for subject in ("to be deleted", "to be flagged"):
        office.submit("me", client, subject)
        office.wait_for(client, subject)
    with programs.terminal(client, "-F", muttrc, *QUIETLY) as screen:
        screen.shows("to be flagged")
        screen.type("D", "~s deleted", "Enter", "/", "flagged", "Enter", "F", "$")
        screen.shows("Msgs:1")
    with office.mailbox(client) as mailbox:
        assert mailbox.search("ALL") == mailbox.search("FLAGGED SUBJECT flagged") != []
