"""The states that a contract gives to its resources: what a life cycle may have."""

from collections.abc import Iterator
from typing import Final

from mockserver.message import Json
from mockserver.pointer import steps_of

EXTENSION: Final = "x-states"
ENDINGS: Final = ("status", "state")


def states_of(document: Json, member: str = "") -> list[str]:
    """All states, sorted: those that `x-states` describes, and enums of members called so.

    Args:
        document: A whole OpenAPI document.
        member: A member that has states too, whatever it is called; "" for none.
    """
    return sorted(set(_below(document, document, member)))


def _below(node: Json, document: Json, own: str) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _below(each, document, own)
    if not isinstance(node, dict):
        return
    if isinstance(node.get(EXTENSION), dict):
        yield from node[EXTENSION]
    properties = node.get("properties")
    for name, member in properties.items() if isinstance(properties, dict) else ():
        if name == own or name.lower().endswith(ENDINGS):
            yield from _values(member, document)
    for name, each in node.items():
        if name not in ("example", "examples"):
            yield from _below(each, document, own)


def _values(member: Json, document: Json) -> Iterator[str]:
    for _ in range(10):  # references of references; a document may go round
        if not isinstance(member, dict) or "$ref" not in member:
            break
        found = document
        for step in steps_of(member["$ref"]):
            found = found.get(step, {}) if isinstance(found, dict) else {}
        member = found
    values = member.get("enum", ()) if isinstance(member, dict) else ()
    yield from (value for value in values if isinstance(value, str))
