"""Correspondents without a language model: they follow a rule script, offline, as in 1966 and 1972."""

import random
from typing import ClassVar

from mailsim_agents.providers.base import Answer, Request
from mailsim_agents.providers.mind import reply
from mailsim_agents.providers.script import read_script
from mailsim_agents.providers.settings import LlmSettings


class Rules:
    """A persona that follows the script named in the settings."""

    name: ClassVar[str] = "rules"
    supported: ClassVar[frozenset[str]] = frozenset({"script", "seed"})
    needs: ClassVar[frozenset[str]] = frozenset({"script"})
    default_script: ClassVar[str] = ""

    def __init__(self, settings: LlmSettings, rng: random.Random) -> None:
        self._name = settings.script or self.default_script
        self._script = read_script(self._name)
        # not the request's seed, which differs from mail to mail: the turn of the answers must not
        self._seed = settings.seed or 0

    async def answer(self, request: Request) -> Answer:
        text = reply(self._script, request.turns, self._seed)
        return Answer(text, f"rules/{self._name}")

    async def verify(self) -> None:
        """Nothing to find out: the script was read and checked at the start."""

    async def close(self) -> None:
        """Nothing to give back."""


class Eliza(Rules):
    """After Joseph Weizenbaum's program of 1966, with answers of our own."""

    name: ClassVar[str] = "eliza"
    needs: ClassVar[frozenset[str]] = frozenset()
    default_script: ClassVar[str] = "eliza"


class Parry(Rules):
    """After Kenneth Colby's program of 1972, with a story of our own."""

    name: ClassVar[str] = "parry"
    needs: ClassVar[frozenset[str]] = frozenset()
    default_script: ClassVar[str] = "parry"
