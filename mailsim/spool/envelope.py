"""The envelope of one accepted message, as it is written into the spool."""

import json
from dataclasses import dataclass, fields
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sent what to whom (RFC 5321 section 2.3.1), and what the relay found out when it accepted it.

    `id` sorts in the order of acceptance. `sender` and `recipients` are addresses, `account` is the name of the
    login. `given_id` is the Message-ID by which the client would hand it in again and `digest` that of the content
    as sent: the two by which a second submission of the same message is known. `archived` says that an earlier
    submission of this message already brought it into the archive.
    """

    id: str
    account: str
    sender: str
    recipients: tuple[str, ...]
    message_id: str
    thread_id: str
    received: datetime
    given_id: str
    digest: str
    archived: bool = False

    def to_json(self) -> str:
        """One line of JSON, without its line end."""
        plain = {name: getattr(self, name) for name in _NAMES}
        return json.dumps(plain | {"received": self.received.isoformat()})

    @classmethod
    def from_json(cls, line: str | bytes) -> "Envelope":
        """The reverse of `to_json`; raises ValueError for anything else."""
        data = json.loads(line)
        if not isinstance(data, dict) or data.keys() != _NAMES:
            raise ValueError("not an envelope")
        texts = [data[name] for name in _TEXTS]
        recipients = data["recipients"]
        if not isinstance(recipients, list) or not all(isinstance(text, str) for text in texts + recipients):
            raise ValueError("an envelope with a field of the wrong type")
        return cls(**data | {"recipients": tuple(recipients), "received": _time(data["received"])})


_NAMES = frozenset(field.name for field in fields(Envelope))
_TEXTS = ("id", "account", "sender", "message_id", "thread_id", "received", "given_id", "digest")


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time
