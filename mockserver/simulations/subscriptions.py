"""What the small subscriptions share: calls that are accepted, refused, or known already.

Amazon, Netflix, HBO, Disney, Orange TV and mobile lines are one family. A write is answered with a
workflow and carried out later; what each product makes of it is data: a lifecycle, and for each
operation what it changes. While the creation of a record runs its state is `NEW`: the record has
its id, and nobody can see it yet.

Refusals have the codes of the documents: an unknown id 404, a state that forbids the call 400, for
none of these APIs documents 406 or 409 (README of the contracts, section 7).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID

from mockserver.clock import Moment, stamp
from mockserver.lifecycle import GONE, NEW, Guard, Lifecycle
from mockserver.message import Json, Request
from mockserver.record import Change, Record, View
from mockserver.simulation import Collection, Decision
from mockserver.simulations.workflows import (
    QUEUE,
    Carry,
    Data,
    Undone,
    Work,
    begun,
    ended,
    expected,
    known,
    queued,
)

REF: Final = (
    "https://developers.masstack.com/en/docs/apis_provision_doc_swagger/1/apioverview/#errors"
)
CORRELATION: Final = "Request-Correlation-Id"
UPDATED: Final = "updated"  # the member with the moment of the last change
LAST_GROUPS: Final = 17  # characters of a UUID that the documents' workflow ids end with
# The provider does this where a course names the outcome, and never by itself.
IF_NAMED: Final = Guard("where the course says so", lambda _data: False)

# What a work changes of the data of its record, beside the state.
Changes = Callable[[Data, Json, Moment], Data]


class Error(NamedTuple):
    """A kind of refusal: the code and title of its only error."""

    status: int
    code: str
    title: str


NOT_FOUND: Final = Error(404, "SubscriptionNotFound", "SUBSCRIPTION_NOT_FOUND")
EXISTS: Final = Error(400, "SubscriptionAlreadyExists", "SUBSCRIPTION_ALREADY_EXISTS")
WRONG_STATE: Final = Error(400, "InvalidState", "INVALID_SUBSCRIPTION_STATE")
INVALID: Final = Error(400, "InvalidRequest", "INVALID_REQUEST")


class Acceptance(NamedTuple):
    """What an accepted call is told, beside the ids of its workflow."""

    status: int = 202
    message: str = "Request accepted and is being processed."


@dataclass(frozen=True, slots=True)
class Api:
    """One version of an API.

    Attributes:
        stem: Of its contract.
        prefix: What its workflow ids begin with.
        org: The path parameter of the tenant.
        ref: Where its errors say that they are documented, "" where they do not.
        told: How operations accept, where it is not with 202.
    """

    stem: str
    prefix: str
    org: str = "org_id"
    ref: str = ""
    told: Mapping[str, Acceptance] = field(default_factory=dict)

    def refused(self, error: Error, details: str) -> Decision:
        """The refusal of a call in the API's own schema."""
        body = {"code": error.code, "title": error.title, "details": details}
        return Decision(error.status, [body | ({"ref": self.ref} if self.ref else {})])

    def call(self, request: Request, operation: str, subject: str, correlation: str) -> "Call":
        """A write to the record with the id `subject`."""
        return Call(self, operation, request.path[self.org], subject, correlation)


class Call(NamedTuple):
    """A write to one record; the same five members are the same call again.

    Attributes:
        api: Whose operation it is.
        operation: Its name.
        org: The tenant.
        subject: Id of the record.
        correlation: The correlation id.
    """

    api: Api
    operation: str
    org: str
    subject: str
    correlation: str

    def again(self, view: View, moment: Moment) -> Decision | None:
        """The answer that this call has had already, None where it is new or was refused."""
        workflow = known(
            view, self.api.stem, self.org, self.subject, self.operation, self.correlation
        )
        return Decision(*self._answer(workflow, moment)) if workflow else None

    def made(
        self, kind: Collection, data: Data, moment: Moment, before: Record | None = None
    ) -> Decision:
        """Accept a creation.

        Args:
            kind: Of the record.
            data: Of the new record, less its state.
            moment: Now.
            before: The record that has the id still and is about to go.
        """
        assert kind.lifecycle is not None  # noqa: S101 - every product has one
        makes = {**data, kind.lifecycle.member: NEW, QUEUE: []}
        return self._queued(kind, before or kind.made(makes, moment), None, moment, makes)

    def accepted(self, kind: Collection, record: Record, body: Json, moment: Moment) -> Decision:
        """Accept a change of a record; `body` is what the work has to know."""
        return self._queued(kind, record, body, moment, None)

    def _queued(
        self, kind: Collection, record: Record, body: Json, moment: Moment, makes: Data | None
    ) -> Decision:
        name = f"{self.api.prefix}-{self.correlation[-LAST_GROUPS:]}"
        workflow = begun(
            self.api.stem, self.org, self.subject, self.operation, self.correlation, name
        )
        record = queued(kind, record, workflow, body, moment, makes=makes)
        return Decision(*self._answer(workflow, moment), changes=[record, workflow])

    def _answer(self, workflow: Record, moment: Moment) -> tuple[int, Json]:
        status, message = self.api.told.get(self.operation, Acceptance())
        digest = blake2b(f"{moment.tag}\0{workflow.id}".encode(), digest_size=16).digest()
        return status, {
            "message": message,
            "workflowId": workflow.data["workflow"],
            "runId": str(UUID(bytes=digest, version=4)),
        }


# records ----------------------------------------------------------------------------------------


def visible(lifecycle: Lifecycle, record: Record | None) -> Record | None:
    """The record where callers see it: None where it is not there, or not yet."""
    return record if record is not None and record.data[lifecycle.member] != NEW else None


def carrier(lifecycle: Lifecycle, changes: Mapping[str, Changes]) -> Carry:
    """What carries the works of a product out.

    Args:
        lifecycle: Says which state follows; guards see the data as they will be.
        changes: By operation; none changes nothing but the state.
    """

    def carry(data: Data, work: Work, moment: Moment) -> Data | None:
        operation = work["operation"]
        change = changes.get(operation)
        after = {**data, **(change(data, work["body"], moment) if change else {})}
        found = lifecycle.called(Record("", "", after), operation)
        if found is None:
            raise Undone
        if found.target == GONE:
            return None
        return {**after, lifecycle.member: found.target, UPDATED: stamp(moment.now)}

    return carry


def allows(kind: Collection, record: Record, operation: str, carry: Carry, moment: Moment) -> bool:
    """Whether an operation may be called on a record, after all that it waits for."""
    data = expected(record, carry, moment)
    if data is None or kind.lifecycle is None:
        return False
    return kind.lifecycle.called(replace(record, data=data), operation) is not None


def elapsed(
    kind: Collection,
    view: View,
    record: Record,
    moment: Moment,
    carry: Carry,
    until: Mapping[str, str] | None = None,
) -> Sequence[Change]:
    """What happens when a phase of a record ends.

    Args:
        kind: Of the record.
        view: The records of the session.
        record: Whose phase ends.
        moment: When it does.
        carry: Carries its works out.
        until: By phase: the member with the moment before which it cannot end.
    """
    until = until or {}
    early = postponed(record, moment, until)
    if early is not record:
        return [early]
    if record.data[QUEUE]:
        changes = ended(kind, view, record, moment, carry)
    else:
        changes = [_provided(kind, record, moment)]
    return [
        postponed(each, moment, until)
        if isinstance(each, Record) and each.collection == kind.name
        else each
        for each in changes
    ]


def _provided(kind: Collection, record: Record, moment: Moment) -> Record:
    """The record after what the provider does; an outcome that it does not have changes nothing."""
    lifecycle = kind.lifecycle
    assert lifecycle is not None  # noqa: S101 - else it would not wait
    target = lifecycle.outcome(record).target
    if target not in lifecycle.outcomes(record.progress.phase):
        return replace(record, progress=replace(record.progress, due=None))
    record = replace(record, data={**record.data, UPDATED: stamp(moment.now)})
    return lifecycle.enter(record, target, moment)


def postponed(record: Record, moment: Moment, until: Mapping[str, str]) -> Record:
    """The record with its phase ending no earlier than its data allow; itself where that is so."""
    progress = record.progress
    member = until.get(progress.phase)
    if member is None or progress.due is None:
        return record
    missing = datetime.fromisoformat(record.data[member]) - moment.now
    if missing <= timedelta(0):
        return record
    return replace(record, progress=replace(progress, due=progress.due + missing))


# values -----------------------------------------------------------------------------------------


def text_of(value: Json) -> str:
    """An identifier that travels as a number or as a string: one text for both."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def correlation_of(request: Request) -> str:
    """The correlation id of a request whose contract requires one."""
    return str(request.header[CORRELATION])


def kept(kind: Collection, body: Json) -> dict[str, Json]:
    """What a record keeps of a body: the members that its schema has, less those that are null."""
    assigned = (*kind.identity, UPDATED, QUEUE, "created", "status", "reason")
    names = kind.schema["properties"].keys() - assigned
    return {name: each for name, each in body.items() if name in names and each is not None}


def completed(member: str, state: str) -> Callable[[Data, Moment], Data]:
    """What fills the data of a record from outside: `state` where its `member` does not say."""

    def complete(data: Data, moment: Moment) -> Data:
        now = stamp(moment.now)
        return {member: state, "created": now, UPDATED: now, **data, QUEUE: []}

    return complete


def schema(required: Sequence[str], properties: Mapping[str, Json]) -> Json:
    """The schema of a collection of subscriptions: its own members, and those that all have."""
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": {
            **properties,
            "created": {"type": "string", "format": "date-time", "description": "When it was made"},
            UPDATED: {"type": "string", "format": "date-time", "description": "Its last change"},
            QUEUE: {"type": "array", "maxItems": 0, "description": "What it waits for"},
        },
    }


def text(description: str) -> Json:
    """A member of a schema that is a text."""
    return {"type": "string", "description": description}
