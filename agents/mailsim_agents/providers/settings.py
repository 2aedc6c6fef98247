"""`config/llm/<name>.yaml`: a service, a model and its parameters."""

import os
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from mailsim_agents.errors import ProviderRefused
from mailsim_common.settings import Settings

COMMON = frozenset({"service", "factory", "context_length", "timeout", "max_retries"})
"""Keys that every service takes, because mailsim itself heeds them."""
REMOTE = frozenset({"model", "api_key_env", "api_key_file", "base_url", "headers", "body", "stop", "max_tokens"})
"""Keys that every service takes which is reached over HTTP."""


class LlmSettings(Settings):
    """One file of `config/llm/`. Which of the keys a service takes is its class's `supported`."""

    service: str
    model: str = ""
    api_key_env: str | None = None
    api_key_file: Path | None = None
    base_url: str | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    top_p: float | None = Field(None, gt=0, le=1)
    top_k: int | None = Field(None, ge=1)
    stop: tuple[str, ...] = ()
    max_tokens: int | None = Field(None, ge=1)
    seed: int | None = None
    context_length: int | None = Field(None, ge=256)
    """Tokens the model reads and writes at once."""
    timeout: float = Field(120.0, gt=0)
    """Seconds to wait for one answer."""
    max_retries: int = Field(2, ge=0, le=20)
    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, Any] = Field(default_factory=dict)
    """Parameters that mailsim has no name for, handed to the service as they are."""
    keep_alive: str | float | None = None
    """How long Ollama keeps the model loaded: `10m`, or seconds; -1 for ever."""
    script: str | None = None
    """A rule script: the name of one of mailsim's own, or a path to a YAML file."""
    factory: str | None = None
    """`package.module:Class` of a `custom` provider."""

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("api_key_file")
    @classmethod
    def _home(cls, value: Path | None) -> Path | None:
        return value.expanduser() if value else None

    def chosen(self, *names: str) -> dict[str, Any]:
        """Those of the parameters `names` that were given a value."""
        values = {name: getattr(self, name) for name in names}
        return {name: value for name, value in values.items() if value not in (None, ())}

    def key_source(self, default_env: str) -> str:
        """Where the key comes from, in words for an error: never the key."""
        return f"the file {self.api_key_file}" if self.api_key_file else f"${self.api_key_env or default_env}"

    def api_key(self, default_env: str) -> str | None:
        """The key from `api_key_file`, else from `api_key_env`, else from `default_env`; None where there is none.

        Raises ProviderRefused for a file that cannot be read.
        """
        if self.api_key_file is None:
            return os.environ.get(self.api_key_env or default_env, "").strip() or None
        try:
            return self.api_key_file.read_text(encoding="utf-8").strip() or None
        except (OSError, UnicodeDecodeError) as error:
            raise ProviderRefused(f"no API key: {self.api_key_file} cannot be read") from error
