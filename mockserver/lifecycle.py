"""The life cycle of a record: a literal table, and how a record goes through it.

The table says what may follow what. When it does, and with which outcome where there is a choice,
says the record's course. Everything here is a pure function of record and moment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from mockserver.clock import LATEST, Moment, instant_of, whole
from mockserver.course import Courses, Step, Timing, merged, steps_of
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
        on_demand: Whether the provider does it only where a course names the outcome.
    """

    source: str
    target: str
    by: str = ""
    does: str = ""
    guard: Guard = ALWAYS
    on_demand: bool = False


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
        tolerant: Whether a state may be tried as the outcome of a phase that does not have it,
            where a course names the phase: the provider says so, and nothing follows.
        terminal: The states in which a record stays for good; any other has a way out.
        not_before: By phase: the member of a record with the moment from which on its span counts.
        not_after: By phase: the member with the moment at which it ends at the latest.
        states: The states of the contract that the table has, in its order.
    """

    name: str
    member: str
    transitions: tuple[Transition, ...]
    phases: Mapping[str, str]
    tolerant: bool = False
    terminal: tuple[str, ...] = ()
    not_before: Mapping[str, str] = field(default_factory=dict)
    not_after: Mapping[str, str] = field(default_factory=dict)
    states: tuple[str, ...] = field(init=False)
    _provided: Mapping[str, tuple[Transition, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        provided: dict[str, tuple[Transition, ...]] = {}
        for each in self.transitions:
            if not each.by:
                provided[each.source] = (*provided.get(each.source, ()), each)
        both = (name for each in self.transitions for name in (each.source, each.target))
        states = dict.fromkeys(name for name in both if name and name not in self.phases)
        object.__setattr__(self, "_provided", provided)
        object.__setattr__(self, "states", tuple(states))

    @property
    def waited(self) -> tuple[str, ...]:
        """What a course may speak of: what the provider ends."""
        return tuple(self._provided)

    def provided(self, phase: str) -> tuple[Transition, ...]:
        """What the provider may make of a phase, the usual first."""
        return self._provided.get(phase, ())

    def outcomes(self, phase: str) -> list[str]:
        """The outcomes of a phase, the usual first; `GONE` is left out."""
        return [each.target for each in self.provided(phase) if each.target]

    def has(self, phase: str, then: str) -> bool:
        """Whether an outcome may be chosen for a phase, be it one that is only tried."""
        tried = self.tolerant and then in self.states
        return tried or any(each.target == then for each in self.provided(phase))

    def usual(self, phase: str, data: Mapping[str, Json]) -> Transition | None:
        """What the provider makes of a phase unless told otherwise, None for nothing."""
        for each in self.provided(phase):
            if not each.on_demand and each.guard.holds(data):
                return each
        return None

    def called(self, record: Record, operation: str) -> Transition | None:
        """What an operation makes of a record, None where the table does not allow it."""
        state = record.data[self.member]
        for each in self.transitions:
            if each.by == operation and each.source == state and each.guard.holds(record.data):
                return each
        return None

    def outcome(self, record: Record) -> Outcome:
        """How the phase of a record ends, as its course says.

        An outcome that the phase has for other records gives way to the usual one; but one that it
        does not have at all is tried, and does not fit, where the life cycle is tolerant.
        """
        progress, data = record.progress, record.data
        usual = self.usual(progress.phase, data)
        if progress.then:
            own = [each for each in self.provided(progress.phase) if each.target == progress.then]
            if any(each.guard.holds(data) for each in own):
                return Outcome(progress.then, progress.code, fits=True)
            if usual is None or (self.tolerant and not own):
                return Outcome(progress.then, progress.code, fits=False)
        return Outcome(usual.target if usual else GONE, progress.code, fits=usual is not None)

    def waits(self, phase: str, then: str, data: Mapping[str, Json]) -> bool:
        """Whether something ends a phase: the provider does, or the outcome is tried."""
        if self.usual(phase, data) is not None:
            return True
        return bool(then) and (
            self.tolerant
            or any(each.target == then and each.guard.holds(data) for each in self.provided(phase))
        )

    # on its course ------------------------------------------------------------------------

    def enter(self, record: Record, state: str, moment: Moment) -> Record:
        """The record in another state, with what it waits for there."""
        return self.begin(replace(record, data={**record.data, self.member: state}), state, moment)

    def begin(self, record: Record, phase: str, moment: Moment) -> Record:
        """The record waiting in a phase, from now on, as its course says.

        It waits for nothing where nothing follows by itself, and the course names no outcome that
        may be tried. An outcome that the life cycle does not know is none.
        """
        progress, data = record.progress, record.data
        number = progress.taken.get(phase, 0)
        steps = steps_of(progress.course, phase)
        step = steps[min(number, len(steps) - 1)]
        then = step.then if step.then and self._is_meant(phase, step) else ""
        due, polls = None, 0
        if self.waits(phase, then, data):
            due = self._due(record, phase, number, step, moment)
            polls = step.polls
        begun = Progress(
            progress.course,
            progress.asked,
            progress.scenarios,
            phase,
            step.timing,
            {**progress.taken, phase: number + 1},
            due,
            polls,
            then,
            step.code if then or not step.then else "",
            progress.held,
        )
        return Record(record.collection, record.id, data, begun)

    def _is_meant(self, phase: str, step: Step) -> bool:
        """Whether the outcome of a step can be one of this phase; `*` speaks of many."""
        if any(each.target == step.then for each in self.provided(phase)):
            return True
        return self.tolerant and step.named and step.then in self.states

    def _due(
        self, record: Record, phase: str, number: int, step: Step, moment: Moment
    ) -> datetime | None:
        """When time ends a phase that begins now; None for never."""
        due = None
        if step.timing is Timing.AFTER:
            span = step.after
            if step.jitter:
                drawn = moment.drawn(record.collection, record.id, phase, str(number))
                span += step.jitter * (drawn / 2**64)
            start = self._bound(self.not_before, phase, record) or moment.now
            due = whole(min(max(start, moment.now) + span, LATEST))
        latest = self._bound(self.not_after, phase, record)
        return latest if latest is not None and (due is None or latest < due) else due

    @staticmethod
    def _bound(bounds: Mapping[str, str], phase: str, record: Record) -> datetime | None:
        member = bounds.get(phase)
        text = record.data.get(member) if member is not None else None
        return instant_of(text) if text is not None else None


def proceeding(record: Record, courses: Courses) -> Record:
    """The record with the whole of these courses, at its beginning."""
    progress = Progress(courses.whole, courses.asked, courses.scenarios)
    return replace(record, progress=progress)


def steered(record: Record, courses: Courses) -> Record:
    """The record as it goes on from a call: what that says counts for what begins now.

    Over its own course goes what the session says by now; over that, what was asked for when the
    record was made, and what the call asks for.
    """
    progress = record.progress
    if not (courses.active or courses.asked):
        return record
    course = merged((progress.course, courses.active, progress.asked, courses.asked))
    scenarios = tuple(dict.fromkeys((*progress.scenarios, *courses.scenarios)))
    return replace(record, progress=replace(progress, course=course, scenarios=scenarios))


def interrupted(record: Record, moment: Moment) -> Record:
    """The record with its phase held: neither time nor reads end it until it is resumed."""
    progress = record.progress
    left_s = (progress.due - moment.now).total_seconds() if progress.due else None
    held = Held(
        progress.phase,
        progress.timing,
        left_s,
        progress.polls,
        progress.then,
        progress.code,
        progress.held,
    )
    return replace(record, progress=replace(progress, due=None, polls=0, held=held))


def resumed(record: Record, moment: Moment) -> Record:
    """The record back in the phase that was interrupted, with what was left of it."""
    progress = record.progress
    held = progress.held
    if held is None:
        return record
    due = None
    if held.left_s is not None:
        due = whole(moment.now + min(timedelta(seconds=held.left_s), LATEST - moment.now))
    return replace(
        record,
        progress=replace(
            progress,
            phase=held.phase,
            timing=held.timing,
            due=due,
            polls=held.polls,
            then=held.then,
            code=held.code,
            held=held.held,
        ),
    )


def released(record: Record) -> Record:
    """The record with nothing held: what was interrupted will not go on."""
    return replace(record, progress=replace(record.progress, held=None))


def polled(record: Record, now: datetime) -> Record:
    """The record after one more read of it; the last read that was waited for ends the phase now.

    The same record where reads do not matter.
    """
    progress = record.progress
    if not progress.polls:
        return record
    left = progress.polls - 1
    due = progress.due if left else now
    return replace(record, progress=replace(progress, polls=left, due=due))
