"""Which mails an agent answers."""

from email import message_from_bytes

import pytest

from mailsim_agents.triage import decide
from tests.agents.support import letter

ME = "sheldon@mailsim.test"


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"Auto_Submitted": "no"},
        {"Auto_Submitted": "auto-replied", "X_Mailsim_Agent": "me@mailsim.test"},
        {"Return_Path": "<me@mailsim.test>"},
    ],
)
def test_a_letter_from_a_person_or_a_fellow_agent_is_answered(more: dict[str, str]) -> None:
    assert decide(message_from_bytes(letter(to=ME, **more)), ME).answer


def test_a_letter_is_answered_by_who_stands_in_cc() -> None:
    assert decide(message_from_bytes(letter(to="other@mailsim.test", Cc=ME.upper())), ME).answer


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"Return_Path": "<>"}, "bounce"),
        ({"Content_Type": "multipart/report; report-type=delivery-status; boundary=x"}, "bounce"),
        ({"sender": "MAILER-DAEMON@mailsim.test"}, "bounce"),
        ({"List_Id": "<cats.example.org>"}, "list"),
        ({"List_Unsubscribe": "<mailto:off@example.org>"}, "list"),
        ({"Precedence": "Bulk"}, "list"),
        ({"Precedence": "junk"}, "list"),
        ({"Auto_Submitted": "auto-replied"}, "automatic"),
        ({"Auto_Submitted": "auto-generated; owner-email=x@y"}, "automatic"),
        ({"Auto_Submitted": "auto-replied", "X_Mailsim_Agent": "somebody@else.test"}, "automatic"),
        ({"sender": f"Sheldon <{ME}>"}, "own"),
        ({"to": "other@mailsim.test"}, "others"),
        ({"sender": ""}, "no sender"),
    ],
)
def test_what_is_never_answered(more: dict[str, str], reason: str) -> None:
    verdict = decide(message_from_bytes(letter(**({"to": ME} | more))), ME)
    assert not verdict.answer
    assert reason in verdict.reason
