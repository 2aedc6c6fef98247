"""The path in MAIL FROM and RCPT TO."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim.submission.address import parse_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("<ann@example.org>", ("ann@example.org", "")),
        ("<ann@example.org> SIZE=10 BODY=8BITMIME", ("ann@example.org", "SIZE=10 BODY=8BITMIME")),
        ("<a.b+c@[127.0.0.1]>", ("a.b+c@[127.0.0.1]", "")),
        ('<"a b"@x>', ("a b@x", "")),
        ("<@relay.example:ann@x>", ("ann@x", "")),
        ("<jürgen@bücher.example> SMTPUTF8", ("jürgen@bücher.example", "SMTPUTF8")),
        ("<>", ("<>", "")),
        ("<Postmaster>", ("Postmaster", "")),
    ],
)
def test_a_path(text: str, path: tuple[str, str]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text",
    (
        *("", "a@x", "<a@x", "<a>", "<a..b@x>", "<.a@x>", "<a@x.>", "<a@@x>", "<a b@x>", "<a\0@x>", "<a@x>SIZE=1"),
        *("<\udcff@x>", f"<{'a' * 65}@x>", f"<a@{'x' * 256}>", "<a@x>\t", "<a@x> \n"),
    ),
)
def test_no_path(text: str) -> None:
    assert parse_path(text) is None


@given(st.text() | st.text('<>@:."\\ a\0é', max_size=20))
def test_any_text_is_a_path_or_none(text: str) -> None:
    path = parse_path(text)
    assert path is None or not set(path[0]) & set("\0\r\n")
