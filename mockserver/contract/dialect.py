"""What differs between versions of OpenAPI, and nothing else.

The rest of the package reads documents in the shape of OpenAPI 3.x, whose schemas were turned into
JSON Schema 2020-12 by the dialect. A further version is one more `Dialect` in `DIALECTS`: a
function that brings a document into that shape, a function for its schemas, and the meta-schema.
"""

import importlib.util
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import jsonschema_rs
import orjson

from mockserver.message import Json

INT_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}

# Keywords whose value is a schema, a list of schemas, or a map of schemas (OpenAPI 3.0.3, 4.7.24).
ONE = ("not", "items", "additionalProperties")
MANY = ("allOf", "anyOf", "oneOf")
MAPS = ("properties",)
# Annotations that no validator reads; examples and defaults stay for the sampler.
DROPPED = frozenset({"nullable", "discriminator", "xml", "externalDocs", "readOnly", "writeOnly"})


# What JSON Schema calls the types of parsed JSON.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
# What the patterns of the meta-schema mean.
NAMES = {
    r"^\/": ("paths that begin with /",),
    r"^[1-5](?:\d{2}|XX)$": ("100 to 599", "1XX to 5XX"),
    rf"^({'|'.join(METHODS)})$": METHODS,
}


class Direction(StrEnum):
    """Which way a body travels: `readOnly` and `writeOnly` depend on it."""

    REQUEST = "request"
    REPLY = "reply"

    @property
    def foreign(self) -> str:
        """The flag of members that do not travel this way."""
        return "readOnly" if self is Direction.REQUEST else "writeOnly"


@dataclass(frozen=True, slots=True)
class Dialect:
    """One version of OpenAPI.

    Attributes:
        name: For people: "OpenAPI 3.0".
        shape: The document in the shape of OpenAPI 3.x.
        schema: `(schema, direction, resolve) -> JSON Schema 2020-12`, `$ref`s kept.
        metaschema: Validator of whole documents, built on first use.
    """

    name: str
    shape: Callable[[Json], Json]
    schema: Callable[[Json, Direction, Callable[[str], Json]], Json]
    metaschema: Callable[[], "MetaSchema"]


@dataclass(frozen=True, slots=True)
class MetaSchema:
    """The schema of whole documents of one version."""

    document: Json
    validator: jsonschema_rs.Validator

    def is_a(self, kind: str, node: Json) -> bool:
        """Whether `node` is what the meta-schema calls `kind`."""
        part = {"$ref": f"#/definitions/{kind}", "definitions": self.document["definitions"]}
        return jsonschema_rs.Draft4Validator(part).is_valid(node)

    def allowed_keys(self, schema_path: list[str | int]) -> list[str]:
        """The keys an object may have, by the place of the `additionalProperties` it broke."""
        node = self.document
        for step in schema_path[:-1]:
            node = node[step]
        patterns = node.get("patternProperties", {})
        return [
            *node.get("properties", {}),
            *(name for pattern in patterns for name in NAMES.get(pattern, ())),
        ]


@cache
def _metaschema_30() -> MetaSchema:
    """The meta-schema of OpenAPI 3.0, from the files of openapi-spec-validator.

    The package itself is not imported: that would double the time to the first reply.
    """
    found = importlib.util.find_spec("openapi_spec_validator")
    if found is None or found.origin is None:  # pragma: no cover - a required dependency
        raise ModuleNotFoundError("openapi_spec_validator")
    file = Path(found.origin).parent / "resources/schemas/v3.0/schema.json"
    document = orjson.loads(file.read_bytes())
    return MetaSchema(document, jsonschema_rs.Draft4Validator(document))


def schema_30(
    schema: Json,
    direction: Direction,
    resolve: Callable[[str], Json],
    absent: frozenset[str] = frozenset(),
) -> Json:
    """A schema of OpenAPI 3.0 as JSON Schema 2020-12, `$ref`s kept.

    - `nullable: true` adds "null" to the types, also beside `enum` and beside an `allOf` that
      holds a `$ref` (proposal 2019-10-31 of the OpenAPI Initiative: it takes effect where `type`
      is stated beside it; we read it everywhere, as authors mean it);
    - boolean `exclusiveMinimum` and `exclusiveMaximum` become numbers;
    - `format: int32` and `int64` become ranges;
    - members that do not travel in this direction are not required, wherever in an `allOf` they
      are described; `absent` are those that the surrounding schema describes. Those that only
      requests have are not described at all to replies, so that none is generated; those that only
      replies have may well come back in a request.
    """
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    if "required" in schema or any(key in schema for key in MANY):
        absent |= _absent(schema, direction, resolve)
    out = dict(_keywords(schema, direction, resolve, absent))
    _bound(out, "exclusiveMinimum", "minimum")
    _bound(out, "exclusiveMaximum", "maximum")
    _range(out)
    if absent and "required" in out:
        out["required"] = [name for name in out["required"] if name not in absent]
        if not out["required"]:
            del out["required"]
    if "example" in out:
        out["examples"] = [out.pop("example")]
    return _nullable(out) if schema.get("nullable") is True else out


def _keywords(
    schema: Json, direction: Direction, resolve: Callable[[str], Json], absent: frozenset[str]
) -> Iterator[tuple[str, Json]]:
    for key, value in schema.items():
        if key in ONE:
            yield key, schema_30(value, direction, resolve)
        elif key in MANY:
            yield key, [schema_30(part, direction, resolve, absent) for part in value]
        elif key in MAPS:
            yield (
                key,
                {
                    name: schema_30(part, direction, resolve)
                    for name, part in value.items()
                    if direction is Direction.REQUEST or not _stays(part, direction, resolve)
                },
            )
        elif key not in DROPPED and not key.startswith("x-"):
            yield key, value
    if schema.get("additionalProperties") is False and "properties" not in schema:
        yield "properties", {}  # else the validator does not say which members are too many


def _bound(schema: dict[str, Json], exclusive: str, inclusive: str) -> None:
    flag = schema.get(exclusive)
    if isinstance(flag, bool):
        del schema[exclusive]
        if flag and inclusive in schema:
            schema[exclusive] = schema.pop(inclusive)


def _range(schema: dict[str, Json]) -> None:
    bounds = INT_RANGES.get(schema.get("format", ""))
    if bounds is None or schema.get("type") != "integer":
        return
    low, high = bounds
    if schema.get("exclusiveMinimum", low - 1) < low:
        schema["minimum"] = max(schema.get("minimum", low), low)
    if schema.get("exclusiveMaximum", high + 1) > high:
        schema["maximum"] = min(schema.get("maximum", high), high)


def _absent(
    schema: Json,
    direction: Direction,
    resolve: Callable[[str], Json],
    seen: tuple[str, ...] = (),
) -> frozenset[str]:
    """The members of an object schema that do not travel in a direction."""
    if not isinstance(schema, dict):
        return frozenset()
    ref = schema.get("$ref")
    if isinstance(ref, str):
        return (
            frozenset() if ref in seen else _absent(resolve(ref), direction, resolve, (*seen, ref))
        )
    found = {
        name
        for name, part in schema.get("properties", {}).items()
        if _stays(part, direction, resolve)
    }
    inherited = (_absent(part, direction, resolve, seen) for part in schema.get("allOf", ()))
    return frozenset(found).union(*inherited)


def _stays(
    member: Json,
    direction: Direction,
    resolve: Callable[[str], Json],
    seen: tuple[str, ...] = (),
) -> bool:
    """Whether a member does not travel in a direction."""
    if not isinstance(member, dict):
        return False
    ref = member.get("$ref")
    if isinstance(ref, str):
        return ref not in seen and _stays(resolve(ref), direction, resolve, (*seen, ref))
    if member.get(direction.foreign) is True:
        return True
    return any(_stays(part, direction, resolve, seen) for part in member.get("allOf", ()))


def _nullable(schema: dict[str, Json]) -> Json:
    if isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        if not any(key in schema for key in MANY):
            return schema
    return {"anyOf": [schema, {"type": "null"}]}


DIALECTS = {
    "3.0": Dialect("OpenAPI 3.0", lambda document: document, schema_30, _metaschema_30),
}
