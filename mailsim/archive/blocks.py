"""A body's own words told from what it quotes and from the signature."""

import enum
import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

_ATTRIBUTION = re.compile(r"@|\b\d{4}\b|\d:\d\d|\b(?:wrote|writes|schrieb|écrit|escribió|escreveu|scritto|scrive)\b")
_SIGNATURE_LINE = ("-- ", "--")  # the second is what trimmed white space leaves of it


class Kind(enum.StrEnum):
    """What a run of lines is."""

    TEXT = "text"
    QUOTE = "quote"
    SIGNATURE = "signature"


class Block(NamedTuple):
    """Lines of one kind. The texts of all blocks of a body, joined with `\\n`, are that body again."""

    kind: Kind
    text: str

    @property
    def lines(self) -> int:
        return len([line for line in self.text.split("\n") if line.strip()])


def split_blocks(text: str) -> tuple[Block, ...]:
    """Mark quotes (RFC 3676 section 4.5) with the line that introduces them, and the signature (section 4.3)."""
    lines = text.split("\n")
    kinds = [Kind.QUOTE if line.startswith(">") else Kind.TEXT for line in lines]
    _mark_attributions(lines, kinds)
    _mark_signature(lines, kinds)
    for at in range(1, len(lines)):
        if not lines[at].strip():  # a blank line belongs to what stands before it
            kinds[at] = kinds[at - 1]
    marked = itertools.groupby(zip(kinds, lines, strict=True), key=lambda pair: pair[0])
    return tuple(Block(kind, "\n".join(line for _, line in group)) for kind, group in marked)


def _mark_attributions(lines: Sequence[str], kinds: list[Kind]) -> None:
    """Count the line or two above a quote that say whose it is to the quote."""
    for start in range(1, len(lines)):
        if kinds[start] is Kind.QUOTE and kinds[start - 1] is Kind.TEXT:
            end = start if lines[start - 1].strip() else start - 1
            for begin in (end - 2, end - 1):
                if begin >= 0 and _introduces(lines[begin:end]) and Kind.QUOTE not in kinds[begin:end]:
                    kinds[begin:start] = [Kind.QUOTE] * (start - begin)
                    break


def _introduces(lines: Sequence[str]) -> bool:
    """Whether these lines are one sentence that says who wrote the quote below them, and when."""
    text = " ".join(lines).rstrip()
    one_sentence = all(line.strip() and line.rstrip()[-1] not in ".!?:;" for line in lines[:-1])
    return one_sentence and text.endswith(":") and bool(_ATTRIBUTION.search(text))


def _mark_signature(lines: Sequence[str], kinds: list[Kind]) -> None:
    """From the last signature line to the end, or to a quote that a writer on top left below it."""
    starts = [at for at, line in enumerate(lines) if line in _SIGNATURE_LINE and kinds[at] is Kind.TEXT]
    for at in range(starts[-1] if starts else len(lines), len(lines)):
        if kinds[at] is Kind.QUOTE:
            return
        kinds[at] = Kind.SIGNATURE
