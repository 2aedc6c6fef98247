"""HTML: one file that needs nothing else, the speakers in columns, for showing to others.

Nothing of a message is trusted: every word is escaped, no link is made, and the page's own Content-Security-Policy
forbids scripts and every load, and allows only this one style sheet, by its hash.
"""

import base64
import hashlib
from html import escape
from importlib.resources import files

from mailsim.archive import times
from mailsim.archive.blocks import Block, Kind
from mailsim.archive.formats.text import counted
from mailsim.archive.transcript import Message, Speaker, Transcript

COLUMNS = 3  # more speakers than this share one column and differ by colour
COLOURS = 8  # as many as the style sheet has


def html(transcript: Transcript) -> str:
    title = escape(transcript.thread.subject or "(no subject)")
    count = len(transcript.speakers)
    layout = f"columns-{count}" if 1 < count <= COLUMNS else "lanes"
    return f"""<!DOCTYPE html>
<html lang="en">
{_metadata(title)}
<body class="{layout}">
{_heading(transcript, title)}
<main>
<div class="speakers row">
{"".join(map(_speaker, transcript.speakers))}</div>
{_messages(transcript)}</main>
<footer>Thread {escape(transcript.thread.id)} · written in real email, kept by mailsim</footer>
</body>
</html>
"""


def _metadata(title: str) -> str:
    style = files(__package__).joinpath("transcript.css").read_text(encoding="utf-8")
    return f"""<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="mailsim">
<title>{title}</title>
<style>{style}</style>
</head>"""


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def _heading(transcript: Transcript, title: str) -> str:
    thread = transcript.thread
    length = times.span(thread.last - thread.first)
    facts = f"{counted(thread.messages)} in {length} · {times.day(thread.first)}"
    return f'<header>\n<h1 dir="auto">{title}</h1>\n<p class="facts">{facts}</p>\n</header>'


def _speaker(speaker: Speaker) -> str:
    return (
        f'<div class="speaker {_classes(speaker)}"><b dir="auto">{escape(speaker.label)}</b>'
        f" <span>{escape(speaker.who.address)}</span></div>\n"
    )


def _messages(transcript: Transcript) -> str:
    pieces: list[str] = []
    day = times.day(transcript.thread.first)
    for message in transcript.messages:
        today = times.day(message.entry.received)
        if today != day:
            pieces.append(f'<h2 class="day">{today}</h2>\n')
        pieces.append(_message(message))
        day = today
    return "".join(pieces)


def _message(message: Message) -> str:
    received = message.entry.received
    gap = f'<span class="gap">+{times.span(message.since_last)}</span>' if message.since_last is not None else ""
    label = escape(message.speaker.label)
    return f"""<article class="row" id="m{message.number}">
<div class="count"><a href="#m{message.number}">{message.number}</a>{gap}</div>
<div class="card {_classes(message.speaker)}">
<div class="who"><b dir="auto">{label}</b> <time datetime="{received.isoformat()}">{times.clock(received)}</time></div>
{_body(message)}</div>
</article>
"""


def _body(message: Message) -> str:
    shown = "".join(map(_block, message.blocks))
    attached = "".join(f'<div class="attached">attached: {escape(name)}</div>\n' for name in message.attachments)
    return shown + attached


def _block(block: Block) -> str:
    shown = block.text.partition("\n")[2] if block.kind is Kind.SIGNATURE else block.text
    text = escape(shown.strip("\n").rstrip())
    if not text:
        return ""
    if block.kind is Kind.QUOTE:
        lines = "1 quoted line" if block.lines == 1 else f"{block.lines} quoted lines"
        return f'<details><summary>{lines}</summary><div class="text">{text}</div></details>\n'
    return f'<div class="{block.kind}">{text}</div>\n'


def _classes(speaker: Speaker) -> str:
    return f"lane-{speaker.lane % COLUMNS} colour-{speaker.lane % COLOURS}"
