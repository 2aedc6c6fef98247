"""The personas and the cast that come with mailsim hold together."""

from pathlib import Path

import pytest

from mailsim_agents.config import load_world
from mailsim_agents.persona import load, shared_instructions
from mailsim_agents.providers import read_settings

ROOT = Path(__file__).parents[3]
PERSONAS = sorted((ROOT / "personas").glob("[!_]*.md"))
OFFLINE = {"eliza", "parry", "rules"}


@pytest.mark.parametrize("path", PERSONAS, ids=lambda path: path.stem)
def test_a_persona_has_its_sections_and_a_closing_reminder_with_its_name(path):
    persona = load(path)
    assert len(persona.sections) >= 5
    assert persona.gender
    last = persona.text.rstrip().splitlines()[-1]
    assert any(part.lower() in last.lower() for part in persona.name.split() if len(part) > 3)


@pytest.mark.parametrize("path", PERSONAS, ids=lambda path: path.stem)
def test_the_shared_instructions_exist_in_the_language_of_each_persona(path):
    own = load(path).language
    assert own == "en" or (ROOT / "personas" / f"_instructions.{own}.md").is_file()


@pytest.mark.parametrize("path", PERSONAS, ids=lambda path: path.stem)
def test_no_shared_instruction_is_repeated_in_a_persona(path):
    persona = load(path)
    shared = {line for line in shared_instructions(path.parent, persona.language).splitlines() if line.startswith("-")}
    assert shared
    assert not shared & set(persona.text.splitlines())


def test_the_default_cast_needs_no_key_and_no_network():
    world = load_world(ROOT)
    assert {member.account for member in world.cast} == {"eliza", "parry", "therapist", "sheldon"}
    assert {settings.service for settings in world.llms.values()} <= OFFLINE


def test_those_who_wait_outside_the_cast_have_a_persona_and_an_llm():
    lines = (ROOT / "config" / "cast.yaml").read_text(encoding="utf-8").splitlines()
    waiting = [line for line in lines if line.startswith("# ") and "{persona: " in line]
    assert waiting
    for line in waiting:
        assert (ROOT / "personas" / line.split("persona: ")[1].split(",")[0]).is_file()
        assert read_settings(ROOT / "config" / "llm" / f"{line.split('llm: ')[1].split(',')[0]}.yaml")
