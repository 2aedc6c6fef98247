"""Every error of the post office, in one tree.

Text given to `public` may go to a stranger on the wire, so it never holds a path, an exception's text or a
traceback; the private `cause` goes to the log only. Each protocol edge has one place that turns these into replies.
"""


class MailsimError(Exception):
    """Root of the tree; its text is one line fit for a person at a terminal."""

    exit_code = 1


class WorldError(MailsimError):
    """The world on disk is not usable as it is; the text says what to do about it."""

    exit_code = 3


class CannotListen(MailsimError):
    """A port is taken, or another daemon already runs this world."""

    exit_code = 4


class NotFound(MailsimError):
    """There is no such account, thread or mailbox."""

    exit_code = 5


class Rejection(MailsimError):
    """A permanent SMTP refusal: reply code (RFC 5321 4.2), enhanced code (RFC 3463) and public text."""

    def __init__(self, code: int, enhanced: str, public: str, cause: BaseException | str | None = None) -> None:
        self.code, self.enhanced, self.public, self.cause = code, enhanced, public, cause
        super().__init__(f"{code} {enhanced} {public}")


class TemporaryRejection(Rejection):
    """The same for 4xx: the client keeps the message and tries again later."""


class StoreError(MailsimError):
    """The mail store refuses; `code` is the IMAP response code (RFC 5530), `public` its text."""

    def __init__(self, code: str, public: str, cause: BaseException | str | None = None) -> None:
        self.code, self.public, self.cause = code, public, cause
        super().__init__(public)


class NoSuchMailbox(StoreError):
    """The mailbox does not exist (APPEND and COPY answer it with TRYCREATE, RFC 3501 6.3.11)."""

    def __init__(self) -> None:
        super().__init__("NONEXISTENT", "there is no such mailbox")


class MessageGone(StoreError):
    """The message was expunged by another session, or its file was deleted on disk."""

    def __init__(self) -> None:
        super().__init__("EXPUNGEISSUED", "some of the messages no longer exist")
