"""Correspondents that follow rule scripts."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim_agents.providers import LlmSettings, Request, Turn, load
from mailsim_agents.providers.mind import Mind, clauses, reply
from mailsim_agents.providers.script import Script, bundled_scripts, compiled, read_script
from mailsim_common.errors import ConfigError

SCRIPTS = {name: read_script(name) for name in bundled_scripts()}
TURNS = st.lists(st.builds(Turn, st.sampled_from(["Ann", "Me"]), st.text(max_size=80), st.booleans()), max_size=8)
MINIMAL = {"opening": ["Hello."], "otherwise": ["Go on.", "I see."]}


def dialogue(first: str, second: str, mails: int) -> list[str]:
    said: list[tuple[str, str]] = []
    for number in range(mails):
        me = (first, second)[number % 2]
        said.append((me, reply(SCRIPTS[me], [Turn(who, text, who == me) for who, text in said])))
    return [text for _, text in said]


def says(rules: list[dict[str, object]], *heard: str, **more: object) -> str:
    script = Script.model_validate(MINIMAL | {"rules": rules} | more)
    mind = Mind(script)
    return [mind.answer(text) for text in heard][-1]


def test_the_doctor_and_the_patient_open_with_the_scene_of_the_demo():
    mails = dialogue("eliza", "parry", 10)
    assert "who else is reading this?" in mails[1]
    assert mails[4] == "That cannot have been pleasant. How did it feel when you got into a quarrel with a bookie?"
    assert mails[8].endswith("What does it remind you of?")
    assert mails[9].startswith("It reminds me of yesterday, when it was there too.")


@pytest.mark.parametrize(("first", "second"), [("eliza", "parry"), ("parry", "eliza"), ("physicist", "therapist")])
def test_forty_mails_repeat_nothing_and_stay_short(first, second):
    mails = dialogue(first, second, 40)
    assert len(set(mails)) == len(mails)
    assert all(5 <= len(mail) <= 500 for mail in mails)


def test_two_hundred_mails_repeat_little():
    mails = dialogue("eliza", "parry", 200)
    assert len(set(mails)) > 180


@pytest.mark.parametrize("name", sorted(SCRIPTS))
@given(turns=TURNS)
def test_any_conversation_gets_one_and_the_same_answer(name, turns):
    answer = reply(SCRIPTS[name], turns)
    assert answer.strip()
    assert answer == reply(SCRIPTS[name], turns)


@pytest.mark.parametrize("name", sorted(SCRIPTS))
@given(
    words=st.lists(st.sampled_from(["i", "you", "my", "they", "never", "mother", "feel", "afraid", "am", "is", "."]))
)
def test_no_number_or_placeholder_is_left_in_an_answer(name, words):
    answer = reply(SCRIPTS[name], [Turn("Ann", " ".join(words), own=False)])
    assert "{" not in answer and '""' not in answer


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_every_rule_of_a_script_can_be_heard_or_felt(name):
    assert all(rule.says or rule.feels for rule in SCRIPTS[name].rules)


async def test_eliza_and_parry_are_services_without_settings():
    for service in ("eliza", "parry"):
        provider = load(LlmSettings(service=service), random.Random(1))
        answer = await provider.answer(Request("", [], "", seed=99))
        assert (answer.text, answer.model) == (SCRIPTS[service].opening[0], f"rules/{service}")


async def test_the_seed_of_the_settings_chooses_another_opening():
    provider = load(LlmSettings(service="eliza", seed=1), random.Random(1))
    assert (await provider.answer(Request("", [], ""))).text == SCRIPTS["eliza"].opening[1]


def test_what_was_said_comes_back_turned_round():
    rules = [{"hears": ["* i lost my *"], "says": ["When did you last see your {2}?"]}]
    assert says(rules, "Well, I lost my keys and my patience.") == "When did you last see your keys and your patience?"


def test_the_highest_rank_answers():
    rules = [{"hears": ["* cat *"], "says": ["low"]}, {"hears": ["* dog *"], "rank": 2, "says": ["high"]}]
    assert says(rules, "The dog saw the cat.") == "high"


def test_a_rule_steps_back_when_it_answered_last():
    rules = [{"hears": ["* cat *"], "rank": 5, "says": ["a", "b"]}, {"hears": ["* dog *"], "says": ["c"]}]
    assert says(rules, "cat, dog", "cat, dog") == "c"


def test_a_mood_grows_until_it_speaks():
    rules = [
        {"hears": ["* liar *"], "feels": {"anger": 30}, "says": ["Careful."]},
        {"hears": ["*"], "when": {"anger": 50}, "rank": 9, "says": ["Enough!"]},
    ]
    assert says(rules, "Liar!", moods={"anger": {}}) == "Careful."
    assert says(rules, "Liar!", "Liar!", moods={"anger": {}}) == "Enough!"


def test_a_mood_fades():
    rules = [{"hears": ["* liar *"], "feels": {"anger": 30}}]
    mind = Mind(Script.model_validate(MINIMAL | {"rules": rules, "moods": {"anger": {"fades": 20}}}))
    for text in ("Liar!", "Sorry.", "Sorry."):
        mind.answer(text)
    assert mind.moods == {"anger": 0}


def test_a_memory_comes_back_when_nothing_else_fits():
    rules = [
        {"hears": ["* my *"], "says": ["Yours?"], "remembers": ["What of your {2}?"]},
        {"hears": ["* rain *"], "rank": 9, "says": ["Rain?"]},
    ]
    assert says(rules, "My boat, in the rain.", "Hm.") == "What of your boat?"


def test_a_story_goes_on_from_mail_to_mail():
    rules = [{"hears": ["* why *"], "continues": True, "says": ["Because."]}]
    assert says(rules, "Well?", "Why?", story=["One.", "Two."]) == "Because. Two."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two, three; four", ["One", "Two", "three", "four"]),
        ("It costs 3.50 now.", ["It costs 3.50 now"]),
        ("I don\u2019t \u2014 ever", ["I don't", "ever"]),
        ("", []),
    ],
)
def test_a_mail_is_cut_where_a_reader_breathes(text, expected):
    assert clauses(text) == expected


@pytest.mark.parametrize(
    ("pattern", "clause", "expected"),
    [
        ("* i need *", "Now I need a hat", ["Now", "a hat"]),
        ("* i need *", "I need", ["", ""]),
        ("yes *", "yesterday", None),
        ("* i *", "i'm here", None),
        ("a|the @pet", "the cat", ["cat"]),
        ("* @pet *", "my guinea  pig sleeps", ["my", "guinea  pig", "sleeps"]),
    ],
)
def test_a_pattern_fits_whole_words(pattern, clause, expected):
    words = frozenset(clause.lower().split())
    assert compiled(pattern, {"pet": ["cat", "guinea pig"]}).captures(clause, words) == expected


@given(st.text(max_size=30))
def test_any_line_of_words_is_a_pattern(text):
    pattern = text.replace("@", "")
    assert compiled(pattern, {}).expression


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("hears: ['* @pets *'], says: [x]", "no family @pets"),
        ("when: {fury: 3}, says: [x]", "`fury` is not among the `moods`"),
        ("hears: ['* a *', 'b'], says: ['{1}']", "{1} stands for no"),
        ("hears: ['*'], says: ['{0}']", "{0} stands for no"),
    ],
)
def test_a_fault_in_a_script_names_its_line(rule, fault, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(f"opening: [Hi]\notherwise: [So]\nrules:\n  - {{{rule}}}\n")
    with pytest.raises(ConfigError, match=r"s\.yaml:4: ") as caught:
        read_script(str(path))
    assert fault in str(caught.value)


def test_an_unknown_script_names_the_known_ones():
    with pytest.raises(ConfigError, match="eliza, parry, physicist, therapist"):
        read_script("elisa")


def test_the_header_of_a_script_says_how_to_write_one():
    text = (Path(__file__).parents[3] / "agents/mailsim_agents/providers/scripts/parry.yaml").read_text()
    assert all(f"`{word}" in text for word in ("hears", "rank", "says", "feels", "when", "continues"))
