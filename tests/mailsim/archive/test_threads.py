"""The thread index: places in a thread, what is kept, and how a thread is found."""

import logging
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from mailsim.archive import ThreadFull, ThreadIndex
from mailsim.errors import NotFound, WorldError


def test_a_message_without_references_begins_a_thread_with_a_short_name(index, entry):
    thread = index.record(entry("<a@x>"))
    assert len(thread) == 8
    assert thread.isalnum()
    assert thread == thread.lower()


def test_a_reply_is_in_the_thread_of_its_parent(index, entry):
    assert index.record(entry("a")) == index.record(entry("b", ["a"])) == index.record(entry("c", ["b"]))


def test_in_reply_to_and_newer_references_decide_before_older_ones(index, entry):
    index.record(entry("old"))
    newer = index.record(entry("newer"))
    assert index.record(entry("c", ["old", "newer"])) == newer


def test_admit_names_the_thread_that_record_then_finds(index, entry):
    assert index.admit("b", ["a"], 0).thread_id == index.record(entry("b", ["a"]))


def test_the_last_place_is_given_only_once(index, entry):
    index.record(entry("a"))
    assert index.admit("b", ["a"], 2).count == 2
    with pytest.raises(ThreadFull) as refusal:
        index.admit("c", ["a"], 2)
    assert refusal.value.code == 554


def test_a_reserved_message_can_be_a_parent(index):
    place = index.admit("b", ["z", "a"], 3)
    assert index.admit("c", ["b"], 3) == type(place)(place.thread_id, 2)


def test_admitting_twice_takes_one_place_even_when_the_thread_is_full(index, entry):
    first = index.admit("a", [], 1)
    assert index.admit("a", [], 1) == first
    index.record(entry("a"))
    assert index.admit("a", [], 1) == first


def test_a_released_place_is_free_again(index):
    index.admit("a", ["root"], 1)
    index.release("a")
    index.release("never admitted")
    assert index.admit("b", ["root"], 1).count == 1


def test_limit_zero_is_no_limit(index, entry):
    for number in range(20):
        index.record(entry(f"m{number}", ["root"]))
    assert index.admit("one more", ["root"], 0).count == 21


def test_a_message_recorded_by_another_process_does_not_count_twice(tmp_path, index, entry):
    index.admit("a", ["root"], 0)
    reader = ThreadIndex.open(tmp_path / "archive.sqlite")
    reader.record(entry("a", ["root"]))
    reader.close()
    assert index.admit("b", ["root"], 0).count == 2


def test_recording_twice_changes_nothing(index, entry):
    index.record(entry("a"))
    index.record(entry("a", ["b"], subject="something else"))
    assert [each.subject for each in index.messages(index.find("last").id)] == ["Feelings"]


def test_a_recorded_entry_reads_back_as_it_was(index, entry):
    made = entry("b", ["a"], auto=True)
    thread = index.record(made)
    (read,) = index.messages(thread)
    assert read == type(made)(**{name: getattr(made, name) for name in made.__slots__} | {"thread_id": thread})


def test_a_thread_tells_subject_participants_and_times(index, entry):
    index.record(entry("b", ["a"], minute=2, subject="Re: Feelings"))
    index.record(entry("a", minute=1, subject="Feelings"))
    (thread,) = index.threads(limit=2)
    assert (thread.subject, thread.messages, thread.state) == ("Feelings", 2, "full")
    assert thread.participants == ("eliza@mailsim.test", "parry@mailsim.test")
    assert thread.last - thread.first == timedelta(minutes=1)


def test_threads_come_newest_first_and_are_open_without_a_limit(index, entry):
    for minute, name in enumerate(("a", "b", "c")):
        index.record(entry(name, minute=minute, subject=name))
    assert [(thread.subject, thread.state) for thread in index.threads()] == [
        ("c", "open"),
        ("b", "open"),
        ("a", "open"),
    ]


def test_a_thread_is_found_by_id_prefix_subject_or_last(index, entry):
    feelings = index.record(entry("a"))
    lunch = index.record(entry("b", minute=5, subject="Lunch on Tuesday"))
    assert index.find(feelings[:4]).id == feelings
    assert index.find("LUNCH").id == lunch
    assert index.find("last").id == lunch


def test_an_unknown_thread_is_refused_with_what_comes_near(index, entry):
    thread = index.record(entry("a"))
    with pytest.raises(NotFound, match=thread):
        index.find(thread[:5] + "!!!")


def test_an_ambiguous_subject_is_refused(index, entry):
    index.record(entry("a"))
    index.record(entry("b"))
    with pytest.raises(NotFound, match="more than one"):
        index.find("feel")


def test_an_empty_archive_has_no_last_thread(index):
    with pytest.raises(NotFound, match="empty"):
        index.find("last")


def test_catch_up_notes_only_what_is_missing(index, archive, mail):
    archive.deliver(mail("a"))
    archive.deliver(mail("b", parents=["a"]), file="1.x:2,S", folder="cur")
    assert index.catch_up(archive.path) == 2
    archive.deliver(mail("c", parents=["a", "b"]))
    assert index.catch_up(archive.path) == 1
    assert [entry.file for entry in index.messages(index.find("last").id)] == ["0000.archive", "1.x", "0002.archive"]


def test_catch_up_of_a_folder_that_is_not_there_finds_nothing(index, tmp_path):
    assert index.catch_up(tmp_path / "nowhere") == 0


def test_rebuild_forgets_messages_whose_files_are_gone(index, archive, mail):
    gone = archive.deliver(mail("a"))
    archive.deliver(mail("b", parents=["a"]))
    index.catch_up(archive.path)
    before = index.find("last").id
    gone.unlink()
    assert index.rebuild(archive.path) == 1
    assert [(thread.id, thread.messages) for thread in index.threads()] == [(before, 1)]


def test_rebuild_of_the_same_maildir_equals_what_was_recorded_live(index, archive, mail):
    for name, parents in (("a", ""), ("b", "a"), ("q", ""), ("c", "ab")):
        archive.deliver(mail(name, parents=parents))
        index.catch_up(archive.path)
    live = [(thread, index.messages(thread.id)) for thread in index.threads()]
    index.rebuild(archive.path)
    assert [(thread, index.messages(thread.id)) for thread in index.threads()] == live


@pytest.mark.parametrize("damage", [b"this is no database at all" * 40, b""])
def test_a_broken_database_starts_empty_and_says_so(tmp_path, archive, mail, caplog, damage):
    archive.deliver(mail("a"))
    path = tmp_path / "broken.sqlite"
    path.write_bytes(damage)
    with caplog.at_level(logging.INFO):
        index = ThreadIndex.open(path)
        assert index.catch_up(archive.path) == 1
    index.close()
    assert "broken.sqlite" in caplog.text or not damage
    assert "missing in the thread index" in caplog.text


def test_a_damaged_page_is_noticed(tmp_path, entry):
    path = tmp_path / "archive.sqlite"
    index = ThreadIndex.open(path)
    for number in range(300):
        index.record(entry(f"m{number}"))
    index.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    index = ThreadIndex.open(path)
    assert index.threads() == []
    index.close()


def test_a_database_of_another_version_is_made_anew(tmp_path, entry):
    path = tmp_path / "archive.sqlite"
    index = ThreadIndex.open(path)
    index.record(entry("a"))
    index.close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    index = ThreadIndex.open(path)
    assert index.threads() == []
    index.close()


def test_a_reader_sees_what_the_daemon_writes_meanwhile(tmp_path, index, entry):
    reader = ThreadIndex.open(tmp_path / "archive.sqlite")
    index.record(entry("a"))
    assert len(reader.threads()) == 1
    reader.close()


def test_a_path_that_cannot_be_a_database_is_an_error(tmp_path: Path):
    with pytest.raises(WorldError, match=str(tmp_path)):
        ThreadIndex.open(tmp_path)


def test_a_place_reserved_before_a_restart_counts_again(tmp_path: Path) -> None:
    index = ThreadIndex.open(tmp_path / "index.sqlite")
    thread = index.admit("<1@x>", (), 2).thread_id
    index.close()
    again = ThreadIndex.open(tmp_path / "index.sqlite")
    again.reserve("<1@x>", thread)
    assert again.admit("<2@x>", ("<1@x>",), 2).count == 2
    with pytest.raises(ThreadFull):
        again.admit("<3@x>", ("<1@x>",), 2)
    again.close()
