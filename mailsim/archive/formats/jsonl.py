"""JSON Lines: one object a message, for programs. The keys below are stable; later versions only add to them.

| key | value |
|---|---|
| thread, number | the thread's id; the message's place in it, from 1 |
| message_id, in_reply_to | with their angle brackets; in_reply_to may be null |
| sender, sender_name | address; display name or "" |
| recipients | addresses of To and Cc |
| subject | decoded |
| date, received | ISO 8601 with zone: the sender's word, the relay's clock |
| seconds_since_last | a number, null for the first message |
| auto | whether a program sent it (Auto-Submitted) |
| text, signature | the writer's own words; the signature or "" |
| body | the whole text, quotes and signature included |
| attachments | file names |
"""

import json
import re

from mailsim.archive.transcript import Message, Transcript

# Line ends of Unicode that some readers of lines split at, and 8-bit control characters that some terminals obey.
_RISKY = re.compile(r"[\x7f-\x9f\u2028\u2029]")


def jsonl(transcript: Transcript) -> str:
    lines = (json.dumps(_record(message), ensure_ascii=False) for message in transcript.messages)
    return "".join(_RISKY.sub(lambda risky: f"\\u{ord(risky[0]):04x}", line) + "\n" for line in lines)


def _record(message: Message) -> dict[str, object]:
    entry = message.entry
    return {
        "thread": entry.thread_id,
        "number": message.number,
        "message_id": entry.message_id,
        "in_reply_to": entry.in_reply_to,
        "sender": entry.sender.address,
        "sender_name": entry.sender.name,
        "recipients": [person.address for person in entry.recipients],
        "subject": entry.subject,
        "date": entry.date.isoformat(),
        "received": entry.received.isoformat(),
        "seconds_since_last": message.since_last.total_seconds() if message.since_last is not None else None,
        "auto": entry.auto,
        "text": message.text,
        "signature": message.signature,
        "body": message.body,
        "attachments": list(message.attachments),
    }
