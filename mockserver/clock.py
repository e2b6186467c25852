"""Time and chance enter here, and only here.

A `Moment` carries all that is not determined by the request and the records, so that everything
which decides a reply is a pure function of them. The clock of a session is the wall clock until a
test takes hold of it.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import Final, NamedTuple

from mockserver.course import Courses

Clock = Callable[[], datetime]

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)  # a span can still be added to it
FACTOR_MAX: Final = 1_000_000.0
RANGE: Final = f"A clock can show the years {EARLIEST.year} to {LATEST.year - 1}"
DATE_TIME: Final = re.compile(
    r"(?P<minute>(?P<year>[0-9]{4})-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2})"
    r":(?P<second>[0-9]{2})(?P<rest>(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2}))"
)
UNSTAGED: Final = Courses()
ALLOWED: Final = "ISO 8601, such as 2026-01-15T12:00:00Z"
MILLISECOND: Final = timedelta(milliseconds=1)


def system_clock() -> datetime:
    """The wall clock, as an aware datetime in UTC."""
    return datetime.now(UTC)


def stopwatch_s() -> float:
    """Seconds on a clock that only goes forward; for durations, never for dates."""
    return time.perf_counter()


def wall_s() -> float:
    """Seconds on the wall clock, which processes have in common and which go on without them."""
    return time.time()


def stamp(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC with milliseconds: `2026-01-15T12:00:00.000Z`."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(timespec="milliseconds") + "Z"


def instant_of(text: str) -> datetime | None:
    """The moment of a `date-time` (RFC 3339, 5.6), in UTC and such that a clock can show it.

    Small letters are letters, a leap second is the second after, and what is earlier or later than
    any clock is at its end of time. None for what is no `date-time`.
    """
    found = DATE_TIME.fullmatch(text.upper())
    if found is None:
        return None
    if found["year"] == "0000":
        return EARLIEST
    leap = found["second"] == "60"
    second = "59" if leap else found["second"]
    try:
        moment = datetime.fromisoformat(f"{found['minute']}:{second}{found['rest']}")
        moment = moment.astimezone(UTC) + timedelta(seconds=leap)
    except OverflowError:
        return LATEST if found["year"] == "9999" else EARLIEST
    except ValueError:
        return None
    return min(max(moment, EARLIEST), LATEST)


def drawn(*names: str) -> int:
    """A number of 64 bits, the same for the same names."""
    return int.from_bytes(blake2b("\0".join(names).encode(), digest_size=8).digest())


def whole(moment: datetime) -> datetime:
    """The first whole millisecond that is not before a moment: what a stamp can tell exactly."""
    return moment + -timedelta(microseconds=moment.microsecond) % MILLISECOND


@dataclass(frozen=True, slots=True)
class Moment:
    """All the nondeterminism of one step, as a value.

    Attributes:
        now: The session's clock.
        seed: The seed of the session, for everything that is drawn.
        wall: The wall clock; access tokens live on it, since real clients cache them.
        tag: Six letters and digits that tell the session's ids from those of others.
        number: What the next step that makes records is counted as; from 1.
        courses: How lifecycles proceed that begin, or go on, now.
    """

    now: datetime
    seed: int
    wall: datetime
    tag: str = "000000"
    number: int = 1
    courses: Courses = UNSTAGED

    def drawn(self, *names: str) -> int:
        """A number of 64 bits, the same for the same seed and names."""
        return drawn(str(self.seed), *names)


class ClockMode(StrEnum):
    """How the clock of a session goes."""

    REAL = "real"
    SCALED = "scaled"
    FROZEN = "frozen"


class ClockError(ValueError):
    """A time that a clock cannot show."""


def moment_of(text: str) -> datetime:
    """The moment that an ISO 8601 text says, in UTC unless it has a zone; raises `ClockError`."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ClockError(f"{text[:100]!r} is no moment; allowed: {ALLOWED}") from None
    return _shown(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _shown(moment: datetime) -> datetime:
    """A moment as a clock that is set can show it, in UTC; raises `ClockError`."""
    if not EARLIEST <= moment <= LATEST:
        raise ClockError(RANGE)
    return whole(moment.astimezone(UTC))


class Setting(NamedTuple):
    """How a test sets a clock.

    Attributes:
        mode: How it goes from then on.
        at: What it shows then; None for where it stands, and for the wall clock where it is real.
        factor: Of a scaled clock: how many of its seconds pass in one of the wall clock.
    """

    mode: ClockMode = ClockMode.REAL
    at: datetime | None = None
    factor: float = 1.0


REAL: Final = Setting()


class Line(NamedTuple):
    """How a clock goes: a line through the wall clock.

    Attributes:
        mode: In a word.
        factor: How many of its seconds pass in one of the wall clock; 0 when it is frozen.
        at: What it showed when it was moved last.
        since: When that was, on the wall clock.
        moved: Whether it ever was; else it shows the wall clock.
    """

    mode: ClockMode = ClockMode.REAL
    factor: float = 1.0
    at: datetime = EARLIEST
    since: datetime = EARLIEST
    moved: bool = False


STRAIGHT: Final = Line()


class SessionClock:
    """The clock of one session: a line through the wall clock that a test may move and tilt.

    Args:
        wall: The wall clock.

    Attributes:
        line: How it goes.
        wall: The wall clock.
    """

    __slots__ = ("line", "wall")

    def __init__(self, wall: Clock) -> None:
        self.wall = wall
        self.line = STRAIGHT

    @property
    def mode(self) -> ClockMode:
        """How it goes."""
        return self.line.mode

    @property
    def factor(self) -> float:
        """How many of its seconds pass in one of the wall clock; 0 when it is frozen."""
        return self.line.factor

    def __call__(self) -> datetime:
        """Now, in this session."""
        line = self.line
        if not line.moved:
            return self.wall()
        if not line.factor:
            return line.at
        passed_s = max(0.0, (self.wall() - line.since).total_seconds()) * line.factor
        left = LATEST - line.at
        return line.at + timedelta(seconds=passed_s) if passed_s < left.total_seconds() else LATEST

    def reset(self) -> None:
        """Show the wall clock again."""
        self.line = STRAIGHT

    def set(self, mode: ClockMode, at: datetime, factor: float = 1.0) -> None:
        """Show `at` from now on, and go by `mode`; raises `ClockError`.

        Parts of a millisecond are rounded up, so that what is due at a moment that is told has
        happened when the clock is set to it.
        """
        factor = {ClockMode.REAL: 1.0, ClockMode.FROZEN: 0.0}.get(mode, factor)
        self.line = Line(mode, factor, _shown(at), self.wall(), moved=True)

    def take(self, setting: Setting) -> None:
        """Be as a test sets it; raises `ClockError`."""
        if setting.at is not None:
            self.set(setting.mode, setting.at, setting.factor)
        else:
            self.go(setting.mode, setting.factor)

    def taken(self, setting: Setting) -> datetime:
        """What it would show with this setting."""
        if setting.at is not None:
            return setting.at
        return self.wall() if setting.mode is ClockMode.REAL else self()

    def move(self, to: datetime) -> None:
        """Show `to` from now on, and go on as before; raises `ClockError`."""
        self.set(self.mode, to, self.factor)

    def go(self, mode: ClockMode, factor: float = 1.0) -> None:
        """Go by `mode` from where it stands; a clock that is real again shows the wall clock."""
        if mode is ClockMode.REAL:
            self.reset()
        else:
            self.set(mode, self(), factor)

    def advanced(self, span: timedelta) -> datetime:
        """What it will show after `span`; raises `ClockError`."""
        now = self()
        if span > LATEST - now:
            raise ClockError(RANGE)
        return now + span
