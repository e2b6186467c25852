"""Records of a session in every kind of store, against a list that is looked through."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.clock import stamp
from mockserver.record import Change, Conflict, Full, Gone, Progress, Record, Touched
from mockserver.simulation import Collection, Records
from tests.stores.kinds import Kind, Stores

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
MOST = 6


def claims(record: Record) -> Iterable[str]:
    """The texts of the member `has`."""
    return [f"serial {each}" for each in record.data["has"]]


ORDERS = Collection(
    "orders",
    "An order",
    ("shop-v1",),
    {},
    ("id",),
    keys=("customer", "place"),
    facets=("org", "state", "kind"),
    stamp="changed",
    claims=claims,
)
BOXES = Collection("boxes", "A box", (), {}, ("id",), keys=("place",), facets=("org",))
KINDS = {each.name: each for each in (ORDERS, BOXES)}


@dataclass
class Naive:
    """The same as a store, by looking through a list.

    Attributes:
        records: As they are, in the order in which they were made.
        due: When each is due, and how many had got a due time before it got this one.
        number: What the next commit that makes records is counted as.
        scheduled: How many had got a due time.
    """

    records: list[Record] = field(default_factory=list)
    due: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)
    number: int = 1
    scheduled: int = 0

    def find(self, collection: str, name: str) -> Record | None:
        for each in self.records:
            if (each.collection, each.id) == (collection, name):
                return each
        return None

    def those(self, collection: str) -> list[Record]:
        return [each for each in self.records if each.collection == collection]

    def holder(self, claim: str) -> Record | None:
        return next((e for e in self.those("orders") if claim in claims(e)), None)

    def after(self, changes: Sequence[Change]) -> list[Record]:
        """The records that there would be."""
        found = {(each.collection, each.id): each for each in self.records}
        for change in changes:
            found.pop((change.collection, change.id), None)
            if isinstance(change, Record):
                found[change.collection, change.id] = change
        return list(found.values())

    def commit(self, changes: Sequence[Change]) -> list[Touched]:
        after = self.after(changes)
        claimed = [claim for each in after if each.collection == "orders" for claim in claims(each)]
        if len(claimed) > len(set(claimed)):
            raise Conflict
        if len(after) > max(MOST, len(self.records)):
            raise Full
        touched = [self.change(each) for each in changes]
        self.number += any(each.before is None and each.after for each in touched)
        return touched

    def change(self, change: Change) -> Touched:
        key = change.collection, change.id
        before = self.find(*key)
        if isinstance(change, Gone):
            self.records = [each for each in self.records if each is not before]
            self.due.pop(key, None)
            return Touched(before, None)
        if before is None:
            self.records.append(change)
        else:
            self.records = [change if each is before else each for each in self.records]
        due = change.progress.due
        if due is None:
            self.due.pop(key, None)
        elif key not in self.due or self.due[key][0] != due:
            self.due[key] = due, self.scheduled
            self.scheduled += 1
        return Touched(before, change)

    def next(self) -> tuple[datetime, tuple[str, str]] | None:
        earliest = min(self.due.items(), key=lambda entry: entry[1], default=None)
        return None if earliest is None else (earliest[1][0], earliest[0])


TIMES = st.integers(0, 5).map(lambda minutes: NOON + minutes * timedelta(minutes=1))
DUE = st.none() | TIMES
ORDER_DATA = st.fixed_dictionaries(
    {
        "org": st.sampled_from(["a", "b"]),
        "state": st.sampled_from(["OPEN", "CLOSED"]),
        "changed": TIMES.map(stamp),  # clocks go back too
        "has": st.lists(st.sampled_from(["s1", "s2", "s3"]), max_size=2, unique=True),
    },
    optional={
        "kind": st.sampled_from(["x", None]),
        "customer": st.sampled_from(["c1", "c2", None]),
        "place": st.sampled_from(["p1", "p2"]),
    },
)
BOX_DATA = st.fixed_dictionaries(
    {"org": st.sampled_from(["a", "b"])}, optional={"place": st.sampled_from(["p1", "p2", None])}
)


def made(collection: str, name: str, data: Mapping[str, Any], due: datetime | None) -> Record:
    return Record(collection, name, {"id": name, **data}, Progress(due=due))


IDS = st.sampled_from(["1", "2", "3", "4", "5"])
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.builds(made, st.just("orders"), IDS, ORDER_DATA, DUE),
    st.builds(made, st.just("boxes"), IDS, BOX_DATA, DUE),
    st.builds(Gone, st.sampled_from(["orders", "boxes"]), IDS),
)
COMMITS = st.lists(CHANGES, max_size=3, unique_by=lambda change: (change.collection, change.id))
EXAMPLES = settings(max_examples=60)  # for each kind of stores
HISTORIES = st.lists(COMMITS, max_size=12)
FACETS = st.fixed_dictionaries(
    {"org": st.lists(st.sampled_from(["a", "b", "c"]), max_size=3)},
    optional={
        "state": st.sets(st.sampled_from(["OPEN", "CLOSED"])),
        "kind": st.lists(st.sampled_from(["x", "y", None]), max_size=2),
    },
)
LIMITS = st.none() | st.integers(-1, 6).map(lambda minutes: NOON + minutes * timedelta(minutes=1))


@pytest.fixture(scope="module")
def small(kind: Kind) -> Stores:
    """Stores whose sessions have room for a few records."""
    return kind.stores(KINDS, records_max=MOST)


def both(stores: Stores, history: Iterable[Sequence[Change]]) -> tuple[Records, Naive]:
    """Records and the list after the same changes; what one refuses the other refuses too."""
    store, naive = stores.records(), Naive()
    for changes in history:
        expected: Any
        try:
            expected = naive.commit(changes)
        except (Conflict, Full) as error:
            with pytest.raises(type(error)):
                store.commit(changes)
        else:
            assert store.commit(changes) == expected
    return store, naive


@EXAMPLES
@given(HISTORIES)
def test_every_record_is_found_by_its_id_key_and_claim(
    small: Stores, history: list[list[Change]]
) -> None:
    store, naive = both(small, history)

    for collection, name in itertools.product(KINDS, "12345"):
        assert store.get(collection, name) == naive.find(collection, name)
    for collection, kind in KINDS.items():
        those = naive.those(collection)
        assert list(store.all(collection)) == those
        assert store.count(collection) == len(those)
        for key, value in itertools.product(kind.keys, ("c1", "c2", "p1", "p2")):
            expected = [each for each in those if each.data.get(key) == value]
            assert list(store.by(collection, key, value)) == expected
    for claim in ("serial s1", "serial s2", "serial s3", "serial s4"):
        assert store.holder(claim) == naive.holder(claim)
    assert (len(store), store.number) == (len(naive.records), naive.number)


@EXAMPLES
@given(HISTORIES, st.lists(st.tuples(FACETS, LIMITS), min_size=1, max_size=3), st.data())
def test_lists_have_what_the_facets_allow_and_was_changed_before(
    small: Stores,
    history: list[list[Change]],
    queries: list[tuple[Any, datetime | None]],
    data: st.DataObject,
) -> None:
    asked_at = data.draw(st.integers(0, len(history)))
    store, naive = small.records(), Naive()

    for number in range(len(history) + 1):
        for facets, before in queries if number in (asked_at, len(history)) else ():
            expected = [
                each
                for each in naive.those("orders")
                if all(each.data.get(name) in allowed for name, allowed in facets.items())
                and (before is None or each.data["changed"] < stamp(before))
            ]
            assert list(store.filtered("orders", facets, before)) == expected
        for changes in history[number : number + 1]:
            try:
                naive.commit(changes)
            except (Conflict, Full):
                continue
            store.commit(changes)


@EXAMPLES
@given(HISTORIES)
def test_what_is_due_comes_in_the_order_of_due_time_and_sequence(
    small: Stores,
    history: list[list[Change]],
) -> None:
    store, naive = both(small, history)

    while (expected := naive.next()) is not None:
        due, key = expected
        record = store.next_record()
        assert record is not None
        assert (store.next_due, (record.collection, record.id)) == (due, key)
        gone = [Gone(*key)]
        naive.commit(gone)
        store.commit(gone)
    assert store.next_due is None
    assert store.next_record() is None


@EXAMPLES
@given(HISTORIES, COMMITS)
def test_a_store_that_forgot_everything_is_a_new_one(
    small: Stores, history: list[list[Change]], changes: list[Change]
) -> None:
    store, _ = both(small, history)
    store.clear()

    assert (len(store), store.number, store.next_due) == (0, 1, None)
    anew, naive = both(small, [changes])
    if len(anew):
        store.commit(changes)
    assert (len(store), store.next_due) == (len(anew), anew.next_due)
    assert [store.get(each.collection, each.id) for each in changes] == [
        naive.find(each.collection, each.id) for each in changes
    ]


# all or nothing -----------------------------------------------------------------------------


def order(name: str, *has: str, due: datetime | None = None, at: datetime = NOON) -> Record:
    data = {"org": "a", "state": "OPEN", "changed": stamp(at), "has": list(has), "customer": "c1"}
    return made("orders", name, data, due)


def test_a_claim_of_another_record_is_a_conflict_and_nothing_is_done(kind: Kind) -> None:
    store = kind.stores(KINDS).records()
    store.commit([order("1", "s1")])

    with pytest.raises(Conflict, match="serial s1 belongs to orders:1"):
        store.commit([order("2"), order("3", "s1")])

    assert (len(store), store.number) == (1, 2)
    assert list(store.by("orders", "customer", "c1")) == [order("1", "s1")]


def test_two_records_of_one_commit_cannot_claim_the_same(kind: Kind) -> None:
    store = kind.stores(KINDS).records()

    with pytest.raises(Conflict, match="serial s1 belongs to orders:1"):
        store.commit([order("1", "s1"), order("2", "s1")])

    assert len(store) == 0


def test_a_claim_can_pass_from_one_record_to_another_in_one_commit(kind: Kind) -> None:
    store = kind.stores(KINDS).records()
    store.commit([order("1", "s1"), order("2", "s2")])

    store.commit([order("1", "s2"), order("2", "s1")])
    store.commit([order("3", "s2"), Gone("orders", "1")])

    assert [store.holder(f"serial {each}") for each in ("s1", "s2")] == [
        order("2", "s1"),
        order("3", "s2"),
    ]


def test_a_store_that_is_full_takes_no_more_and_still_changes_what_it_has(kind: Kind) -> None:
    store = kind.stores(KINDS, records_max=2).records()
    store.commit([order("1"), order("2")])

    with pytest.raises(Full, match="The session has 2 records, and 2 are the most"):
        store.commit([order("1", "s1"), order("3")])
    assert store.holder("serial s1") is None

    store.commit([order("1", "s1"), Gone("orders", "2"), order("3")])
    assert [each.id for each in store.all("orders")] == ["1", "3"]


def test_a_record_that_goes_and_comes_back_in_one_commit_makes_no_room(kind: Kind) -> None:
    store = kind.stores(KINDS, records_max=2).records()
    store.commit([order("1"), order("2")])

    with pytest.raises(Full):
        store.commit([Gone("orders", "1"), order("1"), order("3")])


def test_what_is_not_there_can_go(kind: Kind) -> None:
    store = kind.stores(KINDS).records()

    assert store.commit([Gone("orders", "1")]) == [Touched(None, None)]
    assert store.number == 1


def test_a_collection_that_nobody_used_is_empty(kind: Kind) -> None:
    store = kind.stores(KINDS).records()

    assert (store.get("orders", "1"), list(store.all("orders")), store.count("orders")) == (
        None,
        [],
        0,
    )


def test_a_commit_that_makes_records_is_counted_once(kind: Kind) -> None:
    store = kind.stores(KINDS).records()
    numbers = []
    for changes in ([order("1"), order("2")], [order("1", "s1")], [Gone("orders", "2")]):
        store.commit(changes)
        numbers.append(store.number)

    assert numbers == [2, 2, 2]
    store.commit([order("2")])
    assert store.number == 3


def test_what_comes_from_outside_is_not_counted_and_is_in_order(kind: Kind) -> None:
    store = kind.stores(KINDS).records()
    store.commit([order("1")])
    store.commit([order("0")], counted=False)
    store.commit([order("2")])

    assert store.number == 3
    assert [each.id for each in store.by("orders", "customer", "c1")] == ["1", "0", "2"]


def test_a_change_that_cannot_be_filed_leaves_everything_as_it_was(kind: Kind) -> None:
    records = kind.stores(KINDS).records()
    data = {"id": "A", "org": "a", "has": [], "changed": stamp(NOON)}
    good = Record("orders", "A", data)
    bad = Record("orders", "B", {**data, "id": "B", "changed": "some day"})

    with pytest.raises(ValueError, match="some day"):
        records.commit([good, bad])

    assert (len(records), records.count("orders")) == (0, 0)
    assert records.filtered("orders", {"org": ["a"]}) == []
    records.commit([good])
    with pytest.raises(ValueError, match="some day"):
        records.commit([replace(bad, id="A")])
    assert list(records.all("orders")) == records.filtered("orders", {"org": ["a"]}) == [good]


def test_all_records_are_told_however_many(kind: Kind) -> None:
    stores = kind.stores(KINDS)
    session = stores.session()
    names = [str(number) for number in range(250)]
    stores.of(session, lambda memory: memory.records.commit([order(name) for name in names]))

    assert [each.id for each in stores.records(session).all("orders")] == names


def test_records_of_sessions_are_apart(kind: Kind) -> None:
    stores = kind.stores(KINDS)
    mine, other = stores.records(), stores.records()
    mine.commit([order("1", "s1", due=NOON)])
    other.commit([order("1", "s1"), order("2", "s2")])

    mine.clear()

    assert (len(mine), mine.number, mine.next_due, mine.holder("serial s1")) == (0, 1, None, None)
    assert (len(other), other.number, other.next_due) == (2, 2, None)
    assert other.holder("serial s1") == order("1", "s1")


@pytest.mark.parametrize(
    "find",
    [
        lambda records: records.get("orders", "1"),
        lambda records: records.by("orders", "customer", "c1")[0],
        lambda records: records.holder("serial s1"),
        lambda records: records.filtered("orders", {"org": ["a"]})[0],
        lambda records: next(iter(records.all("orders"))),
        lambda records: records.next_record(),
    ],
)
def test_a_change_is_told_by_every_look_of_whoever_is_asked(
    kind: Kind, find: Callable[[Records], Record]
) -> None:
    stores = kind.stores(KINDS)
    records = stores.records()
    for number in range(2 * len(stores.each)):
        at = NOON + timedelta(seconds=number)
        version = order("1", "s1", at=at, due=at)
        records.commit([version])
        assert [find(records) for _ in stores.each] == [version] * len(stores.each)
        assert [records.next_due for _ in stores.each] == [at] * len(stores.each)
