"""How a record goes through its table: what follows, when, and with which outcome."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.clock import LATEST, Moment
from mockserver.course import Courses, course_of
from mockserver.lifecycle import (
    GONE,
    NEW,
    Guard,
    Lifecycle,
    Outcome,
    Transition,
    interrupted,
    polled,
    proceeding,
    released,
    resumed,
)
from mockserver.record import Record

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LARGE = Guard("large", lambda data: bool(data["large"]))
LIFE = Lifecycle(
    "A parcel",
    "state",
    (
        Transition(NEW, "PACKED", by="pack"),
        Transition("PACKED", "SENT", does="it is collected"),
        Transition("PACKED", "LOST", does="nobody finds it"),
        Transition("PACKED", "SPLIT", does="it is divided", guard=LARGE),
        Transition("PACKED", GONE, by="drop", guard=LARGE),
        Transition("SPLIT", "SENT", does="its parts are collected"),
        Transition("SENT", "CHECKED", by="check"),
        Transition("CHECKED", "SENT", does="the check ends"),
    ),
    {"CHECKED": "It is looked at."},
    terminal=("LOST",),
)
TOLERANT = replace(LIFE, tolerant=True)


def moment(at: datetime = NOON, seed: int = 0) -> Moment:
    return Moment(at, seed, NOON)


def record(course: Any = None, *, large: bool = False, name: str = "P1") -> Record:
    data = {"state": "PACKED", "large": large}
    return proceeding(Record("parcels", name, data), Courses(course_of(course or {})))


def begun(course: Any = None, phase: str = "PACKED", **more: Any) -> Record:
    return LIFE.begin(record(course, **more), phase, moment())


# the table ----------------------------------------------------------------------------------


def test_states_are_those_of_the_table_less_its_phases() -> None:
    assert LIFE.states == ("PACKED", "SENT", "LOST", "SPLIT")


def test_a_course_can_speak_of_what_the_provider_ends() -> None:
    assert LIFE.waited == ("PACKED", "SPLIT", "CHECKED")
    assert LIFE.outcomes("PACKED") == ["SENT", "LOST", "SPLIT"]
    assert LIFE.outcomes("SENT") == []


def test_an_operation_does_what_the_table_says_from_the_state_of_the_record() -> None:
    small, large = record(), record(large=True)

    assert LIFE.called(large, "drop") == LIFE.transitions[4]
    assert LIFE.called(small, "drop") is None
    assert LIFE.called(small, "check") is None
    assert LIFE.called(small, "pack") is None


def test_the_first_transition_that_the_provider_may_take_is_the_usual_one() -> None:
    found = LIFE.usual("PACKED", begun().data)

    assert found is not None
    assert found.target == "SENT"
    assert LIFE.usual("SENT", begun().data) is None


# outcomes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("course", "large", "expected"),
    [
        ({}, False, Outcome("SENT", "", fits=True)),
        ({"PACKED": {"then": "LOST"}}, False, Outcome("LOST", "", fits=True)),
        ({"PACKED": {"then": "LOST", "code": "L1"}}, False, Outcome("LOST", "L1", fits=True)),
        ({"PACKED": {"code": "L1"}}, False, Outcome("SENT", "L1", fits=True)),
        ({"PACKED": {"then": "SPLIT"}}, True, Outcome("SPLIT", "", fits=True)),
        ({"PACKED": {"then": "SPLIT"}}, False, Outcome("SENT", "", fits=True)),
        ({"*": {"then": "NOWHERE"}}, False, Outcome("SENT", "", fits=True)),
    ],
)
def test_a_phase_ends_as_its_course_says_where_the_table_has_that(
    course: Any, expected: Outcome, *, large: bool
) -> None:
    assert LIFE.outcome(begun(course, large=large)) == expected


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        ("PACKED", Outcome("PACKED", "C1", fits=False)),
        ("CHECKED", Outcome("SENT", "", fits=True)),
        ("UNKNOWN", Outcome("SENT", "", fits=True)),
        ("SPLIT", Outcome("SENT", "C1", fits=True)),
        ("LOST", Outcome("LOST", "C1", fits=True)),
    ],
)
def test_a_tolerant_life_cycle_tries_what_its_table_does_not_have(
    then: str, expected: Outcome
) -> None:
    course = {"PACKED": {"then": then, "code": "C1"}}

    waiting = TOLERANT.begin(record(course), "PACKED", moment())

    assert TOLERANT.outcome(waiting) == expected


def test_a_phase_that_nothing_ends_has_no_outcome_that_fits() -> None:
    assert LIFE.outcome(begun(phase="SENT")) == Outcome(GONE, "", fits=False)


# waiting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "due", "polls"),
    [
        ("at once", NOON, 0),
        ({"after": "1h"}, NOON + HOUR, 0),
        ({"polls": 3}, None, 3),
        ("by hand", None, 0),
        ("never", None, 0),
        ({"then": "LOST"}, NOON, 0),
    ],
)
def test_a_record_waits_as_its_course_says(steps: Any, due: datetime | None, polls: int) -> None:
    progress = begun({"PACKED": steps}).progress

    assert (progress.phase, progress.due, progress.polls) == ("PACKED", due, polls)
    assert progress.taken == {"PACKED": 1}


@pytest.mark.parametrize("course", [{}, {"*": {"after": "1h", "then": "LOST"}}, {"*": "never"}])
@pytest.mark.parametrize("life", [LIFE, TOLERANT])
def test_a_record_waits_for_nothing_where_nothing_follows(course: Any, life: Lifecycle) -> None:
    progress = life.begin(record(course), "SENT", moment()).progress

    assert (progress.phase, progress.due, progress.polls) == ("SENT", None, 0)


def test_a_tolerant_life_cycle_waits_to_try_what_a_course_names() -> None:
    course = {"SENT": {"after": "1h", "then": "LOST"}}

    assert TOLERANT.begin(record(course), "SENT", moment()).progress.due == NOON + HOUR
    assert LIFE.begin(record(course), "SENT", moment()).progress.due is None


BACK = Transition("SENT", "BACK", does="it comes back", on_demand=True)
ON_DEMAND = replace(LIFE, transitions=(*LIFE.transitions, BACK))


def test_what_the_provider_does_on_demand_it_does_only_where_a_course_names_it() -> None:
    course = {"SENT": {"after": "1h", "then": "BACK"}}

    waiting = ON_DEMAND.begin(record(course), "SENT", moment())
    resting = ON_DEMAND.begin(record({"SENT": {"after": "1h"}}), "SENT", moment())

    assert waiting.progress.due == NOON + HOUR
    assert ON_DEMAND.outcome(waiting) == Outcome("BACK", "", fits=True)
    assert (resting.progress.due, ON_DEMAND.usual("SENT", {})) == (None, None)


def test_a_star_names_no_outcome_that_a_phase_does_not_have() -> None:
    course = {"*": {"after": "1h", "then": "LOST"}}

    own, other = (TOLERANT.begin(record(course), each, moment()) for each in ("PACKED", "SENT"))

    assert TOLERANT.outcome(own) == Outcome("LOST", "", fits=True)
    assert (other.progress.then, other.progress.due) == ("", None)


@pytest.mark.parametrize(
    ("until", "due"), [("2026-01-15T14:00:00Z", 3 * HOUR), ("2026-01-15T11:00:00Z", HOUR)]
)
def test_a_span_counts_from_the_moment_before_which_its_phase_cannot_end(
    until: str, due: timedelta
) -> None:
    life = replace(LIFE, not_before={"PACKED": "until"})
    waiting = record({"PACKED": {"after": "1h"}})

    begun_ = life.begin(replace(waiting, data={**waiting.data, "until": until}), "PACKED", moment())

    assert begun_.progress.due == NOON + due
    assert life.begin(waiting, "PACKED", moment()).progress.due == NOON + HOUR


@pytest.mark.parametrize("course", [{"PACKED": "never"}, {"PACKED": {"after": "9h"}}, {}])
def test_a_phase_ends_at_the_latest_at_the_moment_that_its_record_says(course: Any) -> None:
    life = replace(LIFE, not_after={"PACKED": "until"})
    waiting = record(course)
    dated = replace(waiting, data={**waiting.data, "until": "2026-01-15T14:00:00Z"})

    due = life.begin(dated, "PACKED", moment()).progress.due

    assert due == (NOON + 2 * HOUR if course else NOON)


def test_what_is_due_later_than_any_clock_is_due_at_its_end() -> None:
    late = {"PACKED": {"after": "36500d"}}

    waiting = LIFE.begin(record(late), "PACKED", moment(LATEST))

    assert waiting.progress.due == LATEST
    assert resumed(interrupted(waiting, moment()), moment(LATEST)).progress.due == LATEST


def test_a_drawn_moment_is_a_whole_millisecond() -> None:
    course = {"PACKED": {"after": "1h", "jitter": "1h"}}

    dues = [LIFE.begin(record(course), "PACKED", moment(seed=each)).progress.due for each in (1, 2)]

    assert all(due is not None and due.microsecond % 1_000 == 0 for due in dues)
    assert dues[0] != dues[1]


def test_an_interruption_of_an_interruption_gives_both_back() -> None:
    life = begun({"PACKED": {"after": "3h"}, "CHECKED": {"after": "2h"}})
    checked = LIFE.begin(interrupted(life, moment(NOON + HOUR)), "CHECKED", moment(NOON + HOUR))
    again = interrupted(checked, moment(NOON + 2 * HOUR))

    back = resumed(again, moment(NOON + 5 * HOUR))
    home = resumed(back, moment(NOON + 6 * HOUR))

    assert (back.progress.phase, back.progress.due) == ("CHECKED", NOON + 6 * HOUR)
    assert (home.progress.phase, home.progress.due) == ("PACKED", NOON + 8 * HOUR)
    assert (home.progress.held, home.progress.taken) == (None, {"PACKED": 1, "CHECKED": 1})


def test_each_time_a_phase_begins_has_its_own_step_and_the_last_one_stays() -> None:
    life = record({"PACKED": [{"after": "1h", "then": "LOST"}, {"polls": 2}]})

    told = []
    for _ in range(4):
        life = LIFE.begin(life, "PACKED", moment())
        told.append((life.progress.due, life.progress.polls, life.progress.then))

    assert told == [(NOON + HOUR, 0, "LOST"), *[(None, 2, "")] * 3]
    assert life.progress.taken == {"PACKED": 4}


def test_a_record_enters_a_state_and_waits_there() -> None:
    entered = LIFE.enter(begun({"SPLIT": {"after": "1h"}}), "SPLIT", moment())

    assert entered.data == {"state": "SPLIT", "large": False}
    assert (entered.progress.phase, entered.progress.due) == ("SPLIT", NOON + HOUR)


def test_a_phase_does_not_change_the_state() -> None:
    assert begun(phase="CHECKED").data["state"] == "PACKED"


JITTER = {"PACKED": {"after": "1h", "jitter": "10m"}}


@settings(max_examples=20)
@given(st.integers(0, 2**32), st.sampled_from(["P1", "P2", ""]), st.integers(0, 3))
def test_jitter_lengthens_a_span_within_its_bound_and_the_same_for_the_same_seed(
    seed: int, name: str, before: int
) -> None:
    life = record(JITTER, name=name)
    for _ in range(before):
        life = LIFE.begin(life, "PACKED", moment(seed=seed))

    found = [LIFE.begin(life, "PACKED", moment(seed=seed)).progress.due for _ in range(2)]

    assert found[0] is not None
    assert found[0] == found[1]
    assert NOON + HOUR <= found[0] < NOON + HOUR + timedelta(minutes=10)


@pytest.mark.parametrize("differ", ["seed", "name", "time"])
def test_jitter_differs_by_seed_record_and_time(differ: str) -> None:
    found = set()
    life = record(JITTER)
    for number in range(5):
        each = replace(life, id=f"P{number}") if differ == "name" else life
        begun = LIFE.begin(each, "PACKED", moment(seed=number if differ == "seed" else 0))
        found.add(begun.progress.due)
        life = begun if differ == "time" else life

    assert len(found) == 5


# polls --------------------------------------------------------------------------------------


def test_the_last_read_that_was_waited_for_ends_the_phase() -> None:
    life = begun({"PACKED": {"polls": 3, "then": "LOST"}})

    told = []
    for minute in range(3):
        life = polled(life, NOON + minute * timedelta(minutes=1))
        told.append((life.progress.polls, life.progress.due))

    assert told == [(2, None), (1, None), (0, NOON + timedelta(minutes=2))]
    assert LIFE.outcome(life).target == "LOST"


@pytest.mark.parametrize("steps", ["at once", "never", {"after": "1h"}])
def test_reads_that_nobody_waits_for_do_nothing(steps: Any) -> None:
    life = begun({"PACKED": steps})

    assert polled(life, NOON) is life


# interruptions ------------------------------------------------------------------------------


@given(st.integers(0, 3_600_000), st.integers(0, 10**10))
def test_what_was_interrupted_goes_on_with_what_was_left_of_it(passed: int, held: int) -> None:
    life = begun({"PACKED": {"after": "1h", "then": "LOST", "code": "L1"}})
    stopped_at = NOON + timedelta(milliseconds=passed)
    resumed_at = stopped_at + timedelta(milliseconds=held)

    stopped = interrupted(life, moment(stopped_at))
    assert (stopped.progress.due, stopped.progress.polls) == (None, 0)
    asked = LIFE.begin(stopped, "CHECKED", moment(stopped_at))
    again = resumed(asked, moment(resumed_at)).progress

    assert again.phase == "PACKED"
    assert again.due == resumed_at + HOUR - timedelta(milliseconds=passed)
    assert (again.then, again.code, again.held) == ("LOST", "L1", None)


def test_reads_that_were_waited_for_are_waited_for_again() -> None:
    life = polled(begun({"PACKED": {"polls": 3}}), NOON)

    stopped = interrupted(life, moment())
    assert polled(stopped, NOON) is stopped

    assert resumed(stopped, moment()).progress.polls == 2


def test_what_only_a_hand_ends_waits_for_it_again() -> None:
    life = begun({"PACKED": "by hand"})

    assert resumed(interrupted(life, moment()), moment(NOON + HOUR)) == life


def test_what_is_resumed_is_not_another_time() -> None:
    life = begun({"PACKED": {"after": "1h"}})

    assert resumed(interrupted(life, moment()), moment()).progress.taken == {"PACKED": 1}


def test_what_was_never_interrupted_is_not_resumed() -> None:
    life = begun({"PACKED": {"after": "1h"}})

    assert resumed(life, moment()) is life
    assert resumed(released(interrupted(life, moment())), moment()).progress.due is None
