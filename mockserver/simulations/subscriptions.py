"""What subscriptions share: calls that are accepted, refused, or known already.

Agile TV, Amazon, Netflix, HBO, Disney, Orange TV and mobile lines are one family. A write is
answered with a workflow and carried out later; what each product makes of it is data: a lifecycle,
and for each operation what it changes. While the creation of a record runs, the record has its id;
where its state is `NEW` nobody can see it yet.

Refusals have the codes of the documents: an unknown id 404, a state that forbids the call 400, for
none of these APIs documents 406 or 409 (README of the contracts, section 7).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final, NamedTuple
from uuid import UUID

from mockserver.clock import Moment, stamp
from mockserver.lifecycle import GONE, NEW, Lifecycle
from mockserver.message import Json, Request
from mockserver.record import Change, Record, View
from mockserver.simulation import Collection, Decision
from mockserver.simulations import workflows
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
CREATED: Final = "created"  # the member with the moment of the creation
UPDATED: Final = "updated"  # the member with the moment of the last change

# What a work changes of the data of its record, beside the state.
Edit = Callable[[Data, Json, Moment], Data]


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
        acceptances: How operations accept, where it is not with 202.
        has_runs: Whether an accepted call is told the id of the run, too.
    """

    stem: str
    prefix: str
    org: str = "org_id"
    ref: str = ""
    acceptances: Mapping[str, Acceptance] = field(default_factory=dict)
    has_runs: bool = True

    def refused(self, error: Error, details: str) -> Decision:
        """The refusal of a call in the API's own schema."""
        body = {"code": error.code, "title": error.title, "details": details}
        return Decision(error.status, [body | ({"ref": self.ref} if self.ref else {})])

    def call(self, request: Request, operation: str, subject: str, correlation: str) -> "Call":
        """A write to the record with the id `subject`."""
        org = request.path[self.org]
        return Call(self, workflows.Call(self.stem, org, subject, operation, correlation))


class Call(NamedTuple):
    """A write to one record.

    Attributes:
        api: Whose operation it is.
        identity: What tells it from others.
    """

    api: Api
    identity: workflows.Call

    def again(self, view: View, moment: Moment) -> Decision | None:
        """The answer that this call has had already, None where it is new or was refused."""
        workflow = known(view, self.identity)
        return Decision(*self._answer(workflow, moment)) if workflow else None

    def made(
        self,
        kind: Collection,
        data: Data,
        moment: Moment,
        before: Record | None = None,
        state: str = NEW,
    ) -> Decision:
        """Accept a creation.

        Args:
            kind: Of the record.
            data: Of the new record, less its state and its times.
            moment: Now.
            before: The record that has the id still and is about to go.
            state: Of the record until it is made; by default nobody can see it.
        """
        assert kind.lifecycle is not None  # noqa: S101 - every product has one
        now = stamp(moment.now)
        makes = {**data, CREATED: now, UPDATED: now, kind.lifecycle.member: state, QUEUE: []}
        record = before or kind.made(makes, moment)
        return self._queued(kind.lifecycle, record, None, moment, makes)

    def accepted(
        self, lifecycle: Lifecycle, record: Record, body: Json, moment: Moment
    ) -> Decision:
        """Accept a change of a record; `body` is what the work has to know."""
        return self._queued(lifecycle, record, body, moment, None)

    def _queued(
        self, lifecycle: Lifecycle, record: Record, body: Json, moment: Moment, makes: Data | None
    ) -> Decision:
        workflow = begun(self.identity, workflow_id(self.api, self.identity.correlation))
        record = queued(lifecycle, record, workflow, body, moment, makes=makes)
        return Decision(*self._answer(workflow, moment), changes=[record, workflow])

    def _answer(self, workflow: Record, moment: Moment) -> tuple[int, Json]:
        status, message = self.api.acceptances.get(self.identity.operation, Acceptance())
        content = {"message": message, "workflowId": workflow.data["workflow"]}
        if self.api.has_runs:
            digest = blake2b(f"{moment.tag}\0{workflow.id}".encode(), digest_size=16).digest()
            content["runId"] = str(UUID(bytes=digest, version=4))
        return status, content


def workflow_id(api: Api, correlation: str) -> str:
    """The name of a workflow: the API's prefix and the last two groups of the correlation id.

    Groups are what hyphens separate; of an id without hyphens it is the whole. That is read off the
    samples (agile-tv.md, section 4).
    """
    return "-".join((api.prefix, *correlation.split("-")[-2:]))


# records ----------------------------------------------------------------------------------------


def visible(lifecycle: Lifecycle, record: Record | None) -> Record | None:
    """The record where callers see it: None where it is not there, or not yet."""
    return record if record is not None and record.data[lifecycle.member] != NEW else None


def carrier(lifecycle: Lifecycle, edits: Mapping[str, Edit]) -> Carry:
    """What carries the works of a product out.

    Args:
        lifecycle: Says which state follows; guards see the data as they will be.
        edits: By operation; none changes nothing but the state.
    """

    def carry(data: Data, work: Work, moment: Moment) -> Data | None:
        operation = work["operation"]
        edit = edits.get(operation)
        after = {**data, **(edit(data, work["body"], moment) if edit else {})}
        found = lifecycle.called(Record("", "", after), operation)
        if found is None:
            raise Undone
        if found.target == GONE:
            return None
        return {**after, lifecycle.member: found.target, UPDATED: stamp(moment.now)}

    return carry


def allows(
    lifecycle: Lifecycle, carry: Carry, record: Record, operation: str, moment: Moment
) -> bool:
    """Whether an operation may be called on a record, after all that it waits for."""
    data = expected(record, carry, moment)
    return data is not None and lifecycle.called(replace(record, data=data), operation) is not None


def elapsed(
    lifecycle: Lifecycle, carry: Carry, view: View, record: Record, moment: Moment
) -> Sequence[Change]:
    """What happens when a phase of a record ends.

    Args:
        lifecycle: Of the record.
        carry: Carries its works out.
        view: The records of the session.
        record: Whose phase ends.
        moment: When it does.
    """
    if record.data[QUEUE]:
        return ended(lifecycle, view, record, moment, carry)
    outcome = lifecycle.outcome(record)
    if not outcome.fits:
        return [replace(record, progress=replace(record.progress, due=None, polls=0))]
    record = replace(record, data={**record.data, UPDATED: stamp(moment.now)})
    return [lifecycle.enter(record, outcome.target, moment)]


# values -----------------------------------------------------------------------------------------


def text_of(value: Json) -> str:
    """An identifier that travels as a number or as a string: one text for both."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def correlation_of(request: Request) -> str:
    """The correlation id of a request whose contract requires one."""
    return str(request.header[CORRELATION])


def kept(body: Json, names: Iterable[str]) -> dict[str, Json]:
    """What a record keeps of a body: the members with these names, less those that are null."""
    return {name: body[name] for name in names if body.get(name) is not None}


def completed(member: str, state: str) -> Callable[[Data, Moment], Data]:
    """What fills the data of a record from outside: `state` where its `member` does not say."""

    def complete(data: Data, moment: Moment) -> Data:
        now = stamp(moment.now)
        return {member: state, CREATED: now, UPDATED: now, **data, QUEUE: []}

    return complete


def schema(required: Sequence[str], properties: Mapping[str, Json]) -> Json:
    """The schema of a collection of subscriptions: its own members, and those that all have."""
    return {
        "type": "object",
        "required": list(required),
        "additionalProperties": False,
        "properties": {
            **properties,
            CREATED: {"type": "string", "format": "date-time", "description": "When it was made"},
            UPDATED: {"type": "string", "format": "date-time", "description": "Its last change"},
            QUEUE: {"type": "array", "maxItems": 0, "description": "What it waits for"},
        },
    }


def text(description: str) -> Json:
    """A member of a schema that is a text."""
    return {"type": "string", "description": description}
