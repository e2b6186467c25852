"""Every `$ref` of a document: that it leads somewhere, to the right kind of thing, and ends.

The document is walked by its structure, as its meta-schema has it, so that a `$ref` in an example
or a member of that name is data. What only a `$ref` leads to (below an `x-...` key) is walked as
the kind that is expected there. Callbacks and links are not served, and not looked at.
"""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import unquote

from mockserver.contract.dialect import METHODS, MetaSchema
from mockserver.contract.schemas import SchemaError, Schemas
from mockserver.errors import Finding, nearest
from mockserver.message import Json
from mockserver.pointer import pointer, steps_of

# The fields of each kind of object that hold others: one, a list of them, a map of them.
_CARRIED: Final = {"schema": "Schema", "content": "[MediaType]", "examples": "[Example]"}
FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "Document": {"paths": "[PathItem]", "components": "Components"},
    "Components": {
        "schemas": "[Schema]",
        "responses": "[Response]",
        "parameters": "[Parameter]",
        "examples": "[Example]",
        "requestBodies": "[RequestBody]",
        "headers": "[Header]",
        "securitySchemes": "[SecurityScheme]",
    },
    "PathItem": {"parameters": "[Parameter]", **dict.fromkeys(METHODS, "Operation")},
    "Operation": {
        "parameters": "[Parameter]",
        "requestBody": "RequestBody",
        "responses": "[Response]",
    },
    "Parameter": _CARRIED,
    "Header": _CARRIED,
    "RequestBody": {"content": "[MediaType]"},
    "Response": {"headers": "[Header]", "content": "[MediaType]"},
    "MediaType": {"schema": "Schema", "examples": "[Example]"},
    "Schema": {
        "allOf": "[Schema]",
        "anyOf": "[Schema]",
        "oneOf": "[Schema]",
        "not": "Schema",
        "items": "Schema",
        "properties": "[Schema]",
        "additionalProperties": "Schema",
    },
}
# Maps beside whose members an `x-...` key may stand.
EXTENSIBLE: Final = frozenset({"paths", "responses"})


class References:
    """Walks one document.

    Args:
        document: In the shape of OpenAPI 3.x, by its meta-schema.
        schemas: Resolves.
        metaschema: Says whether what nothing else describes is of a kind.
        file: For the findings.
    """

    def __init__(self, document: Json, schemas: Schemas, metaschema: MetaSchema, file: str) -> None:
        self._schemas = schemas
        self._metaschema = metaschema
        self._file = file
        self._kinds: dict[str, str] = {}
        self._todo: list[tuple[Json, str, str]] = [(document, "Document", "")]

    def findings(self) -> Iterator[Finding]:
        """What is wrong with the `$ref`s."""
        while self._todo:
            uses: dict[tuple[str, str], list[str]] = {}
            for place, ref, kind in self._walk():
                uses.setdefault((ref, kind), []).append(place)
            for (ref, kind), places in uses.items():
                found = self._against(ref, kind)
                if found is not None:
                    reason, allowed, close = found
                    for place in places:
                        yield Finding(self._file, place, reason, allowed, close)

    def _walk(self) -> Iterator[tuple[str, str, str]]:
        """The `$ref`s of all that is still to do: place, text, what is expected there."""
        todo, kinds = self._todo, self._kinds
        while todo:
            node, kind, place = todo.pop()
            kinds[place] = kind
            ref = node.get("$ref")
            if isinstance(ref, str):
                yield place, ref, kind
                continue
            for field, inner in FIELDS.get(kind, {}).items():
                value = node.get(field)
                if value is None:
                    continue
                if inner[0] != "[":
                    if isinstance(value, dict):
                        todo.append((value, inner, f"{place}/{field}"))
                    continue
                for step, each in _members(value, field):
                    if isinstance(each, dict):
                        todo.append((each, inner[1:-1], f"{place}/{field}{pointer([step])}"))

    def _against(self, ref: str, kind: str) -> tuple[str, str, str] | None:
        """What speaks against a `$ref` where a `kind` is expected: reason, allowed, nearest."""
        if kind == "PathItem":
            return f"a path that is {ref!r} is not served", "the path item itself", ""
        seen = [ref]
        while True:
            try:
                node = self._schemas.resolve(ref)
            except SchemaError as error:
                return str(error), f"{_a(kind)} of this document", self._nearest(ref, kind)
            following = node.get("$ref") if isinstance(node, dict) else None
            if not isinstance(following, str):
                break
            if following in seen:
                return f"{' -> '.join([*seen, following])} leads back to itself", "", ""
            ref = following
            seen.append(ref)
        place = pointer(steps_of(unquote(ref[1:])))
        known = self._kinds.get(place)
        if known is None and self._metaschema.is_a(kind, node):
            self._todo.append((node, kind, place))
            return None
        if known == kind:
            return None
        found = _a(known) if known else f"no {kind}"
        return f"{ref} leads to {found}", _a(kind), self._nearest(ref, kind)

    def _nearest(self, ref: str, kind: str) -> str:
        return nearest(ref, ["#" + place for place, known in self._kinds.items() if known == kind])


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "EO" else f"a {kind}"


def _members(value: Json, field: str) -> Iterator[tuple[str | int, Json]]:
    if isinstance(value, list):
        yield from enumerate(value)
        return
    for name, each in value.items():
        if not (field in EXTENSIBLE and name.startswith("x-")):
            yield name, each
