"""How lifecycles proceed, as scenarios say it: data, merged once and copied into each record.

    VALIDATING: {after: 2h, then: INCIDENCE_OPERATOR, code: I001}
    PROCESSING: [{after: 1d, then: INCIDENCE_TESA}, {after: 2d}]      one for each time
    "*": at once                                                      every other phase

A phase is what a record waits in: a state of its lifecycle, or an operation that is carried out
later. What follows a phase is the lifecycle's; a course says when, and with which outcome.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from mockserver.span import span_of, written

EVERY: Final = "*"


class Timing(StrEnum):
    """What a step waits for."""

    AFTER = "after"
    POLLS = "polls"
    BY_HAND = "by hand"
    NEVER = "never"
    INHERITED = ""


@dataclass(frozen=True, slots=True)
class Step:
    """How a phase is left.

    Attributes:
        timing: What is waited for; `INHERITED` takes that of the course beneath.
        after: The span, where time is waited for.
        jitter: The span is longer by up to this, by the session's seed.
        polls: The reads of the record, where those are waited for.
        then: The outcome, "" for the usual one.
        code: Of the outcome, such as an issue code; "" for the usual one.
        named: Whether the course names the phase that has the outcome; `*` names none.
    """

    timing: Timing = Timing.INHERITED
    after: timedelta = timedelta(0)
    jitter: timedelta = timedelta(0)
    polls: int = 0
    then: str = ""
    code: str = ""
    named: bool = True

    def on(self, beneath: "Step") -> "Step":
        """This step with the timing of the one `beneath` where it has none of its own."""
        if self.timing is not Timing.INHERITED:
            return self
        if beneath.timing is Timing.NEVER:  # what never ends has no outcome
            return beneath
        return replace(beneath, then=self.then, code=self.code, named=self.named)


AT_ONCE: Final = Step(Timing.AFTER)
Course = Mapping[str, tuple[Step, ...]]
STILL: Final[Course] = {}  # says nothing: all is at once


class Courses(NamedTuple):
    """How lifecycles proceed that a request begins or goes on with.

    Attributes:
        whole: Of a record that is made: what defaults, session and request say, merged.
        active: Of that, what the session says by now.
        asked: Of that, what the request names.
        scenarios: Ids of the scenarios, and of the rules, that say it, less the defaults.
    """

    whole: Course = STILL
    active: Course = STILL
    asked: Course = STILL
    scenarios: tuple[str, ...] = ()


def course_of(node: Mapping[str, Any]) -> Course:
    """A course from a node of the shape of the scenario schema, checked."""
    return {
        phase: tuple(map(_step, steps if isinstance(steps, list) else [steps]))
        for phase, steps in node.items()
    }


def _step(node: Any) -> Step:
    if node == "at once":
        return AT_ONCE
    if isinstance(node, str):
        return Step(Timing(node))
    outcome = {"then": node.get("then", ""), "code": node.get("code", "")}
    if "by" in node:
        return Step(Timing.BY_HAND, **outcome)
    if "polls" in node:
        return Step(Timing.POLLS, polls=node["polls"], **outcome)
    if "after" in node:
        after, jitter = span_of(node["after"]), span_of(node.get("jitter", "0s"))
        return Step(Timing.AFTER, after, jitter, **outcome)
    return Step(**outcome)


def merged(courses: Iterable[Course]) -> Course:
    """One course of several, the weakest first: what a later one says of a phase counts.

    The `*` of a course speaks for every phase that this course does not name. A timing that none of
    them gives stays open, so that what is merged may be merged again.
    """
    found: Course = STILL
    for course in courses:
        found = _on(found, course) if course else found
    return found


def _on(beneath: Course, above: Course) -> Course:
    found: dict[str, tuple[Step, ...]] = {}
    for phase in dict.fromkeys((*beneath, *above)):
        steps, under = _of(above, phase), _of(beneath, phase)
        found[phase] = tuple(_over(under, steps)) if steps and under else steps or under
    return found


def _of(course: Course, phase: str) -> tuple[Step, ...]:
    """What a course says of a phase, by its name or by `*`; () for nothing."""
    if phase in course:
        return course[phase]
    steps = course.get(EVERY, ())
    return tuple(replace(step, named=False) if step.then else step for step in steps)


def _over(under: Sequence[Step], steps: Sequence[Step]) -> Iterator[Step]:
    """Steps on those beneath, time by time."""
    open_ended = steps[-1].timing is Timing.INHERITED
    for number in range(max(len(steps), len(under)) if open_ended else len(steps)):
        yield _nth(steps, number).on(_nth(under, number))


def _nth(steps: Sequence[Step], number: int) -> Step:
    return steps[min(number, len(steps) - 1)]


def steps_of(course: Course, phase: str) -> tuple[Step, ...]:
    """The steps by which a phase is left, one for each time; the last one for all further times.

    Where the course gives no timing, it is left at once.
    """
    return tuple(step.on(AT_ONCE) for step in _of(course, phase) or (AT_ONCE,))


def course_record(course: Course) -> dict[str, Any]:
    """A course as a scenario file would have it."""
    return {phase: _records(steps) for phase, steps in course.items()}


def _records(steps: Sequence[Step]) -> Any:
    records = [_record(step) for step in steps]
    return records[0] if len(records) == 1 else records


def _record(step: Step) -> Any:
    outcome = {name: each for name in ("then", "code") if (each := getattr(step, name))}
    if step.timing is Timing.POLLS:
        return {"polls": step.polls, **outcome}
    if step.timing is Timing.AFTER:
        if not (step.after or step.jitter or outcome):
            return "at once"
        jitter = {"jitter": written(step.jitter)} if step.jitter else {}
        return {"after": written(step.after), **jitter, **outcome}
    if step.timing is Timing.BY_HAND and outcome:
        return {"by": "hand", **outcome}
    return step.timing.value or outcome
