"""What a session remembers: records in collections, and how they are looked up.

A record is a value: what changes is put in its place.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from mockserver.course import Course, Timing
from mockserver.message import Json

SEPARATOR: Final = ":"  # between the members of an identity


class Held(NamedTuple):
    """A phase that was interrupted, to be resumed with what was left of it.

    Attributes:
        phase: Which one.
        timing: What it waits for.
        left_s: Seconds that were left of it, None where time does not end it.
        polls: Reads that were left.
        then: As in `Progress`.
        code: As in `Progress`.
        held: What it had interrupted itself, None for nothing.
    """

    phase: str
    timing: Timing
    left_s: float | None
    polls: int
    then: str
    code: str
    held: "Held | None"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a record is on its course.

    Attributes:
        course: How it proceeds; copied when the record was made.
        asked: Of that, what the request named that made the record: it stays with it.
        scenarios: Ids of the scenarios, and of the rules, that said how it proceeds.
        phase: What it waits in, "" for nothing.
        timing: What the phase waits for, as the course said when it began.
        taken: How often each phase was begun.
        due: When the phase ends, None where time does not end it.
        polls: How many reads of the record end the phase, 0 where reads do not.
        then: The outcome that was chosen, "" for the usual one.
        code: Of the outcome, "" for the usual one.
        held: The phase that this one interrupted, None for none.
    """

    course: Course = field(default_factory=dict)
    asked: Course = field(default_factory=dict)
    scenarios: tuple[str, ...] = ()
    phase: str = ""
    timing: Timing = Timing.INHERITED
    taken: Mapping[str, int] = field(default_factory=dict)
    due: datetime | None = None
    polls: int = 0
    then: str = ""
    code: str = ""
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that a session remembers.

    Attributes:
        collection: Of which kind it is.
        id: Unique in its collection; what its identity says, joined by colons.
        data: What it is: JSON of the shape of its collection's schema.
        progress: Where it is on its course.
    """

    collection: str
    id: str
    data: Mapping[str, Json]
    progress: Progress = Progress()


class Gone(NamedTuple):
    """A record that is to be no more."""

    collection: str
    id: str


Change = Record | Gone


class View(Protocol):
    """What a simulation sees of a session's records; nothing here changes them."""

    def get(self, collection: str, name: str) -> Record | None:
        """The record with this id, None for none."""

    def by(self, collection: str, key: str, value: Json) -> Sequence[Record]:
        """The records with this value of a key of their collection, oldest first."""

    def holder(self, claim: str) -> Record | None:
        """The record that has made a unique claim, None for none."""

    def filtered(
        self,
        collection: str,
        facets: Mapping[str, Collection[Json]],
        before: datetime | None = None,
    ) -> Sequence[Record]:
        """The records whose facets are among the given values, oldest first.

        Args:
            collection: One with facets; its first facet has to be asked for.
            facets: What is allowed, by member; others may be anything.
            before: Only records whose stamp is earlier than this.
        """


class Conflict(Exception):  # noqa: N818 - what a decision asks for, not a failure of ours
    """A claim that another record has made already."""


class Full(Exception):  # noqa: N818 - a ceiling, not a failure of ours
    """The session has as many records as it may have."""


class Stopped(Exception):  # noqa: N818 - what follows from a failure, and stays
    """A simulation failed, which is its cause; its record waits for nothing any more."""


class Touched(NamedTuple):
    """What a commit did to one record; None for one that was not there, or is no more."""

    before: Record | None
    after: Record | None


def identified(*values: Json) -> str:
    """The id that the values of an identity make: `masmovil:ACC_123456`.

    A colon and a percent sign inside a value are percent-encoded, so that no two identities make
    the same id.
    """
    return SEPARATOR.join(map(_part, values))


def _part(value: Json) -> str:
    text = str(value)
    if SEPARATOR in text or "%" in text:
        return text.replace("%", "%25").replace(SEPARATOR, "%3A")
    return text
