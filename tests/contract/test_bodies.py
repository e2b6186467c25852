"""Bodies: JSON, forms and text; absent and empty ones; what lenient takes and strict refuses."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.bodies import Body, Form, UnsupportedMediaType, covers, form_of
from mockserver.contract.load import load
from mockserver.message import ABSENT

ContractOf = Callable[..., Any]
JSON = b"application/json"
FORM = b"application/x-www-form-urlencoded"
TEXT = b"text/plain"
PET = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer", "minimum": 0},
        "nick": {"type": "string", "nullable": True},
        "tags": {"type": "array", "items": {"type": "string"}},
        "owner": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
    },
}


@pytest.fixture
def body_of(contract_of: ContractOf) -> Callable[..., Body]:
    """The body of an operation, by media type and schema."""

    def make(
        content: Any, *, required: bool = True, lenient: bool = True, components: Any = None
    ) -> Body:
        spec = {"content": {name: {"schema": schema} for name, schema in content.items()}}
        item = {
            "requestBody": spec | {"required": required},
            "responses": {"200": {"description": "ok"}},
        }
        contract = contract_of({"/a": {"post": item}}, components, lenient=lenient)
        found: Body = contract.operations[0].body
        return found

    return make


@pytest.fixture
def pet(body_of: Callable[..., Body]) -> Body:
    return body_of({"application/json": PET})


def told(body: Body, raw: bytes, content_type: bytes = JSON) -> list[str]:
    """The pointers of the violations."""
    return [each.pointer for each in body.read(raw, content_type)[1]]


# JSON


def test_a_valid_body_is_parsed(pet: Body) -> None:
    assert pet.read(b'{"name": "Rex", "age": 3}', JSON) == ({"name": "Rex", "age": 3}, ())


def test_all_violations_of_a_body_are_reported(pet: Body) -> None:
    raw = b'{"age": -1, "tags": ["a", 5], "owner": {}}'
    assert sorted(told(pet, raw)) == ["/age", "/name", "/owner/id", "/tags/1"]


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"{'name': 'Rex'}",
        b'{"name": "Rex"} x',
        b'{"name": NaN}',
        b'{"age": 1e400}',
        b"\xff",
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b"\xef\xbb\xbf{}",
        b"\x00",
        b" ",
        b"[" * 100_000,
    ],
)
def test_bytes_that_are_no_json_are_a_violation(pet: Body, raw: bytes) -> None:
    content, (violation,) = pet.read(raw, JSON)
    assert content is ABSENT
    assert (violation.location, violation.pointer, violation.keyword) == ("body", "", "json")
    assert violation.message.startswith("The body must be JSON: ")


@pytest.mark.parametrize("levels", [260, 500, 1_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"owner":', b"}")])
def test_json_that_is_nested_too_deeply_is_a_violation(
    pet: Body, levels: int, opening: bytes, closing: bytes
) -> None:
    content, (violation,) = pet.read(opening * levels + b"null" + closing * levels, JSON)
    assert content is ABSENT
    assert violation.message == "The body is nested too deeply"


def test_json_that_is_nested_deeply_is_explained(pet: Body) -> None:
    raw = b'{"owner":' * 240 + b"null" + b"}" * 240
    assert told(pet, raw)[0] == "/name"


@pytest.mark.parametrize("lenient", [True, False])
def test_of_a_member_given_twice_the_last_one_counts(
    body_of: Callable[..., Body], *, lenient: bool
) -> None:
    body = body_of({"application/json": PET}, lenient=lenient)
    assert body.read(b'{"name": 1, "name": "Rex"}', JSON) == ({"name": "Rex"}, ())


def test_any_json_is_a_body_where_the_schema_says_nothing(body_of: Callable[..., Body]) -> None:
    body = body_of({"application/json": {}})
    every: list[Any] = [None, True, 0, "", [], {}, [None]]
    for value in every:
        assert body.read(orjson.dumps(value), JSON) == (value, ())


@pytest.mark.parametrize(
    ("schema", "raw", "places"),
    [
        ({"type": "integer"}, b"123456789012345678901234567890", []),
        ({"type": "integer"}, b"-123456789012345678901234567890", []),
        ({"type": "integer", "format": "int64"}, b"9223372036854775807", []),
        ({"type": "integer", "format": "int64"}, b"9223372036854775808", [""]),
        ({"type": "integer", "format": "int64"}, b"18446744073709551616", [""]),
        ({"type": "integer", "format": "int32"}, b"123456789012345678901234567890", [""]),
        ({"enum": [123456789012345678901234567890]}, b"123456789012345678901234567890", []),
        ({"enum": [123456789012345678901234567890]}, b"123456789012345678901234567891", [""]),
        ({"multipleOf": 10}, b"123456789012345678901234567890", []),
    ],
)
def test_integers_beyond_64_bits_are_checked_exactly(
    body_of: Callable[..., Body], schema: Any, raw: bytes, places: list[str]
) -> None:
    assert told(body_of({"application/json": schema}), raw) == places


def test_a_violation_shows_a_long_integer_as_it_was_written(body_of: Callable[..., Body]) -> None:
    body = body_of({"application/json": {"type": "integer", "maximum": 5}})
    _, (violation,) = body.read(b"123456789012345678901234567890", JSON)
    assert violation.message.endswith("found 123456789012345678901234567890")


# media types


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/json",
        b"Application/JSON",
        b"application/json; charset=utf-8",
        b"application/json;charset=UTF-8",
        b"application/json ; charset=utf-8",
        b" application/json",
        b'application/json; charset="utf-8"; version=1',
    ],
)
def test_a_media_type_is_compared_without_case_and_parameters(
    pet: Body, content_type: bytes
) -> None:
    assert pet.read(b'{"name": "Rex"}', content_type) == ({"name": "Rex"}, ())


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/jsonp",
        b"application/vnd.a+json",
        b"text/json",
        b"text/plain",
        b"json",
        b"",
        b";",
        b"application/json, text/plain",
        b"\xff\xfe",
        b"*/*",
    ],
)
def test_another_media_type_is_not_supported(pet: Body, content_type: bytes) -> None:
    with pytest.raises(UnsupportedMediaType):
        pet.read(b'{"name": "Rex"}', content_type)


def test_a_body_without_a_media_type_is_not_supported(pet: Body) -> None:
    with pytest.raises(UnsupportedMediaType, match="none"):
        pet.read(b'{"name": "Rex"}', None)


@pytest.mark.parametrize(
    ("documented", "sent"),
    [
        ("application/vnd.api+json", b"application/vnd.api+json"),
        ("application/json; charset=utf-8", b"application/json"),
        ("Application/JSON", b"application/json"),
        ("application/*", b"application/json"),
        ("application/*", b"application/problem+json"),
        ("*/*", b"application/json; charset=utf-8"),
        ("text/json", b"text/json"),
    ],
)
def test_a_documented_media_type_or_range_covers_what_is_sent(
    body_of: Callable[..., Body], documented: str, sent: bytes
) -> None:
    body = body_of({documented: {"type": "object"}})
    assert body.read(b"{}", sent) == ({}, ())
    assert told(body, b"[]", sent) == [""]


def test_the_most_specific_media_type_applies(body_of: Callable[..., Body]) -> None:
    body = body_of(
        {
            "*/*": {"type": "array"},
            "application/*": {"type": "boolean"},
            "application/json": {"type": "integer"},
        }
    )
    assert told(body, b"5", b"application/json; charset=utf-8") == []
    assert told(body, b"true", b"application/vnd.a+json") == []
    assert told(body, b"[]", b"text/json") == []


def test_a_range_is_read_as_the_media_type_that_is_sent(body_of: Callable[..., Body]) -> None:
    body = body_of({"*/*": {}})
    assert body.read(b"a=1", FORM) == ({"a": "1"}, ())
    assert body.read(b"a=1", TEXT) == ("a=1", ())
    assert body.read(b"1", JSON) == (1, ())
    with pytest.raises(UnsupportedMediaType):
        body.read(b"<a/>", b"application/xml")


@pytest.mark.parametrize(
    ("media_type", "form"),
    [
        ("application/json", Form.JSON),
        ("APPLICATION/JSON; charset=utf-8", Form.JSON),
        ("text/json", Form.JSON),
        ("application/problem+json", Form.JSON),
        ("application/x-www-form-urlencoded", Form.URLENCODED),
        ("text/plain", Form.TEXT),
        ("text/html", Form.TEXT),
        ("application/x-ndjson", Form.TEXT),
        ("multipart/form-data", None),
        ("application/xml", None),
        ("application/octet-stream", None),
        ("image/svg+xml", None),
    ],
)
def test_the_form_of_a_media_type(media_type: str, form: Form | None) -> None:
    assert form_of(media_type) is form


@pytest.mark.parametrize(
    ("declared", "essence", "covered"),
    [
        ("a/b", "a/b", True),
        ("a/b;x=1", "a/b", True),
        ("a/*", "a/b", True),
        ("*/*", "a/b", True),
        ("a/b", "a/c", False),
        ("a/*", "ab/c", False),
        ("b/*", "a/b", False),
        ("*", "a/b", False),
    ],
)
def test_a_media_range_covers_types(declared: str, essence: str, *, covered: bool) -> None:
    assert covers(declared, essence) is covered


# presence


@pytest.mark.parametrize("content_type", [JSON, FORM, TEXT, None])
def test_a_required_body_may_not_be_empty(
    body_of: Callable[..., Body], content_type: bytes | None
) -> None:
    body = body_of({each.decode(): {} for each in (JSON, FORM, TEXT)})
    content, (violation,) = body.read(b"", content_type)
    assert content is ABSENT
    assert (violation.location, violation.message) == ("body", "A body is required")


@pytest.mark.parametrize("content_type", [JSON, None, b"application/xml"])
def test_an_optional_body_may_be_empty(
    body_of: Callable[..., Body], content_type: bytes | None
) -> None:
    assert body_of({"application/json": PET}, required=False).read(b"", content_type) == (
        ABSENT,
        (),
    )


def test_an_optional_body_is_checked_when_it_is_there(body_of: Callable[..., Body]) -> None:
    assert told(body_of({"application/json": PET}, required=False), b"{}") == ["/name"]


def test_an_empty_text_is_a_text(body_of: Callable[..., Body]) -> None:
    body = body_of({"text/plain": {"type": "string", "minLength": 1}}, required=False)
    assert told(body, b"", TEXT) == [""]


# nulls


@pytest.mark.parametrize(
    ("raw", "content"),
    [
        (b'{"name": "Rex", "age": null}', {"name": "Rex"}),
        (b'{"name": "Rex", "tags": null, "age": null}', {"name": "Rex"}),
        (b'{"name": "Rex", "nick": null}', {"name": "Rex", "nick": None}),
        (b'{"name": "Rex", "nick": null, "age": null}', {"name": "Rex", "nick": None}),
        (b'{"name": "Rex", "unknown": null}', {"name": "Rex", "unknown": None}),
        (
            b'{"name": "Rex", "age": null, "unknown": 123456789012345678901234567890}',
            {"name": "Rex", "unknown": 123456789012345678901234567890},
        ),
    ],
)
def test_lenient_reads_the_null_of_an_optional_member_as_its_absence(
    pet: Body, raw: bytes, content: Any
) -> None:
    assert pet.read(raw, JSON) == (content, ())


def test_strict_refuses_the_null_of_an_optional_member(body_of: Callable[..., Body]) -> None:
    body = body_of({"application/json": PET}, lenient=False)
    assert told(body, b'{"name": "Rex", "age": null}') == ["/age"]
    assert told(body, b'{"name": "Rex", "nick": null}') == []


def test_lenient_refuses_the_null_of_a_required_member(pet: Body) -> None:
    _, (violation,) = pet.read(b'{"name": null}', JSON)
    assert violation.pointer == "/name"
    assert violation.message == "The field 'name' must be of type string; found null"


def test_lenient_refuses_nulls_that_are_no_members(pet: Body) -> None:
    assert told(pet, b"null") == [""]
    assert told(pet, b'{"name": "Rex", "tags": [null]}') == ["/tags/0"]
    assert told(pet, b'{"name": "Rex", "owner": {"id": null}}') == ["/owner/id"]


def test_lenient_does_not_complain_of_a_null_beside_another_violation(pet: Body) -> None:
    assert sorted(told(pet, b'{"age": null, "tags": [1]}')) == ["/name", "/tags/0"]


def test_lenient_takes_nulls_at_any_depth(body_of: Callable[..., Body]) -> None:
    schema = {"type": "array", "items": PET}
    body = body_of({"application/json": schema})
    raw = b'[{"name": "Rex", "owner": {"id": 1}, "age": null}, {"name": "Tim", "owner": null}]'
    assert body.read(raw, JSON) == ([{"name": "Rex", "owner": {"id": 1}}, {"name": "Tim"}], ())


# forms

FIELDS = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "rate": {"type": "number"},
        "happy": {"type": "boolean"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "sizes": {"type": "array", "items": {"type": "integer"}},
        "owner": {"type": "object", "properties": {"id": {"type": "integer"}}},
        "any": {},
    },
}


@pytest.fixture
def form(body_of: Callable[..., Body]) -> Body:
    return body_of({FORM.decode(): FIELDS})


@pytest.mark.parametrize(
    ("raw", "content"),
    [
        (b"name=Rex", {"name": "Rex"}),
        (b"name=Rex&age=3", {"name": "Rex", "age": 3}),
        (b"name=3&rate=1.5&happy=true", {"name": "3", "rate": 1.5, "happy": True}),
        (b"name=Rex+the+dog%21", {"name": "Rex the dog!"}),
        (b"name=%C3%91and%C3%BA", {"name": "\u00d1and\u00fa"}),
        ("name=\u00d1and\u00fa".encode(), {"name": "\u00d1and\u00fa"}),
        (b"name=a%26b%3Dc%2Bd", {"name": "a&b=c+d"}),
        (b"name=", {"name": ""}),
        (b"name", {"name": ""}),
        (b"name=Rex&tags=a", {"name": "Rex", "tags": ["a"]}),
        (b"name=Rex&tags=a&tags=b%2Cc", {"name": "Rex", "tags": ["a", "b,c"]}),
        (b"tags=a&name=Rex&tags=b", {"name": "Rex", "tags": ["a", "b"]}),
        (b"name=Rex&sizes=1&sizes=2", {"name": "Rex", "sizes": [1, 2]}),
        (b"name=Rex&owner=%7B%22id%22%3A1%7D", {"name": "Rex", "owner": {"id": 1}}),
        (b"name=Rex&any=5", {"name": "Rex", "any": "5"}),
        (b"name=Rex&other=5", {"name": "Rex", "other": "5"}),
        (b"&name=Rex&", {"name": "Rex"}),
    ],
)
def test_a_form_is_read_as_the_object_its_schema_describes(
    form: Body, raw: bytes, content: Any
) -> None:
    assert form.read(raw, FORM) == (content, ())


@pytest.mark.parametrize(
    ("raw", "places"),
    [
        (b"age=3", ["/name"]),
        (b"name=Rex&age=three", ["/age"]),
        (b"name=Rex&age=+3", ["/age"]),
        (b"name=Rex&age=03", ["/age"]),
        (b"name=Rex&happy=yes", ["/happy"]),
        (b"name=Rex&sizes=1&sizes=x", ["/sizes/1"]),
        (b"name=Rex&owner=Ana", ["/owner"]),
        (b"name=Rex&owner=%7B%22id%22%3A%22x%22%7D", ["/owner/id"]),
        (b"age=x&rate=y", ["/age", "/name", "/rate"]),
    ],
)
def test_the_fields_of_a_form_are_checked(form: Body, raw: bytes, places: list[str]) -> None:
    assert sorted(told(form, raw, FORM)) == places


def test_objects_of_an_array_in_a_form_are_json(body_of: Callable[..., Body]) -> None:
    owners = {"type": "array", "items": {"type": "object", "required": ["id"]}}
    form = body_of({FORM.decode(): {"type": "object", "properties": {"owners": owners}}})
    content = {"owners": [{"id": 1}, {"id": 2}]}

    assert form.read(b"owners=%7B%22id%22%3A1%7D&owners=%7B%22id%22%3A2%7D", FORM) == (content, ())
    assert told(form, b"owners=%7B%7D", FORM) == ["/owners/0/id"]


def test_a_field_that_should_be_json_is_shown_as_it_was_sent(form: Body) -> None:
    _, (violation,) = form.read(b"name=Rex&owner=Ana", FORM)
    assert violation.message == "The field 'owner' must be of type object; found \"Ana\""


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"name=Rex&name=Tim", "The body has the field 'name' more than once"),
        (b"name=%zz", "The body is not percent-encoded correctly"),
        (b"name=%FF", "The body is not valid UTF-8"),
        (b"name=\xff", "The body is not valid UTF-8"),
        (b"%E9=1", "The body is not valid UTF-8"),
    ],
)
def test_a_form_that_cannot_be_read_is_a_violation(form: Body, raw: bytes, message: str) -> None:
    content, (violation,) = form.read(raw, FORM)
    assert content is ABSENT
    assert (violation.location, violation.pointer, violation.message) == ("body", "", message)


@settings(max_examples=60, deadline=None)
@given(
    value=st.fixed_dictionaries(
        {"name": st.text()},
        optional={
            "age": st.integers(),
            "happy": st.booleans(),
            "tags": st.lists(st.text(), min_size=1),
        },
    )
)
def test_what_an_encoder_of_forms_writes_is_read_back(any_body: Body, value: Any) -> None:
    pairs = []
    for name, each in value.items():
        for part in each if isinstance(each, list) else [each]:
            text = str(part).lower() if isinstance(part, bool) else str(part)
            pairs.append(f"{name}={quote_plus(text)}")
    assert any_body.read("&".join(pairs).encode(), FORM) == (value, ())


# text


def test_a_text_is_a_string(body_of: Callable[..., Body]) -> None:
    body = body_of({"text/plain": {"type": "string", "maxLength": 3}})
    assert body.read("\u00e1\u00e9\u00ed".encode(), TEXT) == ("\u00e1\u00e9\u00ed", ())
    assert body.read(b"123", TEXT) == ("123", ())
    assert told(body, b"1234", TEXT) == [""]


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [("integer", b"5", 5), ("number", b"1.5", 1.5), ("boolean", b"true", True)],
)
def test_a_text_may_be_a_number_or_boolean(
    body_of: Callable[..., Body], kind: str, raw: bytes, value: Any
) -> None:
    body = body_of({"text/plain": {"type": kind}})
    assert body.read(raw, TEXT) == (value, ())
    assert told(body, b"x", TEXT) == [""]


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        (b"text/plain", b"caf\xc3\xa9"),
        (b"text/plain; charset=utf-8", b"caf\xc3\xa9"),
        (b'text/plain;charset="UTF-8"', b"caf\xc3\xa9"),
        (b"text/plain; charset=ISO-8859-1", b"caf\xe9"),
    ],
)
def test_a_text_is_decoded_by_its_character_set(
    body_of: Callable[..., Body], content_type: bytes, raw: bytes
) -> None:
    assert body_of({"text/plain": {}}).read(raw, content_type) == ("caf\u00e9", ())


@pytest.mark.parametrize("content_type", [b"text/plain", b"text/plain; charset=us-ascii"])
def test_a_text_in_another_character_set_is_a_violation(
    body_of: Callable[..., Body], content_type: bytes
) -> None:
    content, (violation,) = body_of({"text/plain": {}}).read(b"caf\xe9", content_type)
    assert content is ABSENT
    assert violation.message.startswith("The body is not valid ")


@pytest.mark.parametrize("charset", [b"utf-16", b"rot13", b"nonsense", b"\xff"])
def test_an_exotic_character_set_is_not_supported(
    body_of: Callable[..., Body], charset: bytes
) -> None:
    with pytest.raises(UnsupportedMediaType):
        body_of({"text/plain": {}}).read(b"a", b"text/plain; charset=" + charset)


# any bytes


@settings(max_examples=200, deadline=None)
@given(raw=st.binary(max_size=60), content_type=st.sampled_from([JSON, FORM, TEXT]))
def test_any_bytes_are_read_or_refused(any_body: Body, raw: bytes, content_type: bytes) -> None:
    content, violations = any_body.read(raw, content_type)
    assert violations or content is not ABSENT


@pytest.fixture(scope="module")
def any_body(tmp_path_factory: pytest.TempPathFactory) -> Body:
    schemas = {JSON: PET, FORM: FIELDS, TEXT: {"type": "string"}}
    content: Any = {name.decode(): {"schema": schema} for name, schema in schemas.items()}
    item = {
        "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "ok"}},
    }
    document = {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"post": item}},
    }
    file = tmp_path_factory.mktemp("bodies") / "sample.json"
    file.write_bytes(orjson.dumps(document))
    body = load(file).operations[0].body
    assert body is not None
    return body
