"""The kinds of stores that one suite runs on, and what lets several stores take turns."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from operator import methodcaller
from pathlib import Path
from typing import Any, TypeVar, cast

from mockserver.clock import Clock
from mockserver.journal import Journal
from mockserver.simulation import Collection, Records
from mockserver.stores import Counters, Creators, Kept, Memory, State, Store
from mockserver.stores.memory.store import MemoryStore
from mockserver.stores.sqlite.store import SqliteStore
from tests.scenarios.samples import NOON

R = TypeVar("R")

MEMORY = "memory"
SQLITE = "sqlite"  # one store on one file
SEVERAL = "several"  # stores on one file, as so many processes have
NAMES = (MEMORY, SQLITE, SEVERAL)
SEEDED = State(0)
STORES = 3  # that take turns


def noon() -> Clock:
    """A wall clock that stands."""
    return lambda: NOON


class Stores:
    """Stores of the same things, which take turns: each step is done by the next one.

    What a step of one has read must never be told by a later one, once another has changed it.

    Args:
        each: One of them, or several.
    """

    def __init__(self, *each: Store) -> None:
        self.each = each
        self._turns = itertools.cycle(each)
        self._numbers = itertools.count()

    def do(self, step: Callable[[Store], R]) -> R:
        """Do one step in the next store."""
        store = next(self._turns)
        return store.atomic(step)(store)

    def session(self, name: str | None = None, state: State = SEEDED) -> str:
        """The name of a new session, which no other has."""
        fresh = f"s{next(self._numbers)}" if name is None else name
        self.do(lambda store: store.make(fresh, state))
        return fresh

    def of(self, session: str, step: Callable[[Memory], R]) -> R:
        """Do one step with the memory of a session, which is there."""
        return self.do(lambda store: step(memory_of(store, session)))

    def records(self, session: str | None = None) -> Records:
        """Records of a session, a new one unless told; each look at them is one step."""
        name = self.session() if session is None else session
        return cast("Records", Turned(partial(self.of, name), lambda memory: memory.records))

    def journal(self, session: str | None = None) -> Journal:
        """The same of a journal; who is to watch it does so in `each` of the stores."""
        name = self.session() if session is None else session
        return cast("Journal", Turned(partial(self.of, name), lambda memory: memory.journal))

    def counters(self, session: str | None = None) -> Counters:
        """Counters of a session, of the server unless told."""
        if session is None:
            return cast("Counters", Turned(self.do, lambda store: store.counters))
        return cast("Counters", Turned(partial(self.of, session), lambda memory: memory.counters))

    def kept(self, session: str) -> Kept:
        """What stays with resources of a session."""
        return cast("Kept", Turned(partial(self.of, session), lambda memory: memory.kept))

    @property
    def creators(self) -> Creators:
        """Who created what."""
        return cast("Creators", Turned(self.do, lambda store: store.creators))


class Turned:
    """What stands for a part of a store: every look at it is one step of the next store.

    Args:
        turn: Does one step with a whole.
        part: Of the whole.
    """

    def __init__(
        self, turn: Callable[[Callable[[Any], Any]], Any], part: Callable[[Any], Any]
    ) -> None:
        self._turn = turn
        self._part = part

    def _do(self, use: Callable[[Any], Any]) -> Any:
        return self._turn(lambda whole: _whole(use(self._part(whole))))

    def __getattr__(self, name: str) -> Any:
        value = self._do(lambda part: getattr(part, name))
        if not callable(value):
            return value
        return lambda *args, **named: self._do(methodcaller(name, *args, **named))

    def __len__(self) -> int:
        return int(self._do(len))

    def __bool__(self) -> bool:
        return bool(self._do(bool))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._do(list))

    def __reversed__(self) -> Iterator[Any]:
        return iter(self._do(lambda part: list(reversed(part))))


def _whole(value: Any) -> Any:
    """What a step tells, with all that it would look up only when it is over."""
    return list(value) if isinstance(value, Iterator) else value


def memory_of(store: Store, session: str) -> Memory:
    """The memory of a session, which is there."""
    found = store.find(session)
    assert found is not None
    return found


class Kind:
    """Makes stores of one kind, and leaves their files in the end.

    Args:
        name: One of `NAMES`.
        folder: For files.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._made: list[SqliteStore] = []

    def __str__(self) -> str:
        return self.name

    def stores(
        self,
        collections: Mapping[str, Collection] = {},
        *,
        wall: Clock | None = None,
        **how: Any,
    ) -> Stores:
        """New stores; `how` is as each of them takes it."""
        wall = wall or noon()
        if self.name == MEMORY:
            how.pop("rule_of", None)  # it keeps exchanges as they are
            return Stores(MemoryStore(wall, collections, **how))
        file = self._folder / f"{len(self._made)}.db"
        number = STORES if self.name == SEVERAL else 1
        made = [SqliteStore(file, wall, collections, **how) for _ in range(number)]
        self._made += made
        return Stores(*made)

    def close(self) -> None:
        """Leave all files."""
        for store in self._made:
            store.database.close()
