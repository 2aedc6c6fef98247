"""The words of a mail: its plain text, or its HTML as text, without quotes and signatures."""

import re
from contextlib import suppress
from email.message import Message
from html.parser import HTMLParser
from typing import Any

from mailparser_reply.parser import EmailMessage as Mail

LANGUAGES = ["en", "de", "fr", "es", "it", "nl", "pl", "pt"]
LONGEST_TEXT = 20_000  # characters; a mail's own words are fewer
_LONGEST_MARKER = 200  # characters; no attribution line is longer
# A quoted mail at the end and the line above it, in whatever language that says who wrote it
_LAST_QUOTE = re.compile(r"^[^\n]*:[ \t]*\n\n?(?:>[^\n]*(?:\n|\Z))+\s*\Z", re.MULTILINE)
_HIDDEN = "\N{OBJECT REPLACEMENT CHARACTER}"


def reply_text(message: Message) -> str:
    """What the author wrote: the text above the quoted mail, without quoted lines and signature."""
    words = plain_text(message)[:LONGEST_TEXT]
    words = re.split(r"^-- ?$", words, maxsplit=1, flags=re.MULTILINE)[0]  # RFC 3676 section 4.3
    lines = _without_replies(_LAST_QUOTE.sub("", words)).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line for line in lines if not line.startswith(">"))).strip()


def plain_text(message: Message) -> str:
    """The first text of the mail that is not an attachment, plain preferred to HTML; empty if it has none."""
    parts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    shown = [part for part in parts if part.get_content_disposition() != "attachment"]
    by_type = {part.get_content_type(): part for part in reversed(shown)}
    if "text/plain" in by_type:
        return _decoded(by_type["text/plain"])
    return html_to_text(_decoded(by_type["text/html"])) if "text/html" in by_type else ""


def html_to_text(markup: str) -> str:
    """The text of an HTML page, its paragraphs apart; never raises."""
    reader = _HtmlText()
    with suppress(AssertionError):  # how the parser of the standard library gives up on a malformed declaration
        reader.feed(markup)
        reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_replies(words: str) -> str:
    """The text above the first reply header or farewell, in whichever language.

    The library's expressions take quadratic time in long lines and blank stretches, so it is not shown those.
    """
    words = re.sub(r"\n\s*\n", "\n\n", words)
    lines = words.split("\n")
    shown = "\n".join(line if len(line) <= _LONGEST_MARKER else f"{_HIDDEN}{at}" for at, line in enumerate(lines))
    mail: Any = Mail(text=shown, languages=LANGUAGES.copy(), keep_hyphen_lists=True)  # without type hints
    kept = mail.read().replies[0].body
    return re.sub(f"{_HIDDEN}([0-9]+)", lambda hidden: lines[int(hidden[1])], kept) or words


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        words = content.decode(part.get_content_charset("utf-8"), errors="replace")
    except (LookupError, ValueError):
        words = content.decode("utf-8", errors="replace")
    return words.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace(_HIDDEN, "")


class _HtmlText(HTMLParser):
    """Collects text, and a line end for each tag that makes one."""

    _UNSEEN = ("script", "style", "head", "title", "template")
    _BREAKS = ("p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "blockquote", "pre", "table")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in self._UNSEEN
        self._quoted += tag == "blockquote"
        if tag in self._BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in self._UNSEEN))
        self._quoted = max(0, self._quoted - (tag == "blockquote"))
        if tag in self._BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            line = " ".join(data.split("\n"))
            self.pieces.append(f"> {line}" if self._quoted and line.strip() else line)
