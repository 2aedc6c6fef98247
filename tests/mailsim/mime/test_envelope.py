"""ENVELOPE and address lists."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsim.mime import Address, addresses, envelope, parse
from mailsim.mime.addresses import GROUP_END

ADDRESS_TEXT = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from([b"a", b"<", b">", b"@", b",", b":", b";", b'"', b"(", b")", b" ", b".", b"[", b"\\"])
    ).map(b"".join),
)
FIELDS = st.lists(
    st.tuples(st.sampled_from([b"Subject", b"From", b"To", b"Date", b"Message-ID", b"Cc", b"Sender"]), ADDRESS_TEXT),
    max_size=6,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"a@b", [Address(None, None, b"a", b"b")]),
        (b"A B <a@b>", [Address(b"A B", None, b"a", b"b")]),
        (b'"A, B" <a@b>, c@d', [Address(b"A, B", None, b"a", b"b"), Address(None, None, b"c", b"d")]),
        (b'"a \\"b" <x@y>', [Address(b'a "b', None, b"x", b"y")]),
        (b"John Q. Public <a@b>", [Address(b"John Q. Public", None, b"a", b"b")]),
        (b"a@b (Comment)", [Address(b"Comment", None, b"a", b"b")]),
        (b"A (c1) B <a@b> (c2)", [Address(b"A B", None, b"a", b"b")]),
        (b"<@r1, @r2 : a@b>", [Address(None, b"@r1,@r2", b"a", b"b")]),
        (b"a@[1.2.3.4]", [Address(None, None, b"a", b"[1.2.3.4]")]),
        (b'"a b"@x', [Address(None, None, b"a b", b"x")]),
        (b"a . b @ c . d", [Address(None, None, b"a.b", b"c.d")]),
        (b"undisclosed-recipients:;", [Address(None, None, b"undisclosed-recipients", None), GROUP_END]),
        (
            b"G: a@b, C <c@d>;, e@f",
            [
                Address(None, None, b"G", None),
                Address(None, None, b"a", b"b"),
                Address(b"C", None, b"c", b"d"),
                GROUP_END,
                Address(None, None, b"e", b"f"),
            ],
        ),
        (b"me", [Address(None, None, b"me", b"MISSING_DOMAIN")]),
        (b"me and you", [Address(b"me and you", None, b"MISSING_MAILBOX", b"MISSING_DOMAIN")]),
        (b"<>", [Address(None, None, b"MISSING_MAILBOX", b"MISSING_DOMAIN")]),
        (b" , a@b, ,", [Address(None, None, b"a", b"b")]),
        (b"A\r\n <a@b>,\r\n\tc@d", [Address(b"A", None, b"a", b"b"), Address(None, None, b"c", b"d")]),
    ],
)
def test_address_lists(value: bytes, expected: list[Address]) -> None:
    assert addresses(value) == expected


@given(ADDRESS_TEXT)
def test_groups_are_balanced_whatever_the_text(value: bytes) -> None:
    depth = 0
    for address in addresses(value):
        if address.host is None:
            depth += 1 if address.mailbox is not None else -1
        assert depth in (0, 1)
    assert depth == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FIELDS)
def test_an_envelope_has_ten_well_formed_fields(
    read_wire: Callable[[bytes], Any], fields: list[tuple[bytes, bytes]]
) -> None:
    data = b"".join(b"%b: %b\r\n" % field for field in fields) + b"\r\n"
    values = read_wire(envelope(parse(data)))
    assert len(values) == 10
    assert all(value is None or isinstance(value, bytes) for value in (*values[:2], *values[8:]))
    for people in values[2:8]:
        assert people is None or all(len(person) == 4 for person in people)


def test_sender_and_reply_to_default_to_from(read_wire: Callable[[bytes], Any]) -> None:
    values = read_wire(envelope(parse(b"From: A <a@b>\r\nSender:\r\n\r\n")))
    assert values[2] == values[3] == values[4] == [[b"A", None, b"a", b"b"]]


def test_missing_fields_are_nil() -> None:
    assert envelope(parse(b"")) == b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"


def test_eight_bit_text_is_a_literal() -> None:
    assert b" {6}\r\nw\xc3\xb6rld " in envelope(parse(b"Subject: w\xc3\xb6rld\r\n\r\n"))


def test_quotes_and_backslashes_are_escaped() -> None:
    assert b' "a\\"b\\\\" ' in envelope(parse(b'Subject: a"b\\\r\n\r\n'))


def test_a_nul_never_reaches_the_wire() -> None:
    assert b"\0" not in envelope(parse(b"Subject: a\0b\r\nFrom: \0 <\0@\0>\r\n\r\n"))
