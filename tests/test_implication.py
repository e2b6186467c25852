"""What follows from what: nothing is implied that some request would deny."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.implication import implies
from mockserver.match import when_of
from mockserver.message import ABSENT
from tests.conditions import Node, Sent, nodes, request_of, scalars, sents

SINGLE: tuple[dict[str, Any], ...] = (
    *(
        {"equals": value}
        for value in ("a", "5", "5.0", 5, 5.0, 10, True, "true", None, 1, "", "a,b")
    ),
    *({"equals": value} for value in (["a"], ["a", "b"], [5], ["5"], [], [True], [1])),
    *({"one_of": values} for values in (["a"], ["a", "b"], [5, "5"], ["5", "5.0"], [1, 5, 10])),
    *({"one_of": values} for values in ([["a"], "b"], [["a", "b"]], [True], [1], ["5", 10])),
    *({"regex": pattern} for pattern in (".*", "5", "5|5.0|a", "[ab]", "[0-9]+", "true")),
    *({"min": 1}, {"min": 5}, {"min": 5.0, "max": 10}, {"max": 5}, {"min": 10, "max": 1}),
    *({"absent": True}, {"absent": False}, {"absent": False, "regex": "5"}),
    *({"equals": 5, "regex": "5"}, {"one_of": ["a", "b"], "regex": "a"}, {"min": 1, "regex": "5"}),
    *({"equals": ["a", "b"], "regex": "b"}, {"regex": "a", "absent": False}, {"regex": "a,b"}),
)
FOUND_IN_QUERY = (
    (),
    *((text,) for text in ("a", "b", "5", "5.0", "5e0", "10", "1", "true", "", "x")),
    *product(("a", "b", "5", "5.0", "10"), repeat=2),
)
FOUND_IN_BODY: tuple[Any, ...] = (
    *("a", "b", "5", "5.0", 5, 5.0, 1, 10, True, False, None, "", ABSENT),
    *(["a"], ["a", "b"], [5], [5.0], ["5"], [], [True], [1], {}, {"a": 1}),
)


@pytest.mark.parametrize("location", ["query", "body"])
def test_what_is_implied_holds_for_every_value_that_the_other_holds_for(location: str) -> None:
    name = "" if location == "body" else "q"
    if location == "body":
        sents = [Sent(body=value) for value in FOUND_IN_BODY]
    else:
        sents = [Sent(query=[("q", value) for value in values]) for values in FOUND_IN_QUERY]
    requests = list(map(request_of, sents))
    whens = [when_of({location: {name: test}}) for test in SINGLE]
    held = {
        index: {number for number, request in enumerate(requests) if when.matches(request)}
        for index, when in enumerate(whens)
    }
    implied = [
        (narrow, wide)
        for narrow, wide in product(range(len(SINGLE)), repeat=2)
        if implies(whens[narrow], whens[wide])
    ]
    assert len(implied) > 2 * len(SINGLE)
    for narrow, wide in implied:
        assert held[narrow] <= held[wide], (SINGLE[narrow], SINGLE[wide])


def weaker(node: Node, data: st.DataObject) -> Node:
    """Conditions that are often implied: some are left out, some loosened."""
    wide: Node = {}
    for location, conditions in node.items():
        for name, test in conditions.items():
            tests = dict(test) if isinstance(test, dict) else {"equals": test}
            change = data.draw(st.sampled_from(("keep", "drop", "loosen", "fewer", "more")))
            if change == "drop":
                continue
            if change == "fewer":
                tests = dict(list(tests.items())[:1])
            elif change == "more":
                tests = tests | data.draw(st.sampled_from(SINGLE))
            elif change == "loosen" and "equals" in tests:
                tests = {"one_of": [tests["equals"], data.draw(scalars)]}
            elif change == "loosen":
                tests = {"absent": False} | {"min": tests.get("min", 0)}
            wide.setdefault(location, {})[name.swapcase() if location == "headers" else name] = (
                tests
            )
    return wide


@given(nodes, sents, st.data())
def test_what_is_implied_holds_for_generated_requests(
    node: Node, sent: Sent, data: st.DataObject
) -> None:
    other = data.draw(nodes) if data.draw(st.booleans()) else weaker(node, data)
    narrow, wide = when_of(node), when_of(other)
    request = request_of(sent)
    if implies(narrow, wide) and narrow.matches(request):
        assert wide.matches(request)


@given(nodes)
def test_conditions_imply_themselves_and_none(node: Node) -> None:
    assert implies(when_of(node), when_of(node))
    assert implies(when_of(node), when_of({}))


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("a", {"one_of": ["a", "b"]}),
        ("a", {"regex": "[a-z]"}),
        (5, {"min": 1, "max": 5}),
        (5, {"one_of": [5.0, "x"]}),
        ({"one_of": ["a", "b"]}, {"one_of": ["b", "a", "c"]}),
        ({"one_of": ["a", "b"]}, {"regex": "[a-z]"}),
        ({"one_of": [2, 3]}, {"min": 2}),
        ({"min": 2, "max": 3}, {"min": 1, "max": 3}),
        ({"min": 2, "max": 3}, {"min": 2}),
        ({"min": 2, "regex": "2.*"}, {"regex": "2.*"}),
        ("a", {"absent": False}),
        ({"regex": "a"}, {"absent": False}),
        ({"min": 1}, {"absent": False}),
        ({"absent": True}, {"absent": True}),
        (["a", "b"], ["a", "b"]),
    ],
)
@pytest.mark.parametrize(("location", "name"), [("query", "q"), ("body", "/q")])
def test_a_narrower_condition_implies_a_wider_one(
    narrow: Any, wide: Any, location: str, name: str
) -> None:
    one, other = when_of({location: {name: narrow}}), when_of({location: {name: wide}})
    assert implies(one, other)
    assert narrow == wide or not implies(other, one)


def test_more_conditions_imply_fewer() -> None:
    narrow = when_of({"path": {"org": "A"}, "headers": {"X-A": "1"}})
    wide = when_of({"headers": {"x-a": "1"}})
    assert implies(narrow, wide)
    assert not implies(wide, narrow)
    assert implies(wide, when_of({}))
    assert not implies(when_of({}), wide)


def test_a_condition_implies_nothing_of_another_place() -> None:
    assert not implies(when_of({"query": {"a": "1"}}), when_of({"query": {"A": "1"}}))
    assert not implies(when_of({"query": {"a": "1"}}), when_of({"path": {"a": "1"}}))


def test_one_value_does_not_imply_that_it_is_the_only_one() -> None:
    one, all_of_them = when_of({"query": {"q": "a"}}), when_of({"query": {"q": ["a"]}})
    assert not implies(one, all_of_them)


def test_a_number_does_not_imply_how_it_is_written() -> None:
    narrow = when_of({"query": {"q": 5}})
    assert not implies(narrow, when_of({"query": {"q": {"regex": "5"}}}))
    assert not implies(narrow, when_of({"query": {"q": "5"}}))


def test_true_does_not_imply_one() -> None:
    assert not implies(when_of({"body": {"/a": True}}), when_of({"body": {"/a": 1}}))
