"""Who carries numbers and has accesses: brands of the group, operators, networks. Mostly data."""

from typing import Final, NamedTuple

OWN: Final = "own"
ORANGE: Final = "orange"
EXTERNAL: Final = "external"

# Which brands are Orange's; all others of the group have own accesses (inferred).
ORANGE_BRANDS: Final = frozenset({"ORANGE", "JAZZTEL", "SIMYO"})


class Operator(NamedTuple):
    """Who carries a number.

    Attributes:
        code: Five digits, leading zeros count.
        name: As Feasibility shows it.
        internal: Whether it belongs to the group.
    """

    code: str
    name: str
    internal: bool


# 00031 XTRA is the sample of the document (seed:002); the other codes are made up (inferred).
XTRA: Final = Operator("00031", "XTRA", internal=True)
OPERATOR_ORANGE: Final = Operator("00101", "ORANGE", internal=True)
OPERATORS: Final = (
    XTRA,
    OPERATOR_ORANGE,
    Operator("00201", "TELEFONICA", internal=False),
    Operator("00202", "VODAFONE", internal=False),
    Operator("00203", "DIGI", internal=False),
    Operator("00204", "AVATEL", internal=False),
)


def brand_of(org: str) -> str:
    """The brand of a tenant: `masmovil` sells as MASMOVIL (inferred)."""
    return org.upper()


def network_of(brand: str | None) -> str:
    """Whose access a brand of the group has: Orange's, or an own one."""
    return ORANGE if (brand or "").upper() in ORANGE_BRANDS else OWN


def operator_of(brand: str | None) -> Operator:
    """Who carries the numbers of a brand of the group."""
    return OPERATOR_ORANGE if network_of(brand) == ORANGE else XTRA
