"""Courses: what scenarios say of lifecycles, merged phase by phase and time by time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.course import (
    AT_ONCE,
    EVERY,
    Course,
    Step,
    Timing,
    course_of,
    course_record,
    merged,
    steps_of,
)
from mockserver.scenario import schema

HOUR = timedelta(hours=1)
LATER = Step(Timing.AFTER, HOUR)
NEVER = Step(Timing.NEVER)
FAILS = Step(then="FAILED")

SPANS = st.sampled_from(["1ms", "90s", "2h", "1d12h"])
OUTCOMES = st.fixed_dictionaries(
    {}, optional={"then": st.sampled_from(["FAILED", "DONE"]), "code": st.just("I001")}
)
NODES = st.one_of(
    st.sampled_from(["at once", "by hand", "never"]),
    OUTCOMES.filter(bool),
    OUTCOMES.filter(bool).map(lambda outcome: {"by": "hand"} | outcome),
    st.builds(lambda polls, outcome: {"polls": polls} | outcome, st.integers(1, 3), OUTCOMES),
    st.builds(lambda after, outcome: {"after": after} | outcome, SPANS, OUTCOMES),
    st.builds(lambda after, jitter: {"after": after, "jitter": jitter}, SPANS, SPANS),
)
PHASES = ("A", "B", "C")
COURSE_NODES = st.dictionaries(
    st.sampled_from([*PHASES, EVERY]), NODES | st.lists(NODES, min_size=1, max_size=3), max_size=4
)
COURSES = COURSE_NODES.map(course_of)


def told(course: Course) -> list[Any]:
    """What a course comes to: each phase, one that nobody names too, at each of the first times."""
    found = []
    for phase in (*PHASES, "D"):
        steps = steps_of(course, phase)
        found += [steps[min(number, len(steps) - 1)] for number in range(5)]
    return found


# what authors write -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "step"),
    [
        ("at once", AT_ONCE),
        ("never", NEVER),
        ("by hand", Step(Timing.BY_HAND)),
        ({"after": "1h"}, LATER),
        ({"after": "1h", "jitter": "2s"}, Step(Timing.AFTER, HOUR, timedelta(seconds=2))),
        ({"polls": 3}, Step(Timing.POLLS, polls=3)),
        ({"by": "hand", "then": "FAILED"}, Step(Timing.BY_HAND, then="FAILED")),
        ({"then": "FAILED"}, FAILS),
        ({"code": "I001"}, Step(code="I001")),
        ({"polls": 1, "then": "X", "code": "I1"}, Step(Timing.POLLS, polls=1, then="X", code="I1")),
    ],
)
def test_a_step_is_what_its_author_wrote(node: Any, step: Step) -> None:
    assert course_of({"A": node}) == {"A": (step,)}


def test_several_steps_are_one_for_each_time() -> None:
    assert course_of({"A": ["never", {"after": "1h"}]}) == {"A": (NEVER, LATER)}


@given(COURSE_NODES)
def test_a_course_is_told_as_its_author_could_have_written_it(node: dict[str, Any]) -> None:
    course = course_of(node)

    record = course_record(course)

    assert course_of(record) == course
    shape = {"$ref": "#/$defs/course", "$defs": schema()["$defs"]}
    assert not record or jsonschema_rs.Draft202012Validator(shape).is_valid(record)


def test_a_course_that_says_at_once_is_told_so() -> None:
    assert course_record({"A": (AT_ONCE,), "B": (NEVER, LATER)}) == {
        "A": "at once",
        "B": ["never", {"after": "1h"}],
    }


# what a phase is left by --------------------------------------------------------------------


def test_what_nobody_speaks_of_is_at_once() -> None:
    assert steps_of({}, "A") == (AT_ONCE,)
    assert steps_of({"B": (NEVER,)}, "A") == (AT_ONCE,)


def test_an_outcome_without_a_timing_comes_at_once() -> None:
    assert steps_of({"A": (FAILS,)}, "A") == (Step(Timing.AFTER, then="FAILED"),)


def test_the_star_speaks_for_phases_that_are_not_named() -> None:
    course = {EVERY: (NEVER,), "A": (LATER,)}

    assert steps_of(course, "A") == (LATER,)
    assert steps_of(course, "B") == (NEVER,)


# merging ------------------------------------------------------------------------------------


def test_of_several_courses_the_last_that_speaks_of_a_phase_counts() -> None:
    courses = [course_of(each) for each in ({"A": "never", "B": "never"}, {"A": {"after": "1h"}})]

    assert merged(courses) == {"A": (LATER,), "B": (NEVER,)}


def test_a_star_counts_for_what_courses_beneath_it_name() -> None:
    found = merged([{"A": (LATER,)}, {EVERY: (NEVER,), "B": (LATER,)}])

    assert [steps_of(found, each) for each in "ABC"] == [(NEVER,), (LATER,), (NEVER,)]


def test_a_phase_by_name_counts_over_a_star_beneath_it() -> None:
    found = merged([{EVERY: (NEVER,)}, {"A": (LATER,)}])

    assert [steps_of(found, each) for each in "AB"] == [(LATER,), (NEVER,)]


@pytest.mark.parametrize("beneath", [{"A": (LATER,)}, {EVERY: (LATER,)}])
@pytest.mark.parametrize("above", [{"A": (FAILS,)}, {EVERY: (FAILS,)}])
def test_an_outcome_takes_its_timing_from_the_course_beneath(
    beneath: Course, above: Course
) -> None:
    found = merged([beneath, above])

    named = EVERY not in above
    assert steps_of(found, "A") == (Step(Timing.AFTER, HOUR, then="FAILED", named=named),)


def test_an_outcome_keeps_nothing_of_the_outcome_beneath() -> None:
    beneath = Step(Timing.AFTER, HOUR, then="INCIDENCE", code="I001")

    assert FAILS.on(beneath) == Step(Timing.AFTER, HOUR, then="FAILED")


def test_a_step_with_a_timing_takes_nothing_from_beneath() -> None:
    assert merged([{"A": (Step(Timing.AFTER, HOUR, then="X"),)}, {"A": (NEVER,)}]) == {
        "A": (NEVER,)
    }


def test_each_time_takes_the_timing_of_the_same_time_beneath() -> None:
    beneath = course_of({"A": [{"after": "1h"}, "never", {"polls": 2}]})
    above = course_of({"A": [{"then": "X"}, {"then": "Y"}]})

    assert merged([beneath, above])["A"] == (
        Step(Timing.AFTER, HOUR, then="X"),
        NEVER,
        Step(Timing.POLLS, polls=2, then="Y"),
    )


def test_a_timing_for_all_times_leaves_nothing_of_those_beneath() -> None:
    beneath = course_of({"A": [{"after": "1h"}, {"polls": 2}]})

    assert merged([beneath, {"A": (NEVER,)}]) == {"A": (NEVER,)}


def test_what_is_merged_may_be_merged_again_onto_a_timing() -> None:
    named = merged([{"A": (FAILS,)}])

    assert merged([{"A": (LATER,)}, named]) == {"A": (Step(Timing.AFTER, HOUR, then="FAILED"),)}


def test_courses_that_say_nothing_change_nothing() -> None:
    course = {"A": (FAILS,), EVERY: (NEVER,)}

    assert merged([{}, course, {}]) == course
    assert merged([]) == {}


@given(COURSES)
def test_a_course_upon_itself_is_itself(course: Course) -> None:
    assert told(merged([course, course])) == told(course)


@given(COURSES, COURSES, COURSES)
def test_it_does_not_matter_which_courses_are_merged_first(
    one: Course, two: Course, three: Course
) -> None:
    whole = told(merged([one, two, three]))

    assert told(merged([merged([one, two]), three])) == whole
    assert told(merged([one, merged([two, three])])) == whole


@given(COURSES, COURSES)
def test_the_strongest_that_speaks_of_a_phase_says_its_outcome(one: Course, two: Course) -> None:
    both = merged([one, two])

    for phase in PHASES:
        own = two.get(phase) or two.get(EVERY, ())
        found = steps_of(both, phase)
        for said, wanted in zip(found, own, strict=False):
            never = said.timing is Timing.NEVER
            assert never or (said.then, said.code) == (wanted.then, wanted.code)
        assert own or found == steps_of(one, phase)


@given(COURSES, COURSES)
def test_a_merged_course_can_be_written_down_without_loss(one: Course, two: Course) -> None:
    course = merged([one, two])

    written = course_of(course_record(course))

    assert [replace(each, named=True) for each in told(written)] == [
        replace(each, named=True) for each in told(course)
    ]


def test_what_never_ends_has_no_outcome() -> None:
    assert merged([{"A": (NEVER,)}, {"A": (FAILS,)}]) == {"A": (NEVER,)}
