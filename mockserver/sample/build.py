"""Plans as closures: what runs for each value, with everything decided that can be decided before.

A closure takes the chance and a budget: how many levels of nesting are left before only what is
required is given. A plan through which a value may contain itself costs `RECURSION` levels at once,
so that trees are shallow while plain documents of any sensible depth are whole.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from mockserver.errors import MockServerError
from mockserver.message import Json
from mockserver.sample.chance import below, between, pick
from mockserver.sample.expressions import ExpressionError
from mockserver.sample.facets import identity
from mockserver.sample.plan import (
    ENDLESS,
    Choice,
    Guarded,
    Heights,
    Key,
    Leaf,
    Member,
    Named,
    Never,
    Plan,
    Record,
    Series,
    recursive,
)
from mockserver.sample.strings import NoValueError

Draw = Callable[[Random, int], Json]
IsValid = Callable[[Json, Json], bool]
# Name, required, whether it needs a budget, and the draw: of a leaf its maker itself.
Entry = tuple[str, bool, bool, Callable[..., Json]]

BUDGET: Final = 12
RECURSION: Final = 4
PRESENT: Final = 0.8  # how likely an optional member is
RARE: Final = 0.1
ELEMENTS_MAX: Final = 3
TRIES: Final = 60  # whole values, checked by the validator
TRIES_LEAST: Final = 20
FAILURES_MAX: Final = 3
TRIES_UNIQUE: Final = 60  # for each element


class Unsampleable(MockServerError):  # noqa: N818 - the name the callers know
    """A schema for which no value could be made.

    Attributes:
        pointer: The place that cannot be satisfied, "#" for the whole schema.
        reason: Why.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        self.pointer = pointer
        self.reason = reason
        super().__init__(f"{pointer}: {reason}")


FAILURES: Final = (Unsampleable, NoValueError, ExpressionError)


class Builder:
    """Makes closures of the plans of one schema.

    Args:
        named: Every plan that a `Named` may mean.
        is_valid: `(schema, value) -> bool` for guarded plans, None to trust them.
    """

    def __init__(self, named: Mapping[Key, Plan], is_valid: IsValid | None) -> None:
        self._named = named
        self._is_valid = is_valid
        self._heights = Heights(named)
        self._recursive = recursive(named)
        self._draws: dict[Key, Draw] = {}

    def sampler(self, plan: Plan) -> Callable[[Random], Json]:
        """The closure of the whole schema; raises `Unsampleable` when it can have no value."""
        if not self._heights.can(plan):
            cause = self._heights.cause(plan, self._named)
            raise Unsampleable(cause.pointer, cause.reason)
        for key, named in self._named.items():
            if self._heights.can(named):
                self._draws[key] = self._draw(named)
        draw = self._draw(plan)

        def sample(rng: Random) -> Json:
            try:
                return draw(rng, BUDGET)
            except FAILURES:
                return _least(draw, rng)

        return sample

    def _draw(self, plan: Plan) -> Draw:
        match plan:
            case Leaf(make):
                return lambda rng, _budget: make(rng)
            case Named(key):
                return self._jump(key)
            case Choice():
                return self._choice(plan)
            case Record():
                return self._record(plan)
            case Series():
                return self._series(plan)
            case Guarded():
                return self._guarded(plan)
            case Never(pointer, reason):
                raise Unsampleable(pointer, reason)

    def _jump(self, key: Key) -> Draw:
        cost = RECURSION if key in self._recursive else 0
        known = self._draws.get(key)
        if known is not None and not cost:
            return known
        draws = self._draws  # filled when the jump is made: the plan may use itself
        return lambda rng, budget: draws[key](rng, budget - cost)

    # --- choices ---

    def _choice(self, plan: Choice) -> Draw:
        height, can = self._heights.of, self._heights.can
        lowest = height(plan)
        options = [(option, self._draw(option)) for option in plan.options if can(option)]
        others = [part for part in (plan.fallback, plan.rare) if part is not None and can(part)]
        spare = [(part, self._draw(part)) for part in others]
        draws = [draw for _, draw in options] or [draw for _, draw in spare[:1]]
        ending = [draw for part, draw in (*options, *spare) if height(part) == lowest]
        often = draws[0] if draws == ending[:1] else _one_of(draws, ending)
        if plan.rare is None or not options:
            return often
        seldom = spare[-1][1]

        def draw(rng: Random, budget: int) -> Json:
            return (seldom if budget > 0 and rng.random() < RARE else often)(rng, budget)

        return draw

    # --- objects ---

    def _record(self, plan: Record) -> Draw:
        members = [member for member in plan.members if self._heights.can(member.plan)]
        entries = tuple(self._entry(member) for member in members)
        extra = plan.extra if plan.extra and self._heights.can(plan.extra.plan) else None
        required = sum(member.required for member in members)
        roomy = plan.most is None or plan.most >= len(members)
        if plan.fewest <= required and roomy and not (extra and plan.wanted):
            draw = _plain_record(entries)
        else:
            more = (extra.name, self._draw(extra.plan)) if extra else None
            ceiling = self._heights.of(extra.plan) if extra else ENDLESS
            optional = [(self._heights.of(m.plan), m.name) for m in members if not m.required]
            optional.sort(key=lambda pair: pair[0])
            cheapest = [(name, height <= ceiling) for height, name in optional]
            draw = _sized_record(plan, entries, cheapest, more)
        return _agreeing(draw, plan) if plan.followers else draw

    def _entry(self, member: Member) -> Entry:
        if isinstance(member.plan, Leaf):
            return member.name, member.required, False, member.plan.make
        return member.name, member.required, True, self._draw(member.plan)

    # --- arrays ---

    def _series(self, plan: Series) -> Draw:
        head = []
        for part in plan.head:
            if not self._heights.can(part):
                break
            head.append(self._draw(part))
        rest, most = None, plan.most
        if plan.rest and len(head) == len(plan.head) and self._heights.can(plan.rest):
            rest = self._draw(plan.rest)
        if rest is None:
            most = len(head) if most is None else min(most, len(head))
        if plan.unique and not head and isinstance(plan.rest, Leaf) and plan.rest.values:
            return _drawn_without_return(plan, plan.rest.values)
        low = max(plan.least, min(len(head), ELEMENTS_MAX), 1)
        high = max(low, ELEMENTS_MAX)
        if most is not None:
            low, high = min(low, most), min(high, most)
        sizes = (plan.least, low, high)
        return _unique_array(sizes, head, rest) if plan.unique else _array(sizes, head, rest)

    # --- checked values ---

    def _guarded(self, plan: Guarded) -> Draw:
        inner, schema, pointer = self._draw(plan.plan), plan.schema, plan.pointer
        is_valid = self._is_valid
        if is_valid is None:
            return inner

        def draw(rng: Random, budget: int) -> Json:
            failures = 0
            for attempt in range(TRIES + TRIES_LEAST):
                try:
                    value = inner(rng, budget if attempt < TRIES else 0)
                except FAILURES:  # has searched in vain itself: that is not repeated often
                    failures += 1
                    if failures == FAILURES_MAX:
                        break
                    continue
                if is_valid(schema, value):
                    return value
            raise Unsampleable(pointer, "no value was found that the validator accepts")

        return draw


def _least(draw: Draw, rng: Random) -> Json:
    """The smallest value, as a last resort; raises `Unsampleable`."""
    try:
        return draw(rng, 0)
    except (NoValueError, ExpressionError) as error:
        raise Unsampleable("#", str(error)) from error


def _one_of(draws: list[Draw], ending: list[Draw]) -> Draw:
    """Any of `draws`, another one where it finds nothing; the first of `ending` without a budget.

    Args:
        draws: The options.
        ending: Those of the least height: only they are sure to end a recursion.
    """

    def draw(rng: Random, budget: int) -> Json:
        attempts = [pick(rng, draws), *draws] if budget > 0 else ending
        for attempt in attempts:
            try:
                return attempt(rng, budget)
            except FAILURES as error:
                failure = error
        raise failure

    return draw


def _plain_record(entries: tuple[Entry, ...]) -> Draw:
    """Objects whose members do not depend on their number."""

    def draw(rng: Random, budget: int) -> Json:
        random, deeper = rng.random, budget - 1
        present = PRESENT if budget > 0 else 0.0
        return {
            name: member(rng, deeper) if deep else member(rng)
            for name, required, deep, member in entries
            if required or random() < present
        }

    return draw


def _sized_record(
    plan: Record,
    entries: tuple[Entry, ...],
    cheapest: list[tuple[str, bool]],
    extra: tuple[Callable[[Random], str], Draw] | None,
) -> Draw:
    """Objects with a least or a greatest number of members, or with members of any name."""
    required = [name for name, needed, _, _ in entries if needed]
    most = plan.most if plan.most is not None else max(len(entries) + plan.wanted, plan.fewest)

    def draw(rng: Random, budget: int) -> Json:
        deeper = budget - 1
        chosen = _chosen(rng, budget, (required, cheapest), (plan.fewest, most))
        out = {
            name: member(rng, deeper) if deep else member(rng)
            for name, _, deep, member in entries
            if name in chosen
        }
        if extra is not None:
            wanted = between(rng, 1, plan.wanted) if plan.wanted and budget > 0 else 0
            _fill(out, max(plan.fewest, min(len(out) + wanted, most)), extra, (rng, deeper))
        if len(out) < plan.fewest:
            raise NoValueError(f"no {plan.fewest} different names of members were found")
        return out

    return draw


def _chosen(
    rng: Random,
    budget: int,
    names: tuple[list[str], list[tuple[str, bool]]],
    limits: tuple[int, int],
) -> dict[str, None]:
    """The required members and, within the limits, the likely ones of the optional.

    Without a budget only those are taken that are no deeper than members of any name would be.
    """
    required, optional = names
    fewest, most = limits
    chosen = dict.fromkeys(required)
    order = sorted(optional, key=lambda _pair: rng.random()) if budget > 0 else optional
    for name, shallow in order:
        if budget <= 0 and not shallow:
            continue
        likely = budget > 0 and rng.random() < PRESENT
        if len(chosen) < fewest or (likely and len(chosen) < most):
            chosen[name] = None
    return chosen


def _fill(
    out: dict[str, Json],
    size: int,
    extra: tuple[Callable[[Random], str], Draw],
    chance: tuple[Random, int],
) -> None:
    """Add members of any name until there are `size`, or no further name is found."""
    name_of, value_of = extra
    rng, budget = chance
    for _ in range(TRIES):
        if len(out) >= size:
            break
        name = name_of(rng)
        if name not in out:
            out[name] = value_of(rng, budget)


def _agreeing(draw: Draw, plan: Record) -> Draw:
    """`draw`, with the members that follow others made to agree with them."""
    followers = plan.followers

    def agreeing(rng: Random, budget: int) -> Json:
        out = draw(rng, budget)
        for name, leaders, make, admit in rows:
            if name in out and all(leader in out for leader in leaders):
                text = make(rng, *[out[leader] for leader in leaders])
                if text is not None and admit(text):
                    out[name] = text
        return out

    rows = tuple((f.name, f.leaders, f.make, f.admit) for f in followers)
    return agreeing


def _array(sizes: tuple[int, int, int], head: list[Draw], rest: Draw | None) -> Draw:
    least, low, high = sizes

    def draw(rng: Random, budget: int) -> Json:
        size = between(rng, low, high) if budget > 0 else least
        deeper = budget - 1
        out = [part(rng, deeper) for part in head[:size]]
        if rest is not None:
            out.extend([rest(rng, deeper) for _ in range(size - len(out))])
        return out

    return draw


def _unique_array(sizes: tuple[int, int, int], head: list[Draw], rest: Draw | None) -> Draw:
    least, low, high = sizes

    def draw(rng: Random, budget: int) -> Json:
        size = between(rng, low, high) if budget > 0 else least
        out: list[Json] = []
        known: set[object] = set()
        for _ in range(TRIES_UNIQUE * size):
            if len(out) == size:
                break
            part = head[len(out)] if len(out) < len(head) else rest
            value = part(rng, budget - 1) if part else None
            key = identity(value)
            if key not in known:
                known.add(key)
                out.append(value)
        if len(out) < least:
            raise NoValueError(f"no {least} different elements were found")
        return out

    return draw


def _drawn_without_return(plan: Series, values: tuple[Json, ...]) -> Draw:
    """Arrays of different values out of a list of them."""
    most = min(len(values), len(values) if plan.most is None else plan.most)
    low = min(max(plan.least, 1), most)
    high = min(max(plan.least, ELEMENTS_MAX), most)

    def draw(rng: Random, budget: int) -> Json:
        left = list(values)
        size = between(rng, low, high) if budget > 0 else plan.least
        return [left.pop(below(rng, len(left))) for _ in range(size)]

    return draw
