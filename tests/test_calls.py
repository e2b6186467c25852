import json
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import calls
from mockserver.calls import Call
from mockserver.errors import ClientError, NotVerified
from mockserver.facts import Binding, ClockFace

ADMIN = Path(calls.__file__).parent / "server" / "admin.yaml"
# Those that no test needs, and those that another one with a body says as well.
NOT_CALLED = {
    "version", "readAdminContract", "listContracts", "readContract", "exportNdjson",
    "countRequests", "waitForRequest",
}  # fmt: skip
SESSION = "/sessions/one"
RECORDS = f"{SESSION}/records/tesa-requests"
CALLS: list[Call[Any]] = [
    calls.health(""),
    calls.operations(""),
    calls.catalogue(""),
    calls.coverage(""),
    calls.forget_coverage(""),
    calls.sessions(""),
    calls.make(""),
    calls.read(SESSION),
    calls.reset(SESSION),
    calls.drop(SESSION),
    calls.bind(SESSION),
    calls.bindings(SESSION),
    calls.unbind(SESSION),
    calls.collections(SESSION),
    calls.active(SESSION),
    calls.activate(SESSION),
    calls.add_rule(SESSION, {}),
    calls.rules(SESSION),
    calls.read_rule(SESSION, "rule-1"),
    calls.drop_rule(SESSION, "rule-1"),
    calls.drop_rules(SESSION),
    calls.read_clock(SESSION),
    calls.freeze(SESSION),
    calls.scale(SESSION, 60),
    calls.run(SESSION),
    calls.advance(SESSION, by="3h"),
    calls.until_next(SESSION),
    calls.until_idle(SESSION),
    calls.records(RECORDS),
    calls.read_record(RECORDS, "a:b%3Ac/d"),
    calls.put_record(RECORDS, "1", {}),
    calls.drop_record(RECORDS, "1"),
    calls.step(RECORDS, "1"),
    calls.requests(SESSION),
    calls.count(SESSION),
    calls.verify(SESSION),
    calls.wait(SESSION),
    calls.exchange(SESSION, "a-1"),
    calls.explain(SESSION, "a-1"),
    calls.har(SESSION),
    calls.forget(SESSION),
]


@cache
def documented() -> dict[str, tuple[str, re.Pattern[str]]]:
    """The method and the path of each operation of the admin API."""
    paths = yaml.safe_load(ADMIN.read_text(encoding="utf-8"))["paths"]
    return {
        operation["operationId"]: (method.upper(), re.compile(re.sub(r"\{\w+\}", "[^/]+", path)))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method != "parameters"
    }


def name_of(call: Call[Any]) -> list[str]:
    """The operations that a call is of."""
    path = call.target.partition("?")[0]
    return [
        name
        for name, (method, pattern) in documented().items()
        if method == call.method and pattern.fullmatch(path)
    ]


def refused(status: int, content: Any) -> ClientError:
    """What is raised for an answer."""
    with pytest.raises(ClientError) as raised:
        calls.read(SESSION).result(status, json.dumps(content).encode())
    return raised.value


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_every_call_is_one_that_the_admin_api_documents(call: Call[Any]) -> None:
    assert name_of(call)


def test_every_operation_that_a_test_needs_can_be_called() -> None:
    called = {name for call in CALLS for name in name_of(call)}

    assert documented().keys() - called == NOT_CALLED - called
    assert documented().keys() - NOT_CALLED <= called


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2026-01-15T12:00:00Z", "2026-01-15T12:00:00Z"),
        (datetime(2026, 1, 15, 12, tzinfo=UTC), "2026-01-15T12:00:00+00:00"),
        (datetime(2026, 1, 15, 12), "2026-01-15T12:00:00+00:00"),  # noqa: DTZ001 - what UTC is for
        (
            datetime(2026, 1, 15, 12, tzinfo=timezone(timedelta(hours=1))),
            "2026-01-15T11:00:00+00:00",
        ),
    ],
)
def test_a_moment_is_written_in_utc(moment: Any, written: str) -> None:
    assert calls.freeze(SESSION, moment).body == {"mode": "frozen", "at": written}
    assert calls.make("", clock=moment).body["clock"] == {"mode": "frozen", "at": written}
    assert calls.advance(SESSION, to=moment).body == {"to": written}
    assert calls.count(SESSION, since=moment).body == {"since": written}


@pytest.mark.parametrize(
    ("span", "written"),
    [("3h", "3h"), (timedelta(hours=3), "10800000ms"), (timedelta(microseconds=1500), "2ms")],
)
def test_a_span_is_written_in_whole_milliseconds(span: Any, written: str) -> None:
    assert calls.advance(SESSION, by=span).body == {"by": written}


def test_a_name_alone_is_no_list_of_its_letters() -> None:
    made = calls.make("", scenarios="slow", tags="rainy").body

    assert (made["scenarios"], made["tags"]) == (["slow"], ["rainy"])
    assert calls.activate("", tags="rainy").body == {"scenarios": [], "tags": ["rainy"]}


def test_what_is_not_said_is_not_sent() -> None:
    assert calls.make("").body == {"scenarios": [], "tags": [], "bindings": []}
    assert calls.step(RECORDS, "1").body == {}
    assert calls.verify(SESSION).body == {}
    assert calls.records(RECORDS).path == f"{RECORDS}?limit=100&offset=0"


def test_a_verification_says_how_many_and_which() -> None:
    assert calls.verify(SESSION, at_least=1, at_most=2, status="2XX").body == {
        "at_least": 1, "at_most": 2, "status": "2XX"
    }  # fmt: skip
    assert calls.verify(SESSION, exactly=0).body == {"exactly": 0}
    assert calls.verify(SESSION, never=True).body == {"never": True}
    order = calls.verify(SESSION, in_order=[{"method": "POST"}, {"status": 200}]).body
    assert order == {"in_order": [{"method": "POST"}, {"status": 200}]}


def test_names_are_encoded_for_the_path_they_are_part_of() -> None:
    assert calls.read_record(RECORDS, "a:b%3Ac/d").path == f"{RECORDS}/a%3Ab%253Ac%2Fd"
    query = calls.requests(SESSION, violations=True, fields=["path:a=b c", "query:d"]).path
    assert (
        query
        == f"{SESSION}/requests?violations=true&field=path%3Aa%3Db+c&field=query%3Ad&limit=100"
    )


def test_the_list_of_requests_has_fields_where_the_others_have_conditions() -> None:
    with pytest.raises(TypeError, match=r"fields=\['path:NAME=VALUE'\] says it"):
        calls.requests(SESSION, when={"path": {"id": "1"}})


def test_bindings_are_said_by_place_and_name() -> None:
    bound = calls.bind(SESSION, path={"*": "acme"}, body={"/id": "1"}).body

    assert bound == [
        {"in": "path", "name": "*", "value": "acme"},
        {"in": "body", "name": "/id", "value": "1"},
    ]
    one = calls.unbind(SESSION, Binding("path", "*", "a b"))
    assert one.path == f"{SESSION}/bindings?in=path&name=%2A&value=a+b"


def test_a_wait_takes_longer_than_other_calls() -> None:
    assert calls.wait(SESSION, timeout_s=20).waits_s == 20
    assert calls.count(SESSION).waits_s == 0


def test_an_answer_becomes_a_value() -> None:
    told = {"mode": "frozen", "factor": 0, "now": "2026-01-15T12:00:00.000Z", "next_due": None}
    newer = told | {"zone": "UTC"}

    read = calls.read_clock(SESSION).result(200, json.dumps(newer).encode())

    assert read == ClockFace("frozen", 0, datetime(2026, 1, 15, 12, tzinfo=UTC), None)


def test_a_refusal_says_what_was_asked_and_what_is_wrong() -> None:
    error = refused(404, {"detail": "There is no session 'one'; nearest: two", "nearest": ["two"]})

    assert str(error) == ("GET /__admin/sessions/one: 404 There is no session 'one'; nearest: two")
    assert (error.status, error.nearest) == (404, ("two",))


def test_a_refusal_lists_all_findings_when_there_are_several() -> None:
    first = {"pointer": "/on", "reason": "there is none", "allowed": "a, b", "nearest": "a"}
    second = {"pointer": "", "reason": "no reply", "allowed": "", "nearest": ""}

    one = refused(400, {"detail": "first", "findings": [first]})
    both = refused(400, {"detail": "first (and 1 more)", "findings": [first, second]})

    assert str(one) == "GET /__admin/sessions/one: 400 first"
    assert str(both).splitlines()[1:] == [
        "  body#/on: there is none; allowed: a, b; did you mean a?",
        "  body: no reply",
    ]
    assert [found.pointer for found in both.findings] == ["/on", ""]


@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize("content", [b"<html>", b"\xff", b"[]", b'{"message": "no"}', b""])
def test_what_no_mockserver_says_is_told_as_such(status: int, content: bytes) -> None:
    with pytest.raises(ClientError, match="it is no mockserver that answers") as raised:
        calls.read(SESSION).result(status, content)

    assert raised.value.status == status


def test_what_was_not_waited_for_in_vain_comes_with_the_nearest_misses() -> None:
    seen = {
        "id": "a-1", "at": "2026-01-15T12:00:00Z", "session": "one", "method": "GET", "path": "/x",
        "query": "", "operation": "", "status": 404, "source": "mockserver", "scenarios": [],
        "fault": "", "violations": 0, "ms": 0.1,
    }  # fmt: skip
    miss = {"request": seen, "differences": ["method: wanted POST, found GET"]}
    call = calls.wait(SESSION, timeout_s=0.5, method="POST")

    with pytest.raises(NotVerified) as some:
        call.result(200, json.dumps({"matched": False, "nearest": [miss]}).encode())
    with pytest.raises(NotVerified, match="Nothing was asked"):
        call.result(200, json.dumps({"matched": False, "nearest": []}).encode())

    assert str(some.value).splitlines() == [
        "Not met in 0.5 s: expected a request with method 'POST'",
        "Nearest misses:",
        "  GET /x -> 404 (a-1)",
        "    method: wanted POST, found GET",
    ]
