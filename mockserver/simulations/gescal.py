"""GESCAL, the code of a place: 17 characters name a building, 37 a dwelling in it.

Spaces fill each field up and count. Those at the end get lost on the way, as in the sample of the
FTTH page, which has 19 of the 37 characters (public:P1/provisionftth).
"""

from typing import Final

GESCAL_MIN: Final = 17  # characters: those that name the building; the others, the dwelling
GESCAL_MAX: Final = 37


def building_of(gescal: str) -> str:
    """The building of a GESCAL, less the spaces at its end."""
    return gescal[:GESCAL_MIN].rstrip()


def is_building(gescal: str) -> bool:
    """Whether a GESCAL names a building and no dwelling in it."""
    return len(gescal.rstrip()) <= GESCAL_MIN


def same(one: str, other: str) -> bool:
    """Whether two GESCALs are one place, told as precisely."""
    return is_building(one) is is_building(other) and meet(one, other)


def meet(one: str, other: str) -> bool:
    """Whether two GESCALs can be the same place.

    17 characters are a building and fit all that is in it. Spaces at the end count for the 37
    characters, but get lost on the way, so a shorter one is that with its spaces put back.
    """
    if is_building(one) or is_building(other):
        return building_of(one) == building_of(other)
    return one.rstrip() == other.rstrip()
