"""BODY and BODYSTRUCTURE, and the header fields they are made of."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailsim.mime import bodystructure, parse, summarize
from mailsim.mime.parameters import parameters, strip_comments

TYPES = st.sampled_from(
    [
        b"multipart/mixed; boundary=a",
        b"multipart/x; boundary=b",
        b"message/rfc822",
        b"text/plain; a=b",
        b"image/png",
        b"x",
    ]
)
LINES = st.one_of(
    TYPES.map(lambda kind: b"Content-Type: " + kind),
    st.binary(max_size=30).map(lambda value: b"Content-Disposition: " + value),
    st.binary(max_size=30).map(lambda value: b"Content-Language: " + value),
    st.binary(max_size=30).map(lambda value: b"Content-Type: text/plain; " + value),
    st.sampled_from([b"", b"--a", b"--b", b"--a--", b"--b--", b"body"]),
)


def check_body(value: list[Any], extended: bool) -> None:
    """Whether it is a `body` of RFC 3501 section 9."""
    if isinstance(value[0], list):
        children = [item for item in value if isinstance(item, list)]
        subtype = next(at for at, item in enumerate(value) if not isinstance(item, list))
        assert isinstance(value[subtype], bytes) and children
        assert len(value) == subtype + (5 if extended else 1)
        for child in value[:subtype]:
            check_body(child, extended)
        return
    assert all(isinstance(item, bytes) for item in (value[0], value[1], value[5])) and isinstance(value[6], int)
    assert value[2] is None or len(value[2]) % 2 == 0
    length = 7
    if (value[0].lower(), value[1].lower()) == (b"message", b"rfc822"):
        assert len(value[7]) == 10
        check_body(value[8], extended)
        length = 10
    elif value[0].lower() == b"text":
        length = 8
    assert len(value) == length + (4 if extended else 0)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=25), st.booleans())
def test_any_message_has_a_well_formed_structure(
    read_wire: Callable[[bytes], Any], lines: list[bytes], extended: bool
) -> None:
    check_body(read_wire(bodystructure(parse(b"\r\n".join(lines)), extended)), extended)


def test_a_plain_message_is_us_ascii_text() -> None:
    expected = b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 4 1)'
    assert bodystructure(parse(b"Subject: x\r\n\r\nhi\r\n"), extended=False) == expected


def test_a_multipart_without_parts_shows_an_empty_text() -> None:
    expected = b'(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed")'
    assert bodystructure(parse(b"Content-Type: multipart/mixed; boundary=a\r\n\r\nx\r\n"), extended=False) == expected


def test_the_extended_fields_of_a_part() -> None:
    data = (
        b"Content-Type: image/png\r\nContent-Disposition: attachment; filename=f\r\nContent-MD5: m\r\n"
        b"Content-Language: en, de\r\nContent-Location: l\r\nContent-ID: <i>\r\nContent-Description: d\r\n"
        b"Content-Transfer-Encoding: BASE64 (so)\r\n\r\n"
    )
    expected = b'("image" "png" NIL "<i>" "d" "BASE64" 0 "m" ("attachment" ("filename" "f")) ("en" "de") "l")'
    assert bodystructure(parse(data), extended=True) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"; a=b;c = d ;", [(b"a", b"b"), (b"c", b"d")]),
        (b'; a="b;\\"c"', [(b"a", b'b;"c')]),
        (b"; a; b=c", [(b"b", b"c")]),
        (b"; f=a/b", [(b"f", b"a/b")]),
        (b"; f*0=a; f*1=b", [(b"f", b"ab")]),
        (b"; F*1=b; f*0=a; z=1", [(b"z", b"1"), (b"f", b"ab")]),
        (b"; f*0*=utf-8''a%20; f*1=\"b%\"", [(b"f*", b"utf-8''a%20b%25")]),
        (b"; f*0=a; f*1*=b%20", [(b"f*", b"''ab%20")]),
        (b"; f*=utf-8''x", [(b"f*", b"utf-8''x")]),
        (b"; f*0=a; f*2=c", [(b"f*0", b"a"), (b"f*2", b"c")]),
    ],
)
def test_parameters(value: bytes, expected: list[tuple[bytes, bytes]]) -> None:
    assert parameters(value) == expected


@given(st.binary(max_size=60))
def test_any_text_has_parameters_and_comments(value: bytes) -> None:
    parameters(strip_comments(value))


def test_comments_nest_and_quotes_protect_them() -> None:
    assert strip_comments(b'a (b (c) \\) d) "(e)"') == b'a   "(e)"'


def test_a_broken_content_type_is_text_plain() -> None:
    part = parse(b"Content-Type: ???\r\n\r\n")
    assert (part.type, part.subtype) == (b"text", b"plain")


def test_a_summary_holds_what_a_fetch_sends() -> None:
    summary = summarize(b"Subject: x\r\n\r\nhi\r\n")
    assert summary["header"] == b"Subject: x\r\n\r\n"
    assert summary.keys() == {"envelope", "body", "bodystructure", "header"}
