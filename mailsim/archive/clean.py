"""Text of strangers made harmless to look at: no terminal commands, no overriding of the reading direction."""

import re

# ECMA-48 sections 5.4 and 5.6: control sequences (CSI) and control strings (OSC, DCS …), in 7 and in 8 bits. A string
# that is never closed ends with its line, so that it cannot swallow the rest of a message.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[PX\]^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
_LINE_END = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")
# The overrides and isolates of Unicode's bidirectional algorithm (UAX 9 section 2); plain marks, which right-to-left
# text needs, stay.
_UNSAFE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LONGEST_LINE = 500


def clean(text: str) -> str:
    """The text with `\\n` as its only line end and `\\n` and tab as its only control characters."""
    text = _LINE_END.sub("\n", _ESCAPE.sub("", text))
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", _UNSAFE.sub("", text))


def one_line(text: str) -> str:
    """The same for a name or a subject: white space made single spaces, and cut at 500 characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
