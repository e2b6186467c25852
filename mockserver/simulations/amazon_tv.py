"""Provision TV Amazon: bundles that the customer activates (contracts/amazon-tv.md, section 4).

No answer tells the id of a bundle, and which identifier the cancellation takes is not documented.
So both the read and the cancellation take the bundle's own id and the account's `external_id`; of
several bundles of an account the newest counts that is not cancelled (inferred).
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final
from urllib.parse import quote

from mockserver.clock import Moment
from mockserver.lifecycle import NEW, Lifecycle, Transition
from mockserver.message import Json, Request
from mockserver.record import Record, View, identified
from mockserver.simulation import Collection, Decision, Poll
from mockserver.simulations.subscriptions import (
    EXISTS,
    INVALID,
    NOT_FOUND,
    REF,
    Api,
    Error,
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
from mockserver.simulations.workflows import Data, phases, runs

PENDING: Final = "PENDING_ACTIVATION"
ACTIVE: Final = "ACTIVE"
CANCELED: Final = "CANCELED"
CREATE: Final = "createAmazonSubscription"
CANCEL: Final = "cancelAmazonSubscription"
API: Final = Api("amazon-tv-v1", "amazon", ref=REF)
NO_BUNDLE: Final = Error(404, "BundleNotFound", "BUNDLE_NOT_FOUND")
SHOWN: Final = (
    "bundle_id",
    "external_id",
    "billing_id",
    "product",
    "offer_code",
    "status",
    "created",
    "updated",
)
BODY: Final = ("external_id", "product", "offer_code", "billing_id", "email", "msisdn")

LIFECYCLE: Final = Lifecycle(
    name="An Amazon bundle",
    member="status",
    terminal=("CANCELED",),
    transitions=(
        Transition(NEW, PENDING, by=CREATE),
        Transition(PENDING, ACTIVE, does="the customer opens the activation link"),
        Transition(PENDING, CANCELED, by=CANCEL),
        Transition(ACTIVE, CANCELED, by=CANCEL),
        Transition(ACTIVE, CANCELED, does="Amazon or the operator ends it", on_demand=True),
        *runs(CREATE, CANCEL),
    ),
    phases=phases(CREATE, CANCEL),
)


def _cancelled(_data: Data, body: Json, _moment: Moment) -> Data:
    return {"reason": body["reason"]}


CARRY: Final = carrier(LIFECYCLE, {CANCEL: _cancelled})


def _claims(record: Record) -> Iterable[str]:
    if record.data["status"] != CANCELED:
        yield _claim(record.data)


def _claim(data: Data) -> str:
    return identified(API.stem, data["org_id"], data["external_id"], data["product"])


BUNDLES: Final = Collection(
    name="amazon-bundles",
    summary="An Amazon bundle that an account has or had",
    apis=("amazon-tv-v1",),
    schema=schema(
        ["org_id", "bundle_id", "external_id", "product"],
        {
            "org_id": text("Tenant"),
            "bundle_id": text("Id of the bundle"),
            "external_id": text("The account"),
            "product": text("Amazon product id; an account has each one once"),
            "offer_code": text("Offer id"),
            "billing_id": text("The subscriber"),
            "email": text("Email address"),
            "msisdn": text("Phone number"),
            "status": {"enum": [PENDING, ACTIVE, CANCELED], "description": "Without it ACTIVE"},
            "reason": text("Why it was cancelled"),
        },
    ),
    identity=("org_id", "bundle_id"),
    keys=("external_id",),
    claims=_claims,
    lifecycle=LIFECYCLE,
    elapse=partial(elapsed, LIFECYCLE, CARRY),
    completed=completed("status", ACTIVE),
)


def _create(view: View, request: Request, moment: Moment) -> Decision:
    body, org = request.content, request.path["org_id"]
    if not body["external_id"]:
        return API.refused(INVALID, "An empty external_id cannot be found again.")
    claim = _claim({**body, "org_id": org})
    call = API.call(request, CREATE, claim, correlation_of(request))
    if again := call.again(view, moment):
        return again
    if view.holder(claim) is not None:
        account = f"The account '{body['external_id']}' is already subscribed to"
        return API.refused(EXISTS, f"{account} '{body['product']}'.")
    identity = BUNDLES.numbered(view, moment, {"org_id": org, "bundle_id": "BND-"})
    return call.made(BUNDLES, kept(body, BODY) | identity, moment)


def _cancel(view: View, request: Request, moment: Moment) -> Decision:
    org, name = request.path["org_id"], request.path["subscription_id"]
    correlation = correlation_of(request)
    for each in _candidates(view, org, name):
        if again := API.call(request, CANCEL, each.id, correlation).again(view, moment):
            return again
    seen = _seen(view, org, name)
    if not seen:
        return API.refused(NOT_FOUND, f"The subscription '{name}' does not exist.")
    live = (each for each in seen if allows(LIFECYCLE, CARRY, each, CANCEL, moment))
    record = next(live, None)
    if record is None:
        return API.refused(NOT_FOUND, f"The subscription '{name}' has already been cancelled.")
    account = request.content["external_id"]
    if account != record.data["external_id"]:
        return API.refused(INVALID, f"The subscription '{name}' is not of the account '{account}'.")
    call = API.call(request, CANCEL, record.id, correlation)
    return call.accepted(LIFECYCLE, record, {"reason": request.content["reason"]}, moment)


def _subject(view: View, request: Request) -> Record | None:
    org, name = request.path["org_id"], request.path["bundle_id"]
    return _meant(view, org, name) or next(iter(_candidates(view, org, name)), None)


def _read(view: View, request: Request, _moment: Moment) -> Decision:
    name = request.path["bundle_id"]
    record = _meant(view, request.path["org_id"], name)
    if record is None:
        return API.refused(NO_BUNDLE, f"The bundle '{name}' does not exist.")
    data = record.data
    shown = {member: data[member] for member in SHOWN if member in data}
    if data["status"] == PENDING:
        bundle = quote(data["bundle_id"], safe="")
        shown["activation_url"] = f"https://activation.example.com/amazon/{bundle}"
    return Decision(200, shown)


def _candidates(view: View, org: str, name: str) -> Sequence[Record]:
    """The bundles that an id of a path may mean, the newest first."""
    own = view.get(BUNDLES.name, BUNDLES.id_of({"org_id": org, "bundle_id": name}))
    if own is not None:
        return [own]
    found = view.by(BUNDLES.name, "external_id", name)
    return [each for each in reversed(found) if each.data["org_id"] == org]


def _seen(view: View, org: str, name: str) -> Sequence[Record]:
    """The candidates that callers see."""
    return [each for each in _candidates(view, org, name) if visible(LIFECYCLE, each)]


def _meant(view: View, org: str, name: str) -> Record | None:
    """The bundle that an id of a path means, None where there is none to be seen."""
    seen = _seen(view, org, name)
    live = (each for each in seen if each.data["status"] != CANCELED)
    return next(live, next(iter(seen), None))


SERVES: Final = {
    "amazon-tv-v1": {
        "getAmazonBundle": Poll(_subject, _read),
        CREATE: _create,
        CANCEL: _cancel,
    }
}
COLLECTIONS: Final = (BUNDLES,)
