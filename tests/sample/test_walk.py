"""Choices and references: what a schema comes to, judged by an independent validator."""

# ruff: noqa: S311 - a seeded chance is what is tested

from collections.abc import Callable
from random import Random

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from mockserver.message import Json
from mockserver.sample import Unsampleable, compile_sampler


def no_reference(ref: str) -> Json:
    raise AssertionError(f"{ref} is not used here")


def never_asked(schema: Json, value: Json) -> bool:
    raise AssertionError(f"the validator was asked about {value} of {schema}")


def drawn(
    schema: Json, is_valid: Callable[[Json, Json], bool] | None = never_asked, count: int = 60
) -> list[Json]:
    """Values of a schema, each valid; the validator that the sampler may ask raises by default."""
    root = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    def resolve(ref: str) -> Json:
        node = schema
        for step in ref.removeprefix("#/").split("/"):
            node = node[step]
        return node

    sampler = compile_sampler(schema, resolve=resolve, is_valid=is_valid)
    values = [sampler(Random(seed)) for seed in range(count)]
    for value in values:
        root.validate(value)
    return values


def asking(schema: Json) -> Callable[[Json, Json], bool]:
    root = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return lambda part, value: bool(root.evolve(schema=part).is_valid(value))


A_OR_B = [{"required": ["a"]}, {"required": ["b"]}]
TEXTS = {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"}}


def test_any_of_required_members_is_merged_into_its_parent() -> None:
    values = drawn({"type": "object", "properties": TEXTS, "anyOf": A_OR_B})
    assert {frozenset(value) & {"a", "b"} for value in values} == {
        frozenset({"a"}),
        frozenset({"b"}),
        frozenset({"a", "b"}),
    }


def test_one_of_required_members_leaves_the_other_out() -> None:
    values = drawn({"type": "object", "properties": TEXTS, "oneOf": A_OR_B})
    assert {frozenset(value) & {"a", "b"} for value in values} == {
        frozenset({"a"}),
        frozenset({"b"}),
    }


def test_not_required_leaves_the_member_out() -> None:
    schema = {"type": "object", "properties": TEXTS, "not": {"required": ["b"]}}
    assert all("b" not in value for value in drawn(schema))


def test_not_both_required_leaves_one_of_them_out() -> None:
    schema = {"type": "object", "properties": TEXTS, "not": {"required": ["a", "b"]}}
    values = drawn(schema)
    assert any("a" in value for value in values)
    assert any("b" in value for value in values)


RETENTION = {
    "type": "object",
    "required": ["reuseAccess"],
    "properties": {"reuseAccess": {"type": "boolean"}, "source": {"type": "object"}},
    "oneOf": [
        {
            "properties": {
                "reuseAccess": {"enum": [True]},
                "source": {"required": ["iua"], "properties": {"iua": {"type": "string"}}},
            },
            "required": ["source"],
        },
        {"properties": {"reuseAccess": {"enum": [False]}}},
    ],
}


def test_one_of_on_the_values_of_a_member_needs_no_validator() -> None:
    values = drawn(RETENTION)
    assert {value["reuseAccess"] for value in values} == {True, False}
    assert all("iua" in value["source"] for value in values if value["reuseAccess"])


def test_a_null_branch_is_taken_seldom() -> None:
    values = drawn({"anyOf": [{"type": "integer"}, {"type": "null"}]}, count=400)
    assert 10 < values.count(None) < 80


def test_a_type_list_with_null_gives_null_seldom() -> None:
    values = drawn({"type": ["string", "null"]}, count=400)
    assert 10 < values.count(None) < 80


def test_all_types_of_a_list_are_drawn() -> None:
    schema = {"type": ["string", "integer", "boolean", "array", "object"]}
    assert {type(value) for value in drawn(schema)} == {str, int, bool, list, dict}


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {"type": "string"}},
        {"not": {"type": ["string", "number", "object"]}},
        {"type": "number", "not": {"type": "integer"}},
        {"type": "integer", "minimum": 0, "maximum": 9, "not": {"enum": [1, 2, 3]}},
        {"type": "boolean", "not": {"const": True}},
        {"enum": ["a", "b"], "not": {"const": "a"}},
        {"type": "string", "not": {"pattern": "^[a-m]"}},
        {"type": "string", "not": {"not": {"maxLength": 3}}},
        {"type": "string", "not": {"anyOf": [{"maxLength": 3}, {"minLength": 9}]}},
        {"type": "array", "not": {"minItems": 2}},
        {"type": "object", "not": {"minProperties": 1}, "properties": TEXTS},
        {"type": "integer", "not": {"minimum": 5}},
        {"type": "integer", "not": {"maximum": 5}},
        {"type": "number", "not": {"exclusiveMinimum": 5}},
        {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"enum": ["a", "b", "c"]}},
            "not": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
        },
    ],
)
def test_a_not_that_can_be_turned_round_needs_no_validator(schema: Json) -> None:
    drawn(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {
            "type": "object",
            "properties": {"kind": {"enum": ["a", "b"]}, **TEXTS},
            "if": {"properties": {"kind": {"const": "a"}}, "required": ["kind"]},
            "then": {"required": ["c"]},
            "else": {"properties": {"c": False}},
        },
        {"type": "object", "properties": TEXTS, "dependentRequired": {"a": ["b", "c"]}},
        {
            "type": "object",
            "properties": TEXTS,
            "dependentSchemas": {"a": {"properties": {"b": {"const": "x"}}}},
        },
        {"oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "object"}]},
        {"oneOf": [{"type": "integer", "maximum": 3}, {"type": "integer", "minimum": 4}]},
        {
            "allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"a": {"maxLength": 3}, "b": {"type": "integer"}}},
            ]
        },
        {"anyOf": [{"minLength": 3}, {"maxLength": 9}], "type": "string"},
        {"enum": [1, "a", None, {"k": [1]}, [2]]},
        {"const": {"k": 1}},
        {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
        {"type": "array", "contains": {"const": 7}, "items": {"type": "integer"}},
    ],
)
def test_what_can_be_had_by_construction_needs_no_validator(schema: Json) -> None:
    drawn(schema)


@pytest.mark.parametrize(
    "schema",
    [
        {"oneOf": [{"type": "integer", "multipleOf": 2}, {"type": "integer", "multipleOf": 3}]},
        {"type": "string", "not": {"format": "email"}},
        {
            "type": "array",
            "items": {"type": "integer"},
            "contains": {"minimum": 500},
            "maxContains": 1,
        },
        {
            "type": "object",
            "properties": TEXTS,
            "unevaluatedProperties": False,
            "anyOf": [{"properties": {"d": {"type": "string"}}}],
        },
        {"type": "string", "format": "ipv6", "pattern": "^2001:db8:1"},
        {"enum": ["x", "2026-01-01"], "format": "date"},
    ],
)
def test_what_cannot_is_checked_by_the_validator(schema: Json) -> None:
    drawn(schema, asking(schema))


def test_an_example_stands_in_for_a_pattern_that_cannot_be_read() -> None:
    schema = {"type": "string", "pattern": r"^\p{Greek}+$", "examples": ["αβγ"]}
    sampler = compile_sampler(schema, resolve=no_reference)
    assert sampler(Random(1)) == "αβγ"


def test_a_reference_is_asked_for_once_for_each_name_that_matters() -> None:
    asked: list[str] = []
    target = {"type": "object", "properties": {"x": {"type": "string"}}}

    def resolve(ref: str) -> Json:
        asked.append(ref)
        return target

    members = {f"wibble{n}": {"$ref": "#/T"} for n in range(5)}
    compile_sampler({"type": "object", "properties": members}, resolve=resolve)
    assert asked == ["#/T"]


def test_the_name_of_a_schema_stands_in_for_a_member_that_says_nothing() -> None:
    schema = {
        "type": "object",
        "required": ["wibble"],
        "properties": {"wibble": {"$ref": "#/$defs/AmazonEmail"}},
        "$defs": {"AmazonEmail": {"type": "string"}},
    }
    assert all("@example." in value["wibble"] for value in drawn(schema))


def test_the_names_of_owners_tell_members_apart() -> None:
    person = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    schema = {
        "type": "object",
        "required": ["operator", "wibble"],
        "properties": {"operator": {"$ref": "#/$defs/N"}, "wibble": {"$ref": "#/$defs/N"}},
        "$defs": {"N": person},
    }
    for value in drawn(schema):
        assert value["operator"]["name"].isupper()
        assert " " in value["wibble"]["name"]


def test_examples_of_an_owner_lend_their_shape_to_its_parts() -> None:
    schema = {
        "type": "object",
        "required": ["wibble", "wobble"],
        "properties": {
            "wibble": {"type": "string"},
            "wobble": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        },
        "examples": [{"wibble": "userid_8572394923"}],
    }
    schema["properties"]["wobble"]["examples"] = [["com.disney.basic"]]  # type: ignore[index]
    for value in drawn(schema):
        assert value["wibble"].startswith("userid_")
        assert set(value["wobble"]) == {"com.disney.basic"}


MEMBER_OF_NOTHING = {"type": "object", "required": ["a"], "properties": {"a": {"enum": []}}}


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (False, "#"),
        ({"type": "string", "minLength": 2, "maxLength": 1}, "#"),
        ({"type": "object", "required": ["a"], "additionalProperties": False}, "#"),
        (MEMBER_OF_NOTHING, "#"),
        ({"type": "array", "minItems": 1, "items": {"pattern": "("}}, "#/items"),
        (
            {
                "type": "object",
                "required": ["a/b"],
                "properties": {"a/b": {"type": "string", "pattern": "^a{9}$", "maxLength": 3}},
            },
            "#/properties/a~1b",
        ),
        ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, "#/$defs/A"),
        ({"type": "array", "uniqueItems": True, "minItems": 3, "items": {"enum": [1, 2]}}, "#"),
        ({"type": "object", "minProperties": 1, "additionalProperties": False}, "#"),
        ({"anyOf": []}, "#"),
        ({"not": {}}, "#"),
    ],
)
def test_a_schema_without_values_is_refused_with_its_place(schema: Json, pointer: str) -> None:
    with pytest.raises(Unsampleable) as caught:
        drawn(schema)
    assert caught.value.pointer == pointer
    assert caught.value.reason
    assert caught.value.pointer in str(caught.value)


def test_a_recursion_without_an_end_is_refused_with_its_place() -> None:
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/$defs/N"}}}
    with pytest.raises(Unsampleable) as caught:
        drawn({"$ref": "#/$defs/N", "$defs": {"N": node}})
    assert caught.value.pointer == "#/$defs/N"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"a": MEMBER_OF_NOTHING, "b": {"type": "string"}}},
        {"type": "array", "items": False},
        {"anyOf": [MEMBER_OF_NOTHING, {"type": "integer"}]},
        {"type": ["string", "null"], "minLength": 2, "maxLength": 1},
    ],
)
def test_an_optional_part_that_cannot_be_is_left_out(schema: Json) -> None:
    drawn(schema)


def test_a_validator_that_refuses_everything_ends_in_an_error() -> None:
    schema = {"type": "string", "not": {"format": "email"}}
    sampler = compile_sampler(schema, resolve=no_reference, is_valid=lambda _schema, _value: False)
    with pytest.raises(Unsampleable) as caught:
        sampler(Random(1))
    assert caught.value.pointer == "#"


def test_another_branch_is_taken_where_the_validator_refuses_one() -> None:
    schema = {"anyOf": [{"type": "string", "not": {"format": "email"}}, {"const": 5}]}
    sampler = compile_sampler(schema, resolve=no_reference, is_valid=lambda _schema, _value: False)
    assert {sampler(Random(seed)) for seed in range(20)} == {5}


def test_a_validator_that_refuses_everything_does_not_make_a_recursion_endless() -> None:
    text = {"type": "string", "not": {"format": "email"}}
    node = {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"anyOf": [text, {"$ref": "#/$defs/N"}]}},
    }
    sampler = compile_sampler(
        node, resolve=lambda _ref: node, is_valid=lambda _schema, _value: False
    )
    with pytest.raises(Unsampleable):
        sampler(Random(1))
