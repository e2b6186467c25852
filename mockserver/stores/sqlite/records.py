"""Records of one session in an SQLite file.

Each look-up costs what it finds: there is an index for ids, keys, claims, due times and facets.
Records that were read are kept decoded until another process writes.
"""

from collections.abc import Collection as Values
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from mockserver.codec import decode_record, encode_record
from mockserver.message import Json
from mockserver.record import Change, Gone, Record, Touched
from mockserver.simulation import Collection
from mockserver.stores.prepared import Key, Prepared, checked
from mockserver.stores.sqlite.database import Database

CACHED_MAX: Final = 1_000  # records that a process keeps decoded for a session
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
Filed = tuple[str | None, str | None, float | None]  # its facets and stamp, as they are stored
NOWHERE: Final[Filed] = (None, None, None)
PORTION: Final = 100  # records that are read at once where all are asked for


class SqliteRecords:
    """See `Records`.

    Args:
        database: The file.
        session: Its id there.
        collections: The kinds of records that there may be, by name.
        most: How many records there may be.

    Attributes:
        collections: By name.
    """

    def __init__(
        self,
        database: Database,
        session: int,
        collections: Mapping[str, Collection],
        most: int,
    ) -> None:
        self.collections = collections
        self._database = database
        self._session = session
        self._most = most
        self._generation = -1
        self._read: dict[Key, Record | None] = {}
        self._due: tuple[datetime | None] | None = None  # as far as it is known
        self._number: int | None = None  # the same

    def _fresh(self) -> None:
        """Forget what another process may have changed."""
        if self._generation != self._database.generation or len(self._read) > CACHED_MAX:
            self._generation = self._database.generation
            self._read.clear()
            self._due = self._number = None

    @property
    def number(self) -> int:
        """See `Records`."""
        self._fresh()
        if self._number is None:
            made = self._database.one("SELECT made FROM sessions WHERE id = ?", self._session)
            self._number = 1 + (made or 0)
        return self._number

    def clear(self) -> None:
        """See `Records`."""
        for table in ("records", "sizes", "keys", "claims"):
            self._database.run(f"DELETE FROM {table} WHERE session = ?", self._session)  # noqa: S608 - a literal
        self._database.run("UPDATE sessions SET made = 0 WHERE id = ?", self._session)
        self._read.clear()
        self._due = self._number = None

    def __len__(self) -> int:
        """See `Records`."""
        size = "SELECT sum(size) FROM sizes WHERE session = ?"
        return self._database.one(size, self._session) or 0

    # what simulations see -----------------------------------------------------------------

    def get(self, collection: str, name: str) -> Record | None:
        """See `View`."""
        self._fresh()
        key = collection, name
        if key not in self._read:
            found = self._database.one(
                "SELECT record FROM records WHERE session = ? AND collection = ? AND id = ?",
                self._session,
                collection,
                name,
            )
            self._read[key] = None if found is None else decode_record(found)
        return self._read[key]

    def by(self, collection: str, key: str, value: Json) -> Sequence[Record]:
        """See `View`."""
        return self._found(
            "SELECT records.collection, id, records.record "
            "FROM keys JOIN records ON key = keys.record "
            "WHERE keys.session = ? AND keys.collection = ? AND keys.name = ? AND value = ? "
            "ORDER BY key",
            collection,
            key,
            _text(value),
        )

    def holder(self, claim: str) -> Record | None:
        """See `View`."""
        found = self._found(
            "SELECT records.collection, id, records.record "
            "FROM claims JOIN records ON key = claims.record "
            "WHERE claims.session = ? AND claim = ?",
            claim,
        )
        return found[0] if found else None

    def filtered(
        self,
        collection: str,
        facets: Mapping[str, Values[Json]],
        before: datetime | None = None,
    ) -> Sequence[Record]:
        """See `View`."""
        self._fresh()
        first, *others = self.collections[collection].facets
        wanted = [
            (place, set(map(_text, facets[name])))
            for place, name in enumerate(others)
            if name in facets
        ]
        limit = float("inf") if before is None else before.timestamp()
        rows: list[Any] = []
        for value in dict.fromkeys(map(_text, facets[first])):
            for others_text in self._buckets(collection, value):
                values = list(map(_text, orjson.loads(others_text)))
                if all(values[place] in allowed for place, allowed in wanted):
                    rows += self._database.run(
                        "SELECT key, collection, id, record FROM records WHERE session = ? AND "
                        "collection = ? AND first_facet = ? AND other_facets = ? AND stamp < ?",
                        self._session,
                        collection,
                        value,
                        others_text,
                        limit,
                    )
        rows.sort(key=lambda row: row[0])
        return [self._decoded(*row[1:]) for row in rows]

    def _buckets(self, collection: str, first: str) -> Iterator[str]:
        """The other facets that records with this first one have; one look-up for each."""
        found: str | None = ""
        while True:
            found = self._database.one(
                "SELECT min(other_facets) FROM records WHERE session = ? AND collection = ? "
                "AND first_facet = ? AND other_facets > ?",
                self._session,
                collection,
                first,
                found,
            )
            if found is None:
                return
            yield found

    def all(self, collection: str) -> Iterable[Record]:
        """See `Records`: in portions, so that nothing is left half read."""
        after = 0
        while True:
            self._fresh()
            rows = self._database.run(
                "SELECT key, id, record FROM records WHERE session = ? AND collection = ? "
                "AND key > ? ORDER BY key LIMIT ?",
                self._session,
                collection,
                after,
                PORTION,
            ).fetchall()
            if not rows:
                return
            for after, name, encoded in rows:  # noqa: B007 - the last one is where to go on
                yield self._decoded(collection, name, encoded)

    def count(self, collection: str) -> int:
        """See `Records`."""
        size = "SELECT size FROM sizes WHERE session = ? AND collection = ?"
        return self._database.one(size, self._session, collection) or 0

    def _found(self, statement: str, *values: str) -> Sequence[Record]:
        self._fresh()
        return [
            self._decoded(*row) for row in self._database.run(statement, self._session, *values)
        ]

    def _decoded(self, collection: str, name: str, encoded: bytes) -> Record:
        """A record that was found, decoded once."""
        key = collection, name
        known = self._read.get(key)
        if known is None:
            known = self._read[key] = decode_record(encoded)
        return known

    # what changes -------------------------------------------------------------------------

    def commit(self, changes: Sequence[Change], *, counted: bool = True) -> list[Touched]:
        """See `Records`."""
        prepared = checked(
            changes,
            self.collections,
            is_there=lambda key: self.get(*key) is not None,
            holder=self._holder,
            size=self.__len__,
            most=self._most,
        )
        touched = list(map(self._change, changes, prepared))
        if counted and any(each.before is None and each.after is not None for each in touched):
            made = "UPDATE sessions SET made = made + 1 WHERE id = ?"
            self._database.run(made, self._session)
            self._number = None
        return touched

    def _holder(self, claim: str) -> Key | None:
        found = self.holder(claim)
        return None if found is None else (found.collection, found.id)

    def _change(self, change: Change, prepared: Prepared) -> Touched:
        key = change.collection, change.id
        before = self.get(*key)
        self._due = None
        if isinstance(change, Gone):
            if before is not None:
                self._remove(before)
            self._read[key] = None
            return Touched(before, None)
        filing = prepared.filing
        filed = (
            (_text(filing.first), _text(list(filing.others)), filing.stamp) if filing else NOWHERE
        )
        if before is None:
            self._insert(change, filed, prepared.claims)
        else:
            self._update(before, change, filed, prepared.claims)
        self._read[key] = change
        return Touched(before, change)

    def _insert(self, record: Record, filed: Filed, claims: Iterable[str]) -> None:
        """Put a record in its place that is new."""
        due = _microseconds(record.progress.due)
        made = self._database.run(
            "INSERT INTO records (session, collection, id, record, due, due_sequence, first_facet, "
            "other_facets, stamp) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            self._session,
            record.collection,
            record.id,
            encode_record(record),
            due,
            None if due is None else self._database.next_due(),
            *filed,
        )
        number = made.lastrowid or 0
        self._resize(record.collection, 1)
        self._link(number, record)
        self._claim(number, claims)

    def _update(self, before: Record, after: Record, filed: Filed, claims: Iterable[str]) -> None:
        """Put another version of a record in its place."""
        number: int = self._database.one(
            "UPDATE records SET record = ?, first_facet = ?, other_facets = ?, stamp = ? "
            "WHERE session = ? AND collection = ? AND id = ? RETURNING key",
            encode_record(after),
            *filed,
            self._session,
            after.collection,
            after.id,
        )
        due = after.progress.due
        if due != before.progress.due:
            self._database.run(
                "UPDATE records SET due = ?, due_sequence = ? WHERE key = ?",
                _microseconds(due),
                None if due is None else self._database.next_due(),
                number,
            )
        if any(before.data.get(name) != after.data.get(name) for name in self._keys(after)):
            self._unlink(number, before)
            self._link(number, after)
        self._unclaim(number)
        self._claim(number, claims)

    def _remove(self, record: Record) -> None:
        number: int = self._database.one(
            "DELETE FROM records WHERE session = ? AND collection = ? AND id = ? RETURNING key",
            self._session,
            record.collection,
            record.id,
        )
        self._unlink(number, record)
        self._unclaim(number)
        self._resize(record.collection, -1)

    def _resize(self, collection: str, by: int) -> None:
        self._database.run(
            "INSERT INTO sizes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET size = size + ?",
            self._session,
            collection,
            by,
            by,
        )

    def _claim(self, number: int, claims: Iterable[str]) -> None:
        """Let a record have these claims; one that another record gives up comes over."""
        for claim in claims:
            self._database.run(
                "INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", self._session, claim, number
            )

    def _unclaim(self, number: int) -> None:
        self._database.run("DELETE FROM claims WHERE record = ?", number)

    def _keys(self, record: Record) -> Sequence[str]:
        return self.collections[record.collection].keys

    def _link(self, number: int, record: Record) -> None:
        for name in self._keys(record):
            value = record.data.get(name)
            if value is not None:
                self._database.run(
                    "INSERT INTO keys VALUES (?, ?, ?, ?, ?)",
                    self._session,
                    record.collection,
                    name,
                    _text(value),
                    number,
                )

    def _unlink(self, number: int, record: Record) -> None:
        for name in self._keys(record):
            value = record.data.get(name)
            if value is not None:
                self._database.run(
                    "DELETE FROM keys WHERE session = ? AND collection = ? AND name = ? "
                    "AND value = ? AND record = ?",
                    self._session,
                    record.collection,
                    name,
                    _text(value),
                    number,
                )

    # what is due --------------------------------------------------------------------------

    @property
    def next_due(self) -> datetime | None:
        """See `Records`."""
        self._fresh()
        if self._due is None:
            due = self._database.one(
                "SELECT due FROM records WHERE session = ? AND due IS NOT NULL "
                "ORDER BY due, due_sequence LIMIT 1",
                self._session,
            )
            self._due = (None if due is None else EPOCH + due * MICROSECOND,)
        return self._due[0]

    def next_record(self) -> Record | None:
        """See `Records`."""
        found = self._found(
            "SELECT collection, id, record FROM records WHERE session = ? AND due IS NOT NULL "
            "ORDER BY due, due_sequence LIMIT 1"
        )
        return found[0] if found else None


def _text(value: Json) -> str:
    """A value as text, the same for values that are equal."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _microseconds(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // MICROSECOND
