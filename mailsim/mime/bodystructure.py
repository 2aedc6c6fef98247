"""BODY and BODYSTRUCTURE (RFC 3501 section 7.4.2)."""

from mailsim.mime.envelope import envelope
from mailsim.mime.parameters import Parameters
from mailsim.mime.part import Part
from mailsim.mime.wire import nstring, string

_NO_CHILD = Part(0, 0, 0, [], b"text", b"plain", [])


def bodystructure(part: Part, extended: bool) -> bytes:
    """The parenthesised structure of a part: BODYSTRUCTURE if `extended`, else BODY."""
    if part.is_multipart:
        return _multipart(part, extended)
    text = part.is_text
    fields = [string(part.type), string(part.subtype), _parameters(part.params, text), nstring(part.content_id)]
    fields += [nstring(part.description), string(part.encoding), b"%d" % (part.end - part.body_start)]
    if part.message is not None:
        fields += [envelope(part.message), bodystructure(part.message, extended)]
    if text or part.message is not None:
        fields.append(b"%d" % part.lines)
    if extended:
        fields += [nstring(part.md5), _common(part)]
    return b"(%b)" % b" ".join(fields)


def _multipart(part: Part, extended: bool) -> bytes:
    children = b"".join([bodystructure(child, extended) for child in part.children or [_NO_CHILD]])
    if not extended:
        return b"(%b %b)" % (children, string(part.subtype))
    return b"(%b %b %b %b)" % (children, string(part.subtype), _parameters(part.params), _common(part))


def _parameters(params: Parameters, is_text: bool = False) -> bytes:
    """The list of parameters; a text without a charset is in US-ASCII (RFC 2045 section 5.2)."""
    pairs = [b"%b %b" % (string(name), string(value)) for name, value in params]
    if is_text and all(name.lower() != b"charset" for name, _ in params):
        pairs.append(b'"charset" "us-ascii"')
    return b"(%b)" % b" ".join(pairs) if pairs else b"NIL"


def _common(part: Part) -> bytes:
    """Disposition, language and location, which end every extended structure."""
    disposition = b"NIL"
    if part.disposition:
        kind, params = part.disposition
        disposition = b"(%b %b)" % (string(kind), _parameters(params))
    tags = b" ".join([string(tag) for tag in part.language])
    return b"%b %b %b" % (disposition, b"(%b)" % tags if tags else b"NIL", nstring(part.location))
