"""The walk over a schema: from its facets to the plans of its values.

Each `$ref` is planned once for each name that steers its values, and so is each schema that may
return to itself. Choices (`anyOf`, `oneOf`, `not`) are resolved here: a branch is merged into what
stands beside it, and what must not hold is turned into the ways in which it fails. Only where that
cannot be done is a plan guarded by the caller's validator.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial
from random import Random
from typing import Final

from mockserver.message import Json
from mockserver.sample import names, people
from mockserver.sample.chance import Maker
from mockserver.sample.expressions import ExpressionError, checker
from mockserver.sample.facets import (
    ANYTHING,
    NUMBERS,
    Branch,
    Flat,
    Resolve,
    both,
    element,
    flatten,
    merge,
)
from mockserver.sample.logic import admits, disjoint, impossible, negated
from mockserver.sample.numbers import number_maker
from mockserver.sample.patterns import pattern_maker
from mockserver.sample.place import Place
from mockserver.sample.plan import (
    Choice,
    Extra,
    Follower,
    Guarded,
    Key,
    Leaf,
    Member,
    Named,
    Never,
    Plan,
    Record,
    Series,
    choice,
    leaf,
)
from mockserver.sample.strings import NoValueError, limits_of, text_maker
from mockserver.sample.traits import (
    all_formed,
    inferred,
    is_free,
    is_free_form,
    is_scalar,
    looks_inside,
    members_of,
    with_examples,
    with_patterns,
)

EFFORT_MAX: Final = 128  # options that one schema may be multiplied out to
EXTRA_MAX: Final = 3
NAME_MIN: Final = 8
# Keywords that say nothing of a value, so that a `$ref` beside them is still only a `$ref`.
SILENT: Final = frozenset(
    {"title", "description", "deprecated", "readOnly", "writeOnly", "externalDocs", "xml"}
    | {"$comment", "$id", "$schema", "$anchor", "$defs", "definitions", "discriminator"}
)
# Keywords through which a schema may come back to itself by merging.
WINDING: Final = ("$ref", "allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas")


class Walk:
    """Plans the values of a schema and of what it refers to.

    Args:
        resolve: What a `$ref` points to.
        is_valid: `(schema, value) -> bool`, for the enums that only a validator can judge.

    Attributes:
        named: The plans that `Named` means, complete after `whole`.
    """

    def __init__(
        self, resolve: Resolve, is_valid: Callable[[Json, Json], bool] | None = None
    ) -> None:
        self.named: dict[Key, Plan] = {}
        self._resolve = cache(resolve)
        self._is_valid = is_valid
        self._waiting: list[tuple[Key, Json, Place]] = []

    def whole(self, schema: Json) -> Plan:
        """The plan of `schema`; `named` then holds the plans of all it refers to."""
        plan = self._plan(schema, Place("", "", "#"))
        while self._waiting:
            key, target, place = self._waiting.pop()
            self.named[key] = self._fresh(target, place)
        return plan

    def _plan(self, schema: Json, place: Place) -> Plan:
        if schema is False:
            return Never(place.pointer, "nothing is allowed here")
        if not isinstance(schema, dict):
            return self._fresh(schema, place)
        telling = [key for key in schema if key not in SILENT and not key.startswith("x-")]
        if telling == ["$ref"]:
            return self._reference(schema["$ref"], place)
        if not any(key in schema for key in WINDING):
            return self._fresh(schema, place)
        place = place.steering(schema.get("$ref", "").rpartition("/")[2])
        text = json.dumps(schema, sort_keys=True, default=str)
        return self._later((place.name, place.parent, text), schema, place)

    def _reference(self, ref: str, place: Place) -> Plan:
        _, _, pointer = ref.partition("#")
        place = place.steering(ref.rpartition("/")[2])._replace(pointer=f"#{pointer}")
        key = (place.name, place.parent, "$ref", ref)
        return self._later(key, None if key in self.named else self._resolve(ref), place)

    def _later(self, key: Key, schema: Json, place: Place) -> Plan:
        """A plan by name, made when the walk is through with what it is at."""
        if key not in self.named:
            self.named[key] = Never(place.pointer, "not planned yet")
            self._waiting.append((key, schema, place))
        return Named(key, place.pointer)

    def _fresh(self, schema: Json, place: Place) -> Plan:
        try:
            return self._chosen(flatten(schema, self._resolve), schema, place, 1)
        except ExpressionError as error:
            return Never(place.pointer, str(error))

    # --- choices ---

    def _chosen(self, flat: Flat, origin: Json, place: Place, effort: int) -> Plan:
        """The plan of `flat`, one group or `not` after the other resolved."""
        if flat.groups and effort > EFFORT_MAX:
            flat = replace(flat, groups=(), exact=False)
        if flat.groups:
            return self._grouped(flat, origin, place, effort)
        if flat.nots:
            return self._denied(flat, origin, place, effort)
        return self._settled(flat, origin, place)

    def _grouped(self, flat: Flat, origin: Json, place: Place, effort: int) -> Plan:
        group, rest = flat.groups[0], replace(flat, groups=flat.groups[1:])
        alone = replace(rest, examples=tuple(e for e in rest.examples if is_scalar(e))) == ANYTHING
        effort *= max(len(group), 2)
        options = []
        for branch in group:
            inner = flatten(branch.schema, self._resolve)
            nots = tuple(n for n in branch.nots if not self._apart(inner, n))
            if alone and not nots and not isinstance(branch.schema, Flat):
                options.append(self._plan(branch.schema, place))
                continue
            merged = merge(merge(rest, inner), Flat(nots=nots))
            if not impossible(merged, self._resolve):
                options.append(self._chosen(merged, origin, place, effort))
        return choice(options, place.pointer)

    def _apart(self, flat: Flat, schema: Json) -> bool:
        return disjoint(flat, flatten(schema, self._resolve), self._resolve)

    def _denied(self, flat: Flat, origin: Json, place: Place, effort: int) -> Plan:
        """The plan of a schema with a `not`: a value fails it in one of the ways there are.

        Ways that leave a member out are tried first, since they give the most natural values.
        """
        denied, rest = flat.nots[0], replace(flat, nots=flat.nots[1:])
        target = flatten(denied, self._resolve)
        if disjoint(rest, target, self._resolve):
            return self._chosen(rest, origin, place, effort)
        ways, all_of_them = negated(target)
        merged = [(way, merge(rest, flatten(way.schema, self._resolve))) for way in ways]
        merged = [(way, flat) for way, flat in merged if not impossible(flat, self._resolve)]
        effort *= max(len(merged), 2)
        if effort > EFFORT_MAX:
            return self._chosen(replace(rest, exact=False), origin, place, effort)
        plain = [self._chosen(f, origin, place, effort) for w, f in merged if not _twists(w)]
        twisted = [self._chosen(f, origin, place, effort) for w, f in merged if _twists(w)]
        last = None
        if not all_of_them:
            last = self._chosen(replace(rest, exact=False), origin, place, effort)
        if not merged and last is None:
            return Never(place.pointer, "what `not` forbids cannot be avoided")
        return Choice(tuple(plain), fallback=Choice(tuple(twisted), fallback=last))

    # --- one flat schema ---

    def _settled(self, flat: Flat, origin: Json, place: Place) -> Plan:
        """The plan of facets without choices."""
        if any(isinstance(value, (dict, list)) for value in flat.excluded):
            flat = replace(flat, exact=False)
        if impossible(flat, self._resolve):
            return Never(place.pointer, "its rules contradict each other")
        if flat.enum is not None:
            return self._listed(flat, origin, place)
        kinds = flat.kinds if flat.stated else (inferred(flat),)
        kinds = tuple(dict.fromkeys("number" if kind in NUMBERS else kind for kind in kinds))
        options = [self._of_kind(kind, flat, origin, place) for kind in kinds]
        plan = choice(options, place.pointer)
        return plan if flat.exact else self._guarded(plan, origin, place)

    def _of_kind(self, kind: str, flat: Flat, origin: Json, place: Place) -> Plan:
        match kind:
            case "object":
                return self._record(flat, place)
            case "array":
                return self._series(flat, place)
            case "string":
                return self._text(flat, origin, place)
            case "number":
                return self._number(flat, place)
            case _:
                values = [None] if kind == "null" else [True, False]
                allowed = [value for value in values if admits(flat, value)]
                return leaf(allowed) if allowed else Never(place.pointer, f"no {kind} is allowed")

    def _guarded(self, plan: Plan, origin: Json, place: Place) -> Plan:
        return plan if isinstance(plan, Never) else Guarded(plan, origin, place.pointer)

    def _listed(self, flat: Flat, origin: Json, place: Place) -> Plan:
        values = [value for value in flat.enum or () if admits(flat, value)]
        deep = looks_inside(flat) and not all(map(is_scalar, values))
        unsure = deep or not flat.exact or not all_formed(flat, values)
        if self._is_valid is not None and unsure:
            values = [value for value in values if self._is_valid(origin, value)]
        if not values:
            return Never(place.pointer, "none of its listed values is allowed")
        return leaf(values)

    def _number(self, flat: Flat, place: Place) -> Plan:
        try:
            return Leaf(number_maker(flat, place.name, place.parent))
        except NoValueError as error:
            return Never(place.pointer, str(error))

    def _text(self, flat: Flat, origin: Json, place: Place) -> Plan:
        try:
            make, sure = text_maker(flat, place.name, place.parent)
        except (NoValueError, ExpressionError) as error:
            return self._examples(flat, origin) or Never(place.pointer, str(error))
        return Leaf(make) if sure else self._guarded(Leaf(make), origin, place)

    def _examples(self, flat: Flat, origin: Json) -> Plan | None:
        """The examples of a text that we cannot make, if a validator accepts them."""
        texts = [example for example in flat.examples if isinstance(example, str)]
        if self._is_valid is not None:
            texts = [text for text in texts if self._is_valid(origin, text)]
        return leaf(texts) if texts else None

    # --- objects ---

    def _record(self, flat: Flat, place: Place) -> Plan:
        allowed = flatten(flat.names, self._resolve)
        declared = dict.fromkeys((*flat.properties, *flat.required))
        members = []
        for name in declared:
            schema = with_examples(with_patterns(flat, name), members_of(flat.examples, name))
            if flat.names is not True and not admits(allowed, name):
                schema = False
            plan = self._plan(schema, place.member(name))
            members.append(Member(name, name in flat.required, plan))
        open_ = bool(flat.pattern_properties) or flat.additional is not False
        a_map = not flat.properties and open_ and not is_free_form(flat)
        wanted = a_map or (open_ and flat.fewest > len(flat.required))
        return Record(
            members=tuple(members),
            extra=self._extra(flat, allowed, declared, place) if wanted else None,
            wanted=EXTRA_MAX if a_map else 0,
            fewest=flat.fewest,
            most=flat.most,
            followers=tuple(self._followers(flat, place)),
        )

    def _extra(
        self, flat: Flat, allowed: Flat, declared: Iterable[str], place: Place
    ) -> Extra | None:
        """Members of any name: of the first pattern when there is one, else additional ones."""
        known = frozenset(declared)
        patterns = list(flat.pattern_properties)
        others = [checker(pattern) for pattern in patterns]
        try:
            if flat.additional is False or patterns:
                make = _name_maker(patterns[0])
                schema, others = flat.pattern_properties[patterns[0]], others[1:]
            elif flat.names is True:
                make, schema = people.word, flat.additional
            else:
                make = text_maker(merge(allowed, Flat(kinds=("string",))), "", "")[0]
                schema = flat.additional
        except (NoValueError, ExpressionError):
            return None
        admit = flat.names is True

        def name_of(rng: Random) -> str:
            for _ in range(EFFORT_MAX):
                name = make(rng)
                taken = name in known or any(other.search(name) for other in others)
                if not taken and (admit or admits(allowed, name)):
                    return name
            raise NoValueError("no name for a further member was found")

        return Extra(name_of, self._plan(schema, place.inside("additionalProperties")))

    def _followers(self, flat: Flat, place: Place) -> Iterable[Follower]:
        """The members that agree with others, by their names."""
        siblings = {names.normalised(name): name for name in flat.properties}
        for name, schema in flat.properties.items():
            for rule in names.followed(name, place.name):
                leaders = [siblings[leader] for leader in rule.leaders if leader in siblings]
                inner = flatten(schema, self._resolve)
                if len(leaders) == len(rule.leaders) and is_free(inner):
                    yield Follower(name, tuple(leaders), rule.make, _judge(inner))

    # --- arrays ---

    def _series(self, flat: Flat, place: Place) -> Plan:
        wanted = len(flat.prefix)
        if flat.contains is not None:
            wanted = max(wanted, 1)
        head = []
        for index in range(wanted):
            schema = element(flat, index)
            if index == 0 and flat.contains is not None:
                schema = both(schema, flat.contains)
            head.append(self._plan(schema, place.inside("prefixItems", index)))
        rest = None
        if flat.items is not False:
            listed = [part for e in flat.examples if isinstance(e, list) for part in e]
            schema = with_examples(flat.items, listed)
            rest = self._plan(schema, place.inside("items"))
        least = max(flat.least_items, 1) if flat.contains is not None else flat.least_items
        few = rest.values if isinstance(rest, Leaf) and not head else None
        if flat.unique and few is not None and least > len(few):
            return Never(place.pointer, f"there are not {least} different elements")
        return Series(tuple(head), rest, least, flat.most_items, flat.unique)


def _twists(way: Branch) -> bool:
    """Whether a way to fail a schema gives a member a value its author never meant."""
    return isinstance(way.schema, Flat) and any(
        schema is not False for schema in way.schema.properties.values()
    )


def _name_maker(pattern: str) -> Maker:
    """Names that match a pattern, long enough to differ where the pattern leaves it open."""
    try:
        return pattern_maker(pattern, shortest=NAME_MIN)
    except ExpressionError:
        return pattern_maker(pattern)


def _judge(flat: Flat) -> Callable[[Json], bool]:
    """Whether a value may be given to a member, as quickly as it can be told."""
    limits = limits_of(flat)
    if flat.kinds == ("string",) and limits.none:
        return lambda value: type(value) is str
    return partial(admits, flat)
