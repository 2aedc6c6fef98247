"""Address lists as they stand in From, To and their like (RFC 5322 section 3.4, obsolete forms of 4.4 included)."""

import enum
import re
from typing import NamedTuple

from mailsim.mime.parameters import comment_end, unquote
from mailsim.mime.wire import unfold


class Address(NamedTuple):
    """An address as ENVELOPE has it (RFC 3501 section 7.4.2), None for what is absent.

    A group starts with an Address that has a mailbox, its name, and no host; it ends with one that has neither.
    """

    name: bytes | None
    route: bytes | None
    mailbox: bytes | None
    host: bytes | None

    @property
    def plain(self) -> bytes:
        """`mailbox@host`, or what there is of it."""
        return b"@".join(filter(None, (self.mailbox, self.host)))


GROUP_END = Address(None, None, None, None)
NO_MAILBOX = b"MISSING_MAILBOX"
NO_HOST = b"MISSING_DOMAIN"

_ATOM = rb'[^\x00-\x20"(),:;<>@\[\\\]\x7f]++'
_PLAIN = re.compile(
    rb'[ \t]*+(?:(?:"([^"\\]*+)"[ ]*+|((?:%b[ ]++)*+))<(%b)@(%b)>|(%b)@(%b))[ \t]*+(?:,|$)' % ((_ATOM,) * 5)
)
_TOKEN = re.compile(rb'([ \t\r\n]+)|"((?:[^"\\]++|\\.)*+)"?|(\[[^\]]*\]?|[^ \t\r\n"(),:;<>@\[]+)|(.)', re.DOTALL)


def addresses(value: bytes) -> list[Address]:
    """Every address of a field's value, folded or not, in order; broken ones as far as they can be understood."""
    value = unfold(value)
    found: list[Address] = []
    at = 0
    while at < len(value):
        match = _PLAIN.match(value, at)
        if not match:
            return found + _Scanner(value, at).all()
        quoted, phrase, mailbox, host, bare, bare_host = match.groups()
        name = quoted or (phrase or b"").rstrip() or None
        found.append(Address(name, None, mailbox or bare, host or bare_host))
        at = match.end()
    return found


class _Kind(enum.Enum):
    SPACE, WORD, COMMENT, SPECIAL = range(4)


class _Word(NamedTuple):
    """An atom with its dots, a quoted-string without its quotes, or a domain literal; `spaced` from the one before."""

    text: bytes
    spaced: bool


class _Scanner:
    """Reads what the pattern of a plain address doesn't: groups, routes, comments, literals and broken lists."""

    def __init__(self, value: bytes, at: int) -> None:
        self._tokens = _tokens(value, at)
        self._at = 0
        self._comment: bytes | None = None
        self._found: list[Address] = []

    def all(self) -> list[Address]:
        in_group = False
        while self._at < len(self._tokens):
            words = self._words()
            if self._special() == b":" and not in_group:
                self._at += 1
                self._found.append(Address(None, None, _phrase(words), None))
                in_group = True
                continue
            self._address(words)
            if self._to_end() == b";" and in_group:
                self._found.append(GROUP_END)
                in_group = False
        return [*self._found, GROUP_END] if in_group else self._found

    def _address(self, words: list[_Word]) -> None:
        """The address whose first words these are, up to its last word or angle."""
        special = self._special()
        if special == b"<":
            self._at += 1
            route, mailbox = self._route(), _before_gap(self._words())
            address = Address(_phrase(words) or None, route, mailbox or NO_MAILBOX, self._host() or NO_HOST)
        elif words and (_gap(words) or (special != b"@" and b" " in words[0].text)):
            address = Address(_phrase(words), None, NO_MAILBOX, NO_HOST)
        elif words or special == b"@":
            address = Address(None, None, _before_gap(words) or NO_MAILBOX, self._host() or NO_HOST)
        else:
            return
        self._found.append(address)

    def _host(self) -> bytes:
        """The domain that follows if an `@` does."""
        if self._special() != b"@":
            return b""
        self._at += 1
        self._comment = None
        return _before_gap(self._words())

    def _route(self) -> bytes | None:
        """`@a,@b:` in front of the address proper (RFC 5322 section 4.4), without the colon."""
        hops, start = [], self._at
        while self._special() == b"@":
            hops.append(b"@" + self._host())
            while self._special() == b",":
                self._at += 1
                self._words()
        if hops and self._special() == b":":
            self._at += 1
            return b",".join(hops)
        self._at = start
        return None

    def _words(self) -> list[_Word]:
        """The words up to a special or the end; a comment among them is remembered."""
        words: list[_Word] = []
        spaced = False
        while self._at < len(self._tokens) and self._tokens[self._at][0] is not _Kind.SPECIAL:
            kind, text = self._tokens[self._at]
            self._at += 1
            if kind is _Kind.WORD:
                words.append(_Word(text, spaced and bool(words)))
            elif kind is _Kind.COMMENT:
                self._comment = text
            spaced = kind is not _Kind.WORD
        return words

    def _special(self) -> bytes:
        return self._tokens[self._at][1] if self._at < len(self._tokens) else b""

    def _to_end(self) -> bytes:
        """Go behind the comma or semicolon that ends an address, and say which; a comment may name the address."""
        ended = b""
        while self._at < len(self._tokens) and not ended:
            self._words()
            ended = self._special() if self._special() in (b",", b";") else b""
            self._at += 1
        if self._comment and self._found and self._found[-1].name is None and self._found[-1].host:
            self._found[-1] = self._found[-1]._replace(name=self._comment)
        self._comment = None
        return ended


def _phrase(words: list[_Word]) -> bytes:
    return b"".join(b" " + word.text if word.spaced else word.text for word in words)


def _gap(words: list[_Word]) -> int:
    """The index of the first word that white space, not next to a dot, parts from the one before; 0 if none."""
    for at in range(1, len(words)):
        if words[at].spaced and not (words[at - 1].text.endswith(b".") or words[at].text.startswith(b".")):
            return at
    return 0


def _before_gap(words: list[_Word]) -> bytes:
    return b"".join(word.text for word in words[: _gap(words) or None])


def _tokens(value: bytes, at: int) -> list[tuple[_Kind, bytes]]:
    tokens = []
    while at < len(value):
        if value[at] == ord("("):
            end = comment_end(value, at)
            tokens.append((_Kind.COMMENT, unquote(value[at + 1 : end].removesuffix(b")"))))
            at = end
        elif match := _TOKEN.match(value, at):
            at = match.end()
            tokens.append(_token(match))
    return tokens


def _token(match: "re.Match[bytes]") -> tuple[_Kind, bytes]:
    space, quoted, word, special = match.groups()
    if space:
        return _Kind.SPACE, space
    if special:
        return _Kind.SPECIAL, special
    return _Kind.WORD, word or unquote(quoted or b"")
