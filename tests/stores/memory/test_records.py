"""What bounds the records of one process: heap, buckets, and what a list costs."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from mockserver.stores.memory.records import SHRUNK, SLACK, Bucket, MemoryRecords
from tests.stores.test_records import KINDS, NOON, order


def test_due_times_that_are_out_of_date_do_not_pile_up() -> None:
    store = MemoryRecords(KINDS)

    for number in range(3 * SLACK):
        store.commit([order("1", due=NOON + timedelta(seconds=number))])
        assert len(store._due) <= SLACK + 3  # noqa: SLF001 - what is kept cannot be seen outside

    assert store.next_due == NOON + timedelta(seconds=3 * SLACK - 1)


def test_a_clock_that_is_set_back_leaves_the_order_of_stamps() -> None:
    bucket = Bucket()
    for name, value in (("a", 10.0), ("b", 5.0)):
        bucket.put(name, value)
    assert list(bucket.before(8.0)) == ["b"]

    bucket.put("c", 7.0)  # later than the one before, but not than all

    assert list(bucket.before(8.0)) == ["b", "c"]


def test_a_bucket_that_loses_nearly_all_keeps_the_rest() -> None:
    bucket = Bucket()
    for number in range(10 * SHRUNK):
        bucket.put(str(number), float(number))

    for number in range(10 * SHRUNK - 1):
        bucket.take(str(number))

    assert list(bucket.before(None)) == [str(10 * SHRUNK - 1)]
    assert list(bucket.before(0.0)) == []


def test_a_list_costs_what_it_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryRecords(KINDS)
    for number in range(1_000):
        store.commit([order(str(number), at=NOON + timedelta(seconds=number))])
    looked = itertools.count()
    takewhile = itertools.takewhile

    def counted(holds: Any, entries: Any) -> Any:
        return takewhile(lambda entry: next(looked) >= 0 and holds(entry), entries)

    monkeypatch.setattr(itertools, "takewhile", counted)

    found = store.filtered("orders", {"org": ["a"]}, NOON + timedelta(seconds=3))

    assert [each.id for each in found] == ["0", "1", "2"]
    assert next(looked) == 4
