"""Records of one session in the memory of one process.

Each look-up costs what it finds, whatever the session holds: records by id, by key and by claim are
in dictionaries; those with the same facets share a bucket, in the order of their stamps; due times
are in a heap.
"""

import heapq
import itertools
from collections.abc import Collection as Values
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Final

from mockserver.message import Json
from mockserver.record import Change, Gone, Record, Touched
from mockserver.simulation import Collection
from mockserver.stores import RECORDS_MAX
from mockserver.stores.prepared import Filing, Prepared, checked

SLACK: Final = 1_000  # entries of the heap that may be out of date
SHRUNK: Final = 4  # a bucket with fewer than one in so many of what it had is made anew


class Bucket:
    """The records that have the same facets, in the order of their stamps.

    Stamps come in order as long as no clock is set back; where one is not, the order is made when
    it is next asked for.
    """

    __slots__ = ("_last", "_most", "_sorted", "stamps")

    def __init__(self) -> None:
        self.stamps: dict[str, float] = {}
        self._sorted = True
        self._last = float("-inf")
        self._most = 0

    def put(self, name: str, stamp: float) -> None:
        """Add a record that is not in it."""
        self._sorted = self._sorted and stamp >= self._last
        self._last = stamp
        self.stamps[name] = stamp
        self._most = max(self._most, len(self.stamps))

    def take(self, name: str) -> None:
        """Remove a record that is in it."""
        del self.stamps[name]
        if len(self.stamps) < self._most // SHRUNK:  # a dictionary keeps the places of what left
            self.stamps = dict(self.stamps)
            self._most = len(self.stamps)

    def before(self, limit: float | None) -> Iterable[str]:
        """The ids of records with an earlier stamp, of all where `limit` is None."""
        if limit is None:
            return self.stamps
        if not self._sorted:
            self.stamps = dict(sorted(self.stamps.items(), key=itemgetter(1)))
            self._last = next(reversed(self.stamps.values()))
            self._sorted = True
        earlier = itertools.takewhile(lambda entry: entry[1] < limit, self.stamps.items())
        return [name for name, _ in earlier]


class Shelf:
    """The records of one collection, and what finds them."""

    __slots__ = ("_buckets", "_filed", "_keys", "collection", "order", "records")

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self._filed: dict[str, Filing] = {}
        self.records: dict[str, Record] = {}
        self.order: dict[str, int] = {}  # in which records were made
        self._keys: dict[tuple[str, Json], dict[str, None]] = {}
        self._buckets: dict[Json, dict[tuple[Json, ...], Bucket]] = {}

    def put(self, record: Record, number: int, filing: Filing | None) -> None:
        """Put a record in its place; `number` counts where it is new."""
        name, data = record.id, record.data
        before = self.records.get(name)
        self.records[name] = record
        self.order.setdefault(name, number)
        for key in self.collection.keys:
            was, value = (before.data.get(key) if before else None), data.get(key)
            if was != value:
                self._unlink(key, was, name)
                if value is not None:
                    self._keys.setdefault((key, value), {})[name] = None
        if filing is not None:
            if before is not None:
                self._unfile(name)
            buckets = self._buckets.setdefault(filing.first, {})
            bucket = buckets.get(filing.others)
            if bucket is None:
                bucket = buckets[filing.others] = Bucket()
            bucket.put(name, filing.stamp)
            self._filed[name] = filing

    def remove(self, name: str) -> None:
        """Take a record away that is there."""
        record = self.records.pop(name)
        del self.order[name]
        for key in self.collection.keys:
            self._unlink(key, record.data.get(key), name)
        if name in self._filed:
            self._unfile(name)

    def _unlink(self, key: str, value: Json, name: str) -> None:
        if value is not None:
            found = self._keys[key, value]
            del found[name]
            if not found:
                del self._keys[key, value]

    def _unfile(self, name: str) -> None:
        first, others, _ = self._filed.pop(name)
        buckets = self._buckets[first]
        bucket = buckets[others]
        bucket.take(name)
        if not bucket.stamps:
            del buckets[others]
        if not buckets:
            del self._buckets[first]

    def by(self, key: str, value: Json) -> Sequence[Record]:
        """The records with this value of a key, oldest first."""
        return self._oldest_first(self._keys.get((key, value), ()))

    def filtered(
        self, facets: Mapping[str, Values[Json]], before: datetime | None
    ) -> Sequence[Record]:
        """The records whose facets are among the given values, oldest first."""
        first, *others = self.collection.facets
        limit = before.timestamp() if before is not None else None
        wanted = [(place, facets[name]) for place, name in enumerate(others) if name in facets]
        found: list[str] = []
        for value in dict.fromkeys(facets[first]):
            for values, bucket in self._buckets.get(value, {}).items():
                if all(values[place] in allowed for place, allowed in wanted):
                    found += bucket.before(limit)
        return self._oldest_first(found)

    def _oldest_first(self, names: Iterable[str]) -> Sequence[Record]:
        return [self.records[name] for name in sorted(names, key=self.order.__getitem__)]


class MemoryRecords:
    """The records of one session.

    Args:
        collections: By name.
        most: How many records there may be.

    Attributes:
        collections: By name.
        number: See `Records`.
    """

    def __init__(self, collections: Mapping[str, Collection], *, most: int = RECORDS_MAX) -> None:
        self.collections = collections
        self._most = most
        self.clear()

    def clear(self) -> None:
        """See `Records`."""
        self._shelves: dict[str, Shelf] = {}
        self._claims: dict[str, tuple[str, str]] = {}
        self._claimed: dict[tuple[str, str], tuple[str, ...]] = {}
        self._due: list[tuple[datetime, int, str, str]] = []
        self._scheduled: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._sequence = itertools.count()
        self._size = 0
        self.number = 1

    def __len__(self) -> int:
        """How many records there are."""
        return self._size

    # what simulations see -----------------------------------------------------------------

    def get(self, collection: str, name: str) -> Record | None:
        """See `View`."""
        shelf = self._shelves.get(collection)
        return None if shelf is None else shelf.records.get(name)

    def by(self, collection: str, key: str, value: Json) -> Sequence[Record]:
        """See `View`."""
        return self._shelf(collection).by(key, value)

    def holder(self, claim: str) -> Record | None:
        """See `View`."""
        found = self._claims.get(claim)
        return None if found is None else self.get(*found)

    def filtered(
        self,
        collection: str,
        facets: Mapping[str, Values[Json]],
        before: datetime | None = None,
    ) -> Sequence[Record]:
        """See `View`."""
        return self._shelf(collection).filtered(facets, before)

    def all(self, collection: str) -> Iterable[Record]:
        """See `Records`."""
        shelf = self._shelves.get(collection)
        return () if shelf is None else shelf.records.values()

    def count(self, collection: str) -> int:
        """See `Records`."""
        shelf = self._shelves.get(collection)
        return 0 if shelf is None else len(shelf.records)

    def _shelf(self, collection: str) -> Shelf:
        shelf = self._shelves.get(collection)
        if shelf is None:
            shelf = self._shelves[collection] = Shelf(self.collections[collection])
        return shelf

    # what changes -------------------------------------------------------------------------

    def commit(self, changes: Sequence[Change], *, counted: bool = True) -> list[Touched]:
        """See `Records`."""
        prepared = checked(
            changes,
            self.collections,
            is_there=lambda key: self.get(*key) is not None,
            holder=self._claims.get,
            size=self.__len__,
            most=self._most,
        )
        touched = list(map(self._change, changes, prepared))
        if counted and any(each.before is None and each.after is not None for each in touched):
            self.number += 1
        return touched

    def _change(self, change: Change, prepared: Prepared) -> Touched:
        key = change.collection, change.id
        shelf = self._shelf(change.collection)
        number, before = shelf.order.get(change.id), None
        if number is not None:
            before = shelf.records[change.id]
            for claim in self._claimed.pop(key, ()):
                if self._claims.get(claim) == key:
                    del self._claims[claim]
        if isinstance(change, Gone):
            if before is not None:
                shelf.remove(change.id)
                self._size -= 1
            self._scheduled.pop(key, None)
            return Touched(before, None)
        if number is None:
            number = next(self._sequence)
            self._size += 1
        shelf.put(change, number, prepared.filing)
        if prepared.claims:
            self._claimed[key] = prepared.claims
            for claim in prepared.claims:
                self._claims[claim] = key
        self._schedule(key, change.progress.due)
        return Touched(before, change)

    # what is due --------------------------------------------------------------------------

    @property
    def next_due(self) -> datetime | None:
        """See `Records`."""
        while self._due:
            due, sequence, *key = self._due[0]
            if self._scheduled.get((key[0], key[1])) == (due, sequence):
                return due
            heapq.heappop(self._due)
        return None

    def next_record(self) -> Record | None:
        """See `Records`."""
        if self.next_due is None:
            return None
        return self.get(self._due[0][2], self._due[0][3])

    def _schedule(self, key: tuple[str, str], due: datetime | None) -> None:
        known = self._scheduled.get(key)
        if due is None:
            self._scheduled.pop(key, None)
        elif known is None or known[0] != due:
            entry = due, next(self._sequence)
            self._scheduled[key] = entry
            heapq.heappush(self._due, (*entry, *key))
        if len(self._due) > 2 * len(self._scheduled) + SLACK:
            self._due = [(*entry, *key) for key, entry in self._scheduled.items()]
            heapq.heapify(self._due)
