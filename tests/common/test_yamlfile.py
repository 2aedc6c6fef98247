"""YAML with line numbers, and without YAML 1.1's surprises."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailsim_common.errors import ConfigError
from mailsim_common.yamlfile import load, parse, scalar

HERE = Path("config.yaml")
PIECES = r"""a;b: ;- ;\n;\n  ;[;];{;};, ;!!int ;!!float ;!!bool ;!!timestamp ;!!binary ;&x ;*x;<<: ;? ;| ;> ;';";#;%;@;
\t;---\n;...\n;~;1;1.5;\0;\x85;\u2028"""
pieces = [piece.encode().decode("unicode_escape") for piece in PIECES.replace("\n", "").split(";")]
yaml_like = st.lists(st.sampled_from(pieces)).map("".join)


def line_of_fault(text: str) -> int | None:
    with pytest.raises(ConfigError) as caught:
        parse(text, HERE)
    return caught.value.line


@settings(deadline=None)
@given(st.text() | yaml_like)
def test_any_text_is_data_or_an_error_on_one_line_that_names_a_line(text: str) -> None:
    try:
        parse(text, HERE)
    except ConfigError as error:
        assert error.line is not None and 1 <= error.line <= len(text.splitlines()) + 1
        assert str(error).startswith(f"config.yaml:{error.line}: ") and len(str(error).splitlines()) == 1


@settings(deadline=None)
@given(st.binary())
def test_any_file_is_data_or_an_error_with_a_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("yaml") / "file.yaml"
    path.write_bytes(content)
    try:
        load(path)
    except ConfigError as error:
        assert (error.path, error.line is not None) == (path, True)


@settings(deadline=None)
@given(st.text() | yaml_like)
def test_any_text_on_the_command_line_is_a_value(text: str) -> None:
    scalar(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("no", "no"), ("yes", "yes"), ("on", "on"), ("Off", "Off"), ("y", "y")),
        *(("true", True), ("FALSE", False), ("null", None), ("~", None), ("", None)),
        *(("12:30", "12:30"), ("127.0.0.1:1025", "127.0.0.1:1025"), ("2024-01-02", "2024-01-02")),
        *(("10", 10), ("-3", -3), ("+3", 3), ("1_000", 1000), ("007", 7), ("0o17", "0o17"), ("0x1F", "0x1F")),
        *(("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("1.2.3", "1.2.3"), (".inf", ".inf"), (".nan", ".nan")),
        *(("=", "="), ("<<", "<<"), ("'10'", "10"), ('"true"', "true"), ("!!str 10", "10")),
    ],
)
def test_plain_words_stay_words(text: str, value: Any) -> None:
    data = parse(f"key: {text}\n", HERE).data
    assert data == {"key": value} and type(data["key"]) is type(value)


def test_every_key_and_item_has_its_line() -> None:
    file = parse("a: 1\n\n# comment\nb:\n  c:\n    - x\n    - y: 2\n  d: {e: 1,\n      f: 2}\n", HERE)
    assert file.lines == {
        ("a",): 1,
        ("b",): 4,
        ("b", "c"): 5,
        ("b", "c", 0): 6,
        ("b", "c", 1): 7,
        ("b", "c", 1, "y"): 7,
        ("b", "d"): 8,
        ("b", "d", "e"): 8,
        ("b", "d", "f"): 9,
    }


def test_a_key_the_file_has_not_is_at_the_line_of_what_would_hold_it() -> None:
    file = parse("a: 1\nb:\n  c: 2\n", HERE)
    assert [file.line(keys) for keys in [("b", "x"), ("b", "c", "x"), ("x",)]] == [2, 3, None]


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n", "~\n"])
def test_an_empty_file_has_no_data(text: str) -> None:
    assert parse(text, HERE).data is None


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\na: 2\n", 2),
        ("a:\n  b: 1\n  c: 1\n  b: 2\n", 4),
        ("- a: 1\n  a: 2\n", 2),
        ("a: [1\nb: 2\n", 2),
        ("a: 1\nb: c: d\n", 2),
        ("a: 1\n\tb: 2\n", 2),
        ("a: 1\nb: \0\n", 2),
        ("a: 1\nb: !!int x\n", 2),
        ("a: 1\nb: !!bool x\n", 2),
        ("a: 1\nb: !!timestamp x\n", 2),
        ("a: 1\nb: !!python/object:os.system x\n", 2),
        ("a: 1\nb: *nowhere\n", 2),
        ("a: 1\n---\nb: 2\n", 2),
        ("a: 1\n[b]: 2\n", 2),
        ("[" * 10_000, 1),
    ],
)
def test_what_is_wrong_has_its_line(text: str, line: int) -> None:
    assert line_of_fault(text) == line


def test_a_key_written_twice_names_both_lines() -> None:
    with pytest.raises(ConfigError, match=r"^config.yaml:3: a: written twice, first on line 1$"):
        parse("a: 1\nb: 2\na: 3\n", HERE)


def test_a_file_that_is_not_there_or_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "nothing.yaml")
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_a_file_that_is_not_utf_8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("a: 1\nb: ü\n".encode("latin-1"))
    with pytest.raises(ConfigError, match="not UTF-8") as caught:
        load(tmp_path / "latin.yaml")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("3", 3), ("true", True), ("[a, b]", ["a", "b"]), ("{a: 1}", {"a": 1}), ("{}", {}), ("null", None)),
        *(("", ""), ("  ", ""), ("a b", "a b"), ("#general", "#general"), ("[::1]:1025", "[::1]:1025"), ("[a,", "[a,")),
        *(("127.0.0.1:0", "127.0.0.1:0"), ("@home", "@home"), ("50%", "50%"), ('"3"', "3")),
    ],
)
def test_a_value_on_the_command_line_reads_as_in_a_file(text: str, value: Any) -> None:
    assert scalar(text) == value
