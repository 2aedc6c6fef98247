"""YAML that remembers where each key stood, so that an error can name its line.

Plain words stay words: of YAML 1.1's surprises (`no` is false, `12:30` is 750, a date is a date object) only
`true` and `false` are kept, because `language: no` means Norwegian and `listen: 127.0.0.1:1025` means a port.
"""

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mailsim_common.errors import ConfigError

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class YamlFile:
    """The content of one file and the line (from 1) of each of its keys and list items."""

    path: Path
    data: Any
    lines: dict[Keys, int] = field(default_factory=dict)

    def line(self, keys: Keys) -> int | None:
        """The line of the key, or of the nearest enclosing key that the file has."""
        while keys and keys not in self.lines:
            keys = keys[:-1]
        return self.lines.get(keys)


def load(path: Path) -> YamlFile:
    """Read `path`; the data of an empty file is None.

    Raises ConfigError for a file that cannot be read, is not UTF-8, is not YAML, or names a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError("there is no such file", path) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"not UTF-8: {error.reason}", path, line) from error
    return parse(text, path)


def parse(text: str, path: Path) -> YamlFile:
    """Like `load`, for text already read; `path` is only named in errors."""
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            lines: dict[Keys, int] = {}
            if node is not None:
                _walk(node, (), lines, path)
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ConfigError(f"not YAML: {error.problem}", path, mark.line + 1 if mark else None) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(f"not YAML: it cannot hold the character U+{error.character:04X}", path, line) from error
    except RecursionError as error:
        raise ConfigError("not YAML: nested too deep", path, 1) from error
    return YamlFile(path, data, lines)


def scalar(text: str) -> Any:
    """A value as it would read in a YAML file: `3` a number, `true` a truth, `[a, b]` a list, else the text."""
    if not text.strip() or text.lstrip().startswith("#"):  # here that begins a word, not a comment
        return text.strip()
    try:
        return parse(text, Path("--set")).data
    except ConfigError:  # for example `[::1]:1025`
        return text


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own class attribute

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """PyYAML lets out of a bad `!!int x` whatever Python says; here it keeps its line."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, LookupError, AttributeError) as error:
            kind = node.tag.rpartition(":")[2]
            raise yaml.constructor.ConstructorError(None, None, f"this is no {kind}", node.start_mark) from error


def _resolver(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_resolver("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolver("int", r"^[-+]?[0-9][0-9_]*$", "-+0123456789")
_resolver("float", r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+)$", "-+0123456789.")
_resolver("null", r"^(?:~|null|Null|NULL|)$", "~nN")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^$"), [""])


def _construct_int(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(loader.construct_scalar(node).replace("_", ""))


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)


def _walk(node: yaml.Node, keys: Keys, lines: dict[Keys, int], path: Path) -> None:
    """Note the line of every key below `node`; a key written twice would silently lose one of its values."""
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*keys, index)] = item.start_mark.line + 1
            _walk(item, (*keys, index), lines, path)
    elif isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            here = (*keys, _key(key_node))
            line = key_node.start_mark.line + 1
            if here in lines:
                raise ConfigError(f"{key_node.value}: written twice, first on line {lines[here]}", path, line)
            lines[here] = line
            _walk(value, here, lines, path)


def _key(node: yaml.Node) -> str:
    return str(node.value) if isinstance(node.value, Hashable) else repr(node.value)
