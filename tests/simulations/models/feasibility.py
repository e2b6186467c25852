"""What the checks of Feasibility answer in a naive town.

Of what the town does not know the model only says what an answer may be, and that it stays.
"""

from collections.abc import Mapping
from typing import Any

from tests.simulations.models.ftth import OPERATORS, Town, is_building, network_of, same_place

LIMITS = {
    "Consumer": (4, {"MOBILE": 3, "FIXED": 1, "BROADBAND": 1}),
    "SelfEmployee": (8, {"MOBILE": 5, "FIXED": 2, "BROADBAND": 2}),
    "SME": (20, {"MOBILE": 12, "FIXED": 5, "BROADBAND": 5}),
    "B2B": (100, {"MOBILE": 60, "FIXED": 20, "BROADBAND": 20}),
}
NEW: dict[str, Any] = {"installationRequired": True}


class Checks:
    """The answers of Feasibility about a town, and what it has said of what nobody knows."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.said: dict[tuple[str, str], Any] = {}

    # checks -------------------------------------------------------------------------------

    def wrong_portability(self, body: Mapping[str, Any], reply: Any) -> str:
        """What is wrong with a reply to the portability check, "" for nothing."""
        number = body["number"]
        operators, portable = self._carriers(number)
        operator = reply["operator"]
        if operator not in [{"code": OPERATORS[name][0], "name": name} for name in operators]:
            return f"the operator {operator} is none of {operators}"
        drawn = ("number", f"{number} of {len(operators)}")
        if len(operators) > 1 and self.said.setdefault(drawn, operator) != operator:
            return "the operator is another one than before"
        expected = {
            "internalPortability": OPERATORS[operator["name"]][1],
            "isPortable": portable,
            "operator": operator,
        }
        rest = {name: value for name, value in reply.items() if name not in expected}
        if reply != {**rest, **expected}:
            return f"{reply} is not {expected}"
        if body["technology"] == "MIFIJO":
            return "" if rest == {"installationRequired": False} else "something at a MIFIJO"
        if body["technology"] == "ADSL" or not portable:
            return "" if rest == NEW else "nothing can be transferred"
        return self._wrong_place(body, number, None, rest)

    def wrong_access(self, body: Mapping[str, Any], reply: Any) -> str:
        """What is wrong with a reply to the access check, "" for nothing."""
        return self._wrong_place(body, body.get("originNumber"), body["documentId"]["value"], reply)

    def _carriers(self, number: str) -> tuple[list[str], bool]:
        """The operators that may be told, and whether the number can be ported."""
        line = self.town.lines.get(number)
        if line is not None:
            return [line["operatorName"]], line["portable"]
        on = [each for each in self.town.accesses if each.get("phoneNumber") == number]
        if not on:
            return list(OPERATORS), True
        if on[0]["network"] == "external":
            return [name for name, (_, internal) in OPERATORS.items() if not internal], True
        return ["ORANGE" if network_of(on[0].get("brand")) == "orange" else "XTRA"], True

    def _wrong_place(
        self, body: Mapping[str, Any], number: str | None, document: str | None, reply: Any
    ) -> str:
        gescal, address = body["technicalId"], body.get("addressId")
        there = [
            each for each in self.town.accesses if address and each.get("addressId") == address
        ]
        by_address = bool(there)
        if not there:
            there = [
                each
                for each in self.town.accesses
                if "gescal37" in each and same_place(each["gescal37"], gescal)
            ]
        mine = [each for each in there if number and each.get("phoneNumber") == number]
        mine += [each for each in there if document and each.get("documentNumber") == document]
        if len(there) == 1 and (by_address or not is_building(gescal)):
            (only,) = there
            mine += [] if "gescal37" in only and is_building(only["gescal37"]) else [only]
        if mine:
            expected = self._transferred(mine[0])
            return "" if reply == expected else f"{reply} is not {expected}"
        known = there or any(
            same_place(each["gescal37"], gescal) or (address and each.get("addressId") == address)
            for each in self.town.places
        )
        if known:
            return "" if reply == NEW else f"{reply}, and no access can be transferred"
        return self._implausible(gescal[:17].rstrip(), reply)

    @staticmethod
    def _transferred(access: Mapping[str, Any]) -> Any:
        names = {
            "iua": "iua",
            "brand": "brand",
            "phoneNumber": "number",
            "documentNumber": "documentNumber",
            "gescal37": "gescal",
        }
        told = {names[name]: value for name, value in access.items() if name in names}
        told["internalAccess"] = access["network"] != "external"
        return {"installationRequired": False, "installationInformation": told}

    def _implausible(self, place: str, reply: Any) -> str:
        if self.said.setdefault(("place", place), reply) != reply:
            return "the place is another one than before"
        if reply == NEW:
            return ""
        information = reply.get("installationInformation", {})
        foreign = information.get("internalAccess") is False and len(information["iua"]) == 12
        return "" if foreign and reply["installationRequired"] is False else f"{reply}"

    # limits -------------------------------------------------------------------------------

    def limits(self, body: Mapping[str, Any]) -> Any:
        document = body.get("document_id")
        known = self.town.customers.get(document or "", {})
        total, each_limit = LIMITS[body.get("segment") or known.get("segment") or "Consumer"]
        active = dict.fromkeys(each_limit, 0)
        iuas = {each["iua"] for each in self.town.accesses}
        for line in self.town.lines.values():
            on_access = line["kind"] == "BROADBAND" and line.get("iua") in iuas
            if document and line.get("documentNumber") == document and line["internal"]:
                active[line["kind"]] += not on_access
        for access in self.town.accesses:
            mine = document and access.get("documentNumber") == document
            if mine and access["network"] != "external":
                active["BROADBAND"] += 1
                number = access.get("phoneNumber")
                active["FIXED"] += number is not None and number not in self.town.lines
        rows = [
            {
                "type": kind,
                "limit": limit,
                "active_subscriptions": active[kind],
                "subscriptions_allowed": limit - active[kind] if limit > active[kind] else 0,
            }
            for kind, limit in each_limit.items()
        ]
        used = sum(active.values())
        return {
            "total_limit": total,
            "total_active_subscriptions": used,
            "total_subscriptions_allowed": total - used if total > used else 0,
            "specific_limits": rows,
        }
