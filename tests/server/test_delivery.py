"""ASGI in, ASGI out: what a request is made of, how a reply is framed and marked."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.errors import LoadError
from mockserver.exchange import UNSTEERED, Exchange, FoundBy, Steering
from mockserver.message import Reply, Request, Source
from mockserver.server.app import App
from mockserver.server.delivery import (
    BODY_BYTES_MAX,
    BodyTooLarge,
    Disconnected,
    deliver,
    headers_of,
    request_of,
)
from mockserver.settings import Settings
from tests.scenarios.samples import engine_of, scenario
from tests.scenarios.samples import read as asked

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ACCOUNT = "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_77"
TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}
MARKS = {"x-mock-request-id", "x-mock-source"}

Call = Callable[..., Any]


def body(content: bytes, *, more: bool = False) -> dict[str, Any]:
    """A message of a body."""
    return {"type": "http.request", "body": content, "more_body": more}


GONE = {"type": "http.disconnect"}


def read(
    *messages: dict[str, Any],
    method: str = "POST",
    headers: list[tuple[bytes, bytes]] | None = None,
    **scope: Any,
) -> Request:
    """The request of a scope, when these messages arrive."""
    arriving = iter(messages)

    async def receive() -> Any:
        return next(arriving)

    whole = {
        "method": method,
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"x=%20",
        "headers": headers or [],
        "scheme": "https",
        **scope,
    }
    return asyncio.run(request_of(whole, receive))


async def never() -> Any:
    """A caller that neither says more nor leaves."""
    return await asyncio.Event().wait()


def sent(
    reply: Reply, *, method: str = "GET", marked: bool = True, steering: Steering = UNSTEERED
) -> tuple[Any, bytes]:
    """Start message and body of a delivered reply."""
    messages: list[Any] = []

    async def send(message: Any) -> None:
        messages.append(message)

    request = Request(method, b"/", b"", {})
    exchange = Exchange(
        "abc-1", NOON, request, reply, "sample/read", "a-test", FoundBy.HEADER, (), steering
    )
    asyncio.run(deliver(exchange, {}, never, send, marked=marked))
    start, content = messages
    assert not content.get("more_body")
    return start, content["body"]


# Requests ---------------------------------------------------------------------------------


def test_the_values_of_a_repeated_header_are_joined_in_their_order() -> None:
    raw = [(b"a", b"1"), (b"b", b"2"), (b"a", b"3"), (b"a", b"4")]

    assert headers_of(raw) == {b"a": b"1, 3, 4", b"b": b"2"}


def test_a_request_keeps_path_and_query_as_they_were_sent() -> None:
    request = read(body(b""))

    assert (request.raw_path, request.raw_query, request.scheme) == (b"/a%20b", b"x=%20", "https")


def test_a_server_without_raw_paths_gives_the_decoded_one() -> None:
    assert read(body(b""), raw_path=None, path="/é").raw_path == "/é".encode()


def test_a_body_is_all_of_its_parts() -> None:
    parts = body(b"a", more=True), body(b"", more=True), body(b"bc", more=True), body(b"d")

    assert read(*parts).body == b"abcd"


@pytest.mark.parametrize("name", [b"content-length", b"transfer-encoding"])
def test_a_get_that_announces_a_body_has_one(name: bytes) -> None:
    assert read(body(b"x"), method="GET", headers=[(name, b"1")]).body == b"x"


def test_a_get_that_announces_none_is_not_waited_for() -> None:
    assert read(method="GET").body == b""


@pytest.mark.parametrize("messages", [[GONE], [body(b"a", more=True), GONE]])
def test_a_caller_that_leaves_before_the_end_made_no_request(messages: list[Any]) -> None:
    with pytest.raises(Disconnected):
        read(*messages)


@pytest.mark.parametrize("parts", [1, 2, 5])
def test_a_body_over_the_limit_is_not_read_to_its_end(parts: int) -> None:
    part = b"x" * (BODY_BYTES_MAX // parts + 1)
    endless = [body(part, more=True)] * (parts - 1)
    last = body(part, more=parts > 1)

    with pytest.raises(BodyTooLarge):
        read(*endless, last)


def test_a_body_of_the_limit_is_read() -> None:
    assert len(read(body(b"x" * BODY_BYTES_MAX)).body) == BODY_BYTES_MAX


# Replies ----------------------------------------------------------------------------------

JSON = (b"content-type", b"application/json")


def test_a_reply_has_its_length_and_its_marks() -> None:
    start, content = sent(Reply(200, (JSON,), b"[]", Source.EXAMPLE))

    assert (start["status"], content) == (200, b"[]")
    assert start["headers"] == [
        JSON,
        (b"content-length", b"2"),
        (b"x-mock-request-id", b"abc-1"),
        (b"x-mock-source", b"example"),
        (b"x-mock-session", b"a-test"),
        (b"x-mock-session-found-by", b"header"),
    ]


@pytest.mark.parametrize(("times", "named"), [(1, b"shop-v1/a"), (2, None)])
def test_a_scenario_that_only_let_the_request_through_is_not_named(
    times: int, named: bytes | None
) -> None:
    rule = {"on": "readThing", "replies": [{"status": 503, "times": 1}, {"through": True}]}
    engine = engine_of([scenario("shop-v1/a", rule)])
    for _ in range(times):
        exchange = asked(engine, X_Mock_Scenario="a")

    start, _ = sent(exchange.reply, steering=exchange.steering)

    assert dict(start["headers"]).get(b"x-mock-scenario") == named


def test_a_reply_without_marks_has_the_contracts_headers_only() -> None:
    start, _ = sent(Reply(200, (JSON,), b"[]", Source.EXAMPLE), marked=False)

    assert start["headers"] == [JSON, (b"content-length", b"2")]


def test_the_reply_to_a_head_request_has_the_length_of_what_get_would_send() -> None:
    start, content = sent(Reply(200, (JSON,), b"[1]", Source.EXAMPLE), method="HEAD")

    assert (dict(start["headers"])[b"content-length"], content) == (b"3", b"")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_that_has_no_content_has_no_length(status: int) -> None:
    start, content = sent(Reply(status, (), b"", Source.EXAMPLE))

    assert (b"content-length" in dict(start["headers"]), content) == (False, b"")


def test_an_empty_reply_of_another_status_says_that_it_is_empty() -> None:
    start, _ = sent(Reply(202, (), b"", Source.EXAMPLE))

    assert dict(start["headers"])[b"content-length"] == b"0"


REPLIES = {
    "example": ("GET", ACCOUNT, TRACE, 200),
    "generated": ("GET", ACCOUNT, TRACE | {"Prefer": "dynamic=true"}, 200),
    "refusal": ("GET", ACCOUNT, {}, 400),
    "simulation": ("GET", "/v1/.well-known/jwks.json", {}, 200),
    "mockserver": ("GET", ACCOUNT, TRACE | {"Prefer": "code=499"}, 400),
}


@pytest.mark.parametrize("source", REPLIES)
def test_every_reply_says_where_it_comes_from(call: Call, packaged: App, source: str) -> None:
    method, target, headers, status = REPLIES[source]

    answer = call(packaged, method, target, headers=headers)

    assert (answer.status, answer.source) == (status, source)
    assert answer.headers["x-mock-session"] == "default"


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "/nowhere"), ("PUT", ACCOUNT), ("OPTIONS", ACCOUNT), ("GET", "/__admin/health")],
)
def test_what_no_contract_answers_is_marked_too(
    call: Call, packaged: App, method: str, target: str
) -> None:
    assert call(packaged, method, target).headers.keys() >= MARKS


@pytest.fixture(scope="module")
def unmarked() -> App:
    """The packaged contracts without the marks."""
    return App(Settings(state="none", mock_headers=False), clock=lambda: NOON)


@pytest.mark.parametrize("source", REPLIES)
def test_without_mock_headers_no_reply_tells_that_it_is_a_double(
    call: Call, unmarked: App, source: str
) -> None:
    method, target, headers, _ = REPLIES[source]

    for path in (target, "/nowhere", "/__admin/health"):
        names = call(unmarked, method, path, headers=headers).headers
        assert [name for name in names if name.startswith("x-mock")] == []


def test_every_request_has_an_id_of_its_own(call: Call, packaged: App) -> None:
    ids = [call(packaged, "GET", "/nowhere").headers["x-mock-request-id"] for _ in range(20)]

    assert len(set(ids)) == 20


# Headers that a contract documents --------------------------------------------------------


def load(folder: Path, headers: Any, media_type: str = "application/json") -> App:
    """An application whose one reply documents `headers`."""
    content = {media_type: {"example": {"id": 1}}}
    reply = {"description": "Fine", "headers": headers, "content": content}
    file = folder / "sample.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "openapi": "3.0.3",
                "info": {"title": "Sample", "version": "1"},
                "paths": {"/things": {"get": {"responses": {"200": reply}}}},
            }
        )
    )
    return App(Settings(specs=(file,)))


def text(value: Any, **more: Any) -> Any:
    """A header with an example."""
    return {"schema": {"type": "string"}, "example": value, **more}


def test_documented_headers_are_sent_with_their_examples(call: Call, tmp_path: Path) -> None:
    app = load(tmp_path, {"ETag": text('"1"'), "X-Rate-Limit": text("5"), "X-Name": text("Ñ")})

    answer = call(app, "GET", "/things")

    wanted = {"etag": '"1"', "x-rate-limit": "5", "x-name": "Ñ"}
    assert {name: answer.headers[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    "name",
    [
        "Content-Length",
        "content-type",
        "Transfer-Encoding",
        "Connection",
        "Content-Encoding",
        "Date",
    ],
)
def test_a_documented_header_never_contradicts_how_the_reply_is_sent(
    call: Call, tmp_path: Path, name: str
) -> None:
    app = load(tmp_path, {name: text("7", required=True)})

    answer = call(app, "GET", "/things")

    values = [value for each, value in answer.raw_headers if each == name.lower().encode()]
    assert b"7" not in values
    assert (answer.json, answer.headers["content-length"]) == ({"id": 1}, "8")


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-Split", "a\r\nX-Other: b"), ("X-Nul", "a\x00"), ("X Space", "a"), ("X-É", "a"), ("", "a")],
)
def test_a_header_that_cannot_be_sent_is_found_at_load(
    tmp_path: Path, name: str, value: str
) -> None:
    with pytest.raises(LoadError) as raised:
        load(tmp_path, {name: text(value)})

    (finding,) = raised.value.findings
    assert finding.pointer == f"/paths/~1things/get/responses/200/headers/{name}"


@pytest.mark.parametrize("media_type", ["text/plain; x=\r\nX-Other: b", "text/€", "text/a\x00b"])
def test_a_media_type_that_cannot_be_sent_is_found_at_load(tmp_path: Path, media_type: str) -> None:
    with pytest.raises(LoadError, match="are not served"):
        load(tmp_path, {}, media_type)
