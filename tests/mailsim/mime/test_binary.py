"""Binary parts put into base64 (RFC 3516)."""

from hypothesis import given
from hypothesis import strategies as st

from mailsim.mime import decoded_body, parse
from mailsim.mime.binary import without_binary

HEADER = b"Subject: x\r\nContent-Transfer-Encoding:\r\n binary\r\n\r\n"


@given(st.binary())
def test_a_binary_body_stays_the_same_to_the_byte(body: bytes) -> None:
    data = without_binary(HEADER + body)
    part = parse(data)
    assert (part.encoding, decoded_body(data, part)) == (b"base64", body)
    assert data.isascii() and b"\0" not in data


@given(st.binary().filter(lambda data: b"binary" not in data.lower()))
def test_any_other_message_is_left_as_it_is(data: bytes) -> None:
    assert without_binary(data) == data


def test_only_the_binary_part_of_several_is_changed() -> None:
    start = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nplain \xff\r\n--x\r\n"
    end = b"\r\n--x--\r\nepilogue\r\n"
    data = without_binary(start + b"Content-Transfer-Encoding: binary\r\n\r\na\0b" + end)
    assert data == start + b"Content-Transfer-Encoding: base64\r\n\r\nYQBi\r\n" + end
