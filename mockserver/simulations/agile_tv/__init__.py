"""Agile TV: subscriptions that are signed up, changed, suspended and ended by workflows.

Every write is accepted at once and carried out later (`workflows`); the only read is that of the
subscription. Who calls twice with one correlation id gets the same answer and begins nothing new.
Facts: the contract's `x-provenance`; states, refusals of a state and what is seen while a workflow
runs are inferred, and lean on the siblings of this API.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Final

from mockserver.clock import Moment
from mockserver.message import ABSENT, Request
from mockserver.record import Change, Record, View, identified
from mockserver.simulation import Decide, Decision, Poll
from mockserver.simulations import workflows
from mockserver.simulations.agile_tv.edits import (
    PRODUCT_MEMBERS,
    STB_MEMBERS,
    Refused,
    carried,
    items,
    listed,
    united,
    unknown,
    wrong,
)
from mockserver.simulations.agile_tv.lifecycle import API, CREATE, PENDING, STATE, WRITES
from mockserver.simulations.agile_tv.subscription import SUBSCRIPTIONS, decoder
from mockserver.simulations.workflows import QUEUE, Data

HEADER: Final = "Request-Correlation-Id"
COLLECTIONS: Final = (SUBSCRIPTIONS,)


# reading --------------------------------------------------------------------------------------


def _found(view: View, request: Request) -> Record | None:
    path = request.path
    return view.get(SUBSCRIPTIONS.name, identified(path["org_id"], path["service_id"]))


def _read(view: View, request: Request, _moment: Moment) -> Decision:
    record = _found(view, request)
    if record is None:
        return unknown(request.path["service_id"]).decision
    return Decision(
        200, {name: record.data[name] for name in ("service_id", STATE, "products", "stbs")}
    )


# writing --------------------------------------------------------------------------------------


def workflow_id(correlation: str) -> str:
    """The name of a workflow: `agile-tv-` and the last two groups of the correlation id.

    Groups are what hyphens separate; of an id without hyphens it is the whole.
    """
    return "agile-tv-" + "-".join(correlation.split("-")[-2:])


def _write(operation: str, view: View, request: Request, moment: Moment) -> Decision:
    """Accept a write, unless it was accepted before or the subscription does not allow it."""
    org, service = request.path["org_id"], request.path["service_id"]
    correlation = request.header[HEADER]
    known = workflows.known(view, API, org, service, operation, correlation)
    if known is not None:
        return _accepted(known)
    name = workflow_id(correlation)
    workflow = workflows.begun(API, org, service, operation, correlation, name)
    accept = _signed_up if operation == CREATE else _changed
    try:
        record = accept(view, request, workflow, moment)
    except Refused as refused:
        return refused.decision
    return _accepted(workflow, [record, workflow])


def _accepted(workflow: Record, changes: Sequence[Change] = ()) -> Decision:
    content = {
        "message": "Request accepted and is being processed.",
        "workflowId": workflow.data["workflow"],
    }
    return Decision(202, content, changes=changes)


def _signed_up(view: View, request: Request, workflow: Record, moment: Moment) -> Record:
    """The new subscription, or one that is about to end with a sign-up behind it."""
    org, service, body = request.path["org_id"], request.path["service_id"], request.content
    record = _found(view, request)
    if record is not None and workflows.expected(record, carried, moment) is not None:
        text = f"A subscription with service_id '{service}' already exists."
        raise wrong("Subscription already exists", text)
    units = items(body, "stbs", STB_MEMBERS)
    _check_free(view, org, service, units)
    said = {name: body.get(name) for name in ("postalCode", "ftthWorkOrderId", "externalId")}
    data = {
        "org": org,
        "service_id": service,
        STATE: PENDING,
        **{name: value for name, value in said.items() if value is not None},
        "products": united([], "id", items(body, "products", PRODUCT_MEMBERS)),
        "addons": united([], "id", items(body, "addons", PRODUCT_MEMBERS)),
        "stbs": united([], "serialNumber", units),
        QUEUE: [],
    }
    if record is None:
        record = SUBSCRIPTIONS.made(data, moment)
    return workflows.queued(SUBSCRIPTIONS, record, workflow, None, moment, makes=data)


def _changed(view: View, request: Request, workflow: Record, moment: Moment) -> Record:
    """The subscription with one more change to come, checked against what it will be by then."""
    service = request.path["service_id"]
    body = {} if request.content is ABSENT else request.content
    record = _found(view, request)
    data = workflows.expected(record, carried, moment) if record is not None else None
    if record is None or data is None:
        raise unknown(service)
    carried(data, {"operation": workflow.data["operation"], "body": body}, moment)
    _check_free(view, data["org"], service, listed(body, "stbsToAdd"))
    return workflows.queued(SUBSCRIPTIONS, record, workflow, body, moment)


def _check_free(view: View, org: str, service: str, units: Iterable[Data]) -> None:
    """Raise `Refused` for a decoder of another live subscription of the brand."""
    for unit in units:
        serial = unit["serialNumber"]
        holder = view.holder(decoder(org, serial))
        if holder is not None and holder.id != identified(org, service):
            text = f"The decoder with serialNumber '{serial}' belongs to another subscription."
            raise wrong("Decoder already in use", text)


SERVES: Final[Mapping[str, Mapping[str, Decide | Poll]]] = {
    API: {
        "getSubscription": Poll(_found, _read),
        **{operation: partial(_write, operation) for operation in WRITES},
    }
}
