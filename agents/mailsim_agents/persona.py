"""Persona Markdown -> Persona: who an agent is.

    ---                                        (optional front matter, YAML)
    signature: |
      Sheldon
    ---
    # Theoretical Physicist: Dr. Sheldon Cooper (en) [m]

    ## Communication style
    ...

The title holds role and name, the language in parentheses (BCP 47) and the gender in brackets; both may be missing.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from mailsim_common.errors import ConfigError
from mailsim_common.settings import Settings, build
from mailsim_common.yamlfile import parse as parse_yaml

DEFAULT_LANGUAGE = "en"
GENDERS = ("f", "m", "n", "d", "x")
_EXTRAS = re.compile(r"\s*(?:\((?P<language>[^()]*)\)|\[(?P<gender>[^][]*)\])\s*$")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class FrontMatter(Settings):
    """What a persona file may say in YAML before its title."""

    address: Annotated[str, Field(pattern=r"^[^\s@<>]+@[^\s@<>]+$")] | None = None
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the description: its `##` heading (empty before the first) and its text."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Persona:
    """Who an agent is. `text` is the whole description in Markdown, title included, without front matter."""

    role: str
    name: str
    language: str
    gender: str | None
    text: str
    sections: tuple[Section, ...]
    front: FrontMatter

    @property
    def signature(self) -> str:
        """What stands below its mails; its name if the file says nothing."""
        return self.name if self.front.signature is None else self.front.signature.strip()


def load(path: Path) -> Persona:
    """Read a persona file; raises ConfigError with file and line for whatever is wrong in it."""
    return parse(_read(path), path)


def parse(text: str, path: Path) -> Persona:
    """Like `load`, for text already read; `path` is only named in errors."""
    lines = text.removeprefix("\ufeff").splitlines()
    front, start = _front_matter(lines, path)
    title_at = next((number for number in range(start, len(lines)) if lines[number].strip()), start)
    if title_at == len(lines) or not lines[title_at].startswith("# "):
        raise ConfigError("needs a title first: `# Role: Name (language) [gender]`", path, title_at + 1)
    role, name, language, gender = _title(lines[title_at], path, title_at + 1)
    sections = _sections(lines[title_at + 1 :])
    if not any(section.text for section in sections):
        raise ConfigError("describes nobody: below the title there is no text", path, title_at + 1)
    whole = "\n".join(lines[title_at:]).strip()
    return Persona(role, name, language or DEFAULT_LANGUAGE, gender, whole, sections, front)


def shared_instructions(folder: Path, language: str) -> str:
    """What every persona is told: `_instructions.<language>.md`, or else `_instructions.md`; empty without either."""
    names = (f"_instructions.{language.partition('-')[0]}.md", "_instructions.md")
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    return _read(path).strip() if path else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError("there is no such persona file", path) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", path) from error


def _front_matter(lines: list[str], path: Path) -> tuple[FrontMatter, int]:
    """The settings between two `---` lines at the top, and the index of the first line after them."""
    if not lines or lines[0].rstrip() != "---":
        return FrontMatter(), 0
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise ConfigError("the front matter has no closing `---`", path, 1)
    yaml = "\n".join(["", *lines[1:end]])  # the empty line keeps YAML's line numbers those of the file
    return build(parse_yaml(yaml, path), FrontMatter, {}), end + 1


def _title(line: str, path: Path, number: int) -> tuple[str, str, str | None, str | None]:
    """Role, name, language and gender of the title line."""
    rest, extras = line[2:].strip(), dict[str, str]()
    while match := _EXTRAS.search(rest):
        extras |= {key: value.strip() for key, value in match.groupdict().items() if value is not None}
        rest = rest[: match.start()]
    role, colon, name = (part.strip() for part in rest.partition(":"))
    language, gender = extras.get("language"), extras.get("gender")
    if not (colon and role and name):
        raise ConfigError("write the title as `# Role: Name (language) [gender]`", path, number)
    if language is not None and not _LANGUAGE.fullmatch(language):
        raise ConfigError(f"`({language})` is no language code such as (en) or (de)", path, number)
    if gender is not None and gender not in GENDERS:
        raise ConfigError(f"`[{gender}]` is no gender known here: {', '.join(GENDERS)}", path, number)
    return role.removesuffix("Persona").strip() or role, name, language, gender


def _sections(lines: list[str]) -> tuple[Section, ...]:
    """The text split at its `##` headings, but not at a `##` inside a fenced code block."""
    parts: list[tuple[str, list[str]]] = [("", [])]
    fenced = False
    for line in lines:
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced:
            parts.append((line[3:].strip(), []))
        else:
            parts[-1][1].append(line)
    sections = (Section(heading, "\n".join(body).strip()) for heading, body in parts)
    return tuple(section for section in sections if section.heading or section.text)
