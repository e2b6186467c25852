"""Validators: compiled when first needed, one for each distinct schema, bounded in number.

Schemas keep their `$ref`s, which are resolved in one registry per contract and direction, so that
recursive documents cost what they weigh. Validation itself is jsonschema-rs.
"""

import base64
import binascii
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import jsonschema_rs
import orjson

from mockserver.contract.dialect import Dialect, Direction
from mockserver.errors import MockServerError
from mockserver.exchange import Json, Violation

VALIDATORS_MAX: Final = 2_000
TEXT_MAX: Final = 120


class SchemaError(MockServerError):
    """A schema no validator can be made of: an unknown `$ref`, a pattern that is not one."""


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


BRANCHING: Final = frozenset({"anyOf", "oneOf"})
FORMATS: dict[str, Callable[..., bool]] = {"byte": _is_base64}


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
        if found is None:
            found = self._validator = self._owner.compile(self)
        return found

    def forget(self) -> None:
        """Free the validator; it is compiled again when needed."""
        self._validator = None

    def is_valid(self, value: Json) -> bool:
        """Whether `value` conforms; text that is not Unicode (lone surrogates) never does."""
        try:
            return (self._validator or self.validator()).is_valid(value)
        except (UnicodeEncodeError, ValueError):
            return False

    def violations(self, value: Json, location: str, at: str = "") -> tuple[Violation, ...]:
        """Everything in which `value` breaks the schema, nothing when it conforms.

        Args:
            value: Parsed JSON.
            location: "body", "query", ... for `Violation.location`.
            at: Name of the parameter; "" for bodies, whose places are JSON pointers.
        """
        try:
            errors = list(self.validator().iter_errors(value))
        except (UnicodeEncodeError, ValueError):
            return (Violation(location, at, "The text is not valid Unicode", "encoding"),)
        if len(errors) == 1 and errors[0].kind.name not in BRANCHING:
            return (_violation(errors[0], location, at),)
        leaves = (leaf for error in errors for leaf in deepest(error))
        return tuple(dict.fromkeys(_violation(leaf, location, at) for leaf in leaves))


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
        self._registries: dict[Direction, jsonschema_rs.Registry] = {}
        self._components: dict[Direction, dict[str, Json]] = {}

    def schema(self, node: Json, direction: Direction) -> Schema:
        """The schema `node` of the document for one direction; equal ones are one object."""
        key = direction.encode() + orjson.dumps(node, option=orjson.OPT_NON_STR_KEYS)
        known = self._known.get(key)
        if known is None:
            converted = self._dialect.schema(node, direction, self.resolve)
            known = self._known[key] = Schema(_absolute(converted, direction), self)
        return known

    def resolve(self, ref: str) -> Json:
        """What `#/a/b` points to in the document; raises `SchemaError` when nothing is there."""
        node = self._document
        for step in _steps(ref):
            try:
                node = node[int(step)] if isinstance(node, list) else node[step]
            except (KeyError, IndexError, ValueError, TypeError):
                raise SchemaError(f"{ref} points to nothing") from None
        return node

    def converted(self, ref: str) -> Json:
        """What a `$ref` of a converted schema points to, converted for the same direction."""
        urn, _, pointer = ref.partition("#")
        return self.schema(self.resolve("#" + pointer), Direction(urn.removeprefix("urn:"))).node

    def member(self, node: Json, name: str) -> Schema | None:
        """The schema of the member `name` of a converted object schema, or of its elements."""
        for _ in range(50):
            if not isinstance(node, dict):
                return None
            if "$ref" in node:
                node = self.converted(node["$ref"])
            elif "items" in node and "properties" not in node:
                node = node["items"]
            elif name in node.get("properties", {}):
                return self._own(node["properties"][name])
            else:
                return None
        return None

    def holds(self, node: Json, value: Json) -> bool:
        """Whether `value` conforms to a converted schema."""
        return self._own(node).is_valid(value)

    def _own(self, node: Json) -> Schema:
        """The `Schema` of a schema that is converted already."""
        while isinstance(node, dict) and "$ref" in node and len(node) == 1:
            node = self.converted(node["$ref"])
        key = b"converted" + orjson.dumps(node, option=orjson.OPT_NON_STR_KEYS)
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
        text = orjson.dumps(node)
        for direction in Direction:
            if b'"urn:' + direction.encode() + b"#" in text:
                return self._whole(direction)
        return None

    def _whole(self, direction: Direction) -> jsonschema_rs.Registry:
        registry = self._registries.get(direction)
        if registry is None:
            schemas = self._document.get("components", {}).get("schemas", {})
            root = {
                name: self._dialect.schema(node, direction, self.resolve)
                for name, node in schemas.items()
            }
            resource = {"components": {"schemas": _absolute(root, direction)}}
            registry = jsonschema_rs.Registry(
                [(f"urn:{direction}", resource)], draft=jsonschema_rs.Draft202012
            )
            self._registries[direction] = registry
        return registry


def _absolute(node: Json, direction: Direction) -> Json:
    """`node` with its local references pointing into the registry of `direction`."""
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str) and ref.startswith("#"):
            return {"$ref": f"urn:{direction}{ref}"}
        return {
            key: value if key in _DATA else _absolute(value, direction)
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [_absolute(part, direction) for part in node]
    return node


# Keywords that hold values, in which "$ref" would be a member and no reference.
_DATA = frozenset({"enum", "const", "default", "examples"})


def _steps(ref: str) -> list[str]:
    if not ref.startswith("#"):
        raise SchemaError(f"{ref} is outside of this document: bundle the files into one first")
    return [step.replace("~1", "/").replace("~0", "~") for step in ref[1:].split("/")[1:]]


def pointer(steps: list[str | int]) -> str:
    """JSON pointer (RFC 6901) of a path of keys and indices."""
    text = ""
    for step in steps:
        name = str(step)
        if "~" in name or "/" in name:
            name = name.replace("~", "~0").replace("/", "~1")
        text += "/" + name
    return text


def deepest(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """The errors behind `error` that a reader can act upon.

    A failed `anyOf` or `oneOf` says little by itself: the branch that came closest says what to
    change. A branch that got the types and enums right is closer than one that did not.
    """
    branches = getattr(error.kind, "context", None)
    best = min(branches, key=_distance) if branches else None
    if not best:  # a plain error, or a `oneOf` of which several branches hold
        yield error
        return
    for inner in best:
        yield from deepest(inner)


def _distance(branch: list[jsonschema_rs.ValidationError]) -> tuple[int, int]:
    """How far a branch is from what was meant; "it is no reference" is never what was meant."""
    kinds = [error.kind.name for error in branch]
    wrong = sum(kind in ("type", "enum", "const", "falseSchema", "not") for kind in kinds)
    missing = [getattr(error.kind, "property", "") for error in branch]
    return wrong + 99 * ("$ref" in missing), len(kinds)


def _violation(error: jsonschema_rs.ValidationError, location: str, at: str) -> Violation:
    path = error.instance_path
    kind: Any = error.kind  # which members it has depends on the keyword
    keyword = kind.name
    if keyword == "required":
        path = [*path, kind.property]
        text = f"The field '{path[-1]}' is required"
    else:
        complain = COMPLAINTS.get(keyword)
        complaint = (
            f"{complain(kind)}; found {_short(error.instance)}"
            if complain
            else f"is not acceptable: {_clip(error.message)}"
        )
        text = f"{_subject(path, location, at)} {complaint}"
    place = pointer(path) if location == "body" else at + pointer(path)
    return Violation(location, place, text, keyword)


def _subject(path: list[str | int], location: str, at: str) -> str:
    if location != "body":
        return f"The {location} parameter '{at}'"
    for step in reversed(path):
        if isinstance(step, str):
            return f"The field '{step}'"
    return "The body"


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


# What is wrong with a value, as the second half of a sentence, by the keyword it breaks.
COMPLAINTS: Mapping[str, Callable[[Any], str]] = {
    "enum": lambda kind: f"must be one of {', '.join(_short(each) for each in kind.options)}",
    "type": lambda kind: f"must be of type {' or '.join(sorted(kind.types))}",
    "format": lambda kind: f"must be a valid {kind.format}",
    "pattern": lambda kind: f"must match {kind.pattern}",
    "minItems": lambda kind: f"must have at least {_several(kind.limit, 'item')}",
    "maxItems": lambda kind: f"must have at most {_several(kind.limit, 'item')}",
    "minLength": lambda kind: f"must have at least {_several(kind.limit, 'character')}",
    "maxLength": lambda kind: f"must have at most {_several(kind.limit, 'character')}",
    "minimum": lambda kind: f"must be {kind.limit} or more",
    "maximum": lambda kind: f"must be {kind.limit} or less",
    "const": lambda kind: f"must be {_short(kind.expected_value)}",
}


def _short(value: Json) -> str:
    return _clip(repr(value) if isinstance(value, float) else orjson_text(value))


def _clip(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 3] + "..."


def orjson_text(value: Json) -> str:
    """`value` as JSON text; integers beyond 64 bits and odd keys included."""
    try:
        return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        return str(value)
