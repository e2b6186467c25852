"""Conditions on requests, against a naive matcher that knows the request and not its bytes."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.match import (
    LOCATIONS,
    SHOWN_MAX,
    TEXT_MAX,
    Condition,
    Mismatch,
    When,
    finder,
    when_of,
    written,
)
from mockserver.message import ABSENT, Json, Request
from mockserver.pattern import PatternError
from mockserver.secrecy import REDACTED
from tests.conditions import (
    NAMES,
    POINTERS,
    Node,
    Sent,
    any_tests,
    bodies,
    nodes,
    plain_tests,
    request_of,
    scalars,
    sents,
    texts,
)


def holds(node: Node, sent: Sent) -> bool:
    """Whether the conditions hold; what is explained has to agree."""
    when, request = when_of(node), request_of(sent)
    matches = when.matches(request)
    assert matches == (not list(when.mismatches(request)))
    return matches


def in_query(test: Any, *values: str) -> bool:
    """Whether a condition on a parameter holds, given these values."""
    return holds({"query": {"q": test}}, Sent(query=[("q", value) for value in values]))


def in_body(test: Any, value: Any) -> bool:
    """Whether a condition on the whole body holds."""
    return holds({"body": {"": test}}, Sent(body=value))


def explained(location: str, name: str, test: Any, sent: Sent) -> str:
    """The text of the only mismatch."""
    (mismatch,) = when_of({location: {name: test}}).mismatches(request_of(sent))
    return str(mismatch)


# the naive matcher


def naive_text(value: Any) -> str:
    """As in a URL."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list):
        return ",".join(naive_text(each) for each in value)
    return json.dumps(value)


def naive_number(text: str) -> float | None:
    """What `json` reads, where that is a number and nothing but it."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and math.isfinite(value) and text == text.strip() else None


def canonical(value: Any) -> Any:
    """Equal for equal JSON only."""
    if isinstance(value, list):
        return ("array", *map(canonical, value))
    if isinstance(value, dict):
        return frozenset((name, canonical(member)) for name, member in value.items())
    return ("boolean", str(value)) if isinstance(value, bool) else ("scalar", value)


def naive_equal(value: Any, wanted: Any, given_texts: Sequence[str], location: str) -> bool:
    if location == "body":
        return bool(canonical(value) == canonical(wanted))
    if isinstance(wanted, list):
        alike = [
            naive_equal(*each, (), location) for each in zip(given_texts, wanted, strict=False)
        ]
        return len(given_texts) == len(wanted) and all(alike)
    if isinstance(wanted, int | float) and not isinstance(wanted, bool):
        return value == naive_text(wanted) or naive_number(value) == wanted
    return bool(value == naive_text(wanted))


def naive_test(
    name: str, argument: Any, value: Any, given_texts: Sequence[str], location: str
) -> bool:
    if name == "absent":
        return not argument
    if name == "equals":
        return naive_equal(value, argument, given_texts, location)
    if name == "one_of":
        return any(naive_equal(value, each, given_texts, location) for each in argument)
    if name == "regex":
        return isinstance(value, str) and re.fullmatch(argument, value) is not None
    if location == "body":
        number = naive_number(json.dumps(value)) if not isinstance(value, str) else None
    else:
        number = naive_number(value)
    if number is None:
        return False
    return bool(number >= argument if name == "min" else number <= argument)


def naive_found(location: str, name: str, sent: Sent) -> list[Any]:
    """All values at a place."""
    if location == "path":
        found = sent.path.get(name, [])
        return found if isinstance(found, list) else [found]
    if location == "query":
        return [value for key, value in sent.query if key == name]
    if location == "headers":
        return [value for key, value in sent.headers.items() if key.lower() == name.lower()]
    node = sent.body
    for step in name.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(node, list) and key in map(str, range(len(node))):
            node = node[int(key)]
        elif isinstance(node, dict) and key in node:
            node = node[key]
        else:
            return []
    return [] if node is ABSENT else [node]


def naive_holds(node: Node, sent: Sent) -> bool:
    for location, conditions in node.items():
        for name, test in conditions.items():
            tests = test if isinstance(test, dict) else {"equals": test}
            found = naive_found(location, name, sent)
            values = found if location == "body" else list(map(naive_text, found))
            if not values:
                if tests != {"absent": True}:
                    return False
                continue
            if not any(
                all(naive_test(*each, value, values, location) for each in tests.items())
                for value in values
            ):
                return False
    return True


def place_and_test(location: str) -> st.SearchStrategy[Node]:
    """One condition on one location."""
    names = {"headers": ("X-A", "ACCEPT"), "body": POINTERS}.get(location, NAMES)
    values = bodies if location == "body" else scalars | st.lists(scalars, max_size=3)
    tests = st.dictionaries(st.sampled_from(names), any_tests(values), min_size=1, max_size=1)
    return tests.map(lambda each: {location: each})


@given(nodes, sents)
def test_all_conditions_hold_together_as_for_the_naive_matcher(node: Node, sent: Sent) -> None:
    assert holds(node, sent) == naive_holds(node, sent)


@pytest.mark.parametrize("location", LOCATIONS)
@given(st.data())
def test_one_condition_holds_as_for_the_naive_matcher(location: str, data: st.DataObject) -> None:
    node, sent = data.draw(place_and_test(location)), data.draw(sents)
    assert holds(node, sent) == naive_holds(node, sent)


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), texts), min_size=1, max_size=4),
    st.sampled_from(NAMES),
    st.data(),
)
def test_a_query_is_read_however_it_is_encoded(
    pairs: list[tuple[str, str]], name: str, data: st.DataObject
) -> None:
    def encoded(text: str) -> str:
        safe = data.draw(st.sampled_from(("", ":/?@!$'()*,;", "é")))
        once = "".join(each if each in safe else quote(each, safe="") for each in text)
        return once.replace("%20", "+") if data.draw(st.booleans()) else once

    raw = "&".join(f"{encoded(key)}={encoded(value)}" for key, value in pairs)
    request = request_of(Sent(), raw.encode())
    values = [value for key, value in pairs if key == name]
    found = finder("query", name)(request)
    assert found == (values if len(values) > 1 else values[0] if values else ABSENT)


@given(st.binary(max_size=20), plain_tests)
def test_no_query_is_too_broken_to_be_looked_at(raw: bytes, test: Any) -> None:
    request = request_of(Sent(), raw)
    when = when_of({"query": {"a": test}})
    assert when.matches(request) == (not list(when.mismatches(request)))


# parameters and headers


def test_no_conditions_always_hold() -> None:
    assert holds({}, Sent())
    assert When((), ()).matches(request_of(Sent()))


def test_all_conditions_have_to_hold() -> None:
    node: Node = {"path": {"org": "A"}, "query": {"q": 1}}
    assert holds(node, Sent(path={"org": "A"}, query=[("q", "1")]))
    assert not holds(node, Sent(path={"org": "A"}, query=[("q", "2")]))
    assert not holds(node, Sent(path={"org": "B"}, query=[("q", "1")]))


def test_a_parameter_that_was_not_read_is_not_there() -> None:
    assert not holds({"path": {"org": "A"}}, Sent())
    assert holds({"path": {"org": {"absent": True}}}, Sent())


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        *((True, "true"), (False, "false"), (None, ""), (5, "5"), ("5", "5"), (5.0, "5.0")),
        *((5, "5.0"), (5.0, "5"), (10, "1e1"), (5.5, "5.50"), (2**70, str(2**70))),
    ],
)
def test_outside_of_bodies_values_are_compared_as_text(wanted: Any, text: str) -> None:
    assert in_query(wanted, text)
    assert in_query({"one_of": ["other", wanted]}, text)
    assert holds({"headers": {"X-A": wanted}}, Sent(headers={"x-a": text}))
    assert holds({"path": {"p": wanted}}, Sent(path={"p": text}))


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        *((True, "True"), (True, "1"), (1, "true"), (5, "05"), (5, " 5"), (5, "5_"), ("5", "5.0")),
        *((5, "+5"), (1000, "1_000"), (5, "\u0665"), (float("inf"), "1e999"), ("a", "A")),
        ("", "null"),
    ],
)
def test_other_texts_are_other_values(wanted: Any, text: str) -> None:
    assert not in_query(wanted, text)
    assert not in_query({"one_of": [wanted, "other"]}, text)


@pytest.mark.parametrize(("wanted", "typed"), [("5", 5), (5, 5), ("true", True), (5, 5.0)])
def test_typed_values_of_a_path_are_compared_as_text(wanted: Any, typed: Any) -> None:
    assert holds({"path": {"p": wanted}}, Sent(path={"p": typed}))


def test_a_number_that_was_typed_is_no_boolean() -> None:
    assert not holds({"path": {"p": True}}, Sent(path={"p": 1}))
    assert not holds({"path": {"p": {"min": 0}}}, Sent(path={"p": True}))


def test_a_repeated_parameter_holds_when_one_value_does() -> None:
    assert in_query("b", "a", "b")
    assert not in_query("c", "a", "b")
    assert in_query({"min": 5}, "1", "9")


def test_one_value_of_a_repeated_parameter_has_to_pass_all_tests() -> None:
    assert in_query({"min": 5, "max": 10}, "1", "7")
    assert not in_query({"min": 5, "max": 10}, "1", "20")


def test_equals_with_a_list_asks_for_all_values_in_order() -> None:
    assert in_query({"equals": ["a", "b"]}, "a", "b")
    assert in_query(["a", 5], "a", "5")
    assert in_query(["a"], "a")
    assert in_query({"one_of": ["x", ["a", "b"]]}, "a", "b")
    assert not in_query(["a", "b"], "b", "a")
    assert not in_query(["a"], "a", "b")
    assert not in_query(["a", "b"], "a")
    assert not in_query([], "a")


def test_values_of_an_array_in_the_path_are_like_repeated_ones() -> None:
    assert holds({"path": {"p": "2"}}, Sent(path={"p": [1, 2]}))
    assert holds({"path": {"p": [1, 2]}}, Sent(path={"p": [1, 2]}))
    assert not holds({"path": {"p": 3}}, Sent(path={"p": [1, 2]}))
    assert holds({"path": {"p": ""}}, Sent(path={"p": []}))


def test_header_names_are_compared_in_any_case() -> None:
    assert holds({"headers": {"ACCEPT-language": "es"}}, Sent(headers={"Accept-Language": "es"}))


def test_a_header_is_one_text() -> None:
    sent = Sent(headers={"accept-language": "es, ca"})
    assert holds({"headers": {"Accept-Language": "es, ca"}}, sent)
    assert not holds({"headers": {"Accept-Language": "es"}}, sent)


def test_a_header_is_read_as_utf_8_and_else_as_latin_1() -> None:
    for raw in ("José".encode(), "José".encode("latin-1")):
        request = Request("GET", b"/", b"", {b"x-name": raw})
        assert when_of({"headers": {"X-Name": "José"}}).matches(request)


def test_a_header_name_that_cannot_be_sent_is_never_there() -> None:
    assert holds({"headers": {"X-€": {"absent": True}}}, Sent(headers={"X-A": "1"}))


def test_a_value_that_cannot_be_decoded_is_there_as_it_was_sent() -> None:
    request = request_of(Sent(), b"a=%zz&b=1&c=%FF")
    assert finder("query", "a")(request) == "%zz"
    assert finder("query", "b")(request) == "1"
    assert finder("query", "c")(request) == "%FF"


@pytest.mark.parametrize("raw", [b"%zz=1&a=1", b"a=\xff", b""])
def test_a_query_that_cannot_be_read_says_nothing(raw: bytes) -> None:
    assert finder("query", "a")(request_of(Sent(), raw)) is ABSENT


def test_a_parameter_without_a_value_is_there() -> None:
    request = request_of(Sent(), b"a&b=")
    assert when_of({"query": {"a": "", "b": {"absent": False}}}).matches(request)


# absence


@pytest.mark.parametrize(
    ("location", "name", "there"),
    [
        ("path", "p", Sent(path={"p": ""})),
        ("query", "p", Sent(query=[("p", "")])),
        ("headers", "p", Sent(headers={"p": ""})),
        ("body", "/p", Sent(body={"p": None})),
        ("body", "", Sent(body=None)),
    ],
)
def test_absent_holds_only_when_there_is_nothing(location: str, name: str, there: Sent) -> None:
    assert holds({location: {name: {"absent": True}}}, Sent())
    assert not holds({location: {name: {"absent": True}}}, there)
    assert holds({location: {name: {"absent": False}}}, there)
    assert not holds({location: {name: {"absent": False}}}, Sent())


@pytest.mark.parametrize("test", [{"regex": ".*"}, {"one_of": ["", None]}, "", None, {"min": 0}])
def test_nothing_passes_no_other_test(test: Any) -> None:
    assert not holds({"query": {"p": test}}, Sent())
    assert not holds({"body": {"/p": test}}, Sent(body={}))


def test_nothing_cannot_be_and_have_a_value() -> None:
    assert not in_query({"absent": True, "equals": "a"}, "a")
    assert not in_query({"absent": True, "equals": "a"})


# patterns and ranges


def test_a_pattern_matches_the_whole_text() -> None:
    assert in_query({"regex": "9[0-9]{2}"}, "912")
    assert not in_query({"regex": "9[0-9]{2}"}, "9123")
    assert not in_query({"regex": "9[0-9]{2}"}, "1912")
    assert not in_query({"regex": "9[0-9]{2}"}, "912\n")


def test_a_pattern_is_not_tried_on_a_text_beyond_the_limit() -> None:
    assert in_query({"regex": "a*"}, "a" * TEXT_MAX)
    assert not in_query({"regex": "a*"}, "a" * (TEXT_MAX + 1))
    assert in_body({"regex": "a*"}, "a" * TEXT_MAX)
    assert not in_body({"regex": "a*"}, "a" * (TEXT_MAX + 1))


def test_a_pattern_asks_for_text_in_a_body() -> None:
    assert in_body({"regex": "[0-9]+"}, "12")
    assert not in_body({"regex": "[0-9]+"}, 12)
    assert not in_body({"regex": ".*"}, ["12"])
    assert not in_body({"regex": ".*"}, None)


def test_a_bad_pattern_is_an_error() -> None:
    with pytest.raises(PatternError):
        when_of({"query": {"q": {"regex": "("}}})


@pytest.mark.parametrize("text", ["1", "10", "5.5", "1e1", "1.0"])
def test_a_range_takes_its_bounds_and_what_is_between(text: str) -> None:
    assert in_query({"min": 1, "max": 10}, text)
    assert in_body({"min": 1, "max": 10}, json.loads(text))


@pytest.mark.parametrize("text", ["0.9", "10.1", "-5", "1e3"])
def test_a_range_does_not_take_what_is_outside(text: str) -> None:
    assert not in_query({"min": 1, "max": 10}, text)
    assert not in_body({"min": 1, "max": 10}, json.loads(text))


@pytest.mark.parametrize(
    "text", ["", "x", "true", "nan", "inf", "1e999", "1_0", " 5", "\u0665", "0x5"]
)
def test_a_range_takes_numbers_only(text: str) -> None:
    assert not in_query({"min": -1000}, text)
    assert not in_query({"max": 1000}, text)


@pytest.mark.parametrize("value", ["5", True, None, [5], {}])
def test_a_range_takes_real_numbers_only_in_a_body(value: Any) -> None:
    assert not in_body({"min": 0}, value)
    assert not in_body({"max": 9}, value)


def test_a_number_of_too_many_digits_is_text() -> None:
    assert in_query({"min": 1}, "9" * 4_000)
    assert not in_query({"min": 1}, "9" * 5_000)


# bodies


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        *((1, True), (True, 1), (0, False), (False, 0), ("1", 1), (1, "1"), (None, ""), ("", None)),
        *(([1], [True]), ([], {}), ([1, 2], [2, 1]), ([1], 1), ("a", "A"), ([1], [1, 2])),
    ],
)
def test_values_of_a_body_are_compared_with_their_type(wanted: Any, value: Any) -> None:
    assert not in_body({"equals": wanted}, value)
    assert not in_body({"one_of": [wanted]}, value)
    assert not in_body({"equals": {"a": [wanted]}}, {"a": [value]})


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        *((1, 1.0), (1.0, 1), (True, True), (None, None), ([1, [2]], [1.0, [2]]), ("a", "a")),
        *(({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({}, {})),
    ],
)
def test_equal_values_of_a_body_hold_at_any_depth(wanted: Any, value: Any) -> None:
    assert in_body({"equals": wanted}, value)
    assert in_body({"one_of": [0, wanted]}, value)
    assert in_body({"equals": {"a": [wanted]}}, {"a": [value]})


def test_an_object_with_more_members_is_another() -> None:
    assert not in_body({"equals": {"a": 1}}, {"a": 1, "b": 2})
    assert not in_body({"equals": {"a": 1, "b": 2}}, {"a": 1})
    assert not in_body({"equals": {"a": 1}}, {"b": 1})


def test_a_list_in_a_body_is_one_value() -> None:
    assert not in_body("a", ["a", "b"])
    assert in_body(["a", "b"], ["a", "b"])


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/a/0/b", 1),
        ("/a/1", 2),
        ("/a~1b", 3),
        ("/m~0n", 4),
        ("/~01", 5),
        ("/", 6),
        ("/0", 7),
        ("/a/10", ABSENT),
        ("/a/2", ABSENT),
        ("/a/-", ABSENT),
        ("/a/-1", ABSENT),
        ("/a/00", ABSENT),
        ("/a/01", ABSENT),
        ("/a/²", ABSENT),
        ("/a/" + "9" * 5_000, ABSENT),
        ("/a/1/b", ABSENT),
        ("/x/y", ABSENT),
    ],
)
def test_a_pointer_finds_what_rfc_6901_says(pointer: str, value: Any) -> None:
    body = {"a": [{"b": 1}, 2], "a/b": 3, "m~n": 4, "~1": 5, "": 6, "0": 7}
    assert finder("body", pointer)(request_of(Sent(body=body))) == value


def test_the_empty_pointer_is_the_whole_body() -> None:
    assert finder("body", "")(request_of(Sent(body=[1]))) == [1]
    assert finder("body", "")(request_of(Sent())) is ABSENT
    assert finder("body", "/a")(request_of(Sent())) is ABSENT


def test_a_deep_body_can_be_compared() -> None:
    def deep(core: Any) -> Any:
        for _ in range(250):
            core = [core]
        return core

    assert in_body({"equals": deep(1)}, deep(1.0))
    assert not in_body({"equals": deep(1)}, deep(True))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *(("a", "a"), (5, "5"), (5.5, "5.5"), (True, "true"), (False, "false"), (None, "")),
        *(([1, True, "x"], "1,true,x"), ({"a": 1, "b": None}, "a,1,b,"), ([], "")),
    ],
)
def test_a_value_is_written_as_in_a_url(value: Any, text: str) -> None:
    assert written(value) == text


# what people read


@pytest.mark.parametrize(
    ("location", "name", "test", "sent", "text"),
    [
        (
            *("body", "/price", {"min": 1, "max": 10}, Sent(body={"price": 12})),
            "body /price: wanted between 1 and 10, found 12",
        ),
        (
            *("query", "phoneNumber", {"regex": "9[0-9]{8}"}),
            Sent(query=[("phoneNumber", "612345678")]),
            "query phoneNumber: wanted text like 9[0-9]{8}, found '612345678'",
        ),
        (
            *("headers", "Accept-Language", {"one_of": ["es", "ca"]}, Sent()),
            "header Accept-Language: wanted 'es' or 'ca', found nothing",
        ),
        (
            *("path", "org", "ORG_1", Sent(path={"org": "ORG_2"})),
            "path org: wanted 'ORG_1', found 'ORG_2'",
        ),
        (
            *("body", "", {"equals": {"a": True}}, Sent(body=[None, "é"])),
            'body: wanted {"a": true}, found [null, "é"]',
        ),
        (
            *("query", "q", {"one_of": ["a", 5, True]}, Sent(query=[("q", "x"), ("q", "y")])),
            'query q: wanted \'a\', 5 or true, found ["x", "y"]',
        ),
        ("query", "q", {"absent": False}, Sent(), "query q: wanted something, found nothing"),
        ("body", "/a", {"absent": True}, Sent(body={"a": 0}), "body /a: wanted nothing, found 0"),
        (
            *("query", "q", {"min": 3, "regex": "[0-9]+"}, Sent(query=[("q", "1")])),
            "query q: wanted at least 3 and text like [0-9]+, found '1'",
        ),
        ("body", "/a", {"max": 3}, Sent(body={"a": 4}), "body /a: wanted at most 3, found 4"),
        ("body", "/a", None, Sent(body={"a": False}), "body /a: wanted null, found false"),
        ("query", "q", {"one_of": ["a"]}, Sent(), "query q: wanted 'a', found nothing"),
    ],
)
def test_a_mismatch_says_what_was_wanted_and_what_was_found(
    location: str, name: str, test: Any, sent: Sent, text: str
) -> None:
    assert explained(location, name, test, sent) == text


def test_a_condition_says_its_place_and_what_is_wanted() -> None:
    condition = Condition("headers", "Accept", {"one_of": ["a", "b"]})
    assert str(condition) == "header Accept: 'a' or 'b'"


def test_mismatches_come_in_the_order_of_the_conditions() -> None:
    when = when_of({"body": {"/a": 1}, "path": {"p": "x", "o": "y"}})
    found = list(when.mismatches(request_of(Sent())))
    assert found == [Mismatch(condition, ABSENT) for condition in when.conditions]
    assert [each.condition.name for each in found] == ["p", "o", "/a"]


@pytest.mark.parametrize(
    ("location", "name", "sent"),
    [
        ("headers", "Authorization", Sent(headers={"authorization": "hush"})),
        ("headers", "cookie", Sent(headers={"cookie": "hush"})),
        ("query", "access_token", Sent(query=[("access_token", "hush")])),
        ("path", "puk", Sent(path={"puk": "hush"})),
        ("body", "/user/password", Sent(body={"user": {"password": "hush"}})),
        ("body", "/passwords/0", Sent(body={"passwords": ["hush"]})),
    ],
)
def test_secrets_are_not_told(location: str, name: str, sent: Sent) -> None:
    text = explained(location, name, "other", sent)
    assert "hush" not in text
    assert text.endswith(f"found {REDACTED}")


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ("hush", REDACTED),
        (["hush", "other"], REDACTED),
        ({"one_of": ["hush", "other"]}, f"one of several {REDACTED}"),
        ({"regex": "hush.*"}, f"text like {REDACTED}"),
        ({"min": 4711, "max": 4712}, f"at least {REDACTED} and at most {REDACTED}"),
        ({"absent": True}, "nothing"),
        ({"absent": False, "equals": "hush"}, f"something and {REDACTED}"),
    ],
)
def test_what_is_wanted_of_a_secret_is_not_told(test: Json, words: str) -> None:
    node = {"body": {"/sim/simKi": test}}
    [condition] = when_of(node).conditions
    found = REDACTED if condition.tests.get("absent") else "nothing"

    assert str(condition) == f"body /sim/simKi: {words}"
    sent = Sent(body={"sim": {"simKi": "hush"}} if found == REDACTED else {})
    [mismatch] = when_of(node).mismatches(request_of(sent))
    assert str(mismatch) == f"body /sim/simKi: wanted {words}, found {found}"


@pytest.mark.parametrize(
    "test",
    [
        {"equals": {"ki": "hush"}},
        {"one_of": [{"a": [{"password": "hush"}]}, 1]},
        "Bearer hush",
        "https://h/cb?access_token=hush",
        {"regex": "Bearer hush"},
    ],
)
def test_secrets_inside_of_what_is_wanted_are_not_told(test: Json) -> None:
    text = explained("body", "/sim", test, Sent(body={"sim": "Basic hush"}))

    assert "hush" not in text
    assert REDACTED in text


def test_secrets_inside_of_a_value_are_not_told() -> None:
    sent = Sent(body={"users": [{"name": "n", "password": "hush"}]})
    assert explained("body", "/users", None, sent).endswith(
        f'found [{{"name": "n", "password": "{REDACTED}"}}]'
    )


def test_a_secret_that_is_not_there_is_said_to_be_missing() -> None:
    text = explained("headers", "Authorization", {"absent": False}, Sent())
    assert text == "header Authorization: wanted something, found nothing"


def test_long_values_are_cut() -> None:
    text = explained("query", "q", "a", Sent(query=[("q", "x" * 5_000)]))
    assert text == f"query q: wanted 'a', found '{'x' * (SHOWN_MAX - 1)}…"
    many = explained("query", "q", {"one_of": [str(n) for n in range(999)]}, Sent())
    assert len(many) < 2 * SHOWN_MAX


def test_conditions_that_were_written_alike_are_equal() -> None:
    node = {"query": {"q": {"regex": "a"}}}
    assert when_of(node) == when_of(node)
    assert when_of(node) != when_of({})


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*b", "(?=a)(a+)+$", "(.*)*x"])
def test_a_pattern_that_would_backtrack_for_ever_is_answered_at_once(pattern: str) -> None:
    assert not in_query({"regex": pattern}, "a" * 200 + "!")
