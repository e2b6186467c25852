"""Time enters in one place, and is always aware of its zone."""

from datetime import UTC

from mockserver.clock import stopwatch_s, system_clock


def test_the_wall_clock_is_in_utc() -> None:
    assert system_clock().tzinfo is UTC


def test_the_stopwatch_never_goes_back() -> None:
    readings = [stopwatch_s() for _ in range(100)]

    assert readings == sorted(readings)
