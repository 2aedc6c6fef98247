"""How a service is found, and what is said about a file that does not fit it."""

import random
import textwrap
from pathlib import Path

import pytest

from mailsim_agents.providers import Answer, LlmSettings, Request, known, load, read_settings
from mailsim_common.errors import ConfigError

ROOT = Path(__file__).parents[3]


class Echo:
    """A custom provider: it says the last mail back."""

    name = "echo"
    supported = frozenset({"model"})

    def __init__(self, settings: LlmSettings, rng: random.Random) -> None:
        self.model = settings.model

    async def answer(self, request: Request) -> Answer:
        return Answer(request.turns[-1].text, self.model)

    async def verify(self) -> None: ...

    async def close(self) -> None: ...


@pytest.fixture
def file(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "mine.yaml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


def test_all_services_are_known_by_their_entry_points():
    assert {"anthropic", "custom", "eliza", "lmstudio", "ollama", "openai", "parry", "rules"} <= set(known())


def test_an_unknown_service_is_an_error_with_file_line_and_the_nearest(file):
    with pytest.raises(ConfigError, match=r"mine\.yaml:2: service: .*did you mean `ollama`\?.*openai"):
        read_settings(file("model: m\nservice: olama\n"))


def test_a_key_that_the_service_does_not_take_is_an_error_with_its_line(file):
    with pytest.raises(ConfigError, match=r"mine\.yaml:3: temperature: `anthropic` does not take it"):
        read_settings(file("service: anthropic\nmodel: m\ntemperature: 0.5\n"))


def test_a_needed_key_that_is_missing_is_named(file):
    with pytest.raises(ConfigError, match="model: `ollama` needs this key"):
        read_settings(file("service: ollama\n"))


def test_overrides_lie_over_the_file(file):
    settings = read_settings(file("service: ollama\nmodel: m\n"), {("model",): "other"})
    assert settings.model == "other"


def test_paths_start_at_the_folder_of_the_file(file, tmp_path):
    settings = read_settings(file("service: openai\nmodel: m\napi_key_file: key\n"))
    assert settings.api_key_file == tmp_path / "key"


def test_a_key_is_read_from_its_file_before_the_environment(file, tmp_path, monkeypatch):
    (tmp_path / "key").write_text("sk-file\n")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
    settings = read_settings(file("service: openai\nmodel: m\napi_key_file: key\n"))
    assert settings.api_key("OPENAI_API_KEY") == "sk-file"


async def test_a_custom_class_is_a_provider(request_):
    provider = load(LlmSettings(service="custom", factory=f"{__name__}:Echo", model="m"), random.Random(1))
    assert (await provider.answer(request_)).text == "What is on your mind?"


@pytest.mark.parametrize("factory", ["no.such.module:Class", "json:NoSuchClass", "json", ":", "json:"])
def test_a_custom_class_that_is_not_there_is_an_error_at_its_key(factory, file):
    with pytest.raises(ConfigError, match=r"mine\.yaml:2: factory: cannot be loaded"):
        read_settings(file(f"service: custom\nfactory: '{factory}'\n"))


def test_a_custom_service_needs_its_class(file):
    with pytest.raises(ConfigError, match=r"package\.module:Class"):
        read_settings(file("service: custom\n"))


@pytest.mark.parametrize("path", sorted((ROOT / "config" / "llm").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_that_comes_with_mailsim_fits_its_service(path):
    assert read_settings(path).service in known()
