"""Time and chance enter here, and only here.

A `Moment` carries all that is not determined by the request itself, so that everything which
decides a reply is a pure function of request and moment.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The wall clock, as an aware datetime in UTC."""
    return datetime.now(UTC)


def stopwatch_s() -> float:
    """Seconds on a clock that only goes forward; for durations, never for dates."""
    return time.perf_counter()


@dataclass(frozen=True, slots=True)
class Moment:
    """All the nondeterminism of one step, as a value.

    Attributes:
        wall: The wall clock; access tokens live on it, since real clients cache them.
        seed: The seed of the session, for everything that is drawn.
    """

    wall: datetime
    seed: int
