"""All that a server remembers, in the memory of one process: nobody shares it."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping

from mockserver.clock import Clock, SessionClock, system_clock
from mockserver.journal import ENTRIES_MAX, Journal
from mockserver.simulation import Collection, Records
from mockserver.stores import (
    CREATED_MAX,
    DEFAULT,
    KEPT_MAX,
    RECORDS_MAX,
    Bound,
    Counters,
    Creators,
    Kept,
    Memory,
    P,
    R,
    Resource,
    State,
)
from mockserver.stores.memory.journal import MemoryJournal, Room
from mockserver.stores.memory.records import MemoryRecords


class MemoryCounters:
    """See `Counters`."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def get(self, name: str) -> int:
        """See `Counters`."""
        return self._counts.get(name, 0)

    def add(self, name: str) -> int:
        """See `Counters`."""
        before = self._counts.get(name, 0)
        self._counts[name] = before + 1
        return before

    def items(self, prefix: str) -> Iterable[tuple[str, int]]:
        """See `Counters`."""
        return [each for each in self._counts.items() if each[0].startswith(prefix)]

    def forget(self, prefix: str) -> None:
        """See `Counters`."""
        for name, _ in self.items(prefix):
            del self._counts[name]


class MemoryKept:
    """See `Kept`."""

    __slots__ = ("_scenarios",)

    def __init__(self) -> None:
        self._scenarios: OrderedDict[Resource, bytes] = OrderedDict()

    def __bool__(self) -> bool:
        """See `Kept`."""
        return bool(self._scenarios)

    def items(self) -> Iterable[tuple[Resource, bytes]]:
        """See `Kept`."""
        return tuple(self._scenarios.items())

    def get(self, resource: Resource) -> bytes | None:
        """See `Kept`."""
        return self._scenarios.get(resource)

    def put(self, resource: Resource, scenarios: bytes) -> None:
        """See `Kept`."""
        self._scenarios[resource] = scenarios
        self._scenarios.move_to_end(resource)
        if len(self._scenarios) > KEPT_MAX:
            self._scenarios.popitem(last=False)

    def drop(self, resource: Resource) -> None:
        """See `Kept`."""
        self._scenarios.pop(resource, None)

    def clear(self) -> None:
        """See `Kept`."""
        self._scenarios.clear()


class MemoryCreators:
    """See `Creators`.

    Attributes:
        led: See `Creators`.
    """

    def __init__(self) -> None:
        self.led = False
        self._sessions: OrderedDict[Resource, tuple[str, ...]] = OrderedDict()
        self._created: dict[str, dict[Resource, None]] = {}  # by session

    def by(self, session: str) -> Iterable[Resource]:
        """See `Creators`."""
        return tuple(self._created.get(session, ()))

    def of(self, resource: Resource) -> tuple[str, ...]:
        """See `Creators`."""
        return self._sessions.get(resource, ())

    def add(self, resource: Resource, session: str) -> None:
        """See `Creators`."""
        sessions = self._sessions.get(resource, ())
        if session not in sessions:
            self._sessions[resource] = (*sessions, session)
            self._created.setdefault(session, {})[resource] = None
            self.led = self.led or session != DEFAULT
        if len(self._sessions) > CREATED_MAX:
            oldest = next(iter(self._sessions))
            for name in self._sessions[oldest]:
                self.remove(oldest, name)

    def remove(self, resource: Resource, session: str) -> None:
        """See `Creators`."""
        created = self._created.get(session, {})
        if resource not in created:
            return
        del created[resource]
        if not created:
            del self._created[session]
            self.led = len(self._created) > (DEFAULT in self._created)
        left = tuple(name for name in self._sessions[resource] if name != session)
        if left:
            self._sessions[resource] = left
        else:
            del self._sessions[resource]

    def drop(self, session: str) -> None:
        """See `Creators`."""
        for resource in self.by(session):
            self.remove(resource, session)


class ProcessMemory:
    """See `Memory`.

    Args:
        name: Of the session.
        state: What it is.
        wall: The wall clock.
        collections: The kinds of records that it may have, by name.
        records_max: How many of them.
        requests_max: How many exchanges its journal keeps.
        room: What its journal shares with those of other sessions.
    """

    def __init__(
        self,
        name: str,
        state: State,
        *,
        wall: Clock,
        collections: Mapping[str, Collection] = {},
        records_max: int = RECORDS_MAX,
        requests_max: int = ENTRIES_MAX,
        room: Room | None = None,
    ) -> None:
        self.name = name
        self.state = state
        self.clock = SessionClock(wall)
        self.used_s = 0.0
        self.records: Records = MemoryRecords(collections, most=records_max)
        self.counters: Counters = MemoryCounters()
        self.kept: Kept = MemoryKept()
        self.journal: Journal = MemoryJournal(entries_max=requests_max, room=room)


class MemoryStore:
    """See `Store`.

    Args:
        wall: The wall clock.
        collections: The kinds of records that there may be, by name.
        records_max: How many records a session may have.
        requests_max: How many exchanges the journal of a session keeps.
    """

    shared = False

    def __init__(
        self,
        wall: Clock = system_clock,
        collections: Mapping[str, Collection] = {},
        *,
        records_max: int = RECORDS_MAX,
        requests_max: int = ENTRIES_MAX,
    ) -> None:
        self.counters: Counters = MemoryCounters()
        self.creators: Creators = MemoryCreators()
        self._wall = wall
        self._collections = collections
        self._records_max = records_max
        self._requests_max = requests_max
        self._memories: dict[str, Memory] = {}
        self._room = Room()

    def atomic(self, step: Callable[P, R]) -> Callable[P, R]:
        """The function itself: nobody sees a step half done, and nothing here can fail."""
        return step

    def close(self) -> None:
        """See `Store`: there is nothing to leave."""

    def memories(self) -> Iterable[tuple[str, float]]:
        """See `Store`."""
        return [(name, memory.used_s) for name, memory in self._memories.items()]

    def find(self, name: str) -> Memory | None:
        """See `Store`."""
        return self._memories.get(name)

    def make(self, name: str, state: State) -> Memory:
        """See `Store`."""
        made = self._memories[name] = ProcessMemory(
            name,
            state,
            wall=self._wall,
            collections=self._collections,
            records_max=self._records_max,
            requests_max=self._requests_max,
            room=self._room,
        )
        return made

    def drop(self, name: str) -> None:
        """See `Store`."""
        self._memories.pop(name).journal.close()

    def bound(self) -> None:
        """See `Store`: `Bindings` has them all."""

    def bind(self, values: Iterable[Bound]) -> None:
        """See `bound`."""

    def unbind(self, session: str) -> None:
        """See `bound`."""
