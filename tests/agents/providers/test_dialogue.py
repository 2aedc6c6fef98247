"""A conversation in the chat dialect."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from mailsim_agents.providers import Request, Turn
from mailsim_agents.providers.dialogue import messages, system_text, without_thinking

TURNS = st.lists(
    st.builds(Turn, st.sampled_from(["Ann", "Bob", "Me"]), st.text(max_size=20), st.booleans()), max_size=12
)


def roles(*turns: Turn) -> list[str]:
    return [message["role"] for message in messages(Request("", turns, ""))]


@given(TURNS)
def test_roles_alternate_and_begin_and_end_with_user(turns):
    found = roles(*turns)
    assert found[0] == found[-1] == "user"
    assert all(before != after for before, after in pairwise(found))


@given(TURNS)
def test_no_message_is_empty(turns):
    assert all(message["content"] for message in messages(Request("", turns, "")))


def test_one_partner_is_not_named():
    assert messages(Request("", [Turn("Ann", "Hello", False)], ""))[0]["content"] == "Hello"


def test_of_several_partners_each_is_named():
    turns = [Turn("Ann", "Hello", False), Turn("Bob", "Hi", False)]
    assert messages(Request("", turns, ""))[0]["content"] == "Ann:\nHello\n\nBob:\nHi"


def test_the_subject_stands_behind_the_instructions():
    assert system_text(Request("Be Ann.", [], "Tea")) == "Be Ann.\n\nSubject of this correspondence: Tea"


def test_thinking_in_the_middle_of_a_mail_stays():
    assert without_thinking("I was <think>ing</think> of you.") == "I was <think>ing</think> of you."
