"""Every operation of every packaged contract over a real socket: accepted, refused, by code."""

import http.client
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS30ReadValidator, oas30_format_checker

# Operations without parameters and body: whatever is sent to them is right.
NOTHING_TO_REFUSE = {"authn-v1/getOpenIdConfiguration", "authn-v1/getJwks"}

Send = Callable[..., Any]


class Reply:
    """What came back."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def source(self) -> str | None:
        return self.headers["X-Mock-Source"]

    @property
    def media_type(self) -> str:
        return self.headers["Content-Type"].partition(";")[0]


@pytest.fixture(scope="module")
def send(server: Any) -> Iterator[Send]:
    """Sends a call on one kept connection."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)

    def send(call: Any, **headers: str) -> Reply:
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(call.method, call.target, call.body, call.sent_headers | more)
        return Reply(connection.getresponse())

    try:
        yield send
    finally:
        connection.close()


def assert_conforms(reply: Reply, documented: Any) -> None:
    """The reply has a documented media type and a body that an independent validator accepts."""
    if not documented.get("content"):
        assert reply.body == b""
        return
    assert reply.media_type in documented["content"]
    schema = documented["content"][reply.media_type].get("schema", {})
    validator = OAS30ReadValidator(schema, format_checker=oas30_format_checker)
    assert [error.message for error in validator.iter_errors(json.loads(reply.body))] == []


def broken(documented: Any) -> tuple[Any, str] | None:
    """A call that breaks the contract, and what the refusal must name; None where none can."""
    call = documented.example()
    required = documented.body[1]["schema"].get("required", []) if documented.body else []
    if required:
        content = {name: value for name, value in call.content.items() if name != required[0]}
        return call.but(content=content), f"/{required[0]}"
    for place, sent in (("header", "headers"), ("query", "query")):
        for parameter in documented.parameters:
            name = parameter["name"]
            if parameter["in"] == place and parameter.get("required"):
                rest = {key: value for key, value in getattr(call, sent).items() if key != name}
                return call.but(**{sent: rest}), name
    for name in call.query:
        return call.but(query=call.query | {name: b"\xff"}), name  # no UTF-8, so no text at all
    for name in call.path:
        return call.but(path=call.path | {name: "%FF"}), name
    return None


def test_the_documents_own_example_is_answered_with_the_documented_success(
    send: Send, documented: Any
) -> None:
    (code,) = [code for code in documented.responses if code.startswith("2")]

    reply = send(documented.example())

    assert (reply.status, reply.source in ("example", "simulation")) == (int(code), True)
    assert_conforms(reply, documented.responses[code])


def test_a_request_that_breaks_the_contract_is_refused_in_the_apis_own_words(
    send: Send, documented: Any
) -> None:
    found = broken(documented)
    if documented.id in NOTHING_TO_REFUSE:
        assert found is None
        return
    assert found is not None
    call, place = found

    reply = send(call)

    assert (reply.status, reply.source) == (400, "refusal")
    assert place in reply.body.decode()
    responses = documented.responses
    refusal = responses.get("400") or responses["default"]
    if refusal.get("content"):
        assert_conforms(reply, refusal)
    else:  # documented without a body: the place is told all the same
        assert reply.media_type == "application/problem+json"


def test_each_documented_code_is_answered_when_it_is_preferred(
    send: Send, documented: Any, code: str
) -> None:
    # `default` covers what is not listed; no packaged contract that has it lists 503.
    status = 503 if code == "default" else int(code)

    reply = send(documented.example(), Prefer=f"code={status}")

    assert (reply.status, reply.source) == (status, "example")
    assert_conforms(reply, documented.responses[code])
