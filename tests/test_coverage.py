"""What was exercised so far."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract.operation import Operation
from mockserver.contract.replies import DocumentedReply
from mockserver.coverage import NEVER_MAX, Coverage, merged, table
from mockserver.stores.memory.store import MemoryCounters


def operation(name: str, *codes: str) -> Operation:
    """An operation that documents the replies `codes`."""
    return Operation(
        id=name,
        stem=name.partition("/")[0],
        method="GET",
        path="/a",
        pointer="",
        summary="",
        path_names=(),
        parameters=(),
        body=None,
        replies={code: DocumentedReply(code, "", (), (), "") for code in codes},
        security=(),
        provenance=None,
    )


READ = operation("shop-v1/readOrder", "200", "404", "4XX", "default")
CREATE = operation("shop-v1/createOrder", "201", "409")


def test_every_operation_and_status_is_told_before_anything_was_met() -> None:
    report = Coverage([READ, CREATE], MemoryCounters()).report(["shop-v1/slow"])

    assert report["operations"][1] == {
        "operation": "shop-v1/createOrder",
        "met": 0,
        "statuses": {"201": 0, "409": 0},
        "undocumented": {},
        "lost": 0,
        "scenarios": {},
        "met_with": {},
    }
    assert report["totals"] == {
        "operations": {"met": 0, "all": 2, "percent": 0.0},
        "statuses": {"met": 0, "all": 6, "percent": 0.0},
        "scenarios": {"met": 0, "all": 1, "percent": 0.0},
    }


def test_what_is_met_is_counted() -> None:
    coverage = Coverage([READ, CREATE], MemoryCounters())

    coverage.met("shop-v1/createOrder", 201)
    coverage.met("shop-v1/createOrder", 201, ("shop-v1/slow", "common/late"))
    coverage.met("shop-v1/createOrder", 503, ("common/late",))
    report = coverage.report(["common/late", "shop-v1/never"])

    assert report["operations"][1] == {
        "operation": "shop-v1/createOrder",
        "met": 3,
        "statuses": {"201": 2, "409": 0},
        "undocumented": {"503": 1},
        "lost": 0,
        "scenarios": {"common/late": 2, "shop-v1/slow": 1},
        "met_with": {
            "201": {"common/late": 1, "shop-v1/slow": 1},
            "503": {"common/late": 1},
        },
    }
    assert report["scenarios"] == {"common/late": 2, "shop-v1/never": 0}
    assert report["totals"]["operations"] == {"met": 1, "all": 2, "percent": 50.0}
    assert report["totals"]["statuses"] == {"met": 1, "all": 6, "percent": 16.6}
    assert report["totals"]["scenarios"] == {"met": 1, "all": 2, "percent": 50.0}


@pytest.mark.parametrize(
    ("status", "code"), [(200, "200"), (404, "404"), (409, "4XX"), (500, "default")]
)
def test_a_status_counts_for_the_entry_that_documents_it(status: int, code: str) -> None:
    coverage = Coverage([READ], MemoryCounters())

    coverage.met("shop-v1/readOrder", status)

    statuses = coverage.report()["operations"][0]["statuses"]
    assert [name for name, count in statuses.items() if count] == [code]


def test_a_status_says_with_which_scenarios_it_was_met() -> None:
    coverage = Coverage([READ], MemoryCounters())

    for status, scenario in ((409, "a/x"), (410, "a/x"), (404, "a/y"), (404, "status-404")):
        coverage.met("shop-v1/readOrder", status, (scenario,))
    coverage.met("shop-v1/readOrder", 200)
    coverage.met("shop-v1/readOrder", 0, ("common/request-lost", "rule-7"))
    row = coverage.report()["operations"][0]

    assert row["met_with"] == {
        "4XX": {"a/x": 2},
        "404": {"a/y": 1, "status-404": 1},
        "lost": {"common/request-lost": 1},
    }
    coverage.clear()
    assert coverage.report()["operations"][0]["met_with"] == {}


def test_a_lost_request_meets_its_operation_but_no_status() -> None:
    coverage = Coverage([READ], MemoryCounters())

    coverage.met("shop-v1/readOrder", 0, ("common/request-lost",))
    row = coverage.report()["operations"][0]

    assert (row["met"], row["lost"], row["undocumented"]) == (1, 1, {})
    assert not any(row["statuses"].values())
    assert row["scenarios"] == {"common/request-lost": 1}


def test_requests_that_no_operation_answers_are_counted_apart() -> None:
    coverage = Coverage([READ], MemoryCounters())

    coverage.met("", 404)
    coverage.met("", 405)
    report = coverage.report()

    assert report["unmatched"] == 2
    assert report["totals"]["operations"]["met"] == 0


def test_rules_written_on_the_spot_are_not_counted() -> None:
    coverage = Coverage([READ], MemoryCounters())

    coverage.met("shop-v1/readOrder", 200, ("rule-1", "common/late"))

    assert coverage.report()["operations"][0]["scenarios"] == {"common/late": 1}


def test_one_hundred_percent_means_all_and_nothing_less() -> None:
    operations = [operation(f"a/{number}", "200") for number in range(3_000)]
    coverage = Coverage(operations, MemoryCounters())

    for each in operations[1:]:
        coverage.met(each.id, 200)
    assert coverage.report()["totals"]["statuses"]["percent"] == 99.9

    coverage.met("a/0", 200)
    assert coverage.report()["totals"]["statuses"]["percent"] == 100.0


def test_nothing_of_nothing_is_all() -> None:
    assert Coverage([], MemoryCounters()).report()["totals"]["operations"] == {
        "met": 0,
        "all": 0,
        "percent": 100.0,
    }


def test_a_table_has_what_was_never_met() -> None:
    coverage = Coverage([READ, CREATE], MemoryCounters())
    coverage.met("shop-v1/createOrder", 201, ("common/late",))
    coverage.met("shop-v1/createOrder", 503)
    coverage.met("", 404)

    assert table(coverage.report(["common/late", "shop-v1/never"])).splitlines() == [
        "OPERATION            MET  STATUSES  NEVER MET               NOT DOCUMENTED",
        "shop-v1/readOrder    0    0 of 4    200, 404, 4XX, default",
        "shop-v1/createOrder  2    1 of 2    409                     503",
        "",
        "operations: 1 of 2 (50 %)",
        "statuses: 1 of 6 (16.6 %)",
        "scenarios: 1 of 2 (50 %)",
        "scenarios never met: shop-v1/never",
        "requests that no operation answers: 1",
    ]


def test_a_table_names_a_bounded_number_of_scenarios() -> None:
    names = [f"a/{number}" for number in range(NEVER_MAX + 2)]

    last = table(Coverage([READ], MemoryCounters()).report(names)).splitlines()[-1]

    assert last.endswith(f"a/{NEVER_MAX - 1}, and 2 more")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([READ.id, CREATE.id, ""]),
            st.sampled_from([0, 200, 201, 404, 409, 418, 503]),
        )
    )
)
def test_every_exchange_is_counted_once(met: list[tuple[str, int]]) -> None:
    coverage = Coverage([READ, CREATE], MemoryCounters())

    for name, status in met:
        coverage.met(name, status)
    report = coverage.report()

    assert sum(row["met"] for row in report["operations"]) + report["unmatched"] == len(met)
    for row in report["operations"]:
        counted = [*row["statuses"].values(), *row["undocumented"].values(), row["lost"]]
        assert sum(counted) == row["met"] == sum(name == row["operation"] for name, _ in met)


@given(
    st.lists(
        st.tuples(
            st.sampled_from((READ.id, "shop-v1/cancelOrder", "")),
            st.sampled_from((0, 200, 404, 409, 500)),
            st.sets(st.sampled_from(("common/slow", "shop-v1/gone", "rule-1"))),
            st.integers(0, 2),
        )
    )
)
def test_what_several_servers_met_is_what_one_would_have_met(
    exchanges: list[tuple[str, int, set[str], int]],
) -> None:
    operations = (READ, operation("shop-v1/cancelOrder", "204", "409"))
    one, several = (
        Coverage(operations, MemoryCounters()),
        [Coverage(operations, MemoryCounters()) for _ in range(3)],
    )
    for name, status, scenarios, server in exchanges:
        for each in (one, several[server]):
            each.met(name, status, sorted(scenarios))
    catalogue = ("common/slow", "shop-v1/gone", "shop-v1/never")

    assert merged([each.report(catalogue) for each in several]) == one.report(catalogue)


def test_servers_of_several_contracts_are_told_as_one_of_all() -> None:
    one, other = Coverage([READ], MemoryCounters()), Coverage([READ, CREATE], MemoryCounters())
    both = Coverage([READ, CREATE], MemoryCounters())
    for each, name, status in ((one, READ.id, 200), (other, CREATE.id, 201), (other, READ.id, 404)):
        each.met(name, status, [])
        both.met(name, status, [])

    assert merged([one.report(), other.report()]) == both.report()
