"""BODY and BODYSTRUCTURE (RFC 3501 section 7.4.2)."""

from mailsim.mime.envelope import envelope
from mailsim.mime.parameters import Parameters
from mailsim.mime.part import Part
from mailsim.mime.wire import nstring, string

_NO_CHILD = Part(0, 0, 0, [], b"text", b"plain", [])


def bodystructure(part: Part, extended: bool) -> bytes:
    """The parenthesised structure of a part: BODYSTRUCTURE if `extended`, else BODY."""
    return structures(part)[extended]


def structures(part: Part) -> tuple[bytes, bytes]:
    """BODY and BODYSTRUCTURE of a part, made in one go."""
    if part.is_multipart:
        return _multipart(part)
    text = part.is_text
    fields = [string(part.type), string(part.subtype), _parameters(part.params, text), nstring(part.content_id)]
    fields += [nstring(part.description), string(part.encoding), b"%d" % (part.end - part.body_start)]
    extension = b"%b %b" % (nstring(part.md5), _common(part))
    if part.message is not None:
        plain, extended = structures(part.message)
        head, lines = b" ".join([*fields, envelope(part.message)]), part.lines
        return b"(%b %b %d)" % (head, plain, lines), b"(%b %b %d %b)" % (head, extended, lines, extension)
    if text:
        fields.append(b"%d" % part.lines)
    head = b" ".join(fields)
    return b"(%b)" % head, b"(%b %b)" % (head, extension)


def _multipart(part: Part) -> tuple[bytes, bytes]:
    plain, extended = zip(*map(structures, part.children or [_NO_CHILD]), strict=True)
    subtype = string(part.subtype)
    extension = b"%b %b" % (_parameters(part.params), _common(part))
    return b"(%b %b)" % (b"".join(plain), subtype), b"(%b %b %b)" % (b"".join(extended), subtype, extension)


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
