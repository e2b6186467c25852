"""What is due happens: phases that have ended, in the order of (due time, sequence).

There is no task in the background and nothing sleeps: whoever looks at a session lets first happen
what is due by its clock. Each transition is stamped with the moment it was due, not with the moment
somebody looked.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from mockserver.clock import Moment
from mockserver.record import Record
from mockserver.stores.memory import Conflict, Full, Memory, Touched

SAME_MAX: Final = 10_000  # transitions of one record at one moment: it goes round in a circle


class Fired(NamedTuple):
    """A transition that happened by itself.

    Attributes:
        at: When it was due.
        before: The record as it was.
        after: As it is then, None when it is no more.
        stopped: It could not happen, so the record waits from now on: it went round in a circle
            without time passing, needed a claim of another record, or more room than there is.
    """

    at: datetime
    before: Record
    after: Record | None
    stopped: bool = False


def settle(
    records: Memory, until: datetime, moment_at: Callable[[datetime], Moment]
) -> Iterator[Fired]:
    """Let all happen that is due until a moment, what that brings about included.

    Args:
        records: Of one session.
        until: Included.
        moment_at: The moment of a transition that was due then.
    """
    rounds: dict[tuple[str, str], tuple[datetime, int]] = {}
    while (due := records.next_due) is not None and due <= until:
        record = records.next_record()
        assert record is not None  # noqa: S101 - what is due is there
        key = record.collection, record.id
        at, times = rounds.get(key, (due, 0))
        rounds[key] = due, times + 1 if at == due else 1
        if rounds[key][1] > SAME_MAX:
            yield stop(records, record, due)
        else:
            try:
                fired = step(records, record, moment_at(due))
            except (Conflict, Full):
                fired = stop(records, record, due)
            yield fired


def step(records: Memory, record: Record, moment: Moment) -> Fired:
    """End the phase of a record now; raises `Conflict` or `Full`, as `Memory.commit` does."""
    elapse = records.collections[record.collection].elapse
    assert elapse is not None  # noqa: S101 - only what has a lifecycle waits
    touched = records.commit(elapse(records, record, moment))
    return Fired(moment.now, record, _after(touched, record))


def stop(records: Memory, record: Record, due: datetime) -> Fired:
    """Let a record wait for nothing any more."""
    waiting = replace(record, progress=replace(record.progress, due=None, polls=0))
    records.commit([waiting])
    return Fired(due, record, waiting, stopped=True)


def _after(touched: list[Touched], record: Record) -> Record | None:
    for each in touched:
        if each.before is record:
            return each.after
    return record
