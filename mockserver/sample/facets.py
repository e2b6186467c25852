"""A schema as facets: what it asks of a value, `$ref` and `allOf` merged into one flat record.

`flatten` reads a schema, `merge` joins two flat ones, `impossible` sees contradictions, `negated`
says in which ways a value can fail one. Nothing here draws a value, and nothing is approximate
without saying so: what cannot be expressed sets `exact` to False, and the values are then checked.

Sources: JSON Schema 2020-12 Core, section 10 (applicators), and Validation, section 6.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Final

from mockserver.message import Json
from mockserver.sample.expressions import checker

Resolve = Callable[[str], Json]

# "number" is taken apart, so that `not: {type: integer}` has an answer.
KINDS: Final = ("object", "array", "string", "integer", "fraction", "boolean", "null")
TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("integer", "fraction"),
    **{kind: (kind,) for kind in KINDS if kind != "fraction"},
}
NUMBERS: Final = ("integer", "fraction")


@dataclass(frozen=True, slots=True)
class Branch:
    """One way to satisfy a group: a schema that holds, and those that must not hold beside it."""

    schema: "Json | Flat"
    nots: tuple[Json, ...] = ()


@dataclass(frozen=True, slots=True)
class Flat:
    """What a schema asks of a value. A default asks nothing.

    Attributes:
        kinds: Types that are left; `stated` when the schema names them.
        enum: The values that are left (`const` is one); None for any.
        excluded: Values that must not be.
        minimum, above, maximum, below: Bounds of numbers, `above` and `below` exclusive.
        step: `multipleOf`.
        shortest, longest, patterns, antipatterns, format: Of texts; antipatterns must not match.
        properties, pattern_properties, additional, names: Of members; `names` is `propertyNames`.
        required, fewest, most: Which members, and how many.
        prefix, items, contains, least_items, most_items, unique: Of arrays.
        groups: Of each, one branch holds (`anyOf`, `oneOf`, `if`, `dependent...`).
        nots: Schemas that must not hold.
        exact: The facets say all; False when a value must be checked against the schema.
        examples: Annotations, the outermost first.
    """

    kinds: tuple[str, ...] = KINDS
    stated: bool = False
    enum: tuple[Json, ...] | None = None
    excluded: tuple[Json, ...] = ()
    minimum: Fraction | None = None
    above: Fraction | None = None
    maximum: Fraction | None = None
    below: Fraction | None = None
    step: Fraction | None = None
    shortest: int = 0
    longest: int | None = None
    patterns: tuple[str, ...] = ()
    antipatterns: tuple[str, ...] = ()
    format: str | None = None
    properties: Mapping[str, Json] = field(default_factory=dict)
    pattern_properties: Mapping[str, Json] = field(default_factory=dict)
    additional: Json = True
    names: Json = True
    required: tuple[str, ...] = ()
    fewest: int = 0
    most: int | None = None
    prefix: tuple[Json, ...] = ()
    items: Json = True
    contains: Json = None
    least_items: int = 0
    most_items: int | None = None
    unique: bool = False
    groups: tuple[tuple[Branch, ...], ...] = ()
    nots: tuple["Json | Flat", ...] = ()
    exact: bool = True
    examples: tuple[Json, ...] = ()


ANYTHING: Final = Flat()
NOTHING: Final = Flat(kinds=(), stated=True)


def identity(value: Json) -> object:
    """A key that two values share when JSON Schema takes them for equal (1 and 1.0, not true)."""
    if isinstance(value, dict):
        return ("object", tuple(sorted((key, identity(part)) for key, part in value.items())))
    if isinstance(value, list):
        return ("array", tuple(identity(part) for part in value))
    return (isinstance(value, bool), isinstance(value, str), value)


def kind_of(value: Json) -> str:
    """The kind of a JSON value; 1.0 is an integer (Validation, section 6.1.1)."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "integer" if value.is_integer() else "fraction"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"


def exactly(number: float) -> Fraction:
    """A number of a document as it is written: 0.1 is a tenth, not the nearest binary fraction."""
    return Fraction(number if isinstance(number, int) else repr(number))


# --- reading -----------------------------------------------------------------------------------


def flatten(schema: "Json | Flat", resolve: Resolve, trail: tuple[str, ...] = ()) -> Flat:
    """The facets of `schema`, with its `$ref` and its `allOf` merged in.

    Args:
        schema: A document's schema (dict or bool), or one that is flat already.
        resolve: What a `$ref` points to.
        trail: References that are being followed; one that returns to itself can never hold.
    """
    if isinstance(schema, Flat):
        return schema
    if schema is False:
        return NOTHING
    if not isinstance(schema, dict):
        return ANYTHING
    flat = _own(schema)
    ref = schema.get("$ref")
    if isinstance(ref, str):
        if ref in trail:
            return NOTHING
        flat = merge(flat, flatten(resolve(ref), resolve, (*trail, ref)))
    for part in schema.get("allOf", ()):
        flat = merge(flat, flatten(part, resolve, trail))
    return flat


_RENAMED: Final[Mapping[str, str]] = {
    "minLength": "shortest",
    "maxLength": "longest",
    "format": "format",
    "properties": "properties",
    "patternProperties": "pattern_properties",
    "additionalProperties": "additional",
    "propertyNames": "names",
    "minProperties": "fewest",
    "maxProperties": "most",
    "items": "items",
    "minItems": "least_items",
    "maxItems": "most_items",
    "uniqueItems": "unique",
    "contains": "contains",
}
_BOUNDS: Final[Mapping[str, str]] = {
    "minimum": "minimum",
    "exclusiveMinimum": "above",
    "maximum": "maximum",
    "exclusiveMaximum": "below",
    "multipleOf": "step",
}
_LISTS: Final[Mapping[str, str]] = {"required": "required", "prefixItems": "prefix"}
# Keywords that only a check can honour.
_CHECKED: Final = ("minContains", "maxContains", "unevaluatedProperties", "unevaluatedItems")


def _own(schema: dict[str, Json]) -> Flat:
    """The facets of the keywords that stand in `schema` itself."""
    found: dict[str, Json] = {
        facet: schema[key] for key, facet in _RENAMED.items() if key in schema
    }
    for key, facet in _BOUNDS.items():
        if key in schema and not isinstance(schema[key], bool):
            found[facet] = exactly(schema[key])
    found |= {facet: tuple(schema[key]) for key, facet in _LISTS.items() if key in schema}
    if "type" in schema:
        names = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        allowed = {kind for name in names for kind in TYPES.get(name, ())}
        found["kinds"] = tuple(kind for kind in KINDS if kind in allowed)
        found["stated"] = True
    if "const" in schema:
        found["enum"] = (schema["const"],)
    if "enum" in schema:
        enum = tuple(schema["enum"])
        found["enum"] = _common(found["enum"], enum) if "const" in schema else enum
    if "pattern" in schema:
        found["patterns"] = (schema["pattern"],)
    if "not" in schema:
        found["nots"] = (schema["not"],)
    found["examples"] = _examples(schema)
    found["groups"] = tuple(_groups(schema))
    if any(key in schema for key in _CHECKED):
        found["exact"] = False
    if schema.get("minContains") == 0:
        found.pop("contains", None)
    return Flat(**found)


def _examples(schema: dict[str, Json]) -> tuple[Json, ...]:
    listed = schema.get("examples", ())
    single = [schema[key] for key in ("example", "default") if key in schema]
    return (*(listed if isinstance(listed, list) else ()), *single)


def _groups(schema: dict[str, Json]) -> Iterable[tuple[Branch, ...]]:
    """Keywords that leave a choice, as branches of which any may be taken."""
    if "anyOf" in schema:
        yield tuple(Branch(part) for part in schema["anyOf"])
    if "oneOf" in schema:
        parts = schema["oneOf"]
        yield tuple(
            Branch(part, tuple(other for j, other in enumerate(parts) if j != i))
            for i, part in enumerate(parts)
        )
    if "if" in schema:
        condition = schema["if"]
        yes = {"allOf": [condition, schema.get("then", True)]}
        yield (Branch(yes), Branch(schema.get("else", True), (condition,)))
    for name, needed in schema.get("dependentRequired", {}).items():
        yield (Branch({"required": [name, *needed]}), Branch(without(name)))
    for name, part in schema.get("dependentSchemas", {}).items():
        yield (Branch({"required": [name], "allOf": [part]}), Branch(without(name)))


def without(name: str) -> Json:
    """A schema that forbids a member, and says nothing of what is no object."""
    return {"properties": {name: False}}


# --- merging -----------------------------------------------------------------------------------


def both(one: Json, other: Json) -> Json:
    """A schema that holds where both hold, as short as it can be written."""
    if one is False or other is False:
        return False
    parts = _joined(_conjuncts(one), _conjuncts(other))
    if not parts:
        return True
    return parts[0] if len(parts) == 1 else {"allOf": list(parts)}


def _conjuncts(schema: Json) -> list[Json]:
    """The schemas that `schema` is the conjunction of, without those that ask nothing."""
    only_all = isinstance(schema, dict) and list(schema) == ["allOf"]
    parts = schema["allOf"] if only_all else [schema]
    return [part for part in parts if part is not True and part != {}]


def merge(one: Flat, other: Flat) -> Flat:
    """The facets of a value that satisfies both."""
    if other == ANYTHING:
        return one
    found: dict[str, Json] = {}
    for facet, blank in _BLANKS.items():
        mine, theirs = getattr(one, facet), getattr(other, facet)
        if blank in (mine, theirs):
            found[facet] = theirs if mine == blank else mine
        else:
            found[facet] = _MERGES[facet](mine, theirs)
    found["kinds"] = tuple(kind for kind in one.kinds if kind in other.kinds)
    found["exact"] = one.exact and other.exact and _patterns_agree(one, other)
    if one.format and other.format and one.format != other.format:
        found["exact"] = False
    found["properties"] = {
        name: both(member(one, name), member(other, name))
        for name in dict.fromkeys((*one.properties, *other.properties))
    }
    found["prefix"] = tuple(
        both(element(one, index), element(other, index))
        for index in range(max(len(one.prefix), len(other.prefix)))
    )
    return Flat(**found)


def element(flat: Flat, index: int) -> Json:
    """What `flat` asks of the element of an array at `index`."""
    return flat.prefix[index] if index < len(flat.prefix) else flat.items


def member(flat: Flat, name: str) -> Json:
    """What `flat` asks of a member, but for its patterns, which are asked when it is made."""
    if name in flat.properties:
        return flat.properties[name]
    if any(checker(pattern).search(name) for pattern in flat.pattern_properties):
        return True
    return flat.additional


def _patterns_agree(one: Flat, other: Flat) -> bool:
    """Whether `additional` of one side leaves the patterns of the other side alone."""
    if one.pattern_properties and other.additional is not True:
        return one.pattern_properties == other.pattern_properties
    return not other.pattern_properties or one.additional is True


def _common(one: tuple[Json, ...], other: tuple[Json, ...]) -> tuple[Json, ...]:
    known = {identity(value) for value in other}
    return tuple(value for value in one if identity(value) in known)


def _least_common_multiple(one: Fraction, other: Fraction) -> Fraction:
    return Fraction(
        math.lcm(one.numerator * other.denominator, other.numerator * one.denominator),
        one.denominator * other.denominator,
    )


def _joined(one: Iterable[Json], other: Iterable[Json]) -> tuple[Json, ...]:
    """All of both, each once; told apart by `repr`, since Python takes 1 and True for equal."""
    return tuple({repr(part): part for part in (*one, *other)}.values())


def _both_maps(one: Mapping[str, Json], other: Mapping[str, Json]) -> Mapping[str, Json]:
    return {
        key: both(one.get(key, True), other.get(key, True)) for key in dict.fromkeys((*one, *other))
    }


_MERGES: Final[Mapping[str, Callable[..., Json]]] = {
    "stated": lambda _one, _other: True,
    "enum": _common,
    "excluded": _joined,
    "minimum": max,
    "above": max,
    "maximum": min,
    "below": min,
    "step": _least_common_multiple,
    "shortest": max,
    "longest": min,
    "patterns": _joined,
    "antipatterns": _joined,
    "format": lambda one, _other: one,
    "pattern_properties": _both_maps,
    "additional": both,
    "names": both,
    "required": _joined,
    "fewest": max,
    "most": min,
    "items": both,
    "contains": both,
    "least_items": max,
    "most_items": min,
    "unique": lambda _one, _other: True,
    "groups": _joined,
    "nots": _joined,
    "examples": lambda one, other: (*one, *other),
}
_BLANKS: Final = {
    facet.name: getattr(ANYTHING, facet.name)
    for facet in fields(Flat)
    if facet.name not in ("kinds", "exact", "properties", "prefix")
}
