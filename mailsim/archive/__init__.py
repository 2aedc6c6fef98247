"""The archive: which messages make a thread, and the thread as people and programs read it.

What was said lives in the archive account's Maildir, every message once. The thread index beside it is a cache,
made anew from that Maildir at any time; a transcript is read from both.
"""

from mailsim.archive.entry import Entry, Participant, read_entry, read_entry_file
from mailsim.archive.formats import FORMATS, render
from mailsim.archive.show import show_message
from mailsim.archive.threads import Admission, Thread, ThreadFull, ThreadIndex
from mailsim.archive.transcript import Transcript, load_message, load_transcript

__all__ = [
    "FORMATS",
    "Admission",
    "Entry",
    "Participant",
    "Thread",
    "ThreadFull",
    "ThreadIndex",
    "Transcript",
    "load_message",
    "load_transcript",
    "read_entry",
    "read_entry_file",
    "render",
    "show_message",
]
