"""A request against its contract: everything that is wrong at once, in the order HTTP wants."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.check import acceptable
from mockserver.contract.bodies import Form
from mockserver.contract.replies import ReplyMedia

ERROR = {
    "description": "no",
    "content": {
        "application/json": {
            "schema": {"type": "object", "properties": {"details": {"type": "string"}}},
            "example": {"details": "no"},
        }
    },
}
THING = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "size": {"type": "integer", "minimum": 1}},
}
OK = {
    "description": "ok",
    "content": {"application/json": {"schema": THING, "example": {"name": "a", "size": 1}}},
}
PARAMETERS = [
    {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
    {"name": "page", "in": "query", "required": True, "schema": {"type": "integer"}},
    {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string"}},
]
JSON = {"Content-Type": "application/json"}


def paths(body: Any = None, **replies: Any) -> Any:
    documented = {"200": OK, "400": ERROR} | {code[1:]: reply for code, reply in replies.items()}
    update: Any = {
        "operationId": "update",
        "parameters": PARAMETERS,
        "requestBody": body
        or {"required": True, "content": {"application/json": {"schema": THING}}},
        "responses": documented,
        "security": [{"bearer": []}],
    }
    read = {"operationId": "read", "responses": {"200": OK, "400": ERROR}}
    plain = {"operationId": "plain", "responses": {"200": OK, "204": {"description": "none"}}}
    return {
        "/things/{id}": {"put": update, "get": read | {"parameters": PARAMETERS[:1]}},
        "/things": {"get": plain, "delete": {"operationId": "clear", "responses": {
            "204": {"description": "gone"}}}},
    }  # fmt: skip


SCHEMES = {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}
Ask = Callable[..., Any]


@pytest.fixture
def put(engine_of: Callable[..., Any], ask: Ask) -> Ask:
    """Sends a PUT of a thing to the contract with the given replies."""

    def send(target: str, replies: Any = None, auth: str = "any", **request: Any) -> Any:
        engine = engine_of(paths(**(replies or {})), SCHEMES, auth=auth)
        return ask(engine, "PUT", target, **request)

    return send


def test_all_that_is_wrong_is_told_at_once(put: Ask) -> None:
    answer = put("/things/one?page=two", json={"size": 0})

    assert (answer.status, answer.source) == (400, "refusal")
    assert answer.json["details"].split("; ") == [
        "The path parameter 'id' must be of type integer",
        'found "one" (path id)',
        "The header parameter 'X-Trace' is required (header X-Trace)",
        "The query parameter 'page' must be of type integer",
        'found "two" (query page)',
        "The field 'name' is required (body /name)",
        "The field 'size' must be 1 or more",
        "found 0 (body /size)",
    ]


def test_what_is_right_passes(put: Ask) -> None:
    answer = put("/things/1?page=2", headers={"X-Trace": "t"}, json={"name": "b"})

    assert (answer.status, answer.source) == (200, "example")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"headers": {"Content-Type": "text/xml", "Accept": "text/xml"}, "body": b"<a/>"}, 401),
        (
            {
                "headers": {
                    "Authorization": "Bearer t",
                    "Content-Type": "text/xml",
                    "Accept": "text/xml",
                },
                "body": b"<a/>",
            },
            415,
        ),
        ({"headers": {"Authorization": "Bearer t", "Accept": "text/xml"}, "json": {}}, 406),
        ({"headers": {"Authorization": "Bearer t"}, "json": {}}, 400),
    ],
    ids=["401", "415", "406", "400"],
)
def test_what_makes_the_rest_moot_comes_first(request_: Any, status: int, put: Ask) -> None:
    answer = put("/things/one?page=two", {"_415": ERROR}, auth="required", **request_)

    assert answer.status == status


@pytest.mark.parametrize(
    ("replies", "status"), [({"_415": ERROR}, 415), ({}, 400)], ids=["documented", "not"]
)
@pytest.mark.parametrize("content_type", ["text/xml", "text/plain", "json", None])
def test_a_wrong_content_type_is_415_where_that_is_documented(
    replies: Any, status: int, content_type: str | None, put: Ask
) -> None:
    headers = {"X-Trace": "t"} | ({"Content-Type": content_type} if content_type else {})

    answer = put("/things/1?page=2", replies, headers=headers, body=b'{"name": "a"}')

    assert answer.status == status
    assert answer.json["details"] == (
        f"The content type must be application/json; found {content_type or 'none'} "
        "(header Content-Type)"
    )


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        "APPLICATION/JSON",
        " application/json",
    ],
)
def test_a_content_type_is_compared_as_http_does(content_type: str, put: Ask) -> None:
    headers = {"X-Trace": "t", "Content-Type": content_type}

    assert put("/things/1?page=2", headers=headers, body=b'{"name": "a"}').status == 200


def test_a_wrong_content_type_is_told_beside_the_other_violations(put: Ask) -> None:
    details = put("/things/one?page=2", headers={"Content-Type": "text/xml"}, body=b"x").json[
        "details"
    ]

    assert "(path id)" in details
    assert "(header X-Trace)" in details
    assert "(header Content-Type)" in details


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 200),
        ("", 200),
        ("*/*", 200),
        ("*", 200),
        ("application/json", 200),
        ("APPLICATION/JSON", 200),
        ("application/*", 200),
        ("application/json;q=0.1", 200),
        ("application/json; charset=utf-8", 200),
        ("text/html, application/xhtml+xml, */*;q=0.1", 200),
        ("text/html, image/gif, *; q=.2, */*; q=.2", 200),
        ("text/html;q=0, application/json", 200),
        ("*/*;q=0, application/json", 200),
        ("application/json;q=x", 200),
        ("text/html", 406),
        ("text/*", 406),
        ("application/xml", 406),
        ("application/jsonp", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0, */*", 406),
        ("application/*;q=0, */*", 406),
        ("*/*;q=0", 406),
        ("nonsense", 406),
    ],
)
def test_an_accept_that_cannot_be_met_is_406(
    accept: str | None, status: int, engine_of: Callable[..., Any], ask: Ask
) -> None:
    headers = {} if accept is None else {"Accept": accept}

    answer = ask(engine_of(paths(), SCHEMES), "GET", "/things", headers=headers)

    assert answer.status == status
    assert status == 200 or "(header Accept)" in answer.json["detail"]


def test_where_406_has_a_meaning_of_its_own_json_is_sent(put: Ask) -> None:
    headers = {"X-Trace": "t", "Accept": "text/html"}

    answer = put("/things/1?page=2", {"_406": ERROR}, headers=headers, json={"name": "a"})

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"


def test_a_reply_without_a_body_is_acceptable_to_everybody(
    engine_of: Callable[..., Any], ask: Ask
) -> None:
    answer = ask(engine_of(paths(), SCHEMES), "DELETE", "/things", headers={"Accept": "image/png"})

    assert answer.status == 204


def test_json_is_not_assumed_where_only_text_is_documented(
    engine_of: Callable[..., Any], ask: Ask
) -> None:
    text = {"description": "ok", "content": {"text/plain": {"schema": {"type": "string"},
                                                            "example": "hello"}}}  # fmt: skip
    engine = engine_of({"/a": {"get": {"operationId": "a", "responses": {"200": text}}}})

    assert ask(engine, "GET", "/a", headers={"Accept": "application/json"}).status == 406
    assert ask(engine, "GET", "/a", headers={"Accept": "text/plain"}).status == 200


def offered(*types: str) -> tuple[ReplyMedia, ...]:
    return tuple(ReplyMedia(each, Form.JSON, None, {}) for each in types)


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        (b"*/*", "application/json"),
        (b"text/plain, application/json", "application/json"),
        (b"text/plain, application/json;q=0.9", "text/plain"),
        (b"text/plain;q=0.5, */*;q=0.4", "text/plain"),
        (b"text/*, application/json;q=0.9", "text/plain"),
        (b"text/plain, */*", "text/plain"),
        (b"text/*;q=0, */*", "application/json"),
        (b"application/json;q=0, */*;q=0.1", "text/plain"),
        (b"image/png", None),
        (b"text/plain;q=2", "text/plain"),
        (b"text/plain;q=nan, application/json;q=0.5", "text/plain"),
    ],
    ids=repr,
)
def test_the_type_that_is_liked_best_is_chosen(accept: bytes | None, expected: str | None) -> None:
    found = acceptable(offered("application/json", "text/plain"), accept)

    assert (found.type if found else None) == expected


def test_the_parameters_of_an_offered_type_do_not_matter() -> None:
    found = acceptable(offered("application/json; charset=utf-8"), b"application/json;q=0.5")

    assert found is not None


@pytest.mark.parametrize("value", ["one", "1.5", "1e400", "%31%", "%FF", "999999999999999999x"])
def test_a_typed_path_parameter_that_does_not_fit_is_400_and_not_404(
    value: str, engine_of: Callable[..., Any], ask: Ask
) -> None:
    answer = ask(engine_of(paths(), SCHEMES), "GET", f"/things/{value}")

    assert (answer.status, answer.source) == (400, "refusal")


@pytest.mark.parametrize("value", ["1", "%31", "-7", "12345678901234567890123"])
def test_a_typed_path_parameter_that_fits_passes(
    value: str, engine_of: Callable[..., Any], ask: Ask
) -> None:
    assert ask(engine_of(paths(), SCHEMES), "GET", f"/things/{value}").status == 200


def test_head_is_a_get_without_a_body_on_the_wire(engine_of: Callable[..., Any], ask: Ask) -> None:
    engine = engine_of(paths(), SCHEMES)

    assert ask(engine, "HEAD", "/things/1").status == 200
    assert ask(engine, "HEAD", "/things/one").status == 400


def test_options_tells_what_is_allowed(engine_of: Callable[..., Any], ask: Ask) -> None:
    answer = ask(engine_of(paths(), SCHEMES), "OPTIONS", "/things/1")

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, PUT"


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "TRACE", "PURGE", "get"])
def test_another_method_is_405_with_all_that_is_allowed(
    method: str, engine_of: Callable[..., Any], ask: Ask
) -> None:
    answer = ask(engine_of(paths(), SCHEMES), method, "/things/1")

    assert (answer.status, answer.source) == (405, "refusal")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, PUT"
    assert method in answer.json["detail"]


def test_head_is_not_allowed_where_there_is_no_get(engine_of: Callable[..., Any], ask: Ask) -> None:
    engine = engine_of({"/a": {"post": {"operationId": "a", "responses": {"200": OK}}}})

    answer = ask(engine, "HEAD", "/a")

    assert (answer.status, answer.headers["allow"]) == (405, "OPTIONS, POST")


def test_a_required_body_that_is_not_there_is_told(put: Ask) -> None:
    answer = put("/things/1?page=2", headers={"X-Trace": "t"} | JSON)

    assert answer.json["details"] == "A body is required (body)"


@pytest.mark.parametrize(
    ("replies", "status"), [({"_415": ERROR}, 415), ({}, 400)], ids=["documented", "not"]
)
@pytest.mark.parametrize("coding", ["gzip", "br, gzip"])
def test_a_compressed_body_is_refused_for_what_it_is(
    replies: Any, status: int, coding: str, put: Ask
) -> None:
    headers = {"X-Trace": "t", "Content-Encoding": coding} | JSON

    answer = put("/things/1?page=2", replies, headers=headers, body=b"\x1f\x8b\x08")

    assert answer.status == status
    assert answer.json["details"] == (
        f"The content coding must be identity; found {coding} (header Content-Encoding)"
    )


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_a_body_that_is_said_to_be_as_it_is_passes(coding: str, put: Ask) -> None:
    headers = {"X-Trace": "t", "Content-Encoding": coding} | JSON

    assert put("/things/1?page=2", headers=headers, body=b'{"name": "a"}').status == 200


@pytest.mark.parametrize("body", [b"{", b"", b"\xff", b"{}{}", b"nul", b"[" * 100_000])
def test_a_body_that_is_no_json_is_400(body: bytes, put: Ask) -> None:
    answer = put("/things/1?page=2", headers={"X-Trace": "t"} | JSON, body=body)

    assert (answer.status, answer.source) == (400, "refusal")


def test_a_query_that_is_no_text_is_400(put: Ask) -> None:
    answer = put("/things/1?page=%FF", headers={"X-Trace": "t"}, json={"name": "a"})

    assert answer.json["details"] == "The query parameter 'page' is not valid UTF-8 (query page)"


@pytest.mark.parametrize(
    ("body", "strict", "status"),
    [
        ({"name": "a", "size": None}, False, 200),
        ({"name": "a", "size": None}, True, 400),
        ({"name": None}, False, 400),
    ],
    ids=["lenient", "strict", "required"],
)
def test_null_for_an_optional_member_is_lenience(
    body: Any, status: int, engine_of: Callable[..., Any], ask: Ask, *, strict: bool
) -> None:
    engine = engine_of(paths(), SCHEMES, lenient=not strict)

    answer = ask(engine, "PUT", "/things/1?page=2", headers={"X-Trace": "t"}, json=body)

    assert answer.status == status
