"""`python -m mailsim_agents`, for a parent process that wants the very same Python."""

from mailsim_agents.cli import main

main()
