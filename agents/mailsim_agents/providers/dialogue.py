"""A conversation in the chat dialect every LLM service speaks: roles `user` and `assistant`, by turns."""

import re
from itertools import groupby

from mailsim_agents.providers.base import Request, Turn

BEGIN = "(You write the first mail of this correspondence.)"
GO_ON = "(There is no answer yet. You write once more.)"

_THINKING = re.compile(r"\A\s*<think(?:ing)?>.*?</think(?:ing)?>\s*", re.DOTALL)


def system_text(request: Request) -> str:
    """The persona's instructions, and what the correspondence is about."""
    subject = f"Subject of this correspondence: {request.subject}" if request.subject else ""
    return "\n\n".join(filter(None, (request.system.strip(), subject)))


def messages(request: Request) -> list[dict[str, str]]:
    """The turns as messages, own ones as `assistant`, all others as `user`, two never in a row from one side.

    It begins and ends with `user`: Anthropic's API and the chat templates of many local models demand it.
    Where several others take part, each of their messages begins with its speaker's name.
    """
    many = len({turn.speaker for turn in request.turns if not turn.own}) > 1
    merged = [
        {
            "role": "assistant" if own else "user",
            "content": "\n\n".join(_said(turn, many and not own) for turn in turns),
        }
        for own, turns in groupby(request.turns, key=lambda turn: turn.own)
    ]
    if not merged or merged[0]["role"] == "assistant":
        merged.insert(0, {"role": "user", "content": BEGIN})
    if merged[-1]["role"] == "assistant":
        merged.append({"role": "user", "content": GO_ON})
    return merged


def without_thinking(text: str) -> str:
    """The answer without the reasoning that some local models write in front of it."""
    return _THINKING.sub("", text).strip()


def _said(turn: Turn, named: bool) -> str:
    text = turn.text.strip() or "(an empty mail)"
    return f"{turn.speaker}:\n{text}" if named else text
