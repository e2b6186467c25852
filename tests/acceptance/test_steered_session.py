"""The promise as a whole: a session that is steered from outside serves callers who know nothing.

`live_through` is the whole of it for one session; it runs alone, and fifty times at once.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

import pytest

from tests.acceptance.caller import JSON, TRACE, Caller, Reply, request, subscription

FIFTY = 50
READ = "agile-tv-v3/getSubscription"
INFO = "/v1/ftth/accesses/info?phoneNumber=911234567"
# The two scenarios of a session, the status of its reads, and those of three other requests.
TROUBLES = (
    (("subscription-suspended", "rate-limited-then-recovers"), 200, [429, 429, 200]),
    (("subscription-not-found", "unavailable-then-recovers"), 404, [503, 503, 200]),
    (("unknown-status", "subscription-suspended"), 432, [432, 432, 432]),
    (("maintenance", "subscription-not-found"), 503, [503, 503, 503]),
)


@dataclass(frozen=True)
class Troubles:
    """What is the matter in one of several sessions; neighbours contradict each other."""

    number: int

    @property
    def name(self) -> str:
        return f"troubles-{self.number}"

    @property
    def org(self) -> str:
        return f"org-of-troubles-{self.number}"


def live_through(caller: Caller, troubles: Troubles) -> None:
    """All that a tester does with one session; it is dropped in the end."""
    number, name = troubles.number, troubles.name
    scenarios, read_status, infos = TROUBLES[number % 2]
    bindings = [{"in": "path", "name": "*", "value": troubles.org}]

    with caller.session(name=name, scenarios=scenarios, bindings=bindings):
        waited = ThreadPoolExecutor(1).submit(
            caller.admin, "GET", f"/sessions/{name}/requests/wait?timeout_s=30&method=GET"
        )
        bound = caller.ask("GET", subscription("ACC_1", troubles.org), [TRACE])
        assert (bound.status, bound.session, bound.found_by) == (read_status, name, "binding")
        assert bound.header("x-mock-scenario") == f"agile-tv-v3/{scenarios[0]}"
        assert waited.result()["request"]["id"] == bound.id

        based = [caller.ask("GET", f"/__s/{name}{INFO}", [TRACE]) for _ in infos]
        assert [each.status for each in based] == infos
        assert {(each.session, each.found_by) for each in based} == {(name, "prefix")}

        why = caller.explain(name, bound.id)
        assert f"session     {name}:" in why
        assert f"answered by the rule agile-tv-v3/{scenarios[0]}#1" in why
        assert f"common/{scenarios[1]}#1" in caller.explain(name, based[0].id)

        with pytest.raises(ConnectionResetError):
            caller.raw(request("GET", subscription(), f"X-Mock-Session: {name}", RESET))
        assert_nearest_miss_is_told(caller, name)
        assert_rule_applies_so_often(caller, name, number % 3 + 1)
        sent = 1 + len(infos) + 1 + 5
        told = caller.admin("GET", f"/sessions/{name}")
        assert (told["requests"], told["dropped"]) == (sent, 0)

    late = caller.ask("GET", subscription("ACC_1", troubles.org), [TRACE])
    assert (late.status, late.session) == (200, "default")


RESET = "X-Mock-Scenario: connection-reset"


def assert_nearest_miss_is_told(caller: Caller, name: str) -> None:
    """A verification of what did not happen says what came nearest, and why it is not meant."""
    wanted = {"operation": READ, "when": {"path": {"service_id": "ACC_9"}}, "exactly": 1}

    told = caller.admin("POST", f"/sessions/{name}/requests/verify", wanted)

    assert (told["verified"], told["found"]) == (False, 0)
    differences = {text for miss in told["nearest"] for text in miss["differences"]}
    assert "path service_id: wanted 'ACC_9', found 'ACC_1'" in differences
    assert {miss["request"]["session"] for miss in told["nearest"]} == {name}
    assert "Nearest misses:\n  GET /v3/orgs/" in told["message"]


def assert_rule_applies_so_often(caller: Caller, name: str, times: int) -> None:
    """A rule on the spot goes before the scenarios, as often as it says."""
    rule = {"on": READ, "times": times, "as": "gateway", "reply": {"status": 502}}
    made = caller.admin("POST", f"/sessions/{name}/rules", rule)

    replies = [caller.read("ACC_R", ("X-Mock-Session", name)) for _ in range(5)]

    assert [each.status == 502 for each in replies] == [turn < times for turn in range(5)]
    assert f"answered by the rule {made['id']}" in caller.explain(name, replies[0].id)
    spent = caller.explain(name, replies[4].id)
    assert f"{made['id']}, written on the spot: did not apply" in spent
    assert f"it applied {times} time" in spent
    assert caller.admin("GET", f"/sessions/{name}/rules")[0]["used"] == times


@pytest.mark.parametrize("number", [1_000, 1_001])
def test_a_session_serves_callers_who_know_nothing_of_it(caller: Caller, number: int) -> None:
    live_through(caller, Troubles(number))


def test_fifty_sessions_live_through_it_at_once(caller: Caller) -> None:
    before = caller.sessions()
    start = threading.Barrier(FIFTY)

    def run(number: int) -> None:
        start.wait()
        live_through(caller, Troubles(number))

    with ThreadPoolExecutor(FIFTY) as pool:
        list(pool.map(run, range(FIFTY)))

    assert caller.sessions() == before


def test_fifty_sessions_share_no_turn_and_lose_no_request(caller: Caller) -> None:
    """The requests of all come in no order, by every way, from as many callers."""
    times, asked = 7, 12
    strays = caller.admin("GET", "/sessions/default")["requests"]
    names = [f"turns-{number}" for number in range(FIFTY)]
    rule = {"on": READ, "times": times, "as": "gateway", "reply": {"status": 502}}
    for number, name in enumerate(names):
        scenario = TROUBLES[number % len(TROUBLES)][0][0]
        binding = {"in": "header", "name": "X-Caller", "value": name}
        caller.admin(
            "POST", "/sessions", {"name": name, "scenarios": [scenario], "bindings": [binding]}
        )
        caller.admin("POST", f"/sessions/{name}/rules", rule)
    calls = [(name, way) for name in names for way in range(asked)]
    Random(50).shuffle(calls)  # noqa: S311 - test data

    with ThreadPoolExecutor(FIFTY) as pool:
        replies = list(pool.map(lambda call: by_way(caller, *call), calls))

    for number, name in enumerate(names):
        mine = [reply for (owner, _), reply in zip(calls, replies, strict=True) if owner == name]
        status = TROUBLES[number % len(TROUBLES)][1]
        assert Counter(each.status for each in mine) == {502: times, status: asked - times}
        assert {each.session for each in mine} == {name}
        assert Counter(each.found_by for each in mine) == dict.fromkeys(WAYS, asked // len(WAYS))
        kept = caller.admin("GET", f"/sessions/{name}/requests")
        assert {each["id"] for each in kept["requests"]} == {each.id for each in mine}
        assert (kept["total"], kept["dropped"]) == (asked, 0)
        caller.admin("DELETE", f"/sessions/{name}")
    assert caller.admin("GET", "/sessions/default")["requests"] == strays


WAYS = ("header", "prefix", "baggage", "binding")


def by_way(caller: Caller, name: str, number: int) -> Reply:
    """Read a subscription in one of four ways to a session."""
    way = WAYS[number % len(WAYS)]
    header = {
        "header": [("X-Mock-Session", name)],
        "baggage": [("baggage", f"user=1,mock-session={name};p=1")],
        "binding": [("X-Caller", name)],
    }.get(way, [])
    prefix = f"/__s/{name}" if way == "prefix" else ""
    return caller.ask("GET", prefix + subscription("ACC_7"), [TRACE, *header])


def test_chance_in_one_session_is_not_disturbed_by_others(caller: Caller) -> None:
    """Sessions of one seed draw the same, however they come between each other."""
    names = [f"chance-{number}" for number in range(20)]
    for name in names:
        caller.admin("POST", "/sessions", {"name": name, "seed": 7, "scenarios": ["flaky"]})

    def read_on(name: str) -> list[int]:
        return [caller.read("ACC_1", ("X-Mock-Session", name)).status for _ in range(20)]

    with ThreadPoolExecutor(len(names)) as pool:
        drawn = list(pool.map(read_on, names))
    for name in names:
        caller.admin("DELETE", f"/sessions/{name}")

    assert drawn == [drawn[0]] * len(names)
    assert set(drawn[0]) == {200, 503}


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("POST", "/v1/orgs/acme/tesa/activatoin", 404), ("PUT", subscription("ACC_1"), 405)],
)
def test_a_wrong_path_or_method_is_kept_whole_in_the_session_that_its_body_leads_to(
    caller: Caller, method: str, target: str, status: int
) -> None:
    binding = {"in": "body", "name": "/externalReference", "value": "REF-of-a-test"}
    body = b'{"externalReference": "REF-of-a-test", "note": "here I am"}'
    with caller.session(bindings=[binding]) as session:
        reply = caller.ask(method, target, [TRACE, JSON], body)

        assert (reply.status, reply.session, reply.found_by) == (status, session, "binding")
        why = caller.explain(session, reply.id)
        assert "here I am" in why
        assert f"{len(body)} bytes" in why


def test_the_wrong_path_is_told_the_nearest_operation(caller: Caller) -> None:
    with caller.session() as session:
        target = f"/__s/{session}/v3/orgs/acme/tv/agile/subscription/ACC_1"
        reply = caller.ask("GET", target, [TRACE])

        assert READ in reply.json["nearest"][0]
        assert READ in caller.explain(session, reply.id)
        miss = caller.admin("POST", f"/sessions/{session}/requests/verify", {"operation": READ})
        assert miss["nearest"][0]["request"]["id"] == reply.id
