"""A reader of IMAP's parenthesised text, strict where the grammar is (RFC 3501 section 9)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

ATOM = re.compile(rb"NIL|\d+")
QUOTED = re.compile(rb'"((?:[^"\\\r\n\x00\x80-\xff]|\\["\\])*)"')
LITERAL = re.compile(rb"\{(\d+)\}\r\n")


def _value(text: bytes, at: int) -> tuple[Any, int]:
    if text[at : at + 1] == b"(":
        return _list(text, at + 1)
    if match := QUOTED.match(text, at):
        return re.sub(rb"\\(.)", rb"\1", match[1]), match.end()
    if match := LITERAL.match(text, at):
        end = match.end() + int(match[1])
        literal = text[match.end() : end]
        assert len(literal) == int(match[1]) and b"\0" not in literal
        return literal, end
    match = ATOM.match(text, at)
    assert match, f"no value at {at}: {text[at : at + 40]!r}"
    return None if match[0] == b"NIL" else int(match[0]), match.end()


def _list(text: bytes, at: int) -> tuple[list[Any], int]:
    values = []
    while text[at : at + 1] != b")":
        if values:
            adjacent = isinstance(values[-1], list) and text[at : at + 1] == b"("  # bodies and addresses
            assert adjacent or text[at : at + 1] == b" ", f"no space at {at}: {text[at : at + 40]!r}"
            at += not adjacent
        value, at = _value(text, at)
        values.append(value)
    assert values, "an empty list is not in the grammar of ENVELOPE or BODYSTRUCTURE"
    return values, at + 1


@pytest.fixture
def read_wire() -> Callable[[bytes], Any]:
    """A function from wire text to nested lists of bytes, ints and None; fails a test on ill-formed text."""

    def read(text: bytes) -> Any:
        value, end = _value(text, 0)
        assert end == len(text), f"left over: {text[end:]!r}"
        return value

    return read
