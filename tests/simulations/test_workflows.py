"""The queue of workflows by itself: on a collection of doors, as pure functions of values."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from mockserver.clock import Moment
from mockserver.course import Courses, course_of, merged
from mockserver.lifecycle import GONE, NEW, Lifecycle, Transition
from mockserver.record import Change, Gone, Record
from mockserver.simulation import Collection
from mockserver.simulations import workflows
from mockserver.simulations.workflows import (
    DONE,
    FAILED,
    QUEUE,
    RUNNING,
    WORKFLOWS,
    Call,
    Undone,
)
from mockserver.stores.memory.records import MemoryRecords
from mockserver.timeline import settle

NOON: Final = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
OPERATIONS: Final = ("build", "paint", "open", "tear")
LIFE: Final = Lifecycle(
    "A door",
    "state",
    (
        Transition(NEW, "PLANNED", "build"),
        Transition("PLANNED", "CLOSED", "build"),
        Transition("CLOSED", "CLOSED", "paint"),
        Transition("CLOSED", "OPEN", "open"),
        Transition("CLOSED", GONE, "tear"),
        Transition("OPEN", "OPEN", "paint"),
        Transition("OPEN", GONE, "tear"),
        Transition("OPEN", "CLOSED", does="it falls shut"),
        *workflows.runs(*OPERATIONS),
    ),
    workflows.phases(*OPERATIONS),
)


def carry(data: Any, work: Any, _moment: Moment) -> Any:
    """A door after a work; paint needs another colour than there is."""
    operation, colour = work["operation"], work["body"] or data["colour"]
    if operation == "build":  # it would do so to any door
        return {**data, "state": "CLOSED", "colour": colour}
    transition = LIFE.called(Record("doors", "", data), operation)
    if transition is None or (operation == "paint" and colour == data["colour"]):
        raise Undone
    if transition.target == GONE:
        return None
    return {**data, "state": transition.target, "colour": colour}


def elapse(view: Any, record: Record, moment: Moment) -> Sequence[Change]:
    """An open door falls shut by itself; all else is work."""
    if record.progress.phase == "OPEN":
        return [LIFE.enter(record, "CLOSED", moment)]
    return workflows.ended(LIFE, view, record, moment, carry)


DOORS: Final = Collection(
    name="doors",
    summary="A door",
    apis=("house-v1",),
    schema={"type": "object"},
    identity=("name",),
    lifecycle=LIFE,
    elapse=elapse,
)


@dataclass
class House:
    """A door called D in a store of its own, and the calls that are made for it."""

    usual: dict[str, Any] = field(default_factory=dict)
    minute: int = 0
    calls: int = 0
    records: MemoryRecords = field(
        default_factory=lambda: MemoryRecords({"doors": DOORS, "workflows": WORKFLOWS})
    )

    def moment(self, now: datetime | None = None, **named: Any) -> Moment:
        """Now; `named` is what a call asks for of a course."""
        asked = course_of(named)
        course = merged((course_of({"OPEN": "never", **self.usual}), asked))
        now = now or NOON + self.minute * MINUTE
        return Moment(now, 0, NOON, courses=Courses(course, asked=asked))

    @property
    def door(self) -> Record | None:
        """The door, None for none."""
        return self.records.get("doors", "D")

    def ask(self, operation: str, body: str | None = None, **named: Any) -> Record:
        """A call that is accepted; the door afterwards."""
        moment, door = self.moment(**named), self.door
        workflow = workflows.begun(Call("house-v1", "", "D", operation, str(self.calls)), "w")
        self.calls += 1
        made = None
        if operation == "build":
            made = {"name": "D", "state": "PLANNED", "colour": body}
            door = door or DOORS.made(made, moment)
        assert door is not None
        door = workflows.queued(LIFE, door, workflow, body, moment, makes=made)
        self.records.commit([door, workflow])
        return door

    def wait(self, minutes: int = 0) -> None:
        """Let time pass."""
        self.minute += minutes
        for _ in settle(self.records, NOON + self.minute * MINUTE, self.moment):
            pass

    def seen(self) -> tuple[str, str | None]:
        """State and colour; "gone" for none."""
        door = self.door
        return (door.data["state"], door.data["colour"]) if door else ("gone", None)

    def statuses(self) -> list[str]:
        """How the works ended so far, in the order of the calls."""
        return [each.data["status"] for each in self.records.all("workflows")]

    def expected(self) -> Any:
        """State and colour that will be, None where there will be no door."""
        assert self.door is not None
        data = workflows.expected(self.door, carry, self.moment())
        return data and (data["state"], data["colour"])


def built(**usual: Any) -> House:
    """A house whose red door is there, closed."""
    house = House(usual)
    house.ask("build", "red", build="at once")
    house.wait()
    assert house.seen() == ("CLOSED", "red")
    return house


HOURLY: Final = {each: {"after": "60m"} for each in OPERATIONS}


# what is declared ---------------------------------------------------------------------------


def test_every_operation_is_a_phase_that_is_done_or_fails() -> None:
    assert LIFE.waited == ("OPEN", *OPERATIONS)
    assert LIFE.states == ("PLANNED", "CLOSED", "OPEN")
    assert [LIFE.outcomes(each) for each in OPERATIONS] == [[DONE, FAILED]] * len(OPERATIONS)
    assert all(workflows.phases(*OPERATIONS).values())


def test_a_workflow_is_known_by_its_call_alone() -> None:
    records = MemoryRecords({"workflows": WORKFLOWS})
    call = Call("house-v1", "masmovil", "D", "open", "trace")
    workflow = workflows.begun(call, "w-1")
    records.commit([workflow])

    assert workflows.known(records, call) == workflow
    assert workflow.data["status"] == RUNNING
    for place in range(len(call)):
        other = Call(*(*call[:place], "other", *call[place + 1 :]))
        assert workflows.known(records, other) is None


def test_no_two_calls_are_one_though_their_parts_join_to_the_same() -> None:
    first = workflows.begun(Call("a", "b:c", "d", "e", "f"), "w")
    other = workflows.begun(Call("a", "b", "c:d", "e", "f"), "w")

    assert first.id != other.id


# one after the other ------------------------------------------------------------------------


def test_a_new_resource_is_there_at_once_and_its_work_runs() -> None:
    house = House(HOURLY)

    door = house.ask("build", "red")

    assert door.progress.phase == "build"
    assert door.progress.due == NOON + 60 * MINUTE
    assert (house.seen(), house.expected()) == (("PLANNED", "red"), ("CLOSED", "red"))


def test_what_is_asked_meanwhile_waits_for_its_turn() -> None:
    house = House(HOURLY)
    house.ask("build", "red")
    house.wait(30)
    house.ask("paint", "blue")
    house.ask("open")

    assert house.expected() == ("OPEN", "blue")
    seen = []
    for _ in range(4):
        seen.append(house.seen())
        house.wait(60)

    assert seen == [("PLANNED", "red"), ("CLOSED", "red"), ("CLOSED", "blue"), ("OPEN", "blue")]


def test_each_work_begins_when_the_one_before_it_ended_not_when_somebody_looks() -> None:
    house = built(**HOURLY)
    house.ask("paint", "blue")
    house.ask("paint", "red")

    house.wait(150)
    house.ask("open")

    assert house.statuses() == [DONE, DONE, DONE, RUNNING]
    assert house.door is not None
    assert house.door.progress.due == NOON + 210 * MINUTE


def test_a_record_without_a_queue_has_nothing_to_come() -> None:
    door = DOORS.record({"name": "D", "state": "CLOSED", "colour": "red"})

    assert workflows.expected(door, carry, House().moment()) == door.data


def test_a_work_that_fails_leaves_the_resource_as_it_was() -> None:
    house = built()
    before = house.door
    house.ask("paint", "blue", paint={"then": "FAILED"})
    house.wait()

    assert house.statuses() == [DONE, FAILED]
    assert house.door is not None
    assert before is not None
    assert house.door.data == before.data


def test_a_work_that_cannot_be_done_any_more_fails() -> None:
    house = built(**HOURLY)
    house.ask("open", open={"then": "FAILED"})
    house.ask("paint", "blue")
    house.ask("paint", "red")
    house.ask("paint", "red")

    house.wait(600)

    assert house.statuses() == [DONE, FAILED, DONE, DONE, FAILED]


# resources that come and go -----------------------------------------------------------------


def test_a_resource_that_was_never_made_takes_its_works_with_it() -> None:
    house = House()
    house.ask("build", "red", build={"after": "60m", "then": "FAILED"})
    house.ask("open")
    house.wait(60)

    assert house.seen() == ("gone", None)
    assert house.statuses() == [FAILED, FAILED]


def test_a_resource_that_ends_is_gone_and_what_waits_is_lost() -> None:
    house = built(tear={"after": "60m"})
    house.ask("tear")
    assert house.expected() is None
    house.ask("open")  # nobody would accept it, but a record from outside may have it

    house.wait(60)

    assert house.seen() == ("gone", None)
    assert house.statuses() == [DONE, DONE, FAILED]


def test_a_resource_is_made_anew_when_the_old_one_has_ended() -> None:
    house = built(**HOURLY)
    house.ask("tear")
    house.ask("build", "blue")
    house.ask("open")

    assert (house.seen(), house.expected()) == (("CLOSED", "red"), ("OPEN", "blue"))
    house.wait(60)
    assert house.seen() == ("PLANNED", "blue")
    house.wait(60)
    assert house.seen() == ("CLOSED", "blue")
    house.wait(60)
    assert house.statuses() == [DONE] * 4


def test_what_waits_for_a_resource_that_fails_to_come_is_lost_up_to_the_next_that_makes_it() -> (
    None
):
    house = House()
    house.ask("build", "red", build={"after": "60m", "then": "FAILED"})
    house.ask("tear")
    house.ask("build", "blue", build="at once")
    house.ask("open", open="at once")

    house.wait(60)

    assert house.statuses() == [FAILED, FAILED, DONE, DONE]
    assert house.seen() == ("OPEN", "blue")


@pytest.mark.parametrize("outcome", ["DONE", "FAILED"])
def test_a_resource_whose_end_failed_is_not_made_again_whatever_comes_of_it(outcome: str) -> None:
    house = built(**HOURLY)
    house.ask("tear", tear={"then": "FAILED"})
    house.ask("build", "blue", build={"then": outcome})
    house.ask("paint", "green")

    house.wait(120)
    assert (house.seen(), house.expected()) == (("CLOSED", "red"), ("CLOSED", "green"))
    house.wait(60)

    assert house.statuses() == [DONE, FAILED, FAILED, DONE]
    assert house.seen() == ("CLOSED", "green")


def test_what_will_be_does_not_count_on_a_maker_whose_place_is_taken() -> None:
    house = built(**HOURLY)
    house.ask("tear", tear={"then": "FAILED"})
    house.ask("build", "blue")
    house.wait(60)  # the end has failed; the maker runs in vain

    assert house.expected() == ("CLOSED", "red")


def test_a_resource_that_is_made_anew_may_fail_too() -> None:
    house = built(**HOURLY)
    house.ask("tear")
    house.ask("build", "blue", build={"then": "FAILED"})

    house.wait(120)

    assert house.seen() == ("gone", None)
    assert house.statuses() == [DONE, DONE, FAILED]


# courses ------------------------------------------------------------------------------------


def test_what_a_call_asks_for_counts_for_its_own_work_alone() -> None:
    house = built(**HOURLY)
    house.ask("paint", "blue", paint={"after": "1m", "then": "FAILED"}, open="never")
    house.ask("paint", "green")
    house.ask("open")

    house.wait(1)
    assert house.statuses()[1] == FAILED
    house.wait(120)

    assert house.statuses() == [DONE, FAILED, DONE, DONE]


def test_what_a_call_asks_for_of_every_phase_counts_for_its_work() -> None:
    house = built(**HOURLY)
    house.ask("paint", "blue", **{"*": {"then": "FAILED"}})
    house.wait(59)
    assert house.statuses()[1] == RUNNING
    house.wait(1)

    assert house.statuses()[1] == FAILED


def test_steps_for_each_time_are_counted_for_each_resource() -> None:
    house = House({"paint": [{"then": "FAILED"}, "at once"]})
    house.ask("build", "red")
    house.ask("paint", "blue")
    house.ask("paint", "blue")
    house.ask("tear")
    house.ask("build", "red")
    house.ask("paint", "green")
    house.wait()

    assert house.statuses() == [DONE, FAILED, DONE, DONE, DONE, FAILED]


def test_a_resource_that_is_made_anew_proceeds_as_its_maker_asked() -> None:
    house = built(tear={"after": "60m"})
    house.ask("tear")
    house.ask("build", "blue", open="never")
    house.wait(60)
    house.ask("open")
    house.wait(60)

    assert house.seen() == ("CLOSED", "blue")
    assert house.statuses()[-1] == RUNNING


# states that end by themselves --------------------------------------------------------------


def opened() -> House:
    """A house whose door was opened now, and falls shut after an hour; paint takes 20 minutes."""
    house = built(OPEN={"after": "60m"}, paint={"after": "20m"})
    house.ask("open")
    house.wait()
    assert house.seen() == ("OPEN", "red")
    return house


def test_what_a_state_waits_for_is_held_while_a_work_runs_and_goes_on_afterwards() -> None:
    house = opened()
    house.wait(50)
    house.ask("paint", "blue")

    house.wait(19)
    assert house.seen() == ("OPEN", "red")
    house.wait(10)
    assert house.seen() == ("OPEN", "blue")
    house.wait(1)
    assert house.seen() == ("CLOSED", "blue")


def test_what_a_state_waits_for_is_held_through_several_works() -> None:
    house = opened()
    house.wait(50)
    house.ask("paint", "blue")
    house.ask("paint", "green", paint={"after": "20m", "then": "FAILED"})

    house.wait(49)
    assert house.seen() == ("OPEN", "blue")
    house.wait(1)
    assert house.seen() == ("CLOSED", "blue")


def test_another_state_begins_anew_and_nothing_stays_held() -> None:
    house = opened()
    house.wait(60)
    house.ask("open")
    house.wait()

    assert house.door is not None
    assert house.door.progress.held is None
    assert house.door.progress.due == NOON + 120 * MINUTE


def test_reads_that_a_work_waits_for_are_its_own() -> None:
    house = built(paint={"polls": 2})
    first = house.ask("paint", "blue")
    house.ask("paint", "green")
    assert (first.progress.polls, first.progress.due) == (2, None)
    done = replace(first, data={**first.data, QUEUE: first.data[QUEUE][:1]})

    (_, after) = workflows.ended(LIFE, house.records, done, house.moment(), carry)

    assert isinstance(after, Record)
    assert (after.progress.phase, after.progress.polls) == ("CLOSED", 0)


def test_an_end_tells_the_workflow_and_takes_the_record_away() -> None:
    house = built()
    door = house.ask("tear")

    workflow, gone = workflows.ended(LIFE, house.records, door, house.moment(), carry)

    assert isinstance(workflow, Record)
    assert workflow.data["status"] == DONE
    assert gone == Gone("doors", "D")
