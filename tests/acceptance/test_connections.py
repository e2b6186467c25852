"""Connections as clients use them: kept, pipelined, of HTTP/1.0; and replies without any marks."""

import http.client
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.caller import TRACE, Caller, ask, everything, request, subscription

AGILE = Path(__file__).parents[2] / "specs" / "agile-tv-v3.yaml"


def test_each_request_of_a_kept_connection_has_its_own_session_and_scenario(
    caller: Caller,
) -> None:
    connection = http.client.HTTPConnection(caller.host, caller.port, timeout=30)
    with caller.session() as one, caller.session() as two, closing(connection):
        talks = [
            (f"/__s/{one}{subscription()}", (), (200, one, None)),
            (subscription(), (("X-Mock-Session", two),), (200, two, None)),
            (subscription(), (("X-Mock-Scenario", "status-404"),), (404, "default", "status-404")),
            (subscription(), (), (200, "default", None)),
            (f"/__s/{two}/nowhere", (), (404, two, None)),
            (f"/__s/{one}{subscription()}", (("Prefer", "code=500"),), (500, one, None)),
        ]
        for target, headers, expected in talks * 2:
            reply = ask(connection, "GET", target, (TRACE, *headers))
            assert (reply.status, reply.session, reply.header("x-mock-scenario")) == expected
            assert connection.sock is not None  # still the same one


def test_pipelined_requests_of_several_sessions_are_answered_in_their_order(
    caller: Caller,
) -> None:
    with caller.session() as one, caller.session() as two:
        caller.admin(
            "POST",
            f"/sessions/{one}/rules",
            {"on": "*", "times": 3, "as": "gateway", "reply": {"status": 503}},
        )
        names = [one, two, one, one, two, one, two]
        sent = [request("GET", f"/__s/{name}{subscription()}") for name in names]
        last = request("GET", subscription(), "Connection: close")

        received = caller.raw(*sent, last)

        replies = received.split(b"HTTP/1.1 ")[1:]
        statuses = [int(reply[:3]) for reply in replies]
        assert statuses == [503, 200, 503, 503, 200, 200, 200, 200]
        for name, reply in zip([*names, "default"], replies, strict=True):
            assert f"\r\nx-mock-session: {name}\r\n".encode() in reply
        assert caller.admin("GET", f"/sessions/{one}")["requests"] == names.count(one)


def test_a_pipelined_request_behind_a_reset_is_not_answered(caller: Caller) -> None:
    with caller.session() as session:
        header = f"X-Mock-Session: {session}"
        sent = request("GET", subscription(), header, "X-Mock-Scenario: connection-reset")
        with caller.connect() as connection:
            connection.sendall(sent + request("GET", subscription(), header))
            with pytest.raises(ConnectionResetError):
                everything(connection)

        assert caller.read("ACC_1", ("X-Mock-Session", session)).status == 200


@pytest.mark.parametrize("target", [subscription(), f"/__s/default{subscription()}"])
def test_http_1_0_gets_its_answer_and_the_end_of_the_connection(
    caller: Caller, target: str
) -> None:
    received = caller.raw(request("GET", target, version="1.0"))

    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert f"\r\ncontent-length: {len(body)}\r\n".encode() in head
    assert b"\r\ntransfer-encoding" not in head


def test_http_1_0_meets_faults_too(caller: Caller) -> None:
    reset = request("GET", subscription(), "X-Mock-Scenario: connection-reset", version="1.0")
    cut = request("GET", subscription(), "X-Mock-Scenario: body-truncated", version="1.0")

    with pytest.raises(ConnectionResetError):
        caller.raw(reset)
    assert caller.raw(cut).partition(b"\r\n\r\n")[2] == b'{"service_'


@pytest.mark.parametrize("scenario", ["status-404", "subscription-suspended", "malformed-json"])
def test_head_says_of_a_scenario_what_get_would_send(caller: Caller, scenario: str) -> None:
    headers = [TRACE, ("X-Mock-Scenario", scenario)]
    get = caller.ask("GET", subscription(), headers)
    head = caller.ask("HEAD", subscription(), headers)

    assert (head.status, head.body) == (get.status, b"")
    assert head.header("content-length") == str(len(get.body))
    assert head.header("x-mock-scenario") == get.header("x-mock-scenario")


def test_what_no_operation_answers_meets_no_scenario(caller: Caller) -> None:
    chosen = ("X-Mock-Scenario", "connection-reset")

    assert caller.ask("OPTIONS", subscription(), [chosen]).status == 204
    assert caller.ask("PUT", subscription(), [chosen]).status == 405
    assert caller.ask("GET", "/nowhere", [chosen]).status == 404


# lists of scenarios ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "status"),
    [
        (["status-404", "status-500"], 404),  # as two header lines
        (["status-500", "status-404"], 500),
        ([" , ,status-404 ,,", "status-500"], 404),
        (["status-404\t"], 404),
        ([""], 200),
        (["", ""], 200),
        ([",,,"], 200),
        ([",".join(["status-404"] * 20)], 404),
        (["access-not-found"], 200),  # of another API
        (["ftth-v1/access-not-found", "status-404"], 404),
    ],
)
def test_a_list_of_scenarios_is_read_as_lists_in_headers_are(
    caller: Caller, values: list[str], status: int
) -> None:
    with caller.session() as session:
        lines = [("X-Mock-Scenario", value) for value in values]
        reply = caller.read("ACC_123456", ("X-Mock-Session", session), *lines)

    assert (reply.status, reply.session) == (status, session)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("connection-rest", "There is no scenario 'connection-rest' for agile-tv-v3/"),
        ("STATUS-404", "There is no scenario 'STATUS-404' for agile-tv-v3/"),
        ("status-404;q=1", "There is no scenario 'status-404;q=1' for agile-tv-v3/"),
        (b"\xff\xfe", "There is no scenario '\xff\xfe' for agile-tv-v3/"),
        ("status-409", "There is no scenario 'status-409' for agile-tv-v3/"),
        ("status-404,nonsense", "There is no scenario 'nonsense' for agile-tv-v3/"),
        (",".join(["slow"] * 21), "The request names 21 scenarios; 20 are the most"),
        (",".join(["a"] * 1_000), "The request names 1000 scenarios; 20 are the most"),
        (",".join(["a"] * 20_000), "The names of scenarios have 39,999 bytes; 2,000 are the most"),
    ],
)
def test_a_list_that_cannot_be_meant_is_400(caller: Caller, value: str, told: str) -> None:
    reply = caller.read("ACC_123456", ("X-Mock-Scenario", value))

    assert (reply.status, reply.source) == (400, "mockserver")
    assert reply.json["detail"].startswith(told)


def test_a_misspelt_scenario_is_told_the_nearest_first(caller: Caller) -> None:
    reply = caller.read("ACC_123456", ("X-Mock-Scenario", "connection-rest"))

    assert reply.json["valid_scenarios"][0] == "connection-reset"


# without marks -----------------------------------------------------------------------------

Serving = Callable[..., AbstractContextManager[Any]]


@pytest.fixture(scope="module")
def unmarked(serving: Serving) -> Iterator[Caller]:
    """A server that does not say that it is a double."""
    with serving(
        str(AGILE), "--state", "none", "--no-mock-headers", "--log-level", "warning"
    ) as running:
        yield Caller(running.host, running.port)


@pytest.mark.parametrize(
    ("method", "target", "header", "status"),
    [
        ("GET", subscription(), ("Accept", "*/*"), 200),
        ("GET", subscription(), ("X-Mock-Scenario", "status-404"), 404),
        ("GET", subscription(), ("X-Mock-Scenario", "malformed-json"), 200),
        ("GET", subscription(), ("X-Mock-Scenario", "nonsense"), 400),
        ("GET", subscription(), ("X-Mock-Session", "a b"), 400),
        ("GET", f"/__s/quiet{subscription()}", ("Prefer", "code=500"), 500),
        ("GET", "/__s/quiet/nowhere", ("Accept", "*/*"), 404),
        ("PUT", subscription(), ("Accept", "*/*"), 405),
        ("POST", subscription(), ("Content-Type", "application/json"), 400),
        ("GET", "/__admin/sessions", ("Accept", "*/*"), 200),
    ],
)
def test_without_mock_headers_no_reply_has_any(
    unmarked: Caller, method: str, target: str, header: tuple[str, str], status: int
) -> None:
    reply = unmarked.ask(method, target, [TRACE, header])

    assert reply.status == status
    assert [name for name, _ in reply.headers if name.lower().startswith("x-mock")] == []


def test_without_mock_headers_sessions_and_faults_work_and_are_explained(unmarked: Caller) -> None:
    with unmarked.session(scenarios=["subscription-suspended"]) as session:
        reply = unmarked.ask("GET", f"/__s/{session}{subscription()}", [TRACE])
        with pytest.raises(ConnectionResetError):
            unmarked.read("ACC_1", ("X-Mock-Scenario", "connection-reset"))

        assert reply.json["accountState"] == "SUSPENDED"
        (kept,) = unmarked.admin("GET", f"/sessions/{session}/requests")["requests"]
        assert "subscription-suspended#1" in unmarked.explain(session, kept["id"])


def test_a_created_resource_leads_to_its_session_on_another_connection(caller: Caller) -> None:
    with caller.session() as session:
        made = caller.create("ACC_made_here", ("X-Mock-Session", session))
        found = caller.read("ACC_made_here")

        assert (made.status, found.session, found.found_by) == (202, session, "resource")
    assert caller.read("ACC_made_here").session == "default"


def test_an_upload_to_nowhere_that_the_end_cuts_off_leaves_no_traceback(serving: Serving) -> None:
    with serving(str(AGILE), "--state", "none") as running:
        caller = Caller(running.host, running.port)
        with caller.connect() as connection:
            begun = request("POST", "/nowhere", "Content-Length: 100", "Expect: 100-continue")
            connection.sendall(begun)
            assert connection.recv(65_536).startswith(b"HTTP/1.1 100 ")  # its body is waited for
            running.process.terminate()
            assert everything(connection).startswith(b"HTTP/1.1 503 ")
        running.process.wait(30)

        assert "Traceback" not in running.said()
        assert '"status":503' in running.said()
