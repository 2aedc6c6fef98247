"""Ready profiles: the settings of one account, written down the way a mail client reads them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from mailsim.config import World
from mailsim.profiles.aerc import accounts_conf
from mailsim.profiles.apple import mobileconfig
from mailsim.profiles.login import Login, login
from mailsim.profiles.mbsync import mbsyncrc
from mailsim.profiles.mutt import muttrc
from mailsim.profiles.thunderbird import user_js

Profile = Callable[[Login], str]

__all__ = ["PROFILES", "Login", "write"]

PROFILES: dict[str, Profile] = {
    "aerc": accounts_conf,
    "apple": mobileconfig,
    "mbsync": mbsyncrc,
    "mutt": muttrc,
    "thunderbird": user_js,
}


def write(world: World, client: str, name: str | None, output: Path | None) -> None:
    """Write what `client`, a key of PROFILES, reads to open the account `name`, by default that of the only person.

    It goes to standard output, or to `output`: a new file is readable by its owner only, since it holds a password.
    Raises NotFound for an account that does not exist, and when there is not exactly one person to mean.
    """
    text = PROFILES[client](login(world, name))
    if output is None:
        sys.stdout.write(text)
        return
    with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
