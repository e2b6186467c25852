"""The eight operations of Agile TV: one reads, seven are accepted and carried out later.

Who calls twice with one correlation id gets the same answer and begins nothing new.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Final

from mockserver.clock import Moment
from mockserver.message import ABSENT, Request
from mockserver.record import Record, View, identified
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
from mockserver.simulations.agile_tv.lifecycle import (
    CREATE,
    LIFECYCLE,
    PENDING,
    STATE,
    STEM,
    WRITES,
)
from mockserver.simulations.agile_tv.subscription import SUBSCRIPTIONS, decoder
from mockserver.simulations.subscriptions import Api, Call, correlation_of, kept
from mockserver.simulations.workflows import Data

API: Final = Api(STEM, "agile-tv", has_runs=False)


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


def _write(operation: str, view: View, request: Request, moment: Moment) -> Decision:
    """Accept a write, unless it was accepted before or the subscription does not allow it."""
    service = request.path["service_id"]
    call = API.call(request, operation, service, correlation_of(request))
    if again := call.again(view, moment):
        return again
    accept = _signed_up if operation == CREATE else _changed
    try:
        return accept(view, request, call, moment)
    except Refused as refused:
        return refused.decision


def _signed_up(view: View, request: Request, call: Call, moment: Moment) -> Decision:
    """The new subscription, or one that is about to end with a sign-up behind it."""
    org, service, body = request.path["org_id"], request.path["service_id"], request.content
    record = _found(view, request)
    if record is not None and workflows.expected(record, carried, moment) is not None:
        text = f"A subscription with service_id '{service}' already exists."
        raise wrong("Subscription already exists", text)
    units = items(body, "stbs", STB_MEMBERS)
    _check_free(view, org, service, units)
    data = {
        "org": org,
        "service_id": service,
        **kept(body, ("postalCode", "ftthWorkOrderId", "externalId")),
        "products": united([], "id", items(body, "products", PRODUCT_MEMBERS)),
        "addons": united([], "id", items(body, "addons", PRODUCT_MEMBERS)),
        "stbs": united([], "serialNumber", units),
    }
    return call.made(SUBSCRIPTIONS, data, moment, record, PENDING)


def _changed(view: View, request: Request, call: Call, moment: Moment) -> Decision:
    """The subscription with one more change to come, checked against what it will be by then."""
    service = request.path["service_id"]
    body = {} if request.content is ABSENT else request.content
    record = _found(view, request)
    data = workflows.expected(record, carried, moment) if record is not None else None
    if record is None or data is None:
        raise unknown(service)
    carried(data, {"operation": call.identity.operation, "body": body}, moment)
    _check_free(view, data["org"], service, listed(body, "stbsToAdd"))
    return call.accepted(LIFECYCLE, record, body, moment)


def _check_free(view: View, org: str, service: str, units: Iterable[Data]) -> None:
    """Raise `Refused` for a decoder of another live subscription of the brand."""
    for unit in units:
        serial = unit["serialNumber"]
        holder = view.holder(decoder(org, serial))
        if holder is not None and holder.id != identified(org, service):
            text = f"The decoder with serialNumber '{serial}' belongs to another subscription."
            raise wrong("Decoder already in use", text)


OPERATIONS: Final[Mapping[str, Decide | Poll]] = {
    "getSubscription": Poll(_found, _read),
    **{operation: partial(_write, operation) for operation in WRITES},
}
