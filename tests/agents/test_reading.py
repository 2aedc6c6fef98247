"""The words of a mail, without quotes and signatures."""

from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim_agents.reading import html_to_text, plain_text, reply_text


def words(body: str, head: str = "") -> str:
    return reply_text(message_from_bytes(f"{head}\r\n{body}".encode()))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Hello.\r\n\r\nHow are you?", "Hello.\n\nHow are you?"),
        ("Fine.\r\n\r\nOn Mon, 21 Nov 2025 at 06:17, Bob <b@x> wrote:\r\n> hi\r\n>> ho\r\n", "Fine."),
        ("Gut.\r\n\r\nAm 21.11.2025 um 06:17 schrieb Bob <b@x>:\r\n> hallo\r\n", "Gut."),
        ("Text.\r\n-- \r\nSig\r\n", "Text."),
        ("List:\r\n- one\r\n- two\r\n", "List:\n- one\n- two"),
        ("> question one\r\nyes\r\n> question two\r\nno\r\n", "yes\nno"),
        ("-- \r\nonly a signature\r\n", ""),
        ("", ""),
    ],
)
def test_only_the_authors_own_words_remain(body: str, expected: str) -> None:
    assert words(body) == expected


def test_a_long_paragraph_is_kept_whole() -> None:
    paragraph = "On and on it goes, " * 50
    assert words(f"{paragraph}\r\n\r\nOn 2025-11-21, Bob wrote:\r\n> hi\r\n") == paragraph.strip()


def test_html_only_mail_is_read_as_text() -> None:
    page = "<style>p{}</style><p>Hello <b>you</b>.</p><blockquote>old<br>mail</blockquote><p>Bye &amp; thanks</p>"
    assert words(page, "Content-Type: text/html\r\n") == "Hello you.\n\nBye & thanks"


def test_plain_is_preferred_to_html_and_attachments_are_not_read() -> None:
    part = "--x\r\nContent-Type: text/{}\r\n{}\r\n{}\r\n"
    attachment = part.format("plain", "Content-Disposition: attachment\r\n", "attached")
    body = attachment + part.format("html", "", "<p>html</p>") + part.format("plain", "", "plain") + "--x--"
    assert words(body, "Content-Type: multipart/mixed; boundary=x\r\n") == "plain"


@given(st.binary(), st.sampled_from(["utf-8", "latin-1", "no-such-charset", "idna", '"']))
def test_any_bytes_in_any_charset_are_readable(content: bytes, charset: str) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
    assert "\0" not in plain_text(message_from_bytes(head + content))
    assert "\0" not in reply_text(message_from_bytes(b"\r\n" + content))


@given(st.text(alphabet="<>![]-/?ab&#; \n\"'"))
def test_any_markup_becomes_text(markup: str) -> None:
    assert "\r" not in html_to_text(markup)


HOSTILE = [
    "On " * 50_000,
    "\n" * 50_000,
    "On a b\n" * 5000,
    "Am 1 " * 20_000,
    "From: x\n" * 9000,
    ">\n" * 9000,
    ":\n" * 9000,
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_text_made_to_be_slow_is_not(hostile: str) -> None:
    words(hostile + "!")
