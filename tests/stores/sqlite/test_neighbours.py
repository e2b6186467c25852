"""Several processes on one file: what each knows of the others, and keeps because of them."""

from collections.abc import Callable

import pytest

from mockserver.sessions import Sessions
from mockserver.stores import State
from mockserver.stores.sqlite import store as module
from mockserver.stores.sqlite.store import USED_S, SqliteStore
from tests.scenarios.samples import Stopwatch, request_of
from tests.stores.kinds import memory_of


def test_a_session_that_one_process_uses_all_the_time_is_not_idle_for_the_others(
    opened: Callable[[], SqliteStore],
) -> None:
    one, other = opened(), opened()
    one.atomic(one.make)("mine", State(0))

    def use(now_s: float) -> None:
        memory_of(one, "mine").used_s = now_s

    for half_seconds in range(1, 21):
        one.atomic(use)(half_seconds / 2)
        other.atomic(lambda: other.counters.add("busy"))()

    [(_, used_s)] = other.atomic(other.memories)()
    assert used_s >= 10.0 - USED_S


def test_a_process_lets_go_of_sessions_that_another_made_and_dropped(
    opened: Callable[[], SqliteStore],
) -> None:
    serves, controls = (Sessions(opened(), most=10, stopwatch=Stopwatch()) for _ in range(2))

    for number in range(50):
        name = f"s{number}"
        controls.store.atomic(controls.make)(name)
        request = request_of("GET", "/", headers={"x-mock-session": name})
        serves.store.atomic(serves.open)(request, tuple)
        controls.store.atomic(controls.drop)(name)

    assert len(serves._sessions) <= 12  # noqa: SLF001 - what is to be bounded
    assert len(serves.store._memories) <= 12  # type: ignore[attr-defined]  # noqa: SLF001


def test_rules_that_were_withdrawn_are_forgotten_beyond_the_ceiling(
    opened: Callable[[], SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHECKED", 4)
    monkeypatch.setattr(module, "RULES_KEPT", 10)
    store = opened()
    store.atomic(store.make)("mine", State(0))
    stays = {"rule-1": {"on": "*"}}

    def put(number: int) -> None:
        memory = memory_of(store, "mine")
        memory.state = memory.state._replace(rules=stays | {f"rule-{number}": {"on": "*"}})

    for number in range(1, 121):
        store.atomic(put)(number)

    def known() -> list[str]:
        return [name for (name,) in store.database.run("SELECT id FROM rules").fetchall()]

    assert {f"rule-{number}" for number in range(111, 121)} <= set(store.atomic(known)())
    assert len(store.atomic(known)()) < 10 + 4
    assert store.atomic(memory_of)(store, "mine").state.rules.keys() == {"rule-1", "rule-120"}
