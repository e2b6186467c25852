"""Which exchanges are meant."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.criteria import (
    KEYS,
    Criteria,
    criteria_of,
    criteria_of_query,
    differences,
    matches,
)
from mockserver.criterion import CriteriaError, Names
from mockserver.message import Json
from tests.exchanges.samples import exchange

NAMES = Names(operations=["shop-v1/readOrder", "shop-v1/createOrder"], scenarios=["shop-v1/slow"])
CREATE = exchange(
    "POST",
    "/v1/orders?dry=yes&tag=a&tag=b",
    operation="shop-v1/createOrder",
    headers={"X-Trace-Id": "abc"},
    json={"externalReference": "REF-1", "price": 10, "code": "007", "gift": None, "lines": [{}]},
    path={"org": "ORG_1"},
    status=201,
)


def made(node: Json) -> Criteria:
    return criteria_of(node, NAMES)


def asked(*fields: str, **query: Json) -> Criteria:
    return criteria_of_query(query | {"field": list(fields)}, NAMES)


def test_criteria_without_any_mean_every_exchange() -> None:
    assert matches(made({}), CREATE)
    assert str(made({})) == ""


def test_everything_that_is_asked_for_has_to_hold() -> None:
    node = {"operation": "createOrder", "status": "2XX", "when": {"body": {"/price": {"min": 5}}}}

    assert matches(made(node), CREATE)
    assert not matches(made(node | {"status": 200}), CREATE)
    assert not matches(made(node | {"when": {"body": {"/price": {"min": 11}}}}), CREATE)


def test_the_differences_are_all_told_in_the_order_of_the_criteria() -> None:
    node = {
        "when": {"query": {"dry": "no"}, "body": {"/imei": {"absent": False}}},
        "status": 409,
        "operation": "readOrder",
    }

    assert differences(made(node), CREATE) == [
        "operation: wanted readOrder, found shop-v1/createOrder",
        "status: wanted 409, found 201",
        "query dry: wanted 'no', found 'yes'",
        "body /imei: wanted something, found nothing",
    ]


def test_criteria_read_as_a_sentence() -> None:
    node = {"status": "4XX", "operation": "createOrder", "when": {"body": {"/price": {"min": 1}}}}

    assert str(made(node)) == "operation createOrder and status 4XX and body /price: at least 1"


def test_the_body_of_a_request_that_no_operation_read_is_read() -> None:
    lost = exchange("POST", "/v1/order", operation="", body=b'{"price": 10}', status=404)

    assert matches(made({"when": {"body": {"/price": 10}}}), lost)
    assert not matches(made({"when": {"body": {"/price": 11}}}), lost)


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 300 + b"]" * 300])
def test_a_body_that_cannot_be_read_has_no_fields(body: bytes) -> None:
    lost = exchange("POST", "/v1/order", operation="", body=body, status=404)

    assert not matches(made({"when": {"body": {"/price": 10}}}), lost)
    assert matches(made({"when": {"body": {"/price": {"absent": True}}}}), lost)


def test_a_secret_that_differs_is_not_told() -> None:
    sample = exchange("POST", json={"sim": {"ki": "0123456789"}})

    assert differences(made({"when": {"body": {"/sim/ki": {"regex": "9+"}}}}), sample) == [
        "body /sim/ki: wanted text like (redacted), found (redacted)"
    ]


def test_a_secret_that_is_wanted_is_not_told() -> None:
    wanted = made({"when": {"headers": {"Authorization": "Bearer hush"}}})

    assert str(wanted) == "header Authorization: (redacted)"
    assert differences(wanted, exchange()) == [
        "header Authorization: wanted (redacted), found nothing"
    ]


WRONG: list[tuple[Json, str, str, str]] = [
    ([], "", "criteria are an object", ""),
    ({"statsu": 200}, "/statsu", "there is no criterion 'statsu'", "status"),
    ({"a/b": 1}, "/a~1b", "there is no criterion 'a/b'", ""),
    ({"operation": 7}, "/operation", "7 is no text", ""),
    ({"since": None}, "/since", "None is no text", ""),
    ({"operation": "creatOrder"}, "/operation", "there is no operation", "createOrder"),
    ({"when": []}, "/when", "The body must be of type object", ""),
    ({"when": {"boddy": {}}}, "/when/boddy", "The field 'boddy' is not known", ""),
    ({"when": {"body": {"/a": {"like": 1}}}}, "/when/body/~1a/like", "The field 'like'", ""),
    ({"when": {"query": {"a": {"regex": "("}}}}, "/when", "a pattern cannot be read", ""),
    ({"when": {"query": {"a": {"regex": "(" * 500 + ")" * 500}}}}, "/when", "a pattern", ""),
]


@pytest.mark.parametrize(("node", "pointer", "reason", "nearest"), WRONG)
def test_criteria_that_cannot_be_meant_are_an_error(
    node: Json, pointer: str, reason: str, nearest: str
) -> None:
    with pytest.raises(CriteriaError) as raised:
        criteria_of(node, NAMES)

    assert raised.value.pointer == pointer
    assert raised.value.reason.startswith(reason)
    assert raised.value.nearest == nearest


def test_an_error_says_where_it_is_in_a_larger_document() -> None:
    with pytest.raises(CriteriaError) as raised:
        criteria_of({"status": "x"}, NAMES, "/in_order/2")

    assert raised.value.pointer == "/in_order/2/status"


# in a query


@pytest.mark.parametrize(
    "field",
    [
        "body:/externalReference=REF-1",
        "body:/price=10",
        "body:/price=10.0",
        "body:/code=007",
        'body:/code="007"',
        "body:/gift=null",
        "body:/lines/0={}",
        "body:/price",
        "body:",
        "path:org=ORG_1",
        "query:dry=yes",
        "query:tag=b",
        "query:tag",
        "header:X-Trace-Id=abc",
        "header:x-trace-id",
    ],
)
def test_a_field_of_a_request_is_asked_for_in_a_query(field: str) -> None:
    assert matches(asked(field), CREATE)


@pytest.mark.parametrize(
    "field",
    [
        "body:/externalReference=REF",
        "body:/price=1",
        "body:/code=7",
        'body:/price="10"',
        "body:/gift=",
        "body:/imei",
        "path:org=ORG_2",
        "query:dry=",
        "query:dri",
        "header:X-Trace-Id=ABC",
        "header:X-Trace",
    ],
)
def test_a_field_that_is_otherwise_does_not_match(field: str) -> None:
    assert not matches(asked(field), CREATE)


def test_several_fields_have_to_hold_all() -> None:
    assert matches(asked("query:dry=yes", "body:/price=10", status="201"), CREATE)
    assert not matches(asked("query:dry=yes", "body:/price=11", status="201"), CREATE)
    assert not matches(asked("query:dry=yes", "body:/price=10", status="200"), CREATE)


def test_a_value_may_have_an_equals_sign() -> None:
    sample = exchange(headers={"X-Filter": "a=b=c"})

    assert matches(asked("header:X-Filter=a=b=c"), sample)


@pytest.mark.parametrize("said", [True, "true", "True"])
def test_violations_are_asked_for_as_text_or_typed(said: Json) -> None:
    assert not matches(asked(violations=said), CREATE)
    assert matches(criteria_of_query({"violations": "false"}, NAMES), CREATE)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"field": ["price=10"]}, "/field/0"),
        ({"field": ["query:a=1", "cookie:a=1"]}, "/field/1"),
        ({"field": ["body:price=10"]}, "/field/0"),
        ({"field": ["query:=1"]}, "/field/0"),
        ({"field": ["query:a=1", "query:a=2"]}, "/field/1"),
        ({"field": "query"}, "/field/0"),
        ({"when": {}}, "/when"),
        ({"violations": "perhaps"}, "/violations"),
        ({"status": "2X"}, "/status"),
    ],
)
def test_a_query_that_cannot_be_meant_is_an_error(query: dict[str, Any], pointer: str) -> None:
    with pytest.raises(CriteriaError) as raised:
        criteria_of_query(query, NAMES)

    assert raised.value.pointer == pointer


NODES = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.sampled_from(["readOrder", "shop-v1/createOrder", ""]),
        "method": st.sampled_from(["GET", "POST"]),
        "path": st.sampled_from(["/v1/*", "/v1/orders"]),
        "status": st.sampled_from([200, 201, "4XX"]),
        "source": st.sampled_from(["example", "refusal"]),
        "violations": st.booleans(),
        "when": st.sampled_from([{"query": {"dry": "yes"}}, {"body": {"/price": 1}}, {}]),
    },
)


@given(NODES)
def test_an_exchange_matches_when_nothing_differs_and_each_criterion_alone_matches(
    node: Json,
) -> None:
    alone = [matches(made({key: value}), CREATE) for key, value in node.items()]

    assert matches(made(node), CREATE) == all(alone) == (not differences(made(node), CREATE))
    assert len(differences(made(node), CREATE)) == alone.count(False)


def test_every_criterion_is_a_key() -> None:
    assert set(KEYS) == {
        *("operation", "method", "path", "status", "source", "scenario"),
        *("since", "until", "violations", "when"),
    }
