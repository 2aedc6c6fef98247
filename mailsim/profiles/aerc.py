"""aerc: an accounts.conf."""

from email.utils import formataddr
from urllib.parse import quote

from mailsim.profiles.login import Login


def accounts_conf(login: Login) -> str:
    """Put it at `~/.config/aerc/accounts.conf`, mode 600; aerc learns whom to trust from its environment only."""
    credentials = f"{quote(login.address, safe='')}:{quote(login.password, safe='')}"
    return f"""\
# put this at ~/.config/aerc/accounts.conf (chmod 600), then: SSL_CERT_FILE={login.ca} aerc
[{login.name}]
source = imap://{credentials}@{login.imap}
outgoing = smtp+plain://{credentials}@{login.smtp}
smtp-starttls = yes
from = {formataddr((login.full_name, login.address))}
default = INBOX
copy-to = Sent
postpone = Drafts
archive = Archive
check-mail = 1m
"""
