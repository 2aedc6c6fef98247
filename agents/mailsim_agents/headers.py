"""What an agent reads from a mail's header: identifiers, addresses, decoded text.

Mail comes from anybody, so every function takes any bytes that a server may deliver and none of them raises.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime

# msg-id of RFC 5322 section 3.6.4, wider than its grammar but never with white space, and short enough for one line
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,500}>")


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody a mail names: the display name (may be empty) and the address as written."""

    name: str
    address: str

    def is_same(self, address: str) -> bool:
        """Whether both are one mailbox; case counts in neither half, as every server in use has it."""
        return self.address.lower() == address.lower()


def text(message: Message, name: str) -> str:
    """The first field of that name, decoded (RFC 2047) and unfolded; empty if there is none."""
    return _decoded(str(message.get(name, "")))


def first_token(message: Message, name: str) -> str:
    """The leading keyword of a structured field, in small letters: `auto-replied` of `Auto-Replied; owner=x`."""
    return text(message, name).partition(";")[0].strip().lower()


def message_ids(message: Message, *names: str) -> list[str]:
    """The message identifiers in these fields, in order, each once."""
    found = (_MESSAGE_ID.findall(str(value)) for name in names for value in message.get_all(name, []))
    return list(dict.fromkeys(message_id for ids in found for message_id in ids))


def ancestors(message: Message) -> list[str]:
    """The identifiers of the mails before this one, oldest first: References, or else In-Reply-To (RFC 5322 3.6.4)."""
    return message_ids(message, "References") or message_ids(message, "In-Reply-To")[:1]


def parties(message: Message, *names: str) -> list[Party]:
    """Everybody these address fields name, in order, each address once."""
    values = [str(value) for name in names for value in message.get_all(name, [])]
    pairs = getaddresses([" ".join(value.split()) for value in values])
    return distinct(Party(_decoded(name), address) for name, address in pairs if "@" in address.strip("@"))


def distinct(people: Iterable[Party]) -> list[Party]:
    """The same people, each address once, the first mention counting."""
    first: dict[str, Party] = {}
    for party in people:
        first.setdefault(party.address.lower(), party)
    return list(first.values())


def date(message: Message) -> datetime | None:
    """The Date field; None where it is missing or makes no sense."""
    try:
        return parsedate_to_datetime(str(message.get("Date", "")))
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _decoded(value: str) -> str:
    with suppress(LookupError, ValueError, HeaderParseError):  # unknown charset, broken encoding: shown as it came
        value = str(make_header(decode_header(value)))
    return " ".join(value.split())
