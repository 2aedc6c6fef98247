"""aerc, with the accounts.conf that mailsim writes."""

from tests.e2e.clients.support import Office, Programs

CONFIG = "[ui]\nthreading-enabled=true\n[compose]\neditor={home}/editor\n[viewer]\npager=cat\n"
EDITOR = "#!/bin/sh\necho 'Written in aerc' >> \"$1\"\n"


def test_it_shows_the_thread_and_answers(office: Office, programs: Programs) -> None:
    programs.write(".config/aerc/aerc.conf", CONFIG.format(home=programs.home))
    programs.write("editor", EDITOR).chmod(0o700)
    first = office.submit("me", "aerc", "Breakfast")
    office.submit("me", "aerc", "Re: Breakfast", first)
    office.wait_for("aerc", "Re: Breakfast")
    office.profile("aerc", "aerc", programs.home / ".config" / "aerc" / "accounts.conf")
    with programs.terminal("aerc", SSL_CERT_FILE=str(office.ca)) as screen:
        assert "Breakfast" in screen.shows("─>"), "an answer hangs under what it answers"
        screen.type(":reply", "Enter")
        screen.shows("Send this email?")
        screen.type("y")
        assert "Written in aerc" in office.wait_for("me", "Re: Breakfast").get_content()
