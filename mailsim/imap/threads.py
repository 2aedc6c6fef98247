"""The threading algorithms of RFC 5256 section 3: ORDEREDSUBJECT and REFERENCES."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mailsim.imap.reading import Reading
from mailsim.mime import base_subject, collated, header_text

MESSAGE_ID = re.compile(rb"<[^<>\s]+>")
NEVER = datetime.min.replace(tzinfo=UTC)
Order = tuple[datetime, int]


@dataclass(eq=False, slots=True)
class Node:
    """A message and the answers to it; without a message it stands for one that is not among those found."""

    reading: Reading | None = None
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    order: Order = (NEVER, 0)  # by sent date, then by number

    def leave(self) -> None:
        """Be nobody's child."""
        if self.parent is not None:
            self.parent.children.remove(self)
            self.parent = None

    def adopt(self, child: "Node") -> None:
        child.leave()
        child.parent = self
        self.children.append(child)

    def is_below(self, other: "Node") -> bool:
        """Whether `other` is this node or above it."""
        node: Node | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is other


def by_subject(found: Sequence[Reading]) -> list[Node]:
    """ORDEREDSUBJECT: messages of one base subject are answers to the earliest of them."""
    roots: dict[str, Node] = {}
    for reading in sorted(found, key=_order):
        node = Node(reading, order=_order(reading))
        root = roots.setdefault(_subject(reading)[0], node)
        if root is not node:
            root.adopt(node)
    return list(roots.values())


def by_references(found: Sequence[Reading]) -> list[Node]:
    """REFERENCES: by the References and In-Reply-To fields, then by subject among what remains apart."""
    top = Node()
    for root in [node for node in _linked(found) if node.parent is None]:
        top.adopt(root)
    _prune(top)
    _sort(top)
    _join_subjects(top)
    _sort(top)
    return top.children


def _order(reading: Reading) -> Order:
    return reading.sent.astimezone(UTC), reading.number


def _subject(reading: Reading) -> tuple[str, bool]:
    subject, is_reply = base_subject(header_text(reading.header, b"subject"))
    return collated(subject), is_reply


def _linked(found: Iterable[Reading]) -> Iterator[Node]:
    """Step 1: every message, and every one it refers to, with its parent if it has one."""
    nodes: dict[bytes, Node] = {}
    for reading in found:
        node = _node_of(reading, nodes)
        parent = None
        for message_id in _references(reading):
            ancestor = nodes.setdefault(message_id, Node())
            if parent is not None and ancestor.parent is None and not parent.is_below(ancestor):
                parent.adopt(ancestor)
            parent = ancestor
        node.leave()  # what others said of its parent counts less than what it says itself
        if parent is not None and not parent.is_below(node):
            parent.adopt(node)
    return iter(nodes.values())


def _node_of(reading: Reading, nodes: dict[bytes, Node]) -> Node:
    """A message without an id of its own, or with one seen before, counts as one nobody refers to."""
    ids = MESSAGE_ID.findall(reading.header.first(b"message-id") or b"")
    name = ids[0] if ids else b"%d" % reading.number
    node = nodes.setdefault(name, Node())
    if node.reading is not None:
        node = nodes[b"%d" % reading.number] = Node()
    node.reading, node.order = reading, _order(reading)
    return node


def _references(reading: Reading) -> list[bytes]:
    references = MESSAGE_ID.findall(reading.header.first(b"references") or b"")
    return references or MESSAGE_ID.findall(reading.header.first(b"in-reply-to") or b"")[:1]


def _downwards(top: Node) -> list[Node]:
    """`top` and all below it, each before those below it."""
    nodes = [top]
    for node in nodes:
        nodes.extend(node.children)
    return nodes


def _prune(top: Node) -> None:
    """Step 3: a node without message gives way to its children; at the top only if there is but one."""
    for node in reversed(_downwards(top)[1:]):
        parent = node.parent
        assert parent is not None
        if node.reading is None and (len(node.children) < 2 or parent is not top):
            parent.children.remove(node)
            for child in node.children:
                child.parent = parent
                parent.children.append(child)


def _sort(top: Node) -> None:
    """Steps 4 and 6: siblings by date; a node without message counts as its first child."""
    for node in reversed(_downwards(top)):
        node.children.sort(key=lambda child: child.order)
        if node.reading is None and node.children:
            node.order = node.children[0].order


def _join_subjects(top: Node) -> None:
    """Step 5: threads of the same base subject become one."""
    table: dict[str, Node] = {}
    for root in top.children:
        subject, is_reply = _thread_subject(root)
        known = table.get(subject)
        if subject and (known is None or _speaks_better(root, is_reply, known)):
            table[subject] = root
    for root in list(top.children):
        subject, is_reply = _thread_subject(root)
        known = table.get(subject)
        if known is not None and known is not root:
            table[subject] = _merged(top, known, root, is_reply)


def _thread_subject(root: Node) -> tuple[str, bool]:
    reading = root.reading or root.children[0].reading
    assert reading is not None
    return _subject(reading)


def _speaks_better(root: Node, is_reply: bool, known: Node) -> bool:
    """Whether `root` rather than `known` should stand for their subject (step 5.B.ii)."""
    if known.reading is None:
        return False
    return root.reading is None or (_thread_subject(known)[1] and not is_reply)


def _merged(top: Node, known: Node, root: Node, is_reply: bool) -> Node:
    """Step 5.C; returns what stands for the subject from now on."""
    if known.reading is None and root.reading is None:
        for child in list(root.children):
            known.adopt(child)
        top.children.remove(root)
        return known
    if known.reading is None or (is_reply and not _thread_subject(known)[1]):
        known.adopt(root)
        return known
    both = Node()
    top.adopt(both)
    both.adopt(known)
    both.adopt(root)
    return both
