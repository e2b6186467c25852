"""Faults as data: what a description means, what makes no sense, how delays are drawn."""

import statistics
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.fault import DELAY_MS_MAX, Break, Delay, Fault, fault_of, problems_of
from mockserver.message import Json
from mockserver.scenario import schema

NO_ANSWER = (
    "`break: {}` breaks an answer, and `before: deed` leaves none;"
    " reset, empty, garbage or hang can lose the request"
)
MILLISECONDS = st.floats(0, DELAY_MS_MAX)
DELAYS = st.one_of(
    st.builds(Delay, st.just("fixed"), MILLISECONDS),
    st.tuples(MILLISECONDS, MILLISECONDS).map(lambda ends: Delay("uniform", min(ends), max(ends))),
    st.builds(Delay, st.just("lognormal"), MILLISECONDS, st.floats(0, 3)),
)


def seeded(seed: int) -> Random:
    """A generator that draws the same every time."""
    return Random(seed)  # noqa: S311 - no secrets are drawn


@pytest.mark.parametrize(
    ("node", "fault"),
    [
        ({"delay": {"ms": 300}}, Fault(Delay("fixed", 300))),
        ({"delay": {"min_ms": 1, "max_ms": 2.5}}, Fault(Delay("uniform", 1, 2.5))),
        ({"delay": {"median_ms": 200}}, Fault(Delay("lognormal", 200, 0.5))),
        ({"delay": {"median_ms": 200, "sigma": 0}}, Fault(Delay("lognormal", 200, 0))),
        ({"break": "reset"}, Fault(broken=Break.RESET)),
        ({"break": "empty", "before": "delivery"}, Fault(broken=Break.EMPTY)),
        ({"break": "truncate"}, Fault(broken=Break.TRUNCATE, after_bytes=0)),
        ({"break": "truncate", "after_bytes": 10}, Fault(broken=Break.TRUNCATE, after_bytes=10)),
        ({"break": "dribble"}, Fault(broken=Break.DRIBBLE, over_ms=1_000)),
        ({"break": "dribble", "over_ms": 50}, Fault(broken=Break.DRIBBLE, over_ms=50)),
        ({"break": "hang", "before": "deed"}, Fault(broken=Break.HANG, before_deed=True)),
        (
            {"break": "reset", "delay": {"ms": 0}, "before": "deed"},
            Fault(Delay("fixed", 0), Break.RESET, before_deed=True),
        ),
    ],
    ids=str,
)
def test_a_description_becomes_a_fault(node: Json, fault: Fault) -> None:
    assert problems_of(node) == []
    assert fault_of(node) == fault


@pytest.mark.parametrize(
    ("node", "problem"),
    [
        ({"before": "deed"}, "A fault has a `delay` or a `break`; this one does nothing"),
        (
            {"delay": {"min_ms": 900, "max_ms": 100.5}},
            "`min_ms` is 900, greater than `max_ms`, which is 100.5",
        ),
        ({"delay": {"ms": 1, "sigma": 1}}, "A delay with `ms` cannot have `sigma`"),
        ({"delay": {"ms": 1, "max_ms": 1}}, "A delay with `ms` cannot have `max_ms`"),
        (
            {"delay": {"min_ms": 2, "max_ms": 1, "sigma": 1}},
            "A delay with `min_ms` cannot have `sigma`",
        ),
        (
            {"delay": {"median_ms": 2, "min_ms": 1}},
            "A delay with `min_ms` cannot have `median_ms`",
        ),
        (
            {"delay": {"median_ms": 2, "max_ms": 1}},
            "A delay with `median_ms` cannot have `max_ms`",
        ),
        ({"break": "reset", "after_bytes": 0}, "`after_bytes` belongs to `break: truncate`"),
        ({"break": "truncate", "over_ms": 1}, "`over_ms` belongs to `break: dribble`"),
        ({"delay": {"ms": 1}, "over_ms": 1}, "`over_ms` belongs to `break: dribble`"),
        *(
            (
                {"break": name, "before": "deed"},
                NO_ANSWER.format(name),
            )
            for name in ("truncate", "chunk", "dribble")
        ),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_one_problem(node: Json, problem: str) -> None:
    assert problems_of(node) == [problem]


def test_all_problems_are_told_at_once() -> None:
    node = {"delay": {"min_ms": 2, "max_ms": 1}, "after_bytes": 1, "over_ms": 1}

    assert len(problems_of(node)) == 3


def test_equal_ends_of_a_delay_are_fine() -> None:
    assert problems_of({"delay": {"min_ms": 5, "max_ms": 5}}) == []


def test_the_published_schema_knows_the_same_breaks_and_the_same_ceiling() -> None:
    fields = schema()["$defs"]["fault"]["properties"]

    assert fields["break"]["enum"] == [str(each) for each in Break]
    assert fields["delay"]["properties"]["ms"]["maximum"] == DELAY_MS_MAX


@pytest.mark.parametrize(
    ("node", "said"),
    [
        ({"delay": {"ms": 300}}, "a delay of 300 ms"),
        ({"delay": {"ms": 0.25}}, "a delay of 0.25 ms"),
        ({"delay": {"ms": 120_000}}, "a delay of 120000 ms"),
        ({"delay": {"ms": 0}, "before": "deed"}, "a delay of 0 ms before the deed"),
        ({"delay": {"min_ms": 100, "max_ms": 900}}, "a delay of 100 to 900 ms"),
        (
            {"delay": {"median_ms": 200, "sigma": 0.6}},
            "a delay of about 200 ms (lognormal, sigma 0.6)",
        ),
        (
            {"delay": {"ms": 300}, "break": "reset"},
            "a delay of 300 ms, then the connection is reset",
        ),
        ({"break": "empty"}, "the connection is closed without an answer"),
        ({"break": "truncate", "after_bytes": 10}, "the body ends after 10 bytes"),
        ({"break": "garbage"}, "the answer is not HTTP"),
        ({"break": "chunk"}, "a chunk of the body is broken"),
        ({"break": "dribble"}, "the body dribbles over 1000 ms"),
        ({"break": "hang"}, "nobody answers"),
        ({"break": "hang", "before": "deed"}, "the request is lost before the deed: hang"),
        (
            {"break": "empty", "before": "deed", "delay": {"ms": 5}},
            "the request is lost before the deed: a delay of 5 ms, then empty",
        ),
    ],
    ids=str,
)
def test_a_fault_says_what_it_does(node: Json, said: str) -> None:
    assert str(fault_of(node)) == said


@given(delay=DELAYS, seed=st.integers())
def test_a_delay_is_never_negative_and_never_over_the_ceiling(delay: Delay, seed: int) -> None:
    assert 0 <= delay.draw_ms(seeded(seed)) <= DELAY_MS_MAX


@given(delay=DELAYS, seed=st.integers())
def test_the_same_seed_draws_the_same_delays(delay: Delay, seed: int) -> None:
    one, other = seeded(seed), seeded(seed)

    assert [delay.draw_ms(one) for _ in range(3)] == [delay.draw_ms(other) for _ in range(3)]


@given(ends=st.tuples(MILLISECONDS, MILLISECONDS).map(sorted), seed=st.integers())
def test_a_uniform_delay_lies_between_its_ends(ends: list[float], seed: int) -> None:
    low, high = ends

    drawn = Delay("uniform", low, high).draw_ms(seeded(seed))

    assert low <= drawn <= high


@pytest.mark.parametrize(
    ("delay", "drawn"),
    [
        (Delay("fixed", 300), 300),
        (Delay("fixed", -1), 0),
        (Delay("fixed", DELAY_MS_MAX + 1), DELAY_MS_MAX),
        (Delay("uniform", -5, -1), 0),
        (Delay("lognormal", 2 * DELAY_MS_MAX, 0), DELAY_MS_MAX),
        (Delay("lognormal", 200, 0), 200),
    ],
    ids=str,
)
def test_a_delay_outside_the_limits_is_drawn_at_the_limit(delay: Delay, drawn: float) -> None:
    assert delay.draw_ms(seeded(7)) == drawn


def test_a_fixed_delay_draws_nothing() -> None:
    rng = seeded(7)

    Delay("fixed", 300).draw_ms(rng)

    assert rng.random() == seeded(7).random()


def test_the_median_of_a_lognormal_delay_is_what_was_asked_for() -> None:
    rng = seeded(7)
    delay = Delay("lognormal", 200, 0.6)

    drawn = [delay.draw_ms(rng) for _ in range(5_000)]

    assert statistics.median(drawn) == pytest.approx(200, rel=0.05)
    assert statistics.stdev(drawn) > 50
