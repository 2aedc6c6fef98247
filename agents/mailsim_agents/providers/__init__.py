"""The LLM services an agent can speak through, one small file each.

A service is an entry point of the group `mailsim.providers`: a class with the set `supported` of settings keys,
called with `(settings, rng)` to make a Provider. Other packages add theirs by declaring one.
"""

import difflib
import importlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Protocol

from mailsim_agents.providers.base import Answer, Provider, Request, Turn
from mailsim_agents.providers.retry import Patient
from mailsim_agents.providers.settings import COMMON, LlmSettings
from mailsim_common import yamlfile
from mailsim_common.errors import ConfigError
from mailsim_common.settings import Overrides, build

__all__ = ["Answer", "LlmSettings", "Provider", "Request", "Turn", "known", "load", "read_settings"]

GROUP = "mailsim.providers"
CUSTOM = "custom"
_EVERYTHING = frozenset(LlmSettings.model_fields)


class Service(Protocol):
    """What an entry point leads to: a provider's class. It may raise ProviderRefused, for example without a key."""

    @property
    def supported(self) -> frozenset[str]:
        """The keys of LlmSettings that it takes; a service without this set takes all."""
        ...

    @property
    def needs(self) -> frozenset[str]:
        """The keys it cannot do without; a service without this set has none."""
        ...

    def __call__(self, settings: LlmSettings, rng: random.Random) -> Provider:
        """Make the provider; raises ProviderRefused where something is missing that settings do not show."""
        ...


@dataclass(frozen=True)
class Fault:
    """What is wrong with the value of one key."""

    key: str
    text: str


def known() -> list[str]:
    """The names of all services that are installed, `custom` among them."""
    return sorted({*_entry_points(), CUSTOM})


def read_settings(path: Path, overrides: Overrides | None = None) -> LlmSettings:
    """Read `config/llm/<name>.yaml` and check that its service exists and takes the keys that are set.

    Paths in it are relative to its folder. Raises ConfigError naming file, line and key; `overrides` are those of
    this file (`mailsim_common.settings.below(overrides, "llm", name)`).
    """
    file = yamlfile.load(path)
    settings = build(file, LlmSettings, overrides or {}, f"llm.{path.stem}.")
    if fault := _fault(settings):
        raise ConfigError(f"{fault.key}: {fault.text}", path, file.line((fault.key,)))
    return settings.model_copy(update=_located(settings, path.parent))


def load(settings: LlmSettings, rng: random.Random) -> Provider:
    """The provider of `settings.service`, which asks its service again when that is busy.

    Raises ConfigError for an unknown service or a key that it does not take, ProviderRefused for a missing API key.
    """
    if fault := _fault(settings):
        raise ConfigError(f"{fault.key}: {fault.text}")
    return Patient(_service(settings)(settings, rng), settings.max_retries, rng)


def _fault(settings: LlmSettings) -> Fault | None:
    names = known()
    if settings.service not in names:
        close = difflib.get_close_matches(settings.service, names, n=1)
        nearest = f"did you mean `{close[0]}`? " if close else ""
        return Fault("service", f"unknown service `{settings.service}`; {nearest}Known: {', '.join(names)}")
    if settings.service == CUSTOM and not settings.factory:
        return Fault("service", "a custom service needs `factory: package.module:Class`")
    try:
        return _misfit(settings, _service(settings))
    except (ImportError, AttributeError) as error:
        return Fault("factory" if settings.factory else "service", f"cannot be loaded: {error}")


def _misfit(settings: LlmSettings, service: Service) -> Fault | None:
    """A key that the service does not take, or one that it needs and was not given."""
    supported = COMMON | getattr(service, "supported", _EVERYTHING)
    for key in sorted(settings.model_fields_set - supported):
        return Fault(key, f"`{settings.service}` does not take it; it takes {', '.join(sorted(supported))}")
    for key in sorted(getattr(service, "needs", frozenset()) - settings.model_fields_set):
        return Fault(key, f"`{settings.service}` needs this key")
    return None


def _service(settings: LlmSettings) -> Service:
    if settings.service == CUSTOM and settings.factory:
        return _imported(settings.factory)
    service: Service = _entry_points()[settings.service].load()
    return service


def _imported(name: str) -> Service:
    module, _, attribute = name.partition(":")
    try:
        service: Service = getattr(importlib.import_module(module), attribute)
    except ValueError as error:
        raise ImportError(f"`{name}` is not written as package.module:Class") from error
    return service


def _entry_points() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _located(settings: LlmSettings, folder: Path) -> dict[str, Any]:
    """The paths among the settings, made to start at `folder`."""
    located: dict[str, Any] = {}
    if settings.api_key_file:
        located["api_key_file"] = folder / settings.api_key_file
    if settings.script and settings.script.endswith((".yaml", ".yml")):
        located["script"] = str(folder / settings.script)
    return located
