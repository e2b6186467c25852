"""YAML and JSON files as values: what every author writes, contracts and scenarios alike.

YAML is read by its core schema (YAML 1.2.2, 10.3), so `NO` is Norway, `12:30` is text and dates
are text. A key given twice is an error, not the last one. The composed nodes are turned into
values here and not by PyYAML's constructor, which takes twice as long; start-up is mostly this.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import yaml

from mockserver.errors import Finding, LoadError
from mockserver.exchange import Json

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TAG = "tag:yaml.org,2002:"
INTEGER = re.compile(r"[-+]?[0-9]+")
NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}


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
        return orjson.loads(data) if file.suffix == ".json" else parse_yaml(data)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        kind = "JSON" if file.suffix == ".json" else "YAML"
        text = " ".join(str(error).replace('in "<byte string>", ', "").split())
        raise LoadError([Finding(str(file), "", f"is no {kind}: {text}")]) from error


def parse_yaml(data: bytes) -> Json:
    """The value of a YAML document, None for an empty one; raises `yaml.YAMLError`."""
    loader = LOADER(data)
    try:
        node = loader.get_single_node()
    finally:
        loader.dispose()
    return None if node is None else _value(node)


def _number(text: str) -> Json:
    if INTEGER.fullmatch(text):
        return int(text)
    if re.fullmatch(r"0o[0-7]+|0x[0-9a-fA-F]+", text):
        return int(text, 0)
    return float(text) if NUMBER.fullmatch(text) else text


# What PyYAML resolves by YAML 1.1, read again by YAML 1.2.
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
            sources = value_node.value if value_node.id == "sequence" else [value_node]
            for source in reversed(sources):
                merged.update(_value(source))
            continue
        key = key_node.value  # as written: a response code is a key like any other
        if key in out:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key {key!r} is given twice", key_node.start_mark
            )
        out[key] = _value(value_node)
    return {**merged, **out} if merged else out
