"""Persona + conversation -> prompt -> Draft: the whole mail, ready to be sent as it is."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP

from mailsim_agents import __name__ as program
from mailsim_agents import headers, reading
from mailsim_agents.conversation import Conversation
from mailsim_agents.prompt import Author, request
from mailsim_agents.providers.base import Provider
from mailsim_agents.triage import AGENT_FIELD, sender
from mailsim_common import __version__

# Not every relay takes 8-bit text (RFC 6152).
_PLAIN = SMTP.clone(cte_type="7bit")
# Lines longer than 78 characters are better than a Message-ID torn or encoded; 998 is the limit (RFC 5322 2.1.1).
_WIRE = _PLAIN.clone(max_line_length=990)
_LONGEST_REFERENCES = 900
# RFC 5256 section 2.1, with the forms that mailers in other languages write and with counters: `Re[2]:`, `AW:`
_REPLY_MARK = re.compile(r"\s*(?:re|aw|antw|sv|vs|ref|rif|odp|r)\s*(?:[\[(^]\d+[\])]?)?\s*[:\uff1a]", re.IGNORECASE)
_ATTRIBUTIONS = {
    "en": "On {date}, {name} wrote:",
    "de": "Am {date} schrieb {name}:",
    "fr": "Le {date}, {name} a écrit :",
    "es": "El {date}, {name} escribió:",
    "it": "Il {date} {name} ha scritto:",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail that is ready to be sent. Its bytes say everything; sent again, it is the very same mail."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @classmethod
    def parse(cls, content: bytes) -> "Draft":
        """Read a draft back from its bytes."""
        message = message_from_bytes(content)
        author = sender(message)
        return cls(
            next(iter(headers.message_ids(message, "Message-ID")), ""),
            author.address if author else "",
            tuple(party.address for party in headers.parties(message, "To", "Cc", "Bcc")),
            content,
        )


def derived_id(address: str, parent: Message) -> str:
    """The Message-ID of the one answer that `address` gives to `parent`, however often it is written."""
    ids = headers.message_ids(parent, "Message-ID")
    origin = ids[0].encode() if ids else hashlib.sha256(parent.as_bytes()).digest()
    digest = hashlib.sha256(address.lower().encode() + b"\0" + origin).hexdigest()
    return f"<{digest[:32]}@{address.rpartition('@')[2]}>"


async def compose(author: Author, provider: Provider, conversation: Conversation, now: datetime) -> Draft:
    """Ask the provider for the answer and make it a mail. Raises ProviderUnavailable and ProviderRefused."""
    message_id = derived_id(author.address, conversation.parent)
    seed = int.from_bytes(hashlib.sha256(message_id.encode()).digest()[:4]) >> 1
    answer = await provider.answer(request(author, conversation, seed))
    return Draft.parse(_reply(author, conversation.parent, answer.text, message_id, now))


def reply_subject(subject: str) -> str:
    """`Re: ` once, whatever marks the subject carries already."""
    while mark := _REPLY_MARK.match(subject):
        subject = subject[mark.end() :]
    return f"Re: {subject.strip()}".strip()


def reply_references(parent: Message) -> str:
    """The parent's References and its Message-ID (RFC 5322 3.6.4); of a long list the first and the newest."""
    ids = list(dict.fromkeys(headers.ancestors(parent) + headers.message_ids(parent, "Message-ID")))
    while len(ids) > 2 and len(" ".join(ids)) > _LONGEST_REFERENCES:
        del ids[1]
    return " ".join(ids if len(" ".join(ids)) <= _LONGEST_REFERENCES else ids[-1:])


def recipients(parent: Message, address: str) -> tuple[list[headers.Party], list[headers.Party]]:
    """To and Cc of the answer: the parent's author and its other recipients, each once, without `address`."""

    def others(people: list[headers.Party]) -> list[headers.Party]:
        return [party for party in people if not party.is_same(address)]

    author = others(headers.parties(parent, "Reply-To")) or headers.parties(parent, "From")[:1]
    direct = headers.distinct(author + headers.parties(parent, "To"))
    copied = headers.distinct(direct + headers.parties(parent, "Cc"))[len(direct) :]
    return others(direct), others(copied)


def _reply(author: Author, parent: Message, text: str, message_id: str, now: datetime) -> bytes:
    to, copied = recipients(parent, author.address)
    mail = EmailMessage(policy=_PLAIN)
    mail["From"] = _mailbox(headers.Party(author.name, author.address))
    mail["To"] = [_mailbox(party) for party in to]
    if copied:
        mail["Cc"] = [_mailbox(party) for party in copied]
    mail["Subject"] = _sendable(reply_subject(headers.text(parent, "Subject")))
    mail["Date"] = now
    mail["Message-ID"] = message_id
    if references := reply_references(parent):
        mail["In-Reply-To"] = references.rpartition(" ")[2]
        mail["References"] = references
    mail["Auto-Submitted"] = "auto-replied"
    mail[AGENT_FIELD] = author.address
    mail["User-Agent"] = f"{program}/{__version__}"
    mail.set_content(_sendable(_body(author, parent, text, now)))
    return mail.as_bytes(policy=_WIRE)


def _body(author: Author, parent: Message, text: str, now: datetime) -> str:
    """The answer, the parent quoted one level deep, and the signature (RFC 3676 section 4.3)."""
    parts = [text.replace("\r\n", "\n").replace("\r", "\n").strip()]
    if quoted := reading.reply_text(parent):
        lines = (f"> {line}".rstrip() for line in quoted.split("\n"))
        parts.append("\n".join([_attribution(author.language, parent, now), *lines]))
    if author.signature:
        parts.append(f"-- \n{author.signature}")
    return "\n\n".join(parts) + "\n"


def _attribution(language: str, parent: Message, now: datetime) -> str:
    form = _ATTRIBUTIONS.get(language.partition("-")[0], _ATTRIBUTIONS["en"])
    written, writer = headers.date(parent) or now, sender(parent)
    name = (writer.name or writer.address) if writer else "?"
    return form.format(date=f"{written:%Y-%m-%d %H:%M}", name=name)


def _mailbox(party: headers.Party) -> Address:
    user, _, domain = party.address.rpartition("@")
    return Address(_sendable(party.name), user, domain)


def _sendable(text: str) -> str:
    """Without what has no place in a mail: NUL, and half characters that UTF-8 cannot hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
