"""Reading headers that anybody may have written."""

from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim_agents import headers, triage

FIELDS = ("From", "To", "Cc", "Date", "Subject", "Message-ID", "References", "In-Reply-To", "Auto-Submitted")
HEADER_BLOCK = st.lists(st.tuples(st.sampled_from(FIELDS), st.binary(max_size=80))).map(
    lambda fields: b"".join(name.encode() + b": " + value + b"\r\n" for name, value in fields) + b"\r\nbody"
)


@given(HEADER_BLOCK | st.binary())
def test_no_header_however_broken_raises(content: bytes) -> None:
    mail = message_from_bytes(content)
    for name in FIELDS:
        assert "\n" not in headers.text(mail, name)
    for party in headers.parties(mail, *FIELDS):
        assert "@" in party.address
    for message_id in headers.ancestors(mail):
        assert message_id.isascii()
    headers.date(mail)
    triage.decide(mail, "me@mailsim.test")


def test_parties_are_decoded_and_named_once() -> None:
    mail = message_from_bytes(b"To: =?utf-8?q?J=C3=BCrgen?= <j@x.test>, J@X.test,\r\n a@x.test\r\nCc: j@x.test\r\n\r\n")
    assert headers.parties(mail, "To", "Cc") == [headers.Party("Jürgen", "j@x.test"), headers.Party("", "a@x.test")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (b"References: <a@x> <b@x>\r\nIn-Reply-To: <c@x>\r\n", ["<a@x>", "<b@x>"]),
        (b"In-Reply-To: <c@x>\r\n", ["<c@x>"]),
        (b"References: <a@x>\r\n\t<a@x>\r\n <b@x>\r\n", ["<a@x>", "<b@x>"]),
        (b"", []),
    ],
)
def test_ancestors_come_from_references_or_else_in_reply_to(fields: bytes, expected: list[str]) -> None:
    assert headers.ancestors(message_from_bytes(fields + b"\r\n")) == expected
