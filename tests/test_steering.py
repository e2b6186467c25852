"""What scenarios, rules and preferences make of a request, and in which order."""

import gc
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from mockserver.engine import Engine
from mockserver.exchange import UNSTEERED, Exchange
from mockserver.fault import Break
from mockserver.message import Json, Source
from mockserver.scenario import Scenario
from mockserver.server.app import App
from mockserver.sessions import Sessions
from mockserver.settings import Settings
from mockserver.stores import P, R, StoreError
from mockserver.stores.memory.store import MemoryStore
from tests.scenarios.samples import (
    NOON,
    body,
    create,
    created,
    engine_of,
    post,
    read,
    scenario,
    seen,
    send,
)
from tests.server.conftest import Call, every_operation
from tests.simulations.tesa import order

GATEWAY = {"as": "gateway"}
READ = {"on": "readThing"}


def answers(name: str, **more: Json) -> Scenario:
    """A scenario that says its own name to who reads a thing."""
    return scenario(f"shop-v1/{name}", READ | {"reply": {"body": {"id": name}}} | more)


def delays(name: str, ms: float, **more: Json) -> Scenario:
    return scenario(f"shop-v1/{name}", {"on": "*", "fault": {"delay": {"ms": ms}} | more})


def statuses(engine: Engine, count: int, **headers: str) -> list[int]:
    return [read(engine, **headers).reply.status for _ in range(count)]


def applied(exchange: Exchange) -> tuple[str, ...]:
    return exchange.steering.scenarios


# the order ----------------------------------------------------------------------------------


def test_each_source_is_stronger_than_those_behind_it() -> None:
    names = ("header", "active", "kept", "usual")
    engine = engine_of([answers(name) for name in names[:-1]] + [_default("usual")])
    mine = engine.sessions.default

    def answer(**headers: str) -> str:
        return str(body(read(engine, **headers)).get("id"))

    assert answer() == "usual"
    create(engine, "T1", X_Mock_Scenario="kept")
    assert answer() == "kept"
    mine.activate(("shop-v1/active",))
    assert answer() == "active"
    post(engine, mine, READ | {"reply": {"body": {"id": "posted"}}})
    assert answer() == "posted"
    assert answer(X_Mock_Scenario="header") == "header"
    preferred = read(engine, X_Mock_Scenario="header", Prefer="code=404")
    assert (preferred.reply.status, preferred.steering) == (404, UNSTEERED)


def _default(name: str) -> Scenario:
    rule = READ | {"reply": {"body": {"id": name}}}
    return scenario(f"shop-v1/{name}", rule, default=True)


def test_a_refusal_is_stronger_than_anything() -> None:
    rule = {"on": "createThing", "reply": {"status": 503}}
    engine = engine_of([scenario("shop-v1/away", rule, default=True)])
    headers = {"X-Mock-Scenario": "away", "Prefer": "code=409"}

    exchange = send(engine, "POST", "/things", headers=headers, json={"size": 1})

    assert (exchange.reply.status, exchange.reply.source) == (400, Source.REFUSAL)
    assert exchange.steering == UNSTEERED
    assert exchange.violations


def test_of_rules_on_the_spot_the_oldest_is_asked_first() -> None:
    engine = engine_of()
    mine = engine.sessions.default
    first = post(engine, mine, READ | {"times": 1, "reply": {"status": 404}})
    second = post(engine, mine, READ | {"reply": {"status": 500}})

    assert [applied(read(engine)) for _ in range(2)] == [(first,), (second,)]


def test_of_several_scenarios_the_first_named_is_asked_first() -> None:
    engine = engine_of([answers("one"), answers("two"), delays("late", 5)])

    assert body(read(engine, X_Mock_Scenario="two, one"))["id"] == "two"
    assert body(read(engine, X_Mock_Scenario=" ,one ,,two"))["id"] == "one"
    exchange = read(engine, X_Mock_Scenario="late,one,two")
    assert applied(exchange) == ("shop-v1/late", "shop-v1/one")
    assert (body(exchange)["id"], exchange.steering.delay_ms) == ("one", 5)


def test_a_scenario_that_is_named_and_active_and_kept_takes_one_turn() -> None:
    replies = [{"status": 503, "times": 2}, {"through": True}]
    engine = engine_of(
        [
            scenario("shop-v1/once", {"on": "*", "times": 2, "fault": {"delay": {"ms": 1}}}),
            scenario("shop-v1/away", READ | GATEWAY | {"replies": replies}),
        ]
    )
    engine.sessions.default.activate(("shop-v1/once", "shop-v1/away"))

    create(engine, X_Mock_Scenario="once,away")
    exchanges = [read(engine, X_Mock_Scenario="once,away") for _ in range(3)]

    assert [each.steering.delay_ms for each in exchanges] == [1, 0, 0]
    assert [each.reply.status for each in exchanges] == [503, 503, 200]


def test_a_default_scenario_applies_without_being_chosen() -> None:
    engine = engine_of([_default("usual")])

    exchange = read(engine)

    assert (applied(exchange), body(exchange)) == (("shop-v1/usual",), {"id": "usual"})
    assert applied(create(engine)) == ()


def test_nothing_steers_where_nothing_is_chosen() -> None:
    exchange = read(engine_of([answers("one")]))

    assert exchange.steering == UNSTEERED
    assert exchange.reply.source is Source.EXAMPLE


# names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["sold-uot", "late,sold-uot", "sold-uot,late"])
def test_an_unknown_name_is_told_with_the_valid_ones_nearest_first(header: str) -> None:
    engine = engine_of([answers("sold-out"), delays("late", 1)])

    exchange = read(engine, X_Mock_Scenario=header)

    assert (exchange.reply.status, exchange.reply.source) == (400, Source.MOCKSERVER)
    assert body(exchange)["valid_scenarios"][0] == "sold-out"
    assert set(body(exchange)["valid_scenarios"]) == {
        "late",
        "sold-out",
        "status-200",
        "status-404",
    }
    assert "'sold-uot'" in body(exchange)["detail"]
    assert list(engine.sessions.default.journal) == [exchange]


def test_more_names_than_there_may_be_are_not_silently_left_out() -> None:
    engine = engine_of([answers("one")])

    assert read(engine, X_Mock_Scenario=",".join(["one"] * 20)).reply.status == 200
    assert read(engine, X_Mock_Scenario=",".join(["one"] * 21)).reply.status == 400


def test_a_known_scenario_of_another_api_does_not_apply() -> None:
    rule = {"on": "readBox", "reply": {"status": 404}}
    engine = engine_of([scenario("depot-v1/away", rule)])

    assert read(engine, X_Mock_Scenario="away").reply.status == 200
    assert read(engine, X_Mock_Scenario="depot-v1/away").reply.status == 200
    boxed = send(engine, "GET", "/boxes/1", headers={"X-Mock-Scenario": "away"})
    assert boxed.reply.status == 404


def test_a_known_scenario_without_a_rule_for_the_operation_does_not_apply() -> None:
    engine = engine_of([answers("one")])

    exchange = create(engine, X_Mock_Scenario="one")

    assert (exchange.reply.status, exchange.steering.considered) == (201, ())


def test_the_apis_own_scenario_is_meant_before_a_common_one() -> None:
    rule = {"on": "*", "as": "gateway", "reply": {"status": 502}}
    engine = engine_of([answers("one"), scenario("common/one", rule)])

    assert read(engine, X_Mock_Scenario="one").reply.status == 200
    assert read(engine, X_Mock_Scenario="common/one").reply.status == 502
    other = send(engine, "GET", "/boxes/1", headers={"X-Mock-Scenario": "one"})
    assert other.reply.status == 502


@pytest.mark.parametrize(
    ("method", "target", "status", "expected"),
    [
        ("GET", "/things/1", 404, 404),  # listed
        ("GET", "/things/1", 503, 503),  # in a range
        ("GET", "/things/1", 409, 400),  # neither
        ("PUT", "/things/1", 409, 409),  # by default
        ("DELETE", "/things/1", 204, 204),  # without a body
        ("GET", "/things/1", 199, 400),
        ("GET", "/things/1", 600, 400),
    ],
)
def test_each_documented_status_is_a_scenario(
    method: str, target: str, status: int, expected: int
) -> None:
    engine = engine_of()
    headers = {"X-Mock-Scenario": f"status-{status}"}
    sent: Json = {"id": "1"} if method == "PUT" else None

    exchange = send(engine, method, target, headers=headers, json=sent)

    assert exchange.reply.status == expected
    if expected == status:
        assert exchange.reply.source is Source.SCENARIO
        assert applied(exchange) == (f"status-{status}",)


# turns --------------------------------------------------------------------------------------


def test_a_rule_with_times_applies_so_often_and_says_so_afterwards() -> None:
    engine = engine_of([scenario("shop-v1/twice", READ | {"times": 2, "reply": {"status": 404}})])

    assert statuses(engine, 4, X_Mock_Scenario="twice") == [404, 404, 200, 200]
    [considered] = read(engine, X_Mock_Scenario="twice").steering.considered
    assert (considered.spent, considered.applied) == ("it applied 2 times already", False)


def test_a_sequence_goes_from_turn_to_turn_and_then_through() -> None:
    replies = [{"status": 503, "times": 2}, {"status": 404, "times": 1}, {"through": True}]
    engine = engine_of([scenario("shop-v1/away", READ | {"replies": replies})])

    assert statuses(engine, 5, X_Mock_Scenario="away") == [503, 503, 404, 200, 200]


def test_a_sequence_that_ends_leaves_the_rest_to_others() -> None:
    replies = [{"status": 503, "times": 1}, {"status": 404, "times": 1}]
    rules = [READ | {"replies": replies}, READ | {"reply": {"body": {"id": "next"}}}]
    engine = engine_of([scenario("shop-v1/away", *rules)])

    assert statuses(engine, 2, X_Mock_Scenario="away") == [503, 404]
    assert body(read(engine, X_Mock_Scenario="away")) == {"id": "next"}


def test_times_end_a_sequence_earlier() -> None:
    replies = [{"status": 503, "times": 1}, {"status": 404}]
    engine = engine_of([scenario("shop-v1/away", READ | {"times": 3, "replies": replies})])

    assert statuses(engine, 5, X_Mock_Scenario="away") == [503, 404, 404, 200, 200]


def test_a_request_that_does_not_match_takes_no_turn() -> None:
    rule = READ | {"when": {"path": {"id": "T9"}}, "times": 1, "reply": {"status": 404}}
    engine = engine_of([scenario("shop-v1/once", rule)])

    assert statuses(engine, 3, X_Mock_Scenario="once") == [200] * 3
    assert read(engine, "T9", X_Mock_Scenario="once").reply.status == 404


def test_sessions_do_not_share_turns() -> None:
    engine = engine_of([scenario("shop-v1/once", READ | {"times": 1, "reply": {"status": 404}})])

    found = [statuses(engine, 2, X_Mock_Scenario="once", X_Mock_Session=name) for name in "ab"]

    assert found == [[404, 200]] * 2


FLAKY = scenario(
    "shop-v1/flaky",
    READ | GATEWAY | {"replies": [{"status": 503, "weight": 3}, {"through": True, "weight": 1}]},
)


def test_a_weighted_choice_is_drawn_by_the_seed_of_the_session() -> None:
    def drawn(seed: int) -> list[int]:
        engine = engine_of([FLAKY])
        engine.sessions.make("a", seed=seed)
        return statuses(engine, 400, X_Mock_Scenario="flaky", X_Mock_Session="a")

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert 260 < Counter(drawn(1))[503] < 340


def test_a_weighted_choice_that_is_also_active_is_drawn_once() -> None:
    engine = engine_of([FLAKY])
    expected = statuses(engine, 100, X_Mock_Scenario="flaky")
    engine.sessions.reset(engine.sessions.default)
    engine.sessions.default.activate(("shop-v1/flaky",))

    assert statuses(engine, 100, X_Mock_Scenario="flaky") == expected


# faults -------------------------------------------------------------------------------------


def test_a_fault_alone_leaves_the_reply_to_those_behind_it() -> None:
    engine = engine_of([delays("late", 5), answers("one")])
    engine.sessions.default.activate(("shop-v1/late", "shop-v1/one"))

    exchange = read(engine)

    assert (body(exchange), exchange.steering.delay_ms) == ({"id": "one"}, 5)
    assert applied(exchange) == ("shop-v1/late", "shop-v1/one")
    assert exchange.steering.fault is not None
    assert create(engine).reply.source is Source.EXAMPLE


def test_behind_a_fault_alone_the_rest_of_its_own_scenario_is_not_asked() -> None:
    rules = [
        {"on": "*", "times": 1, "fault": {"break": "reset"}},
        READ | {"reply": {"status": 404}},
    ]
    engine = engine_of([scenario("shop-v1/one", *rules)])

    assert statuses(engine, 2, X_Mock_Scenario="one") == [200, 404]


def test_of_several_faults_the_first_counts() -> None:
    engine = engine_of([delays("late", 5), delays("later", 9)])

    assert read(engine, X_Mock_Scenario="late,later").steering.delay_ms == 5
    assert read(engine, X_Mock_Scenario="later,late").steering.delay_ms == 9


@pytest.mark.parametrize("broken", ["reset", "empty", "garbage", "hang"])
def test_what_is_lost_before_the_deed_is_neither_done_nor_answered(broken: str) -> None:
    lost = scenario("shop-v1/lost", {"on": "*", "fault": {"break": broken, "before": "deed"}})
    engine = engine_of([lost, answers("one")])

    exchange = create(engine, X_Mock_Scenario="one,lost,status-201")

    assert (exchange.reply.status, exchange.reply.body, exchange.waits) == (0, b"", False)
    assert exchange.steering.fault is not None
    assert exchange.steering.fault.broken is Break(broken)
    assert (created(engine.sessions), dict(engine.sessions.default.kept.items())) == (set(), {})
    assert list(engine.sessions.default.journal) == [exchange]
    rows = {each["operation"]: each for each in engine.coverage.report()["operations"]}
    assert rows["shop-v1/createThing"]["lost"] == 1


def test_what_breaks_before_the_delivery_is_done() -> None:
    engine = engine_of([scenario("shop-v1/cut", {"on": "*", "fault": {"break": "reset"}})])

    exchange = create(engine, X_Mock_Scenario="cut")

    assert (exchange.reply.status, exchange.waits) == (201, False)
    assert created(engine.sessions)
    assert engine.sessions.default.kept


LATE = {"delay": {"ms": 7}, "before": "deed"}


def test_what_is_late_before_the_deed_is_done_when_its_caller_has_waited() -> None:
    engine = engine_of([scenario("shop-v1/late", {"on": "*", "fault": LATE})])
    mine = engine.sessions.default

    exchange = create(engine, X_Mock_Scenario="late")

    assert (exchange.waits, exchange.reply.status, exchange.steering.delay_ms) == (True, 0, 7)
    assert (created(engine.sessions, mine.name), len(mine.journal)) == (set(), 0)
    engine.proceed(exchange)
    assert (exchange.waits, exchange.reply.status, body(exchange)) == (False, 201, {"id": "T1"})
    assert (
        len(created(engine.sessions, mine.name))
        == len(list(mine.kept.items()))
        == len(mine.journal)
        == 1
    )


def test_what_is_late_before_the_deed_is_never_done_when_its_caller_left() -> None:
    engine = engine_of([scenario("shop-v1/late", {"on": "*", "fault": LATE})])
    mine = engine.sessions.default

    exchange = create(engine, X_Mock_Scenario="late")
    engine.lose(exchange)

    assert exchange.reply.status == 0
    assert (created(engine.sessions, mine.name), dict(mine.kept.items()), list(mine.journal)) == (
        set(),
        {},
        [exchange],
    )


def test_what_was_late_in_a_session_that_is_dropped_meanwhile_leaves_nothing_behind() -> None:
    engine = engine_of([scenario("shop-v1/late", {"on": "*", "fault": LATE})])
    done, left = (create(engine, X_Mock_Scenario="late", X_Mock_Session="a") for _ in range(2))

    engine.sessions.drop("a")
    engine.proceed(done)
    engine.lose(left)

    assert (done.reply.status, done.reply.source, left.reply.status) == (503, "mockserver", 0)
    [usual] = engine.sessions
    assert (len(usual.journal), created(engine.sessions), dict(usual.kept.items())) == (
        0,
        set(),
        {},
    )


class Away(MemoryStore):
    """A store that can be away."""

    away = False

    def atomic(self, step: Callable[P, R]) -> Callable[P, R]:
        def whole(*args: P.args, **kwargs: P.kwargs) -> R:
            if self.away:
                raise StoreError
            return step(*args, **kwargs)

        return whole


@pytest.mark.parametrize("end", ["proceed", "lose"])
def test_what_was_late_while_the_store_was_away_is_not_kept_for_ever(end: str) -> None:
    store = Away()
    late = scenario("shop-v1/late", {"on": "*", "fault": LATE})
    engine = engine_of([late], sessions=Sessions(store))
    exchange = create(engine, X_Mock_Scenario="late", X_Mock_Session="a")
    session = weakref.ref(engine.sessions.get("a"))

    store.away = True
    with suppress(StoreError):
        getattr(engine, end)(exchange)
    store.away = False
    engine.sessions.drop("a")
    del exchange
    gc.collect()

    assert session() is None


@pytest.mark.parametrize("how", ["reset", "remade"])
def test_what_was_late_in_an_earlier_life_of_a_session_is_nothing_to_the_next(how: str) -> None:
    engine = engine_of([scenario("shop-v1/late", {"on": "*", "fault": LATE})])
    done, left = (create(engine, X_Mock_Scenario="late", X_Mock_Session="a") for _ in range(2))

    if how == "reset":
        engine.sessions.reset(engine.sessions.get("a"))
    else:
        engine.sessions.drop("a")
        engine.sessions.make("a")
    engine.proceed(done)
    engine.lose(left)

    again = engine.sessions.get("a")
    assert (done.reply.status, done.reply.source) == (503, "mockserver")
    assert (len(again.journal), created(engine.sessions), dict(again.kept.items())) == (
        0,
        set(),
        {},
    )


def test_what_a_resource_keeps_goes_when_it_is_created_anew() -> None:
    engine = engine_of([scenario("shop-v1/gone", READ | {"reply": {"status": 404}})])
    create(engine, X_Mock_Scenario="gone")
    assert statuses(engine, 1) == [404]

    create(engine)

    assert statuses(engine, 1) == [200]


def test_what_a_resource_keeps_goes_when_it_is_deleted(
    call: Callable[..., Any], packaged: App
) -> None:
    def status(method: str, path: str = "", **headers: str) -> int:
        given = {"X-Mock-Session": "deletes", "Request-Correlation-Id": "1"}
        body = {"products": [{"id": "AGILE_TV_FAMILIA"}], "postalCode": "28001"}
        account = f"/v3/orgs/masmovil/tv/agile/subscriptions/KEPT_1{path}"
        sent = body if method == "POST" and not path else None
        return int(call(packaged, method, account, headers=given | headers, json=sent).status)

    assert status("POST", **{"X-Mock-Scenario": "subscription-not-found"}) == 202
    assert status("GET") == 404
    assert status("DELETE", **{"X-Mock-Scenario": "status-202"}) == 202
    assert status("GET") == 200


def test_a_reply_of_a_scenario_is_late_without_anything_to_wait_for() -> None:
    engine = engine_of([scenario("shop-v1/late", READ | {"fault": LATE, "reply": {"status": 404}})])

    exchange = read(engine, X_Mock_Scenario="late")

    assert (exchange.reply.status, exchange.waits, exchange.steering.delay_ms) == (404, False, 7)
    assert exchange.steering.fault is not None
    assert not exchange.steering.fault.before_deed  # else nobody would wait


# replies ------------------------------------------------------------------------------------


def test_a_gateway_answers_what_the_contract_does_not_know() -> None:
    reply = {"status": 502, "headers": {"Content-Type": "text/html", "Via": 1}, "body": "<p>"}
    engine = engine_of([scenario("common/away", {"on": "*", "as": "gateway", "reply": reply})])

    exchange = create(engine, X_Mock_Scenario="away")

    assert (exchange.reply.status, exchange.reply.body) == (502, b"<p>")
    assert dict(exchange.reply.headers) == {b"content-type": b"text/html", b"via": b"1"}
    assert exchange.steering.breaches == ()


@pytest.mark.parametrize(
    ("reply", "breach"),
    [
        ({"body": {"id": 5}}, "must be of type string"),
        ({"body": "no json"}, "the body is no JSON"),
        ({"body": '{"size": 1}'}, "The field 'id' is required"),
        ({"status": 418}, "the status is not documented"),
        ({"status": 200, "headers": {"Content-Type": "text/html"}}, "text/html is not documented"),
        ({"body": "<p>", "headers": {"Content-Type": "text/html"}}, "text/html is not documented"),
        ({"template": {"id": "{{ 5 }}"}}, "must be of type string"),
    ],
)
def test_a_reply_that_breaks_the_contract_on_purpose_is_counted(reply: Json, breach: str) -> None:
    rule = READ | {"breaks_contract": True, "reply": reply}
    engine = engine_of([scenario("shop-v1/odd", rule)])

    exchange = read(engine, X_Mock_Scenario="odd")

    assert exchange.reply.source is Source.SCENARIO
    assert breach in exchange.steering.breaches[0]


def test_a_template_that_breaks_the_contract_is_a_loud_500() -> None:
    rule = READ | {"reply": {"template": {"id": "{{ request.path.id }}", "size": "{{ 'x' }}"}}}
    engine = engine_of([scenario("shop-v1/odd", rule)])

    exchange = read(engine, X_Mock_Scenario="odd")

    assert (exchange.reply.status, exchange.reply.source) == (500, Source.MOCKSERVER)
    assert "shop-v1/odd#1 breaks the contract of shop-v1/readThing" in body(exchange)["detail"]
    assert body(exchange)["breaches"]


def test_a_template_that_fails_is_a_loud_500_that_names_the_place() -> None:
    rule = READ | {"reply": {"template": {"id": "{{ request.query.nothing }}"}}}
    engine = engine_of([scenario("shop-v1/odd", rule)])

    exchange = read(engine, X_Mock_Scenario="odd")

    assert (exchange.reply.status, exchange.reply.source) == (500, Source.MOCKSERVER)
    assert "The template of shop-v1/odd#1 failed at /id" in body(exchange)["detail"]


def test_a_template_knows_the_request_the_moment_and_the_session() -> None:
    template = {"id": "{{ request.path.id }} {{ now | iso }} {{ session }}"}
    engine = engine_of([scenario("shop-v1/told", READ | {"reply": {"template": template}})])

    exchange = read(engine, "T7", X_Mock_Scenario="told", X_Mock_Session="a")

    assert body(exchange) == {"id": "T7 2026-01-15T12:00:00Z a"}


@pytest.mark.parametrize(
    ("reply", "status", "expected"),
    [
        ({"example": "large"}, 200, {"id": "T0", "size": 9}),
        ({"example": "gone"}, 404, {"code": "GONE"}),
        ({"status": 404, "example": "gone"}, 404, {"code": "GONE"}),
        ({"status": 404}, 404, {"code": "MISSING"}),
        ({"status": 504}, 504, {"code": "REFUSED"}),
        ({"body": {"id": "x"}}, 200, {"id": "x"}),
        ({"status": 200}, 200, {"id": "T1", "size": 1}),
    ],
)
def test_a_reply_is_literal_or_a_documented_example(
    reply: Json, status: int, expected: Json
) -> None:
    engine = engine_of([scenario("shop-v1/said", READ | {"reply": reply})])

    exchange = read(engine, X_Mock_Scenario="said")

    assert (exchange.reply.status, body(exchange)) == (status, expected)
    assert dict(exchange.reply.headers) == {b"content-type": b"application/json"}
    assert exchange.reply.source is Source.SCENARIO


def test_a_generated_reply_is_drawn_by_the_seed_of_the_session() -> None:
    engine = engine_of([scenario("shop-v1/drawn", READ | {"reply": {"generate": True}})])
    engine.sessions.make("b", seed=8)
    headers = [{"X_Mock_Session": name} for name in ("a", "a", "b")]

    first, again, other = (body(read(engine, X_Mock_Scenario="drawn", **h)) for h in headers)

    assert first == again != other


def test_headers_of_a_reply_are_sent_beside_the_documented_ones() -> None:
    reply = {"status": 404, "headers": {"Retry-After": 3}}
    engine = engine_of([scenario("shop-v1/said", READ | {"reply": reply})])

    headers = dict(read(engine, X_Mock_Scenario="said").reply.headers)

    assert headers == {b"content-type": b"application/json", b"retry-after": b"3"}


# after the deed -----------------------------------------------------------------------------


def after(name: str, **more: Json) -> Scenario:
    """A scenario that says 503 of things that were made."""
    rule = {"on": "createThing", "after_deed": True, "reply": {"status": 503}}
    return scenario(f"shop-v1/{name}", rule | more)


def test_a_reply_after_the_deed_is_given_instead_of_its_success() -> None:
    engine = engine_of([after("late"), answers("one")])

    exchange = create(engine, "T1", X_Mock_Scenario="late, one")

    assert (exchange.reply.status, exchange.reply.source) == (503, Source.SCENARIO)
    assert applied(exchange) == ("shop-v1/late",)
    assert exchange.steering.instead_of == 201
    assert created(engine.sessions) == {("shop-v1", "things/id", "T1")}
    assert body(read(engine, "T1")) == {"id": "one"}
    rows = {each["operation"]: each for each in engine.coverage.report()["operations"]}
    assert rows["shop-v1/createThing"]["statuses"] == {"201": 0, "409": 0, "503": 1}


@pytest.mark.parametrize("prefer", ["code=409", "code=503"])
def test_what_is_preferred_is_no_deed(prefer: str) -> None:
    engine = engine_of([after("late")])

    exchange = create(engine, "T1", X_Mock_Scenario="late", Prefer=prefer)

    assert (exchange.steering.instead_of, created(engine.sessions)) == (0, set())


def test_where_the_deed_is_refused_its_own_refusal_is_given() -> None:
    engine = engine_of([after("late"), scenario("shop-v1/no", NO)])

    exchange = create(engine, "T1", X_Mock_Scenario="late, no")

    assert (exchange.reply.status, applied(exchange)) == (409, ("shop-v1/no",))
    assert (exchange.steering.instead_of, created(engine.sessions)) == (0, set())


NO = {"on": "createThing", "reply": {"status": 409}}


def test_the_strongest_reply_after_the_deed_counts() -> None:
    gone = after("gone", reply={"status": 409})
    yes = scenario("shop-v1/yes", {"on": "createThing", "reply": {"body": {"id": "Y"}}})
    engine = engine_of([after("late"), gone, yes])

    assert create(engine, X_Mock_Scenario="late, gone, yes").reply.status == 503
    assert create(engine, X_Mock_Scenario="gone, late").reply.status == 409
    assert create(engine, X_Mock_Scenario="yes, late").reply.status == 201


def test_turns_are_taken_after_the_deed_too() -> None:
    turns = [{"status": 503, "times": 2}, {"through": True}]
    rule = {"on": "createThing", "after_deed": True, "replies": turns}
    engine = engine_of([scenario("shop-v1/twice", rule)])

    found = [create(engine, X_Mock_Scenario="twice") for _ in range(3)]

    assert [each.reply.status for each in found] == [503, 503, 201]
    assert [each.steering.instead_of for each in found] == [201, 201, 0]


def test_a_reply_after_the_deed_goes_through_the_faults() -> None:
    engine = engine_of([after("late", fault={"break": "truncate", "delay": {"ms": 5}})])

    exchange = create(engine, X_Mock_Scenario="late")

    assert exchange.steering.fault is not None
    assert (exchange.reply.status, exchange.steering.delay_ms) == (503, 5)
    assert applied(exchange) == ("shop-v1/late",)


def test_a_reply_after_a_deed_that_is_late_is_given_when_it_is_done() -> None:
    engine = engine_of([after("late", fault=LATE)])
    mine = engine.sessions.default

    exchange = create(engine, X_Mock_Scenario="late")

    assert (exchange.waits, exchange.reply.status, created(engine.sessions, mine.name)) == (
        True,
        0,
        set(),
    )
    engine.proceed(exchange)
    assert (exchange.reply.status, exchange.steering.instead_of) == (503, 201)
    assert len(created(engine.sessions, mine.name)) == 1


def test_a_gateway_may_answer_after_the_deed() -> None:
    engine = engine_of([after("cut", **GATEWAY, reply={"status": 504, "body": "<p>"})])

    exchange = create(engine, X_Mock_Scenario="cut")

    assert (exchange.reply.status, exchange.reply.body) == (504, b"<p>")
    assert created(engine.sessions)


def test_a_reply_after_the_deed_may_break_the_contract() -> None:
    broken = after("broken", breaks_contract=True, reply={"body": {"id": 5}})
    engine = engine_of([broken])

    exchange = create(engine, X_Mock_Scenario="broken")

    assert (exchange.reply.status, len(exchange.steering.breaches)) == (201, 1)


def test_a_reply_after_the_deed_that_cannot_be_written_does_not_undo_it() -> None:
    engine = engine_of(
        [after("bad", reply={"template": {"id": "{{ request.body.nothing.more }}"}})]
    )

    exchange = create(engine, X_Mock_Scenario="bad")

    assert (exchange.reply.status, exchange.reply.source) == (500, Source.MOCKSERVER)
    assert created(engine.sessions)


def test_a_rule_on_the_spot_may_reply_after_the_deed() -> None:
    engine = engine_of()
    mine = engine.sessions.default
    rule = {"on": "createThing", "after_deed": True, "reply": {"status": 503}}
    name = post(engine, mine, rule)

    exchange = create(engine)

    assert (exchange.reply.status, applied(exchange), mine.used(name)) == (503, (name,), 1)
    assert created(engine.sessions, mine.name)


# what stays with a resource -----------------------------------------------------------------


def test_the_scenarios_of_a_creating_request_stay_with_what_it_made() -> None:
    engine = engine_of([answers("one"), delays("late", 5)])

    create(engine, "T1", X_Mock_Scenario="late, one")

    exchange = read(engine, "T1")
    assert (body(exchange), exchange.steering.delay_ms) == ({"id": "one"}, 5)
    assert applied(read(engine, "T2")) == ()
    replaced = send(engine, "PUT", "/things/T1", json={"id": "T1"})
    assert replaced.steering.delay_ms == 5
    assert send(engine, "GET", "/things").steering == UNSTEERED


def test_what_only_means_something_for_the_creation_takes_nothing_else_away() -> None:
    engine = engine_of([answers("one")])

    create(engine, "T1", X_Mock_Scenario="status-201, one")

    assert body(read(engine, "T1")) == {"id": "one"}


def test_a_later_creation_of_the_same_replaces_what_stays() -> None:
    engine = engine_of([answers("one"), answers("two")])

    create(engine, "T1", X_Mock_Scenario="one")
    create(engine, "T1", X_Mock_Scenario="two")

    assert body(read(engine, "T1")) == {"id": "two"}


@pytest.mark.parametrize(
    ("scenarios", "more"),
    [
        ("one,status-409", {}),
        ("one,status-503", {}),
        ("one", {"Prefer": "code=409"}),
        ("one,nothing", {}),
    ],
)
def test_nothing_stays_where_the_creation_failed(scenarios: str, more: dict[str, str]) -> None:
    engine = engine_of([answers("one")])

    exchange = create(engine, "T1", X_Mock_Scenario=scenarios, **more)

    assert exchange.reply.status >= 400
    assert created(engine.sessions) == set()
    assert applied(read(engine, "T1")) == ()


def test_nothing_stays_where_the_creation_was_refused() -> None:
    engine = engine_of([answers("one")])

    send(engine, "POST", "/things", headers={"X-Mock-Scenario": "one"}, json={"id": 5})

    assert not engine.sessions.default.kept


def test_what_stays_is_told_of_who_names_it_in_a_body(call: Callable[..., Any]) -> None:
    app = App(Settings())

    def asked(tail: str, json: Json, **headers: str) -> Any:
        return call(app, "POST", f"/v1/orgs/masmovil/tesa/{tail}", headers=headers, json=json)

    posted = asked("activation", order("KEPT"), **{"X-Mock-Scenario": "cancellation-too-late"})
    assert posted.status == 201, posted.json
    late = asked("cancellation", {"externalReference": "KEPT"})

    assert (late.status, late.headers["x-mock-scenario"]) == (
        406,
        "tesamanager-v1/cancellation-too-late",
    )
    name = late.headers["x-mock-request-id"]
    why = call(
        app,
        "GET",
        f"/__admin/sessions/default/requests/{name}",
        headers={"Accept": "text/plain"},
    )
    kept = "kept by the resource tesamanager-v1 /externalReference KEPT: applied"
    assert kept in why.body.decode()


def test_what_stays_is_of_one_session() -> None:
    engine = engine_of([answers("one")])
    create(engine, "T1", X_Mock_Scenario="one", X_Mock_Session="a")
    create(engine, "T1", X_Mock_Session="b")

    assert applied(read(engine, "T1", X_Mock_Session="b")) == ()
    assert applied(read(engine, "T1", X_Mock_Session="a")) == ("shop-v1/one",)


def test_a_packaged_scenario_stays_with_the_subscription_it_was_named_for(
    call: Any, packaged: Any
) -> None:
    by_id = {each.id: each.example() for each in every_operation()}
    sign_up, get = by_id["agile-tv-v3/createSubscription"], by_id["agile-tv-v3/getSubscription"]
    sign_up = sign_up.but(path=sign_up.path | {"service_id": "ACC_71"})

    def ask(asked: Call, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = asked.sent_headers | named
        return call(packaged, asked.method, asked.target, headers=sent, body=asked.body)

    made = ask(sign_up, X_Mock_Session="keeping", X_Mock_Scenario="subscription-suspended")
    again = ask(get.but(path=get.path | {"service_id": "ACC_71"}))
    other = ask(get.but(path=get.path | {"service_id": "ACC_72"}))

    assert made.status < 300
    assert (again.headers["x-mock-session"], again.source) == ("keeping", "scenario")
    assert again.json["accountState"] == "SUSPENDED"
    assert (other.headers["x-mock-session"], other.source) == ("default", "example")


# what is told -------------------------------------------------------------------------------


def test_requests_that_no_operation_answers_are_covered_as_such() -> None:
    engine = engine_of()
    for method, target in (("GET", "/nothing"), ("PATCH", "/things"), ("GET", "/things")):
        send(engine, method, target)

    assert engine.coverage.report()["unmatched"] == 2


def test_every_rule_that_was_looked_at_is_told_in_order() -> None:
    rules = [
        READ | {"when": {"path": {"id": "T9"}}, "reply": {"status": 404}},
        READ | {"times": 1, "reply": {"status": 404}},
        READ | {"reply": {"status": 500}},
        READ | {"when": {"path": {"id": "T8"}}, "times": 1, "reply": {"status": 500}},
    ]
    rules[3], rules[2] = rules[2], rules[3]
    engine = engine_of([scenario("shop-v1/one", *rules), answers("two")])

    read(engine, X_Mock_Scenario="one,two")
    told = read(engine, X_Mock_Scenario="one,two").steering

    assert [(each.rule.id, each.spent, each.applied) for each in told.considered] == [
        ("shop-v1/one#1", "", False),
        ("shop-v1/one#2", "it applied 1 time already", False),
        ("shop-v1/one#3", "", False),
        ("shop-v1/one#4", "", True),
    ]
    assert told.scenarios == ("shop-v1/one",)


# any rules, against a plain reading of what is promised --------------------------------------

IDS = ("T1", "T2", "T3")
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        "path": st.fixed_dictionaries({"id": st.sampled_from(IDS)})
        | st.fixed_dictionaries({"id": st.fixed_dictionaries({"one_of": st.just([*IDS[:2]])})})
        | st.fixed_dictionaries({"id": st.fixed_dictionaries({"regex": st.just("T[13]")})}),
        "query": st.fixed_dictionaries({"q": st.sampled_from(["1", "2"])}),
        "headers": st.fixed_dictionaries(
            {"X-A": st.sampled_from(["1", {"absent": True}, {"absent": False}])}
        ),
    },
)
RULES = st.fixed_dictionaries(
    {"on": st.just("readThing"), "when": CONDITIONS},
    optional={"times": st.integers(1, 2)},
).flatmap(
    lambda rule: st.sampled_from(
        [
            rule | {"reply": {"status": 404}},
            rule | {"replies": [{"status": 503, "times": 1}, {"through": True}]},
            rule | {"replies": [{"status": 503, "times": 1}, {"status": 404, "times": 1}]},
            rule | {"fault": {"delay": {"ms": 1}}},
            rule | {"fault": {"break": "reset", "before": "deed"}},
        ]
    )
)
REQUESTS = st.tuples(
    st.sampled_from(IDS), st.sampled_from(["", "?q=1", "?q=2&q=1"]), st.sampled_from(["", "1", "2"])
)


@effort(max_examples=200)
@given(st.lists(RULES, max_size=4), st.lists(REQUESTS, min_size=1, max_size=6))
def test_rules_apply_as_they_read(rules: list[Json], asked: list[tuple[str, str, str]]) -> None:
    engine = engine_of(stems=["shop-v1"])
    for rule in rules:
        post(engine, engine.sessions.default, rule)
    expected = _read_plainly(rules, asked)

    for thing, query, header in asked:
        headers = {"X-A": header} if header else {}
        exchange = send(engine, "GET", f"/things/{thing}{query}", headers=headers)

        hits = [int(each.rule.id[5:]) for each in exchange.steering.considered if each.applied]
        assert (exchange.reply.status, hits) == next(expected)


def _read_plainly(
    rules: list[Json], asked: list[tuple[str, str, str]]
) -> Iterator[tuple[int, list[int]]]:
    """The status of each reply, and which rules applied, from 1."""
    used = [0] * len(rules)
    for request in asked:
        status, hits, faults = 200, [], []
        for place, rule in enumerate(rules):
            ends = [turn.get("times", 99) for turn in rule.get("replies", [])]
            limit = min(rule.get("times", 99), sum(ends) if ends else 99)
            if used[place] >= limit or not _holds(rule["when"], *request):
                continue
            turns = [t for t in rule.get("replies", []) for _ in range(t.get("times", 99))]
            turn = rule.get("reply") or (turns[used[place]] if turns else {})
            used[place] += 1
            hits.append(place + 1)
            faults += [rule["fault"]] if "fault" in rule else []
            lost = any("break" in fault for fault in faults)  # wherever it stands
            if lost or "status" in turn:
                status = 0 if lost else turn["status"]
                break
        yield status, hits


def _holds(when: Json, thing: str, query: str, header: str) -> bool:
    wanted = when.get("path", {}).get("id", thing)
    if isinstance(wanted, dict):
        wanted = thing if thing in wanted.get("one_of", ["T1", "T3"]) else None
    if wanted != thing:
        return False
    if "query" in when and f"q={when['query']['q']}" not in query:
        return False
    asked = when.get("headers", {}).get("X-A", header)
    if isinstance(asked, dict):
        return (not header) if asked["absent"] else bool(header)
    return bool(asked == header)


# sessions beside each other -------------------------------------------------------------------

MANY = [
    answers("one"),
    FLAKY,
    delays("late", 3),
    scenario("shop-v1/jittery", {"on": "*", "fault": {"delay": {"min_ms": 1, "max_ms": 9}}}),
    scenario("shop-v1/twice", READ | {"times": 2, "reply": {"status": 404}}),
    scenario(
        "shop-v1/away",
        {"on": "*", "as": "gateway", "replies": [{"status": 503, "times": 1}, {"through": True}]},
    ),
    scenario("shop-v1/drawn", READ | {"reply": {"generate": True}}),
    scenario(
        "shop-v1/lost",
        {"on": "createThing", "times": 1, "fault": {"break": "reset", "before": "deed"}},
    ),
    scenario(
        "shop-v1/usual",
        READ | {"when": {"path": {"id": "T3"}}, "reply": {"status": 404}},
        default=True,
    ),
]
NAMED = st.lists(st.sampled_from(MANY), max_size=3).map(
    lambda chosen: ",".join(each.name for each in chosen)
)
STEPS = st.one_of(
    st.tuples(st.just("read"), st.sampled_from(IDS), NAMED),
    st.tuples(st.just("create"), st.sampled_from(IDS), NAMED),
    st.tuples(st.just("refuse"), st.sampled_from(IDS), NAMED),
    st.tuples(st.just("activate"), st.just(""), NAMED),
    st.tuples(st.just("post"), st.sampled_from(["404", "500"]), st.just("")),
    st.tuples(st.just("reset"), st.just(""), st.just("")),
)


def _step(engine: Engine, name: str, step: tuple[str, str, str]) -> None:
    what, value, named = step
    session = engine.sessions.get(name)
    headers = {"X-Mock-Session": name} | ({"X-Mock-Scenario": named} if named else {})
    if what == "activate":
        session.activate(engine.library.resolve(filter(None, named.split(","))))
    elif what == "post":
        post(engine, session, READ | {"times": 1, "reply": {"status": int(value)}})
    elif what == "reset":
        engine.sessions.reset(session)
    elif what == "read":
        send(engine, "GET", f"/things/{value}", headers=headers)
    else:
        sent = {"id": value} if what == "create" else {"id": 5}
        send(engine, "POST", "/things", headers=headers, json=sent)


def _with_sessions(names: str) -> Engine:
    engine = engine_of(MANY, stems=["shop-v1"], sessions=Sessions(MemoryStore(lambda: NOON)))
    for name in names:
        engine.sessions.make(name, scenarios=("shop-v1/away",) if name == "b" else ())
    return engine


@effort(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from("abc"), STEPS), min_size=2, max_size=30))
def test_a_session_between_others_is_as_it_is_alone(
    steps: list[tuple[str, tuple[str, str, str]]],
) -> None:
    together = _with_sessions("abc")
    for name, step in steps:
        _step(together, name, step)

    for name in "abc":
        alone = _with_sessions(name)
        for other, step in steps:
            if other == name:
                _step(alone, name, step)
        one, same = together.sessions.get(name), alone.sessions.get(name)
        assert list(map(seen, one.journal)) == list(map(seen, same.journal))
        assert created(together.sessions, name) == created(alone.sessions, name)
        assert list(one.kept.items()) == list(same.kept.items())
        assert one.memory.state == same.memory.state
        assert one.rng.random() == same.rng.random()


def test_a_scenario_that_several_chose_is_told_as_the_choice_of_the_strongest() -> None:
    engine = engine_of([answers("both")])
    engine.sessions.default.activate(("shop-v1/both",))

    named, usual = read(engine, X_Mock_Scenario="both"), read(engine)

    assert [each.chosen_by for each in named.steering.considered] == ["named by the request"]
    assert [each.chosen_by for each in usual.steering.considered] == ["active in the session"]
