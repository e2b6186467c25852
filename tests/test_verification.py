"""Whether what was expected happened, and what happened instead."""

from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.criteria import criteria_of
from mockserver.criterion import CriteriaError, Names
from mockserver.exchange import Exchange
from mockserver.explanation import summary
from mockserver.message import Json
from mockserver.stores.memory.journal import MemoryJournal
from mockserver.verification import (
    LISTED_MAX,
    ORDER_MAX,
    count,
    nearest_misses,
    select,
    verify,
)
from tests.exchanges.samples import exchange

OPERATIONS = {"shop-v1/readOrder", "shop-v1/createOrder", "shop-v1/cancelOrder"}
NAMES = Names(operations=OPERATIONS, scenarios=[])


def journal_of(exchanges: Iterable[Exchange], entries_max: int = 1_000) -> MemoryJournal:
    journal = MemoryJournal(entries_max=entries_max)
    for each in exchanges:
        journal.record(each)
    return journal


def done(name: str, operation: str = "readOrder", status: int = 200, **more: Any) -> Exchange:
    return exchange(name=name, operation=f"shop-v1/{operation}", status=status, **more)


def ids(exchanges: Iterable[Any]) -> list[str]:
    return [each["id"] if isinstance(each, dict) else each.id for each in exchanges]


CREATED = done("1", "createOrder", 201, method="POST", target="/v1/orders", json={"ref": "A"})
TWICE = done("2", "createOrder", 409, method="POST", target="/v1/orders", json={"ref": "A"})
READ = done("3")
WRONG_PATH = exchange(name="4", target="/v1/order/7", operation="", status=404)
JOURNAL = journal_of([CREATED, TWICE, READ, WRONG_PATH])


def verified(node: Json, journal: MemoryJournal = JOURNAL) -> Json:
    return verify(journal, node, NAMES)


# to choose and to count


def test_exchanges_are_chosen_oldest_or_newest_first() -> None:
    everything = criteria_of({}, NAMES)

    assert ids(select(JOURNAL, everything, limit=2)) == ["1", "2"]
    assert ids(select(JOURNAL, everything, limit=2, newest=True)) == ["4", "3"]
    assert ids(select(JOURNAL, everything)) == ["1", "2", "3", "4"]
    assert select(JOURNAL, everything, limit=0) == []


def test_exchanges_are_counted() -> None:
    assert count(JOURNAL, criteria_of({"operation": "createOrder"}, NAMES)) == 2
    assert count(JOURNAL, criteria_of({"operation": "cancelOrder"}, NAMES)) == 0


# the nearest misses


def misses(node: Json, exchanges: Iterable[Exchange], most: int = 3) -> list[str]:
    return ids(each.exchange for each in nearest_misses(exchanges, criteria_of(node, NAMES), most))


def test_a_miss_of_the_same_operation_is_nearer_than_one_with_fewer_differences() -> None:
    node = {"operation": "createOrder", "status": 200, "method": "GET", "path": "/v1/orders/7"}

    assert misses(node, JOURNAL) == ["2", "1", "4"]


def test_a_request_that_no_operation_answers_is_nearer_than_one_of_another_operation() -> None:
    assert misses({"operation": "cancelOrder"}, JOURNAL) == ["4", "3", "2"]


def test_fewer_differences_are_nearer_then_what_is_newer() -> None:
    exchanges = [done("a", status=404), done("b", status=404), done("c", status=409, method="PUT")]
    node = {"operation": "readOrder", "status": 200, "method": "GET"}

    assert misses(node, exchanges) == ["b", "a", "c"]


def test_what_matches_is_no_miss() -> None:
    assert misses({"operation": "readOrder"}, [READ]) == []


def test_there_are_no_more_misses_than_asked_for() -> None:
    assert misses({"operation": "cancelOrder"}, JOURNAL, most=1) == ["4"]


# to verify


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ({}, "at least 1 request with operation createOrder"),
        ({"exactly": 2}, "exactly 2 requests with operation createOrder"),
        ({"at_least": 2}, "at least 2 requests with operation createOrder"),
        ({"at_most": 2}, "at most 2 requests with operation createOrder"),
        ({"at_least": 1, "at_most": 2}, "1 to 2 requests with operation createOrder"),
        ({"at_least": 0}, "at least 0 requests with operation createOrder"),
    ],
)
def test_what_happened_as_expected_is_verified(bound: Json, expected: str) -> None:
    assert verified({"operation": "createOrder"} | bound) == {
        "verified": True,
        "expected": expected,
        "found": 2,
        "matched": [summary(CREATED), summary(TWICE)],
        "surplus": [],
        "instead": [],
        "nearest": [],
        "dropped": 0,
        "warning": "",
        "message": f"Verified: expected {expected}",
    }


@pytest.mark.parametrize("bound", [{"never": True}, {"exactly": 0}, {"at_most": 0}])
def test_what_never_happened_is_verified(bound: Json) -> None:
    result = verified({"operation": "cancelOrder"} | bound)

    assert (result["verified"], result["found"], result["nearest"]) == (True, 0, [])
    assert result["expected"] == "no request with operation cancelOrder"


def test_a_failure_shows_the_nearest_misses_with_their_differences() -> None:
    node = {"operation": "createOrder", "when": {"body": {"/ref": "B"}}, "exactly": 1}

    result = verified(node)

    assert not result["verified"]
    assert result["nearest"][0] == {
        "request": summary(TWICE),
        "differences": ["body /ref: wanted 'B', found 'A'"],
    }
    assert result["message"].splitlines() == [
        "Not verified: expected exactly 1 request with operation createOrder and body /ref: 'B'",
        "Found 0.",
        "Nearest misses:",
        "  POST /v1/orders -> 409 (2, shop-v1/createOrder)",
        "    body /ref: wanted 'B', found 'A'",
        "  POST /v1/orders -> 201 (1, shop-v1/createOrder)",
        "    body /ref: wanted 'B', found 'A'",
        "  GET /v1/order/7 -> 404 (4)",
        "    operation: wanted createOrder, found none",
        "    body /ref: wanted 'B', found nothing",
    ]


@pytest.mark.parametrize(
    ("bound", "surplus"),
    [({"never": True}, ["1", "2"]), ({"at_most": 1}, ["2"]), ({"exactly": 1}, ["2"])],
)
def test_too_many_are_shown(bound: Json, surplus: list[str]) -> None:
    result = verified({"operation": "createOrder"} | bound)

    assert not result["verified"]
    assert ids(result["surplus"]) == surplus
    assert result["nearest"] == []
    assert "Too many:\n  POST /v1/orders -> " in result["message"]


def test_no_criteria_mean_any_request() -> None:
    assert verified({"exactly": 4})["expected"] == "exactly 4 requests at all"
    assert verified({"exactly": 4})["verified"]
    assert verified({"never": True}, MemoryJournal())["verified"]


def test_a_result_lists_a_bounded_number_and_counts_all() -> None:
    journal = journal_of(done(str(number)) for number in range(LISTED_MAX + 5))

    result = verified({"never": True}, journal)

    assert result["found"] == LISTED_MAX + 5
    assert len(result["matched"]) == len(result["surplus"]) == LISTED_MAX
    assert len(result["message"].splitlines()) == LISTED_MAX + 3


def test_lost_evidence_is_told() -> None:
    result = verified({"never": True, "status": 404}, journal_of([READ, CREATED], entries_max=1))

    assert result["dropped"] == 1
    assert result["warning"] == "The journal has dropped 1 request; they count nowhere"
    assert result["message"].endswith(
        "\nWarning: The journal has dropped 1 request; they count nowhere."
    )


# in an order


def order(*steps: Json) -> Json:
    return {"in_order": list(steps)}


def test_an_order_holds_with_others_in_between() -> None:
    result = verified(order({"status": 201}, {"operation": "readOrder"}))

    assert (result["verified"], result["found"], ids(result["matched"])) == (True, 2, ["1", "3"])
    assert result["expected"] == "in this order: status 201, then operation readOrder"


def test_one_request_takes_one_step() -> None:
    steps = [{"operation": "readOrder"}] * 2

    assert not verified(order(*steps))["verified"]
    assert verified(order(*steps), journal_of([READ, done("5")]))["verified"]


def test_a_broken_order_shows_how_far_it_held_and_what_came_instead() -> None:
    result = verified(
        order({"status": 201}, {"status": 409}, {"operation": "cancelOrder"}, {"status": 200})
    )

    assert not result["verified"]
    assert (result["found"], ids(result["matched"])) == (2, ["1", "2"])
    assert ids(result["instead"]) == ["3", "4"]
    assert ids(each["request"] for each in result["nearest"]) == ["4", "3"]
    assert "Step 3 did not come: operation cancelOrder." in result["message"]
    assert "Came instead:\n  GET /v1/orders/7 -> 200 (3, shop-v1/readOrder)" in result["message"]


def test_a_step_that_came_too_early_is_told() -> None:
    result = verified(order({"operation": "readOrder"}, {"status": 201}))

    assert not result["verified"]
    assert (
        "Step 2 did not come: status 201. "
        "It came too early: POST /v1/orders -> 201 (1, shop-v1/createOrder)."
    ) in result["message"]


def test_any_request_may_be_a_step() -> None:
    assert verified(order({}, {}, {}, {}))["verified"]
    assert "Step 5 did not come: any request." in verified(order({}, {}, {}, {}, {}))["message"]


# what cannot be meant


@pytest.mark.parametrize(
    ("node", "pointer"),
    [
        ([], ""),
        ({"exactly": -1}, "/exactly"),
        ({"exactly": True}, "/exactly"),
        ({"exactly": 1.0}, "/exactly"),
        ({"at_least": "1"}, "/at_least"),
        ({"never": False}, "/never"),
        ({"exactly": 1, "at_least": 1}, ""),
        ({"never": True, "at_most": 1}, ""),
        ({"at_least": 2, "at_most": 1}, "/at_most"),
        ({"statsu": 1}, "/statsu"),
        ({"in_order": []}, "/in_order"),
        ({"in_order": {}}, "/in_order"),
        ({"in_order": [{}] * (ORDER_MAX + 1)}, "/in_order"),
        ({"in_order": [{}], "exactly": 1}, "/exactly"),
        ({"in_order": [{}, {"status": "x"}]}, "/in_order/1/status"),
    ],
)
def test_a_verification_that_cannot_be_meant_is_an_error(node: Json, pointer: str) -> None:
    with pytest.raises(CriteriaError) as raised:
        verified(node)

    assert raised.value.pointer == pointer


def test_an_order_may_have_as_many_steps_as_are_allowed() -> None:
    assert verified(order(*[{}] * ORDER_MAX), MemoryJournal())["found"] == 0


# against naive ones

STATUSES = st.sampled_from([200, 201, 404])
HAPPENED = st.lists(STATUSES, max_size=8)


@given(
    happened=st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), STATUSES), max_size=12),
    operation=st.sampled_from(sorted(OPERATIONS)),
    status=STATUSES,
    limit=st.none() | st.integers(0, 5),
    newest=st.booleans(),
)
def test_exchanges_are_chosen_as_by_a_naive_loop(
    happened: list[tuple[str, int]],
    operation: str,
    status: int,
    limit: int | None,
    newest: bool,  # noqa: FBT001 - drawn
) -> None:
    exchanges = [
        exchange(name=str(number), operation=name, status=code)
        for number, (name, code) in enumerate(happened)
    ]
    journal = journal_of(exchanges)
    criteria = criteria_of({"operation": operation, "status": status}, NAMES)
    meant = [str(n) for n, each in enumerate(happened) if each == (operation, status)]
    ordered = meant[::-1] if newest else meant

    assert ids(select(journal, criteria, limit=limit, newest=newest)) == ordered[:limit]
    assert count(journal, criteria) == len(meant)


@given(
    happened=HAPPENED,
    status=STATUSES,
    bound=st.fixed_dictionaries({}, optional={"at_least": st.integers(0, 4)})
    | st.fixed_dictionaries({"exactly": st.integers(0, 4)})
    | st.fixed_dictionaries({"at_most": st.integers(0, 4)})
    | st.just({"never": True}),
)
def test_a_count_is_verified_as_by_a_naive_count(
    happened: list[int], status: int, bound: dict[str, int]
) -> None:
    journal = journal_of(done(str(number), status=each) for number, each in enumerate(happened))
    found = happened.count(status)
    naive: dict[str, Callable[[int], bool]] = {
        "exactly": lambda wanted: found == wanted,
        "at_most": lambda wanted: found <= wanted,
        "at_least": lambda wanted: found >= wanted,
        "never": lambda _: found == 0,
    }
    ((name, wanted),) = (bound or {"at_least": 1}).items()

    result = verified({"status": status} | bound, journal)

    assert result["verified"] == naive[name](wanted)
    assert result["found"] == found
    assert bool(result["nearest"]) <= (not result["verified"])


@given(happened=HAPPENED, wanted=st.lists(STATUSES, min_size=1, max_size=4))
def test_an_order_is_verified_when_any_choice_of_requests_has_it(
    happened: list[int], wanted: list[int]
) -> None:
    journal = journal_of(done(str(number), status=each) for number, each in enumerate(happened))
    naive = any(list(chosen) == wanted for chosen in combinations(happened, len(wanted)))

    result = verified(order(*({"status": each} for each in wanted)), journal)

    assert result["verified"] == naive
    assert [each["status"] for each in result["matched"]] == wanted[: result["found"]]
