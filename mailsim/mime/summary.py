"""What the store keeps of each message, so that a FETCH of many need not open any."""

from mailsim.mime.bodystructure import structures
from mailsim.mime.envelope import envelope
from mailsim.mime.parser import parse
from mailsim.mime.wire import without_nul


def summarize(data: bytes) -> dict[str, bytes]:
    """Fragments ready for the wire: `envelope`, `body`, `bodystructure`, and `header`, the raw header block."""
    part = parse(data)
    body, bodystructure = structures(part)
    return {
        "envelope": envelope(part),
        "body": body,
        "bodystructure": bodystructure,
        "header": without_nul(data[: part.body_start]),
    }
