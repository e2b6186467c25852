"""Where everything lives that a server remembers; who reads and changes it does not know where.

A `Store` is of a server, a `Memory` of one session of it. A step is one request, or one call of the
admin API: a store does the whole of it or nothing, and no two at a time.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple, ParamSpec, Protocol, TypeVar

from mockserver.clock import REAL, SessionClock, Setting
from mockserver.journal import Journal
from mockserver.message import Json
from mockserver.simulation import Records

DEFAULT: Final = "default"  # the session that always exists
RECORDS_MAX: Final = 200_000  # of a session
KEPT_MAX: Final = 10_000  # resources of a session that scenarios stay with
CREATED_MAX: Final = 100_000  # resources of which a server knows who created them

# What a request names: API, parameter and value, such as ("agile-tv-v3", "service_id", "ACC_1").
Resource = tuple[str, str, str]
# Whose value it is, and the value: session, location, name, value, as `bindings` has them.
Bound = tuple[str, str, str, str]

P = ParamSpec("P")
R = TypeVar("R")


class StoreError(Exception):
    """The store cannot be read or written now; nothing of the step is done."""


class State(NamedTuple):
    """What a session is, beside what it counts and remembers: small, and replaced as a whole.

    Attributes:
        seed: Of everything that is drawn in it.
        made_with: Ids of the scenarios that a reset comes back to.
        scenarios: Ids of those that are active, the strongest first.
        begins: How its clock begins, and begins anew after a reset.
        given: Ids of the scenarios whose seed records have been put into it.
        rules: Those that a test wrote on the spot, as written, by id, oldest first.
        life: How often it has been reset.
    """

    seed: int
    made_with: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    begins: Setting = REAL
    given: frozenset[str] = frozenset()
    rules: Mapping[str, Json] = {}
    life: int = 0


class Counters(Protocol):
    """Numbers by name, 0 at first."""

    def get(self, name: str) -> int:
        """How far a counter is."""

    def add(self, name: str) -> int:
        """Count one; how far the counter was before."""

    def items(self, prefix: str) -> Iterable[tuple[str, int]]:
        """The counters whose names begin so, and that have counted."""

    def forget(self, prefix: str) -> None:
        """Begin anew those whose names begin so."""


class Kept(Protocol):
    """Scenarios that stay with resources, as the requests named them that made those.

    Beyond a ceiling the oldest go.
    """

    def __bool__(self) -> bool:
        """Whether there are any."""

    def items(self) -> Iterable[tuple[Resource, bytes]]:
        """All, oldest first."""

    def get(self, resource: Resource) -> bytes | None:
        """Those of a resource, None for none."""

    def put(self, resource: Resource, scenarios: bytes) -> None:
        """Let them stay with a resource, which is the newest then."""

    def drop(self, resource: Resource) -> None:
        """Let them go, if there are any."""

    def clear(self) -> None:
        """Let all go."""


class Memory(Protocol):
    """What one session is, counts and remembers.

    Attributes:
        name: Of the session.
        state: What it is.
        clock: What the time is in it.
        used_s: When it was last used, on the stopwatch of the sessions.
        records: What its simulations remember.
        counters: What it counts.
        kept: What stays with its resources.
        journal: What happened in it.
    """

    name: str
    state: State
    clock: SessionClock
    used_s: float
    records: Records
    counters: Counters
    kept: Kept
    journal: Journal


class Creators(Protocol):
    """Which sessions created a resource; beyond a ceiling the oldest are forgotten."""

    @property
    def led(self) -> bool:
        """Whether any resource was created by another session than the default one."""

    def by(self, session: str) -> Iterable[Resource]:
        """What a session created, in this order."""

    def of(self, resource: Resource) -> tuple[str, ...]:
        """The names of its sessions, in the order in which they created it."""

    def add(self, resource: Resource, session: str) -> None:
        """Remember that a session created it; again is no error."""

    def remove(self, resource: Resource, session: str) -> None:
        """Forget that a session created it, if it did."""

    def drop(self, session: str) -> None:
        """Forget all that a session created."""


class Store(Protocol):
    """All that a server remembers.

    Attributes:
        shared: Whether other processes may have changed it since the last step.
        counters: What the server counts.
        creators: Who created what.
    """

    shared: bool
    counters: Counters
    creators: Creators

    def atomic(self, step: Callable[P, R]) -> Callable[P, R]:
        """The same function as one step: all that it does is done, or nothing.

        What it did stays also where it raises `Stopped`. It raises `StoreError` besides.
        """

    def close(self) -> None:
        """Leave what this process has opened; the next step opens it again."""

    def memories(self) -> Iterable[tuple[str, float]]:
        """Name and `used_s` of each session, oldest first."""

    def find(self, name: str) -> Memory | None:
        """The memory of a session, the same object as long as it is; None for no such session."""

    def make(self, name: str, state: State) -> Memory:
        """The memory of a new session, whose name is free."""

    def drop(self, name: str) -> None:
        """Forget the memory of a session."""

    def bound(self) -> Iterable[Bound] | None:
        """All values that are bound, oldest first, if they changed since this was last asked.

        None says that they did not; it is what a store says that nobody shares.
        """

    def bind(self, values: Iterable[Bound]) -> None:
        """Remember values that are not bound yet."""

    def unbind(self, session: str) -> None:
        """Forget the values of a session."""
