"""A rule script: what a rule-based persona listens for, and what it then says."""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field

from mailsim_common import yamlfile
from mailsim_common.errors import ConfigError
from mailsim_common.settings import Settings, build

Words = dict[str, Annotated[list[Annotated[str, Field(pattern=r"\S")]], Field(min_length=1)]]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled line of `hears`. One of the words `needed` must occur for it to fit; an empty set says nothing.

    That is looked up first, since a mail is held against hundreds of patterns and fits a few.
    """

    expression: re.Pattern[str]
    needed: frozenset[str]

    def captures(self, clause: str, words: Set[str]) -> list[str] | None:
        """What stands where it has stars and families; None where it does not fit.

        `words` are those of the clause, in small letters.
        """
        if self.needed and self.needed.isdisjoint(words):
            return None
        match = self.expression.fullmatch(clause)
        return [group.strip() for group in match.groups()] if match else None


class Mood(Settings):
    """A feeling between 0 and 100: how strong at first, and how much of it fades with each mail."""

    start: int = Field(0, ge=0, le=100)
    fades: int = Field(5, ge=0, le=100)


class Rule(Settings):
    """What is heard, and the answers to it, each said once before any is said again.

    A pattern of `hears` is a line of words: `*` stands for any words and is numbered in the answers `{1}`, `{2}` …;
    `@family` for one word of that list, numbered too; `a|b` for either word. `when` names moods and how strong
    they must be at least; `feels` is what hearing this changes. With `continues`, the story goes on behind the answer;
    `remembers` are things to come back to when nothing else is to be said.
    """

    hears: list[str] = Field(default_factory=lambda: ["*"])
    rank: int = 0
    when: dict[str, int] = Field(default_factory=dict)
    feels: dict[str, int] = Field(default_factory=dict)
    says: list[str] = Field(default_factory=list)
    remembers: list[str] = Field(default_factory=list)
    continues: bool = False

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The numbers of the captures that its answers say back."""
        texts = (*self.says, *self.remembers)
        return frozenset(int(number) for text in texts for number in re.findall(r"\{(\d+)\}", text))


class Script(Settings):
    """One character's rules; see `scripts/eliza.yaml` for an example to start from."""

    opening: list[str] = Field(min_length=1)
    otherwise: list[str] = Field(min_length=1)
    story: list[str] = Field(default_factory=list)
    words: Words = Field(default_factory=dict)
    moods: dict[str, Mood] = Field(default_factory=dict)
    rules: list[Rule] = Field(default_factory=list)

    @cached_property
    def patterns(self) -> list[list[Pattern]]:
        """The compiled `hears` of each rule, in the same order."""
        return [[compiled(pattern, self.words) for pattern in rule.hears] for rule in self.rules]


def read_script(name: str) -> Script:
    """The script of that name in mailsim's own collection, or the YAML file at that path; raises ConfigError."""
    bundled = files("mailsim_agents.providers") / "scripts" / f"{name}.yaml"
    if name.endswith((".yaml", ".yml")):
        file = yamlfile.load(Path(name))
    elif bundled.is_file():
        file = yamlfile.parse(bundled.read_text(encoding="utf-8"), Path(str(bundled)))
    else:
        raise ConfigError(f"script: there is none called `{name}`; known: {', '.join(bundled_scripts())}")
    script = build(file, Script, {})
    _check(script, file)
    return script


def bundled_scripts() -> list[str]:
    """The names of mailsim's own scripts."""
    folder = files("mailsim_agents.providers") / "scripts"
    return sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir())


def compiled(pattern: str, words: Words) -> Pattern:
    """The pattern made ready to match; raises KeyError for a family that `words` does not have."""
    expression, glue, needed = "", "", list[str]()
    for word in pattern.split():
        if word == "*":
            expression, glue = expression + r"\s*(.*?)", r"\s*"
        else:
            choices = words[word[1:]] if word.startswith("@") else list(filter(None, word.split("|"))) or [word]
            needed = needed or choices
            expression, glue = expression + glue + _either(choices, captured=word.startswith("@")), r"\s+"
    whole = re.compile(expression + r"\s*", re.IGNORECASE | re.DOTALL)
    return Pattern(whole, frozenset(choice.split()[0].lower() for choice in needed))


def _either(choices: Sequence[str], captured: bool) -> str:
    either = "|".join(re.escape(choice).replace(r"\ ", r"\s+") for choice in choices)
    return rf"(?<![\w']){'(' if captured else '(?:'}{either})(?![\w'])"


def told(text: str, said: Sequence[str]) -> str:
    """`text` with `{1}`, `{2}` … replaced by what was captured."""
    return re.sub(r"\{(\d+)\}", lambda match: said[int(match[1]) - 1], text)


def _check(script: Script, file: yamlfile.YamlFile) -> None:
    """Find the faults that a model cannot see: unknown families and moods, numbers without a star."""
    for index, rule in enumerate(script.rules):
        fault = _fault(rule, script)
        if fault:
            raise ConfigError(fault, file.path, file.line(("rules", index)))


def _fault(rule: Rule, script: Script) -> str | None:
    try:
        stars = min((compiled(pattern, script.words).expression.groups for pattern in rule.hears), default=0)
    except KeyError as error:
        return f"hears: there is no family @{error.args[0]} under `words`"
    if unknown := sorted({*rule.when, *rule.feels} - set(script.moods)):
        return f"`{unknown[0]}` is not among the `moods`"
    highest = max(rule.numbers, default=0)
    if highest > stars or 0 in rule.numbers:
        return f"says: {{{highest if highest > stars else 0}}} stands for no `*` or `@` of every pattern"
    return None
