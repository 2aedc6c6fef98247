"""THREAD (RFC 5256 section 3)."""

from mailsim.imap.commands.search import find
from mailsim.imap.reading import Reading, readings
from mailsim.imap.session import Session
from mailsim.imap.threads import Node, by_references, by_subject
from mailsim.imap.wire.search import Thread

ALGORITHMS = {"REFERENCES": by_references, "ORDEREDSUBJECT": by_subject}


async def thread(session: Session, command: Thread) -> None:
    found = list(readings(session.view, await find(session, command.keys)))
    for reading in found:
        _ = reading.header  # read ahead, so that the sorting below need not wait
        if session.turn_over:
            await session.breathe()
    roots = ALGORITHMS[command.algorithm](found)
    session.write(b"* THREAD " + "".join(_text(root, command.by_uid) for root in roots).encode())


def _text(root: Node, by_uid: bool) -> str:
    """`(1 2 (3)(4 5))`: a line of single answers is flat, of several answers each has parentheses of its own."""
    pieces: list[str] = []
    todo: list[Node | str] = [root]  # a stack of our own: a conversation may be deeper than Python's
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        line, branches = _line(item)
        numbers = " ".join(_number(reading, by_uid) for reading in line)
        pieces.append(f"({numbers} " if numbers and branches else f"({numbers}")
        todo += [")", *reversed(branches)]
    return "".join(pieces)


def _line(node: Node) -> tuple[list[Reading], list[Node]]:
    """The messages from `node` downwards as long as each has one answer, and the answers where it has several."""
    line = [node.reading] if node.reading else []
    while len(node.children) == 1:
        node = node.children[0]
        line += [node.reading] if node.reading else []
    return line, node.children


def _number(reading: Reading, by_uid: bool) -> str:
    return str(reading.message.uid if by_uid else reading.number)


HANDLERS = {Thread: thread}
