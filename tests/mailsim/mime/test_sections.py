"""BODY[section]: which bytes a path and a name mean."""

import pytest

from mailsim.mime import parse, section

HEADER = b"Subject: out\r\nFrom: a@b\r\n c\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n"
INNER_HEADER = b"Subject: in\r\n\r\n"
MESSAGE_HEADER = b"Content-Type: message/rfc822\r\n\r\n"
DATA = (
    HEADER + b"--a\r\n\r\none\r\n--a\r\n" + MESSAGE_HEADER + INNER_HEADER + b"inner\r\n\r\n--a--\r\n"
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "what", "expected"),
    [
        ((), "", DATA),
        ((), "HEADER", HEADER),
        ((), "TEXT", DATA[len(HEADER) :]),
        ((), "MIME", None),
        ((1,), "", b"one"),
        ((1,), "MIME", b"\r\n"),
        ((1,), "HEADER", None),
        ((1, 1), "", None),
        ((2,), "", INNER_HEADER + b"inner\r\n"),
        ((2,), "MIME", MESSAGE_HEADER),
        ((2,), "HEADER", INNER_HEADER),
        ((2,), "TEXT", b"inner\r\n"),
        ((2, 1), "", b"inner\r\n"),
        ((2, 1), "MIME", INNER_HEADER),
        ((2, 2), "", None),
        ((3,), "", None),
        ((0,), "", None),
    ],
)
def test_sections_of_a_multipart(path: tuple[int, ...], what: str, expected: bytes | None) -> None:
    assert section(DATA, parse(DATA), path, what) == expected


def test_the_body_of_a_plain_message_is_part_one() -> None:
    data = b"Subject: x\r\n\r\nbody"
    assert section(data, parse(data), (1,), "") == b"body"
    assert section(data, parse(data), (1, 1), "") is None


def test_the_parts_of_a_message_that_is_itself_a_message() -> None:
    data = MESSAGE_HEADER + INNER_HEADER + b"x"
    root = parse(data)
    assert section(data, root, (1,), "HEADER") == INNER_HEADER
    assert section(data, root, (1, 1), "") == b"x"


def test_header_fields_keep_order_folds_and_blank_line() -> None:
    fields = section(DATA, parse(DATA), (), "HEADER.FIELDS", [b"FROM", b"subject", b"x"])
    assert fields == b"Subject: out\r\nFrom: a@b\r\n c\r\n\r\n"


def test_all_header_fields_but_some() -> None:
    fields = section(DATA, parse(DATA), (), "HEADER.FIELDS.NOT", [b"from", b"content-type"])
    assert fields == b"Subject: out\r\n\r\n"


def test_no_wanted_header_field_leaves_the_blank_line() -> None:
    assert section(DATA, parse(DATA), (), "HEADER.FIELDS", [b"x"]) == b"\r\n"


def test_a_header_without_a_blank_line_gets_none_from_fields_not() -> None:
    data = b"Subject: x\r\nFrom: y\r\n"
    assert section(data, parse(data), (), "HEADER.FIELDS.NOT", [b"from"]) == b"Subject: x\r\n"


def test_a_nul_comes_out_as_another_byte() -> None:
    assert section(b"\r\na\0b", parse(b"\r\na\0b"), (1,), "") == b"a\x80b"
