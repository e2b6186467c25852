"""Flattening and merging of schemas."""

from fractions import Fraction

import pytest

from mockserver.message import Json
from mockserver.sample.facets import (
    ANYTHING,
    KINDS,
    NOTHING,
    Flat,
    both,
    exactly,
    flatten,
    identity,
    kind_of,
    member,
    merge,
)


def flat(schema: Json, **definitions: Json) -> Flat:
    return flatten(schema, definitions.__getitem__)


def test_a_schema_that_asks_nothing_is_anything_and_false_is_nothing() -> None:
    assert flat(True) == flat({}) == ANYTHING
    assert flat(False) == NOTHING
    assert flat({"description": "x", "x-provenance": {}}) == ANYTHING


def test_types_become_kinds() -> None:
    assert flat({"type": "number"}).kinds == ("integer", "fraction")
    assert flat({"type": ["null", "string"]}).kinds == ("string", "null")
    assert flat({"allOf": [{"type": "number"}, {"type": "integer"}]}).kinds == ("integer",)
    assert not flat({"minLength": 1}).stated


def test_all_of_takes_the_narrower_of_each_rule() -> None:
    merged = flat(
        {
            "minLength": 3,
            "allOf": [
                {"minLength": 5, "maxLength": 9, "pattern": "a"},
                {"maxLength": 7, "pattern": "b"},
            ],
        }
    )
    assert (merged.shortest, merged.longest, merged.patterns) == (5, 7, ("a", "b"))


def test_steps_merge_to_their_least_common_multiple() -> None:
    assert flat({"allOf": [{"multipleOf": 0.4}, {"multipleOf": 0.6}]}).step == Fraction(6, 5)
    assert flat({"allOf": [{"multipleOf": 4}, {"multipleOf": 6}]}).step == 12


def test_enums_merge_to_what_they_share() -> None:
    assert flat({"enum": [1, True, "a"], "allOf": [{"enum": [True, 1.0]}]}).enum == (1, True)
    assert flat({"enum": ["a", "b"], "const": "b"}).enum == ("b",)


def test_a_reference_is_merged_with_what_stands_beside_it() -> None:
    merged = flat({"$ref": "A", "maxLength": 4}, A={"type": "string", "maxLength": 9})
    assert (merged.kinds, merged.longest) == (("string",), 4)


def test_a_reference_that_only_returns_to_itself_is_nothing() -> None:
    assert not flat({"$ref": "A"}, A={"allOf": [{"$ref": "B"}]}, B={"$ref": "A"}).kinds


def test_a_member_that_a_closed_part_does_not_know_is_forbidden() -> None:
    merged = flat(
        {
            "properties": {"a": {"type": "string"}, "b": True},
            "allOf": [{"properties": {"a": {"minLength": 2}}, "additionalProperties": False}],
        }
    )
    assert merged.properties["a"] == {"allOf": [{"type": "string"}, {"minLength": 2}]}
    assert merged.properties["b"] is False
    assert member(merged, "c") is False


def test_a_closed_part_allows_what_its_patterns_know() -> None:
    closed = {"patternProperties": {"^x-": True}, "additionalProperties": False}
    merged = flat({"properties": {"x-a": {"type": "string"}}, "allOf": [closed]})
    assert merged.properties["x-a"] == {"type": "string"}


def test_patterns_of_one_side_beside_a_limited_rest_of_the_other_ask_for_a_check() -> None:
    one = flat({"patternProperties": {"^x": {"type": "string"}}})
    other = flat({"additionalProperties": {"type": "integer"}})
    assert not merge(one, other).exact
    assert merge(one, flat({"minProperties": 1})).exact


def test_the_first_elements_must_also_be_what_the_other_side_asks_of_all() -> None:
    merged = flat({"prefixItems": [{"type": "string"}], "allOf": [{"items": {"minLength": 2}}]})
    assert merged.prefix == ({"allOf": [{"type": "string"}, {"minLength": 2}]},)
    assert merged.items == {"minLength": 2}


def test_two_formats_ask_for_a_check() -> None:
    assert not flat({"format": "date", "allOf": [{"format": "uuid"}]}).exact


def test_the_outer_example_goes_before_the_inner() -> None:
    assert flat({"$ref": "A", "example": 1}, A={"examples": [2], "default": 3}).examples == (
        1,
        2,
        3,
    )


@pytest.mark.parametrize(
    ("schema", "groups"),
    [
        ({"anyOf": [True, False]}, 1),
        ({"oneOf": [True, False], "anyOf": [True]}, 2),
        ({"if": True, "then": False}, 1),
        ({"dependentRequired": {"a": ["b"], "c": ["d"]}}, 2),
        ({"dependentSchemas": {"a": True}}, 1),
    ],
)
def test_keywords_that_leave_a_choice_become_groups(schema: Json, groups: int) -> None:
    assert len(flat(schema).groups) == groups


def test_a_branch_of_one_of_excludes_the_others() -> None:
    (group,) = flat({"oneOf": [{"const": 1}, {"const": 2}, {"const": 3}]}).groups
    assert group[1].nots == ({"const": 1}, {"const": 3})


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        (True, {"a": 1}, {"a": 1}),
        ({"a": 1}, {}, {"a": 1}),
        (True, True, True),
        (False, {"a": 1}, False),
        ({"a": 1}, {"a": 1}, {"a": 1}),
        ({"const": 1}, {"const": True}, {"allOf": [{"const": 1}, {"const": True}]}),
        ({"allOf": [{"a": 1}, {"b": 1}]}, {"b": 1}, {"allOf": [{"a": 1}, {"b": 1}]}),
    ],
)
def test_two_schemas_are_joined_as_shortly_as_can_be(one: Json, other: Json, joined: Json) -> None:
    assert both(one, other) == joined


def test_values_are_equal_as_json_schema_has_it() -> None:
    assert identity(1) == identity(1.0)
    assert identity(1) != identity(True)
    assert identity({"a": [1], "b": None}) == identity({"b": None, "a": [1.0]})
    values: list[Json] = [0, False, "0", None, [], {}]
    assert len({identity(value) for value in values}) == 6


def test_every_value_has_a_kind() -> None:
    values: list[Json] = [{}, [], "", 1, 1.5, True, None]
    assert tuple(kind_of(value) for value in values) == KINDS
    assert kind_of(2.0) == "integer"


def test_numbers_are_read_as_they_are_written() -> None:
    assert exactly(0.1) == Fraction(1, 10)
    assert exactly(1e-07) == Fraction(1, 10**7)
