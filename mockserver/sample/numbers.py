"""Numbers for a schema: within their bounds, on the grid of `multipleOf`, of a believable size.

In this order: a number by nature (a price), an identifier of digits that the contract writes as a
number, as many digits as the example, 1 to 1000. Bounds are compared as exact fractions, once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from math import ceil, floor, inf, isnan
from random import Random
from typing import Final

from mockserver.sample import names
from mockserver.sample.chance import Maker, between, insisting
from mockserver.sample.facets import Flat
from mockserver.sample.logic import admits
from mockserver.sample.lookalike import similar
from mockserver.sample.strings import NoValueError

NumberMaker = Callable[[Random], int | float]

USUAL: Final = (1, 1000)
WHOLE_MAX: Final = 10**5  # a range up to this wide is drawn from as a whole
CENT: Final = Fraction(1, 100)
FEW: Final = 2  # amounts that a range must hold to be drawn from in cents
LARGE: Final = 10**15  # beyond it a float has no cents
PROBES: Final = 16
PROBES_MIN: Final = 4
TRIES: Final = 100
TRIES_FIRST: Final = 1000


@dataclass(frozen=True, slots=True)
class _Grid:
    """Multiples of `step`, from `first` to `last` times it; None for no end."""

    step: Fraction
    first: int | None
    last: int | None


def number_maker(flat: Flat, name: str, parent: str) -> NumberMaker:
    """A maker of numbers with the facets of `flat` for the member `name` of `parent`.

    Raises:
        NoValueError: There is no such number.
    """
    for make in _named(name, parent):
        found = _fitted(flat, make)
        if found is not None:
            return found
    whole = "fraction" not in flat.kinds
    if flat.step is not None or whole:
        step = flat.step or Fraction(1)
        if whole:  # multiples of 3/2 that are whole are the multiples of 3
            step = Fraction(step.numerator)
        grid = _grid(flat, step)
        if _width(grid) < 0:
            raise NoValueError(f"there is no multiple of {step} within the bounds")
        return _checked(flat, _on(grid, flat))
    grid = _grid(flat, CENT)
    if _width(grid) < FEW or _is_large(flat):
        return _checked(flat, _real(flat), sure=False)
    return _checked(flat, _on(grid, flat))


def _named(name: str, parent: str) -> list[NumberMaker]:
    by_nature = names.numbered(name, parent)
    identifiers = [_as_number(make) for make in names.named(name, parent)]
    return [*([by_nature] if by_nature else []), *identifiers]


def _fitted(flat: Flat, make: NumberMaker) -> NumberMaker | None:
    """`make`, repeated where its numbers do not always fit; None when they seldom do."""
    probes = [make(Random(seed)) for seed in range(PROBES)]  # noqa: S311 - not a secret
    if sum(_fits(flat, number) for number in probes) < PROBES_MIN:
        return None
    fits = _quick_check(flat)
    return insisting(make, fits, tries=TRIES, tries_first=TRIES)


def _quick_check(flat: Flat) -> Callable[[float], bool]:
    """`_fits`, without fractions where whole bounds are all there is."""
    bounds = (flat.minimum, flat.maximum)
    others = (flat.above, flat.below, flat.step)
    whole = all(bound is None or bound.denominator == 1 for bound in bounds)
    if not whole or others != (None, None, None) or flat.excluded or "integer" not in flat.kinds:
        return partial(_fits, flat)
    low = -inf if flat.minimum is None else int(flat.minimum)
    high = inf if flat.maximum is None else int(flat.maximum)
    if "fraction" in flat.kinds:
        return lambda value: low <= value <= high
    return lambda value: type(value) is int and low <= value <= high


def _as_number(make: Maker) -> NumberMaker:
    def draw(rng: Random) -> float:
        text = make(rng).removeprefix("+")
        return int(text) if text.isdecimal() else float("nan")

    return draw


def _fits(flat: Flat, number: float) -> bool:
    if isnan(number) or not admits(flat, number):
        return False
    # Validators divide floats: 0.07 is no multiple of 0.01 for them, so neither for us.
    step = flat.step
    return step is None or step.denominator == 1 or (number / float(step)).is_integer()


def _grid(flat: Flat, step: Fraction) -> _Grid:
    """The multiples of `step` within the bounds."""
    lows = [ceil(flat.minimum / step)] if flat.minimum is not None else []
    highs = [floor(flat.maximum / step)] if flat.maximum is not None else []
    if flat.above is not None:
        lows.append(floor(flat.above / step) + 1)
    if flat.below is not None:
        highs.append(ceil(flat.below / step) - 1)
    return _Grid(step, max(lows, default=None), min(highs, default=None))


def _width(grid: _Grid) -> float:
    """How many points come after the first; below zero when there is none."""
    return inf if grid.first is None or grid.last is None else grid.last - grid.first


def _on(grid: _Grid, flat: Flat) -> NumberMaker:
    """A maker of points of `grid`: all of a small one, else those of a believable size."""
    first, last = _believable(grid, flat)
    step = grid.step
    if step.denominator == 1:
        unit = step.numerator
        return lambda rng: between(rng, first, last) * unit
    top, bottom = step.numerator, step.denominator

    def draw(rng: Random) -> float:
        value = between(rng, first, last) * top
        return value // bottom if value % bottom == 0 else value / bottom

    return draw


def _believable(grid: _Grid, flat: Flat) -> tuple[int, int]:
    """The first and the last point of `grid` to draw."""
    first, last = grid.first, grid.last
    example = next((e for e in flat.examples if type(e) in (int, float)), None)
    if example is None and first is not None and last is not None and last - first <= WHOLE_MAX:
        return first, last
    low, high = USUAL if example is None else similar(example)
    low_point, high_point = ceil(low / grid.step), floor(high / grid.step)
    if first is not None:
        low_point = max(low_point, first)
    if last is not None:
        high_point = min(high_point, last)
    if low_point <= high_point:
        return low_point, high_point
    if first is not None:  # the usual sizes lie outside of the bounds: stay near the bound
        return first, first + 1000 if last is None else min(first + 1000, last)
    if last is not None:
        return last - 1000, last
    return 1, 1000  # a step beyond the usual sizes


def _is_large(flat: Flat) -> bool:
    bounds = (flat.minimum, flat.above, flat.maximum, flat.below)
    return any(bound is not None and abs(bound) > LARGE for bound in bounds)


def _real(flat: Flat) -> NumberMaker:
    """A maker of floats between bounds that are too close or too far for cents."""
    lows = [bound for bound in (flat.minimum, flat.above) if bound is not None]
    highs = [bound for bound in (flat.maximum, flat.below) if bound is not None]
    if lows and highs:
        low, high = float(max(lows)), float(min(highs))
    elif lows:
        low = float(max(lows))
        high = low + max(abs(low), 1.0)
    else:
        high = float(min(highs))
        low = high - max(abs(high), 1.0)
    if low == high:
        return lambda _rng: low

    def draw(rng: Random) -> float:
        share = 0.05 + 0.9 * rng.random()
        return low * (1 - share) + high * share

    return draw


def _checked(flat: Flat, make: NumberMaker, *, sure: bool = True) -> NumberMaker:
    """`make`, repeated where a value may be excluded, or a quotient of floats not whole."""
    whole_step = flat.step is None or flat.step.denominator == 1
    if sure and whole_step and not flat.excluded and "integer" in flat.kinds:
        return make
    found = insisting(make, partial(_fits, flat), tries=TRIES, tries_first=TRIES_FIRST)
    if found is None:
        raise NoValueError("no number was found that fits all of its bounds and exclusions")
    return found
