"""One step in an SQLite file: all of it or nothing, and no two at a time."""

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from mockserver.clock import ClockMode, Setting
from mockserver.record import Gone, Stopped
from mockserver.stores import Memory, State, Store, StoreError
from mockserver.stores.sqlite import database
from mockserver.stores.sqlite.store import SqliteStore
from tests.exchanges.samples import exchange
from tests.stores.kinds import Kind, Stores, memory_of
from tests.stores.test_records import KINDS, NOON, order

THING = ("shop-v1", "things/id", "T1")
RULE = {"on": "readThing", "reply": {"status": 404}}


@pytest.fixture
def stores(filed: Kind) -> Stores:
    """Stores on a file of their own."""
    return filed.stores(KINDS)


def everything(stores: Stores, session: str) -> dict[str, object]:
    """What can be read of a session, and of the server."""

    def read(store: Store) -> dict[str, object]:
        memory = memory_of(store, session)
        return {
            "sessions": list(store.memories()),
            "state": memory.state,
            "clock": memory.clock.line,
            "records": list(memory.records.all("orders")),
            "due": (memory.records.next_due, memory.records.next_record()),
            "held": memory.records.holder("serial s1"),
            "number": memory.records.number,
            "counters": sorted(memory.counters.items("")),
            "kept": (bool(memory.kept), list(memory.kept.items())),
            "journal": ([each.id for each in memory.journal], memory.journal.dropped),
            "server": sorted(store.counters.items("")),
            "creators": (store.creators.led, store.creators.of(THING)),
        }

    return stores.do(read)


def change(store: Store, session: str) -> None:
    """Change everything that there is."""
    memory = memory_of(store, session)
    state = memory.state
    memory.state = State(
        state.seed + 1,
        ("a/b",),
        ("a/c",),
        Setting(ClockMode.FROZEN, NOON),
        state.given | {"a/b"},
        {**state.rules, f"rule-{len(state.rules)}": RULE},
        state.life,
    )
    memory.clock.set(ClockMode.FROZEN, memory.clock() + timedelta(hours=1))
    memory.used_s += 10
    memory.records.commit([order("1", "s1", due=NOON), order(str(memory.records.number + 1))])
    memory.counters.add("used a ")
    memory.kept.put(THING, b"a/b")
    memory.journal.record(exchange(name=f"x-{len(memory.journal)}"))
    store.counters.add("met ")
    store.creators.add(THING, session)
    store.bind([(session, "query", "org", str(memory.records.number))])


def test_a_step_that_fails_undoes_everything(stores: Stores) -> None:
    session = stores.session("mine")
    for turn in range(4):
        before = everything(stores, session)

        def fails(store: Store, number: int = turn) -> None:
            change(store, session)
            store.make(f"other-{number}", State(1)).counters.add("a")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            stores.do(fails)

        assert everything(stores, session) == before
        assert f"other-{turn}" not in dict(stores.do(lambda store: store.memories()))
        stores.do(lambda store: change(store, session))
        assert everything(stores, session) != before


def test_a_session_that_a_failed_step_dropped_is_there(stores: Stores) -> None:
    session = stores.session("mine")
    stores.do(lambda store: change(store, session))
    before = everything(stores, session)

    def fails(store: Store) -> None:
        store.drop(session)
        store.creators.drop(session)
        store.make(session, State(5)).counters.add("a")
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            stores.do(fails)
        assert everything(stores, session) == before


def test_a_session_whose_first_step_failed_can_be_made_anew(stores: Stores) -> None:
    def fails(store: Store) -> None:
        change(store, store.make("mine", State(1)).name)
        raise ZeroDivisionError

    for _ in stores.each:
        with pytest.raises(ZeroDivisionError):
            stores.do(fails)
    session = stores.session("mine", State(2))

    for _ in stores.each:
        found = everything(stores, session)
        assert found["state"] == State(2)
        assert (found["records"], found["kept"], found["counters"]) == ([], (False, []), [])


@pytest.mark.parametrize("failing", [False, True])
def test_bindings_of_a_failed_step_are_told_as_they_are(
    opened: Callable[[], SqliteStore],
    failing: bool,  # noqa: FBT001 - a case
) -> None:
    store = opened()
    values = [("a", "query", "org", "1")]
    store.atomic(store.bind)(values)
    assert store.atomic(store.bound)() == values
    assert store.atomic(store.bound)() is None

    def changes() -> None:
        store.unbind("a")
        if failing:
            raise ZeroDivisionError

    if failing:
        with pytest.raises(ZeroDivisionError):
            store.atomic(changes)()
        assert store.atomic(store.bound)() == values
    else:
        store.atomic(changes)()
    assert store.atomic(store.bound)() is None


def test_a_failed_change_of_bindings_is_not_taken_for_one_of_another(
    opened: Callable[[], SqliteStore],
) -> None:
    one, other = opened(), opened()
    value = ("a", "query", "org", "1")
    assert one.atomic(one.bound)() == []

    def fails() -> None:
        one.bind([("b", "query", "org", "2")])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        one.atomic(fails)()
    other.atomic(other.bind)([value])

    assert one.atomic(one.bound)() == [value]


def test_what_was_done_before_a_simulation_failed_stays(stores: Stores) -> None:
    session = stores.session("mine")
    before = everything(stores, session)

    def stops(store: Store) -> None:
        change(store, session)
        raise Stopped

    with pytest.raises(Stopped):
        stores.do(stops)

    after = everything(stores, session)
    assert all(after[name] != before[name] for name in after)


def test_records_that_a_failed_step_made_are_not_there(stores: Stores) -> None:
    records = stores.records(session := stores.session())
    records.commit([order("1", "s1", due=NOON)])

    def fails(memory: Memory) -> None:
        memory.records.commit([order("1", "s2", due=NOON + timedelta(1)), order("2", "s1")])
        memory.records.commit([Gone("orders", "1")])
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            stores.of(session, fails)
        assert list(records.all("orders")) == [records.get("orders", "1")]
        assert records.holder("serial s1") == order("1", "s1", due=NOON)
        assert (records.get("orders", "2"), records.holder("serial s2")) == (None, None)
        assert (len(records), records.number, records.next_due) == (1, 2, NOON)


# no two at a time ---------------------------------------------------------------------------


def test_a_step_reads_what_another_store_has_just_done(opened: Callable[[], SqliteStore]) -> None:
    one, other = opened(), opened()
    one.atomic(one.make)("mine", State(0))

    def count(store: SqliteStore) -> int:
        return memory_of(store, "mine").counters.add("turn")

    turns = [store.atomic(count)(store) for _ in range(3) for store in (one, other)]

    assert turns == [0, 1, 2, 3, 4, 5]


def test_a_step_waits_until_that_of_another_is_done(opened: Callable[[], SqliteStore]) -> None:
    one, other = opened(), opened()
    one.atomic(one.make)("mine", State(0))
    begun, seen = threading.Event(), queue.SimpleQueue[int]()

    def waits() -> None:
        begun.set()
        other.atomic(lambda: seen.put(memory_of(other, "mine").counters.add("turn")))()

    thread = threading.Thread(target=waits)

    def long() -> None:
        thread.start()
        assert begun.wait(60)
        memory_of(one, "mine").counters.add("turn")
        assert seen.empty()

    one.atomic(long)()
    thread.join(60)

    assert seen.get_nowait() == 1


def test_a_step_that_waits_too_long_does_nothing_and_the_next_one_works(
    opened: Callable[[], SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.01)
    store = opened()
    store.atomic(store.make)("mine", State(0))
    done: list[int] = []

    def step() -> None:
        done.append(memory_of(store, "mine").counters.add("turn"))

    store.atomic(step)()
    with closing(sqlite3.connect(store.database.path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            with pytest.raises(StoreError, match=r"a\.db cannot be used: database is locked"):
                store.atomic(step)()
    store.atomic(step)()

    assert done == [0, 1]


def test_a_step_for_which_there_is_no_room_does_nothing(
    opened: Callable[[], SqliteStore],
) -> None:
    store = opened()
    store.atomic(store.make)("mine", State(0))
    pages = store.database.one("PRAGMA page_count")
    store.database.run(f"PRAGMA max_page_count = {pages}")

    def large() -> None:
        memory = memory_of(store, "mine")
        memory.counters.add("turn")
        memory.clock.set(ClockMode.FROZEN, NOON)
        for number in range(100):
            memory.journal.record(exchange(name=str(number), body=b"x" * 10_000))

    with pytest.raises(StoreError, match="database or disk is full; nothing is done"):
        store.atomic(large)()
    store.database.run("PRAGMA max_page_count = 1000000")

    memory = store.atomic(memory_of)(store, "mine")
    assert not memory.clock.line.moved
    assert store.atomic(lambda: (len(memory.journal), memory.counters.get("turn")))() == (0, 0)
    store.atomic(large)()
    assert store.atomic(lambda: len(memory.journal))() == 100


class Broken(sqlite3.Connection):
    """A connection that cannot even undo."""

    broken = False

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
        if self.broken and sql in ("COMMIT", "ROLLBACK"):
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *more)


@pytest.mark.parametrize("error", [None, ZeroDivisionError, Stopped])
def test_a_connection_that_cannot_undo_a_step_is_replaced(
    opened: Callable[[], SqliteStore],
    monkeypatch: pytest.MonkeyPatch,
    error: type[Exception] | None,
) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Broken))
    store = opened()
    store.atomic(store.make)("mine", State(0))

    def step() -> None:
        memory_of(store, "mine").counters.add("turn")
        if error is not None:
            raise error

    monkeypatch.setattr(Broken, "broken", True)
    with pytest.raises(error if error is ZeroDivisionError else StoreError):
        store.atomic(step)()
    monkeypatch.setattr(Broken, "broken", False)

    assert store.atomic(lambda: memory_of(store, "mine").counters.get("turn"))() == 0


def test_what_could_not_be_committed_is_not_taken_for_what_another_did_since(
    opened: Callable[[], SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Broken))
    one, other = opened(), opened()
    one.atomic(one.make)("mine", State(0))

    def activate(store: SqliteStore, *scenarios: str) -> None:
        memory = memory_of(store, "mine")
        memory.state = memory.state._replace(scenarios=scenarios)

    monkeypatch.setattr(Broken, "broken", True)
    with pytest.raises(StoreError):
        one.atomic(activate)(one, "a/lost")
    monkeypatch.setattr(Broken, "broken", False)
    other.atomic(activate)(other, "a/done")

    assert one.atomic(memory_of)(one, "mine").state.scenarios == ("a/done",)


def test_what_is_read_only_in_part_holds_nobody_up(opened: Callable[[], SqliteStore]) -> None:
    one, other = opened(), opened()

    def fill() -> None:
        memory = one.make("mine", State(0))
        memory.records.commit([order(str(number)) for number in range(3)])
        for number in range(3):
            memory.journal.record(exchange(name=str(number)))

    def begin() -> tuple[Iterator[Any], ...]:
        memory = memory_of(one, "mine")
        return iter(memory.records.all("orders")), iter(memory.journal), reversed(memory.journal)

    one.atomic(fill)()
    readers = one.atomic(begin)()
    first = [next(each).id for each in readers]
    other.atomic(lambda: memory_of(other, "mine").counters.add("turn"))()

    assert one.atomic(lambda: memory_of(one, "mine").counters.add("turn"))() == 1
    assert first == ["0", "0", "2"]
