"""English from the other side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim_agents.providers.reflection import reflect


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("my brother owes me", "your brother owes you"),
        ("I am tired", "you are tired"),
        ("I was there", "you were there"),
        ("you are one of them", "I am one of them"),
        ("they follow you", "they follow me"),
        ("they told you that", "they told me that"),
        ("what you said to me", "what I said to you"),
        ("Walter and his car", "Walter and his car"),
        ("I'm sure you're right", "you are sure I am right"),
        ("I hurt myself", "you hurt yourself"),
    ],
)
def test_persons_change_sides(said, back):
    assert reflect(said) == back


@given(st.text(max_size=60))
def test_any_text_can_be_turned_round(text):
    assert isinstance(reflect(text), str)


@given(st.lists(st.sampled_from(["car", "they", "she", "walks", "Honest", "Answer"])))
def test_what_concerns_neither_side_stays(words):
    assert reflect(" ".join(words)) == " ".join(words)
