"""A naive model of the device insurances: a list of orders. Nothing of the package is used."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Order:
    """An ordered insurance; `issued_by` is the correlation id of the issue."""

    org: str
    device: dict[str, Any]
    correlation: str | None
    issued: bool = False
    issued_by: str | None = None


@dataclass
class Model:
    """All orders of all tenants, the oldest first."""

    orders: list[Order] = field(default_factory=list)

    def order(self, version: int, org: str, device: dict[str, Any], correlation: str) -> int:
        """The place of the order that is answered with."""
        if version == 2:
            for place, each in enumerate(self.orders):
                if (each.org, each.device, each.correlation) == (org, device, correlation):
                    return place
        self.orders.append(Order(org, device, correlation if version == 2 else None))
        return len(self.orders) - 1

    def issue(self, version: int, org: str, place: int | None, correlation: str) -> int:
        """The status; `place` is None for an order that was never made."""
        if place is None or self.orders[place].org != org:
            return 404
        order = self.orders[place]
        if order.issued and not (version == 2 and order.issued_by == correlation):
            return 406 if version == 1 else 400
        if not order.issued:
            order.issued = True
            order.issued_by = correlation if version == 2 else None
        return 200
