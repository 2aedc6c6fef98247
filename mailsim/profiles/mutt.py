"""mutt and neomutt: a muttrc."""

import re
from urllib.parse import quote

from mailsim.profiles.login import Login


def muttrc(login: Login) -> str:
    """Read it with `mutt -F FILE`. `mailboxes` comes last: neomutt connects as soon as it reads it."""
    smtp_url = f"smtp://{quote(login.address, safe='')}@{login.smtp}/"
    return f"""\
# {login.address}; use it with: mutt -F THIS-FILE
set imap_user = {_quoted(login.address)}
set imap_pass = {_quoted(login.password)}
set folder = "imap://{login.imap}/"
set spoolfile = "+INBOX"
set record = "+Sent"
set postponed = "+Drafts"
set trash = "+Trash"

set smtp_url = {_quoted(smtp_url)}
set smtp_pass = {_quoted(login.password)}
set from = {_quoted(login.address)}
set realname = {_quoted(login.full_name)}
set use_envelope_from = yes

set ssl_starttls = yes
set ssl_force_tls = yes
set ssl_ca_certificates_file = {_quoted(str(login.ca))}

set sort = threads
set imap_idle = yes
set mail_check = 5
mailboxes +INBOX +Sent +Drafts +Archive +Junk +Trash
"""


def _quoted(text: str) -> str:
    """A string in double quotes, in which mutt would expand $ and run what stands between backticks."""
    return '"' + re.sub(r'([\\"$`])', r"\\\1", text) + '"'
