"""Where a message ends up: a Maildir of this world; later the next hop, over LMTP or SMTP."""

from mailsim.delivery.target import Maildirs, Mailstore, Target

__all__ = ["Maildirs", "Mailstore", "Target"]
