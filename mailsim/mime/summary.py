"""What the store keeps of each message, so that a FETCH of many need not open any."""

from mailsim.mime.bodystructure import bodystructure
from mailsim.mime.envelope import envelope
from mailsim.mime.parser import parse
from mailsim.mime.wire import without_nul


def summarize(data: bytes) -> dict[str, bytes]:
    """Fragments ready for the wire: `envelope`, `body`, `bodystructure`, and `header`, the raw header block."""
    part = parse(data)
    return {
        "envelope": envelope(part),
        "body": bodystructure(part, extended=False),
        "bodystructure": bodystructure(part, extended=True),
        "header": without_nul(data[: part.body_start]),
    }
