"""How a rule script answers: keywords with ranks, answers in turn, a memory, moods and a story.

A mind is a fold over the conversation: it is built anew from the first mail for every answer, so the same
conversation gives the same answer, after a restart too, and nothing is kept between two answers.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailsim_agents.providers.base import Turn
from mailsim_agents.providers.reflection import reflect
from mailsim_agents.providers.script import Rule, Script, told

LONGEST_CLAUSE = 300  # characters; this and the next keep the matching of a hostile mail cheap
MOST_CLAUSES = 60
LONGEST_ECHO = 14  # words said back in an answer; more would sound like a parrot
QUOTABLE = range(3, 10)  # words

_TYPESET = str.maketrans("\u2018\u2019\u201c\u201d\u201e\u2013\u2014", '\'\'""",,')  # quotes and dashes
_CLAUSE = re.compile(r"""[!?;:,\n()"«»]+|\.+(?=\s|$)|\s-+\s|\sbut\s""", re.IGNORECASE)
_WORD = re.compile(r"[\w']+")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


def reply(script: Script, turns: Sequence[Turn], seed: int = 0) -> str:
    """The next mail of a persona that follows `script`; `seed` rotates which of equal answers comes first."""
    mind = Mind(script, seed)
    heard = list(_exchanges(turns))
    if not heard:
        return mind.pick("opening", script.opening)
    return [mind.answer(text) for text in heard][-1]


def clauses(text: str) -> list[str]:
    """The text cut where a reader breathes: patterns match within one clause."""
    cut = (" ".join(clause.split()) for clause in _CLAUSE.split(text.translate(_TYPESET)))
    return [clause[:LONGEST_CLAUSE] for clause in cut if clause][-MOST_CLAUSES:]


def _quotable(text: str) -> str:
    """The last sentence short enough to say back word for word; empty where there is none."""
    sentences = (sentence.strip().removesuffix(".") for sentence in reversed(_SENTENCE.split(text)))
    return next((one for one in sentences if len(one.split()) in QUOTABLE and '"' not in one), "")


def _exchanges(turns: Sequence[Turn]) -> Iterator[str]:
    """What was heard before each answer: all that the others wrote since the last own mail."""
    heard: list[str] = []
    for number, turn in enumerate(turns):
        if not turn.own:
            heard.append(turn.text)
        elif number:  # an own mail that opened the conversation answered nothing
            yield "\n".join(heard)
            heard = []
    if turns and (heard or turns[-1].own):
        yield "\n".join(heard)


@dataclass(frozen=True)
class Match:
    """A rule that fits a clause, with what its stars stand for, seen from the answering side."""

    number: int
    rule: Rule
    said: list[str]
    position: int

    @property
    def is_short(self) -> bool:
        """Whether what would be said back is no longer than a person would repeat."""
        return all(len(self.said[number - 1].split()) <= LONGEST_ECHO for number in self.rule.numbers)


class Mind:
    """What a persona has heard, said and felt so far in one conversation."""

    def __init__(self, script: Script, seed: int = 0) -> None:
        self._script, self._seed = script, seed
        self.moods = {name: mood.start for name, mood in script.moods.items()}
        self._said: Counter[object] = Counter()
        self._memories: deque[str] = deque()
        self._last_rule = -1

    def answer(self, text: str) -> str:
        """Take in a mail and say something to it."""
        matches = list(self._matches(clauses(text)))
        self._feel(matches)
        fitting = [match for match in matches if self._can_say(match)]
        chosen = min(fitting, key=self._preference, default=None)
        self._remember(matches, chosen)
        self._last_rule = chosen.number if chosen else -1
        return self._say(chosen) if chosen else self._unprompted(text)

    def pick(self, kind: object, texts: Sequence[str]) -> str:
        """The one of `texts` that was said least, in their order."""
        self._said[kind] += 1
        start = self._seed % len(texts)
        text = min((*texts[start:], *texts[:start]), key=lambda text: self._said[kind, text])
        self._said[kind, text] += 1
        return text

    def _matches(self, heard: Sequence[str]) -> Iterator[Match]:
        for position, clause in enumerate(heard):
            words = frozenset(_WORD.findall(clause.lower()))
            for number, patterns in enumerate(self._script.patterns):
                fits = (said for pattern in patterns if (said := pattern.captures(clause, words)) is not None)
                if (found := next(fits, None)) is not None:
                    said = [reflect(capture) for capture in found]
                    yield Match(number, self._script.rules[number], said, position)

    def _can_say(self, match: Match) -> bool:
        """Whether the rule has something left to say, and the mood to say it in."""
        rule = match.rule
        in_mood = all(self.moods[name] >= least for name, least in rule.when.items())
        return in_mood and match.is_short and self._said[match.number] < len(rule.says)

    def _preference(self, match: Match) -> tuple[bool, int, int, int]:
        """No rule twice in a row; then by rank; then what was heard last, which an answer leads on from."""
        return match.number == self._last_rule, -match.rule.rank, -match.position, match.number

    def _say(self, match: Match) -> str:
        said = told(self.pick(match.number, match.rule.says), match.said)
        return f"{said} {self._chapter()}".strip() if match.rule.continues else said

    def _unprompted(self, heard: str) -> str:
        """Nothing heard calls for an answer: the story goes on, or a memory comes back, or something general."""
        if chapter := self._chapter():
            return chapter
        if self._memories and self._said["memory"] <= self._said["otherwise"]:
            self._said["memory"] += 1
            return self._memories.popleft()
        quote = _quotable(heard)
        texts = [text for text in self._script.otherwise if quote or "{quote}" not in text]
        return self.pick("otherwise", texts or self._script.otherwise).replace("{quote}", quote)

    def _chapter(self) -> str:
        """The next piece of the story; empty once it is told."""
        number = self._said["story"]
        self._said["story"] += 1
        return self._script.story[number] if number < len(self._script.story) else ""

    def _feel(self, matches: Sequence[Match]) -> None:
        """Moods fade towards where they began, then what was heard moves them; each rule counts once a mail."""
        for name, mood in self._script.moods.items():
            distance = self.moods[name] - mood.start
            self.moods[name] -= max(-mood.fades, min(mood.fades, distance))
        for rule in {match.number: match.rule for match in matches}.values():
            for name, change in rule.feels.items():
                self.moods[name] = max(0, min(100, self.moods[name] + change))

    def _remember(self, matches: Sequence[Match], chosen: Match | None) -> None:
        """Keep what was worth an answer and did not get one."""
        for match in matches:
            if match.rule.remembers and match.is_short and match is not chosen:
                memory = self.pick(("memory", match.number), match.rule.remembers)
                self._memories.append(told(memory, match.said))
