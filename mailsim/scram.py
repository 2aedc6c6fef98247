"""SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side: a login for which no password crosses the wire.

Channel binding is not offered, so a client says `n` (or `y`: it could, we cannot) and never `p`.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

from mailsim.accounts import Verifier

_FIRST = re.compile(r"([ny],(?:a=([^,]+))?,)(n=([^,]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[A-Za-z]=[^,]*)*)")
_FINAL = re.compile(r"(c=([A-Za-z0-9+/=]+),r=([^,]+)(?:,[A-Za-z]=[^,]*)*),p=([A-Za-z0-9+/=]+)")
_ESCAPES = {"=2C": ",", "=3D": "="}


class Malformed(ValueError):
    """A message that does not follow the grammar of RFC 5802 section 7, or does not continue this exchange."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the server answered to the client's first message, and judges its last one by.

    `user` is who wants in and `identity` for whom, None if nobody else was named.
    """

    user: str
    identity: str | None
    message: bytes
    _binding: str
    _client_first: str
    _nonce: str
    _verifier: Verifier

    @classmethod
    def of(cls, first: bytes, nonce: str, verifier_of: Callable[[str], Verifier]) -> "Challenge":
        """The answer to a client's first message. `nonce` is the server's part, random and printable.

        Raises Malformed, also for a client that insists on channel binding or on an extension (`m=`).
        """
        match = _FIRST.fullmatch(_text(first))
        if match is None:
            raise Malformed("that is not how SCRAM begins")
        binding, identity, bare, user, client_nonce = match.groups()
        user = _name(user)
        verifier, both = verifier_of(user), client_nonce + nonce
        salt = base64.b64encode(verifier.salt).decode()
        message = f"r={both},s={salt},i={verifier.iterations}".encode()
        return cls(user, identity and _name(identity), message, binding, bare, both, verifier)

    def judge(self, final: bytes) -> bytes | None:
        """The server's proof in answer to the client's, or None for a wrong password; raises Malformed."""
        match = _FINAL.fullmatch(_text(final))
        if match is None or match[3] != self._nonce or _decoded(match[2]) != self._binding.encode():
            raise Malformed("that is not how SCRAM goes on")
        said = b",".join((self._client_first.encode(), self.message, match[1].encode()))
        if not self._proves(_decoded(match[4]), said):
            return None
        signature = hmac.digest(self._verifier.server_key, said, "sha256")
        return b"v=" + base64.b64encode(signature)

    def _proves(self, proof: bytes, said: bytes) -> bool:
        """Whether whoever made `proof` knew the client key, of which only a hash is kept here."""
        signature = hmac.digest(self._verifier.stored_key, said, "sha256")
        if len(proof) != len(signature):
            return False
        client_key = bytes(one ^ other for one, other in zip(proof, signature, strict=True))
        return hmac.compare_digest(hashlib.sha256(client_key).digest(), self._verifier.stored_key)


def _text(message: bytes) -> str:
    try:
        return message.decode()
    except UnicodeDecodeError as error:
        raise Malformed("that is not UTF-8") from error


def _name(text: str) -> str:
    """A user name with its commas and equal signs back in place."""
    if re.search("=(?!2C|3D)", text):
        raise Malformed("that is not a name as SCRAM writes it")
    return re.sub("=2C|=3D", lambda match: _ESCAPES[match[0]], text)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Malformed("that is not base64") from error
