"""Validate a world without starting it: the post office's part here, the agents' part by their own command."""

import subprocess
import sys
from collections.abc import Sequence

from mailsim.accounts import Accounts
from mailsim.castprocess import cast_settings
from mailsim.config import World
from mailsim.errors import WorldError

LONGEST = 60.0  # seconds


def check_world(world: World, overrides: Sequence[str]) -> dict[str, int]:
    """Returns what was found, counted; raises ConfigError or WorldError with the first fault."""
    Accounts(world)
    agents = [sys.executable, "-P", "-m", "mailsim_agents"]  # -P: no module from the current directory
    command = [*agents, "check", "--world", str(world.root), *cast_settings(overrides)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)  # noqa: S603
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["the cast's check failed and did not say why"]
        raise WorldError(last[0].removeprefix("mailsim-agents: "))
    return {"people": len(world.office.people), "cast": len(world.cast)}
