"""Runtime expressions: each place of an exchange, what is no expression, and text of values."""

from urllib.parse import quote

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.contract.expressions import Outcome, expression
from mockserver.message import ABSENT, Json, Request, text_of
from mockserver.pointer import pointer

BODY = {"user": {"uuid": "u-1"}, "a/b": {"m~n": 1}, "items": [{"id": 7}, {"id": 8}], "": "empty"}


def request() -> Request:
    """The exchange of the table in OpenAPI 3.0.3, 4.7.20.3, a little larger."""
    headers = {b"host": b"api.example", b"x-trace": b"T 1"}
    made = Request("POST", b"/v1/things%2F1", b"page=2", headers, b"...", prefix=b"/__s/one")
    made.path = {"id": "things/1"}
    made.query = {"page": 2, "tags": ["a", "b"]}
    made.content = BODY
    return made


OUTCOME = Outcome(201, {"id": "r-1", "list": [1, None]}, [(b"location", b"/things/1")])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("$url", "http://api.example/__s/one/v1/things%2F1?page=2"),
        ("$method", "POST"),
        ("$statusCode", 201),
        ("$request.path.id", "things/1"),
        ("$request.path.other", ABSENT),
        ("$request.query.page", 2),
        ("$request.query.tags", ["a", "b"]),
        ("$request.query.other", ABSENT),
        ("$request.header.X-Trace", "T 1"),
        ("$request.header.x-trace", "T 1"),
        ("$request.header.Other", ABSENT),
        ("$request.header.日本", ABSENT),
        ("$request.body", BODY),
        ("$request.body#", BODY),
        ("$request.body#/user/uuid", "u-1"),
        ("$request.body#/a~1b/m~0n", 1),
        ("$request.body#/items/1/id", 8),
        ("$request.body#/items/2/id", ABSENT),
        ("$request.body#/items/01/id", ABSENT),
        ("$request.body#/items/-", ABSENT),
        ("$request.body#/items/9999999999/id", ABSENT),
        ("$request.body#/user/uuid/further", ABSENT),
        ("$request.body#/", "empty"),
        ("$response.body", {"id": "r-1", "list": [1, None]}),
        ("$response.body#/id", "r-1"),
        ("$response.body#/list/1", None),
        ("$response.body#/other", ABSENT),
        ("$response.header.Location", "/things/1"),
        ("$response.header.Other", ABSENT),
        ("plain", "plain"),
        ("", ""),
        ("in {braces}", "in {braces}"),
        (5, 5),
        (None, None),
        (["$method"], ["$method"]),
        ("{$response.body#/id}", "r-1"),
        ("{$method} page {$request.query.page}!", "POST page 2!"),
        ("of {$response.body#/other}", ABSENT),
        ("of {$response.body#/list}", ABSENT),
    ],
)
def test_an_expression_finds_its_place(written: Json, expected: Json) -> None:
    assert expression(written).value(request(), OUTCOME) == expected


@pytest.mark.parametrize(
    "written",
    [
        "$",
        "$id",
        "$urls",
        "$status",
        "$request",
        "$request.path",
        "$request.path.",
        "$request.cookie.a",
        "$request.bodyx",
        "$request.body#id",
        "$request.body.id",
        "$request.body#/a~2b",
        "$request.body#/a~",
        "$response.path.id",
        "$response.query.id",
        "a {$request.body#id} b",
    ],
)
def test_what_is_meant_to_be_an_expression_and_is_none_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no runtime expression"):
        expression(written)


def test_a_body_that_was_not_sent_has_nothing() -> None:
    bare = Request("GET", b"/", b"", {})
    assert expression("$request.body").value(bare, Outcome(204)) is ABSENT
    assert expression("$response.body#/id").value(bare, Outcome(204)) is ABSENT
    assert expression("$url").value(bare, Outcome(204)) == "http:///"


def test_only_what_is_looked_up_counts_as_a_place() -> None:
    assert expression("plain").places == ()
    assert [each.source for each in expression("{$method} {$request.body#/a}").places] == [
        "method",
        "request.body",
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a b", "a b"),
        ("", ""),
        (7, "7"),
        (7.0, "7"),
        (-0.0, "0"),
        (7.25, "7.25"),
        (2**60, str(2**60)),
        (True, "true"),
        (False, "false"),
        (None, None),
        ([], None),
        ({}, None),
        (ABSENT, None),
    ],
)
def test_a_value_as_text_is_what_a_path_would_have(value: Json, expected: str | None) -> None:
    assert text_of(value) == expected


@given(st.recursive(st.integers(), lambda inner: st.dictionaries(st.text(), inner, min_size=1)))
def test_every_member_is_found_by_its_pointer(document: Json) -> None:
    steps: list[str] = []
    node = document
    while isinstance(node, dict):
        step = max(node)
        steps.append(step)
        node = node[step]
    found = expression(f"$response.body#{pointer(steps)}")
    assert found.value(request(), Outcome(200, document)) == node


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_a_number_reads_the_same_in_a_body_and_in_a_path(number: float) -> None:
    text = text_of(number)
    assert text is not None
    assert float(text) == number
    assert quote(text, safe="+") == text
    assert text_of(orjson.loads(orjson.dumps(number))) == text
