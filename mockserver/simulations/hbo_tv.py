"""HBO, versions 1 and 2: one product, whose products are flat in version 1 (contracts/hbo-tv.md).

A cancelled subscription ends when the last of its products expires: by the cancellation where that
says so, else by the creation; at once where that is past or nobody said it (section 4). The times
of products are Unix seconds, as in version 2.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from mockserver.clock import EARLIEST, LATEST, Moment, instant_of, stamp
from mockserver.lifecycle import NEW, Guard, Lifecycle, Transition
from mockserver.message import Json, Request
from mockserver.record import View
from mockserver.simulation import Collection, Decide, Decision
from mockserver.simulations.subscriptions import (
    EXISTS,
    INVALID,
    NOT_FOUND,
    REF,
    WRONG_STATE,
    Api,
    allows,
    carrier,
    completed,
    correlation_of,
    elapsed,
    schema,
    text,
    text_of,
    visible,
)
from mockserver.simulations.workflows import Data, phases, runs

ACTIVE: Final = "ACTIVE"
EXPIRING: Final = "EXPIRING"
CANCELED: Final = "CANCELED"
CREATE: Final = "createHboSubscription"
CANCEL: Final = "cancelHboSubscription"
ENDS: Final = "ends"
LASTS: Final = Guard("its products expire later", lambda data: ENDS in data)
OVER: Final = Guard("nothing of it is left", lambda data: ENDS not in data)

LIFECYCLE: Final = Lifecycle(
    name="An HBO subscription",
    member="status",
    terminal=("CANCELED",),
    transitions=(
        Transition(NEW, ACTIVE, by=CREATE),
        Transition(ACTIVE, EXPIRING, by=CANCEL, guard=LASTS),
        Transition(ACTIVE, CANCELED, by=CANCEL, guard=OVER),
        Transition(EXPIRING, CANCELED, does="the last of its products expires"),
        *runs(CREATE, CANCEL),
    ),
    phases={
        EXPIRING: "Cancelled; it goes on until its products expire.",
        **phases(CREATE, CANCEL),
    },
    not_before={EXPIRING: ENDS},
)


def _cancelled(data: Data, body: Json, moment: Moment) -> Data:
    ends = _ends(body["products"]) or _ends(data.get("products", ()))
    later = {ENDS: stamp(ends)} if ends is not None and ends > moment.now else {}
    return {"reason": body["reason"], **later}


CARRY: Final = carrier(LIFECYCLE, {CANCEL: _cancelled})


PRODUCT: Final = {
    "type": "object",
    "description": "A product; its times are Unix seconds",
    "required": ["code"],
    "properties": {
        "code": {"type": "string"},
        "starts": {"type": "integer"},
        "expires": {"type": "integer"},
    },
}
SUBSCRIPTIONS: Final = Collection(
    name="hbo-subscriptions",
    summary="An HBO subscription",
    apis=("hbo-tv-v2", "hbo-tv-v1"),
    schema=schema(
        ["org_id", "service_id"],
        {
            "org_id": text("Tenant"),
            "service_id": text("HBO's service id"),
            "external_id": text("Id in the CRM"),
            "country": text("Country"),
            "products": {"type": "array", "items": PRODUCT},
            "status": {"enum": [ACTIVE, EXPIRING, CANCELED], "description": "Without it ACTIVE"},
            "reason": text("Why it was cancelled"),
            ENDS: {
                "type": "string",
                "format": "date-time",
                "description": "When it is CANCELED; only while it is EXPIRING",
            },
        },
    )
    | {
        "if": {"properties": {"status": {"const": EXPIRING}}, "required": ["status"]},
        "then": {"required": [ENDS]},
    },
    identity=("org_id", "service_id"),
    lifecycle=LIFECYCLE,
    elapse=partial(elapsed, LIFECYCLE, CARRY),
    completed=completed("status", ACTIVE),
)


def _create(api: Api, products: Callable[[Json], Json]) -> Decide:
    def create(view: View, request: Request, moment: Moment) -> Decision:
        body, org = request.content, request.path["org_id"]
        service = text_of(body["service_id"])
        name = SUBSCRIPTIONS.id_of({"org_id": org, "service_id": service})
        call = api.call(request, CREATE, name, correlation_of(request))
        if again := call.again(view, moment):
            return again
        if view.get(SUBSCRIPTIONS.name, name) is not None:
            return api.refused(EXISTS, f"The subscription {service} already exists.")
        data = {
            "org_id": org,
            "service_id": service,
            "external_id": text_of(body["external_id"]),
            "country": body["country"],
            "products": products(body),
        }
        return call.made(SUBSCRIPTIONS, data, moment)

    return create


def _cancel(api: Api, parameter: str, products: Callable[[Json], Json]) -> Decide:
    def cancel(view: View, request: Request, moment: Moment) -> Decision:
        org, service = request.path["org_id"], text_of(request.path[parameter])
        name = SUBSCRIPTIONS.id_of({"org_id": org, "service_id": service})
        call = api.call(request, CANCEL, name, correlation_of(request))
        if again := call.again(view, moment):
            return again
        record = visible(LIFECYCLE, view.get(SUBSCRIPTIONS.name, name))
        if record is None:
            return api.refused(NOT_FOUND, f"The subscription {service} does not exist.")
        if not allows(LIFECYCLE, CARRY, record, CANCEL, moment):
            return api.refused(WRONG_STATE, f"The subscription {service} is already cancelled.")
        user = text_of(request.content["external_id"])
        if user != record.data.get("external_id", user):
            return api.refused(INVALID, f"The subscription {service} is not of the user {user}.")
        body = {"reason": request.content["reason"], "products": products(request.content)}
        return call.accepted(LIFECYCLE, record, body, moment)

    return cancel


# products ---------------------------------------------------------------------------------------


def _ends(products: Sequence[Json]) -> datetime | None:
    """When the last of some products expires, None where none of them says."""
    found = [each["expires"] for each in products if each.get("expires") is not None]
    if not found:
        return None
    seconds = min(max(*found, EARLIEST.timestamp()), LATEST.timestamp())
    return datetime.fromtimestamp(seconds, UTC)


def _listed(body: Json) -> Json:
    """The products of version 2."""
    return body["products"]


def _flat(body: Json) -> Json:
    """The product of version 1, written as version 2 does."""
    return [dict(_flat_members(body))]


def _flat_members(body: Json) -> Iterator[tuple[str, Json]]:
    for name, member in (("code", "product_code"), ("name", "product_name")):
        if body.get(member) is not None:
            yield name, body[member]
    for name in ("start", "expire", "renew"):
        if (seconds := _seconds(body.get(f"product_{name}_date"))) is not None:
            yield f"{name}s", seconds


def _seconds(date: str | None) -> int | None:
    """Unix seconds of a date-time, None for what is none."""
    instant = instant_of(date) if date else None
    return int(instant.timestamp()) if instant is not None else None


V1: Final = Api("hbo-tv-v1", "hbo", ref=REF)
V2: Final = Api("hbo-tv-v2", "hbo", ref=REF)
SERVES: Final = {
    V1.stem: {CREATE: _create(V1, _flat), CANCEL: _cancel(V1, "subscription_id", _flat)},
    V2.stem: {CREATE: _create(V2, _listed), CANCEL: _cancel(V2, "service_id", _listed)},
}
COLLECTIONS: Final = (SUBSCRIPTIONS,)
