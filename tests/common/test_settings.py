"""Settings: a file and overrides become a model, or one clear error."""

import json
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import Field, RootModel, ValidationError

from mailsim_common.errors import ConfigError
from mailsim_common.settings import Overrides, Settings, below, build, parse_overrides, read
from mailsim_common.yamlfile import parse


class Inner(Settings):
    host: str = "localhost"
    port: int = Field(default=25, ge=0)


class Person(Settings):
    language: str | None = None


class Needs(Settings):
    key: str
    x: int = 0


class Outer(Settings):
    name: str = ""
    limit: Annotated[int, Field(ge=1)] = 10
    on: bool = True
    listen: Inner = Inner()
    spare: Inner | None = None
    needs: Needs = Needs(key="")
    people: dict[str, Person] = Field(default_factory=dict)
    words: list[str] = Field(default_factory=list)


class Cast(RootModel[dict[str, Person]]):
    """A file that is a mapping of models, whole."""


def made(text: str, overrides: Overrides | None = None, model: type[Any] = Outer, prefix: str = "") -> Any:
    return build(parse(text, Path("f.yaml")), model, overrides or {}, prefix)


def error(text: str, *overrides: str, model: type[Any] = Outer, prefix: str = "") -> str:
    with pytest.raises(ConfigError) as caught:
        made(text, parse_overrides(overrides), model, prefix)
    return str(caught.value)


def test_a_file_becomes_a_model(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text("name: x\nlisten:\n  port: 1\npeople:\n  me: {}\n")
    found = read(path, Outer)
    assert (found.name, found.listen, found.people) == ("x", Inner(port=1), {"me": Person()})


def test_a_model_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        made("name: x").name = "y"


def test_an_empty_file_counts_as_an_empty_mapping() -> None:
    assert made("", model=Inner) == Inner()


@pytest.mark.parametrize("text", ["- a\n", "a\n", "3\n"])
def test_a_file_that_is_no_mapping(text: str) -> None:
    assert error(text) == "f.yaml:1: must hold `key: value` lines"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: x\nlimti: 3\n", "f.yaml:2: limti: unknown key; did you mean `limit`?"),
        ("\nzzz: 3\n", "f.yaml:2: zzz: unknown key; known are limit, listen, name, needs, on, people, spare, words"),
        ("name: x\nlisten:\n  prot: 3\n", "f.yaml:3: listen.prot: unknown key; did you mean `port`?"),
        ("name: x\nspare: {prot: 3}\n", "f.yaml:2: spare.prot: unknown key; did you mean `port`?"),
        ("people:\n  me:\n    langauge: de\n", "f.yaml:3: people.me.langauge: unknown key; did you mean `language`?"),
        ("needs: {x: 1}\n", "f.yaml:1: needs.key: this key is needed and missing"),
        ("name: x\nlimit: 0\n", "f.yaml:2: limit: input should be greater than or equal to 1 (got 0)"),
        ("name: x\nwords:\n- a\n- [b]\n", "f.yaml:4: words.1: input should be a valid string"),
        ("name: x\nlisten: 3\n", "f.yaml:2: listen: input should be a valid dictionary or instance of Inner (got 3)"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_with_its_place(text: str, message: str) -> None:
    assert error(text) == message


def test_an_unknown_key_below_a_mapping_of_models() -> None:
    assert error("me:\n  langauge: de\n", model=Cast) == "f.yaml:2: me.langauge: unknown key; did you mean `language`?"


def test_overrides_are_laid_over_the_file() -> None:
    overrides = parse_overrides(["listen.port=1", "people.me.language=no", "words=[a, b]", "on=false"])
    found = made("name: x\nlisten: {host: h, port: 2}\n", overrides)
    assert found.listen == Inner(host="h", port=1)
    assert (found.people["me"].language, found.words, found.on) == ("no", ["a", "b"], False)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("limti=3", "--set limti: unknown key; did you mean `limit`?"),
        (
            "limit=many",
            "--set limit: input should be a valid integer, unable to parse string as an integer (got 'many')",
        ),
        ("listen.port=-1", "--set listen.port: input should be greater than or equal to 0 (got -1)"),
        ("limit.x=3", "--set limit: input should be a valid integer"),
        ("people={me: {x: 1}}", "--set people.me.x: unknown key; known are language"),
    ],
)
def test_a_wrong_override_is_blamed_and_not_the_file(override: str, message: str) -> None:
    assert error("name: x\nlimit: 3\n", override) == message


def test_an_override_is_named_as_the_user_wrote_it() -> None:
    assert error("", "me.x=1", model=Cast, prefix="cast.").startswith("--set cast.me.x: unknown key")


def test_the_file_is_blamed_for_its_own_faults_whatever_is_overridden() -> None:
    assert error("name: x\nlisten: {prot: 1}\n", "listen.port=3").startswith("f.yaml:2: listen.prot")


@pytest.mark.parametrize("text", ["", "key", "=value", "a..b=1", ".a=1", "a.=1"])
def test_an_override_needs_a_path_and_a_value(text: str) -> None:
    with pytest.raises(ConfigError, match="write it as"):
        parse_overrides([text])


def test_an_override_may_hold_an_equals_sign_or_nothing() -> None:
    assert parse_overrides(["a=b=c", "d.e="]) == {("a",): "b=c", ("d", "e"): ""}


def test_the_last_override_of_a_key_counts() -> None:
    assert made("name: x", parse_overrides(["limit=2", "limit=3"])).limit == 3


def test_overrides_below_a_prefix() -> None:
    overrides = parse_overrides(["llm.x.model=m", "llm=3", "limit=1"])
    assert below(overrides, "llm") == {("x", "model"): "m"}


keys = st.sampled_from(
    ["name", "limit", "on", "listen", "spare", "people", "words", "host", "port", "language", "x\ny", "[z]", "1"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(
    data=st.dictionaries(keys, values),
    overrides=st.dictionaries(st.lists(keys, min_size=1).map(tuple), values, max_size=2),
)
def test_any_data_is_a_model_or_an_error_on_one_line(data: dict[str, Any], overrides: Overrides) -> None:
    try:
        made(json.dumps(data, allow_nan=False), overrides)
    except ConfigError as found:
        assert len(str(found).splitlines()) == 1
        assert str(found).startswith(("f.yaml: ", "f.yaml:1: ", "--set "))
    except ValueError as not_json:
        assert "JSON" in str(not_json)


@settings(deadline=None)
@given(st.lists(st.text()))
def test_any_overrides_are_read_or_refused(texts: list[str]) -> None:
    try:
        parse_overrides(texts)
    except ConfigError as found:
        assert str(found).startswith("--set ")
