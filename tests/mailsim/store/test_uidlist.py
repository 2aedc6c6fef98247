"""`dovecot-uidlist`: UIDs are given once, whoever writes to the file."""

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsim.errors import NoSuchMailbox, StoreError
from mailsim.store import uidlist
from mailsim.store.uidlist import NAME, UidList

base_names = st.text(st.characters(exclude_characters="\n:", codec="utf-8"), min_size=1).filter(
    lambda name: name[0] != "."
)


def open_list(folder: Path) -> UidList:
    return UidList.open(folder, lambda: 77)


def write(folder: Path, text: str) -> None:
    (folder / NAME).write_text(text)


def test_a_new_list_is_on_disk_with_its_uidvalidity(tmp_path: Path) -> None:
    made = open_list(tmp_path)
    assert (tmp_path / NAME).read_text() == f"3 V77 N1 G{made.guid}\n"
    assert (made.uidvalidity, made.next_uid) == (77, 1)


def test_a_list_is_read_as_it_was_left(tmp_path: Path) -> None:
    first = open_list(tmp_path)
    with first.locked():
        assert first.append(["a", "b"]) == [1, 2]
    second = UidList.open(tmp_path, lambda: 99)
    assert (second.uidvalidity, second.guid, second.next_uid, second.uids) == (77, first.guid, 3, {"a": 1, "b": 2})


def test_extensions_and_flags_in_the_file_are_no_part_of_the_name(tmp_path: Path) -> None:
    write(tmp_path, "3 N9 V5 G0123456789abcdef0123456789abcdef\n1 :a\n3 W10 Pid:7 S10 :b,S=10:2,S\n")
    assert open_list(tmp_path).uids == {"a": 1, "b,S=10": 3}


@settings(deadline=None, max_examples=50)
@given(names=st.lists(base_names, unique=True), gone=st.sets(st.integers(0, 20)))
def test_names_come_back_after_append_and_rewrite(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], gone: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("list")
    written = open_list(folder)
    with written.locked():
        written.append(names)
    assert open_list(folder).uids == written.uids
    kept = [name for number, name in enumerate(names) if number not in gone]
    with written.locked():
        written.rewrite(kept)
    again = open_list(folder)
    assert again.uids == {name: number for number, name in enumerate(names, 1) if name in kept}
    assert again.next_uid == len(names) + 1


@settings(deadline=None, max_examples=50)
@given(st.binary() | st.builds(lambda tail: b"3 V1 N1 G0123456789abcdef0123456789abcdef\n" + tail, st.binary()))
def test_any_file_is_read_or_begun_anew(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("list")
    (folder / NAME).write_bytes(content)
    found = open_list(folder)
    with found.locked():
        uids = found.append(["a", "b"])
    again = open_list(folder)
    assert again.uidvalidity == found.uidvalidity > 0
    assert [again.uids["a"], again.uids["b"]] == uids
    assert again.next_uid > max(uids)


def test_what_another_program_appended_is_seen(tmp_path: Path) -> None:
    ours, theirs = open_list(tmp_path), open_list(tmp_path)
    with theirs.locked():
        theirs.append(["a"])
    with ours.locked():
        assert ours.append(["b"]) == [2]
    assert ours.uids == {"a": 1, "b": 2}


def test_the_next_uid_is_not_lowered_by_a_list_written_anew(tmp_path: Path) -> None:
    ours = open_list(tmp_path)
    with ours.locked():
        ours.append(["a", "b"])
    write(tmp_path, f"3 V77 N2 G{ours.guid}\n1 :a\n")
    with ours.locked():
        assert ours.append(["c"]) == [3]


def test_a_list_of_another_uidvalidity_is_another_mailbox(tmp_path: Path) -> None:
    ours = open_list(tmp_path)
    write(tmp_path, f"3 V78 N2 G{ours.guid}\n1 :a\n")
    with pytest.raises(NoSuchMailbox):
        ours.refresh()


@pytest.mark.parametrize("content", [None, "", "garbage\n", "1 2 3\n"])
def test_a_list_lost_while_we_have_it_is_written_again(tmp_path: Path, content: str | None) -> None:
    ours = open_list(tmp_path)
    with ours.locked():
        ours.append(["a", "b"])
    if content is None:
        (tmp_path / NAME).unlink()
    else:
        write(tmp_path, content)
    with ours.locked():
        assert ours.append(["c"]) == [3]
    assert (open_list(tmp_path).uids, open_list(tmp_path).uidvalidity) == ({"a": 1, "b": 2, "c": 3}, 77)


def test_a_list_nobody_understands_is_set_aside(tmp_path: Path) -> None:
    write(tmp_path, "garbage\n")
    assert open_list(tmp_path).uidvalidity == 77
    assert (tmp_path / f"{NAME}.broken").read_text() == "garbage\n"


def test_half_a_line_that_a_crash_left_does_not_eat_the_next_message(tmp_path: Path) -> None:
    first = open_list(tmp_path)
    with (tmp_path / NAME).open("a") as file:
        file.write("1 :a\n2 :hal")
    second = open_list(tmp_path)
    with second.locked():
        second.append(["b"])
    assert open_list(tmp_path).uids == second.uids == {"a": 1, "b": 2}
    assert open_list(tmp_path).guid == first.guid


def test_of_two_lines_for_one_file_the_later_counts(tmp_path: Path) -> None:
    write(tmp_path, "3 V5 N4 G0123456789abcdef0123456789abcdef\n1 :a\n2 :b\n3 :a\n")
    found = open_list(tmp_path)
    with found.locked():
        found.rewrite(found.uids)
    assert (tmp_path / NAME).read_text().endswith("\n2 :b\n3 :a\n")


def test_a_list_locked_by_another_program_is_in_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uidlist, "LOCK_WAIT", 0.0)
    ours = open_list(tmp_path)
    (tmp_path / f"{NAME}.lock").write_text(f"1:{socket.gethostname()}")
    with pytest.raises(StoreError, match="locked") as refused, ours.locked():
        pass
    assert refused.value.code == "INUSE"


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["ours", "nobodys"])
def test_the_lock_of_a_process_that_died_is_taken_over(tmp_path: Path, pid: int) -> None:
    ours = open_list(tmp_path)
    (tmp_path / f"{NAME}.lock").write_text(f"{pid}:{socket.gethostname()}")
    with ours.locked():
        assert (tmp_path / f"{NAME}.lock").read_text() == f"{os.getpid()}:{socket.gethostname()}"
    assert not (tmp_path / f"{NAME}.lock").exists()


def test_an_old_lock_without_a_name_is_taken_over(tmp_path: Path) -> None:
    ours = open_list(tmp_path)
    lock = tmp_path / f"{NAME}.lock"
    lock.touch()
    os.utime(lock, (0, 0))
    with ours.locked():
        pass


def test_a_folder_that_is_gone_is_no_mailbox(tmp_path: Path) -> None:
    ours = open_list(tmp_path)
    (tmp_path / NAME).unlink()
    tmp_path.rmdir()
    with pytest.raises(NoSuchMailbox), ours.locked():
        pass
