"""The journals of sessions in every kind of store: what is kept, and what is let go."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.codec import GONE
from mockserver.exchange import Considered, Exchange, Steering
from mockserver.explanation import record as explained
from mockserver.har import har
from mockserver.journal import Journal
from mockserver.stores import Memory, State
from mockserver.stores.memory import journal as in_memory
from mockserver.stores.memory import store as memory_store
from mockserver.stores.sqlite import journal as in_file
from tests.exchanges.samples import SAMPLES, considered, exchange
from tests.stores.kinds import Kind, Stores, memory_of

EXAMPLES = settings(max_examples=30)
ENTRIES_MAX = 3
LARGE = 50_000
WHAT_FITS = 120_000  # two large ones, whatever a store counts beside their bodies


def ids(journal: Journal) -> list[str]:
    return [each.id for each in journal]


def named(session: str, *names: str, size: int = 0) -> list[Exchange]:
    return [exchange(name=name, session=session, reply_body=b"x" * size) for name in names]


def record(stores: Stores, session: str, *names: str, size: int = 0) -> None:
    """Record exchanges with these ids, each in one step."""
    for each in named(session, *names, size=size):
        stores.journal(session).record(each)


@pytest.fixture(scope="module")
def stores(kind: Kind) -> Stores:
    return kind.stores()


@pytest.fixture
def narrow(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> Stores:
    """Stores whose journals keep two large exchanges."""
    monkeypatch.setattr(in_file, "BYTES_MAX", WHAT_FITS)
    journal = in_memory.MemoryJournal

    def bounded(**how: Any) -> in_memory.MemoryJournal:
        return journal(bytes_max=WHAT_FITS, **how)

    monkeypatch.setattr(memory_store, "MemoryJournal", bounded)
    return kind.stores()


# what is kept -------------------------------------------------------------------------------


def test_exchanges_are_kept_oldest_first_for_each_session(stores: Stores) -> None:
    mine, other = stores.session(), stores.session()
    for name in ("a", "b", "c"):
        record(stores, mine, name)
        record(stores, other, name * 2)

    journal = stores.journal(mine)
    for _ in stores.each:
        assert ids(journal) == ["a", "b", "c"]
        assert [each.id for each in reversed(journal)] == ["c", "b", "a"]
        assert (len(journal), journal.dropped) == (3, 0)
        assert [each.id for each in journal.since("a")] == ["c", "b"]
        assert [each.id for each in journal.since("c")] == []
        for name in ("", "aa", "z"):  # none of its own: all that is kept
            assert [each.id for each in journal.since(name)] == ["c", "b", "a"]
        assert journal.get("aa") is journal.get("z") is None
        found = journal.get("b")
        assert found is not None
        assert found.id == "b"


@pytest.mark.parametrize("name", SAMPLES)
def test_an_exchange_tells_afterwards_what_it_told(kind: Kind, name: str) -> None:
    sample = SAMPLES[name]
    rules = {each.rule.id: each.rule for each in sample.steering.considered}
    stores = kind.stores(rule_of=rules.get)
    journal = stores.journal()
    journal.record(sample)

    for _ in stores.each:
        for found in (journal.get(sample.id), *journal, *reversed(journal), *journal.since("")):
            assert found is not None
            assert explained(found) == explained(sample)
            assert har([found], "1") == har([sample], "1")
            assert found.weight > 0


def test_many_exchanges_are_told_in_order(stores: Stores) -> None:
    session = stores.session()
    names = [str(number) for number in range(250)]

    def fill(memory: Memory) -> None:
        for each in named(session, *names):
            memory.journal.record(each)

    stores.of(session, fill)
    journal = stores.journal(session)

    assert ids(journal) == names
    assert [each.id for each in reversed(journal)] == names[::-1]
    assert [each.id for each in journal.since("120")] == names[:120:-1]


def test_a_rule_that_a_test_wrote_is_told_as_long_as_its_life(filed: Kind) -> None:
    stores = filed.stores()
    session = stores.session()
    node = {"on": "*", "reply": {"status": 404}}
    written = considered("rule-1", {"reply": {"status": 404}}, applied=True)
    seen = exchange(name="a", steering=Steering((written,)))

    def become(state: State) -> None:
        def put(memory: Memory) -> None:
            memory.state = state

        stores.of(session, put)

    def told() -> Considered:
        [found] = stores.journal(session)
        return found.steering.considered[0]

    become(State(0, rules={"rule-1": node}))
    stores.journal(session).record(seen)
    assert {told().rule.id for _ in stores.each} == {"rule-1"}
    assert [told() == written for _ in stores.each] == [True] * len(stores.each)
    become(State(0))  # it was withdrawn
    assert [told() == written for _ in stores.each] == [True] * len(stores.each)
    become(State(0, rules={"rule-1": {"on": "*", "reply": {"status": 500}}}, life=1))
    assert [told() == written for _ in stores.each] == [False] * len(stores.each)
    become(State(0, life=2))
    assert [told().rule.summary for _ in stores.each] == [GONE] * len(stores.each)


# what is let go -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def few(kind: Kind) -> Stores:
    """Stores whose journals keep a few exchanges."""
    return kind.stores(requests_max=ENTRIES_MAX)


@EXAMPLES
@given(st.lists(st.integers(0, 5), max_size=12))
def test_the_oldest_go_beyond_the_number_that_is_kept(few: Stores, sizes: list[int]) -> None:
    session = few.session()
    names = [str(number) for number in range(len(sizes))]
    journal = few.journal(session)
    for number, name in enumerate(names):
        record(few, session, name, size=sizes[number])
        kept = names[: number + 1][-ENTRIES_MAX:]
        assert (len(journal), journal.dropped) == (len(kept), number + 1 - len(kept))

    assert ids(journal) == names[-ENTRIES_MAX:]
    assert [name for name in names if journal.get(name)] == names[-ENTRIES_MAX:]
    journal.clear()
    for _ in few.each:
        assert (ids(journal), len(journal), journal.dropped) == ([], 0, 0)


def test_the_oldest_go_beyond_the_bytes(narrow: Stores) -> None:
    session = narrow.session()
    journal = narrow.journal(session)
    record(narrow, session, "a", "b", "c", size=LARGE)
    assert (ids(journal), journal.dropped) == (["b", "c"], 1)

    record(narrow, session, "d", "e")
    assert (ids(journal), journal.dropped) == (["b", "c", "d", "e"], 1)

    record(narrow, session, "f", size=LARGE)
    assert (ids(journal), len(journal), journal.dropped) == (["c", "d", "e", "f"], 4, 2)


def test_one_that_is_larger_than_all_the_room_takes_nothing_with_it(narrow: Stores) -> None:
    session = narrow.session()
    journal = narrow.journal(session)
    record(narrow, session, "a")

    record(narrow, session, "b", size=WHAT_FITS)
    record(narrow, session, "c")

    assert (ids(journal), len(journal), journal.dropped) == (["a", "c"], 2, 1)


def test_the_largest_journal_gives_way_where_the_room_of_all_is_full(
    kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    bytes_max = 10 * (LARGE + 2_000)
    monkeypatch.setattr(memory_store, "Room", lambda: in_memory.Room(bytes_max))
    monkeypatch.setattr(
        "mockserver.stores.sqlite.store.Room", lambda database: in_file.Room(database, bytes_max)
    )
    stores = kind.stores()
    quiet, busy = stores.session(), stores.session()
    record(stores, quiet, "0", "1", size=LARGE)

    record(stores, busy, *map(str, range(9)), size=LARGE)

    assert (ids(stores.journal(quiet)), stores.journal(quiet).dropped) == (["0", "1"], 0)
    journal = stores.journal(busy)
    assert (ids(journal), len(journal), journal.dropped) == (["5", "6", "7", "8"], 4, 5)


def test_to_record_while_somebody_reads_does_not_disturb_the_reader(few: Stores) -> None:
    store, session = few.each[0], few.session()
    record(few, session, "a", "b")
    journal = store.atomic(memory_of)(store, session).journal
    readers = store.atomic(lambda: (iter(journal), reversed(journal)))()

    record(few, session, "c", "d", "e", "f")

    assert [[each.id for each in reader] for reader in readers] == [["a", "b"], ["b", "a"]]


# who watches --------------------------------------------------------------------------------


def test_who_watches_is_woken_by_what_its_own_store_records(stores: Stores) -> None:
    session = stores.session()
    for store in stores.each:
        seen: list[list[str]] = []
        journal = store.atomic(memory_of)(store, session).journal
        before = len(stores.journal(session))

        def once(journal: Journal = journal, seen: list[list[str]] = seen) -> None:
            seen.append(ids(journal))
            journal.watchers.remove(once)

        journal.watchers.add(once)
        for name in ("a", "b"):
            fresh = exchange(name=f"{name}{before}")
            store.atomic(lambda journal=journal, new=fresh: journal.record(new))()

        assert [len(each) for each in seen] == [before + 1]
        assert (journal.look_s is None) == (not store.shared)


def test_watchers_stay_when_a_journal_is_cleared_and_wake_when_it_is_closed(
    kind: Kind,
) -> None:
    stores = kind.stores()
    store = stores.each[0]
    session = stores.session()
    woken: list[str] = []
    journal = store.atomic(memory_of)(store, session).journal
    journal.watchers.add(lambda: woken.append("now"))

    store.atomic(journal.clear)()
    assert woken == []
    store.atomic(journal.record)(exchange())
    assert woken == ["now"]
    store.atomic(store.drop)(session)
    assert woken == ["now", "now"]


def test_a_session_that_another_store_dropped_wakes_who_waits(filed: Kind) -> None:
    stores = filed.stores()
    session = stores.session()
    woken: list[str] = []
    for store in stores.each:
        journal = store.atomic(memory_of)(store, session).journal
        journal.watchers.add(lambda: woken.append("now"))
    stores.do(lambda store: store.drop(session))

    for store in stores.each:
        assert store.atomic(store.find)(session) is None

    assert len(woken) == len(stores.each)
