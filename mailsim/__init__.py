"""The post office: a local SMTP relay, a mail store, an IMAP server and an archive of every conversation.

It knows addresses and messages, and no persona and no prompt: the correspondents live in `mailsim_agents`,
and only SMTP and IMAP pass between the two.
"""
