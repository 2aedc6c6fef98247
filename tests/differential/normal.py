"""What may differ between two servers that are both right, taken out of their answers: each rule with its reason.

A rule is a function from the responses to one command to responses; RULES is the order in which they apply. Besides,
`wire` drops two things as it reads: tags, which the client made up, and the text after a response code, which is for
people (RFC 3501 section 7.1). Whether a string comes quoted or as a literal is the server's choice (section 4.3).
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.differential.wire import Response

Responses = list[Response]
OWN_CODES = frozenset(("CLIENTBUG", "HIGHESTMODSEQ", "MAILBOXID"))
LONG = 2000  # bytes, from which a string is compared by its digest so that a failure can be read


def capabilities_are_ones_own(responses: Responses) -> Responses:
    """Every server has its own list (RFC 3501 section 7.2.1), and may tell it when it likes."""
    told = [response for response in responses if response.kind != "CAPABILITY"]
    return [replace(r, values=()) if r.values[:1] == ("CAPABILITY",) else r for r in told]


def codes_of_a_bad_are_free(responses: Responses) -> Responses:
    """No response code is specified for a command that cannot be understood (RFC 3501 section 7.1.3)."""
    return [replace(response, values=()) if response.kind == "BAD" else response for response in responses]


def codes_of_a_no_are_free(responses: Responses) -> Responses:
    """All but TRYCREATE, which clients act upon, are optional (RFC 3501 section 6.3.11, RFC 5530 section 3)."""
    return [replace(r, values=()) if r.kind == "NO" and r.values != ("TRYCREATE",) else r for r in responses]


def own_codes_are_dropped(responses: Responses) -> Responses:
    """HIGHESTMODSEQ and MAILBOXID are the server's choice (RFC 7162, RFC 8474), and advice to the client is, too."""
    plain = [replace(r, values=()) if r.kind == "OK" and r.values[:1] and r.values[0] in OWN_CODES else r
             for r in responses]  # fmt: skip
    return [*(r for r in plain[:-1] if r.kind != "OK" or r.values), plain[-1]]


def modseqs_are_ones_own(responses: Responses) -> Responses:
    """A mod-sequence only ever rises; its value is the server's (RFC 7162 section 3.1)."""

    def hide(values: Any) -> Any:
        if not isinstance(values, tuple):
            return values
        hidden = tuple(map(hide, values))
        for name in ("MODSEQ", "HIGHESTMODSEQ"):
            while name in hidden[:-1] and hidden[hidden.index(name) + 1] != "n":
                at = hidden.index(name) + 1
                hidden = (*hidden[:at], "n", *hidden[at + 1 :])
        return hidden

    return [replace(response, values=hide(response.values)) for response in responses]


def charsets_are_ones_own(responses: Responses) -> Responses:
    """BADCHARSET may list what the server knows instead (RFC 3501 section 7.1)."""
    return [replace(r, values=r.values[:1]) if r.values[:1] == ("BADCHARSET",) else r for r in responses]


def flags_are_a_set_told_on_select(responses: Responses) -> Responses:
    """The flags of a mailbox are a set (RFC 3501 section 2.3.2), which a server may tell again at any time (7.2.6).

    Which keywords a mailbox knows that no message has is the server's memory; every message's keywords are compared.
    """
    kinds = {"FLAGS", "PERMANENTFLAGS"}
    selected = responses[-1].values[:1] in {("READ-WRITE",), ("READ-ONLY",)}

    def plain(response: Response) -> Response:
        *head, flags = response.values
        return replace(response, values=(*head, tuple(sorted(flag for flag in flags if flag.startswith("\\")))))

    def is_flags(response: Response) -> bool:
        return response.kind in kinds or response.values[:1] == ("PERMANENTFLAGS",)

    return [plain(r) if is_flags(r) else r for r in responses if selected or not is_flags(r)]


def fetches_are_merged(responses: Responses) -> Responses:
    """Items come in any order, and in one response or in several (RFC 3501 section 7.4.2)."""
    merged: dict[int, dict[str, Any]] = {}
    for response in responses:
        if response.kind == "FETCH":
            names, values = response.values[0][::2], response.values[0][1::2]
            pairs = zip(map(str.upper, names), values, strict=True)
            merged.setdefault(response.number, {}).update((_item(name), _value(name, value)) for name, value in pairs)
    rest = [response for response in responses if response.kind != "FETCH"]
    last = rest.pop()
    fetched = [Response("*", "FETCH", number, tuple(sorted(merged[number].items()))) for number in sorted(merged)]
    return [*rest, *fetched, last]


def _item(name: str) -> str:
    """Header names in a section may be quoted or not, and in any case (RFC 3501 section 6.4.5)."""
    return name.replace('"', "")


def _value(name: str, value: Any) -> Any:
    if value is None and name.startswith("BODY["):
        return b""  # of a part that is not there, NIL and the empty string say the same (RFC 3501 section 7.4.2)
    if name == "FLAGS":
        return tuple(sorted(value))
    if name == "INTERNALDATE":  # a moment, in whatever zone (RFC 3501 section 2.3.3)
        return datetime.strptime(value.decode().strip(), "%d-%b-%Y %H:%M:%S %z").timestamp()
    return value


def expunges_are_a_set(responses: Responses) -> Responses:
    """Each EXPUNGE shifts the numbers after it (RFC 3501 section 7.4.1): what counts is which messages go."""
    present = list(range(1, 10_000))
    gone = [present.pop(response.number - 1) for response in responses if response.kind == "EXPUNGE"]
    rest = [response for response in responses if response.kind != "EXPUNGE"]
    return [*rest[:-1], *(Response("*", "EXPUNGE", number, ()) for number in sorted(gone)), rest[-1]]


def found_messages_are_a_set(responses: Responses) -> Responses:
    """SEARCH tells numbers in any order, and of an empty result may tell nothing (RFC 3501 section 7.2.5)."""
    return [replace(r, values=tuple(sorted(r.values, key=str))) if r.kind == "SEARCH" else r for r in responses]


def extended_searches_are_sets(responses: Responses) -> Responses:
    """ESEARCH repeats the tag, tells its data in any order, and may write a set in any way (RFC 4466 section 2.6.2)."""

    def plain(response: Response) -> Response:
        if response.kind != "ESEARCH":
            return response
        rest = [value for value in response.values if not isinstance(value, tuple)]
        uid, rest = rest[:1] == ["UID"], rest[rest[:1] == ["UID"] :]
        data = {n: tuple(_numbers(v)) if n == "ALL" else v for n, v in zip(rest[::2], rest[1::2], strict=True)}
        return replace(response, values=(uid, *sorted(data.items())))

    return list(map(plain, responses))


def _numbers(text: str) -> Iterator[int]:
    for piece in text.split(","):
        first, _, last = piece.partition(":")
        low, high = sorted((int(first), int(last or first)))
        yield from range(low, high + 1)


def statuses_are_dicts(responses: Responses) -> Responses:
    """The items of STATUS come in any order (RFC 3501 section 7.2.4)."""

    def plain(response: Response) -> Response:
        if response.kind != "STATUS":
            return response
        name, items = response.values
        pairs = sorted(zip(items[::2], items[1::2], strict=True))
        return replace(response, values=(_text(name), *pairs))

    return list(map(plain, responses))


def lists_have_no_order(responses: Responses) -> Responses:
    """Mailboxes come in any order, with their attributes in any order (RFC 3501 section 7.2.2, RFC 5258).

    \\Marked and \\Unmarked are the server's opinion. Of LSUB's attributes \\Noselect alone means something (7.2.3).
    """

    def plain(response: Response) -> Response:
        attributes, separator, name, *extended = response.values
        words = set(map(str.lower, attributes)) - {"\\marked", "\\unmarked"}
        words &= {"\\noselect"} if response.kind == "LSUB" else words
        words -= {"\\noselect"} if "\\nonexistent" in words else set()
        more = [_texts(value) for value in extended]
        return replace(response, values=(tuple(sorted(words)), separator, _text(name), *more))

    told = [plain(response) for response in responses if response.kind in {"LIST", "LSUB"}]
    rest = [response for response in responses if response.kind not in {"LIST", "LSUB"}]
    return [*sorted(told, key=lambda response: repr(response.values[2])), *rest]


def _text(value: Any) -> bytes:
    """An astring may be an atom or a string (RFC 3501 section 9), and INBOX is written in any case (section 5.1)."""
    text = value if isinstance(value, bytes) else str(value).encode()
    return b"INBOX" if text.upper() == b"INBOX" else text


def _texts(value: Any) -> Any:
    return tuple(map(_texts, value)) if isinstance(value, tuple) else _text(value)


UNASKED = {  # what an extended LIST may tell without being asked (RFC 5258 section 4, RFC 6154 section 2)
    "CHILDREN": {"\\haschildren", "\\hasnochildren"},
    "SPECIAL-USE": {"\\archive", "\\drafts", "\\junk", "\\sent", "\\trash"},
}


def unasked_attributes_are_dropped(command: bytes, responses: Responses) -> Responses:
    """A plain LIST is left alone: there, Dovecot and we tell both kinds."""
    words = command.decode("latin-1").upper()
    if not words.startswith("LIST") or "(" not in words:
        return responses
    unasked = set().union(*(attributes for option, attributes in UNASKED.items() if option not in words))

    def asked(response: Response) -> Response:
        attributes, *rest = response.values
        return replace(response, values=(tuple(word for word in attributes if word not in unasked), *rest))

    return [asked(response) if response.kind == "LIST" else response for response in responses]


def kinds_have_no_order(responses: Responses) -> Responses:
    """Responses of different kinds may come in any order before the tagged one, so may STATUS (RFC 3501 section 7)."""
    *untagged, last = responses
    ordered = sorted(untagged, key=lambda r: (r.kind, str(r.values[:1]) if r.kind in {"OK", "STATUS"} else ""))
    return [*ordered, last]


def long_strings_are_digests(responses: Responses) -> Responses:
    """Not a matter of protocol: a failure shall fit on a screen."""

    def short(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(short, value))
        if isinstance(value, bytes) and len(value) > LONG:
            return (len(value), hashlib.sha256(value).hexdigest())
        return value

    return [replace(response, values=short(response.values)) for response in responses]


RULES: tuple[Callable[[Responses], Responses], ...] = (
    capabilities_are_ones_own,
    codes_of_a_bad_are_free,
    codes_of_a_no_are_free,
    own_codes_are_dropped,
    flags_are_a_set_told_on_select,
    fetches_are_merged,
    expunges_are_a_set,
    found_messages_are_a_set,
    extended_searches_are_sets,
    statuses_are_dicts,
    lists_have_no_order,
    modseqs_are_ones_own,
    charsets_are_ones_own,
    kinds_have_no_order,
    long_strings_are_digests,
)


def normal(command: bytes, responses: Responses) -> list[tuple[Any, ...]]:
    """The answer to `command`, as every right server would give it; a FETCH in pieces, one for each item."""
    for rule in RULES:
        responses = rule(responses)
    answer: list[tuple[Any, ...]] = []
    for each in unasked_attributes_are_dropped(command, responses):
        pieces = [(pair,) for pair in each.values] if each.kind == "FETCH" else [each.values]
        answer += [(each.kind, each.number, *piece) for piece in pieces]
    return answer
