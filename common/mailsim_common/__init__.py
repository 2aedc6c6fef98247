"""The ground beneath the post office and the agents: YAML with line numbers, settings, the clock, the log.

It imports neither `mailsim` nor `mailsim_agents`; both may import it. Nothing that knows what a mailbox or
a persona is belongs here.
"""

from importlib.metadata import version

__version__ = version("mailsim")
