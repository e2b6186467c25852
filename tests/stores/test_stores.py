"""Sessions, counters, what is kept, creators, bindings and clocks, in every kind of store."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.clock import ClockMode, SessionClock, Setting
from mockserver.stores import DEFAULT, Memory, Resource, State, Store
from mockserver.stores.memory import store as in_memory
from mockserver.stores.sqlite import resources
from mockserver.stores.sqlite import store as in_file
from mockserver.stores.sqlite.database import OF_SESSION
from mockserver.stores.sqlite.store import SqliteStore
from tests.exchanges.samples import exchange
from tests.stores.kinds import Kind, Stores, memory_of
from tests.stores.test_records import KINDS, NOON, order

EXAMPLES = settings(max_examples=40)
HOUR = timedelta(hours=1)
RULE = {"on": "readThing", "reply": {"status": 404}}


def thing(name: str) -> Resource:
    return "shop-v1", "things/id", name


@pytest.fixture(scope="module")
def stores(kind: Kind) -> Stores:
    """Stores that many tests have in common."""
    return kind.stores(KINDS)


@pytest.fixture
def own(kind: Kind) -> Stores:
    """Stores of a test of its own."""
    return kind.stores(KINDS)


# sessions -----------------------------------------------------------------------------------


def names(stores: Stores) -> list[str]:
    return [name for name, _ in stores.do(lambda store: store.memories())]


def test_sessions_are_told_oldest_first_with_when_they_were_used(own: Stores) -> None:
    for name in ("b", "a", "c"):
        own.session(name)

    def use(memory: Memory) -> None:
        memory.used_s = 7.5

    own.of("a", use)
    own.do(lambda store: store.drop("b"))
    own.session("b")

    for _ in own.each:
        told = list(own.do(lambda store: store.memories()))
        assert told == [("a", 7.5), ("c", 0.0), ("b", 0.0)]


def test_a_session_was_used_when_any_store_last_used_it(own: Stores) -> None:
    own.session("a")
    for used_s in (2.0, 4.5, 4.6, 9.0, 9.1, 20.0):

        def use(memory: Memory, now_s: float = used_s) -> None:
            memory.used_s = now_s

        own.of("a", use)
        for _ in own.each:
            [(_, told_s)] = own.do(lambda store: store.memories())
            assert used_s - in_file.USED_S <= told_s <= used_s
            assert used_s - in_file.USED_S <= own.of("a", lambda memory: memory.used_s) <= used_s


def test_the_memory_of_a_session_is_the_same_object_as_long_as_it_is(own: Stores) -> None:
    own.session("a")
    for store in own.each:
        before = store.atomic(memory_of)(store, "a")
        own.of("a", lambda memory: memory.clock.set(ClockMode.FROZEN, NOON))
        own.of("a", lambda memory: memory.counters.add("turn"))
        assert store.atomic(memory_of)(store, "a") is before


def test_a_session_that_is_not_there_is_not_found(own: Stores) -> None:
    own.session("a")

    assert own.do(lambda store: store.find("b") is None)


def fill(store: Store, session: str) -> None:
    """Let a session have something of everything."""
    memory = store.find(session) or store.make(session, State(0))
    memory.state = State(1, rules={"rule-1": RULE}, scenarios=("a/b",))
    memory.clock.set(ClockMode.FROZEN, NOON + HOUR)
    memory.records.commit([order("1", f"of {session}", due=NOON)])
    memory.counters.add("used a ")
    memory.kept.put(thing("T1"), b"a/b")
    memory.journal.record(exchange(name=f"of {session}"))


def test_a_session_with_the_name_of_one_that_was_dropped_has_nothing_of_it(own: Stores) -> None:
    woken: list[str] = []
    own.do(lambda store: fill(store, "other"))
    for turn in range(4):
        own.do(lambda store: fill(store, "a"))
        for store in own.each:
            journal = store.atomic(memory_of)(store, "a").journal
            journal.watchers.add(lambda: woken.append("now"))
        before = len(woken)
        own.do(lambda store: store.drop("a"))
        if turn % 2:
            assert own.do(lambda store: store.find("a") is None)
        own.session("a", State(5))

        for _ in own.each:
            memory = own.do(lambda store: memory_of(store, "a"))
            assert (memory.state, memory.clock.line.moved) == (State(5), False)
            assert (len(own.records("a")), own.records("a").number) == (0, 1)
            assert (own.records("a").next_due, own.records("a").holder("serial of a")) == (
                None,
                None,
            )
            assert list(own.counters("a").items("")) == []
            assert (bool(own.kept("a")), list(own.kept("a").items())) == (False, [])
            assert (list(own.journal("a")), own.journal("a").dropped) == ([], 0)
        assert len(woken) == before + len(own.each)  # who waits learns that it is over
        own.do(lambda store: store.drop("a"))
    assert len(own.records("other")) == len(own.journal("other")) == 1


def test_no_table_has_anything_of_a_session_that_was_dropped(filed: Kind) -> None:
    stores = filed.stores(KINDS)
    stores.do(lambda store: fill(store, "a"))
    store = stores.each[0]
    assert isinstance(store, SqliteStore)
    tables = [
        name
        for (name,) in store.database.run("SELECT name FROM sqlite_master WHERE type = 'table'")
    ]
    of_session = [
        name
        for name in tables
        if any(row[1] == "session" for row in store.database.run(f"PRAGMA table_info({name})"))
    ]
    assert {*of_session} == {*OF_SESSION, "creators", "bindings"}
    counts = [store.database.one(f"SELECT count(*) FROM {name}") for name in OF_SESSION]  # noqa: S608 - ours
    assert all(counts)

    stores.do(lambda store: store.drop("a"))

    assert [store.database.one(f"SELECT count(*) FROM {name}") for name in OF_SESSION] == [0] * 8  # noqa: S608 - ours
    assert names(stores) == []


# states -------------------------------------------------------------------------------------

TEXTS = st.text(max_size=5)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(8999, 1, 1)).map(  # noqa: DTZ001 - as UTC
    lambda moment: moment.replace(tzinfo=NOON.tzinfo)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
SETTINGS = st.builds(
    Setting,
    st.sampled_from(ClockMode),
    st.none() | MOMENTS,
    st.floats(0.001, 1e6, allow_nan=False),
)
STATES = st.builds(
    State,
    st.integers(0, 2**70),
    st.lists(TEXTS, max_size=2).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
    SETTINGS,
    st.frozensets(TEXTS, max_size=2),
    st.dictionaries(TEXTS, JSON, max_size=3),
    st.integers(0, 9),
)


@EXAMPLES
@given(st.lists(STATES, min_size=1, max_size=4))
def test_a_state_is_told_as_it_was_put(stores: Stores, states: list[State]) -> None:
    first, *later = states
    session = stores.session(None, first)
    assert stores.of(session, lambda memory: memory.state) == first
    for state in later:

        def put(memory: Memory, new: State = state) -> None:
            memory.state = new

        stores.of(session, put)
        for _ in stores.each:
            found = stores.of(session, lambda memory: memory.state)
            assert found == state
            assert list(found.rules) == list(state.rules)


# clocks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "use",
    [
        SessionClock.reset,
        lambda clock: clock.set(ClockMode.REAL, NOON + HOUR),
        lambda clock: clock.set(ClockMode.SCALED, NOON - HOUR, 2.5),
        lambda clock: clock.go(ClockMode.SCALED, 0.001),
        lambda clock: clock.go(ClockMode.FROZEN),
        lambda clock: clock.move(NOON + timedelta(microseconds=1)),
    ],
)
def test_a_clock_goes_as_it_was_set(kind: Kind, use: Callable[[SessionClock], None]) -> None:
    now = NOON + timedelta(microseconds=7)
    stores = kind.stores(wall=lambda: now)
    session = stores.session()
    expected = SessionClock(lambda: now)

    for _ in range(2):
        use(expected)
        stores.of(session, lambda memory: use(memory.clock))
        now += timedelta(hours=1, microseconds=1)
        for _ in stores.each:
            assert stores.of(session, lambda memory: memory.clock.line) == expected.line
            assert stores.of(session, lambda memory: memory.clock()) == expected()


# counters -----------------------------------------------------------------------------------

COUNTERS = st.text("a%_*\\[]? ñ\0\U0001f600", max_size=3)
COUNTS = st.one_of(
    st.tuples(st.sampled_from(["add", "add", "add", "forget"]), COUNTERS),
)


@EXAMPLES
@given(st.lists(COUNTS, max_size=12), st.lists(COUNTERS, max_size=3), st.booleans())
def test_counters_count_by_name_and_are_found_by_how_their_names_begin(
    stores: Stores,
    counts: list[tuple[str, str]],
    prefixes: list[str],
    of_server: bool,  # noqa: FBT001 - a case
) -> None:
    other = stores.counters(stores.session())
    other.add("a")
    counters = stores.counters(None if of_server else stores.session())
    counters.forget("")
    expected: dict[str, int] = {}
    for what, name in counts:
        if what == "add":
            assert counters.add(name) == expected.get(name, 0)
            expected[name] = expected.get(name, 0) + 1
        else:
            counters.forget(name)
            expected = {each: n for each, n in expected.items() if not each.startswith(name)}

    for prefix in ["", "a", *prefixes]:
        begun = {each: n for each, n in expected.items() if each.startswith(prefix)}
        assert sorted(counters.items(prefix)) == sorted(begun.items())
        assert counters.get(prefix) == expected.get(prefix, 0)
    assert list(other.items("")) == [("a", 1)]


# what is kept -------------------------------------------------------------------------------


def test_what_is_kept_is_told_oldest_first_and_found_by_its_resource(own: Stores) -> None:
    kept = own.kept(own.session("a"))
    own.session("b")
    assert (bool(kept), list(kept.items()), kept.get(thing("T1"))) == (False, [], None)

    kept.put(thing("T1"), b"x")
    kept.put(thing("T2"), b"\xff\0")
    kept.put(thing("T1"), b"y")  # is the newest now
    kept.drop(thing("T3"))
    for _ in own.each:
        assert list(kept.items()) == [(thing("T2"), b"\xff\0"), (thing("T1"), b"y")]
        assert (bool(kept), kept.get(thing("T1")), kept.get(thing("T3"))) == (True, b"y", None)
        assert not own.kept("b")

    kept.drop(thing("T1"))
    assert [bool(kept) for _ in own.each] == [True] * len(own.each)
    kept.clear()
    for _ in own.each:
        assert (bool(kept), list(kept.items()), kept.get(thing("T2"))) == (False, [], None)


def test_the_oldest_that_is_kept_goes_beyond_the_ceiling(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_memory, "KEPT_MAX", 3)
    monkeypatch.setattr(resources, "KEPT_MAX", 3)
    monkeypatch.setattr(resources, "CHECKED", 2)
    stores = kind.stores()
    mine, other = stores.kept(stores.session()), stores.kept(stores.session())
    for number in range(12):  # as many for each of the stores
        mine.put(thing(str(number)), b"x")
        if number % 4 == 0:
            other.put(thing(str(number)), b"x")

    assert [resource for resource, _ in mine.items()] == [thing(each) for each in ("9", "10", "11")]
    assert len(list(other.items())) == 3


# creators -----------------------------------------------------------------------------------


def test_creators_of_a_resource_are_told_in_order(own: Stores) -> None:
    creators = own.creators
    for session, name in (("a", "T2"), ("a", "T1"), (DEFAULT, "T1"), ("b", "T1"), ("a", "T2")):
        creators.add(thing(name), session)

    for _ in own.each:
        assert creators.of(thing("T1")) == ("a", DEFAULT, "b")
        assert list(creators.by("a")) == [thing("T2"), thing("T1")]
        assert (creators.of(thing("T3")), list(creators.by("c"))) == ((), [])
    creators.remove(thing("T1"), "a")
    creators.remove(thing("T1"), "c")
    creators.remove(thing("T3"), "a")
    creators.add(thing("T1"), "a")
    for _ in own.each:
        assert creators.of(thing("T1")) == (DEFAULT, "b", "a")
    creators.drop("a")
    creators.drop("c")
    for _ in own.each:
        assert (creators.of(thing("T1")), creators.of(thing("T2"))) == ((DEFAULT, "b"), ())
        assert list(creators.by("a")) == []


def test_resources_lead_where_any_is_of_another_session_than_the_default_one(own: Stores) -> None:
    creators, led = own.creators, []

    def look() -> None:
        [now] = {creators.led for _ in own.each}
        led.append(now)

    look()
    creators.add(thing("T1"), DEFAULT)
    look()
    creators.add(thing("T1"), "a")
    creators.add(thing("T2"), "b")
    look()
    creators.remove(thing("T1"), "a")
    look()
    creators.drop("b")
    look()
    creators.add(thing("T2"), "b")
    look()

    assert led == [False, False, True, True, False, True]


def test_the_oldest_resources_are_forgotten_beyond_the_ceiling(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_memory, "CREATED_MAX", 3)
    monkeypatch.setattr(resources, "CREATED_MAX", 3)
    monkeypatch.setattr(resources, "CHECKED", 2)
    creators = kind.stores().creators
    for number in range(6):
        for _ in range(2):
            creators.add(thing(str(number)), "ab"[number % 2])

    assert [creators.of(thing(each)) for each in "012345"] == [(), (), (), ("b",), ("a",), ("b",)]
    assert list(creators.by("a")) == [thing("4")]


# bindings -----------------------------------------------------------------------------------

ONE, TWO, THREE = (("a", "query", "org", each) for each in "123")
OTHER = ("b", "query", "org", "4")


def test_a_store_that_nobody_shares_has_no_bindings_to_tell(kind: Kind) -> None:
    stores = kind.stores()

    assert all(store.shared is (kind.name != "memory") for store in stores.each)
    if not stores.each[0].shared:
        stores.do(lambda store: store.bind([ONE]))
        stores.do(lambda store: store.unbind("a"))
        assert stores.do(lambda store: store.bound()) is None


def test_bindings_are_told_once_for_each_change(filed: Kind) -> None:
    stores = filed.stores()
    one = stores.each[0]
    for store in stores.each:
        assert store.atomic(store.bound)() == []
        assert store.atomic(store.bound)() is None

    one.atomic(one.bind)([ONE, OTHER])
    one.atomic(one.bind)([TWO])

    assert one.atomic(one.bound)() is None  # it knows
    for store in stores.each[1:]:
        assert store.atomic(store.bound)() == [ONE, OTHER, TWO]
        assert store.atomic(store.bound)() is None
    one.atomic(one.unbind)("c")
    assert {store.atomic(store.bound)() for store in stores.each} == {None}
    one.atomic(one.unbind)("a")
    assert one.atomic(one.bound)() is None
    for store in stores.each[1:]:
        assert store.atomic(store.bound)() == [OTHER]


@pytest.mark.parametrize("change", [lambda store: store.unbind("b"), lambda s: s.bind([THREE])])
def test_who_changes_bindings_is_told_of_what_others_had_bound_before(
    filed: Kind, change: Callable[[Store], None]
) -> None:
    stores = filed.stores()
    for store in stores.each:
        store.atomic(store.bound)()
    stores.do(lambda store: store.bind([ONE, OTHER]))

    def changed(store: Store) -> Store:
        change(store)
        return store

    known = stores.do(changed)
    told = known.atomic(known.bound)()

    if len(stores.each) == 1:
        assert told is None
    else:
        assert told is not None
        assert ONE in told
        assert known.atomic(known.bound)() is None


def test_bindings_are_told_to_a_store_that_comes_later(filed: Kind) -> None:
    stores = filed.stores()
    stores.do(lambda store: store.bind([ONE]))
    first = stores.each[0]
    assert isinstance(first, SqliteStore)
    later = SqliteStore(first.database.path)

    assert later.atomic(later.bound)() == [ONE]
    later.database.close()
