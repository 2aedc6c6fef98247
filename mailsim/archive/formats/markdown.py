"""Markdown: a heading a message. What a message says keeps its own emphasis and lists, and can break nothing else."""

import re

from mailsim.archive import times
from mailsim.archive.formats.text import counted, since_last, words
from mailsim.archive.transcript import Message, Transcript

# What CommonMark would read as HTML, a link, an image or an escape; behind the marks that can begin a line, a heading,
# the underline of one, or a fence that swallows all that follows; a line of nothing but marks may be a rule.
_INLINE = re.compile(r"[\\<\[\]]")
_OPENER = re.compile(r"^([ \t>*+0-9.)-]*+)(?=[#=]|`{3}|~{3})", re.MULTILINE)
_RULE = re.compile(r"^[ \t>*+0-9.)_-]++$", re.MULTILINE)
_MARK = re.compile(r"[*_-]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")


def markdown(transcript: Transcript) -> str:
    thread = transcript.thread
    speakers = "\n".join(
        f"- **{_plain(speaker.label)}**, {_plain(speaker.who.address)}" for speaker in transcript.speakers
    )
    parts = [
        f"# {_plain(thread.subject) or '(no subject)'}",
        f"Thread {thread.id}, {counted(thread.messages)}, from {times.moment(thread.first)}"
        f" to {times.moment(thread.last)} ({thread.first:%Z})",
        speakers,
        *map(_message, transcript.messages),
    ]
    return "\n\n".join(parts) + "\n"


def _message(message: Message) -> str:
    head = f"{message.number}. {_plain(message.speaker.label)}"
    when = f"*{times.clock(message.entry.received)}{since_last(message)}*"
    return f"## {head}\n\n{when}\n\n{_harmless(words(message))}"


def _plain(line: str) -> str:
    return _SPECIAL.sub(r"\\\1", line)


def _harmless(text: str) -> str:
    text = _OPENER.sub(r"\1\\", _INLINE.sub(r"\\\g<0>", text))
    return _RULE.sub(lambda rule: _MARK.sub(r"\\\g<0>", rule[0]), text)
