"""What a simulation is: an API's behaviour as pure functions over records.

A module in `mockserver.simulations` says which operations it answers, and of which kinds its
records are:

    SERVES = {"authn-v1": {"createToken": create_token, ...}}
    COLLECTIONS = (Collection("tesa-requests", ...),)

There is no registry to edit: the modules of the folder are the registry. A simulation reads the
request, the records and the moment, and returns a decision as data; it never does I/O, never asks
the time, and never changes a record.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from mockserver.clock import Moment, instant_of, stamp
from mockserver.course import Courses
from mockserver.lifecycle import Lifecycle, proceeding
from mockserver.message import Header, Json, Request
from mockserver.record import Change, Progress, Record, Touched, View, identified

STATELESS = Progress()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a simulation wants to be answered, and remembered.

    Attributes:
        status: HTTP status, a documented one.
        content: The body before it is encoded; None where the status has none.
        headers: Beside the content type.
        changes: Records as they are from now on; all or none.
    """

    status: int
    content: Json
    headers: tuple[Header, ...] = ()
    changes: Sequence[Change] = ()


Decide = Callable[[View, Request, Moment], Decision]
Complete = Callable[[Mapping[str, Json], Moment], Mapping[str, Json]]
Elapse = Callable[[View, Record, Moment], Sequence[Change]]


@dataclass(frozen=True, slots=True)
class Poll:
    """An operation that reads one record: the read is counted before it is answered.

    Attributes:
        subject: The record that a request reads, None where there is none.
        decide: The answer.
    """

    subject: Callable[[View, Request], Record | None]
    decide: Decide


def no_claims(_record: Record) -> Iterable[str]:
    """No record has anything to itself."""
    return ()


def _as_given(data: Mapping[str, Json], _moment: Moment) -> Mapping[str, Json]:
    return data


def _as_begun(record: Record, _moment: Moment) -> Record:
    return record


@dataclass(frozen=True, slots=True)
class Collection:
    """Records of one kind: what is declared here is all that a store has to know of them.

    Attributes:
        name: Unique; part of URLs and a key of `given`.
        summary: What one of its records is.
        apis: Whose records these are, by stem; empty for those of all. The default course of the
            first is that of records from outside.
        schema: JSON Schema (2020-12) of the data, for what comes from outside.
        identity: The members that make the id.
        keys: Members by which records are looked up.
        facets: Members with few values, by which lists filter; the first is always given.
        stamp: Member with the moment of the last change, by which facets are filtered; "" for none.
        claims: What a record has to itself among all records, as texts.
        lifecycle: Of its records, None where they have none.
        elapse: What happens when a phase of a record ends.
        completed: The data of a record from outside, with what its author need not write.
        settled: A record from outside in the phase that its data say, where that is not its state.
    """

    name: str
    summary: str
    apis: tuple[str, ...]
    schema: Json
    identity: tuple[str, ...]
    keys: tuple[str, ...] = ()
    facets: tuple[str, ...] = ()
    stamp: str = ""
    claims: Callable[[Record], Iterable[str]] = no_claims
    lifecycle: Lifecycle | None = None
    elapse: Elapse | None = None
    completed: Complete = _as_given
    settled: Callable[[Record, Moment], Record] = _as_begun

    def id_of(self, data: Mapping[str, Json]) -> str:
        """The id of a record with this data."""
        return identified(*(data[name] for name in self.identity))

    def record(self, data: Mapping[str, Json], progress: Progress = STATELESS) -> Record:
        """A record of this collection."""
        return Record(self.name, self.id_of(data), data, progress)

    def numbered(self, view: View, moment: Moment, identity: Mapping[str, str]) -> dict[str, str]:
        """An identity that no record has: the last member goes on with the session's next number.

        Args:
            view: The records of the session.
            moment: Now.
            identity: Of which the last member is its beginning: `{"reference_id": "TESA-"}`.
        """
        *_, (name, prefix) = identity.items()
        for number in itertools.count(moment.number):
            found = {**identity, name: f"{prefix}{moment.tag}{number:06}"}
            if view.get(self.name, self.id_of(found)) is None:
                return found
        raise AssertionError  # pragma: no cover - counting does not end

    def made(self, data: Mapping[str, Json], moment: Moment) -> Record:
        """A new record that begins its life: in the state that its data has, on its course."""
        return self._begun(proceeding(self.record(data), moment.courses), moment)

    def adopted(self, data: Mapping[str, Json], courses: Courses, moment: Moment) -> Record:
        """A record that comes from outside, on the whole of these courses.

        `data` is of the schema's shape. Its moments are kept as the double writes them, whatever
        form of RFC 3339 they have.
        """
        record = self.record(self.completed({**data, **dict(self._moments(data))}, moment))
        return self.settled(self._begun(proceeding(record, courses), moment), moment)

    def _moments(self, data: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
        """The members with a moment, as texts that can be compared."""
        for name, node in self.schema.get("properties", {}).items():
            if name in data and node.get("format") == "date-time":
                instant = instant_of(data[name])
                if instant is not None:
                    yield name, stamp(instant)

    def _begun(self, record: Record, moment: Moment) -> Record:
        if self.lifecycle is None:
            return replace(record, progress=STATELESS)
        return self.lifecycle.begin(record, record.data[self.lifecycle.member], moment)


class Records(View, Protocol):
    """The records of one session.

    Attributes:
        collections: The kinds of records that there may be, by name.
    """

    collections: Mapping[str, Collection]

    @property
    def number(self) -> int:
        """What the next commit that makes records is counted as; from 1."""

    def clear(self) -> None:
        """Forget everything, and count anew."""

    def __len__(self) -> int:
        """How many records there are."""

    def all(self, collection: str) -> Iterable[Record]:
        """The records of a collection, oldest first."""

    def count(self, collection: str) -> int:
        """How many records a collection has."""

    def commit(self, changes: Sequence[Change], *, counted: bool = True) -> Sequence[Touched]:
        """Do all changes or none; what each did.

        Args:
            changes: In order.
            counted: Whether `number` goes on where a record is made; not for what is put in from
                outside, so that the first that is made by a request is the first.

        Raises:
            Conflict: A claim is another record's.
            Full: There would be more records than there may be.
        """

    @property
    def next_due(self) -> datetime | None:
        """When the next phase of a record ends by itself, None for never."""

    def next_record(self) -> Record | None:
        """The record of `next_due`; of several the one that got its due time first."""
