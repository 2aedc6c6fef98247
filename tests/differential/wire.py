"""Reads what an IMAP server says (RFC 3501 section 7) into values that can be compared."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

PATIENCE = 60.0  # seconds until a missing answer fails the test
LITERAL_AT_END = re.compile(rb"~?\{(\d+)\}\r\n\Z")
TOKEN = re.compile(
    rb'\s*(?: (\() | (\)) | "((?:[^"\\]|\\.)*)" | ~?\{(\d+)\}\r\n | ((?:[^\s()\[\]"{] | \[(?:[^\]"]|"[^"]*")*\])+) )',
    re.VERBOSE,
)
STATUS = re.compile(rb"(OK|NO|BAD|BYE|PREAUTH)(?: \[([^\]]*)\])?")


@dataclass(frozen=True)
class Response:
    """One response: `kind` is its name in capitals, `values` its atoms (str), strings (bytes) and lists (tuples).

    A status response has its code as values; its text, which is for people, is not kept.
    """

    tag: str
    kind: str
    number: int
    values: tuple[Any, ...]


async def read_response(reader: asyncio.StreamReader) -> Response:
    line = await _line(reader)
    tag, _, rest = line.removesuffix(b"\r\n").partition(b" ")
    if status := STATUS.match(rest):
        return Response(tag.decode(), status[1].decode(), 0, tuple(read_values(status[2] or b"")))
    if tag == b"+":
        return Response("+", "", 0, ())
    values = read_values(rest)
    number = int(values.pop(0)) if values[0].isdecimal() else 0
    return Response(tag.decode(), values.pop(0).upper(), number, tuple(values))


async def _line(reader: asyncio.StreamReader) -> bytes:
    line = b""
    while True:
        line += await asyncio.wait_for(reader.readline(), PATIENCE)
        assert line.endswith(b"\n"), f"the server hung up after {line[-200:]!r}"
        if not (literal := LITERAL_AT_END.search(line)):
            return line
        line += await asyncio.wait_for(reader.readexactly(int(literal[1])), PATIENCE)


def read_values(text: bytes) -> list[Any]:
    """Atoms as str, NIL as None, quoted strings and literals alike as bytes, lists as tuples."""
    stack: list[list[Any]] = [[]]
    at = 0
    while match := TOKEN.match(text, at):
        at = match.end()
        opened, closed, quoted, literal, atom = match.groups()
        if opened:
            stack.append([])
        elif closed:
            inner = tuple(stack.pop())
            stack[-1].append(inner)
        elif quoted is not None:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", quoted))
        elif literal is not None:
            stack[-1].append(text[at : at + int(literal)])
            at += int(literal)
        else:
            stack[-1].append(None if atom == b"NIL" else atom.decode("latin-1"))
    assert len(stack) == 1 and not text[at:].strip(), f"cannot read {text[at : at + 100]!r} of {text[:100]!r}"
    return stack[0]


class Client:
    """One connection. `modseq` is the last HIGHESTMODSEQ that this server told it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._asked = 0
        self.modseq = 1

    async def greeting(self) -> Response:
        return await read_response(self._reader)

    async def ask(self, command: bytes) -> list[Response]:
        """Send a command; its responses, the tagged one last. `$modseq` stands for the last modseq told."""
        self._asked += 1
        tag = f"t{self._asked}"
        self._writer.write(tag.encode() + b" " + command.replace(b"$modseq", b"%d" % self.modseq) + b"\r\n")
        responses = [await read_response(self._reader)]
        while responses[-1].tag != tag:
            responses.append(await read_response(self._reader))
        for response in responses:
            if response.kind == "OK" and response.values[:1] == ("HIGHESTMODSEQ",):
                self.modseq = int(response.values[1])
        return responses

    def close(self) -> None:
        self._writer.close()
