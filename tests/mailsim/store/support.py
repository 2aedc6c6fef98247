"""What the tests of the store have in common: a listener that notes what it hears, a summarizer that counts."""

from collections.abc import Sequence
from pathlib import Path

from mailsim.store import Listener

TEXT = b"Subject: hello\r\n\r\nhello\r\n"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class Ear:
    """A listener: what it heard, in order."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, list[int]]] = []
        self.actors: list[Listener | None] = []

    def arrived(self, uids: Sequence[int]) -> None:
        self.heard.append(("arrived", list(uids)))

    def flags_changed(self, uids: Sequence[int], actor: Listener | None) -> None:
        self.heard.append(("flags", list(uids)))
        self.actors.append(actor)

    def expunged(self, uids: Sequence[int]) -> None:
        self.heard.append(("expunged", list(uids)))


class Summaries:
    """A summarizer that counts how often it had to work."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, content: bytes) -> dict[str, bytes]:
        self.made += 1
        return {"first": content[:4], "last": content[-4:]}
