"""Provision Orange TV: activation and cancellation (contracts/orange-tv.md, section 4).

After a cancellation the subscription is gone, and its id is free again.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

from mockserver.clock import Moment
from mockserver.lifecycle import GONE, NEW, Lifecycle, Transition
from mockserver.message import Json, Request
from mockserver.record import View
from mockserver.simulation import Collection, Decision
from mockserver.simulations.subscriptions import (
    EXISTS,
    NOT_FOUND,
    Acceptance,
    Api,
    allows,
    carrier,
    completed,
    correlation_of,
    elapsed,
    kept,
    schema,
    text,
    visible,
)
from mockserver.simulations.workflows import expected, phases, runs

ACTIVE: Final = "ACTIVE"
CREATE: Final = "activateOrangeTvSubscription"
CANCEL: Final = "cancelOrangeTvSubscription"
NAME: Final = "subscriptionExternalId"
API: Final = Api(
    "orange-tv-v1",
    "orange-tv",
    org="org",
    acceptances={CREATE: Acceptance(201, "Subscription activated.")},
)

LIFECYCLE: Final = Lifecycle(
    name="An Orange TV subscription",
    member="status",
    transitions=(
        Transition(NEW, ACTIVE, by=CREATE),
        Transition(ACTIVE, GONE, by=CANCEL),
        *runs(CREATE, CANCEL),
    ),
    phases=phases(CREATE, CANCEL),
)
CARRY: Final = carrier(LIFECYCLE, {})

NUMBER: Final = {"type": "number"}
BODY: Final[Mapping[str, Json]] = {
    "email": text("Email"),
    "firstName": text("First name"),
    "lastName": text("Last name"),
    "ftthWorkOrderId": text("Work order of the fibre"),
    "ftthServiceID": text("Service of the fibre, of a northern brand"),
    "maxStb": text("Most set-top boxes"),
    "maxTerminals": text("Most terminals"),
    "postalCode": NUMBER,
    "phoneNumber": NUMBER,
    "spendingLimit": NUMBER,
    "segment": text("Segment of the customer"),
    "spId": text("Service plan or provider"),
    "customerType": {"enum": ["iptv", "ott"]},
    "servicePlan": {"type": "array", "items": {"type": "string"}},
    "externalID": text("Id in the CRM"),
}  # what a subscription keeps of its order
SUBSCRIPTIONS: Final = Collection(
    name="orange-tv-subscriptions",
    summary="An Orange TV subscription; its password is not kept",
    apis=("orange-tv-v1",),
    schema=schema(
        ["org", NAME],
        {
            "org": text("Tenant"),
            NAME: text("Id of the subscription, the partner's user id"),
            **BODY,
            "status": {"enum": [ACTIVE], "description": "Without it ACTIVE"},
        },
    ),
    identity=("org", NAME),
    lifecycle=LIFECYCLE,
    elapse=partial(elapsed, LIFECYCLE, CARRY),
    completed=completed("status", ACTIVE),
)


def _activate(view: View, request: Request, moment: Moment) -> Decision:
    body, identity = request.content, {each: request.path[each] for each in ("org", NAME)}
    name = SUBSCRIPTIONS.id_of(identity)
    call = API.call(request, CREATE, name, correlation_of(request))
    if again := call.again(view, moment):
        return again
    before = view.get(SUBSCRIPTIONS.name, name)
    if before is not None and expected(before, CARRY, moment) is not None:
        return API.refused(EXISTS, f"The subscription {identity[NAME]} is already active.")
    return call.made(SUBSCRIPTIONS, kept(body, BODY) | identity, moment, before)


def _cancel(view: View, request: Request, moment: Moment) -> Decision:
    name = SUBSCRIPTIONS.id_of(request.path)
    call = API.call(request, CANCEL, name, correlation_of(request))
    if again := call.again(view, moment):
        return again
    record = visible(LIFECYCLE, view.get(SUBSCRIPTIONS.name, name))
    if record is None or not allows(LIFECYCLE, CARRY, record, CANCEL, moment):
        return API.refused(NOT_FOUND, f"There is no subscription {request.path[NAME]}.")
    return call.accepted(LIFECYCLE, record, None, moment)


SERVES: Final = {"orange-tv-v1": {CREATE: _activate, CANCEL: _cancel}}
COLLECTIONS: Final = (SUBSCRIPTIONS,)
