"""The one place where errors become SMTP replies, and where replies get their enhanced code (RFC 2034, RFC 3463)."""

import logging
import re

from mailsim.errors import Rejection

log = logging.getLogger(__name__)
INTERNAL = "451 4.3.0 an internal error; try again later"
_BARE = re.compile(r"([245]\d\d) (?!\d\.\d{1,3}\.\d{1,3} )")
_ENHANCED = {
    "221": "2.0.0",
    "252": "2.5.0",
    "454": "4.7.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "504": "5.5.4",
    "552": "5.3.4",
    "554": "5.7.0",
    "555": "5.5.4",
}


def of(error: Exception, peer: object) -> str:
    """What the client is told. The cause, and the whole of any error that is not a Rejection, goes to the log only."""
    if not isinstance(error, Rejection):
        log.error("%s: internal error", peer, exc_info=error)
        return INTERNAL
    log.info("%s: refused: %s%s", peer, error, f" ({error.cause})" if error.cause else "")
    return f"{error.code} {error.enhanced} {error.public}"


def enhanced(reply: str) -> str:
    """`reply` with an enhanced code behind its code, as ENHANCEDSTATUSCODES promises for each that is not of the
    greeting, of EHLO, or asks for more."""
    if reply == "250 OK":
        return "250 2.0.0 OK"
    match = _BARE.match(reply)
    code = match and _ENHANCED.get(match[1])
    return f"{reply[:3]} {code}{reply[3:]}" if code else reply
