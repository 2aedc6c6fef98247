"""Making a world, and adding people to it."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsim.config import NAME, World, load_world
from mailsim.errors import WorldError
from mailsim.world import add_person, make


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    return tmp_path


def written(root: Path, text: str) -> World:
    (root / "config" / "mailsim.yaml").write_text(text, encoding="utf-8")
    return load_world(root)


def text_of(root: Path) -> str:
    return (root / "config" / "mailsim.yaml").read_text(encoding="utf-8")


def test_a_new_world_is_whole_and_valid(tmp_path: Path) -> None:
    world = make(tmp_path / "new")
    assert world.cast and (world.root / "personas").is_dir() and world.mailboxes.is_dir()
    assert (world.root / ".gitignore").read_text() == ".mailsim/\nmailboxes/\n"


def test_a_world_may_be_made_in_an_empty_folder_that_is_there(tmp_path: Path) -> None:
    assert make(tmp_path).root == tmp_path


def test_what_a_person_has_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    make(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize("part", ["config", "personas"])
def test_a_world_is_never_written_over(tmp_path: Path, part: str) -> None:
    (tmp_path / part).mkdir()
    with pytest.raises(WorldError, match="is there already"):
        make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [part]


def test_a_person_added_to_a_new_world_is_all_that_changes(tmp_path: Path) -> None:
    world = make(tmp_path)
    before = text_of(tmp_path)
    assert add_person(world, "me", "en").office.people["me"].language == "en"
    assert text_of(tmp_path) == before.replace("people: {}", "people:\n  me: {language: en}")


LETTERS = st.characters(categories=["L", "N", "P", "Zs"])
LAYOUTS = [
    "",
    "max_messages: 3",
    "people:",
    "people:\n",
    "people: {}\n",
    "people: null\n",
    "people: ~",
    "people: {} # nobody yet\nmax_messages: 3\n",
    "people:   # nobody yet\n\n# about the next\nmax_messages: 3\n",
    "people:\n  a: {}",
    "people:\n    a: {} # a\n    # after a\nmax_messages: 3\n",
    "people:\n  a:\n  b:\nmax_messages: 3\n",
    "people:\n  a:\n    language: de\n\n# about the next\nmax_messages: 3\n",
    "max_messages: 3\npeople:\n  # before a\n  a: {language: de}\n  # the end\n",
    "people:\n  a:\n    name: |\n      A\n\n      B\n\n# about the next\nmax_messages: 3\n",
    "people: &them\n  a: {}\n",
    "people:\n  a: {language: de,\n      name: A}\nmax_messages: 3\n",
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_person_is_added_whatever_the_file_looks_like(root: Path, layout: str) -> None:
    before = written(root, layout)
    after = add_person(add_person(before, "me", None), "you", "no")
    assert set(after.office.people) == {*before.office.people, "me", "you"}
    assert {name: after.office.people[name] for name in before.office.people} == before.office.people
    assert after.office.max_messages == before.office.max_messages
    comments = [line.partition("#")[2] for line in layout.splitlines() if "#" in line]
    assert [line.partition("#")[2] for line in text_of(root).splitlines() if "#" in line] == comments


def test_a_person_stands_below_the_others_and_not_below_what_follows(root: Path) -> None:
    world = written(root, "people:\n  a:\n    language: de\n\n# about the next\nmax_messages: 3\n")
    add_person(world, "me", None)
    assert text_of(root) == "people:\n  a:\n    language: de\n  me: {}\n\n# about the next\nmax_messages: 3\n"


@pytest.mark.parametrize("layout", ["people: {a: {}}\n", "max_messages: 3\n...\n"])
def test_where_it_cannot_be_done_the_file_stays_and_the_person_is_told_how(root: Path, layout: str) -> None:
    world = written(root, layout)
    with pytest.raises(WorldError, match="by hand"):
        add_person(world, "me", None)
    assert text_of(root) == layout


@pytest.mark.parametrize("name", ["archive", "eliza", "me"])
def test_somebodys_name_is_refused(root: Path, name: str) -> None:
    (root / "config" / "cast.yaml").write_text("eliza: {}\n")
    world = written(root, "people:\n  me: {}\n")
    with pytest.raises(WorldError, match="somebody's account already"):
        add_person(world, name, None)


@settings(deadline=None, max_examples=40)
@given(name=st.from_regex(NAME, fullmatch=True) | st.text(), language=st.none() | st.text(LETTERS, min_size=1))
def test_any_name_is_added_as_it_is_or_refused(
    tmp_path_factory: pytest.TempPathFactory, name: str, language: str | None
) -> None:
    root = tmp_path_factory.mktemp("world")
    (root / "config").mkdir()
    world = written(root, "people: {}\n")
    try:
        added = add_person(world, name, language)
    except WorldError:
        assert text_of(root) == "people: {}\n"
    else:
        assert {key: person.language for key, person in added.office.people.items()} == {name: language}


@pytest.mark.parametrize("name", ["007", "true", "null", "1e5", "y", "on"])
def test_a_name_that_yaml_would_read_otherwise_is_quoted(root: Path, name: str) -> None:
    added = add_person(written(root, ""), name, "no")
    assert set(added.office.people) == {name}
    assert yaml.safe_load(text_of(root))
