"""How fast the IMAP server answers, side by side with others over the same messages: `python -m benchmarks.imap`."""
