"""What contradicts, what a value has, and how it fails: judged by an independent validator."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from mockserver.message import Json
from mockserver.sample.facets import Flat, flatten
from mockserver.sample.logic import admits, disjoint, impossible, negated


def no_reference(ref: str) -> Json:
    raise AssertionError(f"{ref} is not used here")


def flat(schema: Json) -> Flat:
    return flatten(schema, no_reference)


def is_impossible(schema: Json) -> bool:
    return impossible(flat(schema), no_reference)


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "string", "allOf": [{"type": "integer"}]},
        {"enum": [1, 2], "type": "string"},
        {"enum": ["a"], "minLength": 2},
        {"type": "string", "minLength": 3, "maxLength": 2},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "number", "exclusiveMinimum": 3, "maximum": 3},
        {"type": "array", "minItems": 3, "maxItems": 2},
        {"type": "array", "contains": {}, "maxItems": 0},
        {"type": "array", "minItems": 1, "items": False},
        {"type": "array", "minItems": 2, "prefixItems": [True, {"type": []}]},
        {"type": "object", "required": ["a"], "additionalProperties": False},
        {"type": "object", "required": ["a"], "properties": {"a": {"enum": []}}},
        {"type": "object", "required": ["a", "b"], "maxProperties": 1},
        {"type": "object", "minProperties": 2, "maxProperties": 1},
        {"allOf": [{"const": 1}, {"const": True}]},
    ],
)
def test_a_contradiction_is_seen(schema: Json) -> None:
    assert is_impossible(schema)


@pytest.mark.parametrize(
    "schema",
    [
        True,
        {"type": ["string", "null"], "minLength": 3, "maxLength": 2},
        {"type": "array", "items": False},
        {"type": "object", "properties": {"a": False}},
        {"type": "number", "minimum": 3, "maximum": 3},
        {"enum": [None]},
    ],
)
def test_what_can_be_is_not_called_impossible(schema: Json) -> None:
    assert not is_impossible(schema)


def test_two_schemas_are_disjoint_by_a_required_member() -> None:
    one = {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "a"}}}
    other = {"type": "object", "properties": {"kind": {"const": "b"}}}
    assert disjoint(flat(one), flat(other), no_reference)
    assert not disjoint(flat({**one, "required": []}), flat(other), no_reference)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 12),
    st.sampled_from([0.5, 2.0, 7.25]),
    st.text("ab1", max_size=5),
    st.lists(st.integers(0, 2), max_size=3),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from([1, "a", None]), max_size=3),
)
SCHEMAS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["string", "integer", "number", "object", "array", "null"]),
        "enum": st.lists(VALUES, min_size=1, max_size=3),
        "minimum": st.integers(-3, 5),
        "exclusiveMaximum": st.integers(0, 9),
        "multipleOf": st.sampled_from([1, 3, 0.5]),
        "minLength": st.integers(0, 3),
        "maxLength": st.integers(0, 4),
        "pattern": st.sampled_from(["^a", "b", "1$"]),
        "minItems": st.integers(0, 2),
        "maxItems": st.integers(0, 2),
        "minProperties": st.integers(0, 2),
        "maxProperties": st.integers(0, 2),
        "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
        "properties": st.dictionaries(
            st.sampled_from("abc"), st.sampled_from([True, {"type": "string"}, {"const": 1}])
        ),
        "additionalProperties": st.booleans(),
    },
)


def holds(schema: Json, value: Json) -> bool:
    return bool(Draft202012Validator(schema).is_valid(value))


@settings(max_examples=200, deadline=None)
@given(SCHEMAS, VALUES)
def test_no_schema_that_a_value_satisfies_is_called_impossible(schema: Json, value: Json) -> None:
    assume(holds(schema, value))
    assert not is_impossible(schema)
    assert admits(flat(schema), value)


@settings(max_examples=200, deadline=None)
@given(SCHEMAS, VALUES)
def test_a_value_that_is_not_admitted_is_invalid(schema: Json, value: Json) -> None:
    assume(not admits(flat(schema), value))
    assert not holds(schema, value)


def as_schema(way: Flat) -> Json:
    """The few facets that ways to fail are made of, as a schema again."""
    kinds = {
        "integer": {"type": "integer"},
        "fraction": {"type": "number", "not": {"type": "integer"}},
    }
    schema: dict[str, Json] = {
        "anyOf": [kinds.get(kind, {"type": kind}) for kind in way.kinds],
        "properties": dict(way.properties),
        "required": list(way.required),
        "minLength": way.shortest,
        "minItems": way.least_items,
        "minProperties": way.fewest,
        "not": {"enum": list(way.excluded)},
        "allOf": [{"not": {"pattern": p, "type": "string"}} for p in way.antipatterns],
    }
    bounds = {
        "minimum": way.minimum,
        "exclusiveMinimum": way.above,
        "maximum": way.maximum,
        "exclusiveMaximum": way.below,
        "maxLength": way.longest,
        "maxItems": way.most_items,
        "maxProperties": way.most,
    }
    return schema | {key: float(bound) for key, bound in bounds.items() if bound is not None}


@settings(max_examples=200, deadline=None)
@given(SCHEMAS, VALUES)
def test_a_value_with_a_way_to_fail_a_schema_fails_it_and_all_ways_are_all(
    schema: Json, value: Json
) -> None:
    ways, whole = negated(flat(schema))
    failing = [way for way in ways if holds(as_schema(flatten(way.schema, no_reference)), value)]
    if failing:
        assert not holds(schema, value)
    elif whole:
        assert holds(schema, value)


def test_not_not_is_the_schema_itself_and_not_any_of_is_none_of_them() -> None:
    (way,), whole = negated(flat({"not": {"type": "string"}}))
    assert (way.schema, whole) == ({"type": "string"}, True)
    (way,), whole = negated(flat({"anyOf": [{"type": "string"}, {"minimum": 3}]}))
    assert isinstance(way.schema, Flat)
    assert (way.schema.nots, whole) == (({"type": "string"}, {"minimum": 3}), True)


def test_the_ways_to_fail_one_of_are_not_all_known() -> None:
    ways, whole = negated(flat({"oneOf": [{"type": "string"}, {"minLength": 3}]}))
    assert (ways, whole) == ([], False)
