"""The fast path: what it answers, what it passes on, what it logs, and when it fails itself."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mockserver.exchange import Exchange
from mockserver.server.app import App
from mockserver.settings import Settings
from mockserver.stores import StoreError

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
AGILE = Path(__file__).parents[2] / "specs" / "agile-tv-v3.yaml"
ACCOUNT = "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_77"
TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}

Call = Callable[..., Any]
Logged = list[tuple[Exchange, float]]


@pytest.fixture
def logged() -> Logged:
    """The exchanges that are logged, with their seconds."""
    return []


@pytest.fixture
def app(logged: Logged) -> App:
    """One contract, logged."""
    return App(
        Settings(specs=(AGILE,), state="none"),
        clock=lambda: NOON,
        log=lambda exchange, seconds: logged.append((exchange, seconds)),
    )


def told(logged: Logged) -> list[tuple[str, int, str]]:
    """Operation, status and source of what was logged."""
    return [(each.operation, each.reply.status, each.reply.source) for each, _ in logged]


@pytest.mark.parametrize(
    ("method", "target", "headers", "line"),
    [
        ("GET", ACCOUNT, TRACE, ("agile-tv-v3/getSubscription", 200, "example")),
        ("GET", ACCOUNT, {}, ("agile-tv-v3/getSubscription", 400, "refusal")),
        ("HEAD", ACCOUNT, TRACE, ("agile-tv-v3/getSubscription", 200, "example")),
        ("PUT", ACCOUNT, {}, ("", 405, "refusal")),
        ("OPTIONS", ACCOUNT, {}, ("", 204, "mockserver")),
        ("GET", "/nowhere", {}, ("", 404, "mockserver")),
    ],
)
def test_every_request_to_the_contracts_is_logged_once(
    call: Call,
    app: App,
    logged: Logged,
    method: str,
    target: str,
    headers: dict[str, str],
    line: tuple[str, int, str],
) -> None:
    answer = call(app, method, target, headers=headers)

    assert told(logged) == [line]
    assert logged[0][0].id == answer.headers["x-mock-request-id"]
    assert logged[0][1] >= 0


@pytest.mark.parametrize(
    "target", ["/__admin/health", "/__admin/nowhere", "/__admin/contracts/agile-tv-v3/docs/"]
)
def test_requests_to_the_admin_api_are_not_logged(
    call: Call, app: App, logged: Logged, target: str
) -> None:
    call(app, "GET", target)

    assert logged == []


def test_a_store_that_is_away_is_asked_once(
    call: Call, app: App, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def away(*_: object) -> Exchange:
        asked.append(1)
        raise StoreError("The store a.db cannot be used: database is locked")

    monkeypatch.setattr(app.engine, "_handled", away)
    monkeypatch.setattr(app.engine, "_failed", away)

    answer = call(app, "GET", ACCOUNT, headers=TRACE)

    assert (answer.status, answer.source, len(asked)) == (503, "mockserver", 1)
    assert answer.json["detail"] == "The store a.db cannot be used: database is locked"
    assert told(logged) == [("", 503, "mockserver")]


def test_our_own_mistake_is_a_marked_500_with_its_traceback_in_the_log(
    call: Call,
    app: App,
    logged: Logged,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(app.engine, "handle", broken)

    answer = call(app, "GET", ACCOUNT, headers=TRACE)

    assert (answer.status, answer.source) == (500, "mockserver")
    assert answer.headers["content-type"] == "application/problem+json"
    assert told(logged) == [("agile-tv-v3/getSubscription", 500, "mockserver")]
    (record,) = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def exchange_with(app: App, receive: Any) -> list[Any]:
    """What is sent for a POST whose messages come from `receive`."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": ACCOUNT,
        "raw_path": ACCOUNT.encode(),
        "query_string": b"",
        "headers": [],
    }

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def test_a_caller_that_has_left_is_neither_answered_nor_logged(app: App, logged: Logged) -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    assert exchange_with(app, receive) == []
    assert logged == []


def test_a_body_that_is_too_large_is_413_of_the_mock_server(
    app: App, logged: Logged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockserver.server.delivery.BODY_BYTES_MAX", 10)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"x" * 6, "more_body": True}

    start, _ = exchange_with(app, receive)

    assert start["status"] == 413
    assert told(logged) == [("agile-tv-v3/createSubscription", 413, "mockserver")]


def test_a_request_that_the_end_of_the_server_cuts_off_is_503(app: App, logged: Logged) -> None:
    async def receive() -> Any:
        raise asyncio.CancelledError

    start, _ = exchange_with(app, receive)

    assert start["status"] == 503
    assert told(logged) == [("agile-tv-v3/createSubscription", 503, "mockserver")]


def test_what_is_no_http_is_connexions_to_answer(app: App) -> None:
    messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan", "state": {}}, receive, send))

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
