"""The mail store: Maildir++ as Dovecot lays it out on disk, so that either server can be pointed at `mailboxes/`.

What was said lives in the Maildirs alone. File names carry flags and sizes, `dovecot-uidlist` the UIDs,
`dovecot-keywords` the keywords, `subscriptions` what a client subscribed to. The SQLite cache beside them holds
ready-made wire text and may be deleted at any moment.
"""

from mailsim.store.account import AccountStore, MailboxName
from mailsim.store.contents import Listener
from mailsim.store.mailbox import Change, Mailbox
from mailsim.store.message import Message
from mailsim.store.store import Store
from mailsim.store.sync import GroupSync
from mailsim.store.watch import Watch

__all__ = ["AccountStore", "Change", "GroupSync", "Listener", "Mailbox", "MailboxName", "Message", "Store", "Watch"]
