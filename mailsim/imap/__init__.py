"""The IMAP server: any mail client reads and keeps its mail here, over the Maildirs of `mailsim.store`.

    server.py       listens, limits, closes            connection.py   one socket: bytes in, whole responses out
    session.py      who is logged in, what is open     view.py         a session's own picture of its mailbox
    dispatch.py     command -> handler -> tagged reply commands/       the handlers, one file for each family
    deflate.py      compressed streams                 reading.py      one message, opened no further than needed
    wire/           the grammar: bytes -> frozen command -> bytes, and how responses are written

Standards (RFC): 2177 (IDLE), 2342 (NAMESPACE), 2971 (ID), 3348 (CHILDREN), 3501 (IMAP4rev1), 3502 (MULTIAPPEND), 3516
(BINARY), 3691 (UNSELECT), 4315 (UIDPLUS), 4466 (grammar), 4616 (PLAIN), 4731 (ESEARCH), 4959 (SASL-IR), 4978
(COMPRESS), 5032 (WITHIN), 5161 (ENABLE), 5182 (SEARCHRES), 5256 (SORT, THREAD), 5258 (LIST-EXTENDED), 5530 (response
codes), 5819 (LIST-STATUS), 6154 (SPECIAL-USE), 6851 (MOVE), 6855 (UTF8), 7162 (CONDSTORE), 7677 (SCRAM-SHA-256), 7888
(LITERAL+), 8438 (STATUS=SIZE), 8474 (OBJECTID), 9051 (IMAP4rev2).
"""

from mailsim.imap.server import ImapServer

__all__ = ["ImapServer"]
