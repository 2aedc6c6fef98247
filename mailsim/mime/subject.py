"""The base subject of RFC 5256 section 2.1, by which SORT and THREAD compare."""

import re

LONGEST = 8192  # characters looked at, so that a hostile subject costs no quadratic time
_WHITE = re.compile(r"\s+")
_TRAILER = re.compile(r"(?:\s|\(fwd\))+$", re.IGNORECASE)
_BLOB = r"\[[^\[\]]*\]\s*"
_LEADER = re.compile(rf"(?:\s|(?:{_BLOB})*(?:re|fwd?)\s*(?:{_BLOB})?:)", re.IGNORECASE)
_LEADING_BLOB = re.compile(_BLOB)
_FORWARD = re.compile(r"\[fwd:(.*)\]", re.IGNORECASE | re.DOTALL)


def base_subject(text: str) -> tuple[str, bool]:
    """The base subject of a decoded Subject, and whether it was that of a reply or a forward."""
    subject, is_reply = _WHITE.sub(" ", text[:LONGEST]), False
    while True:
        subject, trailed = _without_trailer(subject)
        subject, led = _without_leaders(subject)
        is_reply = is_reply or trailed or led
        forward = _FORWARD.fullmatch(subject)
        if not forward:
            return subject, is_reply
        subject, is_reply = forward[1], True


def _without_trailer(subject: str) -> tuple[str, bool]:
    kept = _TRAILER.sub("", subject)
    return kept, bool(subject[len(kept) :].strip())


def _without_leaders(subject: str) -> tuple[str, bool]:
    """Without Re:, Fwd: and [blobs] in front; a blob stays if nothing would be left of the subject."""
    is_reply = False
    while True:
        before = subject
        while leader := _LEADER.match(subject):
            is_reply = is_reply or bool(leader[0].strip())
            subject = subject[leader.end() :]
        blob = _LEADING_BLOB.match(subject)
        if blob and subject[blob.end() :]:
            subject = subject[blob.end() :]
        if subject == before:
            return subject, is_reply
