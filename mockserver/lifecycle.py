"""The life cycle of a record: a literal table, and how a record goes through it.

The table says what may follow what. When it does, and with which outcome where there is a choice,
says the record's course. Everything here is a pure function of record and moment.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from typing import Final, NamedTuple

from mockserver.clock import Moment
from mockserver.course import Course, Timing, steps_of
from mockserver.message import Json
from mockserver.record import Held, Progress, Record

GONE: Final = ""  # what follows where a record ends: it is no more
NEW: Final = ""  # where a record comes from


class Guard(NamedTuple):
    """A condition on a record's data, and how it is said."""

    text: str
    holds: Callable[[Mapping[str, Json]], bool]


ALWAYS: Final = Guard("", lambda _data: True)


class Transition(NamedTuple):
    """One line of a table.

    Attributes:
        source: The state or phase it starts from, `NEW` for none.
        target: What it leads to: a state, an outcome such as FAILED, or `GONE`.
        by: The operation that brings it about; "" for the provider, as the course says.
        does: What the provider does, in words; "" for an operation.
        guard: For which records it is.
    """

    source: str
    target: str
    by: str = ""
    does: str = ""
    guard: Guard = ALWAYS


class Outcome(NamedTuple):
    """How a phase ended.

    Attributes:
        target: What follows.
        code: Of the outcome, "" for the usual one.
        fits: Whether the table has it.
    """

    target: str
    code: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """A table of transitions.

    Attributes:
        name: For people: "A request at TESA".
        member: Of a record's data: where its state stands.
        transitions: The table. Of several that the provider may take the first is the usual one.
        phases: What a record may wait in, or an outcome may be, beside the states of the contract,
            with what it means.
        tolerant: Whether an outcome that the table does not have may be tried where a course names
            the phase: the provider says so, and nothing follows.
        terminal: The states in which a record stays for good; any other has a way out.
    """

    name: str
    member: str
    transitions: tuple[Transition, ...]
    phases: Mapping[str, str]
    tolerant: bool = False
    terminal: tuple[str, ...] = ()

    @property
    def states(self) -> tuple[str, ...]:
        """The states of the contract that the table has, in its order."""
        both = (name for each in self.transitions for name in (each.source, each.target))
        return tuple(dict.fromkeys(name for name in both if name and name not in self.phases))

    @property
    def waited(self) -> tuple[str, ...]:
        """What a course may speak of: what the provider ends."""
        return tuple(dict.fromkeys(each.source for each in self.transitions if not each.by))

    def outcomes(self, phase: str) -> list[str]:
        """What the provider may make of a phase, the usual first; `GONE` is left out."""
        return [each.target for each in self._provided(phase) if each.target]

    def _provided(self, phase: str) -> Iterator[Transition]:
        return (each for each in self.transitions if each.source == phase and not each.by)

    def usual(self, record: Record) -> Transition | None:
        """What the provider makes of a record's phase unless told otherwise, None for nothing."""
        held = self._provided(record.progress.phase)
        return next((each for each in held if each.guard.holds(record.data)), None)

    def called(self, record: Record, operation: str) -> Transition | None:
        """What an operation makes of a record, None where the table does not allow it."""
        state = record.data[self.member]
        for each in self.transitions:
            if each.by == operation and each.source == state and each.guard.holds(record.data):
                return each
        return None

    def outcome(self, record: Record) -> Outcome:
        """How the phase of a record ends, as its course says.

        An outcome that the phase does not have, or has for other records, gives way to the usual
        one; but one that it does not have is tried, and does not fit, where the life cycle is
        tolerant.
        """
        progress = record.progress
        usual = self.usual(record)
        if progress.then:
            own = [each for each in self._provided(progress.phase) if each.target == progress.then]
            if any(each.guard.holds(record.data) for each in own):
                return Outcome(progress.then, progress.code, fits=True)
            if usual is None or (self.tolerant and not own):
                return Outcome(progress.then, progress.code, fits=False)
        return Outcome(usual.target if usual else GONE, progress.code, fits=usual is not None)

    def _tries(self, record: Record) -> bool:
        """Whether the course wants an outcome though it is not for this record."""
        phase, then = record.progress.phase, record.progress.then
        if self.tolerant and then and phase in record.progress.course:
            return True
        return any(each.target == then for each in self._provided(phase)) if then else False

    # on its course ------------------------------------------------------------------------

    def enter(self, record: Record, state: str, moment: Moment) -> Record:
        """The record in another state, with what it waits for there."""
        return self.begin(replace(record, data={**record.data, self.member: state}), state, moment)

    def begin(self, record: Record, phase: str, moment: Moment) -> Record:
        """The record waiting in a phase, from now on, as its course says.

        It waits for nothing where nothing follows by itself, and the course names no outcome that
        may be tried.
        """
        progress = record.progress
        number = progress.taken.get(phase, 0)
        steps = steps_of(progress.course, phase)
        step = steps[min(number, len(steps) - 1)]
        begun = replace(
            progress,
            phase=phase,
            taken={**progress.taken, phase: number + 1},
            due=None,
            polls=0,
            then=step.then,
            code=step.code,
        )
        waiting = replace(record, progress=begun)
        if self.usual(waiting) is None and not self._tries(waiting):
            return waiting
        if step.timing is Timing.AFTER:
            drawn = _fraction(moment.seed, record.collection, record.id, phase, str(number))
            due = moment.now + step.after + step.jitter * drawn
            return replace(record, progress=replace(begun, due=due))
        if step.timing is Timing.POLLS:
            return replace(record, progress=replace(begun, polls=step.polls))
        return waiting


def proceeding(record: Record, course: Course) -> Record:
    """The record with this course, at its beginning."""
    return replace(record, progress=Progress(course))


def interrupted(record: Record, moment: Moment) -> Record:
    """The record with its phase held: neither time nor reads end it until it is resumed."""
    progress = record.progress
    left_s = (progress.due - moment.now).total_seconds() if progress.due else None
    held = Held(progress.phase, left_s, progress.polls, progress.then, progress.code)
    return replace(record, progress=replace(progress, due=None, polls=0, held=held))


def resumed(record: Record, moment: Moment) -> Record:
    """The record back in the phase that was interrupted, with what was left of it."""
    progress = record.progress
    held = progress.held
    if held is None:
        return record
    due = moment.now + timedelta(seconds=held.left_s) if held.left_s is not None else None
    return replace(
        record,
        progress=replace(
            progress,
            phase=held.phase,
            due=due,
            polls=held.polls,
            then=held.then,
            code=held.code,
            held=None,
        ),
    )


def released(record: Record) -> Record:
    """The record with nothing held: what was interrupted will not go on."""
    return replace(record, progress=replace(record.progress, held=None))


def polled(record: Record, moment: Moment) -> Record:
    """The record after one more read of it; the last read that was waited for ends the phase now.

    The same record where reads do not matter.
    """
    progress = record.progress
    if not progress.polls:
        return record
    left = progress.polls - 1
    due = progress.due if left else moment.now
    return replace(record, progress=replace(progress, polls=left, due=due))


def _fraction(seed: int, *names: str) -> float:
    """A number from 0 up to 1, the same for the same seed and names."""
    digest = blake2b("\0".join((str(seed), *names)).encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
