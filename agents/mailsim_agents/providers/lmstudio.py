"""LM Studio: OpenAI's dialect at its own address, with its own list of models."""

from typing import ClassVar

from mailsim_agents.errors import ProviderRefused
from mailsim_agents.providers.openai import OpenAI


class LmStudio(OpenAI):
    """The local server of the LM Studio app (its tab "Developer", or `lms server start`)."""

    name = "lmstudio"
    title: ClassVar[str] = "LM Studio"
    default_url: ClassVar[str | None] = "http://localhost:1234/v1"

    def _check(self, known: list[str]) -> None:
        if self.settings.model not in known:
            models = ", ".join(sorted(known)) or "none"
            raise ProviderRefused(
                f"LM Studio has no model `{self.settings.model}`; it has: {models}. "
                f"Fetch it with: lms get {self.settings.model}"
            )
