"""Heights of plans: what can be had, what ends a recursion, and why something cannot."""

# ruff: noqa: S311 - a seeded chance is what is tested

from random import Random

from mockserver.sample.build import Builder
from mockserver.sample.plan import (
    ENDLESS,
    NULL,
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
    choice,
    leaf,
    recursive,
)

LEAF = Leaf(lambda _rng: "leaf")
NEVER = Never("#/never", "it cannot be")


def record(**members: Plan) -> Record:
    """An object that requires all of its members."""
    rows = tuple(Member(name, required=True, plan=plan) for name, plan in members.items())
    return Record(rows, extra=None, wanted=0, fewest=0, most=None, followers=())


def series(rest: Plan | None, least: int) -> Series:
    return Series((), rest, least, most=None, unique=False)


def named(name: str) -> Named:
    return Named((name,), f"#/{name}")


def test_a_height_is_the_nesting_of_the_least_value() -> None:
    heights = Heights({})
    assert heights.of(LEAF) == 0
    assert heights.of(record(a=record(b=LEAF))) == 2
    assert heights.of(series(record(a=LEAF), least=0)) == 1
    assert heights.of(series(record(a=LEAF), least=1)) == 2
    assert heights.of(Choice((record(a=LEAF), LEAF))) == 0
    assert heights.of(Guarded(record(a=LEAF), {}, "#")) == 1


def test_what_needs_the_impossible_is_impossible() -> None:
    heights = Heights({})
    assert not heights.can(record(a=NEVER))
    assert not heights.can(series(NEVER, least=1))
    assert not heights.can(series(None, least=1))
    assert not heights.can(Choice(()))
    assert heights.can(series(NEVER, least=0))
    assert heights.can(Choice((NEVER, LEAF)))
    assert heights.can(Choice((NEVER,), fallback=LEAF))


def test_a_named_plan_that_needs_itself_has_no_end_and_says_so() -> None:
    plans: dict[Key, Plan] = {("a",): record(x=named("b")), ("b",): record(y=named("a"))}
    heights = Heights(plans)
    assert heights.of(named("a")) == ENDLESS
    assert heights.cause(named("a"), plans) == Never("#/a", "it needs itself, without an end")


def test_the_cause_is_the_first_thing_that_cannot_be() -> None:
    plans: dict[Key, Plan] = {("a",): record(good=LEAF, bad=Choice((NEVER,)))}
    assert Heights(plans).cause(named("a"), plans) == NEVER
    crowded = Record((), None, 0, fewest=1, most=None, followers=())
    assert Heights({}).cause(crowded, {}).reason.startswith("it asks for more members")


def test_only_plans_in_a_circle_are_recursive() -> None:
    plans: dict[Key, Plan] = {
        ("above",): record(x=named("a")),
        ("a",): series(named("b"), least=0),
        ("b",): Choice((named("a"), named("below"))),
        ("below",): record(x=LEAF),
    }
    assert recursive(plans) == {("a",), ("b",)}


def test_options_that_go_round_in_a_circle_end_in_the_fallback() -> None:
    circle = Choice((record(x=named("a")),), fallback=LEAF)
    sampler = Builder({("a",): circle}, None).sampler(named("a"))
    value = sampler(Random(1))
    while isinstance(value, dict):
        value = value["x"]
    assert value == "leaf"


def test_options_that_go_round_in_a_circle_end_in_null() -> None:
    circle = Choice((record(x=named("a")),), rare=NULL)
    sampler = Builder({("a",): circle}, None).sampler(named("a"))
    assert all("None" in str(sampler(Random(seed))) for seed in range(20))


def test_null_alone_is_null_and_beside_others_it_is_rare() -> None:
    assert choice([NULL], "#") is NULL
    assert choice([NULL, LEAF], "#") == Choice((LEAF,), rare=NULL)
    assert choice([LEAF], "#") is LEAF
    assert choice([], "#/x") == Never("#/x", "none of its branches can hold")
    assert leaf([None]) is NULL


def test_listed_values_are_each_there_once() -> None:
    plan = leaf([1, 1.0, True, "1", 1])
    assert isinstance(plan, Leaf)
    assert plan.values == (1, True, "1")
