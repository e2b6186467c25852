"""Objects, arrays and recursion: sizes, presence, ends."""

# ruff: noqa: S311 - a seeded chance is what is tested

from random import Random

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from mockserver.message import Json
from mockserver.sample import Unsampleable, compile_sampler
from mockserver.sample.places import BY_NAME


def no_reference(ref: str) -> Json:
    raise AssertionError(f"{ref} is not used here")


def drawn(schema: Json, count: int = 80) -> list[Json]:
    root = Draft202012Validator(schema)
    definitions = schema.get("$defs", {})
    sampler = compile_sampler(schema, resolve=lambda ref: definitions[ref.rpartition("/")[2]])
    values = [sampler(Random(seed)) for seed in range(count)]
    for value in values:
        root.validate(value)
    return values


def members(*names: str) -> dict[str, Json]:
    return {name: {"type": "integer"} for name in names}


def depth(value: Json) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return max(map(depth, value), default=0) if isinstance(value, list) else 0


def test_required_members_are_always_there_and_optional_ones_four_times_in_five() -> None:
    values = drawn({"type": "object", "properties": members("a", "b"), "required": ["a"]}, 500)
    assert all("a" in value for value in values)
    assert 360 < sum("b" in value for value in values) < 440


def test_members_stand_in_the_order_of_the_schema() -> None:
    values = drawn({"type": "object", "properties": members("z", "a", "m")})
    assert all(list(value) == [name for name in "zam" if name in value] for value in values)


def test_nothing_is_added_that_the_schema_does_not_name() -> None:
    assert all(set(value) <= {"a"} for value in drawn({"properties": members("a")}))


def test_a_required_member_that_is_not_described_is_made_by_its_name() -> None:
    for value in drawn({"type": "object", "required": ["postalCode"]}):
        assert value["postalCode"].isdecimal()


def test_a_member_limit_keeps_optional_members_out() -> None:
    schema = {
        "type": "object",
        "properties": members(*"abcdef"),
        "required": ["f"],
        "maxProperties": 2,
    }
    values = drawn(schema)
    assert {len(value) for value in values} <= {1, 2}
    assert {name for value in values for name in value} == set("abcdef")


def test_the_least_number_of_members_is_reached_with_optional_ones() -> None:
    schema = {"type": "object", "properties": members(*"abcdef"), "minProperties": 5}
    assert {len(value) for value in drawn(schema)} == {5, 6}


def test_the_least_number_of_members_is_reached_with_any_when_there_are_too_few() -> None:
    schema = {
        "type": "object",
        "properties": members("a"),
        "minProperties": 4,
        "additionalProperties": {"type": "boolean"},
    }
    for value in drawn(schema):
        assert len(value) == 4
        assert {type(part) for name, part in value.items() if name != "a"} == {bool}


def test_a_map_has_one_to_three_entries() -> None:
    values = drawn({"type": "object", "additionalProperties": {"type": "integer"}})
    assert {len(value) for value in values} == {1, 2, 3}


def test_names_of_a_map_obey_their_schema() -> None:
    schema = {
        "type": "object",
        "additionalProperties": {"type": "integer"},
        "propertyNames": {"pattern": "^[A-Z]{3}$"},
        "minProperties": 2,
    }
    assert all(len(value) >= 2 for value in drawn(schema))


def test_entries_of_a_pattern_have_its_values() -> None:
    schema = {
        "type": "object",
        "properties": {"x-a": {"type": "string"}},
        "patternProperties": {"^x-": {"maxLength": 3}, "^x-[0-9]": {"enum": ["k"]}},
        "additionalProperties": False,
        "minProperties": 3,
    }
    assert any("x-a" in value for value in drawn(schema))


def test_a_name_that_is_not_allowed_is_left_out() -> None:
    schema = {
        "type": "object",
        "properties": members("good", "BAD"),
        "propertyNames": {"pattern": "^[a-z]+$"},
    }
    assert not any("BAD" in value for value in drawn(schema))


def test_an_array_has_one_to_three_elements() -> None:
    values = drawn({"type": "array", "items": {"type": "integer"}})
    assert {len(value) for value in values} == {1, 2, 3}


@pytest.mark.parametrize(
    ("limits", "sizes"),
    [
        ({"maxItems": 0}, {0}),
        ({"maxItems": 1}, {1}),
        ({"minItems": 5}, {5}),
        ({"minItems": 2, "maxItems": 9}, {2, 3}),
        ({"items": False}, {0}),
        ({"prefixItems": [{}, {}], "items": False}, {2}),
        ({"prefixItems": [{}, {}], "items": False, "maxItems": 1}, {1}),
        ({"prefixItems": [{}, False]}, {1}),
        ({"contains": {"const": 1}}, {1, 2, 3}),
    ],
)
def test_the_size_of_an_array_keeps_within_its_limits(limits: Json, sizes: set[int]) -> None:
    schema = {"type": "array", "items": {"type": "integer"}, **limits}
    assert {len(value) for value in drawn(schema)} == sizes


@pytest.mark.parametrize(
    "items",
    [
        {"enum": ["a", "b", "c"]},
        {"type": "integer", "minimum": 1, "maximum": 3},
        {"type": "string"},
        {"type": "object", "properties": members("id"), "required": ["id"]},
        {"enum": [{"a": 1}, {"a": 2}, [1]]},
    ],
)
def test_unique_elements_differ(items: Json) -> None:
    drawn({"type": "array", "items": items, "uniqueItems": True, "minItems": 3})


def test_elements_after_a_unique_prefix_differ_from_it() -> None:
    schema = {
        "type": "array",
        "prefixItems": [{"const": 1}],
        "items": {"enum": [1, 2, 3]},
        "uniqueItems": True,
        "minItems": 3,
    }
    assert all(sorted(value) == [1, 2, 3] for value in drawn(schema))


TREE = {
    "$ref": "#/$defs/Node",
    "$defs": {
        "Node": {
            "type": "object",
            "required": ["id"],
            "properties": {
                "id": {"type": "integer"},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            },
        }
    },
}


def test_a_tree_ends_after_a_few_levels() -> None:
    assert {depth(value) for value in drawn(TREE)} == {1, 2, 3}


def test_a_recursion_that_must_go_on_takes_the_branch_that_ends_it() -> None:
    node = {
        "type": "object",
        "required": ["next"],
        "properties": {
            "next": {"anyOf": [{"$ref": "#/$defs/N"}, {"$ref": "#/$defs/End"}]},
        },
    }
    end = {"type": "object", "required": ["end"], "properties": {"end": {"const": True}}}
    values = drawn({"$ref": "#/$defs/N", "$defs": {"N": node, "End": end}})
    assert all(depth(value) <= 5 for value in values)


def test_a_recursion_may_end_in_null() -> None:
    node = {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"anyOf": [{"$ref": "#/$defs/N"}, {"type": "null"}]}},
    }
    values = drawn({"$ref": "#/$defs/N", "$defs": {"N": node}})
    assert all(depth(value) <= 5 for value in values)


def test_a_recursion_through_members_that_are_counted_ends_with_other_members() -> None:
    node = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "inner": {"$ref": "#/$defs/N"}},
        "required": ["name"],
        "minProperties": 2,
    }
    values = drawn({"$ref": "#/$defs/N", "$defs": {"N": node}})
    assert all(depth(value) <= 5 for value in values)


def test_a_recursion_through_merged_schemas_ends() -> None:
    node = {
        "type": "object",
        "properties": {
            "inner": {"allOf": [{"$ref": "#/$defs/N"}, {"required": ["id"]}]},
            "id": {"type": "integer"},
        },
    }
    values = drawn({"$ref": "#/$defs/N", "$defs": {"N": node}})
    assert {depth(value) for value in values} >= {1, 2}
    assert all("id" in value["inner"] for value in values if "inner" in value)


def test_a_deep_document_without_recursion_is_whole() -> None:
    schema: Json = {"type": "string"}
    for _ in range(9):
        schema = {"type": "object", "properties": {"in": schema}, "required": ["in"]}
    assert {depth(value) for value in drawn(schema, 5)} == {9}


def test_a_value_belongs_to_the_caller() -> None:
    sampler = compile_sampler({"const": {"list": [1]}}, resolve=no_reference)
    sampler(Random(1))["list"].append(2)
    assert sampler(Random(1)) == {"list": [1]}


def test_members_agree_with_their_siblings() -> None:
    schema = {
        "type": "object",
        "required": ["documentType", "documentNumber", "zipCode", "province", "model", "brand"],
        "properties": {
            "documentType": {"type": "string", "enum": ["NIE", "CIF"]},
            "documentNumber": {"type": "string", "minLength": 9},
            "zipCode": {"type": "string"},
            "province": {"type": "string"},
            "model": {"type": "string", "enum": ["iPhone 14"]},
            "brand": {"type": "string"},
        },
    }
    provinces = set()
    for value in drawn(schema):
        nie = value["documentNumber"][0] in "XYZ"
        assert nie == (value["documentType"] == "NIE")
        assert value["brand"] == "Apple"
        provinces.add((value["zipCode"][:2], value["province"]))
    assert len({prefix for prefix, _ in provinces}) == len({name for _, name in provinces})


@pytest.mark.parametrize("order", [("city", "province", "zip"), ("zip", "province", "city")])
def test_places_agree_whatever_their_order(order: tuple[str, str, str]) -> None:
    names = {"city": "localidad", "province": "provincia", "zip": "codigoPostal"}
    properties = {names[part]: {"type": "string"} for part in order}
    for value in drawn({"type": "object", "properties": properties}, 300):
        town, province = value.get("localidad"), value.get("provincia")
        if town and province:
            assert town in BY_NAME[province].localities
        if province and "codigoPostal" in value:
            assert BY_NAME[province].prefix == value["codigoPostal"][:2]


def test_a_sibling_that_leads_to_what_is_not_allowed_is_not_followed() -> None:
    schema = {
        "type": "object",
        "required": ["documentType", "documentNumber"],
        "properties": {
            "documentType": {"const": "CIF"},
            "documentNumber": {"type": "string", "pattern": "^[0-9]{8}[A-Z]$"},
        },
    }
    drawn(schema)


def test_what_is_left_of_a_limit_agrees_with_it() -> None:
    names = ("total_limit", "total_active_subscriptions", "total_subscriptions_allowed")
    schema = {"type": "object", "required": list(names), "properties": members(*names)}
    for value in drawn(schema):
        limit, active, allowed = (value[name] for name in names)
        assert allowed == max(limit - active, 0)


def test_a_free_form_object_is_empty() -> None:
    assert drawn({"type": "object"}, 3) == [{}, {}, {}]
    assert drawn({"type": "object", "additionalProperties": True}, 3) == [{}, {}, {}]


@pytest.mark.parametrize(
    "schema",
    [
        {
            "type": "object",
            "patternProperties": {"^x$": {}},
            "additionalProperties": False,
            "minProperties": 2,
        },
        {
            "type": "array",
            "uniqueItems": True,
            "minItems": 3,
            "items": {"type": "integer", "minimum": 1, "maximum": 2},
        },
    ],
)
def test_more_than_there_can_be_is_refused_when_it_is_drawn(schema: Json) -> None:
    with pytest.raises(Unsampleable, match="different"):
        drawn(schema, 1)


def test_without_a_validator_a_value_may_be_invalid_but_is_given() -> None:
    schema = {"type": "array", "items": {"type": "integer"}, "contains": {}, "maxContains": 0}
    assert compile_sampler(schema, resolve=no_reference)(Random(1))
