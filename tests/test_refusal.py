"""What is wrong with a request, in the words of the API that refuses it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from mockserver.message import Source, Violation
from mockserver.problem import phrase, problem
from mockserver.refusal import Refusal, Refuser, text_of

TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ERRORS_URL = (
    "https://developers.masstack.com/en/docs/apis_provision_doc_swagger/1/apioverview/#errors"
)
NAME = Violation("body", "/name", "The field 'name' is required", "required")
SIZE = Violation(
    "query", "size", "The query parameter 'size' must be 1 or more; found 0", "minimum"
)
BOTH = (
    "The field 'name' is required (body /name); "
    "The query parameter 'size' must be 1 or more; found 0 (query size)"
)
CORRELATION = (
    "The header parameter 'Request-Correlation-Id' is required (header Request-Correlation-Id)"
)

# one refused request of each API: method, path, headers, body, the whole answer
GOLDEN: dict[str, tuple[str, str, dict[str, str], Any, Any]] = {
    "agile-tv-v3": (
        "POST",
        "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_123456",
        {},
        {"postalCode": "48001", "products": []},
        {
            "code": "BAD_REQUEST",
            "title": "Invalid request",
            "details": f"{CORRELATION}; The field 'products' must have at least 1 item; found []"
            " (body /products)",
        },
    ),
    "tesamanager-v1 write": (
        "POST",
        "/v1/orgs/masmovil/tesa/cancellation",
        {},
        {},
        {
            "code": "BAD_REQUEST",
            "message": "Bad request",
            "details": "The field 'externalReference' is required (body /externalReference)",
        },
    ),
    "tesamanager-v1 read": (
        "GET",
        "/v1/orgs/masmovil/tesa/requests?statuses=INSTALLED,NOT_SENT&notUpdatedSince=today",
        {},
        None,
        {
            "code": "BAD_REQUEST",
            "message": "Bad request",
            "details": "The query parameter 'notUpdatedSince' must be a valid date-time; "
            'found "today" (query notUpdatedSince)',
        },
    ),
    "tesamanager-v1 by default": (
        "GET",
        "/v1/orgs/masmovil/tesa/requests/%FF",
        {},
        None,
        {
            "code": "BAD_REQUEST",
            "message": "Bad Request",
            "details": "The path parameter 'referenceId' is not valid UTF-8 (path referenceId)",
        },
    ),
    "portability-v2": (
        "POST",
        "/v2/orgs/masmovil/portability/portabilityCheck",
        {},
        {"number": "654321987", "technology": "MIFIJO"},
        {
            "code": "0015",
            "status": "BAD_REQUEST",
            "message": "Bad Request",
            "detailMsg": "The field 'number' must match ^[89][0-9]{8}$; "
            'found "654321987" (body /number)',
        },
    ),
    "portability-v2 by technology": (
        "POST",
        "/v2/orgs/masmovil/portability/portabilityCheck",
        {},
        {
            "number": "910555002",
            "territoryOwner": None,
            "technicalId": None,
            "technology": "FTTH",
            "addressId": None,
        },
        {
            "code": "0015",
            "status": "BAD_REQUEST",
            "message": "Bad Request",
            "detailMsg": "The field 'technicalId' must be of type string; found null "
            "(body /technicalId); The field 'territoryOwner' must be of type string; found null "
            "(body /territoryOwner)",
        },
    ),
    "portability-v2 without a documented refusal": (
        "POST",
        "/v2/orgs/masmovil/subscriptions/limit/active",
        {},
        {"document_type": "TAX", "document_id": "00000000T"},
        {
            "code": "0015",
            "status": "BAD_REQUEST",
            "message": "Bad Request",
            "detailMsg": "The field 'document_type' must be one of "
            '"NIF", "CIF", "NIE", "PASSPORT", "TR"; found "TAX" (body /document_type)',
        },
    ),
    "netflix-tv-v2": (
        "POST",
        "/v2/orgs/masmovil/tv/netflix/subscriptions",
        {},
        [],
        [
            {
                "code": "InvalidRequest",
                "title": "INVALID_REQUEST",
                "details": CORRELATION,
                "ref": ERRORS_URL,
            },
            {
                "code": "InvalidRequest",
                "title": "INVALID_REQUEST",
                "details": "The body must be of type object; found [] (body)",
                "ref": ERRORS_URL,
            },
        ],
    ),
    "orange-tv-v1": (
        "DELETE",
        "/v1/orgs/masmovil/tv/orange/subscriptions/SUB-1",
        {},
        None,
        [{"code": "InvalidRequest", "title": "INVALID_REQUEST", "details": CORRELATION}],
    ),
    "ftth-v1": (
        "POST",
        "/v1/ftth/retentions",
        {},
        {},
        {
            "code": "BAD_REQUEST",
            "title": "Invalid body",
            "details": "The field 'reuseAccess' is required (body /reuseAccess); "
            "The field 'destination' is required (body /destination)",
        },
    ),
    "device-insurance-v1": (
        "POST",
        "/v1/device-insurance/orgs/masmovil/request",
        {},
        [],
        {
            "code": "BAD_REQUEST",
            "title": "Bad request",
            "details": "The body must be of type object; found [] (body)",
        },
    ),
    "device-insurance-v2 documents no schema": (
        "POST",
        "/v2/orgs/masmovil/device-insurance/request",
        TRACE,
        [],
        {
            "type": "about:blank",
            "title": "Bad Request",
            "status": 400,
            "detail": "The body must be of type object; found [] (body)",
            "violations": [
                {
                    "location": "body",
                    "pointer": "",
                    "message": "The body must be of type object; found []",
                }
            ],
        },
    ),
    "authn-v1": (
        "POST",
        "/v1/oauth/token",
        FORM,
        b"grant_type=password",
        {
            "error": "invalid_request",
            "error_description": "The field 'assertion' is required (body /assertion)",
        },
    ),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_each_api_refuses_in_its_own_words(
    case: str, call: Callable[..., Any], packaged: Any
) -> None:
    method, target, headers, content, expected = GOLDEN[case]
    body = content if isinstance(content, bytes) else None

    answer = call(packaged, method, target, headers=headers, json=None if body else content,
                  body=body)  # fmt: skip

    assert (answer.status, answer.source) == (400, "refusal")
    assert answer.json == expected


def test_only_what_documents_no_schema_answers_with_a_problem_document(
    call: Callable[..., Any], packaged: Any
) -> None:
    types = {}
    for case, (method, target, headers, content, _) in GOLDEN.items():
        body = content if isinstance(content, bytes) else None
        answer = call(packaged, method, target, headers=headers, json=None if body else content,
                      body=body)  # fmt: skip
        types[case] = answer.headers["content-type"]

    assert [case for case, found in types.items() if found != "application/json"] == [
        "device-insurance-v2 documents no schema"
    ]
    assert types["device-insurance-v2 documents no schema"] == "application/problem+json"


def documented(operation: Any, status: int) -> Any:
    """The raw JSON schema that an operation documents for a status, None for none."""
    reply = operation.replies.get(str(status)) or operation.replies.get("default")
    media = [each for each in reply.media if each.type == "application/json"] if reply else []
    return media[0] if media else None


def operations(app: Any) -> Iterator[tuple[Any, Any]]:
    for contract in app.engine.contracts:
        for operation in contract.operations:
            yield contract, operation


def oas_validator(schema: Any, document: Any) -> OAS30Validator:
    """An independent validator of a schema in its document."""
    whole = {"allOf": [schema], "components": document.get("components", {})}
    return OAS30Validator(whole, format_checker=oas30_format_checker)


def raw_schema(document: Any, operation: Any, status: int) -> Any:
    """The schema as the document has it, by the pointer of the reply."""

    def at(node: Any, pointer: str) -> Any:
        for step in pointer.split("/")[1:]:
            node = deref(node)[step.replace("~1", "/").replace("~0", "~")]
        return deref(node)

    def deref(node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            node = at(document, node["$ref"][1:])
        return node

    replies = at(document, operation.pointer)["responses"]
    reply = deref(replies.get(str(status)) or replies.get("default") or {})
    return reply.get("content", {}).get("application/json", {}).get("schema")


@pytest.mark.parametrize("status", [400, 401, 406])
def test_every_refusal_of_every_packaged_operation_keeps_its_schema(
    status: int, packaged: Any
) -> None:
    checked = 0
    for contract, operation in operations(packaged):
        schema = raw_schema(contract.document, operation, status)
        if schema is None:
            continue
        reply = Refuser(operation, contract.schemas).write(Refusal(status, (NAME, SIZE)))
        found = list(oas_validator(schema, contract.document).iter_errors(json.loads(reply.body)))
        assert not found, operation.id
        assert NAME.message.encode() in reply.body, operation.id
        assert SIZE.message.encode() in reply.body, operation.id
        checked += 1

    assert checked > 10


def test_all_violations_are_in_one_text_and_the_first_one_leads() -> None:
    assert text_of([NAME, SIZE]) == BOTH
    assert text_of([SIZE]) == str(SIZE)


@pytest.mark.parametrize(
    ("status", "expected"), [(400, "Bad Request"), (406, "Not Acceptable"), (499, "")]
)
def test_a_status_without_a_phrase_has_an_empty_one(status: int, expected: str) -> None:
    assert phrase(status) == expected


def test_what_the_tool_itself_says_is_a_problem_document_and_marked() -> None:
    reply = problem(500, "Broken", headers=((b"x", b"y"),), members={"breaches": ["a"]})

    assert reply.source is Source.MOCKSERVER
    assert dict(reply.headers) == {b"content-type": b"application/problem+json", b"x": b"y"}
    assert json.loads(reply.body) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Broken",
        "breaches": ["a"],
    }


# --- generic shapes ---

TEXT = {"type": "string"}
INTEGER = {"type": "integer"}
ENTRY = {"type": "object", "properties": {"field": TEXT, "message": TEXT}}
LONG = {"type": "string", "maxLength": 20}


def thing(**members: Any) -> Any:
    return {"type": "object", "required": list(members), "properties": members}


def refusal_of(
    contract_of: Callable[..., Any],
    responses: Any,
    *,
    status: int = 400,
    violations: tuple[Violation, ...] = (NAME, SIZE),
    components: Any = None,
) -> Any:
    operation = {"operationId": "op", "responses": responses}
    contract = contract_of({"/things": {"get": operation}}, components)
    return Refuser(contract.operation("op"), contract.schemas).write(Refusal(status, violations))


def response(schema: Any, examples: Any = None, media: str = "application/json") -> Any:
    content: Any = {} if schema is None else {"schema": schema}
    if examples is not None:
        content["examples"] = {f"e{i}": {"value": value} for i, value in enumerate(examples)}
    return {"description": "no", "content": {media: content}}


SHAPES: dict[str, tuple[Any, Any, Any]] = {
    "one text for all": (thing(message=TEXT), None, {"message": BOTH}),
    "the detail before the message": (
        thing(message=TEXT, detail=TEXT),
        None,
        {"message": "Bad Request", "detail": BOTH},
    ),
    "a numeric code": (thing(code=INTEGER, message=TEXT), None, {"code": 400, "message": BOTH}),
    "a numeric status": (
        thing(status=INTEGER, title=TEXT, detail=TEXT),
        None,
        {"status": 400, "title": "Bad Request", "detail": BOTH},
    ),
    "a code in words": (thing(code=TEXT, message=TEXT), None,
                        {"code": "BAD_REQUEST", "message": BOTH}),
    "the code of the example": (
        thing(code=TEXT, message=TEXT),
        [{"code": "E-17", "message": "The name is missing"}],
        {"code": "E-17", "message": BOTH},
    ),
    "a code from an enum": (
        thing(code={"type": "string", "enum": ["WRONG", "WORSE"]}, message=TEXT),
        [{"code": "WRONG", "message": "It is wrong"}],
        {"code": "WRONG", "message": BOTH},
    ),
    "only a text called error": (thing(error=TEXT), None, {"error": BOTH}),
    "an error in an envelope": (
        thing(error=thing(code=INTEGER, message=TEXT)),
        None,
        {"error": {"code": 400, "message": BOTH}},
    ),
    "a list of objects with field and message": (
        thing(errors={"type": "array", "items": ENTRY}),
        None,
        {
            "errors": [
                {"field": "/name", "message": NAME.message},
                {"field": "size", "message": SIZE.message},
            ]
        },
    ),
    "a list of texts": (
        thing(errors={"type": "array", "items": TEXT}),
        None,
        {"errors": [str(NAME), str(SIZE)]},
    ),
    "a text and a list": (
        thing(message=TEXT, errors={"type": "array", "items": ENTRY}),
        None,
        {
            "message": BOTH,
            "errors": [
                {"field": "/name", "message": NAME.message},
                {"field": "size", "message": SIZE.message},
            ],
        },
    ),
    "a list with room for one": (
        thing(errors={"type": "array", "maxItems": 1, "items": TEXT}),
        None,
        {"errors": [BOTH]},
    ),
    "an entry whose path is no text": (
        thing(errors={"type": "array", "items": thing(path={"type": "array", "items": TEXT},
                                                      message=TEXT)}),
        [{"errors": [{"path": [], "message": "no"}]}],
        {"errors": [{"path": [], "message": str(NAME)}, {"path": [], "message": str(SIZE)}]},
    ),
    "an array of errors": (
        {"type": "array", "items": thing(code=TEXT, details=TEXT)},
        None,
        [
            {"code": "BAD_REQUEST", "details": str(NAME)},
            {"code": "BAD_REQUEST", "details": str(SIZE)},
        ],
    ),
    "an array of texts": ({"type": "array", "items": TEXT}, None, [str(NAME), str(SIZE)]),
    "an array with room for one": (
        {"type": "array", "maxItems": 1, "items": thing(details=TEXT)},
        None,
        [{"details": BOTH}],
    ),
    "a JSON text": (TEXT, None, BOTH),
    "a short text": (thing(detail=LONG), None, {"detail": BOTH[:20]}),
    "no room": (
        thing(code={"type": "string", "enum": ["NO"]}),
        [{"code": "NO"}],
        {"code": "NO"},
    ),
    "no room and no example": (
        thing(code={"type": "string", "enum": ["NO"]}),
        None,
        {"code": "NO"},
    ),
    "a detail with a pattern": (
        thing(detail={"type": "string", "pattern": "^NO$"}),
        [{"detail": "NO"}],
        {"detail": "NO"},
    ),
    "required members that have nothing to say": (
        thing(kind={"type": "string", "enum": ["ERROR"]}, message=TEXT),
        None,
        {"kind": "ERROR", "message": BOTH},
    ),
    "members in several parts": (
        {"allOf": [thing(code=INTEGER), thing(message=TEXT)]},
        None,
        {"code": 400, "message": BOTH},
    ),
    "a nullable detail": (
        thing(detail={"type": "string", "nullable": True}),
        None,
        {"detail": BOTH},
    ),
    "an example and no schema": (None, [{"code": "X", "details": "y"}],
                                 {"code": "X", "details": BOTH}),
    "the first of several examples": (
        thing(code=TEXT, details=TEXT),
        [{"code": "A", "details": "a"}, {"code": "B", "details": "b"}],
        {"code": "A", "details": BOTH},
    ),
    "any object": (
        {"type": "object"},
        None,
        {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": BOTH},
    ),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_any_documented_error_schema_is_filled_with_what_is_wrong(
    shape: str, contract_of: Callable[..., Any]
) -> None:
    schema, examples, expected = SHAPES[shape]

    reply = refusal_of(contract_of, {"400": response(schema, examples)})

    assert reply.status == 400
    assert reply.source is Source.REFUSAL
    assert reply.headers == ((b"content-type", b"application/json"),)
    assert json.loads(reply.body) == expected


def test_a_text_reply_is_the_text(contract_of: Callable[..., Any]) -> None:
    reply = refusal_of(contract_of, {"400": response(TEXT, media="text/plain")})

    assert reply.headers == ((b"content-type", b"text/plain"),)
    assert reply.body.decode() == BOTH


def test_a_text_reply_keeps_its_schema(contract_of: Callable[..., Any]) -> None:
    schema = {"type": "string", "enum": ["no"]}

    reply = refusal_of(contract_of, {"400": response(schema, ["no"], media="text/plain")})

    assert reply.body == b"no"


def test_json_is_written_before_text(contract_of: Callable[..., Any]) -> None:
    both = {"description": "no", "content": {
        "text/plain": {"schema": TEXT}, "application/json": {"schema": thing(message=TEXT)},
    }}  # fmt: skip

    reply = refusal_of(contract_of, {"400": both})

    assert json.loads(reply.body) == {"message": BOTH}


def test_an_enveloped_problem_document_keeps_its_media_type(
    contract_of: Callable[..., Any],
) -> None:
    schema = thing(title=TEXT, status=INTEGER, detail=TEXT)

    reply = refusal_of(
        contract_of, {"400": response(schema, media="application/problem+json")}
    )  # fmt: skip

    assert reply.headers == ((b"content-type", b"application/problem+json"),)
    assert json.loads(reply.body) == {"title": "Bad Request", "status": 400, "detail": BOTH}


@pytest.mark.parametrize(
    ("code", "status"),
    [("400", 400), ("4XX", 400), ("default", 400), ("422", 422)],
)
def test_the_reply_that_covers_the_refusal_is_used(
    code: str, status: int, contract_of: Callable[..., Any]
) -> None:
    reply = refusal_of(
        contract_of, {"200": {"description": "ok"}, code: response(thing(message=TEXT))}
    )

    assert reply.status == status
    assert json.loads(reply.body) == {"message": BOTH}


def test_the_example_of_a_default_reply_does_not_speak_for_a_refusal(
    contract_of: Callable[..., Any],
) -> None:
    schema = thing(code=TEXT, status=INTEGER, title=TEXT, detail=TEXT)
    example = {"code": "UNEXPECTED", "status": 500, "title": "Unexpected error", "detail": "oh"}

    reply = refusal_of(contract_of, {"default": response(schema, [example])})

    assert json.loads(reply.body) == {
        "code": "BAD_REQUEST",
        "status": 400,
        "title": "Bad Request",
        "detail": BOTH,
    }


def test_a_problem_document_that_needs_a_type_has_none_of_its_own(
    contract_of: Callable[..., Any],
) -> None:
    schema = thing(type={"type": "string", "format": "uri-reference"}, title=TEXT, detail=TEXT)

    reply = refusal_of(contract_of, {"400": response(schema, media="application/problem+json")})

    assert json.loads(reply.body) == {
        "type": "about:blank",
        "title": "Bad Request",
        "detail": BOTH,
    }


def test_a_list_called_detail_has_an_entry_for_each_violation(
    contract_of: Callable[..., Any],
) -> None:
    place = {"anyOf": [TEXT, INTEGER]}
    entry = thing(loc={"type": "array", "items": place}, msg=TEXT, type=TEXT)
    schema = {"type": "object", "properties": {"detail": {"type": "array", "items": entry}}}

    reply = refusal_of(contract_of, {"422": response(schema)})

    assert reply.status == 422
    first, second = json.loads(reply.body)["detail"]
    assert (first["loc"], first["msg"]) == (["body", "name"], NAME.message)
    assert (second["loc"], second["msg"]) == (["query", "size"], SIZE.message)


def test_a_schema_behind_references_is_filled(contract_of: Callable[..., Any]) -> None:
    components = {
        "schemas": {
            "Errors": {"type": "array", "items": {"$ref": "#/components/schemas/Error"}},
            "Error": thing(details={"$ref": "#/components/schemas/Text"}),
            "Text": TEXT,
        }
    }

    reply = refusal_of(
        contract_of,
        {"400": response({"$ref": "#/components/schemas/Errors"})},
        components=components,
    )

    assert json.loads(reply.body) == [{"details": str(NAME)}, {"details": str(SIZE)}]


@pytest.mark.parametrize(
    "responses",
    [{"200": {"description": "ok"}}, {"400": {"description": "no"}}, {"500": response(TEXT)}],
    ids=["nothing", "no-content", "another-status"],
)
def test_where_nothing_is_documented_a_problem_document_lists_every_violation(
    responses: Any, contract_of: Callable[..., Any]
) -> None:
    reply = refusal_of(contract_of, responses)

    assert reply.headers == ((b"content-type", b"application/problem+json"),)
    assert json.loads(reply.body) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": BOTH,
        "violations": [
            {"location": "body", "pointer": "/name", "message": NAME.message},
            {"location": "query", "pointer": "size", "message": SIZE.message},
        ],
    }
    assert reply.source is Source.REFUSAL


def test_the_headers_of_a_refusal_are_kept_in_every_shape(
    contract_of: Callable[..., Any],
) -> None:
    contract = contract_of({"/a": {"get": {"operationId": "a", "responses": {
        "401": response(thing(message=TEXT)), "200": {"description": "ok"}}}}})  # fmt: skip
    refuser = Refuser(contract.operation("a"), contract.schemas)
    challenge = (b"www-authenticate", b"Bearer")

    documented = refuser.write(Refusal(401, (NAME,), (challenge,)))
    own = refuser.write(Refusal(415, (NAME,), (challenge,)))

    assert challenge in documented.headers
    assert challenge in own.headers


# --- any error schema ---

names = st.sampled_from(
    ["code", "status", "title", "message", "detail", "details", "error", "errors", "fields",
     "path", "field", "timestamp", "x"]
)  # fmt: skip
scalars = st.one_of(
    st.builds(lambda most: {"type": "string", "maxLength": most}, st.integers(0, 40)),
    st.sampled_from(
        [
            {"type": "string"},
            {"type": "string", "minLength": 5},
            {"type": "string", "pattern": "^[A-Z]{3}$"},
            {"type": "string", "format": "date-time"},
            {"type": "string", "enum": ["ONE", "TWO"]},
            {"type": "integer"},
            {"type": "integer", "minimum": 1000},
            {"type": "integer", "enum": [1, 2]},
            {"type": "number"},
            {"type": "boolean"},
            {"type": "string", "nullable": True},
        ]
    ),
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda members, required, closed: {
            "type": "object",
            "properties": members,
            **({"required": sorted(required & set(members))} if required & set(members) else {}),
            **({"additionalProperties": False} if closed else {}),
        },
        st.dictionaries(names, inner, max_size=4),
        st.sets(names, max_size=4),
        st.booleans(),
    )


def arrays(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        lambda items, least, room: {
            "type": "array",
            "items": items,
            "minItems": least,
            **({"maxItems": least + room} if room is not None else {}),
        },
        inner,
        st.integers(0, 2),
        st.none() | st.integers(1, 2),
    )


error_schemas = st.recursive(
    scalars,
    lambda inner: objects(inner) | arrays(inner) | st.builds(
        lambda parts: {"allOf": parts}, st.lists(objects(inner), min_size=1, max_size=2)
    ),
    max_leaves=6,
)  # fmt: skip


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    schema=error_schemas,
    code=st.sampled_from(["400", "4XX", "default"]),
    violations=st.lists(st.sampled_from([NAME, SIZE]), min_size=1, max_size=4),
)
def test_a_refusal_keeps_any_error_schema(
    schema: Any,
    code: str,
    violations: list[Violation],
    contract_of: Callable[..., Any],
    tmp_path: Path,
) -> None:
    del tmp_path  # the file is written anew for each example
    reply = refusal_of(contract_of, {code: response(schema)}, violations=tuple(violations))

    body = json.loads(reply.body)
    if reply.headers[0][1] == b"application/json":
        assert not list(oas_validator(schema, {}).iter_errors(body))
    else:  # nothing can keep this schema, as far as is known
        assert body["violations"]
        assert unsatisfiable_or_hard(schema)


def unsatisfiable_or_hard(schema: Any) -> bool:
    """Whether a schema has parts that exclude one another: only `allOf` can make such."""
    return "allOf" in json.dumps(schema)
