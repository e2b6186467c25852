"""What a journal in memory counts, and what it lets go."""

import tracemalloc
from sys import getsizeof

from hypothesis import given
from hypothesis import strategies as st

from mockserver.clock import Moment
from mockserver.exchange import Steering
from mockserver.journal import ENTRIES_MAX
from mockserver.lifecycle import Lifecycle, Transition
from mockserver.record import Record, Touched
from mockserver.scenario import rule_of
from mockserver.script import TOLD_MAX, Script, bind, follow
from mockserver.service import Services
from mockserver.stores.memory.journal import MemoryJournal, Room, weight_of
from mockserver.timeline import Fired
from tests.exchanges.samples import NOON, considered, exchange
from tests.scenarios.samples import alone, contract, request_of


def ids(journal: MemoryJournal) -> list[str]:
    return [each.id for each in journal]


def test_the_oldest_go_beyond_the_number_that_is_kept_by_default() -> None:
    journal = MemoryJournal()

    for number in range(ENTRIES_MAX + 2):
        journal.record(exchange(name=str(number)))

    assert (len(journal), journal.dropped) == (ENTRIES_MAX, 2)
    assert next(iter(journal)).id == "2"
    assert journal.get("1") is None


def test_the_oldest_go_beyond_the_bytes() -> None:
    small, large = exchange(name="a"), exchange(name="b", reply_body=b"x" * 50_000)
    journal = MemoryJournal(bytes_max=weight_of(large) + weight_of(small) - 1)

    journal.record(small)
    journal.record(large)

    assert ids(journal) == ["b"]
    assert (journal.bytes, journal.dropped) == (weight_of(large), 1)


def test_an_exchange_that_just_fits_is_kept() -> None:
    large = exchange(body=b"x" * 50_000)
    journal = MemoryJournal(bytes_max=weight_of(large))

    journal.record(large)

    assert (len(journal), journal.dropped) == (1, 0)


def test_a_reply_that_changes_while_it_is_delivered_does_not_spoil_the_count_of_bytes() -> None:
    journal = MemoryJournal(entries_max=1)
    first = exchange(name="a", reply_body=b"x" * 1_000)
    journal.record(first)

    first.reply.body = b""
    last = exchange(name="b")
    journal.record(last)

    assert journal.bytes == weight_of(last)


def test_what_is_forgotten_leaves_nothing_behind() -> None:
    journal = MemoryJournal(entries_max=1)
    journal.record(exchange(name="a"))
    journal.record(exchange(name="b"))

    journal.clear()

    assert (ids(journal), journal.bytes, journal.dropped) == ([], 0, 0)
    assert journal.get("b") is None


@given(
    sizes=st.lists(st.integers(0, 6_000), max_size=40),
    entries_max=st.integers(1, 8),
    bytes_max=st.integers(500, 20_000),
)
def test_a_journal_keeps_the_newest_that_fit_and_counts_the_others(
    sizes: list[int], entries_max: int, bytes_max: int
) -> None:
    journal = MemoryJournal(entries_max=entries_max, bytes_max=bytes_max)
    recorded = [
        exchange(name=str(number), reply_body=b"x" * size) for number, size in enumerate(sizes)
    ]
    expected: list[str] = []
    room = {each.id: weight_of(each) for each in recorded}

    for each in recorded:
        journal.record(each)
        if room[each.id] <= bytes_max:
            expected.append(each.id)
        while len(expected) > entries_max or sum(room[name] for name in expected) > bytes_max:
            expected.pop(0)
        assert journal.bytes == sum(room[name] for name in expected) <= bytes_max

    assert ids(journal) == expected
    assert len(journal) + journal.dropped == len(recorded)


def test_the_largest_journal_gives_way_where_the_room_of_all_is_full() -> None:
    weight = weight_of(exchange(name="x"))
    room = Room(bytes_max=10 * weight)
    quiet, busy = MemoryJournal(room=room), MemoryJournal(room=room)

    for number in range(2):
        quiet.record(exchange(name=str(number)))
    for number in range(9):
        busy.record(exchange(name=str(number)))

    assert (ids(quiet), quiet.dropped) == (["0", "1"], 0)
    assert (ids(busy), busy.dropped) == (["5", "6", "7", "8"], 5)
    assert room.bytes == quiet.bytes + busy.bytes == 6 * weight


def test_an_entry_weighs_what_is_said_of_its_rules() -> None:
    rules = tuple(considered(f"rule-{number}", {}) for number in range(200))

    heavy = weight_of(exchange(steering=Steering(rules)))

    assert heavy - weight_of(exchange()) >= getsizeof(rules)


def test_a_journal_counts_what_it_takes_where_many_rules_are_spent() -> None:
    answerer = Services([contract("shop-v1")])["shop-v1/readThing"].answerer
    node = {"on": "readThing", "times": 1, "when": {"query": {"a": "1"}}, "reply": {"status": 404}}
    scripts = [
        Script(name, (bind(rule_of(name, node), answerer, []),))
        for name in (f"rule-{number}" for number in range(1_000))
    ]
    session = alone("a", 0)
    request = request_of("GET", "/things/1?a=1")
    for _ in scripts:
        follow(scripts, request, session)
    journal, number = MemoryJournal(), 300

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for each in range(number):
        journal.record(
            exchange(name=str(each), steering=follow(scripts, request, session).steering)
        )
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    steering = next(iter(journal)).steering
    assert (len(steering.considered), steering.more) == (TOLD_MAX, 1_000 - TOLD_MAX)
    assert {each.spent for each in steering.considered} == {"it applied 1 time already"}
    assert taken < journal.bytes


def test_the_room_of_a_journal_that_is_closed_is_for_the_others() -> None:
    room = Room()
    journal = MemoryJournal(room=room)
    journal.record(exchange(name="a"))
    assert room.bytes == journal.bytes > 0

    journal.clear()
    assert room.bytes == 0

    journal.record(exchange(name="b"))
    journal.close()
    journal.record(exchange(name="c"))
    assert room.bytes == 0


def test_an_entry_weighs_the_records_that_it_tells_of() -> None:
    record = Record("parcels", "P-1", {"state": "SENT", "to": "ann"})
    one = weight_of(exchange(touched=[Touched(None, record)])) - weight_of(exchange())

    assert one > 0
    assert weight_of(exchange(touched=[Touched(record, record)])) - weight_of(exchange()) == 2 * one
    fired = Fired(NOON, "parcels", "P-1", "SENT", None)
    assert weight_of(exchange(fired=[fired])) > weight_of(exchange())
    large = Record("parcels", "P-1", {f"member-{number}": number for number in range(100)})
    assert weight_of(exchange(touched=[Touched(large, None)])) > weight_of(exchange()) + 50 * 98


def test_a_journal_counts_what_records_take_that_nobody_else_keeps() -> None:
    lifecycle = Lifecycle("A parcel", "state", (Transition("A", "B"), Transition("B", "A")), {})
    data = {f"member-{number}": "x" for number in range(30)}
    moment = Moment(NOON, 0, NOON)
    record = lifecycle.enter(Record("parcels", "P-1", data), "A", moment)
    journal, number = MemoryJournal(), 300

    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for each in range(number):
        after = lifecycle.enter(record, "BA"[each % 2], moment)
        fired = [Fired(NOON, "parcels", "P-1", "AB"[each % 2], "BA"[each % 2])]
        journal.record(exchange(name=str(each), touched=[Touched(record, after)], fired=fired))
        record = after
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()

    assert taken < journal.bytes
