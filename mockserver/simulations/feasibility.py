"""Feasibility: portability of a number, re-use of an access, lines that a customer may still have.

What the session's world knows is told as it is. Of everything else the world is open: a number or
a place that nobody has declared gets a plausible 200, the same one for the same value and seed, so
that a first test needs no seeds (portability.md, section 5, inferred). A 404 comes from scenarios.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from mockserver.clock import Moment
from mockserver.message import Json, Request
from mockserver.record import Record, View
from mockserver.simulation import Decide, Decision
from mockserver.simulations import world
from mockserver.simulations.gescal import building_of, is_building
from mockserver.simulations.operators import EXTERNAL, OPERATORS, Operator, operator_of

FIBRE: Final = "FTTH"
MIFIJO: Final = "MIFIJO"
FOREIGN_ONE_IN: Final = 4  # unknown places where an access of another group can be taken over

# What is told of an access that can be transferred, by its member in the world.
TOLD: Final = {
    "iua": "iua",
    "brand": "brand",
    "number": "phoneNumber",
    "documentNumber": "documentNumber",
    "gescal": "gescal37",
}


class Limits(NamedTuple):
    """How many lines a customer may have, in all and of each type."""

    total: int
    mobile: int
    fixed: int
    broadband: int


# Those of consumers are the sample's (public:F2/subscriptionlimit): 4 in all, 3 mobile, 1 fixed.
# The others are made up, larger for larger customers (inferred).
LIMITS: Final = {
    "Consumer": Limits(total=4, mobile=3, fixed=1, broadband=1),
    "SelfEmployee": Limits(total=8, mobile=5, fixed=2, broadband=2),
    "SME": Limits(total=20, mobile=12, fixed=5, broadband=5),
    "B2B": Limits(total=100, mobile=60, fixed=20, broadband=20),
}
SEGMENT: Final = "Consumer"  # of a customer of whom nothing is said


class Place(NamedTuple):
    """Where a service is wanted.

    Attributes:
        gescal: Of 17 or 37 characters, None where it is not said.
        address: The address id, None where it is not said.
    """

    gescal: str | None
    address: str | None


# checks ---------------------------------------------------------------------------------------


def portability_check(view: View, request: Request, moment: Moment) -> Decision:
    """Whether a number can be ported, and whether that needs an installation.

    A number that cannot be ported is a 200 too; nothing is transferred then.
    """
    body = request.content
    number, technology = body["number"], body["technology"]
    operator, portable = _carrier(view, moment, number)
    reply: dict[str, Json] = {
        "internalPortability": operator.internal,
        "isPortable": portable,
        "installationRequired": technology != MIFIJO,
        "operator": {"code": operator.code, "name": operator.name},
    }
    if portable and technology == FIBRE:
        reply |= _installation(view, moment, _place(body), number, None)
    return Decision(200, reply)


def access_check(view: View, request: Request, moment: Moment) -> Decision:
    """Whether an access can be transferred to a customer, or a new one has to be installed."""
    body = request.content
    document, number = body["documentId"]["value"], body.get("originNumber")
    return Decision(200, _installation(view, moment, _place(body), number, document))


def _place(body: Mapping[str, Json]) -> Place:
    return Place(body.get("technicalId") or None, body.get("addressId") or None)


def _carrier(view: View, moment: Moment, number: str) -> tuple[Operator, bool]:
    """Who carries a number, and whether it can be ported: by its line, by its access, or drawn."""
    line = world.line(view, number)
    if line is not None:
        data = line.data
        operator = Operator(data["operatorCode"], data["operatorName"], data["internal"])
        return operator, data["portable"]
    for each in view.by(world.ACCESSES.name, "phoneNumber", number):
        if each.data["network"] == EXTERNAL:
            foreign = [operator for operator in OPERATORS if not operator.internal]
            return foreign[moment.drawn("operator", number) % len(foreign)], True
        return operator_of(each.data.get("brand")), True
    return OPERATORS[moment.drawn("operator", number) % len(OPERATORS)], True


def _installation(
    view: View, moment: Moment, place: Place, number: str | None, document: str | None
) -> dict[str, Json]:
    """Whether something has to be installed at a place, and the access if not."""
    there = _accesses(view, place)
    found = _transferable(there, place, number, document)
    if found is not None:
        told = {name: found.data[of] for name, of in TOLD.items() if of in found.data}
        internal = found.data["network"] != EXTERNAL
        return _transfer({"internalAccess": internal, **told})
    if there or _known(view, place):
        return {"installationRequired": True}
    return _plausible(moment, place)


def _accesses(view: View, place: Place) -> Sequence[Record]:
    """The accesses at a place: by its address id, else by its GESCAL."""
    if place.address and (found := view.by(world.ACCESSES.name, "addressId", place.address)):
        return found
    return world.records_at(view, world.ACCESSES.name, place.gescal) if place.gescal else ()


def _transferable(
    there: Sequence[Record], place: Place, number: str | None, document: str | None
) -> Record | None:
    """The access to transfer: that of the number, that of the document, or the only one there.

    In a building the only one may be a neighbour's, so there it has to be one of the first two; and
    so it has to be where no more than the building of an access is known.
    """
    for name, value in (("phoneNumber", number), ("documentNumber", document)):
        own = [each for each in there if value and each.data.get(name) == value]
        if own:
            return own[0]
    if len(there) != 1:
        return None
    gescal = there[0].data.get("gescal37")
    addressed = place.address is not None and there[0].data.get("addressId") == place.address
    dwelling = place.gescal is not None and not is_building(place.gescal)
    vague = gescal is not None and is_building(gescal)
    return there[0] if (addressed or dwelling) and not vague else None


def _known(view: View, place: Place) -> bool:
    """Whether the session knows a place where no access is."""
    if place.address and view.by(world.PLACES.name, "addressId", place.address):
        return True
    return bool(place.gescal and world.records_at(view, world.PLACES.name, place.gescal))


# the open world -------------------------------------------------------------------------------


def _plausible(moment: Moment, place: Place) -> dict[str, Json]:
    """What may be at a place that the session does not know.

    Never an access of the group: the FTTH queries would deny it. A building says it for all that is
    in it, so that a place is the same one with 17 and with 37 characters, and with its address id.
    """
    name = building_of(place.gescal) if place.gescal else place.address or ""
    if moment.drawn("place", name) % FOREIGN_ONE_IN:
        return {"installationRequired": True}
    digits = f"{moment.drawn('access', name) % 10**8:08}"
    return _transfer({"internalAccess": False, "iua": f"V{digits[:5]}EXT{digits[5:]}"})


def _transfer(information: Mapping[str, Json]) -> dict[str, Json]:
    return {"installationRequired": False, "installationInformation": information}


# limits ---------------------------------------------------------------------------------------


def subscription_limit_active(view: View, request: Request, _moment: Moment) -> Decision:
    """A customer's active lines and what is left of the limits, in all and for each type.

    What is left is the limit less the active ones (the sample's arithmetic), never below none. A
    customer whom the session does not know, or who is not named, has no line yet.
    """
    body = request.content
    document = body.get("document_id") or None
    known = world.customer(view, document)
    segment = body.get("segment") or (known.data.get("segment") if known else None) or SEGMENT
    limits, active = LIMITS[segment], _active(view, document)
    total = sum(active.values())
    rows = [
        {
            "type": kind,
            "limit": limit,
            "active_subscriptions": active[kind],
            "subscriptions_allowed": max(0, limit - active[kind]),
        }
        for kind, limit in (
            (world.MOBILE, limits.mobile),
            (world.FIXED, limits.fixed),
            (world.BROADBAND, limits.broadband),
        )
    ]
    return Decision(
        200,
        {
            "total_limit": limits.total,
            "total_active_subscriptions": total,
            "total_subscriptions_allowed": max(0, limits.total - total),
            "specific_limits": rows,
        },
    )


def _active(view: View, document: str | None) -> Mapping[str, int]:
    """The active lines of a document with the group, by type.

    An access is a broadband line, and with a number that has no record of its own a fixed one too;
    a broadband line on an access is that access.
    """
    counts = {world.MOBILE: 0, world.FIXED: 0, world.BROADBAND: 0}
    if document is None:
        return counts
    for line in view.by(world.LINES.name, "documentNumber", document):
        kind, iua = line.data["kind"], line.data.get("iua")
        double = kind == world.BROADBAND and iua and world.access(view, iua) is not None
        if line.data["internal"] and not double:
            counts[kind] += 1
    for access in view.by(world.ACCESSES.name, "documentNumber", document):
        if access.data["network"] != EXTERNAL:
            number = access.data.get("phoneNumber") or ""
            counts[world.BROADBAND] += 1
            counts[world.FIXED] += bool(number) and world.line(view, number) is None
    return counts


PORTABILITY: Final[Mapping[str, Decide]] = {"portabilityCheck": portability_check}
SERVES: Final = {
    "portability-v1": PORTABILITY,
    "portability-v2": {
        **PORTABILITY,
        "accessCheck": access_check,
        "subscriptionLimitActive": subscription_limit_active,
    },
}
