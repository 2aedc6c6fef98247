"""A world's files, as the agents read them."""

from pathlib import Path

import pytest

from mailsim_agents.config import Login, Mode, Server, load_world, password
from mailsim_common.errors import ConfigError
from mailsim_common.settings import parse_overrides


@pytest.fixture
def world(tmp_path: Path) -> Path:
    write(tmp_path, "config/cast.yaml", "ann:\n  persona: ann.md\n  llm: parrot\n")
    write(tmp_path, "config/llm/parrot.yaml", "service: custom\nfactory: tests.agents.support:Parrot\n")
    write(tmp_path, "personas/ann.md", "# Cook: Ann (de) [f]\nCooks.\n")
    write(tmp_path, "personas/_instructions.md", "Be brief.\n")
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_world_is_read_whole(world: Path) -> None:
    read = load_world(world)
    [ann] = read.cast
    assert (ann.account, ann.persona.name, ann.language, ann.member.mode) == ("ann", "Ann", "de", Mode.AUTO)
    assert list(read.llms) == ["parrot"]
    assert ann.instructions == "Be brief."


def test_set_lays_over_cast_and_llm_files(world: Path) -> None:
    read = load_world(world, parse_overrides(["cast.ann.mode=draft", "cast.ann.language=fr", "llm.parrot.model=m"]))
    assert (read.cast[0].member.mode, read.cast[0].language) == (Mode.DRAFT, "fr")
    assert read.llms["parrot"].model == "m"


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        (
            "config/cast.yaml",
            "ann:\n  persona: ann.md\n  llm: gpt\n",
            r"cast\.yaml:3: ann\.llm: there is no .*gpt",
        ),
        ("config/cast.yaml", "ann:\n  persona: bob.md\n  llm: parrot\n", r"cast\.yaml:2: ann\.persona: there is no"),
        ("config/cast.yaml", "ann:\n  persona: ann.md\n  lm: parrot\n", r"cast\.yaml:\d: ann"),
        ("config/cast.yaml", "ann:\n  persona: ann.md\n  llm: parrot\n  mode: manual\n", r"cast\.yaml:4: ann\.mode"),
        ("config/cast.yaml", "ann:\n  persona: ann.md\n  llm: parrot\n  idle: 1800\n", r"cast\.yaml:4: ann\.idle"),
        ("personas/ann.md", "Ann\n", r"ann\.md:1: needs a title"),
    ],
)
def test_a_fault_names_file_and_line(world: Path, name: str, text: str, fault: str) -> None:
    write(world, name, text)
    with pytest.raises(ConfigError, match=fault):
        load_world(world)


def test_set_of_somebody_elses_key_is_refused(world: Path) -> None:
    with pytest.raises(ConfigError, match=r"--set listen\.smtp"):
        load_world(world, parse_overrides(["listen.smtp=127.0.0.1:0"]))


def test_a_missing_password_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, "ann", "secret\n")
    assert password(tmp_path, "ann") == "secret"
    with pytest.raises(ConfigError, match="bob"):
        password(tmp_path, "bob")


def test_plain_text_is_for_this_machine_only() -> None:
    assert Server.parse("127.0.0.1:1143").tls is None
    assert Server.parse("[::1]:1143") == Server("::1", 1143)
    assert Server.parse("mail.example.org:143").tls is not None


@pytest.mark.parametrize("text", ["localhost", ":25", "host:smtp", "host:0", "host:65536"])
def test_a_server_is_host_and_port(text: str) -> None:
    with pytest.raises(ConfigError, match="host:port"):
        Server.parse(text)


def test_a_login_does_not_show_its_password() -> None:
    assert "hush" not in repr(Login(Server("127.0.0.1", 25), "me", "hush"))
