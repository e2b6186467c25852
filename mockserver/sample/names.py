"""What a member's name says about its value: the look-up in the tables of the trade.

A name is matched without case, accents and separators (`ftthWorkOrderId`, `ftth_work_order_id`);
a plural finds its singular; a member of a known parent (`operator.name`) goes before the member
alone. Which names there are stands in `telecom`.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from mockserver.sample import telecom
from mockserver.sample.chance import Maker

NAMES_MAX: Final = 4096  # members whose look-up is remembered
_PARENTS: Final = frozenset(
    key.split(".")[0]
    for table in (telecom.NAMES, telecom.NUMBERS, telecom.FOLLOWERS)
    for key in table
    if "." in key
)


@lru_cache(maxsize=NAMES_MAX)
def normalised(name: str) -> str:
    """`name` in lower-case ASCII letters and digits."""
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]", "", folded.lower())


def singular(name: str) -> str:
    """A normalised plural as its singular: `products` -> `product`."""
    return name[:-1] if name.endswith("s") and len(name) > 2 else name  # noqa: PLR2004


def keys(name: str, parent: str) -> list[str]:
    """Keys under which a member may stand in the tables, the most telling first."""
    member, owner = normalised(name), normalised(parent)
    owners = [owner, singular(owner)] if owner else []
    return [*(f"{o}.{member}" for o in owners), member, singular(member)]


@lru_cache(maxsize=NAMES_MAX)
def named(name: str, parent: str) -> tuple[Maker, ...]:
    """Makers for a member whose name is known, best first; () for any other name."""
    for key in keys(name, parent):
        if key in telecom.NAMES:
            return telecom.NAMES[key]
    return _ending(telecom.ENDINGS, name)


@lru_cache(maxsize=NAMES_MAX)
def hinted(name: str) -> tuple[Maker, ...]:
    """Makers for a member whose name ends in a word that says a little."""
    return _ending(telecom.HINTS, name)


def numbered(name: str, parent: str) -> telecom.NumberMaker | None:
    """The maker of a member that is a number by nature, None when it is not known."""
    return next(
        (telecom.NUMBERS[key] for key in keys(name, parent) if key in telecom.NUMBERS), None
    )


def followed(name: str, parent: str) -> tuple[telecom.Follow, ...]:
    """How a member agrees with its siblings; () when it does not."""
    return next(
        (telecom.FOLLOWERS[key] for key in keys(name, parent) if key in telecom.FOLLOWERS), ()
    )


@lru_cache(maxsize=NAMES_MAX)
def steers(name: str) -> bool:
    """Whether a name has an influence on the value, or on values inside of it."""
    known = named(name, "") or hinted(name) or numbered(name, "")
    return bool(known) or is_parent(name)


def is_parent(name: str) -> bool:
    """Whether members of an object of this name have values of their own."""
    owner = normalised(name)
    return owner in _PARENTS or singular(owner) in _PARENTS


def _ending(table: Mapping[str, tuple[Maker, ...]], name: str) -> tuple[Maker, ...]:
    for text in dict.fromkeys((normalised(name), singular(normalised(name)))):
        for start in range(len(text)):
            if text[start:] in table:
                return table[text[start:]]
    return ()
