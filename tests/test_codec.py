"""What was written is read without loss: records, and exchanges with all that is told of them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.codec import (
    GONE,
    SHARED_MAX,
    WHY_GONE,
    decode_exchange,
    decode_record,
    encode_exchange,
    encode_record,
)
from mockserver.course import Step, Timing, course_of
from mockserver.criteria import criteria_of, differences
from mockserver.criterion import Names
from mockserver.exchange import Considered, Exchange, FoundBy, RuleCourse, Steering
from mockserver.explanation import record, summary, text
from mockserver.fault import Break, Delay, Fault
from mockserver.har import har, ndjson
from mockserver.match import when_of
from mockserver.message import ABSENT, Reply, Request, Source, Violation
from mockserver.record import Held, Progress, Record, Touched
from mockserver.scenario import Rule, rule_of
from mockserver.server.app import App
from mockserver.settings import Settings
from mockserver.timeline import Fired
from tests import conditions
from tests.exchanges.samples import NOON, SAMPLES, considered, exchange
from tests.scenarios.samples import body, create, engine_of, post, read, request_of, scenario, send
from tests.server.conftest import Documented, every_operation
from tests.simulations.double import Double
from tests.simulations.tesa import Tesa, order

Find = Callable[[str], Rule | None]
OPERATIONS: Final = every_operation()
ODD: Final[Any] = {
    "a": [1, 1.0, True, None, -0.0, 1e-7, 2**64, -(2**90)],
    "\n\n\u2028": {"": "\x00"},
}
DEEP: Final = b"[" * 250 + b"]" * 250

# values -------------------------------------------------------------------------------------

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
NAMES: Final = st.sampled_from(("", "A", "é\n", "VALIDATING", "status-404#1"))
WHOLE: Final = st.integers(0, 2**40)
SPANS: Final = st.timedeltas(timedelta(0), timedelta(days=999_999))
MOMENTS: Final = st.timedeltas(timedelta(0), timedelta(days=2_000_000)).map(EPOCH.__add__)
BYTES: Final = st.binary(max_size=20)
TUPLES: Final = st.lists(NAMES, max_size=2).map(tuple)
FINITE: Final = st.floats(allow_nan=False, allow_infinity=False)
STEPS: Final = st.builds(
    Step, st.sampled_from(Timing), SPANS, SPANS, WHOLE, NAMES, NAMES, st.booleans()
)
SEVERAL: Final = st.lists(STEPS, min_size=1, max_size=3).map(tuple)
COURSES: Final = st.dictionaries(NAMES, SEVERAL, max_size=2)
HELD: Final = st.recursive(
    st.none(),
    lambda inner: st.builds(
        Held, NAMES, st.sampled_from(Timing), st.none() | FINITE, WHOLE, NAMES, NAMES, inner
    ),
    max_leaves=3,
)
PROGRESS: Final = st.builds(
    Progress,
    course=COURSES,
    asked=COURSES,
    scenarios=TUPLES,
    phase=NAMES,
    timing=st.sampled_from(Timing),
    taken=st.dictionaries(NAMES, WHOLE),
    due=st.none() | MOMENTS,
    polls=WHOLE,
    then=NAMES,
    code=NAMES,
    held=HELD,
)
VALUES: Final = st.just(ODD) | st.integers() | FINITE | st.text(max_size=5) | conditions.bodies
DATA: Final = st.dictionaries(st.text(max_size=3), VALUES, max_size=3)
RECORDS: Final = st.builds(Record, NAMES, st.text(), DATA, PROGRESS)
FAULTS: Final = st.builds(
    Fault,
    st.none() | st.builds(Delay, st.sampled_from(("fixed", "uniform", "lognormal")), FINITE, WHOLE),
    st.none() | st.sampled_from(Break),
    WHOLE,
    FINITE,
    st.booleans(),
)
WRITTEN: Final[dict[str, Any]] = {
    "a/plain#1": {},
    "a/asks#1": {"when": {"body": {"/a": {"min": 1, "max": 2**80}}, "query": {"a": ["x"]}}},
    "rule-1": {"replies": [{"status": 503, "weight": 1}, {"through": True, "weight": 2}]},
}
RULES: Final = {name: rule_of(name, {"on": "*"} | node) for name, node in WRITTEN.items()}
LOOKED_AT: Final = st.builds(
    Considered,
    st.sampled_from(list(RULES.values())),
    NAMES,
    st.booleans(),
    NAMES,
    st.none() | st.integers(0, 1),
).filter(lambda each: each.turn is None or bool(each.rule.turns))
STEERING: Final = st.builds(
    Steering,
    considered=st.lists(LOOKED_AT, max_size=3).map(tuple),
    scenarios=TUPLES,
    fault=st.none() | FAULTS,
    delay_ms=FINITE,
    breaches=TUPLES,
    more=WHOLE,
    courses=st.lists(st.builds(RuleCourse, NAMES, NAMES, COURSES), max_size=2).map(tuple),
    instead_of=WHOLE,
)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    headers = draw(st.dictionaries(BYTES, BYTES, max_size=3))
    request = Request(draw(NAMES), draw(BYTES), draw(BYTES), headers, draw(BYTES), prefix=b"/\xff")
    request.path, request.query, request.header = draw(st.tuples(DATA, DATA, DATA))
    request.content = draw(st.just(ABSENT) | VALUES)
    return request


TOUCHED: Final = st.builds(Touched, st.none() | RECORDS, st.none() | RECORDS)
EXCHANGES: Final = st.builds(
    Exchange,
    id=NAMES,
    at=MOMENTS,
    request=requests(),
    reply=st.builds(
        Reply,
        st.integers(0, 999),
        st.lists(st.tuples(BYTES, BYTES), max_size=3).map(tuple),
        BYTES,
        st.sampled_from(Source),
    ),
    operation=NAMES,
    session=NAMES,
    found_by=st.sampled_from(FoundBy),
    violations=st.lists(st.builds(Violation, NAMES, NAMES, NAMES, NAMES), max_size=2).map(tuple),
    steering=STEERING,
    ms=FINITE,
    weight=WHOLE,
    led_by=NAMES,
    fired=st.lists(
        st.builds(Fired, MOMENTS, NAMES, NAMES, NAMES, st.none() | NAMES, st.booleans(), TUPLES),
        max_size=2,
    ),
    fired_more=WHOLE,
    touched=st.lists(TOUCHED, max_size=2),
)


def members(exchange: Exchange) -> dict[str, Any]:
    """All of an exchange, where 1, 1.0 and true are not the same."""
    told = {name: getattr(exchange, name) for name in Exchange.__slots__}
    told["request"] = {name: getattr(exchange.request, name) for name in Request.__slots__}
    for name in ("path", "query", "header", "headers"):
        told["request"][name] = dict(told["request"][name])
    told["fired"], told["touched"] = tuple(exchange.fired), tuple(exchange.touched)
    told["steering"] = exchange.steering._replace(after=None)
    return {name: repr(value) for name, value in told.items()}


# records ------------------------------------------------------------------------------------


@given(RECORDS)
def test_a_record_is_read_as_it_was(one: Record) -> None:
    assert repr(decode_record(encode_record(one))) == repr(one)


def test_records_share_the_courses_that_they_have_in_common() -> None:
    course = course_of({"A": {"after": "1h", "jitter": "2s"}, "*": "never"})
    made = [Record("steps", name, {}, Progress(course, dict(course))) for name in "ab"]

    one, other = (decode_record(encode_record(each)) for each in made)

    assert one.progress.course is other.progress.course is one.progress.asked


def test_the_courses_of_many_records_are_not_taken_for_each_other() -> None:
    for polls in range(SHARED_MAX * 2):
        made = Record("steps", "a", {}, Progress({"A": (Step(Timing.POLLS, polls=polls),)}))
        assert decode_record(encode_record(made)) == made


# exchanges ----------------------------------------------------------------------------------


@settings(max_examples=50)
@given(EXCHANGES)
def test_an_exchange_is_read_as_it_was(one: Exchange) -> None:
    assert members(decode_exchange(encode_exchange(one), RULES.get)) == members(one)


NODES: Final[list[Any]] = [
    {"status": "4XX", "method": "POST", "source": "example", "violations": True},
    {"operation": "", "path": "/v1/*", "scenario": "rule-1"},
    {"since": "2026-01-15T12:00:00.000001Z", "until": "2026-01-15T12:00:00Z"},
    {"when": {"path": {"org": "masmovil", "id": "T1"}, "query": {"page": 2, "a": ["1", "2"]}}},
    {"when": {"headers": {"Accept": {"absent": True}, "x-mock-scenario": {"regex": "s.*"}}}},
    {"when": {"body": {"/externalReference": {"regex": "MY.*"}, "/size": 2**64, "/note": None}}},
]
CRITERIA: Final = [criteria_of(node, Names([], [])) for node in NODES]


def assert_same(one: Exchange, find: Find) -> Exchange:
    """All that is told of an exchange is told of the one that was read."""
    other = decode_exchange(encode_exchange(one), find)
    assert members(other) == members(one)
    assert ndjson([other]) == ndjson([one])  # each line is a `record`
    assert text(other) == text(one)
    assert summary(other) == summary(one)
    assert har([other], "1") == har([one], "1")
    for criteria in CRITERIA:
        assert differences(criteria, other) == differences(criteria, one)
    return other


@pytest.mark.parametrize("name", SAMPLES)
def test_all_is_told_of_a_sample(name: str) -> None:
    sample = SAMPLES[name]

    assert_same(sample, {each.rule.id: each.rule for each in sample.steering.considered}.get)


@cache
def served() -> App:
    """All packaged contracts and scenarios, with what they remember."""
    return App(Settings(), clock=lambda: NOON)


def asked(documented: Documented) -> Iterator[Exchange]:
    """The example of an operation as it is, in its scenarios, and as others may send it."""
    engine = served().engine
    call = documented.example()
    sent = call.body or b""
    named = [{"X-Mock-Scenario": name} for name in engine.library.names(documented.id)]
    several = {"X-Mock-Scenario": "status-500, slow", "Accept": "\xfftext/plain"}
    for more in ({}, *named, several, {"Content-Type": "text/plain; charset=iso-8859-1"}):
        headers = {**call.sent_headers, "Authorization": "Bearer t", **more}
        request = request_of(call.method, call.target, body=sent)
        request.headers = {
            name.lower().encode(): value.encode("latin-1") for name, value in headers.items()
        }
        for odd in (request.body, sent[:-3] + b"\xff", DEEP):
            request.body = odd
            found = engine.handle(request, engine.find(request.raw_path))
            if found.waits:
                engine.proceed(found)
            yield found
            if more:
                break


@pytest.mark.parametrize("documented", OPERATIONS, ids=lambda each: str(each.id))
def test_all_is_told_of_requests_to_every_operation_in_all_its_scenarios(
    documented: Documented,
) -> None:
    for each in asked(documented):
        assert_same(each, served().engine.library.rule)


def test_all_is_told_of_what_happened_by_itself_and_of_records() -> None:
    tesa = Tesa()
    find = tesa.double.engine.library.rule
    request = tesa.activate(order())
    clock = tesa.double.session.clock
    for hours in (4, 1_000):  # the requests that follow let happen what is due
        clock.move(clock() + timedelta(hours=hours))
        tesa.read(request)
    tesa.act("cancellation")
    kept = list(tesa.double.session.journal)

    assert {len(each.touched) for each in kept} == {0, 1}
    assert any(each.fired for each in kept)
    for each in kept:
        assert_same(each, find)
    for made in tesa.double.records("tesa-requests"):
        assert decode_record(encode_record(made)) == made


def test_a_moment_is_kept_to_the_microsecond() -> None:
    moment = NOON + timedelta(microseconds=1)
    fired = Fired(moment, "steps", "1", "A", "B")

    read = assert_same(exchange(at=moment, fired=[fired]), RULES.get)

    assert (read.at, read.at.tzinfo, read.fired[0].at) == (moment, UTC, moment)


@pytest.mark.parametrize(
    ("sent", "content"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'{"a":1}', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'{"a":1,"b":null}', {"a": 1}),  # a null that was read as absent
        (b"18446744073709551616", 2**64),
        (b"[1.0,1e2]", [1.0, 100.0]),
        (b"a=1&a=2", {"a": ["1", "2"]}),
        (b'"a"', '"a"'),
        (b'"a"', "a"),
        (b"null", None),
        (b"null", ABSENT),
        (b"", ""),
        (b"=", "="),
        (b"\xff\n", ABSENT),
        (b"", ABSENT),
    ],
)
def test_the_content_is_what_it_was_whatever_the_body_says(sent: bytes, content: Any) -> None:
    one = exchange(body=sent)
    one.request.content = content

    assert_same(one, RULES.get)


def test_a_body_that_is_what_was_understood_is_not_written_twice() -> None:
    assert b"unusual" not in encode_exchange(exchange(json={"word": "unusual"})).json


# rules --------------------------------------------------------------------------------------

ANSWERS: Final = scenario(
    "shop-v1/answers",
    {"on": "readThing", "when": {"path": {"id": "T9"}}, "reply": {"status": 404}},
    {"on": "readThing", "replies": [{"status": 503, "times": 2}, {"through": True}]},
)


def test_a_rule_is_found_where_it_stands() -> None:
    engine = engine_of([ANSWERS])
    session = engine.sessions.default
    name = post(engine, session, {"on": "*", "times": 1, "fault": {"delay": {"ms": 1}}})
    posted = engine.library.posted(session, name).rule

    def find(name: str) -> Rule | None:
        return posted if name == posted.id else engine.library.rule(name)

    met = []
    for names in ("answers", "answers", "answers", "status-404", "shop-v1/status-404"):
        one = assert_same(read(engine, X_Mock_Scenario=names), find)
        met += [each.rule for each in one.steering.considered]
    assert posted in met
    assert {rule.id.partition("#")[0] for rule in met} == {
        "rule-1",
        "shop-v1/answers",
        "status-404",
        "shop-v1/status-404",
    }


def test_a_rule_that_is_gone_is_told_of_as_far_as_it_was_written() -> None:
    engine = engine_of([ANSWERS])
    found = [read(engine, X_Mock_Scenario="answers") for _ in range(3)]

    replied, _, through = (decode_exchange(encode_exchange(each), lambda _: None) for each in found)

    first, second = record(replied)["considered"]
    assert (first["rule"], first["summary"]) == ("shop-v1/answers#1", GONE)
    assert (first["applied"], first["why_not"]) == (False, [WHY_GONE])
    assert (second["applied"], second["turn"], second["why_not"]) == (True, None, [])
    assert record(replied)["answered"] == "the rule shop-v1/answers#2"
    assert record(through)["considered"][1]["through"] is True
    assert record(through)["answered"] == record(found[2])["answered"]
    for each in (replied, through):
        assert f"shop-v1/answers#2 ({GONE}), named by the request: applied" in text(each)


def test_a_rule_that_says_something_else_by_now_is_gone() -> None:
    now = replace(RULES["rule-1"], turns=())
    sample = considered("rule-1", {"replies": [{"status": 503}, {"status": 500}]}, applied=True)
    one = exchange(steering=Steering(considered=(sample._replace(turn=1),)))

    told = record(decode_exchange(encode_exchange(one), {"rule-1": now}.get))

    assert told["considered"][0]["summary"] == GONE


def test_an_answer_after_the_deed_is_told_of_without_its_rule() -> None:
    rule = {"on": "createThing", "after_deed": True, "reply": {"status": 503}}
    late = {"on": "createThing", "fault": {"delay": {"ms": 1}}}
    engine = engine_of([scenario("shop-v1/late", late), scenario("shop-v1/away", rule)])
    one = create(engine, X_Mock_Scenario="late, away")

    told = record(decode_exchange(encode_exchange(one), lambda _: None))

    assert told["answered"] == record(one)["answered"]
    assert "instead of 201" in told["answered"]


def test_why_a_rule_was_spent_is_told_without_it() -> None:
    sample = considered("rule-1", {"times": 1}, spent="it applied 1 time already")
    one = exchange(steering=Steering(considered=(sample,)))

    told = record(decode_exchange(encode_exchange(one), lambda _: None))

    assert told["considered"][0]["why_not"] == ["it applied 1 time already"]


def test_rules_of_the_same_id_in_two_sessions_are_told_apart() -> None:
    engine = engine_of()
    for number, thing in enumerate(("T1", "T2")):
        session = engine.sessions.make(f"s{number}")
        when = {"path": {"id": thing}}
        post(engine, session, {"on": "readThing", "when": when, "reply": {"status": 404}})
        one = send(engine, "GET", "/things/T1", headers={"X-Mock-Session": session.name})
        read_again = assert_same(one, {"rule-1": engine.library.posted(session, "rule-1").rule}.get)
        assert (body(read_again).get("code") is None) is bool(number)
        assert read_again.steering.considered[0].rule.when == when_of(when)


def test_what_a_lost_request_would_have_been_answered_is_not_kept() -> None:
    late = {"on": "*", "fault": {"delay": {"ms": 1}, "before": "deed"}}
    away = {"on": "createThing", "after_deed": True, "reply": {"status": 503}}
    engine = engine_of([scenario("shop-v1/late", late), scenario("shop-v1/away", away)])
    one = create(engine, X_Mock_Scenario="late, away")
    engine.lose(one)

    assert one.steering.after is not None
    assert assert_same(one, engine.library.rule).steering.after is None


def test_data_that_are_no_json_are_not_written() -> None:
    with pytest.raises(TypeError, match="set"):
        encode_record(Record("steps", "1", {"a": {1}}))


def test_a_double_of_several_contracts_shares_rules_of_all() -> None:
    double = Double("agile-tv-v3", "netflix-tv-v2")
    said = double.call("GET", "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_404")

    assert_same(said.exchange, double.engine.library.rule)
