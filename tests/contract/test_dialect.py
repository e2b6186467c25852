"""Schemas of OpenAPI 3.0 as JSON Schema: nullable, exclusive bounds, ranges, directions."""

from typing import Any

import pytest

from mockserver.contract.dialect import DIALECTS, Direction
from mockserver.contract.schemas import Schemas

COMPONENTS = {
    "Pet": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    "Colour": {"type": "string", "enum": ["red", "blue"]},
    "Id": {"type": "integer", "readOnly": True},
    "AliasOfId": {"$ref": "#/components/schemas/Id"},
    "Based": {"type": "object", "properties": {"id": {"$ref": "#/components/schemas/Id"}}},
    "Secret": {"type": "object", "properties": {"pin": {"type": "string", "writeOnly": True}}},
}
ID = {"$ref": "#/components/schemas/Id"}


def accepts(schema: Any, value: Any, direction: Direction = Direction.REQUEST) -> bool:
    schemas = Schemas({"components": {"schemas": COMPONENTS}}, DIALECTS["3.0"])
    return schemas.schema(schema, direction).is_valid(value)


# nullable


@pytest.mark.parametrize(
    ("schema", "other"),
    [
        ({"type": "string"}, "text"),
        ({"type": "integer", "minimum": 1}, 1),
        ({"type": "string", "format": "uuid"}, "9b2d8c1e-7c0a-4c3e-9b2d-8c1e7c0a4c3e"),
        ({"type": "string", "pattern": "^a"}, "abc"),
        ({"type": "string", "enum": ["red"]}, "red"),
        ({"type": "string", "enum": ["red", None]}, "red"),
        ({"enum": ["red"]}, "red"),
        ({"type": "object", "required": ["a"]}, {"a": 1}),
        ({"type": "array", "items": {"type": "string"}}, ["a"]),
        ({"allOf": [{"$ref": "#/components/schemas/Pet"}]}, {"name": "Rex"}),
        ({"type": "object", "allOf": [{"$ref": "#/components/schemas/Pet"}]}, {"name": "Rex"}),
        ({"anyOf": [{"$ref": "#/components/schemas/Colour"}]}, "red"),
        ({"oneOf": [{"type": "string"}, {"type": "integer"}]}, 5),
        ({"not": {"type": "integer"}}, "text"),
        ({}, "anything"),
    ],
    ids=[
        "string",
        "bounded integer",
        "format",
        "pattern",
        "enum without null",
        "enum with null",
        "enum without type",
        "object",
        "array",
        "allOf with a reference",
        "type and allOf with a reference",
        "anyOf with a reference",
        "oneOf",
        "not",
        "nothing else",
    ],
)
def test_nullable_allows_null_beside_any_keyword(schema: Any, other: Any) -> None:
    nullable = schema | {"nullable": True}
    assert accepts(nullable, None)
    assert accepts(nullable, other)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "nullable": True},
        {"type": "string", "enum": ["red"], "nullable": True},
        {"allOf": [{"$ref": "#/components/schemas/Pet"}], "nullable": True},
    ],
)
def test_nullable_allows_nothing_but_null(schema: Any) -> None:
    assert not accepts(schema, 5)
    assert not accepts(schema, {})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "string", "nullable": False},
        {"allOf": [{"$ref": "#/components/schemas/Pet"}]},
        {"enum": ["red"]},
    ],
)
def test_without_nullable_null_is_refused(schema: Any) -> None:
    assert not accepts(schema, None)


def test_what_stands_beside_a_reference_is_ignored() -> None:
    assert not accepts({"$ref": "#/components/schemas/Colour", "nullable": True}, None)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"a": {"type": "string", "nullable": True}}}, {"a": None}),
        ({"items": {"type": "string", "nullable": True}}, [None]),
        ({"additionalProperties": {"type": "string", "nullable": True}}, {"x": None}),
        ({"allOf": [{"type": "string", "nullable": True}]}, None),
        ({"anyOf": [{"type": "string", "nullable": True}]}, None),
    ],
)
def test_nullable_is_read_at_any_depth(schema: Any, value: Any) -> None:
    assert accepts(schema, value)


# bounds


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"minimum": 3}, 3, 2),
        ({"minimum": 3, "exclusiveMinimum": False}, 3, 2),
        ({"minimum": 3, "exclusiveMinimum": True}, 4, 3),
        ({"maximum": 3}, 3, 4),
        ({"maximum": 3, "exclusiveMaximum": False}, 3, 4),
        ({"maximum": 3, "exclusiveMaximum": True}, 2, 3),
        ({"minimum": 0.5, "exclusiveMinimum": True}, 0.6, 0.5),
    ],
)
def test_exclusive_bounds_are_flags_of_the_bounds(schema: Any, good: Any, bad: Any) -> None:
    assert accepts(schema, good)
    assert not accepts(schema, bad)


def test_an_exclusive_flag_without_a_bound_says_nothing() -> None:
    assert accepts({"type": "number", "exclusiveMinimum": True}, -(10**9))


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"format": "int32"}, [2**31 - 1, -(2**31), 0], [2**31, -(2**31) - 1]),
        ({"format": "int64"}, [2**63 - 1, -(2**63)], [2**63, -(2**63) - 1, 10**30]),
        ({"format": "int32", "minimum": 1}, [1, 2**31 - 1], [0, 2**31]),
        ({"format": "int32", "minimum": -(10**12)}, [-(2**31)], [-(2**31) - 1]),
        ({"format": "int32", "maximum": 10**12}, [2**31 - 1], [2**31]),
        (
            {"format": "int32", "minimum": -(10**12), "exclusiveMinimum": True},
            [-(2**31)],
            [-(2**31) - 1],
        ),
        ({"format": "int32", "minimum": 0, "exclusiveMinimum": True}, [1], [0]),
        ({"format": "int32", "maximum": 5, "exclusiveMaximum": True}, [4], [5]),
        ({"format": "int32", "nullable": True}, [None, 1], [2**31]),
        ({}, [10**30, -(10**30)], [1.5, "1"]),
    ],
)
def test_integer_formats_are_ranges(schema: Any, good: Any, bad: Any) -> None:
    whole = {"type": "integer"} | schema
    assert [value for value in good if not accepts(whole, value)] == []
    assert [value for value in bad if accepts(whole, value)] == []


def test_a_number_may_have_a_format_without_a_range() -> None:
    assert accepts({"type": "number", "format": "float"}, 1e300)


# readOnly and writeOnly

REQUEST, REPLY = Direction.REQUEST, Direction.REPLY


@pytest.mark.parametrize(
    "schema",
    [
        {"required": ["id"], "properties": {"id": {"type": "integer", "readOnly": True}}},
        {"required": ["id"], "properties": {"id": ID}},
        {"required": ["id"], "properties": {"id": {"$ref": "#/components/schemas/AliasOfId"}}},
        {"required": ["id"], "properties": {"id": {"allOf": [ID]}}},
        {
            "required": ["id"],
            "properties": {"id": {"allOf": [{"type": "integer"}], "readOnly": True}},
        },
        {"required": ["id"], "allOf": [{"$ref": "#/components/schemas/Based"}]},
        {"allOf": [{"$ref": "#/components/schemas/Based"}, {"required": ["id"]}]},
        {"allOf": [{"allOf": [{"required": ["id"]}]}], "properties": {"id": ID}},
        {"allOf": [{"required": ["id"], "properties": {"id": ID}}]},
    ],
    ids=[
        "beside it",
        "by reference",
        "by reference of a reference",
        "in the allOf of the member",
        "beside the allOf of the member",
        "required beside an allOf",
        "required in another part of the allOf",
        "required below the member",
        "all in one part of an allOf",
    ],
)
def test_a_read_only_member_is_required_of_replies_only(schema: Any) -> None:
    assert accepts(schema, {}, REQUEST)
    assert not accepts(schema, {}, REPLY)


@pytest.mark.parametrize(
    "schema",
    [
        {"required": ["pin"], "properties": {"pin": {"type": "string", "writeOnly": True}}},
        {"required": ["pin"], "allOf": [{"$ref": "#/components/schemas/Secret"}]},
        {"allOf": [{"required": ["pin"]}, {"$ref": "#/components/schemas/Secret"}]},
    ],
)
def test_a_write_only_member_is_required_of_requests_only(schema: Any) -> None:
    assert not accepts(schema, {}, REQUEST)
    assert accepts(schema, {}, REPLY)


def test_a_reply_does_not_describe_what_only_requests_have() -> None:
    node = {"type": "object", "properties": {"pin": {"type": "string", "writeOnly": True}}}
    schemas = Schemas({"components": {"schemas": COMPONENTS}}, DIALECTS["3.0"])
    assert schemas.schema(node, REPLY).node["properties"] == {}
    assert list(schemas.schema(node, REQUEST).node["properties"]) == ["pin"]


def test_other_members_stay_required_in_both_directions() -> None:
    schema = {"required": ["id", "name"], "properties": {"id": ID, "name": {"type": "string"}}}
    assert not accepts(schema, {"id": 1}, REQUEST)
    assert not accepts(schema, {"id": 1}, REPLY)
    assert accepts(schema, {"name": "Rex"}, REQUEST)


def test_a_member_that_does_not_travel_is_still_checked_when_it_does() -> None:
    schema = {"required": ["id"], "properties": {"id": ID}}
    assert not accepts(schema, {"id": "one"}, REQUEST)
    assert accepts(schema, {"id": 1}, REQUEST)


def test_a_read_only_member_of_an_inner_object_does_not_excuse_the_outer_one() -> None:
    inner = {"properties": {"id": ID}, "required": ["id"]}
    schema = {"properties": {"inner": inner, "id": {"type": "integer"}}, "required": ["id"]}
    assert accepts(schema, {"id": 1, "inner": {}}, REQUEST)
    assert not accepts(schema, {"inner": {}}, REQUEST)


def test_what_is_no_keyword_of_json_schema_is_left_out() -> None:
    schema = {
        "type": "object",
        "x-provenance": {"$ref": "nowhere"},
        "xml": {"name": "a"},
        "externalDocs": {"url": "https://example.com"},
        "deprecated": True,
    }
    assert accepts(schema, {})
