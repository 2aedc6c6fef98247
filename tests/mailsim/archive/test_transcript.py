"""Loading a thread from the index and the archive's Maildir."""

from datetime import timedelta

import pytest

from mailsim.archive import load_message, load_transcript
from mailsim.errors import NotFound

QUOTING = "No.\n\nOn Sat, 21 Nov 2026 at 06:23, Eliza wrote:\n> Hello.\n-- \nParry\nStanford"


@pytest.fixture
def transcript(transcribe, mail):
    parry = {"sender": "Parry <parry@mailsim.test>", "to": "eliza@mailsim.test", "subject": "Re: Feelings"}
    return transcribe(mail("a"), mail("b", text=QUOTING, parents=["a"], **parry), mail("c", parents=["a", "b"]))


def test_speakers_come_in_the_order_they_first_spoke(transcript):
    assert [(speaker.label, speaker.lane) for speaker in transcript.speakers] == [("Eliza", 0), ("Parry", 1)]


def test_messages_are_numbered_with_the_time_since_the_last(transcript):
    assert [message.number for message in transcript.messages] == [1, 2, 3]
    assert [message.since_last for message in transcript.messages] == [None, timedelta(minutes=1), timedelta(minutes=1)]


def test_own_words_are_told_from_quote_and_signature(transcript):
    message = transcript.messages[1]
    assert (message.text, message.signature) == ("No.", "Parry\nStanford")
    assert message.body == QUOTING


def test_quotes_between_own_words_leave_a_note(transcribe, mail):
    (message,) = transcribe(mail(text="> q\nOne.\n\n> a\n> b\n\nTwo.\n\n> c")).messages
    assert message.text == "One.\n\n[… 2 quoted …]\n\nTwo."


def test_the_original_is_kept_byte_for_byte(transcribe, mail):
    raw = mail("a", text="x\t \x1b[1m")
    assert transcribe(raw).messages[0].raw == raw


def test_a_file_is_found_after_its_flags_changed(transcript, index, archive):
    first = archive.path / "new" / "0000.archive"
    first.rename(archive.path / "cur" / "0000.archive:2,RS")
    assert len(load_transcript(index, archive.path, transcript.thread.id).messages) == 3
    assert load_message(index, archive.path, "<a@x>").number == 1


def test_a_deleted_message_is_left_out_with_its_number(transcript, index, archive):
    (archive.path / "new" / "0001.archive").unlink()
    again = load_transcript(index, archive.path, transcript.thread.id)
    assert [message.number for message in again.messages] == [1, 3]
    with pytest.raises(NotFound):
        load_message(index, archive.path, "<b@x>")


def test_one_message_is_loaded_as_the_transcript_has_it(transcript, index, archive):
    assert load_message(index, archive.path, "<c@x>") == transcript.messages[2]


def test_an_unknown_thread_or_message_is_not_found(index, archive):
    with pytest.raises(NotFound):
        load_transcript(index, archive.path, "aaaaaaaa")
    with pytest.raises(NotFound):
        load_message(index, archive.path, "<nobody@x>")
