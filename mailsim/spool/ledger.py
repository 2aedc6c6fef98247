"""The ledger of accepted submissions: the same message handed in twice is delivered once.

A client that did not see the 250 hands its message in again (RFC 5321 section 4.5.4.1 tells it to), and so does an
agent that was killed before it noted the 250. Both are known by account and Message-ID.

`accepted.log` has a line for each acceptance and, once the spool has let go of the message for good, a line that says
so. An acceptance without that line and without its message in the queue never became durable, and does not count.
"""

import json
import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from mailsim.spool.envelope import Envelope
from mailsim.store.files import replace

log = logging.getLogger(__name__)
KEPT = 50_000  # newest acceptances remembered, about 500 bytes of memory each


@dataclass(frozen=True, slots=True)
class Accepted:
    """A submission taken before: its first spool id, whose and what it was, the addresses it was taken for."""

    id: str
    account: str
    digest: str
    recipients: frozenset[str]


class Ledger:
    """What was accepted, in memory for the look-up and in an append-only file for after a restart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._accepted: dict[bytes, Accepted] = {}
        self._undo: dict[str, tuple[bytes, Accepted | None]] = {}

    def load(self, waiting: Iterable[Envelope]) -> None:
        """Read the file, reconcile it with the messages in the queue, and write it anew without what is too old."""
        queued = {envelope.id: envelope for envelope in waiting}
        lines = list(self._lines())
        done = {line["done"] for line in lines if "done" in line}
        taken = [line for line in lines if line.get("id") in done | queued.keys()][-KEPT:]
        missing = queued.keys() - {line["id"] for line in taken}
        taken += [_line(queued[id]) for id in sorted(missing)]
        for line in taken:
            self._apply(line)
        self._rewrite(taken, done)

    def find(self, given_id: str) -> Accepted | None:
        """What was accepted under this Message-ID, if anything."""
        return self._accepted.get(_key(given_id))

    def add(self, envelope: Envelope) -> None:
        """Note an acceptance; `confirm` or `forget` it once it is known whether the disk has it."""
        line = _line(envelope)
        self._undo[envelope.id] = self._apply(line)
        self._append([line])

    def forget(self, id: str) -> None:
        """Take back an acceptance that did not become durable."""
        key, before = self._undo.pop(id, (b"", None))
        self._accepted.pop(key, None)
        if before:
            self._accepted[key] = before

    def confirm(self, id: str) -> None:
        """The acceptance is durable."""
        self._undo.pop(id, None)

    def settle(self, ids: Collection[str]) -> None:
        """Note that the spool is about to let go of these messages; make `path` durable before it does."""
        self._append([{"done": id} for id in ids])

    def _apply(self, line: dict[str, Any]) -> tuple[bytes, Accepted | None]:
        key = _key(line["given_id"])
        before = self._accepted.pop(key, None)
        recipients = frozenset(line["recipients"]) | (before.recipients if before else frozenset())
        first = before.id if before else line["id"]
        self._accepted[key] = Accepted(first, line["account"], line["digest"], recipients)
        if len(self._accepted) > KEPT:
            del self._accepted[next(iter(self._accepted))]
        return key, before

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, text in enumerate(file, 1):
                try:
                    if text.strip():
                        yield _checked(json.loads(text))
                except (ValueError, RecursionError):
                    log.warning("%s:%d: not a line of the ledger, passed over", self.path, number)

    def _append(self, lines: list[dict[str, Any]]) -> None:
        with self.path.open("ab") as file:
            file.write(_text(lines))

    def _rewrite(self, taken: list[dict[str, Any]], done: set[str]) -> None:
        closed = [{"done": line["id"]} for line in taken if line["id"] in done]
        replace(self.path, _text([*taken, *closed]).decode())


def _text(lines: Iterable[dict[str, Any]]) -> bytes:
    """Each line begins with its line end, so that one torn by a full disk spoils none but itself."""
    return b"".join(b"\n" + json.dumps(line).encode() for line in lines)


def _key(given_id: str) -> bytes:
    return blake2b(given_id.encode(errors="replace"), digest_size=16).digest()


def _line(envelope: Envelope) -> dict[str, Any]:
    names = ("id", "account", "given_id", "digest", "recipients")
    return {name: getattr(envelope, name) for name in names}


def _checked(line: Any) -> dict[str, Any]:
    """`line` if it has the shape of one; raises ValueError."""
    texts = ("done",) if isinstance(line, dict) and "done" in line else ("id", "account", "given_id", "digest")
    if not isinstance(line, dict) or not all(isinstance(line.get(name), str) for name in texts):
        raise ValueError("neither an acceptance nor its end")
    recipients = line.get("recipients", [])
    if not isinstance(recipients, list) or not all(isinstance(text, str) for text in recipients):
        raise ValueError("recipients are a list of addresses")
    return line
