"""Disney: entitlements of users (contracts/disney-tv.md, section 4).

A user who has asked for an activation url opens it as the course says of the phase `LINKING`: then
an account is linked. It has to happen before the url expires, and while the user may watch. What
Disney does to a subscription by itself (a grace period, a cancellation for another reason than the
customer's) it does where a course names it: `ACTIVE: {after: 1d, then: GRACE_PERIOD}`.
"""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final
from urllib.parse import quote

from mockserver.clock import Moment, instant_of, stamp
from mockserver.lifecycle import NEW, Lifecycle, Transition, interrupted, resumed, steered
from mockserver.message import Json, Request
from mockserver.record import Change, Record, View, identified
from mockserver.simulation import Collection, Decide, Decision, Poll
from mockserver.simulations.subscriptions import (
    EXISTS,
    INVALID,
    NOT_FOUND,
    UPDATED,
    WRONG_STATE,
    Api,
    carrier,
    completed,
    correlation_of,
    elapsed,
    schema,
    text,
    visible,
)
from mockserver.simulations.workflows import Data, expected, phases, runs

ACTIVE: Final = "ACTIVE"
HELD: Final = "BILLING_HOLD"
GRACE: Final = "GRACE_PERIOD"
CANCELED: Final = "CANCELED"
LINKED: Final = "LINKED"
UNLINKED: Final = "UNLINKED"
LINKING: Final = "LINKING"
REASONS: Final = ("VOLUNTARY", "INVOLUNTARY", "PLAN_SWITCHED", "ABUSE_REVOCATION", "UNKNOWN")
CREATE: Final = "createDisneySubscription"
MODIFY: Final = "modifyDisneySubscription"
SUSPEND: Final = "suspendDisneySubscription"
REACTIVATE: Final = "reactivateDisneySubscription"
CANCEL: Final = "cancelDisneySubscription"
URL_EXPIRES: Final = "url_expires"
API: Final = Api("disney-tv-v2", "disney-tv")
WORKS: Final = (CREATE, MODIFY, SUSPEND, REACTIVATE, CANCEL)

LIFECYCLE: Final = Lifecycle(
    name="A Disney subscription",
    member="entitled",
    terminal=("CANCELED",),
    transitions=(
        Transition(NEW, ACTIVE, by=CREATE),
        *(Transition(each, each, by=MODIFY) for each in (ACTIVE, HELD, GRACE)),
        *(Transition(each, HELD, by=SUSPEND) for each in (ACTIVE, GRACE)),
        Transition(HELD, ACTIVE, by=REACTIVATE),
        *(Transition(each, CANCELED, by=CANCEL) for each in (ACTIVE, HELD, GRACE)),
        Transition(ACTIVE, GRACE, does="Disney grants a grace period", on_demand=True),
        Transition(ACTIVE, CANCELED, does="Disney cancels it", on_demand=True),
        Transition(GRACE, ACTIVE, does="the grace period ends well", on_demand=True),
        Transition(GRACE, CANCELED, does="Disney cancels it", on_demand=True),
        Transition(LINKING, LINKED, does="the user opens the activation url"),
        Transition(LINKING, UNLINKED, does="the activation url expires"),
        *runs(*WORKS),
    ),
    phases={
        LINKING: "The user has an activation url and has not opened it.",
        LINKED: "An account is linked; `entitled` is as it was.",
        UNLINKED: "No account is linked; `entitled` is as it was.",
        **phases(*WORKS),
    },
    not_after={LINKING: URL_EXPIRES},
)


def _modified(_data: Data, body: Json, _moment: Moment) -> Data:
    return {"products": body["products"]}


def _cancelled(_data: Data, _body: Json, _moment: Moment) -> Data:
    return {"cancellation": "VOLUNTARY", "activated": UNLINKED}


CARRY: Final = carrier(LIFECYCLE, {MODIFY: _modified, CANCEL: _cancelled})


def _elapse(view: View, record: Record, moment: Moment) -> Sequence[Change]:
    if record.progress.phase == LINKING:
        return [_linked(record, moment)]
    return [
        _settled(record, each, moment)
        if isinstance(each, Record) and each.collection == SUBSCRIPTIONS.name
        else each
        for each in elapsed(LIFECYCLE, CARRY, view, record, moment)
    ]


def _settled(before: Record, record: Record, moment: Moment) -> Record:
    """The record after a phase ended: in `ACTIVE` it may have a user to wait for."""
    record = _by_disney(before, record)
    return _linking(record, moment) if record.progress.phase == ACTIVE else record


def _by_disney(before: Record, record: Record) -> Record:
    """The record with the reason of a cancellation that nobody asked for."""
    data = record.data
    if data["entitled"] != CANCELED or "cancellation" in data:
        return record
    code = before.progress.code
    reason = code if code in REASONS else "INVOLUNTARY"
    return replace(record, data={**data, "cancellation": reason, "activated": UNLINKED})


# the activation url -----------------------------------------------------------------------------


def _linking(record: Record, moment: Moment) -> Record:
    """The record waiting for its user, where there is a url to open."""
    data, phase = record.data, record.progress.phase
    if data["activated"] == LINKED or phase not in (ACTIVE, LINKING) or not _lasts(data, moment):
        return record
    waits = record if phase == LINKING else interrupted(record, moment)
    return LIFECYCLE.begin(waits, LINKING, moment)


def _lasts(data: Data, moment: Moment) -> bool:
    """Whether there is an activation url that may be opened."""
    end = instant_of(data.get(URL_EXPIRES, ""))
    return end is not None and moment.now < end


def _linked(record: Record, moment: Moment) -> Record:
    """The record after the phase `LINKING`: the account is linked, or the url has expired."""
    data = {name: value for name, value in record.data.items() if name != URL_EXPIRES}
    if _lasts(record.data, moment) and LIFECYCLE.outcome(record).target == LINKED:
        data |= {"activated": LINKED, UPDATED: stamp(moment.now)}
    record = replace(record, data=data)
    if record.progress.held is not None:
        return resumed(record, moment)
    return LIFECYCLE.begin(record, data["entitled"], moment)


SUBSCRIPTIONS: Final = Collection(
    name="disney-subscriptions",
    summary="A Disney subscription (entitlement) of a user",
    apis=("disney-tv-v2",),
    schema=schema(
        ["org_id", "user_id", "subscription_id"],
        {
            "org_id": text("Tenant"),
            "user_id": text("The user"),
            "subscription_id": text("The entitlement id"),
            "products": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Without it the basic bundle",
            },
            "entitled": {
                "enum": [ACTIVE, HELD, GRACE, CANCELED],
                "description": "Without it ACTIVE",
            },
            "cancellation": {"enum": list(REASONS), "description": "Why it was cancelled"},
            "activated": {"enum": [LINKED, UNLINKED], "description": "Without it UNLINKED"},
            URL_EXPIRES: {
                "type": "string",
                "format": "date-time",
                "description": "Until when the activation url may be opened",
            },
        },
    ),
    identity=("org_id", "subscription_id"),
    lifecycle=LIFECYCLE,
    elapse=_elapse,
    completed=lambda data, moment: {
        "products": ["com.disney.yoigo.es.bundle.basic"],
        "activated": UNLINKED,
        **completed("entitled", ACTIVE)(data, moment),
    },
    settled=_linking,
)


def _id_of(org: str, subscription: str) -> str:
    return SUBSCRIPTIONS.id_of({"org_id": org, "subscription_id": subscription})


def _addressed(view: View, request: Request) -> Record | None:
    """The subscription that a path names: it is the user's."""
    path = request.path
    record = view.get(SUBSCRIPTIONS.name, _id_of(path["org_id"], path["subscription_id"]))
    return record if record is not None and record.data["user_id"] == path["user_id"] else None


def _unknown(request: Request) -> Decision:
    user, name = request.path["user_id"], request.path["subscription_id"]
    return API.refused(NOT_FOUND, f"The user {user} has no subscription {name}.")


def _create(view: View, request: Request, moment: Moment) -> Decision:
    org, user, body = request.path["org_id"], request.path["user_id"], request.content
    if not body["subscriptionId"]:
        return API.refused(INVALID, "An empty subscriptionId cannot be found again.")
    name = _id_of(org, body["subscriptionId"])
    record = view.get(SUBSCRIPTIONS.name, name)
    subject = identified(org, user, body["subscriptionId"])
    call = API.call(request, CREATE, subject, correlation_of(request))
    if again := call.again(view, moment):
        return again
    if record is not None:
        name = body["subscriptionId"]
        return API.refused(EXISTS, f"The subscription {name} already exists for the user {user}.")
    data = {
        "org_id": org,
        "user_id": user,
        "subscription_id": body["subscriptionId"],
        "products": body["products"],
        "activated": UNLINKED,
    }
    return call.made(SUBSCRIPTIONS, data, moment)


def _change(operation: str, forbidden: str) -> Decide:
    """A change that a workflow carries out; `forbidden` says why a state does not allow it."""

    def change(view: View, request: Request, moment: Moment) -> Decision:
        record = visible(LIFECYCLE, _addressed(view, request))
        if record is None:
            return _unknown(request)
        call = API.call(request, operation, record.id, correlation_of(request))
        if again := call.again(view, moment):
            return again
        data = expected(record, CARRY, moment) or record.data
        if LIFECYCLE.called(replace(record, data=data), operation) is None:
            named = f"The subscription {request.path['subscription_id']} is "
            return API.refused(WRONG_STATE, named + forbidden.format(state=data["entitled"]))
        products = request.content["products"] if operation == MODIFY else None
        return call.accepted(LIFECYCLE, record, {"products": products}, moment)

    return change


def _read(view: View, request: Request, _moment: Moment) -> Decision:
    record = visible(LIFECYCLE, _addressed(view, request))
    if record is None:
        return _unknown(request)
    data = record.data
    shown = {each: data[each] for each in ("entitled", "products", "activated")}
    why = {"cancellation": data["cancellation"]} if "cancellation" in data else {}
    return Decision(200, {**shown, **why, "lastUpdated": data[UPDATED]})


def _url(view: View, request: Request, moment: Moment) -> Decision:
    record = visible(LIFECYCLE, _addressed(view, request))
    if record is None:
        return _unknown(request)
    name, body = request.path["subscription_id"], request.content
    if record.data["entitled"] == CANCELED:
        reason = f"The subscription {name} is CANCELED and cannot be changed."
        return API.refused(WRONG_STATE, reason)
    expires, country = body["expireDate"], quote(body["country"].lower(), safe="")
    made = f"{moment.tag}\0{moment.seed}\0{record.id}\0{expires}\0{stamp(moment.now)}"
    token = blake2b(made.encode(), digest_size=6).hexdigest()
    url = f"https://activation.disney.example/{country}/link?token={token}"
    end = instant_of(expires) or moment.now
    asked = replace(record, data={**record.data, URL_EXPIRES: stamp(end)})
    asked = steered(asked, moment.courses)
    progress = asked.progress
    if progress.held is not None and progress.held.phase == LINKING:  # while a workflow runs
        asked = replace(asked, progress=replace(progress, held=progress.held.held))
    changes = [_linking(asked, moment)]
    return Decision(200, {"url": url, "expireDate": expires}, changes=changes)


SERVES: Final = {
    "disney-tv-v2": {
        CREATE: _create,
        MODIFY: _change(MODIFY, "{state} and cannot be changed."),
        SUSPEND: _change(SUSPEND, "{state} and cannot be suspended."),
        REACTIVATE: _change(REACTIVATE, "{state}; only one in BILLING_HOLD can be reactivated."),
        CANCEL: _change(CANCEL, "already CANCELED."),
        "getDisneySubscriptionStatus": Poll(_addressed, _read),
        "createDisneyActivationUrl": _url,
    }
}
COLLECTIONS: Final = (SUBSCRIPTIONS,)
