"""Simulations under the engine: what is due first, then the request, then what it changes."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver.clock import ClockMode, Moment
from mockserver.course import Courses, course_of, course_record
from mockserver.message import Source
from mockserver.record import Record
from mockserver.session import tag_of
from mockserver.simulation import STATELESS, Collection
from tests.scenarios.samples import NOON, body, scenario
from tests.simulations.things import LIFE, MINUTE, NOTICES, THINGS, Shop

HOUR = timedelta(hours=1)
SLOW = {"OPEN": {"after": "1h"}}


def moment(**more: Any) -> Moment:
    return Moment(NOON, 0, NOON, **more)


# collections --------------------------------------------------------------------------------


def test_a_new_record_begins_on_the_course_of_its_moment() -> None:
    course = course_of(SLOW)

    record = THINGS.made({"id": "T1", "status": "OPEN"}, moment(courses=Courses(course)))

    assert (record.collection, record.id) == ("things", "T1")
    assert record.progress.course == course
    assert (record.progress.phase, record.progress.due) == ("OPEN", NOON + HOUR)


def test_a_record_from_outside_is_completed_and_begins_where_it_stands() -> None:
    course = course_of(SLOW)

    new = THINGS.adopted({"id": "T1"}, Courses(course), moment(number=7))
    old = THINGS.adopted({"id": "T2", "status": "CLOSED"}, Courses(course), moment())

    assert new.data == {"id": "T1", "status": "OPEN", "size": 7}
    assert new.progress.due == NOON + HOUR
    assert (old.data["status"], old.progress.phase, old.progress.due) == ("CLOSED", "CLOSED", None)


def test_a_collection_without_a_life_cycle_has_records_that_wait_for_nothing() -> None:
    plain = Collection("plain", "Plain", (), {}, ("org", "id"))

    record = plain.made({"org": "a", "id": 5}, moment(courses=Courses(course_of(SLOW))))

    assert record == Record("plain", "a:5", {"org": "a", "id": 5}, STATELESS)
    assert plain.adopted({"org": "a", "id": 5}, Courses(course_of(SLOW)), moment()) == record


# time ---------------------------------------------------------------------------------------


def test_what_is_due_happens_before_a_request_is_decided() -> None:
    shop = Shop(course=SLOW)
    shop.create()
    assert shop.status() == "OPEN"

    shop.session.clock.set(ClockMode.FROZEN, NOON + HOUR)

    asked = shop.send("GET", "/things/T1")
    assert body(asked)["status"] == "CLOSED"
    assert [(each.at, each.collection) for each in asked.fired] == [
        (NOON + HOUR, "things"),
        (NOON + HOUR, "notices"),
    ]
    assert shop.send("GET", "/things/T1").fired == ()


def test_what_is_at_once_happens_when_somebody_looks() -> None:
    shop = Shop(course={"OPEN": "at once"})

    assert body(shop.create())["status"] == "OPEN"
    assert shop.status() == "CLOSED"


def test_what_is_due_happens_before_a_request_that_is_refused_too() -> None:
    shop = Shop(course=SLOW)
    shop.create()
    shop.session.clock.set(ClockMode.FROZEN, NOON + HOUR)

    refused = shop.send("POST", "/things", {"size": "large"})

    assert refused.reply.source is Source.REFUSAL
    assert [each.id for each in refused.fired] == ["T1", "T1"]


def test_to_advance_tells_what_happened_in_all_that_it_brought_about() -> None:
    shop = Shop(course={"OPEN": {"after": "1h"}, "WAITING": {"after": "1m"}})
    shop.create("T1")
    shop.advance(MINUTE)
    shop.create("T2")

    assert shop.advance(59.5 * MINUTE) == ["T1 CLOSED"]
    assert shop.advance(MINUTE) == ["T2 CLOSED", "T1 TOLD"]
    assert shop.record("T1").data["told"] == "2026-01-15T13:01:00.000Z"
    assert shop.advance(HOUR) == ["T2 TOLD"]
    assert shop.record("T2").data["told"] == "2026-01-15T13:02:00.000Z"


def test_a_record_that_another_one_changes_keeps_its_own_course() -> None:
    shop = Shop(course={"OPEN": "at once", "WAITING": "at once"})
    shop.create()

    assert shop.advance(timedelta(0)) == ["T1 CLOSED", "T1 TOLD"]
    assert shop.record().progress.course == course_of({"OPEN": "at once", "WAITING": "at once"})


# polls --------------------------------------------------------------------------------------


def test_a_read_is_counted_before_it_is_answered() -> None:
    shop = Shop(course={"OPEN": {"polls": 3}})
    shop.create()

    assert [shop.status() for _ in range(4)] == ["OPEN", "OPEN", "CLOSED", "CLOSED"]


def test_only_reads_of_that_record_are_counted() -> None:
    shop = Shop(course={"OPEN": {"polls": 2}})
    shop.create("T1")
    shop.create("T2")

    shop.status("T2")
    shop.status("T3")
    shop.send("GET", "/things")

    assert (shop.record("T1").progress.polls, shop.record("T2").progress.polls) == (2, 1)


@pytest.mark.parametrize("headers", [{"prefer": "code=404"}, {"x_mock_scenario": "lost"}])
def test_a_read_that_somebody_else_answers_is_not_counted(headers: Any) -> None:
    lost = scenario("shop-v1/lost", {"on": "readThing", "reply": {"status": 404}})
    shop = Shop(lost, course={"OPEN": {"polls": 2}})
    shop.create()

    shop.send("GET", "/things/T1", **headers)

    assert shop.record().progress.polls == 2


def test_a_read_that_counts_is_told_as_a_change() -> None:
    shop = Shop(course={"OPEN": {"polls": 2}})
    shop.create()

    [touched] = shop.send("GET", "/things/T1").touched

    assert touched.before is not None
    assert touched.after is not None
    assert (touched.before.progress.polls, touched.after.progress.polls) == (2, 1)


# the deed -----------------------------------------------------------------------------------


def test_what_a_request_changes_is_told() -> None:
    shop = Shop(course=SLOW)

    [touched] = shop.create().touched

    assert (touched.before, touched.after) == (None, shop.record())


def test_a_request_that_the_state_does_not_allow_changes_nothing() -> None:
    shop = Shop(course=SLOW)
    shop.create()

    again, replaced = shop.create(), shop.send("PUT", "/things/T1", {"id": "T1", "size": 9})

    assert [each.reply.status for each in (again, replaced)] == [409, 409]
    assert [each.reply.source for each in (again, replaced)] == [Source.SIMULATION] * 2
    assert (again.touched, replaced.touched) == ((), ())


def test_a_reply_that_breaks_the_contract_is_loud_and_commits_nothing() -> None:
    shop = Shop()
    shop.create()
    assert shop.status() == "CLOSED"
    before = shop.record()

    loud = shop.send("PUT", "/things/T1", {"id": "T1", "size": -1})

    assert (loud.reply.status, loud.reply.source) == (500, Source.MOCKSERVER)
    assert "breaks the contract" in body(loud)["detail"]
    assert loud.touched == ()
    assert shop.record() is before
    assert shop.send("PUT", "/things/T1", {"id": "T1", "size": 1}).reply.status == 200


def test_a_state_that_the_contract_does_not_have_is_loud() -> None:
    shop = Shop(course={"OPEN": {"then": "BROKEN"}})
    shop.create()

    asked = shop.send("GET", "/things/T1")

    assert (asked.reply.status, asked.reply.source) == (500, Source.MOCKSERVER)


def test_a_decision_that_breaks_a_claim_is_loud_and_commits_nothing() -> None:
    shop = Shop()
    sized = {"size": 5_000}
    shop.send("POST", "/things", {"id": "T1"} | sized)

    loud = shop.send("POST", "/things", {"id": "T2"} | sized)

    assert (loud.reply.status, loud.reply.source) == (500, Source.MOCKSERVER)
    assert "breaks a claim: size 5000 belongs to things:T1" in body(loud)["detail"]
    assert shop.session.records.get("things", "T2") is None


def test_a_session_that_is_full_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop(course={"OPEN": "never"})
    monkeypatch.setattr(shop.session.records, "_most", 1)

    first, second = shop.create("T1"), shop.create("T2")

    assert [each.reply.status for each in (first, second)] == [201, 503]
    assert second.reply.source is Source.MOCKSERVER


@pytest.mark.parametrize(
    "node",
    [
        {"on": "createThing", "reply": {"status": 503}},
        {"on": "createThing", "fault": {"break": "reset", "before": "deed"}},
        {"on": "*", "as": "gateway", "reply": {"status": 502}},
    ],
)
def test_where_a_scenario_replies_or_the_request_is_lost_no_deed_is_done(node: Any) -> None:
    shop = Shop(scenario("shop-v1/away", node, given={"things": [{"id": "T9"}]}))

    away = shop.create(x_mock_scenario="away")

    assert away.touched == ()
    assert len(shop.session.records) == 0
    assert shop.status() == "MISSING"


def test_where_only_the_answer_is_lost_the_deed_is_done() -> None:
    node = {"on": "createThing", "fault": {"break": "reset"}}
    shop = Shop(scenario("shop-v1/away", node), course=SLOW)

    shop.create(x_mock_scenario="away")

    assert shop.status() == "OPEN"


def test_a_deed_that_a_fault_delays_is_done_at_its_end() -> None:
    node = {"on": "createThing", "fault": {"delay": {"ms": 5}, "before": "deed"}}
    shop = Shop(scenario("shop-v1/late", node), course=SLOW)

    late = shop.create(x_mock_scenario="late")
    assert (late.reply.status, len(shop.session.records)) == (0, 0)
    shop.session.clock.set(ClockMode.FROZEN, NOON + MINUTE)
    shop.engine.proceed(late)

    assert late.reply.status == 201
    assert shop.record().progress.due == NOON + MINUTE + HOUR


# ids, tags and reset ------------------------------------------------------------------------


def test_a_moment_counts_the_records_that_were_made() -> None:
    shop = Shop(course={"OPEN": "never"})
    sizes = [body(shop.create(f"T{number}"))["size"] for number in range(3)]

    shop.create("T0")
    sizes.append(body(shop.create("T4"))["size"])

    assert sizes == [1, 2, 3, 4]
    assert shop.session.moment().number == 5


def test_a_moment_has_the_tag_of_its_session() -> None:
    assert Shop(session="one").session.moment().tag == tag_of("one") != tag_of("two")
    assert Shop().session.moment().tag == tag_of("default")


def test_after_a_reset_the_same_happens_again() -> None:
    shop = Shop(course=SLOW)

    def story() -> list[Any]:
        shop.session.clock.set(ClockMode.FROZEN, NOON)
        told = [body(shop.create()), shop.advance(HOUR), shop.record()]
        return [*told, len(shop.session.records), shop.status()]

    first = story()
    shop.engine.sessions.reset(shop.session)

    assert len(shop.session.records) == 0
    assert shop.session.records.next_due is None
    assert story() == first


def test_sessions_do_not_see_each_others_records() -> None:
    shop = Shop(session="one")
    shop.create()
    shop.session = shop.engine.sessions.make("two")

    assert shop.status() == "MISSING"


# lifecycles, from outside -------------------------------------------------------------------


def test_the_phase_of_a_record_is_its_state_until_something_ends_it() -> None:
    shop = Shop(course={"OPEN": "by hand"})
    shop.create()

    assert shop.advance(100 * HOUR) == []
    assert shop.status() == "OPEN"
    assert course_record(shop.record().progress.course) == {"OPEN": "by hand"}
    assert LIFE.outcome(shop.record()).target == "CLOSED"
    assert NOTICES.lifecycle is not None
