"""The formats of a transcript, one small file each. A new one is a function and a line here."""

from collections.abc import Callable, Mapping

from mailsim.archive.formats.html import html
from mailsim.archive.formats.jsonl import jsonl
from mailsim.archive.formats.markdown import markdown
from mailsim.archive.formats.mbox import mbox
from mailsim.archive.formats.text import text
from mailsim.archive.transcript import Transcript

FORMATS: Mapping[str, Callable[[Transcript], str | bytes]] = {
    "html": html,
    "md": markdown,
    "txt": text,
    "jsonl": jsonl,
    "mbox": mbox,
}


def render(transcript: Transcript, fmt: str) -> str | bytes:
    """The transcript in one of FORMATS: str to be written as UTF-8, or bytes as they are (mbox)."""
    return FORMATS[fmt](transcript)
