"""Time enters in one place, is always aware of its zone, and goes as a test says."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.clock import (
    EARLIEST,
    FACTOR_MAX,
    LATEST,
    ClockError,
    ClockMode,
    Moment,
    SessionClock,
    Setting,
    drawn,
    instant_of,
    moment_of,
    stamp,
    stopwatch_s,
    system_clock,
    whole,
)

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
MOMENTS = st.datetimes(
    EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None), timezones=st.just(UTC)
)


class Wall:
    """A wall clock that goes on when a test says so."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def test_the_wall_clock_is_in_utc() -> None:
    assert system_clock().tzinfo is UTC


def test_the_stopwatch_never_goes_back() -> None:
    readings = [stopwatch_s() for _ in range(100)]

    assert readings == sorted(readings)


# moments


def test_a_stamp_is_in_utc_with_milliseconds() -> None:
    east = timezone(timedelta(hours=2))

    assert stamp(datetime(2026, 1, 15, 14, 0, 0, 1_999, east)) == "2026-01-15T12:00:00.001Z"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-15T12:00:00Z", NOON),
        ("2026-01-15T14:00:00+02:00", NOON),
        ("2026-01-15T12:00:00", NOON),
        ("2026-01-15", NOON.replace(hour=0)),
        ("2026-01-15T12:00:00.0000001Z", NOON),
        ("2026-01-15T12:00:00.000001Z", NOON.replace(microsecond=1_000)),
        ("1970-01-01T00:00:00Z", EARLIEST),
        ("9000-01-01T00:00:00Z", LATEST),
    ],
)
def test_a_moment_is_read_from_iso_8601(text: str, moment: datetime) -> None:
    assert moment_of(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        "noon",
        "",
        "2026-13-01",
        "1969-12-31T23:59:59.999Z",
        "1970-01-01T00:00:00+00:01",
        "9000-01-01T00:00:00.001Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
    ],
)
def test_a_text_that_is_no_moment_of_a_clock_is_refused(text: str) -> None:
    with pytest.raises(ClockError):
        moment_of(text)


@given(MOMENTS)
def test_a_whole_millisecond_is_the_first_that_is_not_before(moment: datetime) -> None:
    found = whole(moment)

    assert moment <= found < moment + timedelta(milliseconds=1)
    assert found.microsecond % 1_000 == 0


@given(MOMENTS)
def test_what_a_clock_is_set_to_is_told_and_read_again_exactly(moment: datetime) -> None:
    clock = SessionClock(Wall())
    if whole(moment) <= LATEST:
        clock.set(ClockMode.FROZEN, moment)

    assert moment_of(stamp(clock())) == clock()


# how it goes


@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        (Setting(), timedelta(hours=1)),
        (Setting(ClockMode.REAL, NOON + timedelta(days=1)), timedelta(days=1, hours=1)),
        (Setting(ClockMode.FROZEN), timedelta(0)),
        (Setting(ClockMode.FROZEN, NOON - timedelta(days=1)), timedelta(days=-1)),
        (Setting(ClockMode.SCALED, factor=24), timedelta(days=1)),
        (Setting(ClockMode.SCALED, factor=0.5), timedelta(minutes=30)),
    ],
)
def test_a_clock_goes_as_it_is_set(setting: Setting, shown: timedelta) -> None:
    wall = Wall()
    clock = SessionClock(wall)
    taken = clock.taken(setting)

    clock.take(setting)

    assert clock() == taken
    wall.now += timedelta(hours=1)
    assert clock() == NOON + shown


def test_a_clock_that_is_real_again_would_show_the_wall_clock() -> None:
    wall = Wall()
    clock = SessionClock(wall)
    clock.set(ClockMode.FROZEN, EARLIEST)

    assert clock.taken(Setting()) == NOON
    clock.take(Setting())
    assert (clock(), clock.mode, clock.factor) == (NOON, ClockMode.REAL, 1.0)


@pytest.mark.parametrize("mode", list(ClockMode))
def test_a_clock_that_is_moved_goes_on_as_before(mode: ClockMode) -> None:
    clock = SessionClock(Wall())
    clock.take(Setting(mode, NOON, 7))
    before = clock.mode, clock.factor

    clock.move(NOON + timedelta(days=1))

    assert (clock.mode, clock.factor) == before
    assert clock() == NOON + timedelta(days=1)


@pytest.mark.parametrize("at", [EARLIEST - timedelta(seconds=1), LATEST + timedelta(seconds=1)])
def test_a_moment_that_a_clock_cannot_show_leaves_it_as_it_is(at: datetime) -> None:
    clock = SessionClock(Wall())

    with pytest.raises(ClockError, match="1970 to 8999"):
        clock.set(ClockMode.FROZEN, at)

    assert (clock(), clock.mode) == (NOON, ClockMode.REAL)


@given(
    factor=st.floats(0, FACTOR_MAX, exclude_min=True),
    passed=st.timedeltas(timedelta(days=-400), timedelta(days=40_000)),
    at=MOMENTS,
)
def test_a_scaled_clock_stays_among_the_years_that_it_can_show(
    factor: float, passed: timedelta, at: datetime
) -> None:
    wall = Wall()
    clock = SessionClock(wall)
    clock.set(ClockMode.SCALED, min(at, LATEST - timedelta(seconds=1)), factor)
    begun = clock()

    wall.now += passed

    assert begun <= clock() <= LATEST


def test_a_scaled_clock_goes_to_the_last_moment_and_no_farther() -> None:
    wall = Wall()
    clock = SessionClock(wall)
    clock.set(ClockMode.SCALED, LATEST - timedelta(days=1), FACTOR_MAX)

    wall.now += timedelta(days=1)

    assert clock() == LATEST


@pytest.mark.parametrize("span", [timedelta(0), timedelta(days=1)])
def test_what_a_clock_will_show_after_a_span_is_told_without_moving_it(span: timedelta) -> None:
    clock = SessionClock(Wall())

    assert clock.advanced(span) == NOON + span
    assert clock() == NOON


def test_a_span_beyond_the_years_that_a_clock_can_show_is_refused() -> None:
    clock = SessionClock(Wall(LATEST - timedelta(days=1)))

    assert clock.advanced(timedelta(days=1)) == LATEST
    with pytest.raises(ClockError, match="1970 to 8999"):
        clock.advanced(timedelta(days=1, seconds=1))


def test_a_setting_is_the_wall_clock_unless_told() -> None:
    expected: Any = (ClockMode.REAL, None, 1.0)

    assert Setting() == expected


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-15T10:00:00Z", datetime(2026, 1, 15, 10, tzinfo=UTC)),
        ("2026-01-15t12:00:00.5+02:00", datetime(2026, 1, 15, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("0000-01-01T00:00:00Z", EARLIEST),
        ("0001-01-01T00:00:00+14:00", EARLIEST),
        ("9999-12-31T23:59:60-12:00", LATEST),
        ("9000-01-01T00:00:01Z", LATEST),
    ],
)
def test_a_date_time_is_a_moment_that_a_clock_can_show(text: str, moment: datetime) -> None:
    assert instant_of(text) == moment


@pytest.mark.parametrize(
    "text", ["", "noon", "2026-01-15", "2026-13-01T00:00:00Z", "2026-01-15T10:00Z"]
)
def test_what_is_no_date_time_is_no_moment(text: str) -> None:
    assert instant_of(text) is None


@given(st.datetimes(datetime(1970, 1, 1), datetime(8999, 12, 31)))  # noqa: DTZ001
def test_what_the_double_writes_it_reads(naive: datetime) -> None:
    moment = whole(naive.replace(tzinfo=UTC))

    assert instant_of(stamp(moment)) == moment


def test_what_is_drawn_is_the_same_for_the_same_seed_and_names() -> None:
    one, other = Moment(EARLIEST, 1, EARLIEST), Moment(EARLIEST, 2, EARLIEST)

    assert one.drawn("a", "b") == one.drawn("a", "b") == drawn("1", "a", "b")
    assert len({one.drawn("a", "b"), one.drawn("ab"), other.drawn("a", "b")}) == 3
