"""SCRAM-SHA-256 as a pure exchange of messages: the RFC's own example, and what no client may send."""

import base64
import contextlib
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim.accounts import Verifier
from mailsim.scram import Challenge, Malformed

# RFC 7677 section 3
SALT = base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ==")
SERVER_NONCE = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
NONCE = "rOprNGfwEbeRWgbNEkqO" + SERVER_NONCE
FIRST = b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
PROOF = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
FINAL = f"c=biws,r={NONCE},p={PROOF}".encode()
PENCIL = Verifier.of("pencil", SALT)


def begin(first: bytes = FIRST) -> Challenge:
    return Challenge.of(first, SERVER_NONCE, lambda _: PENCIL)


def test_the_example_of_rfc_7677():
    challenge = begin()
    assert challenge.user == "user"
    assert challenge.message == f"r={NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".encode()
    assert challenge.judge(FINAL) == b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_a_wrong_proof_is_no_login():
    wrong = base64.b64encode(bytes(32))
    assert begin().judge(f"c=biws,r={NONCE},p=".encode() + wrong) is None
    assert begin().judge(f"c=biws,r={NONCE},p=".encode() + wrong[:8]) is None


def test_a_proof_for_another_exchange_is_worth_nothing():
    elsewhere = Challenge.of(FIRST, "another", lambda _: PENCIL)
    with pytest.raises(Malformed):
        elsewhere.judge(FINAL)


@pytest.mark.parametrize(
    ("written", "name"), [("user", "user"), ("a=2Cb=3Dc", "a,b=c"), ("jürgen", "jürgen"), ("=2C=2C", ",,")]
)
def test_names_are_unescaped(written, name):
    assert begin(f"n,,n={written},r=abc".encode()).user == name


def test_an_authorization_identity_is_told_apart():
    assert begin(b"n,a=other,n=user,r=abc").identity == "other"
    assert begin(b"y,,n=user,r=abc").identity is None


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"n,,",
        b"p=tls-unique,,n=user,r=abc",
        b"n,,m=ext,n=user,r=abc",
        b"n,,n=user",
        b"n,,n=user,r=",
        b"n,,n=,r=abc",
        b"n,,n=a=2Xb,r=abc",
        b"n,,n=a=b,r=abc",
        b"n,,n=us\xff,r=abc",
        b"x,,n=user,r=abc",
    ],
)
def test_what_is_no_beginning_is_refused(first):
    with pytest.raises(Malformed):
        begin(first)


@pytest.mark.parametrize(
    "final",
    [
        b"",
        f"c=biws,r={NONCE}".encode(),
        f"c=eSws,r={NONCE},p={PROOF}".encode(),
        f"c=!,r={NONCE},p={PROOF}".encode(),
        f"c=biws,r={NONCE}x,p={PROOF}".encode(),
        f"c=biws,r={NONCE},p=abc".encode(),
    ],
)
def test_what_does_not_go_on_is_refused(final):
    with pytest.raises(Malformed):
        begin().judge(final)


@given(st.binary(max_size=60) | st.text("np=,ymari23CD", max_size=30).map(str.encode), st.binary(max_size=60))
def test_any_bytes_are_an_answer_or_malformed(first, final):
    with contextlib.suppress(Malformed):
        assert begin(first).judge(final) is None


@given(st.text(min_size=1, max_size=20), st.binary(min_size=1, max_size=20))
def test_whoever_knows_the_password_gets_in_and_learns_that_the_server_does_too(password, salt):
    verifier = Verifier.of(password, salt, iterations=1)
    challenge = Challenge.of(b"n,,n=me,r=abc", "def", lambda _: verifier)
    bare = b"c=biws,r=abcdef"
    said = b"n=me,r=abc," + challenge.message + b"," + bare
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("utf-8", "surrogatepass"), salt, 1)
    client = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(hashlib.sha256(client).digest(), said, "sha256")
    proof = bytes(a ^ b for a, b in zip(client, signature, strict=True))
    expected = hmac.digest(hmac.digest(salted, b"Server Key", "sha256"), said, "sha256")
    assert challenge.judge(bare + b",p=" + base64.b64encode(proof)) == b"v=" + base64.b64encode(expected)
