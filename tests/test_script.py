"""Scripts: whose turn it is, which rules need not be tried, what is told of them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from mockserver.course import Course, course_of
from mockserver.exchange import UNSTEERED, Steering
from mockserver.message import Json, Source
from mockserver.scenario import rule_of
from mockserver.script import CHOICES_MAX, LOST, TOLD_MAX, Bound, Script, bind, follow
from mockserver.service import Services
from mockserver.session import Session
from tests.scenarios.samples import alone, contract, request_of

ANSWERER = Services([contract("shop-v1")])["shop-v1/readThing"].answerer
GONE = {"reply": {"status": 404}}
LATE = {"fault": {"delay": {"ms": 2}}}


def bound(number: int = 1, **node: Json) -> Bound:
    """A rule, bound to reading a thing, that has no flaw."""
    flaws: list[Any] = []
    made = bind(rule_of(f"shop-v1/a#{number}", {"on": "readThing"} | node), ANSWERER, flaws)
    assert flaws == []
    return made


def script(*nodes: Json, name: str = "shop-v1/a") -> Script:
    return Script(name, tuple(bound(n, **node) for n, node in enumerate(nodes, start=1)))


def session(seed: int = 0) -> Session:
    return alone("a", seed)


# turns --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "limit"),
    [
        (GONE, None),
        (GONE | {"times": 3}, 3),
        (LATE, None),
        (LATE | {"times": 1}, 1),
        ({"replies": [{"status": 503, "times": 2}, {"status": 404, "times": 3}]}, 5),
        ({"replies": [{"status": 503, "times": 2}, {"status": 404}]}, None),
        ({"times": 4, "replies": [{"status": 503, "times": 2}, {"status": 404, "times": 3}]}, 4),
        ({"times": 9, "replies": [{"status": 503, "times": 2}, {"status": 404, "times": 3}]}, 5),
        ({"times": 2, "replies": [{"status": 503, "weight": 2}]}, 2),
    ],
)
def test_a_rule_applies_as_often_as_its_times_and_turns_say(node: Json, limit: int | None) -> None:
    rule, mine = bound(**node), session()
    assert rule.limit == limit

    for used in range(limit or 0):
        assert not rule.spent(mine)
        rule.take(mine)
        assert mine.used(rule.rule.id) == used + 1

    assert rule.spent(mine) == (limit is not None) == bool(rule.over)


@given(times=st.lists(st.integers(1, 4), min_size=1, max_size=4), ends=st.booleans())
def test_turns_are_taken_in_order_each_as_often_as_it_says(times: list[int], *, ends: bool) -> None:
    turns: list[Json] = [{"status": 500 + n, "times": count} for n, count in enumerate(times)]
    if not ends:
        del turns[-1]["times"]
    rule, mine = bound(replies=turns), session()
    expected = [500 + n for n, count in enumerate(times) for _ in range(count)]

    turns = [rule.take(mine) for _ in expected]
    writers = [None if turn is None else rule.writers[turn] for turn in turns]

    request = request_of("GET", "/things/1")
    assert [write(request, mine).reply.status for write in writers if write] == expected
    if not ends:
        last = rule.take(mine)
        assert last == len(times) - 1


@given(st.integers(0, 50), st.lists(st.sampled_from([0.5, 1, 3]), min_size=1, max_size=4))
def test_a_weighted_choice_is_that_of_the_seed(seed: int, weights: list[float]) -> None:
    rule = bound(replies=[{"status": 500 + n, "weight": w} for n, w in enumerate(weights)])
    one, same = session(seed), session(seed)

    assert [rule.take(one) for _ in range(20)] == [rule.take(same) for _ in range(20)]
    assert {rule.take(one) for _ in range(200)} <= set(range(len(weights)))


# following ----------------------------------------------------------------------------------


def test_without_scripts_a_request_goes_on() -> None:
    followed = follow((), request_of("GET", "/things/1"), session())

    assert followed.reply is None
    assert followed.steering == UNSTEERED


def test_what_is_lost_is_not_written() -> None:
    lost = {"fault": {"break": "hang", "before": "deed", "delay": {"ms": 4}}}
    followed = follow([script(lost, GONE)], request_of("GET", "/things/1"), session())

    assert followed.reply is LOST
    assert (LOST.status, LOST.headers, LOST.body, LOST.source) == (0, (), b"", Source.SCENARIO)
    assert followed.steering.delay_ms == 4


def test_a_reply_is_never_changed_by_the_next_one() -> None:
    rule, mine = script(GONE), session()
    request = request_of("GET", "/things/1")

    first, second = (follow([rule], request, mine).reply for _ in range(2))

    assert first == second


def test_of_replies_after_the_deed_the_first_counts() -> None:
    away = script(GONE | {"after_deed": True})
    scripts = [
        replace(each, name=f"shop-v1/{name}")
        for name, each in (("a", away), ("b", away), ("c", script({"reply": {"status": 500}})))
    ]

    followed = follow(scripts[:2], request_of("GET", "/things/1"), session())

    assert followed.reply is None
    assert followed.steering.scenarios == ()
    assert [each.applied for each in followed.steering.considered] == [True, True]
    assert followed.steering.after is not None
    assert followed.steering.after.name == "shop-v1/a"
    replied = follow(scripts, request_of("GET", "/things/1"), session())
    assert replied.reply is not None
    assert (replied.reply.status, replied.steering.after is not None) == (500, True)


TURNS = {"replies": [{"status": 503, "times": 1}, {"through": True}]}


def test_a_scenario_that_only_lets_a_request_through_is_not_named() -> None:
    mine, request = session(), request_of("GET", "/things/1")
    scripts = [script(TURNS)]

    first, second = (follow(scripts, request, mine) for _ in range(2))

    assert first.reply is not None
    assert (first.steering.scenarios, second.steering.scenarios) == (("shop-v1/a",), ())
    assert second.reply is None
    told = [each.steering.considered[0] for each in (first, second)]
    assert [(each.applied, each.turn, each.through) for each in told] == [
        (True, 0, False),
        (True, 1, True),
    ]


def test_a_scenario_that_lets_a_request_through_with_a_fault_is_named() -> None:
    late = script({"replies": [{"through": True}]} | LATE)

    steering = follow([late], request_of("GET", "/things/1"), session()).steering

    assert steering.scenarios == ("shop-v1/a",)
    assert (steering.considered[0].through, steering.considered[0].turn) == (True, None)


def test_of_a_choice_the_turn_is_told_that_was_taken() -> None:
    flaky = script({"replies": [{"status": 500 + n, "weight": 1} for n in range(3)]})
    mine, request = session(), request_of("GET", "/things/1")

    for _ in range(10):
        followed = follow([flaky], request, mine)
        [told] = followed.steering.considered
        assert followed.reply is not None
        assert told.turn == followed.reply.status - 500


def test_who_chose_a_script_is_told_of_all_its_rules() -> None:
    rule = GONE | {"when": {"query": {"a": "1"}}}
    tried = script(rule | {"times": 1}, rule, {"replies": [{"status": 500}, {"through": True}]})

    chosen = tried.by("active in the session")

    assert chosen == tried
    assert tried.by("active in the session") is chosen
    mine = session()
    for _ in range(2):
        request = request_of("GET", "/things/1?a=1")
        steering = follow([chosen], request, mine).steering
        assert {each.chosen_by for each in steering.considered} == {"active in the session"}
    steering = follow([chosen], request_of("GET", "/things/1"), mine).steering
    assert [each.chosen_by for each in steering.considered] == ["active in the session"] * 3


def test_a_bounded_number_of_ways_to_have_been_chosen_is_kept() -> None:
    tried = script(GONE)

    for number in range(CHOICES_MAX + 2):
        tried.by(f"kept by the resource {number}")

    assert len(tried._choices) == 2  # noqa: SLF001 - what is kept cannot be seen from outside


@pytest.mark.parametrize("number", [TOLD_MAX, TOLD_MAX + 1, TOLD_MAX + 50])
def test_of_many_rules_the_first_are_told_and_those_that_applied(number: int) -> None:
    wanted = {"when": {"query": {"a": {"regex": "1"}}}}
    several = [script(LATE | wanted, name=f"rule-{n}") for n in range(number)]
    one = script(*([GONE | wanted] * number), name="shop-v1/b")
    last = script(LATE, name="rule-last"), script(GONE, name="shop-v1/last")
    request = request_of("GET", "/things/1")

    apart = follow([*several, *last], request, session()).steering
    together = follow([one, *last], request, session()).steering
    alone = script(*([GONE | wanted] * number), GONE).hits[number]

    for each, applied in ((apart, 2), (together, 2), (alone, 1)):
        assert [told.applied for told in each.considered] == [False] * TOLD_MAX + [True] * applied
        assert each.more == number - TOLD_MAX
    assert apart.scenarios == together.scenarios == ("rule-last", "shop-v1/last")


def test_what_is_said_of_a_rule_is_shared_by_the_requests() -> None:
    mine, tried = session(), script(GONE | {"times": 1}, LATE)
    request = request_of("GET", "/things/1")
    follow([tried], request, mine)

    first, second = (follow([tried], request, mine).steering.considered for _ in range(2))

    assert [each.spent for each in first] == ["it applied 1 time already", ""]
    assert all(one is other for one, other in zip(first, second, strict=True))


def test_a_reply_that_says_nothing_new_shares_all_that_is_said() -> None:
    mine, tried = session(), script(GONE)
    request = request_of("GET", "/things/1")

    first, second = (follow([tried], request, mine).steering for _ in range(2))

    assert first is second is tried.hits[0]


WHERE = st.sampled_from(["a", "b"])
CONDITION = st.one_of(
    st.sampled_from(["1", "2"]),
    st.just(1),
    st.just(["1", "2"]),
    st.fixed_dictionaries({"one_of": st.lists(st.sampled_from(["1", "2", 3]), min_size=1)}),
    st.fixed_dictionaries({"equals": st.just("1"), "regex": st.just("[12]")}),
    st.fixed_dictionaries({"regex": st.just("[12]")}),
    st.fixed_dictionaries({"absent": st.booleans()}),
    st.fixed_dictionaries({"min": st.just(2)}),
)
NAMED = st.dictionaries(WHERE, CONDITION, min_size=1, max_size=2)
WHEN = st.fixed_dictionaries(
    {},
    optional={
        "query": NAMED,
        "headers": st.dictionaries(st.sampled_from(["A", "a"]), CONDITION, min_size=1, max_size=1),
        "body": st.dictionaries(
            st.sampled_from(["/a", "/b/0", ""]), CONDITION, min_size=1, max_size=2
        ),
    },
)
NODES = st.tuples(WHEN, st.sampled_from([GONE, GONE | {"times": 1}, LATE])).map(
    lambda parts: {"when": parts[0]} | parts[1]
)
SENT = st.tuples(
    st.sampled_from(["", "?a=1", "?a=2&b=1", "?a=1&a=2", "?b=3&a="]),
    st.sampled_from([{}, {"a": "1"}, {"a": "3"}]),
    st.sampled_from([None, {"a": "1"}, {"a": 1, "b": ["2"]}, {"a": ["1", "2"]}, "1", [1]]),
)


@pytest.mark.parametrize(
    ("when", "target", "json"),
    [
        ({"query": {"a": "1"}}, "/things/1?a=2&a=1", None),
        ({"query": {"a": {"one_of": ["1", "2"]}}}, "/things/1?a=3&a=2", None),
        ({"query": {"a": "1"}, "body": {"/b": "2"}}, "/things/1?a=1", {"b": "2"}),
        ({"body": {"/a": {"one_of": ["1", 2]}}}, "/things/1", {"a": 2}),
        ({"headers": {"A": "1"}}, "/things/1", None),
    ],
)
def test_a_reserved_value_is_met_however_it_is_sent(when: Json, target: str, json: Json) -> None:
    request = request_of("GET", target, headers={"a": "1"}, json=json)
    request.content = json

    followed = follow([script(GONE | {"when": when})], request, session())

    assert followed.reply is not None


def test_a_rule_that_is_spent_is_told_so_to_every_request() -> None:
    tried, mine = script(GONE | {"times": 1, "when": {"query": {"a": "1"}}}), session()
    follow([tried], request_of("GET", "/things/1?a=1"), mine)

    for target in ("/things/1?a=1", "/things/1?a=2", "/things/1"):
        [told] = follow([tried], request_of("GET", target), mine).steering.considered
        assert told.spent == "it applied 1 time already"


@effort(max_examples=300)
@given(st.lists(NODES, max_size=4), st.lists(SENT, min_size=1, max_size=4))
def test_the_rules_that_need_not_be_tried_would_not_apply(
    nodes: list[Json], sent: list[tuple[str, Json, Json]]
) -> None:
    tried, mine = script(*nodes), session()
    used = [0] * len(nodes)
    for query, headers, content in sent:
        request = request_of("GET", f"/things/1{query}", headers=headers, json=content)
        request.content = content
        told: list[tuple[int, bool, bool]] = []
        for place, rule in enumerate(tried.rules):
            spent = rule.limit is not None and used[place] >= rule.limit
            applies = not spent and not list(rule.rule.when.mismatches(request))
            told.append((place + 1, spent, applies))
            if applies:
                used[place] += 1
                break

        steering = follow([tried], request, mine).steering

        assert [
            (int(each.rule.id.partition("#")[2]), bool(each.spent), each.applied)
            for each in steering.considered
        ] == told
        assert steering.scenarios == ((tried.name,) if told and told[-1][2] else ())
        assert tried.may_apply(request) or not any(applies for _, _, applies in told)


# courses ------------------------------------------------------------------------------------


def said(steering: Steering) -> dict[str, Course]:
    """The courses of rules that applied, the strongest first."""
    return {each.name: each.course for each in steering.courses}


NEVER: Json = {"course": {"OPEN": "never"}}
SLOW: Json = {"course": {"OPEN": {"after": "1h"}}}


def test_a_rule_with_a_course_lets_the_request_go_on_with_it() -> None:
    followed = follow([script(NEVER)], request_of("GET", "/things/1"), session())

    assert followed.reply is None
    assert said(followed.steering) == {"shop-v1/a": course_of(NEVER["course"])}
    assert followed.steering.scenarios == ()
    [told] = followed.steering.considered
    assert (told.applied, told.through) == (True, False)


def test_the_courses_of_several_scripts_come_the_strongest_first() -> None:
    scripts = [script(NEVER, name="rule-1"), script(LATE, name="rule-2"), script(SLOW)]

    steering = follow(scripts, request_of("GET", "/things/1"), session()).steering

    found = [(each.name, each.course) for each in steering.courses]
    told = [("rule-1", NEVER), ("shop-v1/a", SLOW)]
    assert found == [(name, course_of(each["course"])) for name, each in told]
    assert steering.scenarios == ("rule-2",)


def test_of_the_rules_of_a_script_the_first_that_applies_gives_its_course() -> None:
    wanted = {"when": {"query": {"a": "1"}}}
    tried = script(NEVER | wanted, SLOW)

    for target, course in (("/things/1?a=1", NEVER), ("/things/1", SLOW)):
        steering = follow([tried], request_of("GET", target), session()).steering
        assert list(said(steering).values()) == [course_of(course["course"])]


def test_a_rule_may_have_a_course_and_a_fault() -> None:
    followed = follow([script(NEVER | LATE)], request_of("GET", "/things/1"), session())

    assert followed.reply is None
    assert list(said(followed.steering).values()) == [course_of(NEVER["course"])]
    assert followed.steering.delay_ms == 2


def test_a_course_applies_as_often_as_its_rule_says() -> None:
    tried, mine = script(NEVER | {"times": 1}), session()
    request = request_of("GET", "/things/1")

    found = [follow([tried], request, mine).steering.courses for _ in range(2)]

    assert [len(each) for each in found] == [1, 0]


def test_where_a_later_script_replies_nothing_begins_on_a_course() -> None:
    followed = follow([script(NEVER), script(GONE)], request_of("GET", "/things/1"), session())

    assert followed.reply is not None
    assert followed.steering.courses == ()
