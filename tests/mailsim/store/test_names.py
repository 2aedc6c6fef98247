"""Names of mailboxes and of message files."""

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsim.errors import StoreError
from mailsim.store.names import (
    base_of,
    canonical,
    folder_of,
    letters_of,
    mailbox_of,
    sized,
    unique_name,
    utf7_decode,
    utf7_encode,
    wire_size,
)

characters = st.text(st.characters(exclude_categories=["Cs"]))
anything = st.text(st.characters())  # halves of surrogate pairs too


@pytest.mark.parametrize(
    ("mailbox", "folder"),
    [
        ("INBOX", ""),
        ("inbox", ""),
        ("INBOX/Notes", ".INBOX.Notes"),
        ("Archive/2024 Übersicht", ".Archive.2024 &ANw-bersicht"),
        ("Tom & Jerry", ".Tom &- Jerry"),
        ("台北", ".&U,BTFw-"),
        ("😀", ".&2D3eAA-"),
    ],
)
def test_a_mailbox_has_its_folder(mailbox: str, folder: str) -> None:
    assert folder_of(mailbox) == folder


@pytest.mark.parametrize(
    "mailbox",
    [
        *("", "/", "a//b", "/a", "a/", ".", "..", "../a", "a/../b", "a.b", "~root", "a/~b"),
        *("a\0b", "a\nb", "a\x7f", "\ud800", "x" * 201, "ü" * 100),
    ],
)
def test_a_name_that_maildir_cannot_hold_or_that_leads_elsewhere_is_refused(mailbox: str) -> None:
    with pytest.raises(StoreError):
        folder_of(mailbox)


@settings(deadline=None)
@given(anything)
def test_every_name_has_a_folder_of_its_own_or_is_refused(mailbox: str) -> None:
    try:
        folder = folder_of(mailbox)
    except StoreError:
        return
    assert "/" not in folder and folder.isascii() and folder.isprintable()
    assert folder == "" or mailbox_of(folder) == mailbox


@settings(deadline=None)
@given(st.text(string.printable) | st.text("&-,.aA+/9"))
def test_every_folder_is_one_mailbox_or_none(folder: str) -> None:
    mailbox = mailbox_of(folder)
    assert mailbox is None or folder_of(mailbox) == folder


@pytest.mark.parametrize(
    "folder", ["cur", "new", ".", "..", "...", ".a..b", ".INBOX", ".&AC4-", ".&AC8-", ".&AAA-", ".ü", ".~a"]
)
def test_a_folder_that_is_not_exactly_a_mailbox_is_none(folder: str) -> None:
    assert mailbox_of(folder) is None


def test_only_ascii_letters_spell_inbox() -> None:
    dotless, dotted = "\u0131nbox", "\u0130NBOX"
    assert [canonical(name) for name in ("iNbOx", dotless, dotted)] == ["INBOX", dotless, dotted]


@settings(deadline=None)
@given(characters)
def test_utf7_comes_back(text: str) -> None:
    encoded = utf7_encode(text)
    assert utf7_decode(encoded) == text
    assert encoded.isascii() and all(" " <= letter <= "~" for letter in encoded)


@settings(deadline=None)
@given(st.text(string.printable))
def test_utf7_takes_only_the_one_right_encoding(text: str) -> None:
    try:
        decoded = utf7_decode(text)
    except ValueError:
        return
    assert utf7_encode(decoded) == text


@pytest.mark.parametrize("text", ["&", "&A-", "&AGE-", "&U,BTFw-&ZeVnLIqe-", "&2D0-", "&!!!-", "ü", "&AOQ", "&AOR-"])
def test_utf7_refuses_other_spellings(text: str) -> None:
    with pytest.raises(ValueError):
        utf7_decode(text)


def test_a_message_file_names_its_sizes() -> None:
    assert wire_size(sized("1.M2.host", 10)) == 10
    assert wire_size(sized("1.M2.host", 10, 12)) == 12
    assert wire_size("1.M2.host") is None


def test_no_two_files_have_one_name_even_if_time_stands_still() -> None:
    assert len({unique_name(1.5, 10) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("file", "base", "letters"),
    [
        ("1.a,S=2:2,FS", "1.a,S=2", "FS"),
        ("1.a", "1.a", ""),
        ("1.a:2,", "1.a", ""),
        ("1.a:2,S,x", "1.a", "S"),
        ("1.a:1,x", "1.a", ""),
    ],
)
def test_a_file_name_has_a_base_and_letters(file: str, base: str, letters: str) -> None:
    assert (base_of(file), letters_of(file)) == (base, letters)
