"""Whether facets can hold at all, whether a value has them, and in which ways a value fails them.

All three are cautious: `impossible` is only true of what certainly is, `admits` looks at a value
itself and not into its members, and every way that `negated` names surely fails the schema, while
there may be others.
"""

from collections.abc import Iterable
from typing import Final

from mockserver.message import Json
from mockserver.sample.expressions import checker
from mockserver.sample.facets import (
    KINDS,
    NUMBERS,
    Branch,
    Flat,
    Resolve,
    element,
    exactly,
    flatten,
    identity,
    kind_of,
    member,
    merge,
)

DEPTH: Final = 3  # how far `impossible` looks into members


def impossible(flat: Flat, resolve: Resolve, depth: int = DEPTH) -> bool:
    """Whether no value can have these facets, as far as `depth` levels of members tell."""
    if flat.enum is not None:
        return not any(admits(flat, value) for value in flat.enum)
    return not any(_possible(flat, kind, resolve, depth) for kind in flat.kinds)


def disjoint(one: Flat, other: Flat, resolve: Resolve) -> bool:
    """Whether no value can have the facets of both, as far as is easily seen."""
    return impossible(merge(one, other), resolve)


def _possible(flat: Flat, kind: str, resolve: Resolve, depth: int) -> bool:
    match kind:
        case "integer" | "fraction":
            return _leaves_room(flat)
        case "string":
            return flat.longest is None or flat.shortest <= flat.longest
        case "array":
            return _possible_array(flat, resolve, depth)
        case "object":
            return _possible_object(flat, resolve, depth)
        case _:
            values: tuple[Json, ...] = (None,) if kind == "null" else (True, False)
            return any(admits(flat, value) for value in values)


def _leaves_room(flat: Flat) -> bool:
    lows = [bound for bound in (flat.minimum, flat.above) if bound is not None]
    highs = [bound for bound in (flat.maximum, flat.below) if bound is not None]
    if not lows or not highs:
        return True
    low, high = max(lows), min(highs)
    return low < high or (low == high and low not in (flat.above, flat.below))


def _possible_array(flat: Flat, resolve: Resolve, depth: int) -> bool:
    least = max(flat.least_items, flat.contains is not None)
    if flat.most_items is not None and least > flat.most_items:
        return False
    needed = range(min(flat.least_items, len(flat.prefix) + 1))
    return all(_may_be(element(flat, index), resolve, depth) for index in needed)


def _possible_object(flat: Flat, resolve: Resolve, depth: int) -> bool:
    if flat.most is not None and max(flat.fewest, len(flat.required)) > flat.most:
        return False
    return all(_may_be(member(flat, name), resolve, depth) for name in flat.required)


def _may_be(schema: Json, resolve: Resolve, depth: int) -> bool:
    if schema is False:
        return False
    return depth == 0 or not impossible(flatten(schema, resolve), resolve, depth - 1)


# --- a value -----------------------------------------------------------------------------------


def admits(flat: Flat, value: Json) -> bool:
    """Whether `value` itself has the facets; its members, groups and nots are not looked at."""
    kind = kind_of(value)
    if kind not in flat.kinds:
        return False
    if flat.excluded and identity(value) in map(identity, flat.excluded):
        return False
    match kind:
        case "string":
            return _admits_text(flat, value)
        case "integer" | "fraction":
            return _admits_number(flat, value)
        case "array":
            return flat.least_items <= len(value) and not _exceeds(len(value), flat.most_items)
        case "object":
            sized = flat.fewest <= len(value) and not _exceeds(len(value), flat.most)
            return sized and all(name in value for name in flat.required)
        case _:
            return True


def _exceeds(size: int, limit: int | None) -> bool:
    return limit is not None and size > limit


def _admits_text(flat: Flat, text: str) -> bool:
    if len(text) < flat.shortest or _exceeds(len(text), flat.longest):
        return False
    return all(checker(pattern).search(text) for pattern in flat.patterns) and not any(
        checker(pattern).search(text) for pattern in flat.antipatterns
    )


def _admits_number(flat: Flat, number: float) -> bool:
    value = exactly(number)
    return (
        (flat.minimum is None or value >= flat.minimum)
        and (flat.above is None or value > flat.above)
        and (flat.maximum is None or value <= flat.maximum)
        and (flat.below is None or value < flat.below)
        and (flat.step is None or value % flat.step == 0)
    )


# --- the contrary ------------------------------------------------------------------------------


def negated(flat: Flat) -> tuple[list[Branch], bool]:
    """Ways in which a value fails `flat`, each enough by itself, and whether these are all."""
    ways = [*_other_kinds(flat), *_other_scalars(flat), *_other_members(flat), *_other_sizes(flat)]
    whole = flat.exact and not (
        flat.step
        or flat.format
        or flat.contains
        or flat.unique
        or flat.prefix
        or flat.items is not True
        or flat.additional is not True
        or flat.pattern_properties
        or flat.names is not True
    )
    if flat.excluded:
        ways.append(Branch(Flat(enum=flat.excluded)))
    ways.extend(Branch(schema) for schema in flat.nots)
    for group in flat.groups:
        if any(branch.nots for branch in group):
            whole = False
        else:
            ways.append(Branch(Flat(nots=tuple(branch.schema for branch in group))))
    return ways, whole


def _other_kinds(flat: Flat) -> Iterable[Branch]:
    others = tuple(kind for kind in KINDS if kind not in flat.kinds)
    if others:
        yield Branch(Flat(kinds=others))


def _other_scalars(flat: Flat) -> Iterable[Branch]:
    if flat.enum is not None:
        yield Branch(Flat(excluded=flat.enum))
    if flat.minimum is not None:
        yield Branch(Flat(kinds=NUMBERS, below=flat.minimum))
    if flat.above is not None:
        yield Branch(Flat(kinds=NUMBERS, maximum=flat.above))
    if flat.maximum is not None:
        yield Branch(Flat(kinds=NUMBERS, above=flat.maximum))
    if flat.below is not None:
        yield Branch(Flat(kinds=NUMBERS, minimum=flat.below))
    if flat.shortest:
        yield Branch(Flat(kinds=("string",), longest=flat.shortest - 1))
    if flat.longest is not None:
        yield Branch(Flat(kinds=("string",), shortest=flat.longest + 1))
    for pattern in flat.patterns:
        yield Branch(Flat(kinds=("string",), antipatterns=(pattern,)))
    for pattern in flat.antipatterns:
        yield Branch(Flat(kinds=("string",), patterns=(pattern,)))


def _other_members(flat: Flat) -> Iterable[Branch]:
    kinds = ("object",)
    for name in flat.required:
        yield Branch(Flat(kinds=kinds, properties={name: False}))
    for name, schema in flat.properties.items():
        contrary = {"not": schema}
        yield Branch(Flat(kinds=kinds, required=(name,), properties={name: contrary}))


def _other_sizes(flat: Flat) -> Iterable[Branch]:
    if flat.fewest:
        yield Branch(Flat(kinds=("object",), most=flat.fewest - 1))
    if flat.most is not None:
        yield Branch(Flat(kinds=("object",), fewest=flat.most + 1))
    if flat.least_items:
        yield Branch(Flat(kinds=("array",), most_items=flat.least_items - 1))
    if flat.most_items is not None:
        yield Branch(Flat(kinds=("array",), least_items=flat.most_items + 1))
