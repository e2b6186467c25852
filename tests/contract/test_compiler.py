"""Compiling operations: what is not served is refused aloud, what is served is ready to run."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.contract.operation import Scheme
from mockserver.errors import Finding, LoadError

OK = {"200": {"description": "ok"}}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
ContractOf = Callable[..., Any]


def operation(**more: Any) -> Any:
    return {"responses": OK} | more


def parameter(name: str, location: str = "query", schema: Any = None, **more: Any) -> Any:
    required = {"required": True} if location == "path" else {}
    return {"name": name, "in": location, "schema": schema or {"type": "string"}} | required | more


def body(schema: Any, media_type: str = JSON, **more: Any) -> Any:
    return {"content": {media_type: {"schema": schema} | more}}


def reply(schema: Any, media_type: str = JSON, **more: Any) -> Any:
    return {"200": {"description": "ok", "content": {media_type: {"schema": schema} | more}}}


@pytest.fixture
def refused(contract_of: ContractOf) -> Callable[..., Finding]:
    """The one finding of a document that cannot be served."""

    def make(paths: Any, components: Any = None, **more: Any) -> Finding:
        with pytest.raises(LoadError) as raised:
            contract_of(paths, components, **more)
        (finding,) = raised.value.findings
        return finding

    return make


@pytest.fixture
def operation_of(contract_of: ContractOf) -> Callable[..., Any]:
    """The one operation of a document, at GET /a."""

    def make(item: Any, components: Any = None, **more: Any) -> Any:
        (found,) = contract_of({"/a": {"get": item}}, components, **more).operations
        return found

    return make


# refused aloud

TAGGED = {
    "Pet": {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}],
        "discriminator": {"propertyName": "kind"},
    },
    "Cat": {"type": "object"},
    "Owner": {
        "type": "object",
        "properties": {"pets": {"items": {"$ref": "#/components/schemas/Pet"}}},
    },
}
OWNER = {"$ref": "#/components/schemas/Owner"}


@pytest.mark.parametrize(
    ("item", "place", "reason", "allowed"),
    [
        (
            operation(requestBody=body({}, "multipart/form-data")),
            "/requestBody/content/multipart~1form-data",
            "request bodies of 'multipart/form-data' are not served",
            "application/x-www-form-urlencoded",
        ),
        (
            operation(requestBody=body({}, "application/xml")),
            "/requestBody/content/application~1xml",
            "request bodies of 'application/xml' are not served",
            "JSON",
        ),
        (
            operation(requestBody=body({}, "application/octet-stream")),
            "/requestBody/content/application~1octet-stream",
            "are not served",
            "JSON",
        ),
        (
            {"responses": reply({}, "application/xml")},
            "/responses/200/content/application~1xml",
            "replies of 'application/xml' are not served",
            "JSON, text/*",
        ),
        (
            {"responses": reply({}, FORM)},
            "/responses/200/content/application~1x-www-form-urlencoded",
            "are not served",
            "JSON, text/*",
        ),
        (
            {"responses": reply({}, "application/pdf")},
            "/responses/200/content/application~1pdf",
            "are not served",
            "JSON, text/*",
        ),
        (
            operation(parameters=[parameter("f", style="deepObject", explode=True)]),
            "/parameters/0",
            "the style 'deepObject' of the query parameter 'f' is not served",
            "form, spaceDelimited, pipeDelimited",
        ),
        (
            operation(parameters=[parameter("q"), parameter("s", "cookie")]),
            "/parameters/1",
            "the cookie parameter 's' is not served",
            "path, query, header",
        ),
        (
            operation(
                parameters=[{"name": "q", "in": "query", "content": {"application/xml": {}}}]
            ),
            "/parameters/0",
            "the content of parameter 'q' is not served",
            JSON,
        ),
        (
            operation(parameters=[parameter("a b", "header")]),
            "/parameters/0",
            "'a b' is no name of a header",
            "letters",
        ),
        (
            operation(parameters=[parameter("X-\u20ac", "header")]),
            "/parameters/0",
            "is no name of a header",
            "letters",
        ),
        (
            operation(parameters=[parameter("q"), parameter("q", required=True)]),
            "/parameters/1",
            "the query parameter 'q' is given twice",
            "one parameter of a name",
        ),
        (
            operation(parameters=[parameter("X-A", "header"), parameter("x-a", "header")]),
            "/parameters/1",
            "the header parameter 'x-a' is given twice",
            "one parameter of a name",
        ),
        (
            operation(security=[{"key": []}]),
            "/security",
            "the scheme 'key' is not defined",
            "cookie, odd",
        ),
        (
            operation(security=[{"cookie": []}]),
            "/security",
            "the cookie scheme 'cookie' is not served",
            "header, query",
        ),
        (
            operation(security=[{"odd": []}]),
            "/security",
            "'X Key' is no name of a header",
            "letters",
        ),
        (
            operation(
                requestBody=body(
                    {"type": "object", "properties": {"t": {"type": "array"}}},
                    FORM,
                    encoding={"t": {"explode": False}},
                )
            ),
            "/requestBody/content/application~1x-www-form-urlencoded/encoding/t",
            "the encoding of the field 't' is not served",
            "style: form",
        ),
        (
            operation(
                requestBody=body(
                    {"type": "object"}, FORM, encoding={"a/b": {"style": "deepObject"}}
                )
            ),
            "/requestBody/content/application~1x-www-form-urlencoded/encoding/a~1b",
            "the encoding of the field 'a/b' is not served",
            "style: form",
        ),
        (
            {"responses": reply(OWNER)},
            "/responses/200/content/application~1json/schema",
            "discriminators are not served, found one by 'kind'",
            "oneOf or anyOf",
        ),
        (
            operation(requestBody=body({"allOf": [{"additionalProperties": OWNER}]})),
            "/requestBody/content/application~1json/schema",
            "discriminators are not served",
            "oneOf or anyOf",
        ),
        (
            operation(parameters=[parameter("q", schema={"type": "array", "items": OWNER})]),
            "/parameters/0",
            "discriminators are not served",
            "oneOf or anyOf",
        ),
    ],
    ids=[
        "multipart body",
        "XML body",
        "binary body",
        "XML reply",
        "form reply",
        "PDF reply",
        "deepObject",
        "cookie parameter",
        "XML in a parameter",
        "header name with a space",
        "header name beyond ASCII",
        "parameter twice",
        "header twice, in two cases",
        "undefined scheme",
        "cookie scheme",
        "scheme with an impossible header",
        "form field that is not exploded",
        "form field as deepObject",
        "discriminator of a reply, nested",
        "discriminator of a body, nested",
        "discriminator of a parameter, nested",
    ],
)
def test_what_is_not_served_is_refused_at_its_place(
    refused: Callable[..., Finding], item: Any, place: str, reason: str, allowed: str
) -> None:
    schemes = {
        "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
        "odd": {"type": "apiKey", "in": "header", "name": "X Key"},
    }
    finding = refused({"/a": {"get": item}}, {"schemas": TAGGED, "securitySchemes": schemes})
    assert finding.pointer == f"/paths/~1a/get{place}"
    assert reason in finding.reason
    assert allowed in finding.allowed


def test_every_operation_that_uses_a_discriminator_is_named(contract_of: ContractOf) -> None:
    paths = {path: {"get": {"responses": reply(OWNER)}} for path in ("/a", "/b")}
    with pytest.raises(LoadError) as raised:
        contract_of(paths | {"/c": {"get": operation()}}, {"schemas": TAGGED})
    assert [each.pointer.split("/")[2] for each in raised.value.findings] == ["~1a", "~1b"]


def test_a_discriminator_that_no_operation_uses_is_let_through(contract_of: ContractOf) -> None:
    assert contract_of({"/a": {"get": operation()}}, {"schemas": TAGGED}).warnings == ()


def test_a_member_called_discriminator_is_a_member(contract_of: ContractOf) -> None:
    schema = {"type": "object", "properties": {"discriminator": {"type": "string"}}}
    assert contract_of({"/a": {"get": {"responses": reply(schema)}}}).warnings == ()


def test_security_of_the_whole_document_is_located_there(refused: Callable[..., Finding]) -> None:
    paths = {"/a": {"get": operation()}, "/b": {"get": operation()}}
    assert refused(paths, security=[{"nobody": []}]).pointer == "/security"


# path templates


@pytest.mark.parametrize(
    ("path", "names", "reason"),
    [
        ("/a/{id}", [], "the path has {id} but no such parameter"),
        ("/a", ["id"], "the path parameter 'id' is not in the path"),
        ("/a/{}", [], "the path has {} but no such parameter"),
        ("/a/{id", [], "the braces of '/a/{id' do not match"),
        ("/a/id}", [], "the braces of '/a/id}' do not match"),
        ("/a/{id}/{id}", ["id"], "the path has {id} more than once"),
        ("/a?action=x", [], "'/a?action=x' is more than a path"),
        ("/a#x", [], "'/a#x' is more than a path"),
    ],
)
def test_a_path_and_its_parameters_must_agree(
    refused: Callable[..., Finding], path: str, names: list[str], reason: str
) -> None:
    parameters = [parameter(name, "path") for name in names]
    finding = refused({path: {"get": operation(parameters=parameters)}})
    assert reason in finding.reason
    assert finding.pointer.endswith("/get")


def test_names_of_a_template_are_kept_in_order(contract_of: ContractOf) -> None:
    path = "/{b}/x-{a}.{c}"
    parameters = [parameter(name, "path") for name in "abc"]
    (found,) = contract_of({path: {"get": operation(parameters=parameters)}}).operations
    assert found.path_names == ("b", "a", "c")


# parameters


def test_parameters_of_the_path_are_inherited_and_overridden(contract_of: ContractOf) -> None:
    item = {
        "parameters": [
            parameter("id", "path"),
            parameter("q", schema={"type": "string"}),
            parameter("q", "header"),
        ],
        "get": operation(parameters=[parameter("q", schema={"type": "integer"})]),
        "post": operation(),
    }
    get, post = contract_of({"/a/{id}": item}).operations
    kinds = {(p.location, p.name): p.shape.types for p in get.parameters}
    assert kinds == {
        ("path", "id"): {"string"},
        ("query", "q"): {"integer"},
        ("header", "q"): {"string"},
    }
    assert {p.name: p.shape.types for p in post.parameters if p.location == "query"} == {
        "q": {"string"}
    }


def test_a_finding_of_an_inherited_parameter_is_located_at_the_path(
    refused: Callable[..., Finding],
) -> None:
    item = {"parameters": [parameter("s", "cookie")], "get": operation()}
    assert refused({"/a": item}).pointer == "/paths/~1a/parameters/0"


def test_parameters_may_be_references_of_references(contract_of: ContractOf) -> None:
    components = {
        "parameters": {
            "A": {"$ref": "#/components/parameters/B"},
            "B": parameter("q", schema={"$ref": "#/components/schemas/N"}),
        },
        "schemas": {"N": {"$ref": "#/components/schemas/M"}, "M": {"type": "integer"}},
    }
    item = operation(parameters=[{"$ref": "#/components/parameters/A"}])
    (found,) = contract_of({"/a": {"get": item}}, components).operations
    assert [(p.name, p.shape.types) for p in found.parameters] == [("q", {"integer"})]


@pytest.mark.parametrize("name", ["Accept", "content-type", "AUTHORIZATION"])
def test_headers_that_openapi_leaves_to_others_are_not_parameters(
    operation_of: Callable[..., Any], name: str
) -> None:
    assert operation_of(operation(parameters=[parameter(name, "header")])).parameters == ()


@pytest.mark.parametrize(
    ("location", "style", "default", "explode"),
    [
        ("path", "simple", "simple", False),
        ("path", "label", None, False),
        ("path", "matrix", None, False),
        ("query", "form", "form", True),
        ("query", "spaceDelimited", None, False),
        ("query", "pipeDelimited", None, False),
        ("header", "simple", "simple", False),
    ],
)
def test_style_and_explode_have_the_defaults_of_openapi(
    contract_of: ContractOf, location: str, style: str, default: str | None, *, explode: bool
) -> None:
    given = parameter("p", location, **({} if default else {"style": style}))
    path = "/a/{p}" if location == "path" else "/a"
    (found,) = contract_of({path: {"get": operation(parameters=[given])}}).operations
    assert (found.parameters[0].style, found.parameters[0].explode) == (style, explode)


@pytest.mark.parametrize(
    ("schema", "least"),
    [
        ({"type": "string"}, 0),
        ({"type": "string", "description": "d", "example": "e", "default": "f"}, 0),
        ({"type": "string", "minLength": 3}, 3),
        ({"$ref": "#/components/schemas/Text"}, 2),
        ({"type": "string", "maxLength": 3}, None),
        ({"type": "string", "format": "uuid"}, None),
        ({"type": "string", "enum": ["a"]}, None),
        ({"type": "string", "pattern": "a"}, None),
        ({"type": "string", "nullable": True}, None),
        ({"type": "integer"}, None),
        ({"type": "array", "items": {"type": "string"}}, None),
        ({}, None),
    ],
)
def test_only_texts_without_further_rules_pass_unasked(
    contract_of: ContractOf, schema: Any, least: int | None
) -> None:
    given = {"name": "p", "in": "path", "required": True, "schema": schema}
    components = {"schemas": {"Text": {"type": "string", "minLength": 2}}}
    (found,) = contract_of(
        {"/a/{p}": {"get": operation(parameters=[given])}}, components
    ).operations
    assert found.parameters[0].text_min == least


# bodies


def test_media_types_of_a_body_are_tried_from_the_most_specific(
    operation_of: Callable[..., Any],
) -> None:
    content: Any = {"*/*": {}, "application/*": {}, "application/vnd.a+json": {}, JSON: {}}
    found = operation_of(operation(requestBody={"content": content})).body
    assert [media.type for media in found.media] == [
        "application/vnd.a+json",
        JSON,
        "application/*",
        "*/*",
    ]


def test_a_body_without_media_types_is_no_body(operation_of: Callable[..., Any]) -> None:
    assert operation_of(operation(requestBody={"content": {}})).body is None


def test_an_encoding_that_says_the_default_is_served(operation_of: Callable[..., Any]) -> None:
    encoding = {"a": {"style": "form", "explode": True}, "b": {"contentType": JSON}}
    found = operation_of(operation(requestBody=body({"type": "object"}, FORM, encoding=encoding)))
    assert [media.type for media in found.body.media] == [FORM]


# replies


def replies_of(content: Any, headers: Any = None) -> Any:
    return {
        "responses": {"200": {"description": "ok", "content": content, "headers": headers or {}}}
    }


def headers_of(operation: Any) -> dict[str, str]:
    return {
        name.decode(): value.decode("latin-1") for name, value in operation.replies["200"].headers
    }


@pytest.mark.parametrize(
    ("entry", "examples"),
    [
        ({"example": {"a": 1}}, {"example": {"a": 1}}),
        (
            {"examples": {"one": {"value": {"a": 1}}, "two": {"$ref": "#/components/examples/E"}}},
            {"one": {"a": 1}, "two": {"a": 2}},
        ),
        ({"examples": {"far": {"externalValue": "https://example.com/a.json"}}}, {}),
        ({}, {}),
    ],
    ids=["example", "examples", "external example", "none"],
)
def test_examples_are_named_in_the_order_of_the_document(
    operation_of: Callable[..., Any], entry: Any, examples: Any
) -> None:
    content = {JSON: {"schema": {"type": "object"}} | entry}
    found = operation_of(replies_of(content), {"examples": {"E": {"value": {"a": 2}}}})
    assert dict(found.replies["200"].media[0].examples) == examples


def test_the_example_of_a_schema_is_the_last_resort(operation_of: Callable[..., Any]) -> None:
    components = {"schemas": {"A": {"type": "object", "example": {"a": 1}}}}
    schema = {"$ref": "#/components/schemas/A"}
    found = operation_of(replies_of({JSON: {"schema": schema}}), components)
    assert found.replies["200"].media[0].examples == {"example": {"a": 1}}
    found = operation_of(replies_of({JSON: {"schema": schema, "example": {}}}), components)
    assert found.replies["200"].media[0].examples == {"example": {}}


def test_an_example_that_breaks_its_schema_is_left_out_with_a_warning(
    contract_of: ContractOf,
) -> None:
    examples = {"good": {"value": {"a": 1}}, "bad": {"value": {"a": "x"}}}
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    item = replies_of({JSON: {"schema": schema, "examples": examples}})
    contract = contract_of({"/a": {"get": item}})
    assert list(contract.operations[0].replies["200"].media[0].examples) == ["good"]
    (warning,) = contract.warnings
    assert warning.severity == "warning"
    assert warning.pointer == "/paths/~1a/get/responses/200/content/application~1json"
    assert "the example 'bad' breaks its schema: The field 'a' must be of type integer" in (
        warning.reason
    )


def test_an_example_of_a_reply_need_not_have_what_only_requests_have(
    contract_of: ContractOf,
) -> None:
    schema = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {"id": {"readOnly": True}, "secret": {"writeOnly": True}},
    }
    item = replies_of({JSON: {"schema": schema, "example": {"id": 1}}})
    assert contract_of({"/a": {"get": item}}).warnings == ()


@pytest.mark.parametrize(
    ("documented", "sent"),
    [
        (JSON, JSON),
        ("application/problem+json", "application/problem+json"),
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
        ("text/csv", "text/csv"),
        ("*/*", JSON),
        ("application/*", JSON),
        ("text/*", "text/plain"),
    ],
)
def test_a_range_of_media_types_is_sent_as_one_of_them(
    operation_of: Callable[..., Any], documented: str, sent: str
) -> None:
    found = operation_of(replies_of({documented: {"schema": {}}}))
    assert [media.type for media in found.replies["200"].media] == [sent]


@pytest.mark.parametrize(
    "media_type",
    ["application/json\r\nX-A: b", "application/json;a=\r\nb", "text/\u20ac", "text", "a b/json"],
)
def test_a_media_type_that_no_header_can_hold_is_refused(
    refused: Callable[..., Finding], media_type: str
) -> None:
    assert "are not served" in refused({"/a": {"get": replies_of({media_type: {}})}}).reason
    item = operation(requestBody={"content": {media_type: {}}})
    assert "are not served" in refused({"/a": {"post": item}}).reason


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ({"schema": {"type": "string"}, "example": "a"}, "a"),
        ({"schema": {"type": "string", "example": "b"}}, "b"),
        ({"schema": {"type": "string", "default": "c"}}, "c"),
        ({"schema": {"type": "string", "enum": ["d", "e"]}}, "d"),
        ({"schema": {"type": "string"}, "examples": {"x": {"value": "f"}}}, "f"),
        ({"schema": {"type": "integer"}, "example": 30}, "30"),
        ({"schema": {"type": "boolean"}, "example": False}, "false"),
        ({"schema": {"type": "array"}, "example": ["a", True, 1]}, "a,true,1"),
        ({"schema": {"type": "object"}, "example": {"a": 1, "b": True}}, "a,1,b,true"),
        ({"schema": {"type": "object"}, "explode": True, "example": {"a": 1}}, "a=1"),
        ({"schema": {"type": "string"}, "example": "caf\u00e9"}, "caf\u00e9"),
    ],
)
def test_a_documented_header_is_sent_with_its_documented_value(
    operation_of: Callable[..., Any], header: Any, value: str
) -> None:
    assert headers_of(operation_of(replies_of({}, {"X-A": header}))) == {"x-a": value}


def test_a_header_without_a_value_is_not_sent(contract_of: ContractOf) -> None:
    header = {"schema": {"type": "string"}}
    contract = contract_of({"/a": {"get": replies_of({}, {"X-A": header})}})
    assert headers_of(contract.operations[0]) == {}
    assert contract.warnings == ()


def test_a_required_header_without_a_value_is_refused(refused: Callable[..., Finding]) -> None:
    header = {"required": True, "schema": {"type": "string"}}
    finding = refused({"/a": {"get": replies_of({}, {"X-A": header})}})
    assert finding.pointer == "/paths/~1a/get/responses/200/headers/X-A"
    assert finding.allowed == "an `example`"


def test_a_header_that_breaks_its_schema_is_left_out_with_a_warning(
    contract_of: ContractOf,
) -> None:
    header = {"schema": {"type": "integer"}, "example": "soon"}
    contract = contract_of({"/a": {"get": replies_of({}, {"Retry-After": header})}})
    assert headers_of(contract.operations[0]) == {}
    (warning,) = contract.warnings
    assert warning.pointer == "/paths/~1a/get/responses/200/headers/Retry-After"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nX-B: c"),
        ("X-A", "a\nb"),
        ("X-A", "a\x00b"),
        ("X-A", "a\x7fb"),
        ("X-A", "\u20ac"),
        ("X A", "a"),
        ("X-A:", "a"),
        ("X-A\r\nX-B", "a"),
        ("X-\u00e9", "a"),
        ("", "a"),
    ],
)
def test_a_header_that_cannot_stand_on_the_wire_is_refused(
    refused: Callable[..., Finding], name: str, value: str
) -> None:
    header = {"schema": {"type": "string"}, "example": value}
    assert "cannot be sent" in refused({"/a": {"get": replies_of({}, {name: header})}}).reason


@pytest.mark.parametrize(
    "name", ["Content-Type", "content-length", "Transfer-Encoding", "Connection", "Date"]
)
def test_headers_that_follow_from_the_message_are_not_taken_from_examples(
    operation_of: Callable[..., Any], name: str
) -> None:
    header = {"schema": {"type": "string"}, "example": "5"}
    assert headers_of(operation_of(replies_of({}, {name: header}))) == {}


def test_ranges_of_codes_are_known_by_their_name_in_capitals(
    operation_of: Callable[..., Any],
) -> None:
    each = {"description": "x"}
    found = operation_of({"responses": {"200": each, "4XX": each, "default": each}})
    assert list(found.replies) == ["200", "4XX", "default"]
    assert found.replies["4XX"].pointer == "/paths/~1a/get/responses/4XX"


def test_an_operation_that_documents_only_errors_is_told(contract_of: ContractOf) -> None:
    item = {"responses": {"405": {"description": "Invalid input"}}}
    (warning,) = contract_of({"/a": {"get": item}}).warnings
    assert (warning.severity, warning.pointer) == ("warning", "/paths/~1a/get/responses")
    assert warning.reason == "no reply to an accepted request is documented"


@pytest.mark.parametrize("code", ["200", "2XX", "302", "default"])
def test_any_reply_to_an_accepted_request_will_do(contract_of: ContractOf, code: str) -> None:
    item = {"responses": {code: {"description": "x"}}}
    assert contract_of({"/a": {"get": item}}).warnings == ()


# security

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "Basic": {"type": "http", "scheme": "Basic"},
    "digest": {"type": "http", "scheme": "digest"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "asked": {"type": "apiKey", "in": "query", "name": "key"},
    "oauth": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
    "alias": {"$ref": "#/components/securitySchemes/bearer"},
}
BEARER = Scheme("bearer", "authorization")


@pytest.mark.parametrize(
    ("security", "expected"),
    [
        ([{"bearer": []}], ((BEARER,),)),
        ([{"alias": []}], ((BEARER,),)),
        ([{"oauth": ["read"]}], ((BEARER,),)),
        ([{"oidc": []}], ((BEARER,),)),
        ([{"Basic": []}], ((Scheme("basic", "authorization"),),)),
        ([{"digest": []}], ((Scheme("header", "authorization"),),)),
        ([{"key": [], "bearer": []}], ((Scheme("header", "X-Key"), BEARER),)),
        ([{"asked": []}, {"bearer": []}], ((Scheme("query", "key"),), (BEARER,))),
        ([{}, {"bearer": []}], ()),
        ([], ()),
    ],
    ids=[
        "bearer",
        "by reference",
        "OAuth 2",
        "OpenID Connect",
        "basic",
        "another HTTP scheme",
        "two together",
        "one of two",
        "optional",
        "none",
    ],
)
def test_security_is_alternatives_of_combinations(
    operation_of: Callable[..., Any], security: Any, expected: Any
) -> None:
    found = operation_of(operation(security=security), {"securitySchemes": SCHEMES})
    assert found.security == expected


def test_security_of_the_document_holds_where_the_operation_says_nothing(
    contract_of: ContractOf,
) -> None:
    paths = {"/a": {"get": operation(), "post": operation(security=[])}}
    components = {"securitySchemes": {"bearer": SCHEMES["bearer"]}}
    get, post = contract_of(paths, components, security=[{"bearer": []}]).operations
    assert get.security == ((BEARER,),)
    assert post.security == ()
