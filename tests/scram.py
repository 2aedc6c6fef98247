"""The client's side of SCRAM-SHA-256 (RFC 5802 section 3), written apart from the server's."""

import base64
import hashlib
import hmac


class Scram:
    """One login. `first` and `final` are what the client says, in base64; `expected` is the server's proof."""

    def __init__(self, user: str, password: str, header: str = "n,,") -> None:
        self._password, self._header = password.encode(), header
        self._bare = f"n={user},r=fyko+d2lbbFgONRv9qkxdawL"

    @property
    def first(self) -> str:
        return _encoded((self._header + self._bare).encode())

    def final(self, challenge: str) -> str:
        server_first = base64.b64decode(challenge).decode()
        fields = dict(field.split("=", 1) for field in server_first.split(","))
        salt, rounds = base64.b64decode(fields["s"]), int(fields["i"])
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        without_proof = f"c={_encoded(self._header.encode())},r={fields['r']}"
        said = f"{self._bare},{server_first},{without_proof}".encode()
        signature = hmac.digest(hashlib.sha256(client_key).digest(), said, "sha256")
        proof = bytes(one ^ other for one, other in zip(client_key, signature, strict=True))
        self.expected = _encoded(b"v=" + _encoded(hmac.digest(_server_key(salted), said, "sha256")).encode())
        return _encoded(f"{without_proof},p={_encoded(proof)}".encode())


def _server_key(salted: bytes) -> bytes:
    return hmac.digest(salted, b"Server Key", "sha256")


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
