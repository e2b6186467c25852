"""The sampler as a whole: valid for random schemas, the same for the same seed, anywhere."""

# ruff: noqa: S311 - a seeded chance is what is tested

import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from mockserver.message import Json
from mockserver.sample import Unsampleable, compile_sampler, seed_of


def no_reference(ref: str) -> Json:
    raise AssertionError(f"{ref} is not used here")


Schemas = st.SearchStrategy[Json]

# --- random schemas ----------------------------------------------------------------------------

NAMES = (
    *("name", "email", "phoneNumber", "postalCode", "province", "documentNumber", "documentType"),
    *("id", "price", "code", "gescal", "a", "b", "c", "x-1", "fecha", "children", "ñandú"),
)
PATTERNS = (
    *(r"^[A-Z]{2}\d{6,10}$", r"\d", r"^[a-z]+(-[a-z]+)*$", r"^(.{17}|.{37})$"),
    *(r"^(?=.*\d)[A-Za-z\d]{8,16}$", r"^[^\s@]+@[^\s@]+$", r"^(?!000)\d{3}$"),
)
FORMATS = (
    *("date-time", "date", "time", "email", "ipv4", "ipv6", "uuid", "uri", "hostname", "byte"),
    *("duration", "unknown"),
)
EXAMPLES = ("MYSIM_123456", "Some text", "2025-04-29", "agile-tv-bf37-f1f7fa04776b", "")
DEFINITIONS = ("A", "B", "C")
SMALL = st.integers(0, 4)


def limits(low: str, high: str, numbers: st.SearchStrategy[int]) -> Schemas:
    """Two bounds, either of which may be missing, in the right order."""

    def in_order(pair: tuple[int | None, int | None]) -> Json:
        first, span = pair
        out = {} if first is None else {low: first}
        return out if span is None else {**out, high: (first or 0) + span}

    return st.tuples(st.none() | numbers, st.none() | numbers).map(in_order)


def typed(name: str, rules: Schemas) -> Schemas:
    """Schemas of a type, now and then with null beside it."""
    types = st.sampled_from([name, name, name, [name, "null"]])
    return st.builds(lambda type_, rule: {"type": type_, **rule}, types, rules)


STRINGS = typed(
    "string",
    st.one_of(
        st.just({}),
        limits("minLength", "maxLength", st.integers(0, 30)),
        st.sampled_from(PATTERNS).map(lambda pattern: {"pattern": pattern}),
        st.sampled_from(FORMATS).map(lambda name: {"format": name}),
        st.sampled_from(EXAMPLES).map(lambda example: {"examples": [example]}),
    ),
)
INTEGERS = typed(
    "integer",
    st.one_of(
        limits("minimum", "maximum", st.integers(0, 10**5)),
        limits("exclusiveMinimum", "exclusiveMaximum", st.integers(2, 100)),
        st.sampled_from([1, 2, 7, 3000]).map(lambda step: {"multipleOf": step}),
        st.just({"minimum": -(2**63), "maximum": 2**63 - 1, "format": "int64"}),
        st.sampled_from([4, -30, 1616425200]).map(lambda example: {"examples": [example]}),
    ),
)
NUMBERS = typed(
    "number",
    st.one_of(
        st.sampled_from([0.5, 0.01, 2.5]).map(lambda step: {"multipleOf": step}),
        st.sampled_from([0.1, 1e10, 1e17, -1e300]).map(lambda bound: {"minimum": bound}),
        st.sampled_from([12.5, 0]).map(lambda example: {"examples": [example]}),
    ),
)
VALUES = st.sampled_from(["x", "y", 1, True, None, [1], {"k": 1}, 1.5, [], {}])
LEAVES: Schemas = st.one_of(
    STRINGS,
    INTEGERS,
    NUMBERS,
    typed("boolean", st.just({})),
    st.sampled_from([{}, True, {"type": "null"}]),
    VALUES.map(lambda value: {"const": value}),
    st.lists(VALUES, min_size=1, max_size=4).map(lambda values: {"enum": values}),
)
REFERENCES = st.sampled_from(DEFINITIONS).map(lambda name: {"$ref": f"#/$defs/{name}"})


@st.composite
def objects(draw: st.DrawFn, inner: Schemas) -> Json:
    """Objects that can be: required members never lead back to a definition."""
    names = draw(st.lists(st.sampled_from(NAMES), max_size=5, unique=True))
    required = [name for name in names if draw(st.booleans())]
    schema: dict[str, Json] = {"type": "object", "required": required}
    schema["properties"] = {
        name: draw(inner if name in required else inner | REFERENCES) for name in names
    }
    rule = draw(st.sampled_from([*"        ", *"abcdefg"]))
    match rule:
        case "a":
            schema["additionalProperties"] = False
        case "b":
            schema["additionalProperties"] = draw(inner | REFERENCES)
        case "c":
            schema["minProperties"] = draw(st.integers(0, 7))
        case "d":
            schema["maxProperties"] = draw(st.integers(len(required), len(names) + 1))
        case "e":
            schema["patternProperties"] = {"^y-": draw(LEAVES)}
            schema["additionalProperties"] = False
        case "f":
            schema["propertyNames"] = {"pattern": "^[a-z]"}
            schema["required"] = [name for name in required if name[0].isascii()]
        case "g" if names:
            schema["dependentRequired"] = {names[0]: names[-1:]}
    return schema


@st.composite
def arrays(draw: st.DrawFn, inner: Schemas) -> Json:
    schema: dict[str, Json] = {"type": "array"}
    match draw(st.sampled_from("abcde")):
        case "a":
            schema |= draw(limits("minItems", "maxItems", SMALL)) | {"items": draw(inner)}
        case "b":
            schema |= {"uniqueItems": True, "minItems": draw(SMALL), "items": {"type": "string"}}
        case "c":
            schema["prefixItems"] = draw(st.lists(inner | REFERENCES, max_size=3))
        case "d":
            few = {"enum": ["p", "q", "r"]}
            schema |= {"uniqueItems": True, "minItems": draw(st.integers(0, 3)), "items": few}
        case _:
            schema["items"] = draw(inner | REFERENCES)
    return schema


@st.composite
def choices(draw: st.DrawFn, inner: Schemas) -> Json:
    """Combinators as contracts use them; each can be satisfied."""
    members = {"a": draw(inner), "b": draw(inner), "c": draw(inner | REFERENCES)}
    kind = {"kind": {"enum": ["one", "two"]}}
    one, two = {"kind": {"const": "one"}}, {"kind": {"const": "two"}}
    either = [{"required": ["a"]}, {"required": ["b"]}]
    match draw(st.sampled_from("abcdefghi")):
        case "a":
            return {"anyOf": [draw(inner), *draw(st.lists(inner | REFERENCES, max_size=2))]}
        case "b":
            return {"oneOf": [{"type": "string"}, {"type": "integer"}, draw(objects(inner))]}
        case "c":
            word = draw(st.sampled_from(["anyOf", "oneOf"]))
            return {"type": "object", "properties": members, word: either}
        case "d":
            return {"type": "object", "properties": members, "not": {"required": ["b"]}}
        case "e":
            first = {"type": "object", "required": ["kind", "a"], "properties": members | one}
            second = {"type": "object", "required": ["kind"], "properties": two}
            return {"oneOf": [first, second]}
        case "f":
            condition = {"properties": one, "required": ["kind"]}
            rules = {"if": condition, "then": {"required": ["a"]}}
            otherwise = {"properties": {"a": False}}
            return {"type": "object", "properties": members | kind, **rules, "else": otherwise}
        case "g":
            first = {"type": "object", "properties": members, "required": ["a"]}
            return {"allOf": [first, {"properties": {"d": draw(LEAVES)}}], "description": "merged"}
        case "h":
            return {"type": "integer", "minimum": 0, "maximum": 9, "not": {"enum": [1, 2, 3]}}
        case _:
            return {"not": {"type": draw(st.sampled_from(["string", "integer", "object"]))}}


def nested(*more: Callable[[Schemas], Schemas]) -> Schemas:
    made = (objects, arrays, choices, *more)
    return st.recursive(LEAVES, lambda inner: st.one_of(*(m(inner) for m in made)), max_leaves=8)


def documents(root: Schemas, definition: Schemas) -> Schemas:
    """A schema with its definitions, which may use each other and themselves."""

    def document(parts: tuple[Json, dict[str, Json]]) -> Json:
        top, definitions = parts
        return {**(top if isinstance(top, dict) else {}), "$defs": definitions}

    return st.tuples(root, st.fixed_dictionaries(dict.fromkeys(DEFINITIONS, definition))).map(
        document
    )


@st.composite
def knots(draw: st.DrawFn, inner: Schemas) -> Json:
    """Combinators of anything: some of these no value can satisfy."""
    any_ = inner | REFERENCES
    match draw(st.sampled_from("abcdefg")):
        case "a":
            return {"allOf": [draw(any_), draw(any_)]}
        case "b":
            return {**draw(objects(inner)), "not": draw(inner)}
        case "c":
            return {"oneOf": draw(st.lists(inner, min_size=1, max_size=3))}
        case "d":
            return {"$ref": "#/$defs/A", **draw(objects(inner))}
        case "e":
            return {"if": draw(inner), "then": draw(inner), "else": draw(inner)}
        case "f":
            return {**draw(arrays(inner)), "contains": draw(LEAVES)}
        case _:
            word = draw(st.sampled_from(["anyOf", "oneOf"]))
            return {**draw(objects(inner)), word: [draw(objects(inner)), draw(objects(inner))]}


# --- the properties ----------------------------------------------------------------------------


def check(document: Json, seeds: int) -> None:
    """Every value is valid, is JSON, and is the same for the same seed."""
    root = Draft202012Validator(document, format_checker=Draft202012Validator.FORMAT_CHECKER)
    asked = []

    def is_valid(schema: Json, value: Json) -> bool:
        asked.append(schema)
        return bool(root.evolve(schema=schema).is_valid(value))

    def resolve(ref: str) -> Json:
        return document["$defs"][ref.removeprefix("#/$defs/")]

    sampler = compile_sampler(document, resolve=resolve, is_valid=is_valid)
    for seed in range(seeds):
        value = sampler(Random(seed))
        root.validate(value)
        json.dumps(value, allow_nan=False)
        assert sampler(Random(seed)) == value
    event("asked the validator" if asked else "by construction")


QUICK = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@QUICK
@given(documents(nested(), objects(nested())))
def test_bodies_of_schemas_that_can_be_satisfied_are_valid(document: Json) -> None:
    check(document, seeds=4)


@QUICK
@given(documents(nested(knots), objects(nested(knots))))
def test_bodies_of_any_schema_are_valid_or_refused(document: Json) -> None:
    try:
        check(document, seeds=3)
    except Unsampleable:
        event("refused")


# --- the same everywhere -----------------------------------------------------------------------

ORDER = {
    "type": "object",
    "required": ["reference_id", "status", "customer", "servicePoint"],
    "properties": {
        "reference_id": {"type": "string"},
        "status": {"type": "string", "enum": ["NOT_SENT", "VALIDATING", "FINISHED"]},
        "created": {"type": "string", "format": "date-time"},
        "runId": {"type": "string", "format": "uuid"},
        "customer": {
            "type": "object",
            "required": ["documentType", "documentNumber", "name", "email"],
            "properties": {
                "documentType": {"type": "string", "enum": ["NIF", "NIE", "CIF"]},
                "documentNumber": {"type": "string"},
                "name": {"type": "string"},
                "email": {"type": "string"},
                "remarks": {"type": "string", "pattern": "^[^<>]{4,12}$"},
            },
        },
        "servicePoint": {
            "type": "object",
            "required": ["gescal"],
            "properties": {"gescal": {"type": "string"}, "phoneNumber": {"type": "string"}},
        },
        "tags": {
            "type": "array",
            "uniqueItems": True,
            "items": {"type": "string", "pattern": "^[^a-y]{2}$"},
        },
        "prices": {"type": "object", "additionalProperties": {"type": "number"}},
    },
}
WITHOUT_FAKER = {
    "type": "object",
    "required": ["reference_id", "gescal", "iua", "documentNumber", "msisdn", "created"],
    "properties": {
        "reference_id": {"type": "string"},
        "gescal": {"type": "string"},
        "iua": {"type": "string"},
        "documentNumber": {"type": "string"},
        "msisdn": {"type": "string"},
        "created": {"type": "string", "format": "date-time"},
        "code": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3,5}$"},
        "total": {"type": "integer", "minimum": 0, "maximum": 99},
    },
}


def test_a_body_without_words_is_the_same_in_every_version() -> None:
    sampler = compile_sampler(WITHOUT_FAKER, resolve=no_reference)
    assert sampler(Random(seed_of(0, "getOrder", 1))) == {
        "reference_id": "TESA-000000714885",
        "gescal": "52000055286200099         004DCHA    ",
        "iua": "V21857VLR703",
        "documentNumber": "H01459643",
        "msisdn": "611466549",
        "created": "2026-03-13T17:23:35Z",
        "code": "IL-1890",
        "total": 46,
    }


CODE = """
import json, sys
from random import Random
from mockserver.sample import compile_sampler
sampler = compile_sampler(json.load(sys.stdin), resolve={}.__getitem__)
print(json.dumps([sampler(Random(seed)) for seed in range(20)]))
"""


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_a_body_is_the_same_in_every_process(hash_seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        input=json.dumps(ORDER),
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    sampler = compile_sampler(ORDER, resolve=no_reference)
    assert json.loads(done.stdout) == [sampler(Random(seed)) for seed in range(20)]


def test_another_seed_gives_another_body() -> None:
    sampler = compile_sampler(ORDER, resolve=no_reference)
    assert len({json.dumps(sampler(Random(seed))) for seed in range(100)}) == 100


def test_one_rng_seeded_again_is_as_good_as_a_new_one() -> None:
    sampler = compile_sampler(ORDER, resolve=no_reference)
    rng = Random(1)
    sampler(rng)
    rng.seed(5)
    assert sampler(rng) == sampler(Random(5))


def test_compiling_leaves_the_schema_and_the_chance_of_the_process_alone() -> None:
    before = json.dumps(ORDER), random.getstate()
    compile_sampler(ORDER, resolve=no_reference)(Random(1))
    assert (json.dumps(ORDER), random.getstate()) == before
