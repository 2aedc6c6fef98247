"""Every error of the agents, in one tree.

A fault in a file a person wrote is `mailsim_common.errors.ConfigError`. The text of each error here is one line
fit for a log and a terminal; it never holds a key or a password.
"""


class AgentsError(Exception):
    """Root of the tree."""

    exit_code = 1


class AlreadyRunning(AgentsError):
    """Another cast of the same world holds the lock: two would answer every mail twice."""

    exit_code = 4


class ProviderError(AgentsError):
    """The LLM service gave no answer."""


class ProviderUnavailable(ProviderError):
    """Temporary: unreachable, overloaded, out of quota. `retry_after` is what the service asked for, in seconds."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class ProviderRefused(ProviderError):
    """Permanent until a person mends it: a wrong key, an unknown model, a parameter the service does not take."""

    exit_code = 3


class MailboxError(AgentsError):
    """The IMAP server is unreachable, refuses the login, or broke off; the agent connects again later."""


class SubmitError(AgentsError):
    """The relay did not take the message."""


class SubmitTemporary(SubmitError):
    """A 4xx reply or a broken connection (RFC 5321 section 4.2.1): the draft stays and is sent again later."""


class SubmitRefused(SubmitError):
    """A 5xx reply: this message will never be taken. `code` and `text` are the relay's own."""

    def __init__(self, code: int, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(f"{code} {text}")
