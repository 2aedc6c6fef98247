"""The correspondents: personas, each with an LLM behind it and a mailbox of its own.

An agent knows an IMAP host, an SMTP host and a password, and nothing else of the post office, so it runs
unchanged against any other mail server.
"""
