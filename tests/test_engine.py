"""The steps in order: find, check, answer."""

from collections.abc import Callable
from typing import Any

import pytest

AGILE = "/v3/orgs/masmovil/tv/agile/subscriptions"
TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}
Call = Callable[..., Any]


def test_the_default_reply_is_the_documented_example_with_the_requests_own_values(
    call: Call, packaged: Any
) -> None:
    answer = call(packaged, "GET", f"{AGILE}/ACC_77", headers=TRACE)

    assert (answer.status, answer.source) == (200, "example")
    assert answer.json["service_id"] == "ACC_77"


def test_an_unknown_path_is_a_problem_of_the_mock_server_that_names_the_nearest_operation(
    call: Call, packaged: Any
) -> None:
    answer = call(packaged, "GET", "/v3/orgs/masmovil/tv/agil/subscriptions/ACC_77")

    assert (answer.status, answer.source) == (404, "mockserver")
    assert "agile-tv-v3/getSubscription" in answer.json["detail"]
    assert answer.json["nearest"][0].startswith("GET /v3/orgs/{org_id}/tv/agile/subscriptions/")


def test_an_unknown_path_of_any_length_is_answered_in_short(call: Call, packaged: Any) -> None:
    answer = call(packaged, "GET", "/" + "orgs/tv/" * 8_000)

    assert answer.status == 404
    assert len(answer.body) < 2_000


def test_without_contracts_an_unknown_path_has_no_nearest(engine_of: Call, ask: Call) -> None:
    answer = ask(engine_of({}), "GET", "/a")

    assert (answer.status, answer.json["nearest"]) == (404, [])


@pytest.mark.parametrize(
    "target",
    ["/", "//", "/v3", f"{AGILE}/", f"{AGILE}/ACC_1/", f"{AGILE}/ACC_1/nothing", "/v3//orgs"],
)
def test_what_no_contract_has_is_404(target: str, call: Call, packaged: Any) -> None:
    assert call(packaged, "GET", target).status == 404


def test_every_exchange_has_an_id_of_its_own(engine_of: Call) -> None:
    engine = engine_of({})

    assert len({engine.next_id() for _ in range(100)}) == 100


def test_ids_of_two_servers_are_told_apart(engine_of: Call) -> None:
    one, other = engine_of({}), engine_of({})

    assert one.next_id().partition("-")[0] != other.next_id().partition("-")[0]


def test_an_exchange_knows_its_operation_and_what_was_wrong(engine_of: Call) -> None:
    from mockserver.message import Request  # noqa: PLC0415 - only here

    parameter = {"name": "q", "in": "query", "required": True, "schema": {"type": "string"}}
    operation = {
        "operationId": "read",
        "parameters": [parameter],
        "responses": {"200": {"description": "ok"}},
    }
    engine = engine_of({"/a": {"get": operation}})
    request = Request("GET", b"/a", b"", {})

    exchange = engine.handle(request, engine.find(b"/a"))

    assert exchange.operation == "sample/read"
    assert [(v.location, v.pointer, v.keyword) for v in exchange.violations] == [
        ("query", "q", "required")
    ]
    assert exchange.request is request
