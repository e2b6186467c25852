"""What all APIs of a session share: customers, places, accesses and lines.

One world: a finished activation at TESA makes an access that the FTTH queries and the access check
find, a termination ends it, a retention moves it, lines count against limits. Every such link is
inferred: the source documents describe each API by itself. What a record looks like is
`world_schemas`' to say.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from string import ascii_uppercase
from typing import Final

from mockserver.clock import Moment, stamp
from mockserver.message import Json
from mockserver.record import Change, Gone, Record, View
from mockserver.simulation import Collection
from mockserver.simulations import world_schemas as schemas
from mockserver.simulations.gescal import building_of, is_building, meet, same
from mockserver.simulations.operators import (
    EXTERNAL,
    OPERATORS,
    Operator,
    brand_of,
    network_of,
    operator_of,
)

Data = Mapping[str, Json]

FIXED: Final = "FIXED"
MOBILE: Final = "MOBILE"
BROADBAND: Final = "BROADBAND"

_AREA: Final = re.compile("[0-9]{5}")  # province and town, where a GESCAL begins with them

# How Feasibility writes who owns the footprint that TESA calls so. FIBNEB01 is the sample of the
# document (seed:002), the others are made like it (inferred).
FOOTPRINTS: Final = {
    "NEBA": "FIBNEB01",
    "VULA_COMMERCIAL": "FIBVUC01",
    "VULA_REGULATED": "FIBVUR01",
}


# collections ----------------------------------------------------------------------------------


def _in_building(data: Data) -> Data:
    return {**data, "building": building_of(data["gescal37"])}


def _of_place(data: Data, _moment: Moment) -> Data:
    return _in_building(data)


def _of_access(data: Data, _moment: Moment) -> Data:
    found = {"network": network_of(data.get("brand")), "technology": "FTTH", **data}
    found.pop("building", None)
    return _in_building(found) if "gescal37" in found else found


def _of_line(data: Data, _moment: Moment) -> Data:
    code, name = data.get("operatorCode"), data.get("operatorName")
    operator = operator_of(data.get("brand"))
    if code is not None or name is not None:
        named = (each for each in OPERATORS if each.code == code or each.name == name)
        operator = next(named, Operator("00299", "OTHER", internal="brand" in data))
    return {
        "operatorCode": operator.code,
        "operatorName": operator.name,
        "internal": operator.internal,
        "portable": True,
        **data,
    }


CUSTOMERS: Final = Collection(
    name="customers",
    summary="A customer, known by the document",
    apis=(),
    schema=schemas.CUSTOMER,
    identity=("documentNumber",),
)
PLACES: Final = Collection(
    name="places",
    summary="A dwelling or a building that fibre can reach",
    apis=(),
    schema=schemas.PLACE,
    identity=("gescal37",),
    keys=("addressId", "building"),
    completed=_of_place,
)
ACCESSES: Final = Collection(
    name="accesses",
    summary="A fibre access in service",
    apis=(),
    schema=schemas.ACCESS,
    identity=("iua",),
    keys=(
        "phoneNumber",
        "gescal37",
        "building",
        "addressId",
        "documentNumber",
        "externalReference",
    ),
    completed=_of_access,
)
LINES: Final = Collection(
    name="lines",
    summary="A line of a customer",
    apis=(),
    schema=schemas.LINE,
    identity=("number",),
    keys=("documentNumber", "iua"),
    completed=_of_line,
)
COLLECTIONS: Final = (CUSTOMERS, PLACES, ACCESSES, LINES)


# what finds -----------------------------------------------------------------------------------


def customer(view: View, document: str | None) -> Record | None:
    """The customer with this document, None for none."""
    return view.get(CUSTOMERS.name, CUSTOMERS.id_of({"documentNumber": document or ""}))


def access(view: View, iua: str) -> Record | None:
    """The access with this id, None for none."""
    return view.get(ACCESSES.name, ACCESSES.id_of({"iua": iua}))


def line(view: View, number: str) -> Record | None:
    """The line with this number, None for none."""
    return view.get(LINES.name, LINES.id_of({"number": number}))


def is_carried(view: View, number: str) -> bool:
    """Whether a number is with the group: by its line, by its access where it has no line."""
    known = line(view, number)
    if known is not None:
        return bool(known.data["internal"])
    found = view.by(ACCESSES.name, "phoneNumber", number)
    return any(each.data["network"] != EXTERNAL for each in found)


def records_at(view: View, collection: str, gescal: str) -> Sequence[Record]:
    """What is at the places that a GESCAL can mean, oldest first.

    Args:
        view: The session's records.
        collection: `accesses`, or the `places` themselves.
        gescal: Of a dwelling, or of a building.
    """
    found = view.by(collection, "building", building_of(gescal))
    return [each for each in found if meet(each.data["gescal37"], gescal)]


def place_of(view: View, gescal: str) -> Record | None:
    """The place that a GESCAL names, None for none; a building is none of its dwellings."""
    found = records_at(view, PLACES.name, gescal)
    return next((each for each in found if same(each.data["gescal37"], gescal)), None)


def address_of(view: View, gescal: str | None) -> str | None:
    """The address id of a dwelling that the session knows, None for none."""
    if gescal is None or is_building(gescal):
        return None
    place = place_of(view, gescal)
    return place.data.get("addressId") if place is not None else None


def owner_of(view: View, gescal: str) -> str | None:
    """Who owns the footprint at a place, None where nobody has said it.

    A building says it for those of its dwellings that do not.
    """
    known = (place_of(view, each) for each in (gescal, building_of(gescal)))
    return next(
        (each.data["territoryOwner"] for each in known if each and "territoryOwner" in each.data),
        None,
    )


# what happens ---------------------------------------------------------------------------------


def access_made(view: View, moment: Moment, *, org: str, order: Data) -> Sequence[Change]:
    """A TESA activation is finished: the access exists, with its number and its customer.

    Args:
        view: The session's records.
        moment: When it is finished.
        org: The tenant that ordered it.
        order: The data of the request, of which any member may lack: `reference_id`,
            `external_reference`, `territory_owner`, `customer`, `service_point`.

    Returns:
        The access; its place and its customer, where they are new; the fixed line, where there is
        a number. That number leaves the access that had it.
    """
    point, client = order.get("service_point") or {}, order.get("customer") or {}
    gescal, owner = point.get("gescal"), order.get("territory_owner")
    number, document = point.get("phoneNumber"), client.get("documentNumber")
    data = _present(
        iua=_iua(view, moment, org, order, gescal or ""),
        phoneNumber=number,
        gescal37=gescal,
        addressId=point.get("addressId") or address_of(view, gescal),
        documentNumber=document,
        clientName=_name_of(client),
        externalReference=order.get("external_reference"),
        brand=brand_of(org),
        org=org,
        territoryOwner=FOOTPRINTS.get(owner or "", owner),
        bandwidth=point.get("bandwidth"),
        since=stamp(moment.now),
    )
    made = ACCESSES.record(_of_access(data, moment))
    met = customer_met(view, document, _client(client))
    changes: list[Change] = [made, *place_met(view, data), *met]
    if number:
        changes += number_given(view, moment, made)
    return changes


def access_ended(view: View, iua: str) -> Sequence[Change]:
    """An access is no more, nor are its fixed and broadband lines; an unknown one changes nothing.

    Its place is known from then on.

    Args:
        view: The session's records.
        iua: Of the access.
    """
    found = access(view, iua)
    if found is None:
        return []
    lines = [each for each in lines_of(view, found) if each.data["kind"] != MOBILE]
    gone = [Gone(each.collection, each.id) for each in (found, *lines)]
    return [*gone, *place_met(view, found.data)]


def line_made(
    view: View, moment: Moment, *, number: str, kind: str, document_number: str | None, brand: str
) -> Sequence[Change]:
    """A line is in service with a brand of the group; a number that was elsewhere has moved.

    It is on no access: one that had the number has it no longer.

    Args:
        view: The session's records.
        moment: Since when.
        number: Of the line.
        kind: `FIXED`, `MOBILE` or `BROADBAND`.
        document_number: Whose it is, None where nobody knows.
        brand: Of the group.
    """
    data = _present(documentNumber=document_number, brand=brand)
    return [*_left(view, number), _line(view, moment, number, kind, data)]


def place_met(view: View, access_data: Data) -> Sequence[Change]:
    """The place of an access, where the session does not know one yet.

    So that what was said of it stays true when the access is no more.

    Args:
        view: The session's records.
        access_data: Of an access that is there, or was.
    """
    gescal = access_data.get("gescal37")
    if gescal is None or place_of(view, gescal) is not None:
        return []
    named = ("gescal37", "addressId", "territoryOwner")
    data = {name: access_data[name] for name in named if name in access_data}
    return [PLACES.record(_in_building(data))]


def customer_met(view: View, document: str | None, data: Data) -> Sequence[Change]:
    """The customer with this document, where the session does not know one yet.

    Args:
        view: The session's records.
        document: None where there is none.
        data: What else is known of the customer.
    """
    if not document or customer(view, document) is not None:
        return []
    return [CUSTOMERS.record(_present(**{**data, "documentNumber": document}))]


def number_given(view: View, moment: Moment, holder: Record) -> Sequence[Change]:
    """The fixed number of an access is there now: its line is, and no other access has it.

    Args:
        view: The session's records.
        moment: Since when.
        holder: The access as it is from now on, with a `phoneNumber`.
    """
    number = holder.data["phoneNumber"]
    left = _left(view, number, holder.id)
    return [*left, _line(view, moment, number, FIXED, _holder(holder))]


def lines_moved(view: View, moment: Moment, before: Record, after: Record) -> Sequence[Change]:
    """The lines of an access go with it, but for that of the number that it has no longer.

    Args:
        view: The session's records.
        moment: When they go.
        before: The access as it was.
        after: The access as it is from now on.
    """
    number, former = after.data.get("phoneNumber"), before.data.get("phoneNumber")
    changes: list[Change] = []
    for each in lines_of(view, before):
        name, kind = each.data["number"], each.data["kind"]
        if kind == FIXED and name == former != number:
            changes.append(Gone(each.collection, each.id))
        elif kind != MOBILE and name != number:
            changes.append(_line(view, moment, name, kind, _holder(after)))
    return [*changes, *number_given(view, moment, after)] if number else changes


def lines_of(view: View, holder: Record) -> Sequence[Record]:
    """The lines on an access: those that name it, and that of its number if it names none."""
    found = list(view.by(LINES.name, "iua", holder.data["iua"]))
    number = holder.data.get("phoneNumber")
    known = line(view, number) if number else None
    if known is not None and "iua" not in known.data:
        found.append(known)
    return found


# details --------------------------------------------------------------------------------------


def _present(**members: Json) -> dict[str, Json]:
    return {name: value for name, value in members.items() if value not in (None, "")}


def _line(view: View, moment: Moment, number: str, kind: str, data: Data) -> Record:
    """A line as it is from now on; that a number cannot be ported stays."""
    known = line(view, number)
    portable = known is None or known.data["portable"]
    own = {"number": number, "kind": kind, "portable": portable, "since": stamp(moment.now)}
    return LINES.record(_of_line({**data, **own}, moment))


def _left(view: View, number: str, holder: str = "") -> Sequence[Change]:
    """The accesses that had a number, without it; but for the one with the id `holder`."""
    return [
        replace(each, data={name: each.data[name] for name in each.data if name != "phoneNumber"})
        for each in view.by(ACCESSES.name, "phoneNumber", number)
        if each.id != holder
    ]


def _holder(holder: Record) -> Data:
    """What an access says of its lines."""
    named = ("documentNumber", "brand", "iua")
    return {name: holder.data[name] for name in named if name in holder.data}


def _name_of(client: Data) -> str:
    return " ".join(filter(None, (client.get("name"), client.get("lastName"))))


def _client(client: Data) -> Data:
    """A customer of TESA's requests as a record of ours, less the document's number."""
    return {
        "documentType": client.get("documentType"),
        "clientName": _name_of(client),
        "contactPhone": client.get("contactPhone"),
        "email": client.get("email"),
    }


def _iua(view: View, moment: Moment, org: str, order: Data, gescal: str) -> str:
    """An unused access id in the form of the sample V33904AHB202, the same for the same order."""
    names = (moment.tag, org, order.get("reference_id"), order.get("external_reference"), gescal)
    area = _AREA.match(gescal)
    for attempt in itertools.count():
        text = "\0".join(map(str, (*names, attempt)))
        drawn = int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
        drawn, place = divmod(drawn, 10**5)
        drawn, digits = divmod(drawn, 10**3)
        letters = "".join(ascii_uppercase[drawn // 26**power % 26] for power in range(3))
        iua = f"V{area[0] if area else f'{place:05}'}{letters}{digits:03}"
        if access(view, iua) is None:
            return iua
    raise AssertionError  # pragma: no cover - counting does not end
