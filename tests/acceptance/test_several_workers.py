"""Several workers on one file behave as one server, whatever happens to them and to the file."""

import json
import os
import resource
import signal
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockserver.launch import Launch
from tests.acceptance.caller import JSON, Caller, Reply
from tests.patience import until
from tests.simulations.tesa import order

CALLERS = 8
ACTIVATION = "/v1/orgs/masmovil/tesa/activation"
NOON = "2026-01-15T12:00:00.000Z"


class Double(Caller):
    """A server of several workers: each call is on a connection of its own, so all get some."""

    def each(self, call: Callable[[int], Reply], count: int) -> list[Reply]:
        """The replies to so many calls, several at a time."""
        with ThreadPoolExecutor(CALLERS) as pool:
            return list(pool.map(call, range(count)))

    def order(self, session: str, reference: str) -> Reply:
        """The reply to an activation."""
        body = json.dumps(order(reference)).encode()
        return self.ask("POST", f"/__s/{session}{ACTIVATION}", [JSON], body)

    def state(self, session: str, reference: str) -> Reply:
        """What TESA says of an activation."""
        return self.ask("GET", f"/__s/{session}/v1/orgs/masmovil/tesa/requests/{reference}")

    def found(self, session: str, **criteria: Any) -> int:
        """How many requests the journal has."""
        target = f"/sessions/{session}/requests/count"
        return int(self.admin("POST", target, criteria)["count"])

    def total(self, session: str) -> int:
        """How many TESA requests a session remembers."""
        target = f"/sessions/{session}/records/tesa-requests?limit=1"
        return int(self.admin("GET", target)["total"])


def workers(launch: Launch) -> set[int]:
    """The pids of the processes that serve."""
    children = Path(f"/proc/{launch.pid}/task/{launch.pid}/children")
    return set(map(int, children.read_text().split()))


@contextmanager
def serving(file: Path, *flags: str, workers: int = 4) -> Iterator[tuple[Launch, Double]]:
    """A server on a file, ended in the end."""
    shared = ("--state", f"sqlite:{file}", "--workers", str(workers))
    launch = Launch([*shared, "--log-level", "error", *flags])
    try:
        place = urlsplit(launch.ready.url)
        yield launch, Double(place.hostname or "", place.port or 0)
    finally:
        launch.end()


@pytest.fixture(scope="module")
def double(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Double]:
    """One for all tests that have sessions of their own in it."""
    with serving(tmp_path_factory.mktemp("shared") / "mock.db") as (_, served):
        yield served


def workers_of(replies: list[Reply]) -> Counter[str]:
    """How many each worker answered: the ids of its exchanges begin alike."""
    return Counter(each.id.partition("-")[0] for each in replies)


# one session on all of them -----------------------------------------------------------------


def test_all_that_is_created_anywhere_is_there_for_all(double: Double) -> None:
    with double.session() as session:
        replies = double.each(lambda number: double.order(session, f"R{number}"), 80)

        assert len(workers_of(replies)) > 1
        assert [each.status for each in replies] == [201] * 80
        assert len({each.json["referenceId"] for each in replies}) == 80
        assert double.total(session) == 80
        assert double.found(session, operation="createTesaActivation", status=201) == 80
        verified = double.admin("POST", f"/sessions/{session}/requests/verify", {"exactly": 80})
        assert verified["verified"]


def test_events_have_one_order_for_all(double: Double) -> None:
    with double.session() as session:
        replies = double.each(lambda number: double.order(session, f"R{number}"), 40)
        listed = double.each(
            lambda _: double.tell("GET", f"/sessions/{session}/requests?limit=1000"), 8
        )

        assert len({each.body for each in listed}) == 1
        told = [each["id"] for each in listed[0].json["requests"]]
        assert sorted(told) == sorted(each.id for each in replies)
        records = double.admin("GET", f"/sessions/{session}/records/tesa-requests?limit=100")
        created = {each.id: each.json["referenceId"] for each in replies}
        made = [each["data"]["reference_id"] for each in records["records"]]
        assert made == [created[each] for each in reversed(told)]
        assert made == sorted(made)


def test_a_unique_claim_is_one_callers(double: Double) -> None:
    with double.session() as session:
        replies = double.each(lambda number: double.order(session, f"SAME{number // 8}"), 64)

        assert Counter(each.status for each in replies)[201] == 8
        assert (double.total(session), double.found(session)) == (8, 64)


def test_two_callers_never_share_a_turn(double: Double) -> None:
    turns = [{"status": 503, "times": 5}, {"status": 429, "times": 7}, {"through": True}]
    rule = {"on": "getSubscription", "as": "gateway", "replies": turns}
    with double.session() as session:
        double.admin("POST", f"/sessions/{session}/rules", rule)

        replies = double.each(lambda _: double.read("ACC_1", ("X-Mock-Session", session)), 40)

        found = Counter(each.status for each in replies)
        assert len(workers_of(replies)) > 1
        assert (found[503], found[429]) == (5, 7)
        [told] = double.admin("GET", f"/sessions/{session}/rules")
        assert told["used"] == 40


def test_a_poll_is_one_callers(double: Double) -> None:
    course = {"on": "createTesaActivation", "course": {"*": {"polls": 10}}}
    with double.session() as session:
        double.admin("POST", f"/sessions/{session}/rules", course)
        reference = double.order(session, "P1").json["referenceId"]
        place = f"/sessions/{session}/records/tesa-requests/{reference}"
        before = double.admin("GET", place)

        replies = double.each(lambda _: double.state(session, reference), 9)
        after = double.admin("GET", place)
        last = double.state(session, reference)

        assert {each.status for each in [*replies, last]} == {200}
        assert (before["polls"], after["polls"]) == (10, 1)
        assert before["phase"] == after["phase"] != double.admin("GET", place)["phase"]


def test_a_clock_that_is_moved_is_moved_for_all_at_once(double: Double) -> None:
    course = {"on": "createTesaActivation", "course": {"*": {"after": "1h"}}}
    with double.session(clock={"mode": "frozen", "at": NOON}) as session:
        double.admin("POST", f"/sessions/{session}/rules", course)
        reference = double.order(session, "C1").json["referenceId"]
        seen = []
        for _ in range(3):
            replies = double.each(lambda _: double.state(session, reference), 16)
            assert len(workers_of(replies)) > 1
            assert len({each.body for each in replies}) == 1
            seen.append(replies[0].body)
            double.admin("POST", f"/sessions/{session}/clock/advance", {"by": "1h"})

        assert len(set(seen)) == 3


def test_a_session_is_steered_and_reset_and_dropped_for_all(double: Double) -> None:
    def statuses() -> set[int]:
        named = ("X-Mock-Session", "steered")
        return {each.status for each in double.each(lambda _: double.read("ACC_1", named), 16)}

    double.admin("POST", "/sessions", {"name": "steered"})
    usual = statuses()
    double.admin("PUT", "/sessions/steered/scenarios", {"scenarios": ["status-400"]})
    steered = statuses()
    double.admin("POST", "/sessions/steered/reset")
    anew = statuses()
    told = [double.tell("GET", "/sessions/steered").json["requests"] for _ in range(8)]
    double.admin("DELETE", "/sessions/steered")
    gone = {
        each.status for each in double.each(lambda _: double.tell("GET", "/sessions/steered"), 8)
    }

    assert (usual, steered, anew, gone) == ({404}, {400}, {404}, {404})
    assert told == [16] * 8


def test_a_bound_value_leads_to_its_session_from_anywhere(double: Double) -> None:
    bindings = [{"in": "path", "name": "*", "value": "ACC_BOUND"}]
    with double.session(bindings=bindings) as session:
        replies = double.each(lambda _: double.read("ACC_BOUND"), 16)

        assert len(workers_of(replies)) > 1
        assert {(each.session, each.found_by) for each in replies} == {(session, "binding")}


def test_what_is_exercised_is_counted_over_all(double: Double) -> None:
    double.admin("DELETE", "/coverage")
    with double.session() as session:
        double.each(lambda number: double.order(session, f"R{number}"), 24)

    rows = {each["operation"]: each for each in double.admin("GET", "/coverage")["operations"]}
    assert rows["tesamanager-v1/createTesaActivation"]["met"] == 24


def test_who_waits_hears_of_what_another_worker_records(double: Double) -> None:
    with double.session() as session, ThreadPoolExecutor(CALLERS) as pool:
        target = f"/sessions/{session}/requests/wait?operation=createTesaActivation&timeout_s=30"
        waiting = [pool.submit(double.admin, "GET", target) for _ in range(4)]
        reply = double.order(session, "W1")

        assert {each.result()["request"]["id"] for each in waiting} == {reply.id}


# what happens to them -----------------------------------------------------------------------


def test_whatever_was_answered_outlives_a_worker_that_is_killed_under_load(tmp_path: Path) -> None:
    with serving(tmp_path / "mock.db") as (launch, double):
        answered: list[list[str]] = [[] for _ in range(CALLERS)]
        wrong: list[Reply] = []
        over = threading.Event()

        def load(caller: int) -> None:
            number = 0
            while not over.is_set():
                number += 1
                reference = f"K{caller}-{number}"
                try:
                    reply = double.order("killed", reference)
                except (OSError, HTTPException):
                    continue  # it was with the one that was killed
                if reply.status != 201:
                    wrong.append(reply)
                answered[caller].append(reference)

        callers = [threading.Thread(target=load, args=[each]) for each in range(CALLERS)]
        for each in callers:
            each.start()
        try:
            until(lambda: min(map(len, answered)) > 0)
            before = workers(launch)
            victims = set(sorted(before)[:2])
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            until(lambda: not victims & workers(launch) and len(workers(launch)) == len(before))
            then = list(map(len, answered))
            until(lambda: all(len(a) > b for a, b in zip(answered, then, strict=True)))
        finally:
            over.set()
            for each in callers:
                each.join()

        assert wrong == []
        records = double.admin("GET", "/sessions/killed/records/tesa-requests?limit=1000")
        kept = {each["data"]["external_reference"] for each in records["records"]}
        assert {each for some in answered for each in some} <= kept
        assert double.found("killed", status=201) == len(kept)


@pytest.mark.parametrize("workers", [1, 3])
def test_a_server_that_has_ended_leaves_everything_in_one_file(
    tmp_path: Path, workers: int
) -> None:
    with serving(tmp_path / "mock.db", workers=workers) as (_, double):
        assert {each.status for each in double.each(lambda n: double.order("a", f"R{n}"), 8)} == {
            201
        }

    assert [each.name for each in tmp_path.iterdir()] == ["mock.db"]


def test_a_server_that_is_started_again_on_the_same_file_has_everything(tmp_path: Path) -> None:
    file = tmp_path / "mock.db"
    course = {"on": "createTesaActivation", "course": {"*": {"after": "1h"}}}
    made = {
        "name": "kept",
        "clock": {"mode": "frozen", "at": NOON},
        "bindings": [{"in": "path", "name": "*", "value": "ACC_KEPT"}],
    }
    places = ("", "/rules", "/bindings", "/clock", "/records/tesa-requests", "/requests")
    with serving(file, workers=2) as (_, double):
        double.admin("POST", "/sessions", made)
        double.admin("POST", "/sessions/kept/rules", course)
        reference = double.order("kept", "A1").json["referenceId"]
        double.admin("POST", "/sessions/kept/clock/advance", {"by": "30m"})
        before = [double.admin("GET", f"/sessions/kept{place}") for place in places]
        explained = [double.explain("kept", each["id"]) for each in before[-1]["requests"]]

    with serving(file, workers=1) as (_, double):
        after = [double.admin("GET", f"/sessions/kept{place}") for place in places]
        again = [double.explain("kept", each["id"]) for each in after[-1]["requests"]]
        for told in (before[0], after[0]):
            del told["base_url"]  # another port
        advanced = double.admin("POST", "/sessions/kept/clock/advance", {"by": "30m"})

        assert after == before
        assert again == explained
        assert after[3]["now"] == "2026-01-15T12:30:00.000Z"
        assert [each["id"] for each in advanced["fired"]] == [reference]
        assert double.read("ACC_KEPT").session == "kept"


# what happens to the file -------------------------------------------------------------------


@contextmanager
def full_disk(launch: Launch, file: Path) -> Iterator[None]:
    """No process of the server may write more than its files have by now."""
    pids = workers(launch) or {launch.pid}
    size = max(each.stat().st_size for each in file.parent.iterdir())
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def locked(_launch: Launch, file: Path) -> Iterator[None]:
    """Another program has the right to write and keeps it."""
    other = sqlite3.connect(file, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


@pytest.mark.parametrize("away", [full_disk, locked])
def test_while_the_file_cannot_be_written_all_is_a_clear_503_and_then_it_goes_on(
    away: Callable[[Launch, Path], Any], tmp_path: Path
) -> None:
    file = tmp_path / "mock.db"
    with serving(file, workers=2) as (launch, double):
        assert double.order("disk", "BEFORE").status == 201
        with away(launch, file):
            replies = double.each(lambda number: double.order("disk", f"D{number}"), 4)
            health = double.tell("GET", "/health")
            contracts = double.tell("GET", "/contracts")
        after = [double.order("disk", f"A{number}") for number in range(8)]

        assert {(each.status, each.source) for each in replies} == {(503, "mockserver")}
        assert str(file) in replies[0].json["detail"]
        assert "nothing is done" in replies[0].json["detail"]
        assert (health.status, contracts.status) == (200, 200)  # to start it anew would not help
        assert [each.status for each in after] == [201] * 8
        assert double.order("disk", "D0").status == 201  # nothing was left half done
        assert double.found("disk", status=201) == double.total("disk")
