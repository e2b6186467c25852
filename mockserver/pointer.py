"""JSON pointers (RFC 6901): how a place in a document is named, everywhere."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mockserver.message import ABSENT, Json

_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)*", re.DOTALL)
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,9}", re.ASCII)


def is_pointer(text: str) -> bool:
    """Whether a text is a JSON pointer: empty or begins with `/`; `~` only as `~0` and `~1`."""
    return _POINTER.fullmatch(text) is not None


def steps_of(pointer: str) -> list[str]:
    """The keys and indices of a JSON pointer (RFC 6901), none for the whole document."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def pointer(steps: Sequence[str | int]) -> str:
    """JSON pointer (RFC 6901) of a path of keys and indices."""
    text = ""
    for step in steps:
        name = str(step)
        if "~" in name or "/" in name:
            name = name.replace("~", "~0").replace("/", "~1")
        text += "/" + name
    return text


def value_at(node: Json, steps: Iterable[str]) -> Json:
    """What the steps of a JSON pointer lead to in a value, `ABSENT` where nothing is."""
    for step in steps:
        if isinstance(node, dict):
            node = node.get(step, ABSENT)
        elif isinstance(node, list) and _INDEX.fullmatch(step) and int(step) < len(node):
            node = node[int(step)]
        else:
            return ABSENT
    return node
