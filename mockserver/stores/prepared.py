"""What every store works out of changes before it makes any: all of them are made, or none."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from mockserver.message import Json
from mockserver.record import Change, Conflict, Full, Gone, Record
from mockserver.simulation import Collection, no_claims

Key = tuple[str, str]  # collection and id


class Filing(NamedTuple):
    """Where a record is filed by its facets.

    Attributes:
        first: Its first facet.
        others: The others.
        stamp: When it was changed, in seconds; 0.0 where its collection has no stamp.
    """

    first: Json
    others: tuple[Json, ...]
    stamp: float


class Prepared(NamedTuple):
    """What is worked out of a record before it is put in its place."""

    claims: tuple[str, ...] = ()
    filing: Filing | None = None


def prepared(kind: Collection, record: Record) -> Prepared:
    """What is worked out of a record; changes nothing."""
    data = record.data
    claims = tuple(kind.claims(record)) if kind.claims is not no_claims else ()
    if not kind.facets:
        return Prepared(claims)
    first, *others = kind.facets
    stamp = datetime.fromisoformat(data[kind.stamp]).timestamp() if kind.stamp else 0.0
    return Prepared(claims, Filing(data[first], tuple(data.get(each) for each in others), stamp))


def checked(
    changes: Sequence[Change],
    collections: Mapping[str, Collection],
    *,
    is_there: Callable[[Key], bool],
    holder: Callable[[str], Key | None],
    size: Callable[[], int],
    most: int,
) -> list[Prepared]:
    """What is worked out of all changes of one commit.

    Args:
        changes: In order.
        collections: The kinds of records, by name.
        is_there: Whether there is a record now.
        holder: Which record has made a claim.
        size: How many records there are.
        most: How many there may be.

    Raises:
        Conflict: A claim is another record's.
        Full: There would be more records than there may be.
    """
    found = []
    leaving = {(change.collection, change.id) for change in changes}
    claimed: dict[str, Key] = {}
    there: dict[Key, bool] = {}
    made = 0
    for change in changes:
        key = change.collection, change.id
        stays = isinstance(change, Record)
        made += stays - (there[key] if key in there else is_there(key))
        there[key] = stays
        if isinstance(change, Gone):
            found.append(Prepared())
            continue
        worked_out = prepared(collections[change.collection], change)
        found.append(worked_out)
        for claim in worked_out.claims:
            first = claimed.setdefault(claim, key)
            other = holder(claim)
            if first != key or (other is not None and other not in leaving):
                raise Conflict(f"{claim} belongs to {':'.join(other or first)}")
    if made > 0 and size() + made > most:
        raise Full(f"The session has {size()} records, and {most} are the most")
    return found
