"""The post office's settings."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsim.config import NAME, Endpoint, PostOffice, load_world, parse_endpoint
from mailsim_common.errors import ConfigError
from mailsim_common.settings import parse_overrides

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A world with nothing in its files."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "mailsim.yaml").touch()
    return tmp_path


def write(root: Path, text: str, file: str = "mailsim.yaml") -> None:
    (root / "config" / file).write_text(text, encoding="utf-8")


def error(root: Path, *overrides: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_world(root, parse_overrides(overrides))
    return str(caught.value).replace(str(root / "config"), "")


def test_the_repository_is_a_world_that_shows_every_default() -> None:
    office = load_world(ROOT).office
    assert office.model_copy(update={"people": {}}) == PostOffice()


def test_an_empty_file_is_all_defaults(root: Path) -> None:
    assert load_world(root).office == PostOffice()


def test_a_folder_without_a_world_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="mailsim init"):
        load_world(tmp_path)


def test_of_a_cast_only_name_and_language_are_read(root: Path) -> None:
    write(root, "eliza:\n  persona: eliza.md\n  llm: {any: [thing]}\n  language: no\nparry:\n  mode: x\n", "cast.yaml")
    assert {name: member.language for name, member in load_world(root).cast.items()} == {"eliza": "no", "parry": None}


def test_overrides_reach_the_file_they_name(root: Path) -> None:
    write(root, "eliza: {}\n", "cast.yaml")
    world = load_world(root, parse_overrides(["listen.smtp=[::1]:0", "cast.eliza.language=de", "llm.x.model=m"]))
    assert world.office.listen.smtp == Endpoint("::1", 0)
    assert world.cast["eliza"].language == "de"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_mesages: 3\n", "/mailsim.yaml:1: max_mesages: unknown key; did you mean `max_messages`?"),
        ("limits:\n  hop: 3\n", "/mailsim.yaml:2: limits.hop: unknown key; did you mean `hops`?"),
        ("limits: {message_size: 0}\n", "/mailsim.yaml:1: limits.message_size: input should be greater than"),
        ("listen: {smtp: 25}\n", "/mailsim.yaml:1: listen.smtp: write it as host:port"),
        ("domain: Not A Domain\n", "/mailsim.yaml:1: domain: string should match pattern"),
        ("people:\n  Me: {}\n", "/mailsim.yaml:2: people.Me: an account is written with small letters"),
        ("people:\n  007: {}\n", "/mailsim.yaml:"),
        ("archive: ../x\n", "/mailsim.yaml:1: archive: an account is written with small letters"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(root: Path, text: str, message: str) -> None:
    write(root, text)
    assert error(root).startswith(message)


def test_a_wrong_cast_is_told_with_its_line(root: Path) -> None:
    write(root, "eliza: {}\nDr. Who: {}\n", "cast.yaml")
    assert error(root).startswith("/cast.yaml:2: Dr. Who: an account is written")


@pytest.mark.parametrize("override", ["cast=x", "llm=x", "lisen.smtp=127.0.0.1:0"])
def test_an_override_of_nothing_is_refused(root: Path, override: str) -> None:
    assert error(root, override).startswith(f"--set {override.partition('=')[0].partition('.')[0]}")


@pytest.mark.parametrize("size", ["25MiB", "1 kB", 5])
def test_sizes_may_have_units(root: Path, size: Any) -> None:
    write(root, f"limits: {{message_size: {size}}}\n")
    assert int(load_world(root).office.limits.message_size) == {"25MiB": 25 * 2**20, "1 kB": 1000, 5: 5}[size]


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:25", Endpoint("127.0.0.1", 25)),
        ("[::1]:0", Endpoint("::1", 0)),
        ("mail.example:65535", Endpoint("mail.example", 65535)),
    ],
)
def test_an_endpoint_is_read_and_written(text: str, endpoint: Endpoint) -> None:
    assert (parse_endpoint(text), str(endpoint)) == (endpoint, text)


@pytest.mark.parametrize("text", ["", "25", "host", ":25", "host:", "host:-1", "host:65536", "host:²", "host:x", None])
def test_what_is_no_endpoint(text: Any) -> None:
    with pytest.raises(ValueError, match="host:port"):
        parse_endpoint(text)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_an_endpoint_or_refused(text: str) -> None:
    try:
        endpoint = parse_endpoint(text)
    except ValueError:
        return
    assert 0 <= endpoint.port <= 65535 and endpoint.host


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        *(("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True)),
        *(("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("::1234", False)),
        *(("127.0.0.1.example.com", False), ("localhost.example.com", False), ("127.evil", False)),
    ],
)
def test_only_this_machine_is_loopback(host: str, loopback: bool) -> None:
    """A password may pass without TLS to what is."""
    assert Endpoint(host, 1).is_loopback is loopback


@pytest.mark.parametrize("name", ["me", "7", "a.b-c_d", "007"])
def test_an_account_name(name: str) -> None:
    assert NAME.fullmatch(name)


@pytest.mark.parametrize("name", ["", "Me", "a..b", ".a", "a.", "a/b", "..", "a@b", "a b", "ü", "a\n", "-a"])
def test_no_account_name(name: str) -> None:
    assert not NAME.fullmatch(name)
