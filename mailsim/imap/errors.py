"""How a command fails: NO (it cannot be done) or BAD (it makes no sense), RFC 3501 sections 7.1.2 and 7.1.3.

The texts go to the client, so they are fixed sentences; the cause of a failure is for the log.
"""

from mailsim.errors import MailsimError


class No(MailsimError):
    """The command is understood and refused; `code` is a response code (RFC 5530) or empty."""

    def __init__(self, text: str, code: str = "") -> None:
        self.text, self.code = text, code
        super().__init__(text)


class Bad(MailsimError):
    """The command does not follow the grammar, or not in this state; `code` as for No."""

    def __init__(self, text: str, code: str = "") -> None:
        self.text, self.code = text, code
        super().__init__(text)
