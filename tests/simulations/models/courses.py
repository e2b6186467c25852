"""How phases are left, written naively: ways in layers, the strongest last.

A unit of time is the model's own. Nothing of the package is used here.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Way(NamedTuple):
    """One step of a course: a span or reads to wait for; neither is what the course beneath has.

    `waits` is False where the phase is left by nobody.
    """

    after: int | None = None
    polls: int | None = None
    waits: bool = True
    then: str = ""
    code: str = ""

    @property
    def says_when(self) -> bool:
        return not (self.waits and self.after is None and self.polls is None)


Layer = Mapping[str, Sequence[Way]]  # by phase; `*` speaks of every other one
AT_ONCE = Way(after=0)
NEVER = Way(waits=False)


def ways(layers: Sequence[Layer], phase: str) -> Sequence[Way]:
    """How a phase is left, by several courses, the strongest last.

    A way that does not say when takes that of the course beneath, time by time; what is never left
    has no outcome.
    """
    if not layers:
        return []
    *beneath, top = layers
    own, under = top.get(phase) or top.get("*") or [], ways(beneath, phase)
    if not own or not under:
        return own or under
    count = len(own) if own[-1].says_when else max(len(own), len(under))
    found = []
    for number in range(count):
        mine, other = own[min(number, len(own) - 1)], under[min(number, len(under) - 1)]
        when = other._replace(then=mine.then, code=mine.code) if other.waits else other
        found.append(mine if mine.says_when else when)
    return found


def way(layers: Sequence[Layer], phase: str, number: int) -> Way:
    """How a phase is left the next time, when it was begun `number` times before."""
    found = ways(layers, phase) or [AT_ONCE]
    return found[min(number, len(found) - 1)]
