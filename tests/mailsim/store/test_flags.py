"""Flags and keywords as letters of a file name."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsim.errors import StoreError
from mailsim.store.flags import KEYWORDS_FILE, LETTERS, MOST_KEYWORDS, Keywords

flag_sets = st.sets(st.sampled_from(sorted(LETTERS)) | st.sampled_from([f"kw{number}" for number in range(40)]))


@settings(deadline=None, max_examples=50)
@given(st.lists(flag_sets))
def test_flags_come_back_from_their_file_names(tmp_path_factory: pytest.TempPathFactory, sets: list[set[str]]) -> None:
    folder = tmp_path_factory.mktemp("flags")
    written = Keywords(folder)
    names = [written.file_name(str(number), flags) for number, flags in enumerate(sets)]
    assert [set(written.flags(name)) for name in names] == sets
    assert [set(Keywords(folder).flags(f"cur/{name}")) for name in names] == sets
    assert all(list(letters) == sorted(letters) for letters in (name.partition(":2,")[2] for name in names))


@settings(deadline=None)
@given(st.text())
def test_any_file_name_has_flags(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    assert Keywords(tmp_path_factory.mktemp("flags")).flags(name) <= set(LETTERS)


def test_a_keyword_keeps_the_case_it_was_first_written_in(tmp_path: Path) -> None:
    ours = Keywords(tmp_path)
    ours.file_name("a", ours.canonical(["Work"]))
    assert ours.canonical(["WORK", "work", "\\SEEN", "Play", "PLAY"]) == {"Work", "\\Seen", "Play"}


def test_recent_is_never_stored(tmp_path: Path) -> None:
    assert Keywords(tmp_path).canonical(["\\Recent", "\\RECENT", "\\seen"]) == {"\\Seen"}


def test_a_keyword_of_another_program_is_known_at_once(tmp_path: Path) -> None:
    ours = Keywords(tmp_path)
    (tmp_path / KEYWORDS_FILE).write_text("0 Work\n3 Play\n")
    assert ours.file_name("a", ours.canonical(["play", "New"])) == "a:2,bd"
    assert (tmp_path / KEYWORDS_FILE).read_text() == "0 Work\n1 New\n3 Play\n"


def test_capitals_that_mean_nothing_here_stay(tmp_path: Path) -> None:
    assert Keywords(tmp_path).file_name("a", ["\\Seen"], before="FPz") == "a:2,PS"


def test_there_is_an_end_to_keywords(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="at most") as refused:
        Keywords(tmp_path).canonical(f"kw{number}" for number in range(MOST_KEYWORDS + 1))
    assert refused.value.code == "LIMIT"


@settings(deadline=None, max_examples=50)
@given(st.binary())
def test_any_keywords_file_is_read(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("flags")
    (folder / KEYWORDS_FILE).write_bytes(content)
    Keywords(folder).file_name("a", ["new"])
