"""What a schema comes to: plans, one for each kind of value, and how deep the least value is.

A plan is data. `walk` makes plans from schemas, `build` makes closures from plans; between the two
stand the heights: the levels of nesting that the smallest value needs. They tell which members can
be had at all, and which branch ends a recursion.
"""

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from mockserver.message import Json
from mockserver.sample.chance import pick
from mockserver.sample.facets import identity

Key = tuple[str, ...]
ENDLESS: Final = 10**9  # the height of what has no value


@dataclass(frozen=True, slots=True)
class Never:
    """No value. `pointer` is the place in the schema, `reason` says why."""

    pointer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value drawn at once; `values` lists all there are, when they are few."""

    make: Callable[[Random], Json]
    values: tuple[Json, ...] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of `options`; `rare` now and then; `fallback` where no option has a value or ends."""

    options: tuple["Plan", ...]
    rare: "Plan | None" = None
    fallback: "Plan | None" = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object."""

    name: str
    required: bool
    plan: "Plan"


@dataclass(frozen=True, slots=True)
class Extra:
    """Members without a name in the schema: how a name is drawn, and what the value is."""

    name: Callable[[Random], str]
    plan: "Plan"


@dataclass(frozen=True, slots=True)
class Follower:
    """A member that agrees with siblings.

    Attributes:
        name: The member.
        leaders: The siblings, all of which must be there.
        make: `(rng, *their values) -> value`, None when they lead to nothing.
        admit: Whether the value is one the member may have.
    """

    name: str
    leaders: tuple[str, ...]
    make: Callable[..., Json]
    admit: Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Record:
    """An object with `fewest` to `most` members; `wanted` extra members where there is room."""

    members: tuple[Member, ...]
    extra: Extra | None
    wanted: int
    fewest: int
    most: int | None
    followers: tuple[Follower, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """An array: `head` for its first elements, `rest` for the others, None for no others."""

    head: tuple["Plan", ...]
    rest: "Plan | None"
    least: int
    most: int | None
    unique: bool


@dataclass(frozen=True, slots=True)
class Guarded:
    """A plan whose values are checked against `schema`, since they may break it."""

    plan: "Plan"
    schema: Json
    pointer: str


@dataclass(frozen=True, slots=True)
class Named:
    """The plan called `key`: of a `$ref`, or of a schema that may return to itself."""

    key: Key
    pointer: str


NULL: Final = Leaf(lambda _rng: None, (None,))

Plan = Never | Leaf | Choice | Record | Series | Guarded | Named


class Heights:
    """How many levels the least value of each plan needs, `ENDLESS` when there is none.

    Args:
        named: Every plan that a `Named` may mean.
    """

    def __init__(self, named: Mapping[Key, Plan]) -> None:
        self._named = dict.fromkeys(named, ENDLESS)
        order = list(reversed(list(named)))  # what was met last is used by what was met first
        changed = True
        while changed:
            changed = False
            for key in order:
                height = self.of(named[key])
                if height < self._named[key]:
                    self._named[key] = height
                    changed = True

    def of(self, plan: Plan) -> int:
        """The height of `plan`."""
        match plan:
            case Never():
                return ENDLESS
            case Leaf():
                return 0
            case Named(key):
                return self._named[key]
            case Guarded(inner):
                return self.of(inner)
            case Choice():
                return min(map(self.of, parts(plan)), default=ENDLESS)
            case Record():
                return self._above(self._needed(plan))
            case Series():
                return self._above(self._first(plan))

    def can(self, plan: Plan) -> bool:
        """Whether `plan` has a value."""
        return self.of(plan) < ENDLESS

    def _above(self, heights: Iterable[int]) -> int:
        return min(1 + max(heights, default=0), ENDLESS)

    def _needed(self, plan: Record) -> list[int]:
        """Heights of the members that the least object has."""
        needed = [self.of(member.plan) for member in plan.members if member.required]
        others = sorted(self.of(member.plan) for member in plan.members if not member.required)
        missing = max(plan.fewest - len(needed), 0)
        if plan.extra is not None:
            others += [self.of(plan.extra.plan)] * missing
            others.sort()
        more = others[:missing]
        return [*needed, *more, *([ENDLESS] if len(more) < missing else [])]

    def _first(self, plan: Series) -> list[int]:
        """Heights of the elements that the least array has."""
        heights = [self.of(part) for part in plan.head[: plan.least]]
        if len(heights) < plan.least:
            heights.append(self.of(plan.rest) if plan.rest else ENDLESS)
        return heights

    def cause(self, plan: Plan, named: Mapping[Key, Plan], trail: tuple[Named, ...] = ()) -> Never:
        """Why `plan` has no value: the first thing it needs that cannot be."""
        if isinstance(plan, Never):
            return plan
        if isinstance(plan, Named):
            if plan in trail:
                return Never(plan.pointer, "it needs itself, without an end")
            return self.cause(named[plan.key], named, (*trail, plan))
        for part in _required_parts(plan):
            if not self.can(part):
                return self.cause(part, named, trail)
        pointer = trail[-1].pointer if trail else "#"
        return Never(pointer, "it asks for more members or elements than there can be")


def _required_parts(plan: Plan) -> list[Plan]:
    if isinstance(plan, Record):
        plan = replace(plan, members=tuple(m for m in plan.members if m.required))
    return parts(plan)


def parts(plan: Plan) -> list[Plan]:
    """The plans that `plan` is made of, without those it only names."""
    match plan:
        case Guarded(inner):
            return [inner]
        case Choice(options, rare, fallback):
            return [*options, *(part for part in (rare, fallback) if part is not None)]
        case Record(members, extra):
            return [*(member.plan for member in members), *([extra.plan] if extra else [])]
        case Series(head, rest):
            return [*head, *([rest] if rest is not None else [])]
        case _:
            return []


def leaf(values: Sequence[Json]) -> Plan:
    """One of `values`, of which there is at least one; a copy of those that could be changed."""
    different = tuple({identity(value): value for value in values}.values())
    if different == (None,):
        return NULL
    if any(isinstance(value, (dict, list)) for value in different):
        return Leaf(lambda rng: copy.deepcopy(pick(rng, different)))
    return Leaf(lambda rng: pick(rng, different), different)


def choice(options: Sequence[Plan], pointer: str) -> Plan:
    """One of `options`, null only now and then."""
    others = tuple(option for option in options if option is not NULL)
    if not others:
        return NULL if options else Never(pointer, "none of its branches can hold")
    if len(others) == len(options) == 1:
        return others[0]
    return Choice(others, rare=NULL if len(others) < len(options) else None)


def recursive(named: Mapping[Key, Plan]) -> set[Key]:
    """The named plans through which a value may contain itself (or that lie between two such)."""
    uses = {key: _uses(plan) for key, plan in named.items()}
    left = dict.fromkeys(uses)
    while True:
        used = {target for key in left for target in uses[key] if target in left}
        keep = [key for key in left if key in used and any(target in left for target in uses[key])]
        if len(keep) == len(left):
            return set(left)
        left = dict.fromkeys(keep)


def _uses(plan: Plan) -> set[Key]:
    """The names that `plan` uses."""
    if isinstance(plan, Named):
        return {plan.key}
    return {key for part in parts(plan) for key in _uses(part)}
