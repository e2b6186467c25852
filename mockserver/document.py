"""YAML and JSON files as values: what every author writes, contracts and scenarios alike.

YAML is read by its core schema (YAML 1.2.2, 10.3), so `NO` is Norway, `12:30` is text and dates
are text. A key given twice is an error, not the last one. The composed nodes are turned into
values here and not by PyYAML's constructor, which takes twice as long; start-up is mostly this.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import yaml

from mockserver.errors import Finding, LoadError
from mockserver.message import Json
from mockserver.pointer import steps_of

VALUES_MAX = 2_000_000  # of a document; more are the work of aliases of aliases
TAG = "tag:yaml.org,2002:"
INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # one of two
    """PyYAML's parser with the plain scalars of the core schema, and the merge key of YAML 1.1."""

    yaml_implicit_resolvers: Any = {}  # noqa: RUF012 - PyYAML's own door


for _tag, _text, _first in (
    ("null", re.compile("~|null|Null|NULL|"), ["~", "n", "N", ""]),
    ("bool", re.compile("|".join(WORDS)), list("tTfF")),
    ("int", INTEGER, list("-+0123456789")),
    ("float", NUMBER, list("-+.0123456789")),
    ("merge", re.compile("<<"), ["<"]),
):
    Loader.add_implicit_resolver(TAG + _tag, re.compile(f"(?:{_text.pattern})$"), _first)


def read(file: Path) -> Json:
    """Parse a YAML or JSON file.

    Raises:
        LoadError: The file cannot be read or parsed; the finding has line and column.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise LoadError([Finding(str(file), "", f"cannot be read: {error.strerror}")]) from error
    try:
        return parse_json(data) if file.suffix == ".json" else parse_yaml(data)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        kind = "JSON" if file.suffix == ".json" else "YAML"
        text = " ".join(str(error).replace('in "<byte string>", ', "").split())
        raise LoadError([Finding(str(file), "", f"is no {kind}: {text}")]) from error


def parse_json(data: bytes) -> Json:
    """The value of a JSON document, integers of any size; raises `ValueError`."""
    orjson.loads(data)  # is strict and says where it is wrong
    return json.loads(data, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Json]]) -> Json:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} is given twice")
    return found


def parse_yaml(data: bytes) -> Json:
    """The value of a YAML document, None for an empty one; raises `yaml.YAMLError`."""
    loader = Loader(data)
    try:
        node = loader.get_single_node()
    finally:
        loader.dispose()
    if node is None:
        return None
    if b"*" in data and _size(node, {}) > VALUES_MAX:
        raise ValueError(f"its aliases stand for more than {VALUES_MAX} values")
    return _value(node)


def lines_of(file: Path, pointers: Iterable[str]) -> Mapping[str, int]:
    """The lines, from 1, of the places that JSON pointers name; those of keys, where they have one.

    A pointer that leads nowhere has the line of the last step that it could take.
    """
    try:
        root = Loader(file.read_bytes()).get_single_node()
    except (OSError, yaml.YAMLError):
        return {}
    return {pointer: _line(root, steps_of(pointer)) for pointer in pointers} if root else {}


def _line(node: Any, steps: Iterable[str]) -> int:
    line = node.start_mark.line
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == step]
        elif isinstance(node, yaml.SequenceNode) and step.isdigit():
            found = [(each, each) for each in node.value[int(step) : int(step) + 1]]
        else:
            found = []
        if not found:
            break
        key, node = found[0]
        line = key.start_mark.line
    return int(line) + 1


def _size(node: Any, known: dict[int, int]) -> int:
    """How many values a node stands for, each alias followed; every node is looked at once."""
    size = known.get(id(node))
    if size is None:
        inner = () if isinstance(node, yaml.ScalarNode) else node.value
        parts = (part for each in inner for part in (each if isinstance(each, tuple) else (each,)))
        size = known[id(node)] = 1 + sum(_size(part, known) for part in parts)
    return size


def _number(text: str) -> Json:
    if INTEGER.fullmatch(text):
        return int(text, 0 if text[1:2] in ("o", "x") else 10)
    return float(text) if NUMBER.fullmatch(text) else text


# A tag that an author writes beside other text (`!!int abc`) leaves it text.
SCALARS: dict[str, Callable[[str], Json]] = {
    TAG + "int": _number,
    TAG + "float": _number,
    TAG + "bool": lambda text: WORDS.get(text, text),
    TAG + "null": lambda _text: None,
}


def _value(node: Any) -> Json:
    if isinstance(node, yaml.ScalarNode):
        convert = SCALARS.get(node.tag)
        return node.value if convert is None else convert(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(each) for each in node.value]
    out: dict[str, Json] = {}
    merged: dict[str, Json] = {}
    for key_node, value_node in node.value:
        if key_node.tag == TAG + "merge":
            for source in _merged(value_node):
                merged.update(_value(source))
            continue
        key = key_node.value  # as written: a response code is a key like any other
        if not isinstance(key, str):
            raise _broken("a key must be text", key_node)
        if key in out:
            raise _broken(f"the key {key!r} is given twice", key_node)
        out[key] = _value(value_node)
    return {**merged, **out} if merged else out


def _merged(node: Any) -> Iterator[Any]:
    """The mappings of a merge key, the first of several winning as the last to be merged."""
    for source in reversed(node.value) if isinstance(node, yaml.SequenceNode) else [node]:
        if not isinstance(source, yaml.MappingNode):
            raise _broken("only mappings can be merged", source)
        yield source


def _broken(reason: str, node: Any) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, reason, node.start_mark)
