"""The optical terminal boxes (CTO) and their ports.

The CTO of a place is derived from the place, so that all orders of a building meet at one. It has
the ports `1` to `16`; a port is taken from its assignment until the access that uses it ends, or
the port is given up. Where all ports are taken, the building has a next CTO. All inferred
(tesamanager.md, section 6.2).
"""

from typing import Final

from mockserver.clock import drawn
from mockserver.record import View, identified
from mockserver.simulations.gescal import building_of
from mockserver.simulations.tesamanager.table import Data

PORTS: Final = tuple(str(number) for number in range(1, 17))
BOXES: Final = 8  # CTOs of one building
TOWN: Final = 7  # characters of a GESCAL that name the town


def port_claim(cto: str, port: str) -> str:
    """What the request that uses a port has to itself."""
    return identified("tesa-port", cto, port)


def is_available(view: View, cto: str, port: str, reference_id: str) -> bool:
    """Whether a port is there, and nobody else's."""
    if port not in PORTS:
        return False
    holder = view.holder(port_claim(cto, port))
    return holder is None or holder.id == reference_id


def free_ports(view: View, cto: str) -> list[str]:
    """The ports of a CTO that nobody uses, in order."""
    return [port for port in PORTS if view.holder(port_claim(cto, port)) is None]


def cto_of(view: View, data: Data) -> str:
    """The CTO for a request: where it is already, else the first one of its place with a port."""
    if "cto" in data:
        return str(data["cto"])
    boxes = boxes_of(data)
    return next((each for each in boxes if free_ports(view, each)), boxes[0])


def boxes_of(data: Data) -> list[str]:
    """The CTOs of the place of a request, the one that is usual there first."""
    place = data.get("service_point", {})
    name = str(place.get("gescal") or place.get("addressId") or data["reference_id"])
    town = "".join(each for each in name if each.isalnum())[:TOWN].rjust(TOWN, "0")
    first = drawn("cto", building_of(name))
    return [f"CTO-{town}-{(first + number) % 1000:03}" for number in range(BOXES)]
