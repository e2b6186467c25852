"""A naive town: lists that are searched from end to end, as slow as it is plain.

It knows what the FTTH queries and retentions answer, and what happens to accesses and lines.
"""

from collections.abc import Mapping
from typing import Any

Data = Mapping[str, Any]

OF_ORANGE = ("ORANGE", "JAZZTEL", "SIMYO")
OPERATORS = {
    "XTRA": ("00031", True),
    "ORANGE": ("00101", True),
    "TELEFONICA": ("00201", False),
    "VODAFONE": ("00202", False),
    "DIGI": ("00203", False),
    "AVATEL": ("00204", False),
}
OWN_SHOWS = {
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
}
ORANGE_SHOWS = {"iua", "phoneNumber", "gescal37", "addressId", "documentNumber", "brand"}
OWNERS = {
    "NEBA": "FIBNEB01",
    "VULA_COMMERCIAL": "FIBVUC01",
    "VULA_REGULATED": "FIBVUR01",
}


def is_building(gescal: str) -> bool:
    return gescal.ljust(37)[17:].strip() == ""


def same_place(one: str, other: str) -> bool:
    one, other = one.ljust(37), other.ljust(37)
    if is_building(one) or is_building(other):
        return one[:17] == other[:17]
    return one == other


def same_kind(one: str, other: str) -> bool:
    return same_place(one, other) and is_building(one) == is_building(other)


def network_of(brand: str | None) -> str:
    return "orange" if brand is not None and brand.upper() in OF_ORANGE else "own"


def without_nothing(data: Data) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value}


CODES = {400: "BAD_REQUEST", 404: "RESOURCE_NOT_FOUND", 406: "NOT_ACCEPTABLE"}
CRITERIA = ("phoneNumber", "gescal37", "addressId")
AGREEING = ("gescal37", "phoneNumber", "documentNumber", "brand")  # looked at in this order


def refused(status: int, title: str, details: str) -> tuple[int, Any]:
    return status, {"code": CODES[status], "title": title, "details": details}


def impossible(details: str) -> tuple[int, Any]:
    return refused(400, "Retention not possible", details)


class Town:
    """Accesses in the order in which they came, lines by number, customers by document."""

    def __init__(self) -> None:
        self.accesses: list[dict[str, Any]] = []
        self.lines: dict[str, dict[str, Any]] = {}
        self.customers: dict[str, dict[str, Any]] = {}
        self.places: list[dict[str, Any]] = []

    # seeds --------------------------------------------------------------------------------

    def put_access(self, node: Data) -> None:
        whole = {"network": network_of(node.get("brand")), "technology": "FTTH", **node}
        for number, each in enumerate(self.accesses):
            if each["iua"] == whole["iua"]:
                self.accesses[number] = whole
                return
        self.accesses.append(whole)

    def put_line(self, node: Data) -> None:
        name = node.get(
            "operatorName", "ORANGE" if network_of(node.get("brand")) == "orange" else "XTRA"
        )
        code, internal = OPERATORS[name]
        self.lines[node["number"]] = {
            "operatorCode": code,
            "operatorName": name,
            "internal": internal,
            "portable": True,
            **node,
        }

    def access(self, iua: str) -> dict[str, Any] | None:
        return next((each for each in self.accesses if each["iua"] == iua), None)

    # FTTH ---------------------------------------------------------------------------------

    def query(self, network: str, criteria: Data) -> tuple[int, Any]:
        """Status and body: the access, or why there is none."""
        if not criteria:
            names = ", ".join(f"'{name}'" for name in CRITERIA)
            return refused(400, "Invalid query", f"At least one of {names} is required.")
        criteria = {name: criteria[name] for name in CRITERIA if name in criteria}
        there = [each for each in self.accesses if each["network"] == network]
        fits = [
            [self._fits(each, name, value) for each in there] for name, value in criteria.items()
        ]
        said = [f"{name} '{value}'" for name, value in criteria.items()]
        for row, one in zip(fits, said, strict=True):
            if not any(row):
                return refused(404, "Data not found", f"There is no access with {one}.")
        found = [each for number, each in enumerate(there) if all(row[number] for row in fits)]
        every = ", ".join(said)
        if not found:
            return refused(406, "Contradicting criteria", f"No access has {every} together.")
        if len(found) > 1:
            return refused(406, "More than one access", f"{every} fits more than one access.")
        shows = OWN_SHOWS if network == "own" else ORANGE_SHOWS
        access = dict(found[0])
        holder = self.customers.get(access.get("documentNumber", ""), {})
        if "clientName" not in access and "clientName" in holder:
            access["clientName"] = holder["clientName"]
        return 200, {name: value for name, value in access.items() if name in shows}

    @staticmethod
    def _fits(access: Data, name: str, value: str) -> bool:
        if name == "gescal37":
            return "gescal37" in access and same_place(access["gescal37"], value)
        return bool(access.get(name) == value)

    def retain(self, body: Data) -> tuple[int, Any]:
        """Status and body: what becomes of the access, or why nothing does."""
        if not body["reuseAccess"]:
            return 200, {"reuseAccess": False, "installationRequired": True}
        source, target = body["source"], body["destination"]
        access = self.access(source["iua"])
        iua = source["iua"]
        if access is None or access["network"] == "external":
            return impossible(f"There is no access with iua '{iua}' to re-use.")
        wrong = self._wrong(access, source)
        if wrong:
            given = source[wrong]
            return impossible(f"The access with iua '{iua}' does not have {wrong} '{given}'.")
        if not 17 <= len(target["gescal37"]) <= 37:
            return impossible(f"There is no place with gescal37 '{target['gescal37']}'.")
        self._move(access, target)
        reply = {"reuseAccess": True, "iua": access["iua"], "installationRequired": False}
        return 200, reply

    @staticmethod
    def _wrong(access: Data, source: Data) -> str:
        """The first member of a source that is not as the access has it, "" for none."""
        for name in AGREEING:
            one, other = access.get(name, source[name]), source[name]
            same = one == other
            if name == "gescal37":
                same = same_place(one, other)
            elif name == "brand":
                same = one.upper() == other.upper()
            if not same:
                return name
        return ""

    def _move(self, access: dict[str, Any], target: Data) -> None:
        on_it, former = self._lines_on(access), access.get("phoneNumber")
        document = target.get("documentNumber", access.get("documentNumber"))
        if document != access.get("documentNumber"):
            access.pop("clientName", None)
        self._settle(access, target["gescal37"])
        for name in ("phoneNumber", "documentNumber", "clientName", "brand", "bandwidth"):
            if name in target:
                access[name] = target[name]
        access["network"] = network_of(access.get("brand"))
        self._meet(document, {"clientName": target.get("clientName")})
        for number in on_it:
            kind = self.lines[number]["kind"]
            if kind == "FIXED" and number == former and number != access.get("phoneNumber"):
                del self.lines[number]
            elif kind in ("FIXED", "BROADBAND"):
                self._line_on(access, number, kind)
        self._give_number(access)

    def _settle(self, access: dict[str, Any], place: str) -> None:
        before = dict(access)
        if "gescal37" not in access or not same_place(access["gescal37"], place):
            access["gescal37"] = place
            there = {"addressId": self._address(place), "territoryOwner": self._owner(place)}
            for name, value in there.items():
                access.pop(name, None)
                if value:
                    access[name] = value
        elif is_building(access["gescal37"]):
            access["gescal37"] = place
        if "gescal37" in before and not same_kind(before["gescal37"], access["gescal37"]):
            self._know(before)

    def _places(self, gescal: str) -> list[dict[str, Any]]:
        """What is known of a place, as precisely as it is told: one record, or none."""
        return [each for each in self.places if same_kind(each["gescal37"], gescal)][:1]

    def _know(self, access: Data) -> None:
        """The place of an access is one that is known from now on."""
        if "gescal37" in access and not self._places(access["gescal37"]):
            told = ("gescal37", "addressId", "territoryOwner")
            self.places.append({name: access[name] for name in told if name in access})

    def _meet(self, document: str | None, known: Data) -> None:
        if document and document not in self.customers:
            self.customers[document] = without_nothing({"documentNumber": document, **known})

    def _address(self, gescal: str) -> str | None:
        for place in self._places(gescal):
            return None if is_building(gescal) else place.get("addressId")
        return None

    def _owner(self, gescal: str) -> str | None:
        for place in (*self._places(gescal), *self._places(gescal[:17])):
            if "territoryOwner" in place:
                owner: str = place["territoryOwner"]
                return owner
        return None

    # what happens -------------------------------------------------------------------------

    def make_access(self, iua: str, org: str, order: Data) -> None:
        """An activation is finished, and the access is called `iua`."""
        point, client = order.get("service_point", {}), order.get("customer", {})
        owner = order.get("territory_owner")
        gescal = point.get("gescal")
        name = f"{client.get('name', '')} {client.get('lastName', '')}".strip()
        access = {
            "iua": iua,
            "network": network_of(org),
            "technology": "FTTH",
            "phoneNumber": point.get("phoneNumber"),
            "gescal37": gescal,
            "addressId": point.get("addressId") or (gescal and self._address(gescal)),
            "documentNumber": client.get("documentNumber"),
            "clientName": name,
            "externalReference": order.get("external_reference"),
            "brand": org.upper(),
            "org": org,
            "territoryOwner": OWNERS[owner] if owner else None,
            "bandwidth": point.get("bandwidth"),
        }
        made = without_nothing(access)
        self.accesses.append(made)
        self._know(made)
        known = {"documentType": client.get("documentType"), "clientName": name}
        self._meet(client.get("documentNumber"), known)
        self._give_number(made)

    def end_access(self, iua: str) -> None:
        access = self.access(iua)
        if access is None:
            return
        for number in self._lines_on(access):
            if self.lines[number]["kind"] != "MOBILE":
                del self.lines[number]
        self.accesses.remove(access)
        self._know(access)

    def make_line(self, number: str, kind: str, document: str | None, brand: str) -> None:
        """A line that is on no access."""
        self._take(number, {})
        self._put(number, kind, document, brand)

    def _put(self, number: str, kind: str, document: str | None, brand: str) -> None:
        portable = number not in self.lines or self.lines[number]["portable"]
        node = {"number": number, "kind": kind, "documentNumber": document, "brand": brand}
        self.put_line({**without_nothing(node), "portable": portable})

    def _give_number(self, access: Data) -> None:
        number = access.get("phoneNumber")
        if number is None:
            return
        self._take(number, access)
        self._line_on(access, number, "FIXED")

    def _take(self, number: str, holder: Data) -> None:
        for each in self.accesses:
            if each is not holder and each.get("phoneNumber") == number:
                del each["phoneNumber"]

    def _line_on(self, access: Data, number: str, kind: str) -> None:
        self._put(number, kind, access.get("documentNumber"), access.get("brand", ""))
        self.lines[number]["iua"] = access["iua"]

    def _lines_on(self, access: Data) -> list[str]:
        return [
            number
            for number, each in self.lines.items()
            if each.get("iua") == access["iua"]
            or ("iua" not in each and number == access.get("phoneNumber"))
        ]
