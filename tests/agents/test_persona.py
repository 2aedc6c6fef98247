"""Persona Markdown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim_agents.persona import GENDERS, load, parse, shared_instructions
from mailsim_common.errors import ConfigError

FILE = Path("p.md")
SHELDON = """---
signature: |
  Sheldon
  Caltech
---

# Theoretical Physicist Persona: Dr. Sheldon Cooper (en) [m]

A man of habits.

## Style
Precise.
```
## not a heading
```
## Reminder
Stay yourself.
"""
WORD = st.from_regex(r"\A[A-Za-zÄÖÜ.'-]+( [A-Za-zÄÖÜ.'-]+)*\Z")


def test_a_whole_file_is_understood() -> None:
    persona = parse(SHELDON, FILE)
    assert (persona.role, persona.name, persona.language, persona.gender) == (
        "Theoretical Physicist",
        "Dr. Sheldon Cooper",
        "en",
        "m",
    )
    assert persona.signature == "Sheldon\nCaltech"
    assert [section.heading for section in persona.sections] == ["", "Style", "Reminder"]
    assert persona.text.startswith("# Theoretical Physicist Persona")


def test_a_persona_without_a_signature_signs_with_its_name() -> None:
    assert parse("# Therapist: ELIZA\nListens.", FILE).signature == "ELIZA"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "title"),
        ("\n\nHello\n", 3, "title"),
        ("# No colon\ntext", 1, "title"),
        ("# Role:  (en)\ntext", 1, "title"),
        ("# R: N (english!)\ntext", 1, "language"),
        ("# R: N [male]\ntext", 1, "gender"),
        ("# R: N\n\n## Empty\n", 1, "describes nobody"),
        ("---\nsignature: x\n# R: N\ntext", 1, "closing"),
        ("---\nsignature: x\nsignatur: y\n---\n# R: N\ntext", 3, "did you mean `signature`"),
        ("---\naddress: nowhere\n---\n# R: N\ntext", 2, "address"),
        ("---\nsignature: [\n---\n# R: N\ntext", None, "YAML"),
    ],
)
def test_a_fault_is_reported_with_file_and_line(text: str, line: int | None, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        parse(text, FILE)
    assert caught.value.path == FILE
    assert line is None or caught.value.line == line


@given(st.text())
def test_any_text_is_a_persona_or_a_fault(text: str) -> None:
    try:
        assert parse(text, FILE).name
    except ConfigError as error:
        assert error.path == FILE


@given(WORD, WORD, st.sampled_from(["en", "de", "pt-BR"]), st.sampled_from(GENDERS))
def test_every_title_is_read_back(role: str, name: str, language: str, gender: str) -> None:
    persona = parse(f"# {role}: {name} ({language}) [{gender}]\ntext", FILE)
    assert (persona.name, persona.language, persona.gender) == (name, language, gender)
    assert persona.role in role


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such persona"):
        load(tmp_path / "nobody.md")


def test_shared_instructions_come_in_the_personas_language_or_else_in_the_common_one(tmp_path: Path) -> None:
    assert shared_instructions(tmp_path, "en") == ""
    (tmp_path / "_instructions.md").write_text("Write.\n", encoding="utf-8")
    (tmp_path / "_instructions.de.md").write_text("Schreib.\n", encoding="utf-8")
    assert [shared_instructions(tmp_path, language) for language in ("en", "de-AT")] == ["Write.", "Schreib."]
