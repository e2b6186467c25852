"""FTTH: accesses by number, place and address, and retentions.

A closed world: an access that the session does not have is a 404 (ftth.md, section 4, inferred).
The accesses are those of the shared world, so what TESA has finished is found here.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

from mockserver.clock import UNSTAGED, Moment
from mockserver.message import Json, Request
from mockserver.record import Change, Record, View
from mockserver.simulation import Decide, Decision
from mockserver.simulations import world
from mockserver.simulations.gescal import GESCAL_MAX, GESCAL_MIN, is_building, meet, same
from mockserver.simulations.operators import EXTERNAL, ORANGE, OWN, network_of

CRITERIA: Final = ("phoneNumber", "gescal37", "addressId")

# What each query shows of an access (inferred: the page only names the schemas).
SHOWN: Final = {
    OWN: (
        "iua",
        "phoneNumber",
        "gescal37",
        "addressId",
        "documentNumber",
        "clientName",
        "brand",
        "territoryOwner",
        "technology",
        "bandwidth",
    ),
    ORANGE: ("iua", "phoneNumber", "gescal37", "addressId", "documentNumber", "brand"),
}


def _same(one: str, other: str) -> bool:
    return one == other


def _alike(one: str, other: str) -> bool:
    return one.upper() == other.upper()


# The members of a retention's source that must be those of the access, and what their values have
# in common if they are. Names are left out: they are spelled in many ways.
AGREEING: Final = {
    "gescal37": meet,
    "phoneNumber": _same,
    "documentNumber": _same,
    "brand": _alike,
}


# queries --------------------------------------------------------------------------------------


def accesses_info(network: str, view: View, request: Request, _moment: Moment) -> Decision:
    """The one access of a network that all criteria lead to.

    400 without a criterion, 404 where one of them finds nothing, 406 where they contradict each
    other or leave more than one access.
    """
    asked = {name: value for name in CRITERIA if (value := request.query.get(name))}
    if not asked:
        names = ", ".join(f"'{name}'" for name in CRITERIA)
        return _refused(400, "Invalid query", f"At least one of {names} is required.")
    left: dict[str, Record] | None = None
    for name, value in asked.items():
        found = {each.id: each for each in _found(view, network, name, value)}
        if not found:
            return _refused(404, "Data not found", f"There is no access with {name} '{value}'.")
        left = found if left is None else {key: left[key] for key in left if key in found}
    left = left or {}
    told = _told(asked)
    if not left:
        return _refused(406, "Contradicting criteria", f"No access has {told} together.")
    if len(left) > 1:
        return _refused(406, "More than one access", f"{told} fits more than one access.")
    return Decision(200, _shown(view, network, *left.values()))


def _found(view: View, network: str, name: str, value: str) -> Sequence[Record]:
    if name == "gescal37":
        found = world.records_at(view, world.ACCESSES.name, value)
    else:
        found = view.by(world.ACCESSES.name, name, value)
    return [each for each in found if each.data["network"] == network]


def _told(asked: Mapping[str, str]) -> str:
    return ", ".join(f"{name} '{value}'" for name, value in asked.items())


def _shown(view: View, network: str, found: Record) -> Json:
    data = found.data
    known = world.customer(view, data.get("documentNumber"))
    named = {"clientName": known.data["clientName"]} if known and "clientName" in known.data else {}
    whole = {**named, **data}
    return {name: whole[name] for name in SHOWN[network] if name in whole}


# retentions -----------------------------------------------------------------------------------


def create_retention(view: View, request: Request, moment: Moment) -> Decision:
    """Keep a customer: the access moves to the destination, or a new one has to be installed.

    400 where the source is not an access of the group as it is now.
    """
    body = request.content
    if not body["reuseAccess"]:
        return Decision(200, {"reuseAccess": False, "installationRequired": True})
    source, target = body["source"], body["destination"]
    iua = source.get("iua") or ""  # a lenient server takes nulls
    found = world.access(view, iua)
    if found is None or found.data["network"] == EXTERNAL:
        return _impossible(f"There is no access with iua '{iua}' to re-use.")
    for name, agree in AGREEING.items():
        value, given = found.data.get(name), source.get(name) or ""
        if value is not None and not agree(value, given):
            return _impossible(f"The access with iua '{iua}' does not have {name} '{given}'.")
    if not GESCAL_MIN <= len(target["gescal37"]) <= GESCAL_MAX:
        return _impossible(f"There is no place with gescal37 '{target['gescal37']}'.")
    reply = {"reuseAccess": True, "iua": iua, "installationRequired": False}
    return Decision(200, reply, changes=moved(view, moment, found, target))


def moved(
    view: View, moment: Moment, found: Record, target: Mapping[str, Json]
) -> Sequence[Change]:
    """An access with another customer, brand, speed or place; its lines go with it.

    At another place it has the address id and the owner of that place, where they are known; the
    place that it has left is known from then on.

    Args:
        view: The session's records.
        moment: When it moves.
        found: The access.
        target: Who gets it, as `destination` of a retention; what it does not say stays.
    """
    data = dict(found.data)
    document = target.get("documentNumber") or data.get("documentNumber")
    if document != data.get("documentNumber"):
        data.pop("clientName", None)
    gescal, place = data.get("gescal37"), target["gescal37"]
    if gescal is None or not meet(gescal, place):
        data |= {
            "gescal37": place,
            "addressId": world.address_of(view, place),
            "territoryOwner": world.owner_of(view, place),
        }
    elif is_building(gescal):
        data["gescal37"] = place
    named = ("phoneNumber", "documentNumber", "clientName", "brand", "bandwidth")
    data |= {name: target[name] for name in named if target.get(name)}
    data["network"] = network_of(data.get("brand"))
    data = {name: value for name, value in data.items() if value is not None}
    after = world.ACCESSES.adopted(data, UNSTAGED, moment)
    client = {"clientName": target.get("clientName")}
    met = world.customer_met(view, document, client)
    left = gescal is not None and not same(gescal, data["gescal37"])
    known = world.place_met(view, found.data) if left else ()
    return [after, *known, *met, *world.lines_moved(view, moment, found, after)]


def _impossible(details: str) -> Decision:
    return _refused(400, "Retention not possible", details)


# refusals -------------------------------------------------------------------------------------

CODES: Final = {400: "BAD_REQUEST", 404: "RESOURCE_NOT_FOUND", 406: "NOT_ACCEPTABLE"}


def _refused(status: int, title: str, details: str) -> Decision:
    """An `errorResponseDto`; its members are those of the siblings (inferred)."""
    return Decision(status, {"code": CODES[status], "title": title, "details": details})


OPERATIONS: Final[Mapping[str, Decide]] = {
    "getFtthAccessesInfo": partial(accesses_info, OWN),
    "getFtthOrangeAccessesInfo": partial(accesses_info, ORANGE),
    "createFtthRetention": create_retention,
}
SERVES: Final = {"ftth-v1": OPERATIONS}
