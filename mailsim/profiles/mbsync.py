"""mbsync (isync): an mbsyncrc that keeps every mailbox in step with a Maildir."""

import re

from mailsim.profiles.login import Login

BOTH_WAYS = "Create Both\nExpunge Both"
ONLY_HERE = "Create Near\nSync Pull"


def mbsyncrc(login: Login) -> str:
    """Read it with `mbsync -c FILE -a`; the mail is in `~/Mail/mailsim-NAME/`, which must exist."""
    near = f"~/Mail/mailsim-{login.name}/"
    return f"""\
# {login.address}; use it with: mkdir -p {near} && mbsync -c THIS-FILE -a
IMAPAccount {login.name}
Host {login.imap.host}
Port {login.imap.port}
User {_quoted(login.address)}
Pass {_quoted(login.password)}
SSLType STARTTLS
CertificateFile {_quoted(str(login.ca))}

IMAPStore {login.name}-far
Account {login.name}

MaildirStore {login.name}-near
Path {near}
Inbox {near}INBOX
SubFolders Verbatim

Channel {login.name}
Far :{login.name}-far:
Near :{login.name}-near:
Patterns *
{ONLY_HERE if login.read_only else BOTH_WAYS}
SyncState *
"""


def _quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'
