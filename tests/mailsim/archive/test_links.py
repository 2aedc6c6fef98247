"""Threads depend on which messages there are, and never on the order or the batches they come in."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from mailsim.archive import ThreadIndex
from mailsim.archive.links import thread_name

IDS = "abcdefgh"
MESSAGES = st.dictionaries(st.sampled_from(IDS), st.lists(st.sampled_from(IDS + "xyz"), max_size=4), min_size=1)
HISTORIES = st.tuples(MESSAGES, st.randoms(use_true_random=False))


def threads_by_definition(messages):
    """The rule in the docstring of `links`, written down once more and without an order of arrival."""

    def parent(name):
        return next((ref for ref in reversed(messages[name]) if ref in messages and ref != name), None)

    def thread(name):
        line = []
        while name not in line:
            line.append(name)
            above = parent(name)
            if above is None:
                return thread_name(messages[name][0] if messages[name] else name)
            name = above
        return thread_name(min(line[line.index(name) :]))

    return {name: thread(name) for name in messages}


def threads_of(index):
    return {entry.message_id: thread.id for thread in index.threads() for entry in index.messages(thread.id)}


@settings(deadline=None)
@given(HISTORIES)
def test_any_order_of_arrival_gives_the_threads_of_the_definition(entry, history):
    messages, random = history
    order = random.sample(sorted(messages), len(messages))
    index = ThreadIndex.open(Path(":memory:"))
    for name in order:
        index.record(entry(name, messages[name]))
    found = threads_of(index)
    index.close()
    assert found == threads_by_definition(messages)


@settings(deadline=None)
@given(HISTORIES)
def test_admission_counts_every_message_that_is_there_or_has_a_place(entry, history):
    messages, random = history
    index = ThreadIndex.open(Path(":memory:"))
    for name in sorted(messages):
        place = index.admit(name, messages[name], 0)
        assert place.count >= 1
        if random.random() < 0.5:
            index.record(entry(name, messages[name]))
    index.close()


def test_a_late_parent_takes_in_the_branches_that_waited_for_it(index, entry):
    index.record(entry("c", ["b"]))
    index.record(entry("d", ["c"]))
    index.record(entry("a"))
    assert len(index.threads()) == 2
    index.record(entry("b", ["a"]))
    assert [(thread.id, thread.messages) for thread in index.threads()] == [(thread_name("a"), 4)]


def test_a_late_root_does_not_rename_its_thread(index, entry):
    early = index.record(entry("b", ["a"]))
    assert index.record(entry("a")) == early


def test_mentioning_two_threads_joins_the_newer_one_and_merges_nothing(index, entry):
    one, two = index.record(entry("a")), index.record(entry("b"))
    assert one != two == index.record(entry("c", ["a", "b"]))
    assert len(index.threads()) == 2


def test_a_message_that_mentions_itself_is_a_thread_of_its_own(index, entry):
    assert index.record(entry("a", ["a"])) == thread_name("a")


def test_messages_in_a_circle_are_one_thread(index, entry):
    index.record(entry("b", ["a"]))
    index.record(entry("a", ["b"]))
    assert [(thread.id, thread.messages) for thread in index.threads()] == [(thread_name("a"), 2)]
