"""The mail that an answer becomes."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import Message
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim_agents.conversation import Conversation
from mailsim_agents.draft import Draft, compose, derived_id, recipients, reply_references, reply_subject
from mailsim_agents.persona import parse
from mailsim_agents.prompt import Author
from mailsim_agents.providers.base import Answer, Request
from mailsim_agents.reading import reply_text
from tests.agents.support import letter

ME = "sheldon@mailsim.test"
NOW = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
AUTHOR = Author(parse("# Physicist: Dr. Sheldon Cooper (en)\nKnows better.", Path("p.md")), ME, "en")


class Says:
    """A provider with one answer, which keeps what it was asked."""

    name = "says"

    def __init__(self, text: str) -> None:
        self.text, self.asked = text, list[Request]()

    async def answer(self, request: Request) -> Answer:
        self.asked.append(request)
        return Answer(self.text, "m")

    async def verify(self) -> None: ...

    async def close(self) -> None: ...


async def answer(content: bytes, text: str = "Indeed.", author: Author = AUTHOR) -> tuple[Draft, Message]:
    parent = message_from_bytes(content)
    draft = await compose(author, Says(text), Conversation("", (), parent), NOW)
    return draft, message_from_bytes(draft.content)


async def test_an_answer_is_threaded_addressed_and_marked() -> None:
    draft, mail = await answer(letter(to=f"{ME}, Leo <leo@x.test>", References="<0@me>", Cc="cc@x.test, LEO@x.test"))
    assert mail["In-Reply-To"] == "<1@me>"
    assert mail["References"] == "<0@me> <1@me>"
    assert mail["From"] == f'"Dr. Sheldon Cooper" <{ME}>'
    assert mail["To"] == "Me <me@mailsim.test>, Leo <leo@x.test>"
    assert mail["Cc"] == "cc@x.test"
    assert mail["Subject"] == "Re: Hello"
    assert mail["Date"] == "Fri, 02 Jan 2026 03:04:00 +0000"
    assert mail["Auto-Submitted"] == "auto-replied"
    assert mail["X-Mailsim-Agent"] == ME
    assert mail.get_content_type() == "text/plain"
    assert draft.recipients == ("me@mailsim.test", "leo@x.test", "cc@x.test")
    assert (draft.sender, draft.message_id) == (ME, mail["Message-ID"])


async def test_the_parent_is_quoted_one_level_deep_and_the_signature_comes_last() -> None:
    body = "Why?\r\n\r\nOn 2025-01-01 00:00, Sheldon wrote:\r\n> Because.\r\n\r\n-- \r\nMe"
    _, mail = await answer(letter(body, to=ME, Date="Thu, 01 Jan 2026 10:00:00 +0000"))
    text = mail.get_payload(decode=True).decode()
    assert text.replace("\r\n", "\n") == (
        "Indeed.\n\nOn 2026-01-01 10:00, Me wrote:\n> Why?\n\n-- \nDr. Sheldon Cooper\n"
    )


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "ja"])
async def test_an_agent_reads_only_the_new_words_of_a_fellow_agents_answer(language: str) -> None:
    author = Author(AUTHOR.persona, ME, language)
    _, mail = await answer(letter(to=ME), "Ein neuer Gedanke: größer.\n\nUnd noch einer.", author)
    assert reply_text(mail) == "Ein neuer Gedanke: größer.\n\nUnd noch einer."


async def test_reply_to_comes_before_from() -> None:
    draft, _ = await answer(letter(to=ME, Reply_To="office@x.test"))
    assert draft.recipients == ("office@x.test",)


def test_nobody_writes_to_oneself() -> None:
    parent = message_from_bytes(letter(to=ME.upper(), Reply_To=ME, Cc=f"Sheldon <{ME}>"))
    to, copied = recipients(parent, ME)
    assert [party.address for party in to] == ["me@mailsim.test"]
    assert copied == []


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Hello", "Re: Hello"),
        ("Re: Hello", "Re: Hello"),
        ("RE: re: Re[2]: Hello", "Re: Hello"),
        ("AW: Antw: SV: Hello", "Re: Hello"),
        ("Re (3) : Hello", "Re: Hello"),
        ("Fwd: Hello", "Re: Fwd: Hello"),
        ("[list] Re: Hello", "Re: [list] Re: Hello"),
        ("Regarding: this", "Re: Regarding: this"),
        ("", "Re:"),
    ],
)
def test_the_subject_carries_one_reply_mark(subject: str, expected: str) -> None:
    assert reply_subject(subject) == expected


@given(st.text())
def test_a_second_answer_has_the_subject_of_the_first(subject: str) -> None:
    assert reply_subject(reply_subject(subject)) == reply_subject(subject)


def test_long_references_keep_the_first_and_the_newest_and_fit_one_line() -> None:
    ids = [f"<{number:060}@mailsim.test>" for number in range(100)]
    kept = reply_references(message_from_bytes(letter(to=ME, References="\r\n ".join(ids)))).split()
    assert kept[0] == ids[0]
    assert kept[-2:] == [ids[-1], "<1@me>"]
    assert len(" ".join(kept)) < 950


def test_the_message_id_depends_on_the_agent_and_the_parent_alone() -> None:
    first, second = (message_from_bytes(letter(to=ME, message_id=one)) for one in ("<1@me>", "<2@me>"))
    assert derived_id(ME, first) == derived_id(ME.upper().lower(), message_from_bytes(letter("other words", to=ME)))
    assert len({derived_id(ME, first), derived_id(ME, second), derived_id("leo@mailsim.test", first)}) == 3
    assert derived_id(ME, first).endswith("@mailsim.test>")


def test_a_parent_without_message_id_has_one_answer_too() -> None:
    first, second = (message_from_bytes(f"From: a@b\r\n\r\n{text}".encode()) for text in "12")
    assert derived_id(ME, first) != derived_id(ME, second)


async def test_the_prompt_holds_persona_task_and_a_seed_that_stays() -> None:
    provider = Says("x")
    for _ in range(2):
        await compose(AUTHOR, provider, Conversation("Hi", (), message_from_bytes(letter(to=ME))), NOW)
    first, second = provider.asked
    assert "Knows better." in first.system
    assert first.system.rstrip().endswith("added for you.")
    assert first.seed == second.seed


@given(st.binary() | st.binary().map(lambda tail: b"From: a@b.test\r\nSubject: " + tail), st.text())
async def test_whatever_the_parent_and_the_answer_the_mail_is_well_formed(content: bytes, text: str) -> None:
    draft, _ = await answer(content, text)
    mail = message_from_bytes(draft.content, policy=policy.default)
    assert mail["Message-ID"] == draft.message_id
    assert draft.content.isascii()
    assert b"\n" not in draft.content.replace(b"\r\n", b"")
    assert max(map(len, draft.content.split(b"\r\n"))) <= 998
