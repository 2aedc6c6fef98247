"""SMTP in: who may hand in what for whom (RFC 6409), and the message as it goes into the spool."""

from mailsim.submission.gate import Gate
from mailsim.submission.server import SubmissionServer

__all__ = ["Gate", "SubmissionServer"]
