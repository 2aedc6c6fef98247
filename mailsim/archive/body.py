"""The text of a message as its writer meant it to be read, and the names of what is attached."""

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

from mailsim import mime
from mailsim.archive.clean import clean, one_line
from mailsim.mime.text import decode_words, to_text

_MARKUP = re.compile(r"<!--|-->|<(?P<slash>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)[^<>]*+>|<[!?][^<>]*+>")
_SILENT_UNTIL = {"<!--": "-->", "script": "/script", "style": "/style", "title": "/title", "template": "/template"}
_BLOCKS = ("address", "blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "pre", "table", "tr", "ul", "ol")
_BREAKS = {"br": "\n", "p": "\n\n", "/p": "\n\n"} | {end + name: "\n" for name in _BLOCKS for end in ("", "/")}
_SPACE = re.compile(r"\s++")
_BLANK_LINES = re.compile(r"\n{3,}+")


class Body(NamedTuple):
    """`text` is clean, with `\\n` as line end; `attachments` are file names, or types where there is none."""

    text: str
    attachments: tuple[str, ...]


def read_body(raw: bytes) -> Body:
    """The body of a message; any bytes at all give one."""
    parts = list(_shown(mime.parse(raw)))
    texts = [_text(raw, part) for part in parts if not _is_attachment(part)]
    return Body("\n\n".join(texts).strip("\n"), tuple(_name(part) for part in parts if _is_attachment(part)))


def _shown(part: mime.Part) -> Iterator[mime.Part]:
    """The leaves a reader is shown: of alternatives (RFC 2046 section 5.1.4) the plain one, or else the last."""
    todo = [part]
    while todo:
        each = todo.pop()
        if each.is_multipart and each.children:
            todo += reversed(_chosen(each))
        elif not each.is_multipart:
            yield each


def _chosen(part: mime.Part) -> list[mime.Part]:
    if part.subtype.lower() != b"alternative":
        return part.children
    plain = [child for child in part.children if child.is_text and child.subtype.lower() == b"plain"]
    return (plain or part.children)[-1:]


def _is_attachment(part: mime.Part) -> bool:
    return not part.is_text or (part.disposition or (b"", []))[0].lower() == b"attachment"


def _name(part: mime.Part) -> str:
    named = [*(part.disposition or (b"", []))[1], *part.params]
    name = next((value for key, value in named if key.lower() in (b"filename", b"name")), b"")
    return one_line(decode_words(name or part.type + b"/" + part.subtype))


def _text(raw: bytes, part: mime.Part) -> str:
    params = {key.lower(): value for key, value in part.params}
    text = clean(to_text(mime.decoded_body(raw, part), params.get(b"charset", b"utf-8")))
    if part.subtype.lower() == b"html":
        return _without_markup(text)
    if params.get(b"format", b"").lower() == b"flowed":
        return _unflowed(text, params.get(b"delsp", b"").lower() == b"yes")
    return text


def _unflowed(text: str, delete_space: bool) -> str:
    """Paragraphs that were broken for transport put together again (RFC 3676 section 4)."""
    lines: list[str] = []
    depth_before, goes_on = 0, False
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        if goes_on and depth == depth_before and content != "-- ":
            lines[-1] = (lines[-1][:-1] if delete_space else lines[-1]) + content
        else:
            lines.append(">" * depth + (" " if depth else "") + content)
        depth_before, goes_on = depth, content.endswith(" ") and content != "-- "
    return "\n".join(lines)


def _without_markup(markup: str) -> str:
    """The words of an HTML body, with a line break where a block begins or ends.

    One pass in linear time, which the standard library's parser does not promise for hostile markup.
    """
    pieces, until, at = [], "", 0
    for match in _MARKUP.finditer(markup):
        token = f"{match['slash']}{match['name']}".lower() if match["name"] else match[0]
        if not until:
            pieces += [_words(markup[at : match.start()]), _BREAKS.get(token, "")]
            until = _SILENT_UNTIL.get(token, "")
        elif token == until:
            until = ""
        at = match.end()
    pieces.append("" if until else _words(markup[at:]))
    lines = (line.strip() for line in "".join(pieces).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _words(text: str) -> str:
    return _SPACE.sub(" ", clean(html.unescape(text)))
