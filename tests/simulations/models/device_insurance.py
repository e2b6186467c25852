"""A naive model of the device insurances: a list of orders. Nothing of the package is used.

Time is minutes since the story began. The ids that the double makes are learned by the machine.
"""

from dataclasses import dataclass, field
from typing import Any

DEVICE = ("documentId", "brand", "model", "imei")  # what makes two orders of one call the same
ORDERED = "Insurance order created."
ISSUED = "Insurance policy issued."
# Refusals by version: status, and body where the version has one.
UNKNOWN = {1: (404, "NOT_FOUND", "There is no insurance request {name}."), 2: (404, "", "")}
TWICE = {
    1: (406, "NOT_ACCEPTABLE", "The policy of the request {name} is already issued."),
    2: (400, "", ""),
}
TITLES = {"NOT_FOUND": "Not found", "NOT_ACCEPTABLE": "Not acceptable"}

Reply = tuple[int, Any]


@dataclass
class Order:
    """An ordered insurance; `issued_by` is the correlation id of the issue."""

    org: str
    device: dict[str, Any]
    correlation: str | None
    created: int
    updated: int
    name: str = ""  # of the request, learned
    policy: str | None = None
    issued: bool = False
    issued_by: str | None = None

    def told(self, message: str) -> Reply:
        order = self.name.replace("REQ", "ORD")
        return 200, {"orderId": order, "requestId": self.name, "message": message}

    @property
    def status(self) -> str:
        return "ISSUED" if self.issued else "REQUESTED"


@dataclass
class Model:
    """All orders of all tenants, the oldest first."""

    orders: list[Order] = field(default_factory=list)
    now: int = 0

    def order(self, version: int, org: str, device: dict[str, Any], correlation: str) -> Order:
        """The order that is answered with: one that is known, or a new one without a name."""
        if version == 2:
            for each in self.orders:
                if (each.org, each.device, each.correlation) == (org, device, correlation):
                    return each
        known_by = correlation if version == 2 else None
        made = Order(org, device, known_by, self.now, self.now)
        self.orders.append(made)
        return made

    def issue(
        self,
        version: int,
        org: str,
        name: str,
        correlation: str,
        imei: str | None,
        policy: str | None,
    ) -> Reply:
        """The issue of the policy of an order: the reply."""
        found = [each for each in self.orders if (each.org, each.name) == (org, name)]
        if not found:
            return _refused(UNKNOWN[version], name)
        (order,) = found
        if version == 2 and order.issued_by == correlation:
            return order.told(ISSUED)
        if order.issued:
            return _refused(TWICE[version], name)
        order.issued = True
        order.issued_by = correlation if version == 2 else None
        order.updated = self.now
        order.policy = policy
        if imei is not None:
            order.device = {**order.device, "imei": imei}
        return order.told(ISSUED)


def _refused(refusal: tuple[int, str, str], name: str) -> Reply:
    status, code, details = refusal
    if not code:
        return status, None
    return status, {"code": code, "title": TITLES[code], "details": details.format(name=name)}
