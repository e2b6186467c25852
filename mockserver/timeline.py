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
from mockserver.record import Conflict, Full, Record, Stopped
from mockserver.simulation import Records

ROUNDS_MAX: Final = 1_000  # of a record that goes in a circle


class Fired(NamedTuple):
    """A transition that happened by itself.

    Attributes:
        at: When it was due.
        collection: Of the record.
        id: Of the record.
        before: The phase that ended.
        after: The phase that the record is in then, None when it is no more.
        stopped: It could not happen, so the record waits for nothing from now on: it went in a
            circle (a phase begun, or phases ended at one moment, more than `ROUNDS_MAX` times),
            needed a claim of another record, or more room than there is.
        scenarios: Ids of the scenarios, and of the rules, that said how the record proceeds.
    """

    at: datetime
    collection: str
    id: str
    before: str
    after: str | None
    stopped: bool = False
    scenarios: tuple[str, ...] = ()


def settle(
    records: Records, until: datetime, moment_at: Callable[[datetime], Moment]
) -> Iterator[Fired]:
    """Let all happen that is due until a moment, what that brings about included.

    A simulation that fails is loud, but its record does not hold the session up: it waits for
    nothing any more.

    Args:
        records: Of one session.
        until: Included.
        moment_at: The moment of a transition that was due then.

    Raises:
        Stopped: A simulation failed; its record is stopped.
    """
    rounds: dict[tuple[str, str], tuple[datetime, int]] = {}
    while (due := records.next_due) is not None and due <= until:
        record = records.next_record()
        assert record is not None  # noqa: S101 - what is due is there
        key, progress = (record.collection, record.id), record.progress
        at, times = rounds.get(key, (due, 0))
        rounds[key] = due, times + 1 if at == due else 1
        if max(rounds[key][1], progress.taken.get(progress.phase, 0)) > ROUNDS_MAX:
            yield stop(records, record, due)
            continue
        try:
            fired = step(records, record, moment_at(due))
        except (Conflict, Full):
            fired = stop(records, record, due)
        except Exception as error:
            stop(records, record, due)
            text = f"the end of {record.progress.phase} of {record.collection} {record.id} failed"
            raise Stopped(text) from error
        yield fired


def step(records: Records, record: Record, moment: Moment) -> Fired:
    """End the phase of a record now; raises `Conflict` or `Full`, as `Records.commit` does.

    Args:
        records: Of one session.
        record: As it is there, or with another outcome.
        moment: Now.
    """
    elapse = records.collections[record.collection].elapse
    assert elapse is not None  # noqa: S101 - only what has a lifecycle waits
    records.commit(elapse(records, record, moment))
    after = records.get(record.collection, record.id)
    return _fired(record, moment.now, after)


def stop(records: Records, record: Record, due: datetime) -> Fired:
    """Let a record wait for nothing any more."""
    waiting = replace(record, progress=replace(record.progress, due=None, polls=0))
    records.commit([waiting])
    return _fired(record, due, waiting)._replace(stopped=True)


def _fired(before: Record, at: datetime, after: Record | None) -> Fired:
    phase = after.progress.phase if after is not None else None
    progress = before.progress
    return Fired(
        at,
        before.collection,
        before.id,
        progress.phase,
        phase,
        scenarios=progress.scenarios,
    )
