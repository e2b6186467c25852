"""Writes that are accepted now and carried out later, one after the other, on one record.

The record keeps its queue in the member `workflows`. The first one runs: the record waits in the
phase that is called like its operation. Calls that arrive meanwhile queue behind it and are checked
against the data that the record will have (`expected`). What one carries out is its API's own
function.

A work may make the resource. The first of a new record has made it already, as it is to be seen
meanwhile; one that waits behind a termination makes it when its turn comes. If that termination
failed, the resource is there still: then the work fails, and leaves it alone. Works that wait for a
resource that never came fail with it.

A work proceeds by the course of its record. What the session says when it is asked for, and what
its own call names, counts before that, for this work alone; what was named when the resource was
made stands between the two. A work that makes the resource brings the whole course of it.

Every workflow is a record too, so that the same correlation id on the same operation and resource
is known again, also when the resource is no more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from mockserver.clock import Moment
from mockserver.course import Course, Courses, course_of, course_record
from mockserver.lifecycle import (
    Lifecycle,
    Transition,
    interrupted,
    proceeding,
    released,
    resumed,
    steered,
)
from mockserver.message import Json
from mockserver.record import Change, Gone, Record, View
from mockserver.simulation import Collection

DONE: Final = "DONE"
FAILED: Final = "FAILED"
RUNNING: Final = "RUNNING"
QUEUE: Final = "workflows"  # the member of a record
MAKES: Final = "makes"  # of a work: the data of the resource that it is still to make, or None
MADE: Final = "made"  # of a work: whether the resource is there only because of it
OUTCOMES: Final = {
    DONE: "The workflow has been carried out.",
    FAILED: "The workflow failed; nothing has changed, and a resource that it was to make is gone.",
}

WORKFLOWS: Final = Collection(
    name="workflows",
    summary="A write that was accepted, to be carried out later",
    apis=(),
    schema={
        "type": "object",
        "required": ["api", "org", "subject", "operation", "correlation", "workflow", "status"],
        "additionalProperties": False,
        "properties": {
            "api": {"type": "string"},
            "org": {"type": "string"},
            "subject": {"type": "string", "description": "Id of the resource"},
            "operation": {"type": "string", "description": "operationId"},
            "correlation": {"type": "string", "description": "Request-Correlation-Id"},
            "workflow": {"type": "string", "description": "workflowId"},
            "status": {"enum": [RUNNING, DONE, FAILED]},
        },
    },
    identity=("api", "org", "subject", "operation", "correlation"),
)
COLLECTIONS: Final = (WORKFLOWS,)

# operation; workflow, the id of its record in WORKFLOWS; body; course, of the record or of the
# session; asked, by its call; scenarios, that say so; makes; made
Work = Mapping[str, Json]
Data = Mapping[str, Json]
# The data of a record after a work was carried out, None where the record is no more. It raises
# `Undone` where the work cannot be carried out any more.
Carry = Callable[[Data, Work, Moment], Data | None]


class Undone(Exception):  # noqa: N818 - an outcome, not a failure of ours
    """A work that cannot be carried out: what ran before it had another outcome than expected."""


def runs(*operations: str) -> tuple[Transition, ...]:
    """The transitions of the workflows of some operations: each is done, or fails."""
    return tuple(
        Transition(operation, target, does=does)
        for operation in operations
        for target, does in ((DONE, "its workflow ends"), (FAILED, "its workflow fails"))
    )


def phases(*operations: str) -> dict[str, str]:
    """The phases that `runs` adds to a lifecycle, with what they mean."""
    return {each: f"The workflow of {each} runs." for each in operations} | OUTCOMES


class Call(NamedTuple):
    """A write to one resource; the same five members are the same call again.

    Attributes:
        api: Stem of the contract.
        org: The tenant.
        subject: Id of the resource.
        operation: Its name.
        correlation: The correlation id.
    """

    api: str
    org: str
    subject: str
    operation: str
    correlation: str


def known(view: View, call: Call) -> Record | None:
    """The workflow that the same call has begun already, None for none."""
    return view.get(WORKFLOWS.name, WORKFLOWS.id_of(call._asdict()))


def begun(call: Call, name: str) -> Record:
    """A workflow that was accepted and is called `name`."""
    return WORKFLOWS.record({**call._asdict(), "workflow": name, "status": RUNNING})


def expected(record: Record, carry: Carry, moment: Moment) -> Data | None:
    """The data that a record will have when its queue is empty, None where it will be no more.

    Every work is taken to end as it usually does.
    """
    data: Data | None = record.data
    for work in record.data.get(QUEUE, ()):
        if data is None:
            data = work[MAKES]
        elif work[MAKES]:
            continue
        data = _carried(data, work, carry, moment)[0]
    return data


def queued(
    lifecycle: Lifecycle,
    record: Record,
    workflow: Record,
    body: Json,
    moment: Moment,
    *,
    makes: Data | None = None,
) -> Record:
    """The record with one more work behind those that it waits for.

    Args:
        lifecycle: Of the record; it has the phase of the operation.
        record: New (then what `collection.made` made of `makes`), or as it is.
        workflow: What `begun` made.
        body: What the work needs to know.
        moment: Now; what the request asks for of a course counts for this work too.
        makes: For a work that makes the resource: its data until then. The record may be there
            still, about to be deleted.
    """
    waiting, courses = record.data.get(QUEUE, ()), moment.courses
    made = makes is not None and not waiting
    work = {
        "operation": workflow.data["operation"],
        "workflow": workflow.id,
        "body": body,
        "course": course_record(courses.active if makes is None else courses.whole),
        "asked": course_record(courses.asked),
        "scenarios": list(courses.scenarios),
        MAKES: None if made else makes,
        MADE: made,
    }
    record = replace(record, data={**record.data, QUEUE: [*waiting, work]})
    return record if waiting else _run(lifecycle, record, moment)


def ended(
    lifecycle: Lifecycle, view: View, record: Record, moment: Moment, carry: Carry
) -> Sequence[Change]:
    """What happens when the first work of a record ends: done or failed, then the next one runs.

    A record whose work ends in another state enters it; else it goes on with what it waited for.
    """
    work, *queue = record.data[QUEUE]
    data, status = _result(lifecycle, record, carry, moment)
    changes: list[Change] = _closed(view, work, status)
    if data is not None:
        return [*changes, _going_on(lifecycle, record, {**data, QUEUE: queue}, moment)]
    while queue and not queue[0][MAKES]:
        changes += _closed(view, queue.pop(0), FAILED)
    if not queue:
        return [*changes, Gone(record.collection, record.id)]
    return [*changes, _anew(lifecycle, record, queue, moment)]


def _result(
    lifecycle: Lifecycle, record: Record, carry: Carry, moment: Moment
) -> tuple[Data | None, str]:
    """The data after the first work of a record, and how that ended."""
    work = record.data[QUEUE][0]
    if work[MAKES]:  # the resource is there, for its termination failed
        return record.data, FAILED
    if lifecycle.outcome(record).target == FAILED:
        return (None if work[MADE] else record.data), FAILED
    return _carried(record.data, work, carry, moment)


def _carried(
    data: Data | None, work: Work, carry: Carry, moment: Moment
) -> tuple[Data | None, str]:
    """The data after a work that does not fail by itself, and how it ends."""
    if data is None:
        return None, FAILED
    try:
        return carry(data, work, moment), DONE
    except Undone:
        return data, FAILED


def _going_on(lifecycle: Lifecycle, record: Record, data: Data, moment: Moment) -> Record:
    """The record with its new data, in its state or in the next work of its queue."""
    after = replace(record, data=data)
    state = data[lifecycle.member]
    if state == record.data[lifecycle.member] and record.progress.held is not None:
        after = resumed(after, moment)
    else:
        after = lifecycle.begin(released(after), state, moment)
    return _run(lifecycle, after, moment) if data[QUEUE] else after


def _anew(lifecycle: Lifecycle, record: Record, queue: Sequence[Work], moment: Moment) -> Record:
    """The record as the first work of a queue makes it: another resource with the same id."""
    first, *others = queue
    work = {**first, MAKES: None, MADE: True}
    data = {**first[MAKES], QUEUE: [work, *others]}
    anew = proceeding(replace(record, data=data), _courses(first))
    return _run(lifecycle, lifecycle.begin(anew, data[lifecycle.member], moment), moment)


def _run(lifecycle: Lifecycle, record: Record, moment: Moment) -> Record:
    """The record waiting for the first work of its queue; what it waited for is held."""
    work, own = record.data[QUEUE][0], record.progress.course
    courses = _courses(work)
    # what was said of the resource that is there does not count for another one
    waiting = _on(record, courses.whole) if work[MAKES] else steered(record, courses)
    if waiting.progress.phase:
        waiting = interrupted(waiting, moment)
    return _on(lifecycle.begin(waiting, work["operation"], moment), own)


def _courses(work: Work) -> Courses:
    """How a work proceeds: that of a work that makes the resource says all of it."""
    course = course_of(work["course"])
    return Courses(course, course, course_of(work["asked"]), tuple(work["scenarios"]))


def _on(record: Record, course: Course) -> Record:
    return replace(record, progress=replace(record.progress, course=course))


def _closed(view: View, work: Work, status: str) -> list[Change]:
    workflow = view.get(WORKFLOWS.name, work["workflow"])
    return [replace(workflow, data={**workflow.data, "status": status})] if workflow else []
