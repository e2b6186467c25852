"""Each fault that comes with the package, as a socket sees it: what arrives, and how it ends."""

import http.client
import json
import re
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.caller import NEW, TRACE, Caller, everything, request, subscription

COMMON = Path(__file__).parents[2] / "scenarios" / "common"
BODY = json.dumps(NEW).encode()
# What a read and a write get of each scenario that has a fault.
SEEN = {
    "accepted-then-silence": ("silence", "answer"),
    "answer-lost": ("answer", "reset"),
    "body-truncated": ("truncated", "truncated"),
    "broken-chunk": ("broken chunk", "broken chunk"),
    "connection-closed": ("closed", "closed"),
    "connection-reset": ("reset", "reset"),
    "done-but-timed-out": ("answer", "silence"),
    "dribble": ("head", "head"),
    "duplicate-create": ("answer", "reset"),
    "garbage": ("garbage", "garbage"),
    "gateway-timeout": ("silence", "silence"),
    "hang": ("silence", "silence"),
    "jittery": ("silence", "silence"),
    "request-lost": ("answer", "reset"),
    "request-lost-once": ("answer", "reset"),
    "request-swallowed": ("answer", "silence"),
    "slow": ("silence", "silence"),
}
LOST = {
    ("accepted-then-silence", "GET"),
    ("request-lost", "POST"),
    ("request-lost-once", "POST"),
    ("request-swallowed", "POST"),
}
SOON_S = 0.05  # as long as silence is listened to; none of the answers comes that soon
SEED = 2  # draws a delay of some seconds for `jittery`

FAULT = re.compile(r"\bfault:")


def test_the_table_has_every_fault() -> None:
    faults = {file.stem for file in COMMON.glob("*.yaml") if FAULT.search(file.read_text())}

    assert faults == set(SEEN)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("name", SEEN)
def test_a_fault_is_real_on_the_wire(caller: Caller, name: str, method: str) -> None:
    expected = SEEN[name][method == "POST"]
    body = BODY if method == "POST" else b""
    with caller.session(seed=SEED) as session, caller.connect() as connection:
        headers = f"X-Mock-Session: {session}", f"X-Mock-Scenario: {name}", "Connection: close"
        path = subscription(f"ACC_{method}_{name}")
        connection.sendall(request(method, path, *headers, body=body))

        assert LOOKS[expected](connection) == expected

        assert caller.admin("GET", f"/sessions/{session}/requests/wait?timeout_s=30")["matched"]
        (exchange,) = caller.admin("GET", f"/sessions/{session}/requests")["requests"]
        spared = expected == "answer"
        assert exchange["scenarios"] == ([] if spared else [f"common/{name}"])
        assert (exchange["fault"] == "") == spared
        assert (exchange["status"] == 0) == ((name, method) in LOST)


def until_the_end(connection: socket.socket) -> str:
    """What is seen of an answer that ends with its connection."""
    try:
        received = everything(connection)
    except ConnectionResetError:
        return "reset"
    if not received:
        return "closed"
    if not received.startswith(b"HTTP/1.1 20"):
        return "garbage"
    head, _, body = received.partition(b"\r\n\r\n")
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    if headers.get(b"transfer-encoding") == b"chunked":
        size, _, rest = body.partition(b"\r\n")
        chunk, end = rest[: int(size, 16)], rest[int(size, 16) :]
        return "broken chunk" if chunk[:1] == b"{" and end == b"\r\noops\r\n" else "chunks"
    missing = int(headers[b"content-length"]) - len(body)
    return "truncated" if missing > 0 and len(body) == 10 else "answer"


def for_a_moment(connection: socket.socket) -> str:
    """What is seen soon; the connection is still there then."""
    connection.settimeout(SOON_S)
    received = b""
    try:
        while part := connection.recv(65_536):
            received += part
    except TimeoutError:
        return "a part" if received else "silence"
    return "closed"


def head_of(connection: socket.socket) -> str:
    """The head that comes long before the end of its body."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    head, _, body = received.lower().partition(b"\r\n\r\n")
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return "head" if len(body) < length else "answer"


LOOKS = dict.fromkeys(
    ("answer", "reset", "closed", "garbage", "truncated", "broken chunk"), until_the_end
) | {"silence": for_a_moment, "head": head_of}


def post(caller: Caller, session: str, **rule: Any) -> None:
    caller.admin("POST", f"/sessions/{session}/rules", rule)


def test_a_body_dribbles_in_pieces_until_it_is_whole(caller: Caller) -> None:
    with caller.session() as session, caller.connect() as connection:
        post(caller, session, on="*", fault={"break": "dribble", "over_ms": 400})
        started = time.monotonic()
        sent = request(
            "GET", subscription(), f"X-Mock-Session: {session}", "Accept: */*", "Connection: close"
        )
        connection.sendall(sent)

        parts = []
        while part := connection.recv(65_536):
            parts.append(part)

        _, _, body = b"".join(parts).partition(b"\r\n\r\n")
        assert json.loads(body)["service_id"] == "ACC_123456"
        assert len(parts) > 2
        assert time.monotonic() - started >= 0.4


@pytest.mark.parametrize("before", ["deed", "delivery"])
def test_an_answer_takes_its_time(caller: Caller, before: str) -> None:
    with caller.session() as session:
        post(caller, session, on="*", fault={"delay": {"ms": 100}, "before": before})
        started = time.monotonic()

        reply = caller.create("ACC_late", ("X-Mock-Session", session))

        assert (reply.status, reply.source) == (202, "example")
        assert time.monotonic() - started >= 0.1


def test_what_is_lost_before_the_deed_is_not_there_and_its_repetition_is(caller: Caller) -> None:
    service = "ACC_lost_once"
    with caller.session(scenarios=["request-lost-once"]) as session:
        with pytest.raises(ConnectionResetError):
            caller.create(service, ("X-Mock-Session", session))
        assert caller.read(service).session == "default"

        assert caller.create(service, ("X-Mock-Session", session)).status == 202

        there = caller.read(service)
        assert (there.session, there.found_by) == (session, "resource")


@pytest.mark.parametrize(
    ("scenario", "done"), [("request-lost", False), ("answer-lost", True), ("garbage", True)]
)
def test_only_what_was_done_is_there(caller: Caller, scenario: str, *, done: bool) -> None:
    service = f"ACC_outcome_{scenario}"
    with caller.session(scenarios=[scenario]) as session:
        with pytest.raises((ConnectionResetError, http.client.BadStatusLine)):
            caller.create(service, ("X-Mock-Session", session))

        caller.admin("PUT", f"/sessions/{session}/scenarios", {"scenarios": []})
        assert (caller.read(service).session == session) == done


def test_who_leaves_before_a_late_deed_has_done_nothing(caller: Caller) -> None:
    service = "ACC_left"
    with caller.session() as session:
        post(caller, session, on="POST *", fault={"delay": {"ms": 60_000}, "before": "deed"})
        with caller.connect() as connection:
            headers = f"X-Mock-Session: {session}", "Connection: close"
            connection.sendall(request("POST", subscription(service), *headers, body=BODY))
            assert for_a_moment(connection) == "silence"
            assert caller.admin("GET", f"/sessions/{session}/requests/count")["count"] == 0

        wait = f"/sessions/{session}/requests/wait?timeout_s=30&status=0"
        assert caller.admin("GET", wait)["matched"]
        assert caller.read(service).session == "default"


def test_a_caller_that_leaves_a_hanging_request_takes_nothing_with_it(caller: Caller) -> None:
    with caller.session(scenarios=["hang"]) as session:
        header = f"X-Mock-Session: {session}"
        for _ in range(20):
            with caller.connect() as connection:
                connection.sendall(request("GET", subscription(), header))
        wait = f"/sessions/{session}/requests/wait?timeout_s=30"
        assert caller.admin("GET", wait)["matched"]
        caller.admin("PUT", f"/sessions/{session}/scenarios", {"scenarios": []})

        assert caller.read("ACC_1", ("X-Mock-Session", session)).status == 200


def test_a_write_is_accepted_and_what_it_made_is_silent_from_then_on(caller: Caller) -> None:
    service = "ACC_silent"
    with caller.session() as session, caller.connect() as connection:
        headers = ("X-Mock-Session", session), ("X-Mock-Scenario", "accepted-then-silence")
        assert caller.create(service, *headers).status == 202

        connection.sendall(request("GET", subscription(service)))

        assert for_a_moment(connection) == "silence"
        assert caller.admin("GET", f"/sessions/{session}/requests/wait?method=GET")["matched"]
        (newest, _) = caller.admin("GET", f"/sessions/{session}/requests")["requests"]
        assert newest["scenarios"] == ["common/accepted-then-silence"]
        other = caller.ask("GET", subscription("ACC_other"), [TRACE, ("X-Mock-Session", session)])
        assert other.status == 200
