"""mutt opens the Maildir itself, past the server: who waits in IDLE hears of it all the same."""

from typing import Any

from tests.conftest import eventually
from tests.e2e.clients.support import Office, Programs


def test_what_it_deletes_and_flags_reaches_idle(office: Office, programs: Programs) -> None:
    for subject in ("to be deleted", "to be flagged"):
        office.submit("me", "disk", subject)
        office.wait_for("disk", subject)
    heard: list[Any] = []
    settings = ("-n", "-F", "/dev/null", "-e", f"set quit=yes delete=yes sleep_time=0 folder={programs.home}")
    with office.mailbox("disk") as waiting:
        waiting.idle()
        with programs.terminal("mutt", *settings, "-f", office.mailsim.root / "mailboxes" / "disk") as screen:
            screen.shows("to be flagged")
            screen.type("D", "~s deleted", "Enter", "/", "flagged", "Enter", "F", "$")
            screen.shows("Msgs:1")
            eventually(lambda: heard.extend(waiting.idle_check(0.1)) or (1, b"EXPUNGE") in heard, "an EXPUNGE")
            eventually(lambda: heard.extend(waiting.idle_check(0.1)) or b"Flagged" in repr(heard).encode(), "a FETCH")
        waiting.idle_done()
