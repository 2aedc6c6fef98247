"""Offsets of parts: parse takes any bytes, and what it says adds up."""

from hypothesis import given
from hypothesis import strategies as st

from mailsim.mime import Part, parse, section
from mailsim.mime.parser import LONGEST_HEADER, MAX_DEPTH, MAX_PARTS, walk

PIECES = [
    b"Content-Type: multipart/mixed; boundary=a\r\n",
    b"Content-Type: multipart/digest; boundary=ab\r\n",
    b"Content-Type: multipart/alternative; boundary=b\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Subject: x\r\n y\r\n",
    b"\r\n",
    b"\n",
    b"--a\r\n",
    b"--ab\r\n",
    b"--b\r\n",
    b"--a--\r\n",
    b"--ab--\r\n",
    b"--b--\r\n",
    b"text\r\n",
    b"--a",
    b"\r",
    b"\0",
]
MESSAGES = st.one_of(st.binary(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
NESTED = (
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n"
    b"--a\r\n\r\none\r\n"
    b"--a\r\nContent-Type: message/rfc822\r\n\r\n"
    b"Subject: in\r\nContent-Type: multipart/alternative; boundary=ab\r\n\r\n"
    b"--ab\r\n\r\nin one\r\n--ab\r\nContent-Type: text/html\r\n\r\n<p>\r\n--ab--\r\n"
    b"--a--\r\nepilogue\r\n"
)


def body(data: bytes, part: Part) -> bytes:
    return data[part.body_start : part.end]


@given(MESSAGES)
def test_parts_nest_and_do_not_overlap(data: bytes) -> None:
    root = parse(data)
    assert (root.header_start, root.end) == (0, len(data))
    for part in walk(root):
        assert part.header_start <= part.body_start <= part.end
        at = part.body_start
        for child in part.children:
            assert at <= child.header_start and child.end <= part.end
            at = child.end
        if part.message is not None:
            assert (part.message.header_start, part.message.end) == (part.body_start, part.end)


@given(MESSAGES)
def test_lines_are_the_line_ends_of_the_body(data: bytes) -> None:
    for part in walk(parse(data)):
        assert part.children or part.lines == body(data, part).count(b"\n")


@given(MESSAGES)
def test_header_and_text_make_the_whole_message(data: bytes) -> None:
    root = parse(data)
    whole, header, text = (section(data, root, (), what) for what in ("", "HEADER", "TEXT"))
    assert header is not None and text is not None and header + text == whole == data.replace(b"\0", b"\x80")


def test_lines_of_a_message_include_those_of_its_parts() -> None:
    message = parse(NESTED).children[1]
    assert message.lines == body(NESTED, message).count(b"\n") == 10


def test_nested_parts_have_their_own_bytes() -> None:
    bodies = [body(NESTED, part) for part in walk(parse(NESTED)) if part.is_text]
    assert bodies == [b"one", b"in one", b"<p>"]


def test_a_boundary_may_be_the_beginning_of_another() -> None:
    part = parse(NESTED)
    assert [child.type for child in part.children] == [b"text", b"message"]
    assert part.children[1].message is not None and len(part.children[1].message.children) == 2


def test_the_outer_boundary_ends_a_multipart_that_was_never_closed() -> None:
    data = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nin\r\n--a\r\n\r\nout\r\n"
    )
    root = parse(data)
    assert [body(data, part) for part in walk(root) if part.is_text] == [b"in", b"out\r\n"]


def test_a_part_without_a_blank_line_is_header_only() -> None:
    data = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/html\r\n--a--\r\n"
    child = parse(data).children[0]
    assert (child.subtype, body(data, child)) == (b"html", b"")
    assert data[child.header_start : child.body_start] == b"Content-Type: text/html"


def test_parts_of_a_digest_are_messages() -> None:
    data = b"Content-Type: multipart/digest; boundary=a\r\n\r\n--a\r\n\r\nSubject: x\r\n\r\nbody\r\n--a--\r\n"
    message = parse(data).children[0].message
    assert message is not None and message.headers == [(b"Subject", b" x")]


def test_bare_line_feeds_are_line_ends_too() -> None:
    data = NESTED.replace(b"\r\n", b"\n")
    assert [body(data, part) for part in walk(parse(data)) if part.is_text] == [b"one", b"in one", b"<p>"]


def test_raw_values_keep_their_folds() -> None:
    part = parse(b"Subject: a\r\n\tb\r\nX : y\r\nno colon\r\n\r\n")
    assert part.headers == [(b"Subject", b" a\r\n\tb"), (b"X", b" y"), (b"no colon", b"")]


def test_what_is_nested_too_deep_is_left_whole() -> None:
    data = b"Content-Type: message/rfc822\r\n\r\n" * (2 * MAX_DEPTH)
    parts = list(walk(parse(data)))
    assert len(parts) == MAX_DEPTH
    assert (parts[-1].type, parts[-1].subtype) == (b"application", b"octet-stream")


def test_the_number_of_parts_has_a_limit() -> None:
    data = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * (2 * MAX_PARTS)
    assert len(list(walk(parse(data)))) == MAX_PARTS


def test_an_endless_header_is_read_no_further_than_its_limit() -> None:
    data = b"To: a@b\r\n" * LONGEST_HEADER + b"\r\nbody"
    part = parse(data)
    assert body(data, part) == b"body"
    assert sum(len(name) + len(value) for name, value in part.headers) < LONGEST_HEADER
