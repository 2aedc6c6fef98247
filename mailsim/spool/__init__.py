"""Accepted mail on disk until every recipient has it.

spool/tmp/            being written; empty after a start
spool/queue/<id>.eml  the message, exactly the bytes that are linked into the mailboxes
spool/queue/<id>.json its envelope on the first line, its journal on the lines below
spool/broken/         what could not be read or can never be delivered, for a person to look at
spool/accepted.log    the ledger: which submissions were accepted, so that none is taken twice
"""

from mailsim.spool.envelope import Envelope
from mailsim.spool.item import BrokenItem, Item
from mailsim.spool.ledger import Accepted, Ledger
from mailsim.spool.spool import Durable, Spool

__all__ = ["Accepted", "BrokenItem", "Durable", "Envelope", "Item", "Ledger", "Spool"]
