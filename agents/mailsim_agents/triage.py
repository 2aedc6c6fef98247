"""Is an answer wanted? Rules alone decide, so that no model can be talked into a mail loop.

RFC 3834 forbids automatic answers to automatic mail. The one exception is what this program is for: a mail that a
fellow agent wrote says so itself in `X-Mailsim-Agent` and is answered like a person's; the relay's limit on the
length of a thread ends what would otherwise never end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message

from mailsim_agents import headers

AGENT_FIELD = "X-Mailsim-Agent"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to answer, and if not, why not (for the log)."""

    answer: bool
    reason: str = ""


def decide(mail: Message, address: str) -> Verdict:
    """Judge a mail in the INBOX of `address`; the first rule that objects gives the reason."""
    reason = next((reason for reason, objects in _RULES if objects(mail, address)), "")
    return Verdict(not reason, reason)


def by_fellow_agent(mail: Message) -> bool:
    """Whether the mail's author is an agent like this one: the mark must name the address it comes from."""
    author = sender(mail)
    return author is not None and author.is_same(headers.text(mail, AGENT_FIELD))


def sender(mail: Message) -> headers.Party | None:
    """Who wrote the mail; None for a mail without a usable From."""
    return next(iter(headers.parties(mail, "From")), None)


def _is_nobodys(mail: Message, _: str) -> bool:
    return sender(mail) is None


def _is_own(mail: Message, address: str) -> bool:
    author = sender(mail)
    return author is not None and author.is_same(address)


def _is_bounce(mail: Message, _: str) -> bool:
    """A delivery or disposition notification: null reverse-path (RFC 5321 4.5.5) or a report (RFC 6522)."""
    author = sender(mail)
    daemon = author is not None and author.address.lower().startswith(("mailer-daemon@", "postmaster@"))
    return headers.text(mail, "Return-Path") == "<>" or mail.get_content_type() == "multipart/report" or daemon


def _is_list(mail: Message, _: str) -> bool:
    """A mailing list's (RFC 2919, RFC 2369) or bulk mail."""
    listed = any(name in mail for name in ("List-Id", "List-Post", "List-Unsubscribe"))
    return listed or headers.first_token(mail, "Precedence") in ("bulk", "list", "junk")


def _is_automatic(mail: Message, _: str) -> bool:
    """Sent without a person (RFC 3834 section 5), and not by a fellow agent."""
    automatic = headers.first_token(mail, "Auto-Submitted") not in ("", "no") or "X-Autoreply" in mail
    return automatic and not by_fellow_agent(mail)


def _is_for_others(mail: Message, address: str) -> bool:
    return not any(party.is_same(address) for party in headers.parties(mail, "To", "Cc"))


_RULES: tuple[tuple[str, Callable[[Message, str], bool]], ...] = (
    ("it has no sender", _is_nobodys),
    ("it is its own mail", _is_own),
    ("it is a bounce or a report", _is_bounce),
    ("it is list or bulk mail", _is_list),
    ("it is another system's automatic mail", _is_automatic),
    ("it is addressed to others", _is_for_others),
)
