"""Netflix, versions 1 and 2: enrolments (contracts/netflix-tv.md, section 5).

Only the creation is documented. Version 1 has no correlation id, so there no call is known again:
the second enrolment of a partner account is refused, whoever sends it.
"""

from functools import partial
from typing import Final

from mockserver.clock import Moment
from mockserver.lifecycle import NEW, Lifecycle, Transition
from mockserver.message import Request
from mockserver.record import View
from mockserver.simulation import Collection, Decide, Decision
from mockserver.simulations.subscriptions import (
    CORRELATION,
    EXISTS,
    INVALID,
    REF,
    Api,
    carrier,
    completed,
    elapsed,
    kept,
    schema,
    text,
    text_of,
)
from mockserver.simulations.workflows import phases, runs

PENDING: Final = "PENDING_ACTIVATION"
ACTIVE: Final = "ACTIVE"
CREATE: Final = "createNetflixSubscription"
V1: Final = Api("netflix-tv-v1", "netflix", ref=REF)
V2: Final = Api("netflix-tv-v2", "netflix", ref=REF)

LIFECYCLE: Final = Lifecycle(
    name="A Netflix enrolment",
    member="status",
    terminal=("ACTIVE",),
    transitions=(
        Transition(NEW, PENDING, by=CREATE),
        Transition(PENDING, ACTIVE, does="the customer links a Netflix account"),
        *runs(CREATE),
    ),
    phases=phases(CREATE),
)
CARRY: Final = carrier(LIFECYCLE, {})
BODY: Final = (
    "external_id",
    "billing_event_id",
    "bundle_id",
    "channel",
    "netflix_email",
    "netflix_offer_id",
    "netflix_phone",
    "partner_charge_country",
    "preferred_language",
)  # what an enrolment keeps of its order
BILLING_EVENT_MAX: Final = 1024  # bytes of its reference in UTF-8 (public:P1/provisiontvnetflix)

ENROLMENTS: Final = Collection(
    name="netflix-enrolments",
    summary="A partner account that is enrolled in a Netflix bundle",
    apis=("netflix-tv-v2", "netflix-tv-v1"),
    schema=schema(
        ["org_id", "partner_account_id"],
        {
            "org_id": text("Tenant"),
            "partner_account_id": text("The partner account identifier (PAI)"),
            "external_id": text("Id of the subscription in the CRM"),
            "billing_event_id": text("Reference for reconciliation"),
            "bundle_id": text("The commercial bundle"),
            "channel": text("Channel of the sign-up"),
            "netflix_email": text("Email address"),
            "netflix_offer_id": text("The Netflix plan"),
            "netflix_phone": text("Phone number"),
            "partner_charge_country": text("Country of the charge"),
            "preferred_language": text("Language for contact"),
            "status": {"enum": [PENDING, ACTIVE], "description": "Without it ACTIVE"},
        },
    ),
    identity=("org_id", "partner_account_id"),
    lifecycle=LIFECYCLE,
    elapse=partial(elapsed, LIFECYCLE, CARRY),
    completed=completed("status", ACTIVE),
)


def _create(api: Api) -> Decide:
    def create(view: View, request: Request, moment: Moment) -> Decision:
        body, org = request.content, request.path["org_id"]
        account, event = text_of(body["partner_account_id"]), body.get("billing_event_id")
        name = ENROLMENTS.id_of({"org_id": org, "partner_account_id": account})
        # without a correlation id no call is the same as another: each has its number
        correlation = request.header.get(CORRELATION) or f"{moment.tag}{moment.number:06}"
        call = api.call(request, CREATE, name, correlation)
        if again := call.again(view, moment):
            return again
        if api is V1 and event == account:
            reason = "The member 'billing_event_id' must not be a partner account identifier."
            return api.refused(INVALID, reason)
        if event is not None and len(event.encode()) > BILLING_EVENT_MAX:
            reason = f"The member 'billing_event_id' has more than {BILLING_EVENT_MAX} bytes."
            return api.refused(INVALID, reason)
        if view.get(ENROLMENTS.name, name) is not None:
            return api.refused(EXISTS, f"The partner account {account} is already enrolled.")
        identity = {"org_id": org, "partner_account_id": account}
        return call.made(ENROLMENTS, kept(body, BODY) | identity, moment)

    return create


SERVES: Final = {api.stem: {CREATE: _create(api)} for api in (V1, V2)}
COLLECTIONS: Final = (ENROLMENTS,)
