"""Validators: compiled when first needed, one for each distinct schema, bounded in number.

Schemas keep their `$ref`s, which are resolved in one registry per contract, so that recursive
documents cost what they weigh. Validation itself is jsonschema-rs.

A `$ref` of a document is `#/components/schemas/A`; that of a converted schema says the direction
too: `urn:request#/components/schemas/A`. One that leads elsewhere in the document becomes the name
of a copy, `urn:request#/~1paths~1...`, since the conversion may have moved what was there.
"""

import base64
import binascii
import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Final
from urllib.parse import quote, unquote

import jsonschema_rs
import orjson

from mockserver.contract.dialect import Dialect, Direction
from mockserver.contract.explain import explain
from mockserver.errors import MockServerError
from mockserver.message import Json, Violation
from mockserver.pointer import pointer, steps_of

VALIDATORS_MAX: Final = 2_000


class SchemaError(MockServerError):
    """A schema no validator can be made of: an unknown `$ref`, a pattern that is not one."""


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


# Beside these a member cannot be changed by itself.
DEPENDING: Final = frozenset({"anyOf", "oneOf", "not", "enum", "const"})
FORMATS: dict[str, Callable[..., bool]] = {"byte": _is_base64}
UNCHECKED: Final = jsonschema_rs.Draft202012Validator({})


class Schema:
    """One schema of a contract, for one direction.

    Attributes:
        node: JSON Schema 2020-12, `$ref`s kept.
    """

    __slots__ = ("_owner", "_validator", "node")

    def __init__(self, node: Json, owner: "Schemas") -> None:
        self.node = node
        self._owner = owner
        self._validator: jsonschema_rs.Validator | None = None

    def validator(self) -> jsonschema_rs.Validator:
        """The compiled validator; raises `SchemaError` when there can be none."""
        found = self._validator
        if found is None or found is UNCHECKED:
            found = self._validator = self._owner.compile(self)
        return found

    def _checking(self) -> jsonschema_rs.Validator:
        """The validator; one that accepts everything where there can be none.

        `mockserver list` and `check` name such operations; they are served all the same.
        """
        if self._validator is None:
            try:
                return self.validator()
            except SchemaError:
                self._validator = UNCHECKED
        return self._validator

    def forget(self) -> None:
        """Free the validator; it is compiled again when needed."""
        self._validator = None

    def is_valid(self, value: Json) -> bool:
        """Whether `value` conforms; text that is not Unicode (lone surrogates) never does."""
        try:
            return (self._validator or self._checking()).is_valid(value)
        except (UnicodeEncodeError, ValueError):
            return False

    def violations(self, value: Json, location: str, at: str = "") -> tuple[Violation, ...]:
        """Everything in which `value` breaks the schema, nothing when it conforms.

        Args:
            value: Parsed JSON.
            location: "body", "query", ... for `Violation.location`.
            at: Name of the parameter; "" for bodies, whose places are JSON pointers.

        Returns:
            At most `VIOLATIONS_MAX` of them.
        """
        return explain(self._checking(), value, location, at)


class Schemas:
    """The schemas of one contract.

    Args:
        document: In the shape of OpenAPI 3.x.
        dialect: Turns its schemas into JSON Schema 2020-12.
    """

    def __init__(self, document: Json, dialect: Dialect) -> None:
        self._document = document
        self._dialect = dialect
        self._known: dict[bytes, Schema] = {}
        self._compiled: OrderedDict[int, Schema] = OrderedDict()
        self._converted: dict[str, Json] = {}
        self._reached: dict[str, Json] = {}
        self._all_reached: jsonschema_rs.Registry | None = None

    def schema(self, node: Json, direction: Direction) -> Schema:
        """The schema `node` of the document for one direction; equal ones are one object."""
        key = direction.encode() + _key(node)
        known = self._known.get(key)
        if known is None:
            converted = self._dialect.schema(node, direction, self.resolve)
            known = self._known[key] = Schema(_absolute(converted, direction), self)
        return known

    def resolve(self, ref: str) -> Json:
        """What `#/a/b` points to in the document; raises `SchemaError` when nothing is there."""
        if not ref.startswith("#"):
            raise SchemaError(f"{ref} is outside of this document: bundle the files into one first")
        return self._at(steps_of(unquote(ref[1:])), ref)

    def _at(self, steps: Iterable[str], ref: str) -> Json:
        node = self._document
        for step in steps:
            try:
                node = node[int(step)] if isinstance(node, list) else node[step]
            except (KeyError, IndexError, ValueError, TypeError):
                raise SchemaError(f"{ref} points to nothing") from None
        return node

    def converted(self, ref: str) -> Json:
        """What a `$ref` of a converted schema points to, converted for the same direction."""
        found = self._converted.get(ref)
        if found is None:
            urn, _, fragment = ref.partition("#")
            steps = steps_of(unquote(fragment))
            node = self._at(steps_of(steps[0]) if len(steps) == 1 else steps, ref)
            direction = Direction(urn.removeprefix("urn:"))
            found = self._converted[ref] = self.schema(node, direction).node
        return found

    def member(self, node: Json, name: str) -> Schema | None:
        """The schema of the member `name` of a converted object schema, or of its elements.

        None where there is no such member, and where the schema has alternatives: there members
        may hang together.
        """
        described = self._described(node, name, ())
        if not described:
            return None
        return self._own(described[0] if len(described) == 1 else {"allOf": described})

    def _described(self, node: Json, name: str, seen: tuple[str, ...]) -> list[Json] | None:
        """What the parts of an object schema say of one member; None for "it depends"."""
        if not isinstance(node, dict):
            return []
        if "$ref" in node:
            ref = node["$ref"]
            return [] if ref in seen else self._described(self.converted(ref), name, (*seen, ref))
        if "items" in node and "properties" not in node:
            return None if "uniqueItems" in node else self._described(node["items"], name, seen)
        options = [each for each in node.get("anyOf", ()) if each != {"type": "null"}]
        if len(options) == 1:  # it is nullable
            return self._described(options[0], name, seen)
        if not DEPENDING.isdisjoint(node):
            return None
        found = [part for key, part in node.get("properties", {}).items() if key == name]
        for part in node.get("allOf", ()):
            inner = self._described(part, name, seen)
            if inner is None:
                return None
            found += inner
        return found

    def holds(self, node: Json, value: Json) -> bool:
        """Whether `value` conforms to a converted schema."""
        return self._own(node).is_valid(value)

    def _own(self, node: Json) -> Schema:
        """The `Schema` of a schema that is converted already."""
        while isinstance(node, dict) and "$ref" in node and len(node) == 1:
            node = self.converted(node["$ref"])
        key = b"converted" + _key(node)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Schema(node, self)
        return known

    def compile(self, schema: Schema) -> jsonschema_rs.Validator:
        """Make the validator of `schema`, letting go of the oldest one beyond the ceiling."""
        try:
            validator = jsonschema_rs.Draft202012Validator(
                schema.node,
                registry=self._registry(schema.node),
                validate_formats=True,
                formats=FORMATS,
            )
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            raise SchemaError(str(error)) from error
        self._compiled[id(schema)] = schema
        if len(self._compiled) > VALIDATORS_MAX:
            self._compiled.popitem(last=False)[1].forget()
        return validator

    def _registry(self, node: Json) -> jsonschema_rs.Registry | None:
        """Everything that the `$ref`s of a converted schema lead to; None when it has none."""
        wanted = set(_refs(node))
        if not wanted:
            return None
        if self._all_reached is None or not wanted <= self._reached.keys():
            self._reach(wanted)
        return self._all_reached

    def _reach(self, wanted: Iterable[str]) -> None:
        """Widen the registry: at first to all components, then by whatever else is referred to."""
        todo = list(wanted)
        known = {ref.partition("#")[0] for ref in self._reached}
        new = {ref.partition("#")[0] for ref in todo} - known
        names = self._document.get("components", {}).get("schemas", {})
        todo += (_ref(["components", "schemas", name], urn) for name in names for urn in new)
        while todo:
            ref = todo.pop()
            if ref not in self._reached:
                self._reached[ref] = self.converted(ref)
                todo += _refs(self._reached[ref])
        maps: dict[str, dict[str, Json]] = {}
        for ref, node in self._reached.items():
            urn, _, fragment = ref.partition("#")
            *way, last = steps_of(unquote(fragment))
            inner = maps.setdefault(urn, {})
            for step in way:
                inner = inner.setdefault(step, {})
            inner[last] = node
        self._all_reached = jsonschema_rs.Registry(maps.items(), draft=jsonschema_rs.Draft202012)


def _key(node: Json) -> bytes:
    """The same text for the same schema."""
    try:
        return orjson.dumps(node)
    except TypeError:  # integers beyond 64 bits, more than 254 levels
        return json.dumps(node).encode()


def _ref(steps: list[str], urn: str) -> str:
    """The `$ref` of a converted schema for a place in the document."""
    if len(steps) != 3 or steps[:2] != ["components", "schemas"]:  # noqa: PLR2004 - so many steps
        steps = [pointer(steps)]
    return f"{urn}#{quote(pointer(steps), '/~')}"


def _absolute(node: Json, direction: Direction) -> Json:
    """`node` with its local references pointing into the registry of `direction`."""
    if isinstance(node, list):
        return [_absolute(part, direction) for part in node]
    if not isinstance(node, dict):
        return node
    ref = node.get("$ref")
    if isinstance(ref, str):
        return {"$ref": _ref(steps_of(unquote(ref[1:])), f"urn:{direction}")}
    out = {}
    for key, value in node.items():
        if key == "properties":
            out[key] = {name: _absolute(part, direction) for name, part in value.items()}
        else:
            out[key] = value if key in _DATA else _absolute(value, direction)
    return out


def _refs(node: Json) -> Iterator[str]:
    """The `$ref`s of a converted schema."""
    if isinstance(node, list):
        for part in node:
            yield from _refs(part)
    elif isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str):
            yield ref
            return
        for key, value in node.items():
            if key == "properties":
                for part in value.values():
                    yield from _refs(part)
            elif key not in _DATA:
                yield from _refs(value)


# Keywords that hold values, in which "$ref" would be a member and no reference.
_DATA = frozenset({"enum", "const", "default", "examples"})
