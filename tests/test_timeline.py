"""What is due happens: in order, at its due time, with all that it brings about."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.clock import Moment, stamp
from mockserver.course import Courses, course_of
from mockserver.lifecycle import Lifecycle, Transition
from mockserver.record import Change, Gone, Progress, Record, Stopped, View
from mockserver.simulation import Collection
from mockserver.stores.memory.records import MemoryRecords
from mockserver.timeline import Fired, settle

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ROUNDS = 50
LIFE = Lifecycle(
    "A step",
    "state",
    (
        Transition("ON", "OFF", does="it goes off"),
        Transition("OFF", "ON", does="it goes on"),
        Transition("LAST", "END", does="it ends"),
    ),
    {},
    terminal=("END",),
)


class World:
    """Records whose phases end as a function says, and what was asked of it."""

    def __init__(self, elapse: Any, *, most: int = 100_000) -> None:
        self.asked: list[tuple[str, datetime]] = []

        def counted(view: View, record: Record, moment: Moment) -> Sequence[Change]:
            self.asked.append((record.id, moment.now))
            found: Sequence[Change] = elapse(view, record, moment)
            return found

        self.kind = Collection(
            "steps",
            "A step",
            (),
            {},
            ("id",),
            claims=lambda record: record.data.get("has", ()),
            lifecycle=LIFE,
            elapse=counted,
        )
        self.records = MemoryRecords({"steps": self.kind}, most=most)

    def put(self, name: str, state: str = "LAST", course: Any = None, **data: Any) -> Record:
        """A new record, as it begins at noon."""
        record = self.made(name, state, course, moment_at(NOON), **data)
        self.records.commit([record])
        return record

    def made(self, name: str, state: str, course: Any, moment: Moment, **data: Any) -> Record:
        begun = replace(moment, courses=Courses(course_of(course or {})))
        return self.kind.made({"id": name, "state": state, **data}, begun)

    def settle(self, until: datetime = NOON) -> list[Fired]:
        return list(settle(self.records, until, moment_at))


def moment_at(due: datetime) -> Moment:
    return Moment(due, 0, NOON)


def goes_on(_view: View, record: Record, moment: Moment) -> Sequence[Change]:
    """Into the usual next state, which notes when."""
    usual = LIFE.usual(record.progress.phase, record.data)
    assert usual is not None
    noted = replace(record, data={**record.data, "at": stamp(moment.now)})
    return [LIFE.enter(noted, usual.target, moment)]


def ended(_view: View, record: Record, _moment: Moment) -> Sequence[Change]:
    return [Gone(record.collection, record.id)]


@pytest.fixture
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A circle is one after so few rounds that a test of it is short."""
    monkeypatch.setattr("mockserver.timeline.ROUNDS_MAX", ROUNDS)


# order --------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 5), max_size=8), st.integers(-1, 6))
def test_what_is_due_happens_by_due_time_then_in_the_order_it_was_begun(
    minutes: list[int], until: int
) -> None:
    world = World(goes_on)
    for number, minute in enumerate(minutes):
        world.put(str(number), course={"LAST": {"after": f"{minute}m"}})

    fired = world.settle(NOON + until * MINUTE)

    due = sorted((minute, n) for n, minute in enumerate(minutes) if minute <= until)
    assert [(each.at, each.id) for each in fired] == [
        (NOON + minute * MINUTE, str(number)) for minute, number in due
    ]
    assert world.asked == [(each.id, each.at) for each in fired]


def test_what_happens_is_stamped_with_when_it_was_due() -> None:
    world = World(goes_on)
    world.put("a", course={"LAST": {"after": "5m"}})

    [fired] = world.settle(NOON + 60 * MINUTE)

    after = world.records.get("steps", "a")
    assert after is not None
    assert fired == Fired(NOON + 5 * MINUTE, "steps", "a", "LAST", "END")
    assert after.data["at"] == "2026-01-15T12:05:00.000Z"


def test_what_is_not_due_yet_does_not_happen() -> None:
    world = World(goes_on)
    world.put("a", course={"LAST": {"after": "5m"}})

    assert world.settle(NOON + 5 * MINUTE - timedelta(milliseconds=1)) == []
    assert len(world.settle(NOON + 5 * MINUTE)) == 1
    assert world.settle(NOON + 5 * MINUTE) == []


def test_a_record_that_ends_is_told_as_gone() -> None:
    world = World(ended)
    world.put("a")

    assert world.settle() == [Fired(NOON, "steps", "a", "LAST", None)]
    assert len(world.records) == 0


def test_a_phase_that_changes_nothing_of_its_record_shows_it_as_it_is() -> None:
    world = World(lambda _view, _record, _moment: [])
    world.put("a")

    first = world.settle()[0]

    assert first == Fired(NOON, "steps", "a", "LAST", "LAST")


# cascades -----------------------------------------------------------------------------------


def test_what_a_transition_makes_due_happens_too_and_in_its_time() -> None:
    def brings(view: View, record: Record, moment: Moment) -> Sequence[Change]:
        if record.id != "first":
            return goes_on(view, record, moment)
        soon = world.made("soon", "LAST", {"LAST": {"after": "1m"}}, moment)
        now = world.made("now", "LAST", {}, moment)
        return [*goes_on(view, record, moment), soon, now]

    world = World(brings)
    world.put("first", course={"LAST": {"after": "1m"}})
    world.put("between", course={"LAST": {"after": "90s"}})
    world.put("late", course={"LAST": {"after": "10m"}})

    fired = world.settle(NOON + 5 * MINUTE)

    assert [(each.id, (each.at - NOON) / MINUTE) for each in fired] == [
        ("first", 1),
        ("now", 1),
        ("between", 1.5),
        ("soon", 2),
    ]


def test_one_transition_may_end_what_another_record_waits_for() -> None:
    def ends(view: View, record: Record, moment: Moment) -> Sequence[Change]:
        return [*goes_on(view, record, moment), Gone("steps", "other")]

    world = World(ends)
    world.put("a")
    world.put("other", course={"LAST": {"after": "1m"}})

    assert [each.id for each in world.settle(NOON + 5 * MINUTE)] == ["a"]


# bounds -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few_rounds")
def test_a_cycle_without_time_is_stopped() -> None:
    world = World(goes_on)
    world.put("round", "ON")
    world.put("other")

    fired = world.settle()

    rounds = [each for each in fired if each.id == "round"]
    assert [each.stopped for each in rounds] == [False] * ROUNDS + [True]
    assert (rounds[-1].before, rounds[-1].after) == ("ON", "ON")
    assert [each.stopped for each in fired if each.id == "other"] == [False]
    assert world.records.next_due is None


@pytest.mark.usefixtures("few_rounds")
def test_a_cycle_that_takes_time_is_stopped_when_a_phase_has_begun_too_often() -> None:
    world = World(goes_on)
    world.put("round", "ON", course={"*": {"after": "1m"}})

    before = world.settle(NOON + ROUNDS * MINUTE)
    after = world.settle(NOON + 3 * ROUNDS * MINUTE)

    assert not any(each.stopped for each in before)
    assert [each.stopped for each in (*before, *after)] == [False] * 2 * ROUNDS + [True]


def test_a_simulation_that_fails_is_loud_once_and_holds_nothing_up() -> None:
    def fails(view: View, record: Record, moment: Moment) -> Sequence[Change]:
        if record.id == "bad":
            raise KeyError(record.id)
        return goes_on(view, record, moment)

    world = World(fails)
    world.put("bad")
    world.put("good")

    with pytest.raises(Stopped, match="the end of LAST of steps bad failed") as raised:
        world.settle()
    assert isinstance(raised.value.__cause__, KeyError)
    assert [each.id for each in world.settle()] == ["good"]


@pytest.mark.usefixtures("few_rounds")
def test_two_records_that_wake_each_other_without_time_are_stopped() -> None:
    def wakes(view: View, record: Record, moment: Moment) -> Sequence[Change]:
        other = view.get("steps", "b" if record.id == "a" else "a")
        assert other is not None
        rests = replace(record, progress=Progress())
        return [rests, LIFE.begin(other, "ON", moment)]

    world = World(wakes)
    world.put("a", "ON")
    world.put("b", "END")

    fired = world.settle()

    assert [each.stopped for each in fired].count(True) == 1
    assert len(fired) == 2 * ROUNDS + 1
    assert world.records.next_due is None


def test_what_needs_a_claim_of_another_record_is_stopped_and_changes_nothing() -> None:
    def claims(view: View, record: Record, moment: Moment) -> Sequence[Change]:
        [after] = goes_on(view, record, moment)
        assert isinstance(after, Record)
        return [replace(after, data={**after.data, "has": ["serial"]})]

    world = World(claims)
    world.put("a", "END", has=["serial"])
    world.put("b")
    world.put("c", has=["serial of c"])

    fired = world.settle()

    told = [(each.id, each.stopped) for each in fired]
    after = world.records.get("steps", "b")
    assert told == [("b", True), ("c", True)]
    assert after is not None
    assert (after.data["state"], after.progress.due) == ("LAST", None)
    assert world.settle(NOON + MINUTE) == []


def test_what_needs_more_room_than_there_is_is_stopped() -> None:
    def brings(view: View, record: Record, moment: Moment) -> Sequence[Change]:
        more = world.made(record.id + "+", "END", {}, moment)
        return [*goes_on(view, record, moment), more]

    world = World(brings, most=2)
    world.put("a")

    assert [each.stopped for each in world.settle()] == [False]
    world.records.commit([Gone("steps", "a")])
    world.put("b")
    assert [each.stopped for each in world.settle()] == [True]


class Looked(dict[Any, Any]):
    """A dictionary that counts how often it is looked at, and through."""

    looks = 0

    def get(self, *key: Any) -> Any:
        self.looks += 1
        return super().get(*key)

    def items(self) -> Any:
        self.looks += len(self)
        return super().items()

    def values(self) -> Any:
        self.looks += len(self)
        return super().values()


def test_to_advance_costs_what_happens_whatever_else_waits() -> None:
    def cost(waiting: int) -> tuple[int, int]:
        world = World(goes_on)
        for number in range(waiting):
            world.put(f"w{number}", course={"LAST": {"after": "2h"}})
        for number in range(10):
            world.put(f"d{number}", course={"LAST": {"after": f"{number}m"}})
        looked = world.records._scheduled = Looked(world.records._scheduled)  # noqa: SLF001
        world.settle(NOON + 10 * MINUTE)
        return len(world.asked), looked.looks

    few, *more = (cost(waiting) for waiting in (1, 10, 1_000))

    assert few[0] == 10
    assert more == [few, few]
