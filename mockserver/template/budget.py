"""How much one rendering may take: steps, characters, and the size of each value.

Every `Forbidden` here is a bound that is crossed. The sandbox asks before and after all that can
grow; see `syntax` for where.
"""

from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import TYPE_CHECKING, Final

from mockserver.message import Json
from mockserver.template.words import Forbidden

if TYPE_CHECKING:
    from jinja2.runtime import Context


SIZE_MAX: Final = 100_000  # characters and members of a value, and of all that a reply is made of
STEPS_MAX: Final = 10_000  # turns of all loops, and calls
NUMBER_MAX: Final = 2**64  # beyond it JSON cannot be written
POWER_MAX: Final = 64  # the greatest exponent
STEP_SIZE: Final = 100  # of a value: making one of this size counts as one more step
BUDGET: Final = "%budget"  # where a rendering has it: no name of a template can be this


class Budget:
    """What is left of the steps and of the room of one rendering."""

    __slots__ = ("room", "steps")

    def __init__(self) -> None:
        self.steps = STEPS_MAX
        self.room = SIZE_MAX

    def spend(self, steps: int) -> None:
        """Takes steps; raises `Forbidden` where there are none left."""
        self.steps -= steps
        if self.steps < 0:
            raise Forbidden(f"The template takes more than {STEPS_MAX:,} steps")

    def write(self, size: int) -> None:
        """Takes room in the reply; raises `Forbidden` where there is none left."""
        self.room -= size
        if self.room < 0:
            raise Forbidden(f"The reply is larger than {SIZE_MAX:,} characters")

    def each(self, values: Iterable[Json]) -> Iterator[Json]:
        """All of `values`, each for one step."""
        for value in values:
            self.spend(1)
            yield value

    def checked(self, value: Json) -> Json:
        """`value` when it is within bounds, an iterator or a view as a list."""
        if isinstance(value, Iterator | ItemsView | KeysView | ValuesView):
            value = list(self._bounded(value))
        self.spend(1 + size_of(value) // STEP_SIZE)
        return value

    def _bounded(self, values: Iterable[Json]) -> Iterator[Json]:
        size = 0
        for value in self.each(values):
            size += size_of(value)
            fitting(size)
            yield value


def budget_of(context: "Context") -> Budget:
    """What is left for the rendering that a context is of."""
    budget: Budget = context.parent[BUDGET]
    return budget


def spent(budget: Budget, value: Json) -> Json:
    """`value`, after steps for how much of it a filter may go through."""
    if isinstance(value, str | Mapping | Sequence):
        budget.spend(len(value) // STEP_SIZE)
    return value


def check_operands(operator: str, left: Json, right: Json) -> None:
    """Raises `Forbidden` where an operation could make something large."""
    if isinstance(left, int | float) and isinstance(right, int | float):
        if operator == "**" and (abs(right) > POWER_MAX or abs(left) > NUMBER_MAX):
            raise Forbidden("The power is too large")
    elif operator == "%":
        raise Forbidden("`%` does not format text; put texts together with `~`")
    elif operator == "+" and isinstance(left, Sequence) and isinstance(right, Sequence):
        fitting(len(left) + len(right))
    elif operator == "*":
        for one, times in ((left, right), (right, left)):
            if isinstance(one, Sequence) and isinstance(times, int):
                fitting(len(one) * times)


def fitting(size: int) -> None:
    """Raises `Forbidden` where no value may be that large."""
    if size > SIZE_MAX:
        raise Forbidden(f"A value is larger than {SIZE_MAX:,} characters")


def size_of(value: Json) -> int:
    """Characters and members of a value, counted as often as they would be written.

    Raises:
        Forbidden: There are more than `SIZE_MAX`, or a number is too large.
    """
    size, left = 1, [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            size += len(one)
        elif isinstance(one, int):
            if abs(one) >= NUMBER_MAX:
                raise Forbidden("A number is too large for JSON")
        elif isinstance(one, dict | Mapping):
            size += len(one) + sum(len(key) for key in one if isinstance(key, str))
            fitting(size)
            left.extend(one.values())
        elif isinstance(one, list | tuple):
            size += len(one)
            fitting(size)
            left.extend(one)
    fitting(size)
    return size
