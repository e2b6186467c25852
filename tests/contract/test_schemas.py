"""Validators and what they say: lazy, shared, bounded; every violation in words, with its place."""

from itertools import combinations
from typing import Any

import pytest

from mockserver.contract import schemas as module
from mockserver.contract.dialect import DIALECTS, Direction
from mockserver.contract.schemas import Schema, SchemaError, Schemas
from mockserver.message import Violation
from mockserver.pointer import pointer, steps_of

REQUEST, REPLY = Direction.REQUEST, Direction.REPLY


def schemas_of(components: Any = None, **more: Any) -> Schemas:
    return Schemas({"components": {"schemas": components or {}}} | more, DIALECTS["3.0"])


def schema_of(node: Any, components: Any = None) -> Schema:
    return schemas_of(components).schema(node, REQUEST)


def said(node: Any, value: Any, components: Any = None) -> list[tuple[str, str, str]]:
    """Pointer, message and keyword of each violation of a body."""
    found = schema_of(node, components).violations(value, "body")
    assert all(each.location == "body" for each in found)
    return [(each.pointer, each.message, each.keyword) for each in found]


# words


@pytest.mark.parametrize(
    ("node", "value", "pointer", "message", "keyword"),
    [
        ({"type": "string"}, 5, "", "The body must be of type string; found 5", "type"),
        (
            {"type": "string", "nullable": True},
            5,
            "",
            "The body must be of type null or string; found 5",
            "type",
        ),
        ({"type": "integer"}, 1.5, "", "The body must be of type integer; found 1.5", "type"),
        (
            {"properties": {"a": {"enum": ["x", 1, None, True, 1.5]}}},
            {"a": "y"},
            "/a",
            'The field \'a\' must be one of "x", 1, null, true, 1.5; found "y"',
            "enum",
        ),
        (
            {"type": "string", "format": "uuid"},
            "x",
            "",
            'The body must be a valid uuid; found "x"',
            "format",
        ),
        ({"pattern": "^a+$"}, "b", "", 'The body must match ^a+$; found "b"', "pattern"),
        (
            {"minLength": 1},
            "",
            "",
            'The body must have at least 1 character; found ""',
            "minLength",
        ),
        (
            {"maxLength": 2},
            "abc",
            "",
            'The body must have at most 2 characters; found "abc"',
            "maxLength",
        ),
        ({"minItems": 1}, [], "", "The body must have at least 1 item; found []", "minItems"),
        ({"maxItems": 0}, [1], "", "The body must have at most 0 items; found [1]", "maxItems"),
        (
            {"uniqueItems": True},
            [1, 1],
            "",
            "The body must not have the same item twice; found [1,1]",
            "uniqueItems",
        ),
        ({"minimum": 3}, 2, "", "The body must be 3 or more; found 2", "minimum"),
        ({"maximum": 3}, 4, "", "The body must be 3 or less; found 4", "maximum"),
        (
            {"minimum": 3, "exclusiveMinimum": True},
            3,
            "",
            "The body must be more than 3; found 3",
            "exclusiveMinimum",
        ),
        (
            {"maximum": 3, "exclusiveMaximum": True},
            3,
            "",
            "The body must be less than 3; found 3",
            "exclusiveMaximum",
        ),
        ({"multipleOf": 5}, 3, "", "The body must be a multiple of 5; found 3", "multipleOf"),
        (
            {"multipleOf": 0.5},
            0.3,
            "",
            "The body must be a multiple of 0.5; found 0.3",
            "multipleOf",
        ),
        (
            {"minProperties": 2},
            {"a": 1},
            "",
            'The body must have at least 2 members; found {"a":1}',
            "minProperties",
        ),
        (
            {"maxProperties": 1},
            {"a": 1, "b": 2},
            "",
            'The body must have at most 1 member; found {"a":1,"b":2}',
            "maxProperties",
        ),
        ({"required": ["a"]}, {}, "/a", "The field 'a' is required", "required"),
        (
            {"properties": {"a": {}}, "additionalProperties": False},
            {"a": 1, "b": 2},
            "/b",
            "The field 'b' is not known",
            "additionalProperties",
        ),
        (
            {"not": {"type": "string"}},
            "a",
            "",
            'The body must not fit {"type":"string"}; found "a"',
            "not",
        ),
        (
            {"oneOf": [{"type": "string"}, {"minLength": 1}]},
            "a",
            "",
            'The body must fit one of several alternatives only; found "a"',
            "oneOf",
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "array"}]},
            True,
            "",
            "The body must be of type array or integer or string; found true",
            "anyOf",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) and " " not in each else None,
)
def test_a_violation_says_what_must_be_and_what_was_found(
    node: Any, value: Any, pointer: str, message: str, keyword: str
) -> None:
    assert said(node, value) == [(pointer, message, keyword)]


def test_all_violations_are_reported_at_once() -> None:
    node = {
        "type": "object",
        "required": ["a", "b"],
        "properties": {"c": {"type": "string"}, "d": {"type": "array", "items": {"maximum": 1}}},
        "additionalProperties": False,
    }
    found = said(node, {"c": 1, "d": [0, 5, 7], "e": 1, "f": 2})
    assert sorted(place for place, _, _ in found) == ["/a", "/b", "/c", "/d/1", "/d/2", "/e", "/f"]


def test_every_unknown_member_is_named_where_no_member_is_known() -> None:
    found = said({"type": "object", "additionalProperties": False}, {"a": 1, "b": 2})
    assert [place for place, _, _ in found] == ["/a", "/b"]


def test_a_valid_value_has_no_violations() -> None:
    assert schema_of({"type": "string"}).violations("a", "body") == ()


def test_the_same_violation_is_said_once() -> None:
    part = {"required": ["a"]}
    assert said({"allOf": [part, part]}, {}) == [("/a", "The field 'a' is required", "required")]


@pytest.mark.parametrize(
    ("value", "place", "subject"),
    [
        ({"a/b": {"c~d": [{"e": 5}]}}, "/a~1b/c~0d/0/e", "The field 'e'"),
        ({"a/b": {"c~d": [5]}}, "/a~1b/c~0d/0", "The field 'c~d'"),
        ({"a/b": 5}, "/a~1b", "The field 'a/b'"),
        (5, "", "The body"),
    ],
)
def test_the_place_is_a_json_pointer(value: Any, place: str, subject: str) -> None:
    node: Any = {"type": "object", "properties": {"e": {"type": "string"}}}
    node = {"type": "object", "properties": {"c~d": {"type": "array", "items": node}}}
    node = {"type": "object", "properties": {"a/b": node}}
    ((found, message, _),) = said(node, value)
    assert found == place
    assert message.startswith(subject + " must be of type")


@pytest.mark.parametrize("steps", [[], ["a"], ["a/b", "~", "~1", "", "0"], ["~01", "/"]])
def test_a_pointer_can_be_read_back(steps: list[str]) -> None:
    assert steps_of(pointer(steps)) == steps


def test_a_violation_of_a_parameter_names_the_parameter() -> None:
    node = {"type": "object", "required": ["b"], "properties": {"a": {"type": "integer"}}}
    found = schema_of(node).violations({"a": "x"}, "query", "filter")
    assert set(found) == {
        Violation(
            "query",
            "filter/a",
            "The query parameter 'filter' must be of type integer; found \"x\"",
            "type",
        ),
        Violation("query", "filter/b", "The field 'b' is required", "required"),
    }


def test_what_was_found_is_shortened() -> None:
    ((_, message, _),) = said({"type": "integer"}, "x" * 10_000)
    assert len(message) < 200
    assert message.endswith("...")


# alternatives


CAT = {"type": "object", "required": ["kind", "lives"], "properties": {"kind": {"enum": ["cat"]}}}
DOG = {"type": "object", "required": ["kind", "name"], "properties": {"kind": {"enum": ["dog"]}}}


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
@pytest.mark.parametrize(
    ("value", "places"),
    [({"kind": "cat"}, ["/lives"]), ({"kind": "dog"}, ["/name"])],
    ids=["a cat", "a dog"],
)
def test_of_several_alternatives_the_one_that_was_meant_is_explained(
    keyword: str, value: Any, places: list[str]
) -> None:
    assert [place for place, _, _ in said({keyword: [CAT, DOG]}, value)] == places


def test_of_nested_alternatives_the_innermost_is_explained() -> None:
    node = {"anyOf": [{"type": "integer"}, {"oneOf": [CAT, DOG]}]}
    assert [place for place, _, _ in said(node, {"kind": "dog"})] == ["/name"]


def test_a_nullable_object_is_explained_as_the_object() -> None:
    node = {"nullable": True, "allOf": [{"$ref": "#/components/schemas/Cat"}]}
    assert said(node, {"kind": "cat"}, {"Cat": CAT}) == [
        ("/lives", "The field 'lives' is required", "required")
    ]


# formats and odd values


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("uuid", "9b2d8c1e-7c0a-4c3e-9b2d-8c1e7c0a4c3e", "9b2d8c1e7c0a4c3e9b2d8c1e7c0a4c3e"),
        ("date", "2024-02-29", "2023-02-29"),
        ("date", "2026-01-15", "15/01/2026"),
        ("date-time", "2026-01-15T12:00:00Z", "2026-01-15 12:00"),
        ("date-time", "2026-01-15T12:00:00.123+01:00", "2026-01-15T25:00:00Z"),
        ("date-time", "2026-01-15t12:00:00z", "2026-01-15T12:00:00"),
        ("email", "ana@example.com", "ana.example.com"),
        ("byte", "aGk=", "aGk"),
        ("byte", "", "a b="),
        ("byte", "+/8=", "-_8="),
        ("ipv4", "192.0.2.1", "192.0.2.256"),
        ("ipv6", "2001:db8::1", "2001:db8::g"),
        ("uri", "https://example.com/a?b=c", "not a uri"),
        ("hostname", "example.com", "-example-.com"),
    ],
)
def test_a_format_is_checked(form: str, good: str, bad: str) -> None:
    schema = schema_of({"type": "string", "format": form})
    assert schema.is_valid(good)
    assert not schema.is_valid(bad)


@pytest.mark.parametrize("form", ["password", "binary", "msisdn", "float", ""])
def test_an_unknown_format_is_an_annotation(form: str) -> None:
    assert schema_of({"type": "string", "format": form}).is_valid("anything")


def test_a_format_of_texts_says_nothing_of_other_values() -> None:
    assert schema_of({"format": "uuid"}).is_valid(5)


def test_integers_beyond_64_bits_are_integers() -> None:
    schema = schema_of({"type": "integer", "minimum": 10**25})
    assert schema.is_valid(10**25)
    assert not schema.is_valid(10**25 - 1)
    ((_, message, _),) = said({"type": "integer", "maximum": 5}, 10**25)
    assert message == f"The body must be 5 or less; found {10**25}"


def test_a_bound_beyond_64_bits_is_kept() -> None:
    schema = schema_of({"type": "integer", "maximum": 10**25})
    assert schema.is_valid(10**25)
    assert not schema.is_valid(10**25 + 1)


@pytest.mark.parametrize("value", ["\ud800", {"a": "\udfff"}, {"\ud800": 1}, ["\ud800"]])
def test_text_that_is_no_unicode_is_a_violation(value: Any) -> None:
    schema = schema_of({"type": "integer"})
    assert not schema.is_valid(value)
    (found,) = schema.violations(value, "query", "q")
    assert found == Violation("query", "q", "The text is not valid Unicode", "encoding")


def test_a_value_of_any_depth_is_checked() -> None:
    value: Any = "leaf"
    for _ in range(240):
        value = {"next": value}
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    components = {"Node": {"oneOf": [node, {"type": "string"}]}}
    assert schema_of({"$ref": "#/components/schemas/Node"}, components).is_valid(value)


# references


def test_recursive_schemas_are_checked_at_any_depth() -> None:
    tree = {
        "type": "object",
        "properties": {
            "value": {"type": "integer"},
            "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
        },
    }
    schema = schema_of({"$ref": "#/components/schemas/Tree"}, {"Tree": tree})
    assert schema.is_valid({"children": [{"children": [{"value": 1}]}]})
    found = schema.violations({"children": [{"children": [{"value": "x"}]}]}, "body")
    assert [each.pointer for each in found] == ["/children/0/children/0/value"]


def test_mutually_recursive_schemas_are_checked() -> None:
    components = {
        "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
        "B": {"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}},
    }
    schema = schema_of({"$ref": "#/components/schemas/A"}, components)
    assert schema.is_valid({"b": {"a": {"b": {}}}})
    assert not schema.is_valid({"b": {"a": {"b": 5}}})


@pytest.mark.parametrize(
    "name", ["A", "A.b-c_d", "\u00d1and\u00fa", "A B", "100%", "a~b", "a/b", "{x}"]
)
def test_a_component_may_have_any_name(name: str) -> None:
    escaped = name.replace("~", "~0").replace("/", "~1").replace("%", "%25")
    node = {"type": "array", "items": {"$ref": f"#/components/schemas/{escaped}"}}
    schema = schema_of(node, {name: {"type": "integer"}})
    assert schema.is_valid([1])
    assert not schema.is_valid(["x"])


def test_a_reference_leads_to_the_same_direction() -> None:
    pet = {
        "type": "object",
        "required": ["id", "pin"],
        "properties": {"id": {"readOnly": True}, "pin": {"writeOnly": True}},
    }
    schemas = schemas_of({"Pet": pet})
    node = {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}
    request, reply = schemas.schema(node, REQUEST), schemas.schema(node, REPLY)
    assert [each.pointer for each in request.violations([{}], "body")] == ["/0/pin"]
    assert [each.pointer for each in reply.violations([{}], "body")] == ["/0/id"]


def test_a_reference_to_a_component_keeps_its_name() -> None:
    node = schema_of({"$ref": "#/components/schemas/Pet"}, {"Pet": {}}).node
    assert node["$ref"].rpartition("/")[2] == "Pet"


def test_a_reference_that_leads_nowhere_is_an_error() -> None:
    with pytest.raises(SchemaError, match="#/components/schemas/No points to nothing"):
        schemas_of().resolve("#/components/schemas/No")
    with pytest.raises(SchemaError, match=r"other\.yaml is outside of this document"):
        schemas_of().resolve("other.yaml")


def test_references_are_found_behind_percent_encoding_and_in_lists() -> None:
    schemas = schemas_of(paths={"/a/{id}": [{"x": 1}]})
    assert schemas.resolve("#/paths/~1a~1%7Bid%7D/0/x") == 1


def test_later_schemas_may_refer_to_what_earlier_ones_did_not() -> None:
    document = {
        "x": {"a": {"type": "integer"}, "b": {"items": {"$ref": "#/x/c"}}, "c": {"minimum": 3}}
    }
    schemas = schemas_of({"Z": {"type": "string"}}, **document)
    first = schemas.schema({"items": {"$ref": "#/x/a"}}, REQUEST)
    assert (first.is_valid([1]), first.is_valid(["x"])) == (True, False)
    second = schemas.schema({"items": {"$ref": "#/x/b"}}, REPLY)
    assert (second.is_valid([[3]]), second.is_valid([[2]])) == (True, False)
    assert (first.is_valid([1]), first.is_valid(["x"])) == (True, False)


# economy


def test_equal_schemas_share_one_validator() -> None:
    schemas = schemas_of()
    first = schemas.schema({"type": "string", "minLength": 1}, REQUEST)
    assert schemas.schema({"type": "string", "minLength": 1}, REQUEST) is first
    assert schemas.schema({"type": "string", "minLength": 1}, REPLY) is not first
    assert schemas.schema({"type": "string", "minLength": 2}, REQUEST) is not first


def test_schemas_that_differ_in_an_integer_beyond_64_bits_differ() -> None:
    schemas = schemas_of()
    first = schemas.schema({"maximum": 10**25}, REQUEST)
    assert schemas.schema({"maximum": 10**25}, REQUEST) is first
    assert schemas.schema({"maximum": 10**25 + 1}, REQUEST) is not first


def test_a_validator_is_made_when_it_is_first_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Schema] = []
    schemas = schemas_of()
    compiled = schemas.compile

    def counting(schema: Schema) -> Any:
        made.append(schema)
        return compiled(schema)

    monkeypatch.setattr(schemas, "compile", counting)
    schema = schemas.schema({"type": "string"}, REQUEST)
    assert made == []
    assert schema.is_valid("a")
    assert schema.violations(1, "body")
    assert made == [schema]


def test_the_number_of_validators_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VALIDATORS_MAX", 3)
    schemas = schemas_of()
    many = [schemas.schema({"type": "integer", "minimum": n}, REQUEST) for n in range(10)]
    for turn in range(2):
        for least, schema in enumerate(many):
            assert schema.is_valid(least), turn
            assert not schema.is_valid(least - 1)
            assert len(schemas._compiled) <= 3  # noqa: SLF001 - the ceiling is not visible otherwise


def test_a_schema_that_no_validator_can_be_made_of_says_so() -> None:
    schema = schema_of({"type": "string", "pattern": "(a{1000}){1000}"})
    with pytest.raises(SchemaError):
        schema.validator()


def test_a_schema_that_no_validator_can_be_made_of_refuses_nothing() -> None:
    schema = schema_of({"type": "string", "pattern": "(a{1000}){1000}"})
    assert schema.is_valid("anything")
    assert schema.violations("anything", "body") == ()


# members of objects


@pytest.mark.parametrize(
    ("node", "good", "bad"),
    [
        ({"properties": {"a": {"type": "integer"}}}, 1, "x"),
        ({"$ref": "#/components/schemas/Pet"}, 1, "x"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}, 1, "x"),
        ({"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"b": {}}}]}, 1, "x"),
        (
            {
                "properties": {"a": {"minimum": 5}},
                "allOf": [
                    {"$ref": "#/components/schemas/Pet"},
                    {"properties": {"a": {"maximum": 7}}},
                ],
            },
            6,
            4,
        ),
        ({"nullable": True, "allOf": [{"$ref": "#/components/schemas/Pet"}]}, 1, "x"),
        ({"nullable": True, "type": "object", "properties": {"a": {"type": "integer"}}}, 1, "x"),
    ],
    ids=["plain", "reference", "elements", "allOf", "several parts", "nullable allOf", "nullable"],
)
def test_the_schema_of_a_member_is_found(node: Any, good: Any, bad: Any) -> None:
    pet = {"type": "object", "properties": {"a": {"type": "integer"}}}
    schemas = schemas_of({"Pet": pet})
    member = schemas.member(schemas.schema(node, REPLY).node, "a")
    assert member is not None
    assert member.is_valid(good)
    assert not member.is_valid(bad)


@pytest.mark.parametrize(
    "node",
    [
        {"properties": {"b": {}}},
        {"additionalProperties": {"type": "string"}},
        {"properties": {"a": {}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"properties": {"a": {}}, "not": {"required": ["a"]}},
        {"properties": {"a": {}}, "enum": [{"a": 1}]},
        {"allOf": [{"properties": {"a": {}}}, {"anyOf": [{"required": ["a"]}, {}]}]},
        {"$ref": "#/components/schemas/Either"},
        {"type": "array", "uniqueItems": True, "items": {"properties": {"a": {}}}},
        {"$ref": "#/components/schemas/Endless"},
        {"type": "string"},
        True,
    ],
    ids=[
        "another member",
        "any member",
        "oneOf",
        "not",
        "enum",
        "anyOf in an allOf",
        "oneOf behind a reference",
        "elements that must differ",
        "a schema that never ends",
        "no object",
        "no schema",
    ],
)
def test_a_member_that_may_hang_together_with_others_has_no_schema_of_its_own(node: Any) -> None:
    components = {
        "Either": {"properties": {"a": {}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        "Endless": {"allOf": [{"$ref": "#/components/schemas/Endless"}]},
    }
    schemas = schemas_of(components)
    assert schemas.member(schemas.schema(node, REPLY).node, "a") is None


def test_parts_of_a_schema_can_be_asked_by_themselves() -> None:
    schemas = schemas_of({"N": {"type": "integer"}})
    node = schemas.schema({"items": {"$ref": "#/components/schemas/N"}}, REPLY).node
    assert schemas.holds(node["items"], 1)
    assert not schemas.holds(node["items"], "x")


@pytest.mark.parametrize("keyword", ["allOf", "anyOf", "oneOf"])
def test_is_valid_and_violations_agree(keyword: str) -> None:
    values: list[Any] = [None, True, 0, -1, 2**70, 1.5, "", "a", [], ["a"], {}, {"a": 1}, {"a": ""}]
    nodes: list[Any] = [
        {"type": "string"},
        {"type": "integer", "nullable": True},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}},
        {"anyOf": [{"type": "string"}, {"type": "array"}]},
        {"not": {"type": "object"}},
        {"enum": ["a", 1]},
    ]
    for parts in combinations(nodes, 3):
        schema = schema_of({keyword: list(parts)})
        for value in values:
            assert schema.is_valid(value) == (not schema.violations(value, "body")), (parts, value)


def test_a_hostile_body_is_told_a_thousand_of_its_violations() -> None:
    node = {"type": "array", "items": {"type": "integer"}}

    assert len(said(node, ["x"] * 5_000)) == 1_000
