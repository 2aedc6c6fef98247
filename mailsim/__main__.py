"""`python -m mailsim`, the same as the command `mailsim`."""

from mailsim.cli import main

main()
