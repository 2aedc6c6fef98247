"""The grammar of IMAP: bytes -> frozen command -> the same bytes' meaning, and the formatting of responses.

`reader` assembles lines and literals, `scanner` and `printer` know the terminals of RFC 3501 section 9 in both
directions, and every other file here is one family of commands: what it holds, how it is read, how it is printed.
"""
