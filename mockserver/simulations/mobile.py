"""Mobile lines: the activation, with or without a ported number (contracts/mobile.md, section 4).

A line whose number is ported is in process until the day of its cut-over window begins on the
session's clock, in UTC (inferred); then it is active. The key of the SIM is not kept. A line that
becomes active counts against limits, see `world`.

A number is in use once, whoever has it. An activation without a portability is refused where any
tenant has it, or is about to, and where the world has it with an operator of the group. A ported
number leaves the tenant that had it when it becomes active (all inferred). The world's lines have
national numbers of Spain: it is told of no other ones.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from mockserver.clock import Moment, instant_of, stamp
from mockserver.lifecycle import NEW, Guard, Lifecycle, Transition
from mockserver.message import Json, Request
from mockserver.record import Change, Gone, Record, View
from mockserver.simulation import Collection, Decision
from mockserver.simulations import world
from mockserver.simulations.operators import brand_of
from mockserver.simulations.subscriptions import (
    Api,
    Error,
    carrier,
    completed,
    correlation_of,
    elapsed,
    kept,
    schema,
    text,
)
from mockserver.simulations.workflows import FAILED, Data, phases, runs

ACTIVE: Final = "ACTIVE"
PORTING: Final = "PORTING"
ACTIVATE: Final = "activateMobile"
PORTED_AT: Final = "ported_at"
BODY: Final = ("externalReference", "segment", "billingType")  # what a line keeps of its order
SPAIN: Final = "34"  # the country code of the world's numbers
API: Final = Api("mobile-v1", "mobile")
IN_USE: Final = Error(400, "NumberInUse", "NUMBER_IN_USE")
LATER: Final = Guard("its cut-over is to come", lambda data: PORTED_AT in data)
AT_ONCE: Final = Guard("nothing is to be ported any more", lambda data: PORTED_AT not in data)

LIFECYCLE: Final = Lifecycle(
    name="A mobile line",
    member="status",
    terminal=("ACTIVE",),
    transitions=(
        Transition(NEW, PORTING, by=ACTIVATE, guard=LATER),
        Transition(NEW, ACTIVE, by=ACTIVATE, guard=AT_ONCE),
        Transition(PORTING, ACTIVE, does="the number is ported, on its day"),
        Transition(PORTING, FAILED, does="the donor operator keeps the number"),
        *runs(ACTIVATE),
    ),
    phases=phases(ACTIVATE) | {FAILED: "The activation or the porting failed; the line is gone."},
    not_before={PORTING: PORTED_AT},
)


def _activated(data: Data, _body: Json, moment: Moment) -> Data:
    day = data.get("portability", {}).get("cutOverWindow")
    at = _begins(day) if day is not None else None
    return {PORTED_AT: stamp(at)} if at is not None and at > moment.now else {}


CARRY: Final = carrier(LIFECYCLE, {ACTIVATE: _activated})


def _elapse(view: View, record: Record, moment: Moment) -> Sequence[Change]:
    changes: list[Change] = []
    for each in elapsed(LIFECYCLE, CARRY, view, record, moment):
        if isinstance(each, Gone) or each.collection != LINES.name:
            changes.append(each)
        elif each.data["status"] == FAILED:
            changes.append(Gone(each.collection, each.id))
        else:
            changes.append(each)
            if each.data["status"] == ACTIVE != record.data["status"]:
                changes += _counted(view, each, moment)
    return changes


def _counted(view: View, line: Record, moment: Moment) -> Sequence[Change]:
    """What else changes when a line becomes active; the holder of a ported number is known.

    Who had the number until then has it no longer.
    """
    data = line.data
    there = [each for each in _with_number(view, data) if each.id != line.id]
    changes: list[Change] = [
        Gone(each.collection, each.id) for each in there if each.data["status"] == ACTIVE
    ]
    if _is_of_the_world(data):
        changes += world.line_made(
            view,
            moment,
            number=data["number"],
            kind=world.MOBILE,
            document_number=data.get("portability", {}).get("documentNumber"),
            brand=brand_of(data["org_id"]),
        )
    return changes


def _with_number(view: View, data: Data) -> Sequence[Record]:
    """The lines of all tenants with the number of this one."""
    found = view.by(LINES.name, "number", data["number"])
    return [each for each in found if each.data["countryCode"] == data["countryCode"]]


def _is_of_the_world(data: Data) -> bool:
    """Whether the world's lines can have a number."""
    return bool(data["countryCode"] == SPAIN and data["number"])


def _is_in_use(view: View, data: Data) -> bool:
    """Whether somebody in the group has a number, or is about to."""
    if _with_number(view, data):
        return True
    return _is_of_the_world(data) and world.is_carried(view, data["number"])


LINES: Final = Collection(
    name="mobile-lines",
    summary="A mobile line; the key of its SIM is not kept",
    apis=("mobile-v1",),
    schema=schema(
        ["org_id", "countryCode", "number"],
        {
            "org_id": text("Organisation"),
            "countryCode": text("Country calling code"),
            "number": text("National number"),
            "externalReference": text("The caller's process"),
            "segment": text("Segment of the customer"),
            "billingType": text("How it is billed"),
            "iccid": text("Serial of the SIM"),
            "imsi": text("Subscriber identity"),
            "dataPlan": text("Data plan"),
            "portability": {
                "type": "object",
                "description": "Where the number comes from, and who holds it",
                "required": ["cutOverWindow"],
                "properties": {
                    "cutOverWindow": {"type": "string", "format": "date"},
                    "operator": text("The donor"),
                    "documentType": text("Kind of the holder's document"),
                    "documentNumber": text("The holder's document"),
                },
            },
            "status": {"enum": [PORTING, ACTIVE], "description": "Without it ACTIVE"},
            PORTED_AT: {
                "type": "string",
                "format": "date-time",
                "description": "When the number is ported; only where it is, or was, PORTING",
            },
        },
    )
    | {
        "if": {"properties": {"status": {"const": PORTING}}, "required": ["status"]},
        "then": {"required": [PORTED_AT]},
    },
    identity=("org_id", "countryCode", "number"),
    keys=("number",),
    lifecycle=LIFECYCLE,
    elapse=_elapse,
    completed=completed("status", ACTIVE),
)


def _activate(view: View, request: Request, moment: Moment) -> Decision:
    body, msisdn = request.content, request.content["msisdn"]
    identity = {
        "org_id": request.path["org_id"],
        "countryCode": msisdn["countryCode"],
        "number": msisdn["number"],
    }
    name = LINES.id_of(identity)
    call = API.call(request, ACTIVATE, name, correlation_of(request))
    if again := call.again(view, moment):
        return again
    is_new = body.get("portability") is None
    if view.get(LINES.name, name) is not None or (is_new and _is_in_use(view, identity)):
        number = f"{msisdn['countryCode']} {msisdn['number']}"
        return API.refused(IN_USE, f"The number {number} is already active.")
    network, sim = body.get("network") or {}, body.get("sim") or {}
    own = {
        "iccid": sim.get("iccid"),
        "imsi": sim.get("imsi"),
        "dataPlan": network.get("dataPlan") or network.get("dataplan"),
        "portability": _portability(body.get("portability")),
    }
    data = kept(body, BODY) | {each: value for each, value in own.items() if value is not None}
    return call.made(LINES, data | identity, moment)


def _portability(node: Json) -> Json:
    """What is kept of a portability, None where there is none."""
    if node is None:
        return None
    names = ("operator", "documentType", "documentNumber")
    donor = {each: node["donor"][each] for each in names}
    return {"cutOverWindow": node["cutOverWindow"], **donor}


def _begins(day: str) -> datetime | None:
    """When a day begins, None for what is none."""
    return instant_of(f"{day}T00:00:00Z")


SERVES: Final = {"mobile-v1": {ACTIVATE: _activate}}
COLLECTIONS: Final = (LINES,)
