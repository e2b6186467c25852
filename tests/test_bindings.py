"""Values that lead to a session: whose they are, where they are looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import bindings as module
from mockserver.bindings import Binding, Bindings
from mockserver.message import Json, Request
from mockserver.session import SessionError
from tests.scenarios.samples import request_of

VALUES = st.sampled_from("12")
PLACES = st.sampled_from([("query", "a"), ("query", "b"), ("headers", "X-A"), ("body", "/a")])
BINDINGS = st.builds(lambda place, value: Binding(place[0], place[1], value), PLACES, VALUES)


def bound(*values: tuple[str, str, str, str]) -> Bindings:
    """Bindings from location, name, value and session."""
    made = Bindings()
    for location, name, value, session in values:
        made.add(Binding(location, name, value), session)
    return made


def sent(content: Json) -> Request:
    request = request_of("POST", "/", json=content)
    request.content = content
    return request


def test_a_value_that_leads_to_another_session_cannot_be_bound() -> None:
    bindings = bound(("query", "org", "acme", "one"))

    with pytest.raises(SessionError, match="query org is bound to the session 'one'") as raised:
        bindings.add(Binding("query", "org", "acme"), "two")

    assert raised.value.status == 409
    assert list(bindings.of("two")) == []


def test_a_header_is_one_place_however_its_name_is_written() -> None:
    bindings = bound(("headers", "X-Org", "acme", "one"))

    with pytest.raises(SessionError):
        bindings.add(Binding("headers", "x-org", "acme"), "two")


def test_to_bind_a_value_again_is_no_error() -> None:
    bindings = bound(("query", "org", "acme", "one"), ("query", "org", "acme", "one"))

    assert list(bindings.of("one")) == [Binding("query", "org", "acme")]


def test_the_same_value_may_be_bound_in_two_places() -> None:
    bindings = bound(("query", "org", "acme", "one"), ("query", "from", "acme", "two"))

    assert bindings.session_of(request_of("GET", "/?from=acme")) == "two"


def test_there_is_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BINDINGS_MAX", 2)
    bindings = bound(("query", "a", "1", "one"), ("query", "a", "2", "two"))

    with pytest.raises(SessionError, match="2 bindings, the most there may be") as raised:
        bindings.add(Binding("query", "a", "3"), "one")

    assert raised.value.status == 409
    bindings.add(Binding("query", "a", "1"), "one")  # is there already
    bindings.drop("two")
    bindings.add(Binding("query", "a", "3"), "one")


@pytest.mark.parametrize(
    ("content", "pointer", "value"),
    [
        ({"a": "x"}, "/a", "x"),
        ({"a": 5}, "/a", "5"),
        ({"a": True}, "/a", "true"),
        ({"a": [{"id": "x"}]}, "/a/0/id", "x"),
        ({"a": ["x", "y"]}, "/a", "y"),
        ({"a/b": "x"}, "/a~1b", "x"),
    ],
)
def test_a_value_of_the_body_is_compared_as_text(content: Json, pointer: str, value: str) -> None:
    bindings = bound(("body", pointer, value, "one"))

    assert bindings.session_of(sent(content)) == "one"
    assert bindings.session_of(sent({"other": value})) is None


@given(st.lists(st.tuples(BINDINGS, st.sampled_from(["one", "two", "drop one", "drop two"]))))
def test_bindings_are_those_that_were_added_and_not_dropped(
    steps: list[tuple[Binding, str]],
) -> None:
    bindings = Bindings()
    expected: dict[Binding, str] = {}
    for binding, session in steps:
        if session.startswith("drop"):
            name = session.removeprefix("drop ")
            bindings.drop(name)
            expected = {each: owner for each, owner in expected.items() if owner != name}
        elif expected.setdefault(binding, session) == session:
            bindings.add(binding, session)
        else:
            with pytest.raises(SessionError):
                bindings.add(binding, session)

    assert bool(bindings) == bool(expected)
    for name in ("one", "two"):
        assert list(bindings.of(name)) == [each for each in expected if expected[each] == name]
    for binding, owner in expected.items():
        assert bindings.session_of(_carrying(binding)) == owner


def _carrying(binding: Binding) -> Request:
    if binding.location == "query":
        return request_of("GET", f"/?{binding.name}={binding.value}")
    if binding.location == "headers":
        return request_of("GET", "/", headers={binding.name: binding.value})
    return sent({"a": binding.value})
