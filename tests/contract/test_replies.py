"""Replies: which one is meant, and examples that say what the request said."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.bodies import Form
from mockserver.contract.dialect import DIALECTS, Direction
from mockserver.contract.replies import (
    DocumentedReply,
    ReplyMedia,
    Template,
    covering,
    encode,
    normalised,
    success,
    template,
)
from mockserver.contract.schemas import Schemas
from mockserver.message import ABSENT, Request

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}


def replies(*codes: str) -> dict[str, DocumentedReply]:
    return {code: DocumentedReply(code, code, (), (), f"/{code}") for code in codes}


# which reply


@pytest.mark.parametrize(
    ("codes", "status", "found"),
    [
        (["200", "404", "4XX", "default"], 404, "404"),
        (["200", "404", "4XX", "default"], 409, "4XX"),
        (["200", "404", "4XX", "default"], 500, "default"),
        (["200", "404"], 500, None),
        (["2XX"], 299, "2XX"),
        (["2XX"], 300, None),
        ([], 200, None),
    ],
)
def test_a_status_is_covered_by_its_code_its_range_or_the_default(
    codes: list[str], status: int, found: str | None
) -> None:
    covered = covering(replies(*codes), status)
    assert (covered.code if covered else None) == found


@pytest.mark.parametrize(
    ("codes", "status", "code"),
    [
        (["200"], 200, "200"),
        (["404", "202", "201"], 201, "201"),
        (["400", "204"], 204, "204"),
        (["2XX", "202"], 202, "202"),
        (["2XX", "default"], 200, "2XX"),
        (["400", "default"], 200, "default"),
        (["302", "404"], 302, "302"),
        (["302", "301"], 301, "301"),
        (["101", "302"], 302, "302"),
    ],
)
def test_an_accepted_request_gets_the_documented_success(
    codes: list[str], status: int, code: str
) -> None:
    found = success(replies(*codes))
    assert found is not None
    assert (found[0], found[1].code) == (status, code)


@pytest.mark.parametrize("codes", [[], ["400"], ["4XX", "500"], ["101"]])
def test_there_may_be_no_documented_success(codes: list[str]) -> None:
    assert success(replies(*codes)) is None


def test_the_examples_are_those_of_all_media_types() -> None:
    none = ReplyMedia("text/plain", Form.TEXT, None, {})
    some = ReplyMedia("application/json", Form.JSON, None, {"one": 1, "two": 2})
    reply = DocumentedReply("200", "ok", (none, some, some), (), "")
    assert list(reply.examples()) == ["one", "two"]


# bytes


@pytest.mark.parametrize(
    "value", [None, True, 1, 1.5, "\u00e1", [], {"a": [1]}, 2**70, {"a": -(2**70)}]
)
def test_values_are_encoded_as_json(value: Any) -> None:
    assert json.loads(encode(value)) == value


def test_a_text_is_sent_as_it_is() -> None:
    plain = ReplyMedia("text/plain", Form.TEXT, None, {})
    assert plain.body("a\u00e9") == "a\u00e9".encode()
    assert plain.body(5) == b"5"
    assert ReplyMedia("application/json", Form.JSON, None, {}).body("a") == b'"a"'


def test_without_a_schema_everything_conforms() -> None:
    assert ReplyMedia("application/json", Form.JSON, None, {}).is_valid({"a": object})


# echoes


def echo(
    example: Any, node: Any, names: Mapping[str, tuple[str, str]], components: Any = None
) -> Template:
    schemas = Schemas({"components": {"schemas": components or {}}}, DIALECTS["3.0"])
    schema = schemas.schema(node, Direction.REPLY)
    return template(example, schema, names, schemas.member)


def request(
    path: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    content: Any = ABSENT,
) -> Request:
    made = Request("POST", b"/", b"", {}, b"" if content is ABSENT else orjson.dumps(content))
    made.path = path or {}
    made.query = query or {}
    made.content = content
    return made


def filled(made: Template, asked: Request) -> Any:
    return orjson.loads(made.fill(asked))


SERVICE = {
    "type": "object",
    "properties": {"service_id": TEXT, "count": NUMBER, "state": {"enum": ["on", "off"]}},
}
EXAMPLE = {"service_id": "ACC_1", "count": 1, "state": "on", "other": "x"}
NAMES = {
    "serviceid": ("path", "service_id"),
    "count": ("query", "count"),
    "state": ("body", "state"),
    "other": ("query", "other"),
}


def test_an_example_says_what_the_request_says() -> None:
    made = echo(EXAMPLE, SERVICE, NAMES)
    asked = request({"service_id": "ACC_77"}, {"count": 5}, {"state": "off"})
    assert filled(made, asked) == EXAMPLE | {"service_id": "ACC_77", "count": 5, "state": "off"}


def test_what_the_request_does_not_say_is_as_documented() -> None:
    assert filled(echo(EXAMPLE, SERVICE, NAMES), request()) == EXAMPLE
    assert filled(echo(EXAMPLE, SERVICE, NAMES), request(content=[1])) == EXAMPLE
    assert filled(echo(EXAMPLE, SERVICE, NAMES), request(content={"a": 1})) == EXAMPLE


@pytest.mark.parametrize(
    "asked",
    [
        request(query={"count": "five"}),
        request(query={"count": 1.5}),
        request({"service_id": 5}),
        request(content={"state": "broken"}),
        request(content={"state": None}),
        request(content={"state": ["on"]}),
    ],
)
def test_a_value_that_does_not_fit_is_left_out(asked: Request) -> None:
    assert filled(echo(EXAMPLE, SERVICE, NAMES), asked) == EXAMPLE


def test_a_member_that_the_schema_does_not_describe_is_left_alone() -> None:
    assert filled(echo(EXAMPLE, SERVICE, NAMES), request(query={"other": "y"})) == EXAMPLE


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("referenceId", "reference_id"),
        ("referenceId", "ReferenceID"),
        ("reference-id", "reference.id"),
        ("id1", "ID_1"),
    ],
)
def test_names_are_compared_without_case_and_separators(first: str, second: str) -> None:
    assert normalised(first) == normalised(second)


def test_names_that_differ_in_letters_differ() -> None:
    assert normalised("referenceId") != normalised("references_id")


def test_every_element_of_an_array_says_what_the_request_says() -> None:
    made = echo([EXAMPLE, EXAMPLE | {"count": 2}], {"type": "array", "items": SERVICE}, NAMES)
    found = filled(made, request({"service_id": "ACC_77"}))
    assert [(each["service_id"], each["count"]) for each in found] == [("ACC_77", 1), ("ACC_77", 2)]


def test_what_lies_deeper_is_as_documented() -> None:
    node = {"type": "object", "properties": {"inner": SERVICE, "service_id": {"type": "object"}}}
    example = {"inner": EXAMPLE, "service_id": {"a": 1}}
    assert filled(echo(example, node, NAMES), request({"service_id": "ACC_77"})) == example


REQUIRING = {**SERVICE, "oneOf": [{"required": ["service_id"]}, {"required": ["x"]}]}


@pytest.mark.parametrize(
    "node",
    [
        REQUIRING,
        {"$ref": "#/components/schemas/Requiring"},
        {"allOf": [SERVICE, {"anyOf": [{"required": ["count"]}, {}]}]},
        {**SERVICE, "not": {"required": ["never"]}},
        {**SERVICE, "enum": [EXAMPLE]},
        {"oneOf": [SERVICE, {"type": "string"}]},
    ],
    ids=["beside", "behind a reference", "in an allOf", "not", "enum", "alternatives of objects"],
)
def test_an_example_of_a_schema_with_alternatives_is_left_alone(node: Any) -> None:
    made = echo(EXAMPLE, node, NAMES, {"Requiring": REQUIRING})
    assert made.holes == ()
    assert filled(made, request({"service_id": "ACC_77"})) == EXAMPLE


def test_elements_of_a_schema_with_alternatives_are_left_alone() -> None:
    made = echo([EXAMPLE], {"type": "array", "items": REQUIRING}, NAMES)
    assert filled(made, request({"service_id": "ACC_77"})) == [EXAMPLE]


@pytest.mark.parametrize(
    "node",
    [
        {"$ref": "#/components/schemas/Service"},
        {"allOf": [{"$ref": "#/components/schemas/Service"}]},
        {"allOf": [{"$ref": "#/components/schemas/Service"}], "nullable": True},
        {"type": "object", "allOf": [{"properties": {"z": {}}}, SERVICE]},
        {**SERVICE, "nullable": True},
    ],
    ids=["reference", "allOf", "nullable allOf", "parts", "nullable"],
)
def test_an_example_is_filled_however_its_schema_is_put_together(node: Any) -> None:
    made = echo(EXAMPLE, node, NAMES, {"Service": SERVICE})
    assert filled(made, request({"service_id": "ACC_77"}))["service_id"] == "ACC_77"


def test_a_member_keeps_the_rules_of_all_parts_of_its_schema() -> None:
    node = {"allOf": [SERVICE, {"properties": {"service_id": {"maxLength": 6}}}]}
    made = echo(EXAMPLE, node, NAMES)
    assert filled(made, request({"service_id": "ACC_77"}))["service_id"] == "ACC_77"
    assert filled(made, request({"service_id": "ACC_7777"}))["service_id"] == "ACC_1"


def test_a_text_with_rules_of_its_own_is_checked() -> None:
    node = {"type": "object", "properties": {"service_id": TEXT | {"pattern": "^ACC_"}}}
    made = echo({"service_id": "ACC_1"}, node, NAMES)
    assert filled(made, request({"service_id": "XYZ"})) == {"service_id": "ACC_1"}


def test_integers_beyond_64_bits_are_repeated_exactly() -> None:
    asked = request()
    asked.body = b'{"count": 123456789012345678901234567890}'
    asked.content = orjson.loads(asked.body)
    made = echo({"count": 1}, SERVICE, {"count": ("body", "count")})
    assert made.fill(asked) == b'{"count":123456789012345678901234567890}'
    asked = request(query={"count": 123456789012345678901234567890})
    made = echo({"count": 1}, SERVICE, {"count": ("query", "count")})
    assert made.fill(asked) == b'{"count":123456789012345678901234567890}'


def test_a_long_number_of_a_form_is_repeated_as_it_was_read() -> None:
    node = {"type": "object", "properties": {"count": {"type": "number"}}}
    asked = request()
    asked.body = b"count=1e30"
    asked.content = {"count": 1e30}
    assert filled(echo({"count": 1}, node, {"count": ("body", "count")}), asked) == {"count": 1e30}


def test_an_example_without_a_schema_is_left_alone() -> None:
    made = template(EXAMPLE, None, NAMES, lambda _node, _name: None)
    assert filled(made, request({"service_id": "ACC_77"})) == EXAMPLE


@pytest.mark.parametrize("example", ["text", 5, None, [], [1, "a"], {}, [[EXAMPLE]]])
def test_an_example_that_is_no_object_is_left_alone(example: Any) -> None:
    assert filled(echo(example, {}, NAMES), request({"service_id": "ACC_77"})) == example


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(codec="utf-8")))
def test_any_text_is_echoed_as_json(text: str) -> None:
    made = echo(EXAMPLE, SERVICE, NAMES)
    assert filled(made, request({"service_id": text})) == EXAMPLE | {"service_id": text}
