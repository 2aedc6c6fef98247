"""Decoded text for SEARCH and SORT, base subjects and dates."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim.mime import base_subject, decoded_body, header_text, parse, search_text, sent_date


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?q?w=C3=B6_x?=", "wö x"),
        (b"=?utf-8?b?w7Y=?=", "ö"),
        (b"=?utf-8?b?w7Y=?= \r\n =?iso-8859-1?q?=F6?= end", "öö end"),
        (b"=?utf-8*de?q?=C3=B6?=", "ö"),
        (b"=?x-unknown?q?=C3=B6?=", "ö"),
        (b"=?utf-8?b?w7Y?=", "ö"),
        (b"raw \xc3\xb6", "raw ö"),
        (b"=?utf-8?x?a?=", "=?utf-8?x?a?="),
    ],
)
def test_encoded_words_are_decoded(raw: bytes, expected: str) -> None:
    assert header_text(parse(b"Subject: " + raw + b"\r\n\r\n"), "SUBJECT") == expected


def test_header_text_joins_repeated_fields() -> None:
    assert header_text(parse(b"X: a\r\nX: b\r\n\r\n"), b"x") == "a\nb"


@pytest.mark.parametrize(
    ("encoding", "body", "expected"),
    [
        (b"base64", b"aGVs\r\nbG8=\r\n", b"hello"),
        (b"base64", b"aGVsb", b"hel"),
        (b"quoted-printable", b"a=3Db=\r\nc\r\n", b"a=bc\r\n"),
        (b"quoted-printable", b"a \t\r\nb= \t\r\nc\td ", b"a\r\nbc\td"),
        (b"8bit", b"\xff\0", b"\xff\0"),
        (b"x-unknown", b"a", b"a"),
    ],
)
def test_transfer_encodings_are_undone(encoding: bytes, body: bytes, expected: bytes) -> None:
    data = b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body
    assert decoded_body(data, parse(data)) == expected


def test_search_text_is_every_text_part_in_its_charset() -> None:
    data = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        b"--a\r\nContent-Type: text/plain; charset=iso-8859-1\r\n\r\n\xf6ne\r\n"
        b"--a\r\nContent-Type: image/png\r\n\r\npixels\r\n"
        b"--a\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?=C3=B6?=\r\n\r\ninner\r\n--a--\r\n"
    )
    assert search_text(data, parse(data)).split("\n") == ["öne", "Subject: ö", "inner"]


@given(
    charset=st.one_of(
        st.sampled_from([b"idna", b"punycode", b"rot13", b"undefined", b"utf-16"]), st.binary(max_size=9)
    ),
    encoding=st.sampled_from([b"base64", b"quoted-printable", b"7bit"]),
    body=st.binary(max_size=60),
)
def test_any_body_has_a_text(charset: bytes, encoding: bytes, body: bytes) -> None:
    data = b'Content-Type: text/plain; charset="%b"\r\nContent-Transfer-Encoding: %b\r\n\r\n' % (charset, encoding)
    search_text(data + body, parse(data + body))


@given(st.binary(max_size=80))
def test_any_header_has_a_text(value: bytes) -> None:
    header_text(parse(b"Subject: =?utf-8?b?" + value + b"?=\r\n\r\n"), "subject")


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("hello", ("hello", False)),
        ("Re: hello", ("hello", True)),
        ("RE : [list] Fwd: hello  world (fwd) ", ("hello world", True)),
        ("Fw: re[2]: hello", ("hello", True)),
        ("[list] hello", ("hello", False)),
        ("[list]", ("[list]", False)),
        ("[fwd: Re: hello]", ("hello", True)),
        ("[a][b] re: x", ("x", True)),
        ("Regarding: x", ("Regarding: x", False)),
        ("re:", ("", True)),
        ("", ("", False)),
    ],
)
def test_base_subjects(subject: str, expected: tuple[str, bool]) -> None:
    assert base_subject(subject) == expected


@given(st.lists(st.sampled_from(["re", ":", " ", "[", "]", "fwd", "(fwd)", "x", "[fwd:"])).map("".join))
def test_a_base_subject_is_its_own_base(subject: str) -> None:
    base, _ = base_subject(subject)
    assert base_subject(base) == (base, False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"Mon, 1 Jan 2024 10:00:00 +0100", datetime(2024, 1, 1, 10, tzinfo=timezone(timedelta(hours=1)))),
        (b"1 Jan 24 10:00 GMT (comment)", datetime(2024, 1, 1, 10, tzinfo=UTC)),
        (b"Mon, 31 Dec 2016 23:59:60 -0000", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (b"30 Feb 2024 10:00:00 +0000", None),
        (b"yesterday", None),
    ],
)
def test_sent_dates(value: bytes, expected: datetime | None) -> None:
    assert sent_date(parse(b"Date: " + value + b"\r\n\r\n")) == expected


def test_the_date_as_written_is_kept_whatever_the_zone() -> None:
    sent = sent_date(parse(b"Date: Mon, 1 Jan 2024 00:30:00 +0900\r\n\r\n"))
    assert sent is not None and sent.date() == date(2024, 1, 1)


@given(st.one_of(st.binary(max_size=40), st.text("0123456789:+- JanMo,", max_size=40).map(str.encode)))
def test_any_date_field_is_a_date_or_none(value: bytes) -> None:
    sent = sent_date(parse(b"Date: " + value + b"\r\n\r\n"))
    assert sent is None or sent.tzinfo is not None
