"""What the index reads of a message's header."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailsim.archive import Participant, read_entry

NOW = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)


def test_facts_of_a_plain_message(mail):
    entry = read_entry(mail("c", parents=["a", "b"]), "17.M1.host,S=9:2,FS", NOW)
    assert entry.message_id == "<c@x>"
    assert entry.references == ("<a@x>", "<b@x>")
    assert entry.in_reply_to == "<b@x>"
    assert entry.sender == Participant("eliza@mailsim.test", "Eliza")
    assert entry.recipients == (Participant("parry@mailsim.test", "Parry"),)
    assert entry.date == datetime(2026, 11, 21, 6, 23, 55, tzinfo=UTC)
    assert entry.file == "17.M1.host,S=9"


def test_the_header_alone_gives_the_same_facts_but_the_size(mail):
    raw = mail("a", text="A longer text.")
    header = raw[: raw.index(b"\r\n\r\n") + 4]
    assert read_entry(header, "f", NOW).message_id == read_entry(raw, "f", NOW).message_id


def test_an_in_reply_to_that_references_lack_counts_as_the_newest(mail):
    raw = mail("c", more="References: <a@x>\nIn-Reply-To: <b@x>\n")
    assert read_entry(raw, "f", NOW).references == ("<a@x>", "<b@x>")


def test_encoded_names_and_subjects_are_decoded(mail):
    raw = mail(sender="=?utf-8?q?J=C3=B6rg?= <Joerg@Mailsim.Test>", subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=")
    entry = read_entry(raw, "f", NOW)
    assert (entry.sender, entry.subject) == (Participant("joerg@mailsim.test", "Jörg"), "Grüße")


def test_to_and_cc_are_recipients_and_groups_are_opened(mail):
    raw = mail(to="friends: a@x.test, b@x.test;", more="Cc: c@x.test, a@x.test\n")
    assert [person.address for person in read_entry(raw, "f", NOW).recipients] == ["a@x.test", "b@x.test", "c@x.test"]


@pytest.mark.parametrize(
    ("field", "auto"),
    [("", False), ("Auto-Submitted: no\n", False), ("Auto-Submitted: Auto-Replied; x=1\n", True)],
)
def test_automatic_mail_is_known_by_its_field(mail, field, auto):
    assert read_entry(mail(more=field), "f", NOW).auto is auto


def test_a_message_without_an_id_gets_the_same_one_each_time(mail):
    raw = mail(id=None)
    assert read_entry(raw, "one", NOW).message_id == read_entry(raw, "two", NOW).message_id
    assert read_entry(raw, "one", NOW).message_id != read_entry(mail(id=None, text="Other."), "one", NOW).message_id


def test_without_a_date_the_relay_s_time_counts():
    assert read_entry(b"Subject: x\r\n\r\n", "f", NOW).date == NOW


def test_endless_references_keep_the_oldest_and_the_newest(mail):
    references = read_entry(mail(parents=[str(number) for number in range(5000)]), "f", NOW).references
    assert (references[0], references[-1], len(references)) == ("<0@x>", "<4999@x>", 200)


def test_control_and_bidi_characters_leave_names_and_subjects(mail):
    entry = read_entry(mail(sender='"\x1b[31mEve\u202e" <e@x.test>', subject="a\x1b]0;owned\x07b\tc"), "f", NOW)
    assert (entry.sender.name, entry.subject) == ("Eve", "ab c")


@given(st.binary(max_size=400))
def test_any_bytes_are_an_entry(raw):
    entry = read_entry(raw, "f", NOW)
    assert entry.message_id.startswith("<")
    assert entry.date.tzinfo
    assert "\n" not in entry.subject


@given(
    st.lists(
        st.sampled_from(
            [
                b"From",
                b"To",
                b"References",
                b"Date",
                b"Subject",
                b"Auto-Submitted",
                b": ",
                b"<",
                b">",
                b"a@b",
                b"\r\n",
                b" ",
                b'"',
                b"=?utf-8?b?",
                b"?=",
                b",",
                b";",
                b"(",
                b"\xff",
            ]
        ),
        max_size=40,
    )
)
def test_any_pieces_of_a_header_are_an_entry(pieces):
    assert read_entry(b"".join(pieces), "f", NOW).received == NOW
