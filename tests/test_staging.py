"""What scenarios set up: courses of what requests begin, and records that are given."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver.clock import ClockMode
from mockserver.course import course_record
from mockserver.exchange import Exchange
from mockserver.scenario import Scenario
from mockserver.server.clocks import to
from mockserver.simulation import Collection
from mockserver.staging import STAGED_MAX
from tests.scenarios.samples import NOON, body, post, scenario
from tests.simulations.things import KINDS, MINUTE, THINGS, Shop

HOUR = timedelta(hours=1)
HOURLY = {"OPEN": {"after": "1h"}}


def named(name: str, course: Any, **more: Any) -> Scenario:
    return scenario(name, course=course, **more)


BREAKS = named("shop-v1/breaks", {"OPEN": {"then": "BROKEN"}})
SLOW = named("shop-v1/slow", {"OPEN": {"after": "10h"}})
STUCK = named("shop-v1/stuck", {"*": "never"})
ANY = named("common/any", {"*": {"polls": 2}})
BARE = scenario("shop-v1/bare")


def course(shop: Shop, thing: str = "T1") -> Any:
    """The course of a thing, as a file would have it."""
    return course_record(shop.record(thing).progress.course)


# courses ------------------------------------------------------------------------------------


def test_what_nobody_speaks_of_is_on_no_course() -> None:
    shop = Shop()
    shop.create()

    assert course(shop) == {}


def test_the_course_of_a_default_scenario_counts_in_every_session() -> None:
    for session in ("default", "other"):
        shop = Shop(course=HOURLY, session=session)
        shop.create()
        assert course(shop) == HOURLY


def test_the_scenarios_of_a_session_count_over_defaults() -> None:
    shop = Shop(SLOW, ANY, course=HOURLY, active=["shop-v1/slow", "common/any"])
    shop.create()

    assert course(shop) == {"OPEN": {"after": "10h"}, "*": {"polls": 2}}


def test_the_first_scenario_of_a_session_counts_over_later_ones() -> None:
    shop = Shop(SLOW, STUCK, active=["shop-v1/stuck", "shop-v1/slow"])
    shop.create()

    assert course(shop) == {"OPEN": "never", "*": "never"}


def test_a_scenario_that_the_request_names_counts_over_those_of_the_session() -> None:
    shop = Shop(SLOW, STUCK, active=["shop-v1/stuck"])
    shop.create(x_mock_scenario="slow")

    assert course(shop) == {"OPEN": {"after": "10h"}, "*": "never"}


def test_the_first_scenario_that_the_request_names_counts_over_later_ones() -> None:
    shop = Shop(SLOW, STUCK)
    shop.create("T1", x_mock_scenario="slow, stuck")
    shop.create("T2", x_mock_scenario="stuck, slow")

    assert course(shop, "T1") == {"OPEN": {"after": "10h"}, "*": "never"}
    assert course(shop, "T2") == {"OPEN": "never", "*": "never"}


@pytest.mark.parametrize("how", ["header", "session", "rule"])
def test_an_outcome_comes_when_the_course_beneath_says(how: str) -> None:
    shop = Shop(BREAKS, course=HOURLY, active=["shop-v1/breaks"] if how == "session" else ())
    if how == "rule":
        node = {"on": "createThing", "course": {"OPEN": {"then": "BROKEN"}}}
        post(shop.engine, shop.session, node)
    shop.create(**({"x_mock_scenario": "breaks"} if how == "header" else {}))

    assert course(shop) == {"OPEN": {"after": "1h", "then": "BROKEN"}}
    assert shop.advance(HOUR - MINUTE) == []
    assert shop.advance(MINUTE) == ["T1 BROKEN"]


def test_the_course_of_the_creation_stays_with_the_record() -> None:
    shop = Shop(SLOW, STUCK, course=HOURLY)
    shop.create("T1", x_mock_scenario="slow")
    shop.session.activate(("shop-v1/stuck",))
    shop.create("T2")

    assert shop.advance(9 * HOUR) == []
    assert shop.advance(HOUR) == ["T1 CLOSED", "T1 TOLD"]
    shop.send("PUT", "/things/T1", {"id": "T1"}, x_mock_scenario="stuck")
    assert shop.advance(10 * HOUR) == ["T1 CLOSED", "T1 TOLD"]


@pytest.mark.parametrize("how", ["header", "session"])
def test_the_course_of_a_scenario_of_another_api_does_not_apply(how: str) -> None:
    boxes = Collection("boxes", "A box", ("depot-v1",), {}, ("id",), lifecycle=THINGS.lifecycle)
    other = named("depot-v1/stuck", {"*": "never"})
    active = ["depot-v1/stuck"] if how == "session" else []
    shop = Shop(other, course=HOURLY, collections={**KINDS, "boxes": boxes}, active=active)

    created = shop.create(**({"x_mock_scenario": "depot-v1/stuck"} if how == "header" else {}))

    assert created.reply.status == 201
    assert course(shop) == HOURLY
    assert created.steering.scenarios == ()


# who is named -------------------------------------------------------------------------------


def scenarios(exchange: Exchange) -> tuple[str, ...]:
    return exchange.steering.scenarios


def test_the_scenarios_that_gave_a_course_are_named() -> None:
    shop = Shop(SLOW, ANY, BARE, course=HOURLY, active=["common/any"])

    created = shop.create(x_mock_scenario="slow, bare")

    assert scenarios(created) == ("shop-v1/slow", "common/any")


def test_a_scenario_is_not_named_where_nothing_changes() -> None:
    shop = Shop(SLOW)
    shop.create(x_mock_scenario="slow")

    assert scenarios(shop.create(x_mock_scenario="slow")) == ()
    assert scenarios(shop.send("GET", "/things/T1", x_mock_scenario="slow")) == ()


def test_default_scenarios_are_not_named() -> None:
    assert scenarios(Shop(course=HOURLY).create()) == ()


def test_a_scenario_that_leaves_a_fault_and_a_course_is_named_once() -> None:
    rule = {"on": "createThing", "fault": {"delay": {"ms": 1}}}
    shop = Shop(scenario("shop-v1/late", rule, course={"OPEN": "never"}))

    assert scenarios(shop.create(x_mock_scenario="late")) == ("shop-v1/late",)


# rules --------------------------------------------------------------------------------------


def test_a_rule_gives_its_course_to_what_it_applies_to() -> None:
    rule = {"on": "createThing", "when": {"body": {"/size": 9}}, "course": {"OPEN": "never"}}
    shop = Shop(scenario("shop-v1/large", rule), course=HOURLY, active=["shop-v1/large"])

    large = shop.send("POST", "/things", {"id": "T1", "size": 9})
    small = shop.send("POST", "/things", {"id": "T2", "size": 8})

    assert (course(shop, "T1"), course(shop, "T2")) == ({"OPEN": "never"}, HOURLY)
    assert (scenarios(large), scenarios(small)) == (("shop-v1/large",), ())


def test_a_rule_counts_over_the_course_of_scenarios_of_the_session() -> None:
    rule = {"on": "createThing", "course": {"OPEN": {"polls": 3}}}
    shop = Shop(STUCK, course=HOURLY, active=["shop-v1/stuck"])
    post(shop.engine, shop.session, rule)
    shop.create()

    assert course(shop) == {"OPEN": {"polls": 3}, "*": "never"}


def test_a_scenario_that_the_request_names_counts_over_a_rule() -> None:
    shop = Shop(SLOW)
    post(shop.engine, shop.session, {"on": "createThing", "course": {"OPEN": {"polls": 3}}})
    shop.create(x_mock_scenario="slow")

    assert course(shop) == {"OPEN": {"after": "10h"}}


@pytest.mark.parametrize("how", ["header", "session"])
def test_a_rule_of_a_default_scenario_counts_below_scenarios_that_are_chosen(how: str) -> None:
    rule = {"on": "createThing", "course": {"OPEN": {"polls": 3}}}
    usual = scenario("shop-v1/usual", rule, default=True)
    shop = Shop(usual, SLOW, active=["shop-v1/slow"] if how == "session" else ())
    shop.create("T1", **({"x_mock_scenario": "slow"} if how == "header" else {}))
    assert course(shop) == {"OPEN": {"after": "10h"}}

    shop.session.activate(())
    shop.create("T2")
    assert course(shop, "T2") == {"OPEN": {"polls": 3}}


def test_a_rule_of_a_scenario_that_the_request_names_counts_over_all_others() -> None:
    rule = {"on": "createThing", "course": {"OPEN": {"polls": 3}}}
    shop = Shop(SLOW, STUCK, scenario("shop-v1/read", rule), active=["shop-v1/stuck"])
    post(shop.engine, shop.session, {"on": "createThing", "course": {"OPEN": {"polls": 4}}})
    shop.create(x_mock_scenario="slow, read")

    assert course(shop) == {"OPEN": {"polls": 3}, "*": "never"}


def test_of_several_rules_the_first_counts() -> None:
    shop = Shop()
    for polls in (3, 4):
        rule = {"on": "createThing", "course": {"OPEN": {"polls": polls}}}
        post(shop.engine, shop.session, rule)
    shop.create()

    assert course(shop) == {"OPEN": {"polls": 3}}


def test_a_course_of_a_rule_lasts_as_often_as_it_says() -> None:
    shop = Shop(course=HOURLY)
    rule = {"on": "createThing", "times": 1, "course": {"OPEN": "never"}}
    post(shop.engine, shop.session, rule)
    for thing in ("T1", "T2"):
        shop.create(thing)

    assert (course(shop, "T1"), course(shop, "T2")) == ({"OPEN": "never"}, HOURLY)


# what is given ------------------------------------------------------------------------------

GIVEN = {"things": [{"id": "T1"}, {"id": "T2", "status": "CLOSED"}]}
FULL = scenario("shop-v1/full", given=GIVEN, course={"OPEN": {"after": "2h"}})


def test_what_a_default_gives_is_in_the_default_session_alone() -> None:
    always = scenario("shop-v1/always", default=True, given=GIVEN, course=HOURLY)

    assert [Shop(always).status(each) for each in ("T1", "T2")] == ["OPEN", "CLOSED"]
    assert Shop(always, session="other").status("T1") == "MISSING"


@pytest.mark.parametrize("session", ["default", "other"])
def test_what_the_scenarios_of_a_session_give_is_in_it(session: str) -> None:
    shop = Shop(FULL, session=session, active=["shop-v1/full"])

    assert [shop.status(each) for each in ("T1", "T2", "T3")] == ["OPEN", "CLOSED", "MISSING"]


def test_what_a_scenario_of_a_request_gives_is_there_from_then_on() -> None:
    shop = Shop(FULL, session="other")
    assert shop.status() == "MISSING"

    assert shop.status(x_mock_scenario="full") == "OPEN"
    assert shop.status() == "OPEN"


def test_what_is_activated_later_gives_what_it_has_then() -> None:
    shop = Shop(FULL, session="other")
    assert shop.status() == "MISSING"
    shop.session.activate(("shop-v1/full",))

    assert shop.status() == "OPEN"


def test_what_is_given_is_on_the_course_of_its_scenario_over_the_session_and_defaults() -> None:
    other = scenario("shop-v1/other", given={"things": [{"id": "T3"}]})
    active = ["shop-v1/slow", "shop-v1/full", "shop-v1/other"]
    shop = Shop(FULL, other, STUCK, SLOW, course=HOURLY, active=active)
    shop.status(x_mock_scenario="stuck")

    assert course(shop, "T1") == {"OPEN": {"after": "2h"}}
    assert course(shop, "T3") == {"OPEN": {"after": "10h"}}
    assert shop.record("T1").progress.due == NOON + 2 * HOUR


def test_what_is_given_stays_gone() -> None:
    shop = Shop(FULL, active=["shop-v1/full"])
    assert shop.send("DELETE", "/things/T2").reply.status == 204

    shop.session.activate(("shop-v1/full",))

    assert shop.status("T2") == "MISSING"


def test_what_is_there_stays_whatever_is_given() -> None:
    shop = Shop(FULL, course={"OPEN": "never"}, session="other")
    shop.send("POST", "/things", {"id": "T2", "size": 77})
    shop.session.activate(("shop-v1/full",))

    assert (shop.status("T1"), shop.status("T2")) == ("OPEN", "OPEN")
    assert shop.record("T2").data["size"] == 77


def test_what_another_record_has_a_claim_to_is_not_given_again() -> None:
    things = [{"id": "T8", "size": 5_000}, {"id": "T9"}]
    given = scenario("shop-v1/sized", given={"things": things})
    shop = Shop(given, session="other", course={"OPEN": "never"})
    shop.send("POST", "/things", {"id": "T1", "size": 5_000})
    shop.session.activate(("shop-v1/sized",))

    assert [shop.status(each) for each in ("T1", "T8", "T9")] == ["OPEN", "MISSING", "OPEN"]


def test_what_is_given_and_due_at_once_happens_before_the_request_is_decided() -> None:
    at_once = scenario(
        "shop-v1/quick", given={"things": [{"id": "T1"}]}, course={"OPEN": "at once"}
    )
    shop = Shop(at_once, active=["shop-v1/quick"])

    assert shop.status() == "CLOSED"


def test_a_reset_gives_anew() -> None:
    always = scenario("shop-v1/always", default=True, given=GIVEN, course=HOURLY)
    shop = Shop(always)
    shop.status()
    shop.advance(HOUR)
    assert shop.send("DELETE", "/things/T1").reply.status == 204

    shop.engine.sessions.reset(shop.session)
    shop.session.clock.set(ClockMode.FROZEN, NOON)

    assert (shop.status("T1"), shop.record("T1").progress.due) == ("OPEN", NOON + HOUR)
    assert shop.record("T1").data["size"] == 1


def test_a_session_remembers_a_bounded_number_of_headers() -> None:
    shop = Shop(FULL, BARE, session="other")

    seed = shop.engine.staging.seed
    for number in range(STAGED_MAX + 5):
        seed(shop.session, "shop-v1", "shop-v1/readThing", b"bare" + b" " * number)

    assert len(shop.session.staged) <= STAGED_MAX


@pytest.mark.parametrize("active", [[], ["shop-v1/stuck"]])
def test_a_record_that_a_test_puts_proceeds_as_the_session_has_it(active: list[str]) -> None:
    shop = Shop(STUCK, course=HOURLY, active=active)

    record = shop.engine.staging.adopt(shop.session, THINGS, {"id": "T1"})

    assert record.progress.due == (None if active else NOON + HOUR)
    assert record.progress.scenarios == tuple(active)
    assert body(shop.create())["id"] == "T1"


def test_the_scenario_that_gives_a_record_counts_over_the_session_for_good() -> None:
    given = scenario("shop-v1/stock", given={"things": [{"id": "T1"}]}, course={"OPEN": "never"})
    shop = Shop(SLOW, given, course=HOURLY, active=["shop-v1/slow", "shop-v1/stock"])
    shop.status()

    assert course(shop) == {"OPEN": "never"}


def test_what_fires_tells_who_said_so() -> None:
    shop = Shop(SLOW, course=HOURLY)
    shop.create("T1", x_mock_scenario="slow")
    shop.create("T2")

    fired = to(shop.session, NOON + 10 * HOUR).fired

    said = {each.id: each.scenarios for each in fired if each.collection == "things"}
    assert said == {"T1": ("shop-v1/slow",), "T2": ()}
