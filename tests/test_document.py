"""YAML and JSON files as values: the core schema of YAML 1.2, keys as written, located errors."""

from pathlib import Path
from typing import Any

import pytest

from mockserver.document import parse_yaml, read
from mockserver.errors import LoadError


def refusal(file: Path, text: str | bytes) -> str:
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(LoadError) as raised:
        read(file)
    (finding,) = raised.value.findings
    assert finding.file == str(file)
    return finding.reason


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("~", None),
        ("null", None),
        ("Null", None),
        ("''", ""),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("yes", "yes"),
        ("No", "No"),
        ("off", "off"),
        ("y", "y"),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("012", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2026-01-15", "2026-01-15"),
        ("2026-01-15T12:00:00Z", "2026-01-15T12:00:00Z"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1.5e3", 1500.0),
        ("-1.5E-3", -0.0015),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1.2.3", "1.2.3"),
        ("=", "="),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("123456789012345678901234567890", 123456789012345678901234567890),
    ],
)
def test_a_plain_scalar_is_read_by_the_core_schema(text: str, value: Any) -> None:
    found = parse_yaml(f"- {text}".encode())
    assert found == [value]
    assert type(found[0]) is type(value)


@pytest.mark.parametrize("key", ["200", "1.5", "yes", "null", "2026-01-15", "true"])
def test_a_key_is_the_text_that_is_written(key: str) -> None:
    assert parse_yaml(f"{key}: 1".encode()) == {key: 1}


def test_an_anchor_may_be_used_more_than_once() -> None:
    assert parse_yaml(b"a: &x {p: 1}\nb: *x\nc: *x") == {
        "a": {"p": 1},
        "b": {"p": 1},
        "c": {"p": 1},
    }


def test_a_merge_key_gives_what_the_mapping_does_not_say_itself() -> None:
    found = parse_yaml(b"a: &x {p: 1, q: 2}\nb:\n  q: 3\n  <<: *x\n")
    assert found["b"] == {"p": 1, "q": 3}


def test_the_first_of_several_merged_mappings_wins() -> None:
    found = parse_yaml(b"a: &x {p: 1}\nb: &y {p: 2, q: 2}\nc:\n  <<: [*x, *y]\n")
    assert found["c"] == {"p": 1, "q": 2}


def test_a_quoted_merge_key_is_a_key() -> None:
    assert parse_yaml(b'"<<": 1') == {"<<": 1}


def test_an_empty_document_is_none() -> None:
    assert parse_yaml(b"") is None
    assert parse_yaml(b"# only a comment\n") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1, 2\nb: 3\n", ["YAML", "line 2"]),
        ("a: 1\n\tb: 2\n", ["tab", "line 2, column 1"]),
        ("a: 1\nb: 2\na: 3\n", ["'a' is given twice", "line 3, column 1"]),
        ("x: {p: 1, p: 2}\n", ["'p' is given twice", "line 1"]),
        ("200: a\n'200': b\n", ["'200' is given twice", "line 2"]),
        ("? [a, b]\n: 1\n", ["a key must be text", "line 1"]),
        ("? {a: b}\n: 1\n", ["a key must be text", "line 1"]),
        ("<<: 5\n", ["only mappings can be merged", "line 1"]),
        ("a: &x 5\nb:\n  <<: [*x]\n", ["only mappings can be merged", "line 1"]),
        ("a: *nothing\n", ["undefined alias", "line 1"]),
        ("a: 1\n---\nb: 2\n", ["single document", "line 2"]),
        (b"title: \xff\xfe\n", ["UTF-8"]),
        (b"a: 1\x00\n", ["control characters"]),
        ("a: &x [*x]\n", ["recursion"]),
        ("a: " + "[" * 20_000, ["YAML"]),
        ("a: " + "9" * 5_000, ["5000 digits"]),
    ],
    ids=[
        "flow not closed",
        "tab",
        "key twice",
        "key twice in a flow",
        "key twice as number and text",
        "list as a key",
        "mapping as a key",
        "number merged",
        "list of numbers merged",
        "unknown alias",
        "two documents",
        "not UTF-8",
        "control character",
        "a list within itself",
        "endless nesting",
        "endless number",
    ],
)
def test_broken_yaml_is_located(tmp_path: Path, text: str | bytes, words: list[str]) -> None:
    reason = refusal(tmp_path / "sample.yaml", text)
    assert reason.startswith("is no YAML: ")
    assert [word for word in words if word not in reason] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,\n "b"}', ["line 2"]),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', ["the key 'c' is given twice"]),
        ('{"a": NaN}', ["JSON"]),
        ("", ["JSON"]),
        ("[" * 20_000 + "]" * 20_000, ["depth"]),
        (b'{"a": "\xff"}', ["UTF-8"]),
        (b'{"a": "\\ud800"}', ["surrogate"]),
    ],
    ids=["syntax", "key twice", "NaN", "empty", "endless nesting", "not UTF-8", "lone surrogate"],
)
def test_broken_json_is_located(tmp_path: Path, text: str | bytes, words: list[str]) -> None:
    reason = refusal(tmp_path / "sample.json", text)
    assert reason.startswith("is no JSON: ")
    assert [word for word in words if word not in reason] == []


def test_json_keeps_integers_of_any_size(tmp_path: Path) -> None:
    file = tmp_path / "sample.json"
    file.write_text('{"a": 123456789012345678901234567890, "b": [true, null, 1.5]}')
    assert read(file) == {"a": 123456789012345678901234567890, "b": [True, None, 1.5]}


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read: No such file"):
        read(tmp_path / "none.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="cannot be read: Is a directory"):
        read(tmp_path)


def test_aliases_of_aliases_are_refused_before_they_fill_the_memory() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]

    with pytest.raises(ValueError, match="aliases stand for more than"):
        parse_yaml("\n".join(levels).encode())
