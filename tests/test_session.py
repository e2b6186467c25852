"""One isolated universe: what it counts, keeps and forgets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import session as module
from mockserver.session import Session, SessionError
from mockserver.stores.memory import store
from tests.scenarios.samples import NOON, alone


def session(name: str = "a", seed: int = 0, scenarios: tuple[str, ...] = ()) -> Session:
    return alone(name, seed, scenarios)


def test_a_moment_is_now_with_the_seed_of_the_session() -> None:
    moment = session(seed=5).moment()

    assert (moment.wall, moment.seed) == (NOON, 5)


def test_uses_of_a_rule_are_counted() -> None:
    mine = session()

    mine.use("a/b#1")
    mine.use("a/b#1")

    assert (mine.used("a/b#1"), mine.used("a/b#2")) == (2, 0)


def test_scenarios_that_are_made_active_count_from_nothing() -> None:
    mine = session(scenarios=("a/one", "a/two"))
    for rule in ("a/one#1", "a/two#1", "a/three#1", "a/one-more#1"):
        mine.use(rule)
    mine.plans["a/read"] = ()

    mine.activate(("a/three", "a/one"))

    counts = [mine.used(f"a/{name}#1") for name in ("one", "two", "three", "one-more")]
    assert counts == [0, 1, 0, 1]
    assert (mine.scenarios, mine.plans) == (("a/three", "a/one"), {})
    mine.activate(("a/two",))
    assert mine.used("a/two#1") == 0


def test_ids_of_rules_are_never_used_again_in_one_life() -> None:
    mine = session()

    first = mine.next_rule_id()
    mine.add(first, {})
    mine.withdraw(first)

    assert (first, mine.next_rule_id()) == ("rule-1", "rule-2")


def test_a_session_has_a_ceiling_of_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RULES_MAX", 2)
    mine = session()
    for _ in range(2):
        mine.add(mine.next_rule_id(), {})

    with pytest.raises(SessionError, match="2 rules, the most it may have") as raised:
        mine.next_rule_id()

    assert raised.value.status == 409
    mine.withdraw("rule-1")
    assert mine.next_rule_id() == "rule-3"


def test_beyond_the_ceiling_the_oldest_kept_scenarios_are_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "KEPT_MAX", 2)
    mine = session()
    one, two, three = (("a", "id", name) for name in "123")

    mine.keep(one, b"x")
    mine.keep(two, b"y")
    mine.keep(one, b"z")  # is the newest now
    mine.keep(three, b"x")

    assert dict(mine.kept.items()) == {one: b"z", three: b"x"}


@given(st.integers(0, 2**32), st.lists(st.integers(1, 5), max_size=5))
def test_after_a_reset_chance_begins_anew(seed: int, draws: list[int]) -> None:
    mine = session(seed=seed)
    expected = [session(seed=seed).rng.random()]
    for count in draws:
        mine.rng.choices("ab", k=count)

    mine.reset()

    assert [mine.rng.random()] == expected
