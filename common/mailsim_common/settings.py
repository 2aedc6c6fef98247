"""Settings: a YAML file and `--set` overrides become a frozen, validated model, or one clear error."""

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from mailsim_common.errors import ConfigError
from mailsim_common.yamlfile import Keys, YamlFile, load, scalar

Overrides = Mapping[Keys, Any]


class Settings(BaseModel):
    """Base of every settings model: it cannot be changed once read, and it knows all of its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_is_empty(cls, data: Any) -> Any:
        """A key with nothing below it, because all is commented out, has all its defaults."""
        return {} if data is None else data


Model = TypeVar("Model", bound=BaseModel)


def parse_overrides(texts: Sequence[str]) -> dict[Keys, Any]:
    """`["listen.smtp=127.0.0.1:0"]` -> `{("listen", "smtp"): "127.0.0.1:0"}`; raises ConfigError without a `=`."""
    overrides: dict[Keys, Any] = {}
    for text in texts:
        keys, equals, value = text.partition("=")
        if not equals or not all(keys.split(".")):
            raise ConfigError(f"--set {text}: write it as path.to.key=value, for example listen.smtp=127.0.0.1:0")
        overrides[tuple(keys.strip().split("."))] = scalar(value)
    return overrides


def below(overrides: Overrides, *prefix: str) -> dict[Keys, Any]:
    """The overrides whose path starts with `prefix`, with that prefix taken off."""
    size = len(prefix)
    return {keys[size:]: value for keys, value in overrides.items() if keys[:size] == prefix and len(keys) > size}


def read(path: Path, model: type[Model], overrides: Overrides | None = None, prefix: str = "") -> Model:
    """The file at `path` as a `model`, with `overrides` (paths within this file) laid over it.

    `prefix` is what a user writes before these keys in `--set`, for the error text. Raises ConfigError that
    names file, line and key; for an unknown key, with the known one that looks most like it.
    """
    return build(load(path), model, overrides or {}, prefix)


def build(file: YamlFile, model: type[Model], overrides: Overrides, prefix: str = "") -> Model:
    """Like `read`, for a file already loaded; an empty one counts as an empty mapping."""
    data: Any = {} if file.data is None else file.data
    if not isinstance(data, dict):
        raise ConfigError("must hold `key: value` lines", file.path, 1)
    for keys, value in overrides.items():
        data = _laid_over(data, keys, value)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fault = error.errors()[0]
        raise _explain(fault, _path(fault, data), file, model, overrides, prefix) from error


def _laid_over(data: Any, keys: Keys, value: Any) -> Any:
    if not keys:
        return value
    base = dict(data) if isinstance(data, dict) else {}
    base[keys[0]] = _laid_over(base.get(keys[0]), keys[1:], value)
    return base


def _path(fault: ErrorDetails, data: Any) -> Keys:
    """The keys that lead to a fault, without what pydantic puts among them (`[key]`, the arms of a union)."""
    path: list[str | int] = []
    for key in fault["loc"]:
        there = key in data if isinstance(data, dict) else isinstance(data, list) and isinstance(key, int)
        if there or (fault["type"] == "missing" and key == fault["loc"][-1]):
            path.append(key)
        data = data[key] if there else data
    return tuple(path)


def _explain(
    fault: ErrorDetails, loc: Keys, file: YamlFile, model: type[BaseModel], overrides: Overrides, prefix: str
) -> ConfigError:
    name = ".".join(str(key) for key in loc)
    text = f"{name}: {_sentence(fault, loc, model)}"
    if any(_touch(loc, keys) for keys in overrides):
        return ConfigError(f"--set {prefix}{text}")
    return ConfigError(text, file.path, file.line(loc))


def _touch(loc: Keys, keys: Keys) -> bool:
    """Whether one of the two leads to the other."""
    size = min(len(loc), len(keys))
    return size > 0 and loc[:size] == keys[:size]


def _sentence(fault: ErrorDetails, loc: Keys, model: type[BaseModel]) -> str:
    if fault["type"] == "extra_forbidden":
        known = _fields(model, loc[:-1])
        close = difflib.get_close_matches(str(loc[-1]), known, n=1)
        return f"unknown key; did you mean `{close[0]}`?" if close else f"unknown key; known are {', '.join(known)}"
    if fault["type"] == "missing":
        return "this key is needed and missing"
    message = fault["msg"].removeprefix("Value error, ")
    value = fault.get("input")
    shown = f" (got {value!r})" if isinstance(value, str | int | float | bool) else ""
    return message[:1].lower() + message[1:] + shown


def _fields(model: type[BaseModel], loc: Keys) -> list[str]:
    """The keys that are known at `loc`, followed through nested models and mappings of models."""
    here = model
    for key in loc:
        field = here.model_fields.get(str(key), here.model_fields.get("root"))
        inner = _model_within(field.annotation) if field else None
        here = inner or here  # the key of a mapping of models leads to no other model
    return sorted(here.model_fields)


def _model_within(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_within, get_args(annotation))), None)
