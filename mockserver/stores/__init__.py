"""Where records live; simulations do not know."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from mockserver.record import Change, Record, Touched, View
from mockserver.simulation import Collection


class Store(View, Protocol):
    """Where the records of one session live.

    Attributes:
        collections: The kinds of records that there may be, by name.
        number: What the next commit that makes records is counted as; from 1.
    """

    collections: Mapping[str, Collection]
    number: int

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
