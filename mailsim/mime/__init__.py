"""Byte-exact MIME for IMAP: offsets into the message as it stands; only `binary` writes a message anew."""

from mailsim.mime.addresses import Address, addresses
from mailsim.mime.bodystructure import bodystructure
from mailsim.mime.dates import sent_date
from mailsim.mime.envelope import envelope
from mailsim.mime.parser import parse
from mailsim.mime.part import Part
from mailsim.mime.sections import section
from mailsim.mime.subject import base_subject
from mailsim.mime.summary import summarize
from mailsim.mime.text import address_text, collated, decoded_body, header_text, search_text

__all__ = [
    "Address",
    "Part",
    "address_text",
    "addresses",
    "base_subject",
    "bodystructure",
    "collated",
    "decoded_body",
    "envelope",
    "header_text",
    "parse",
    "search_text",
    "section",
    "sent_date",
    "summarize",
]
