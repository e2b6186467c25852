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

    assert bindings.lead_of(request_of("GET", "/?from=acme")) == ("two", "query from")


def test_there_is_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BINDINGS_MAX", 2)
    bindings = bound(("query", "a", "1", "one"), ("query", "a", "2", "two"))

    with pytest.raises(SessionError, match="There are 2 bindings; 2 are the most") as raised:
        bindings.add(Binding("query", "a", "3"), "one")

    assert raised.value.status == 409
    bindings.add(Binding("query", "a", "1"), "one")  # is there already
    bindings.drop("two")
    bindings.add(Binding("query", "a", "3"), "one")


def test_there_is_a_ceiling_of_places_and_not_of_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PLACES_MAX", 2)
    bindings = bound(("query", "a", "1", "one"), ("headers", "X-A", "1", "two"))

    with pytest.raises(SessionError, match=r"in 2 places \(location and name\)") as raised:
        bindings.add(Binding("query", "b", "1"), "one")

    assert raised.value.status == 409
    bindings.add(Binding("query", "a", "2"), "one")
    bindings.add(Binding("headers", "x-a", "2"), "one")
    bindings.drop("one")
    bindings.add(Binding("query", "b", "1"), "one")  # nothing is left where the other was


@pytest.mark.parametrize(
    "refused",
    [
        [("query", "a", "new"), ("query", "a", "taken")],
        [("query", "a", "new"), ("query", "b", "new"), ("query", "c", "new")],
        [("query", "a", str(number)) for number in range(4)],
    ],
)
def test_of_several_bindings_all_are_added_or_none(
    monkeypatch: pytest.MonkeyPatch, refused: list[tuple[str, str, str]]
) -> None:
    monkeypatch.setattr(module, "BINDINGS_MAX", 5)
    monkeypatch.setattr(module, "PLACES_MAX", 2)
    bindings = bound(("query", "a", "taken", "one"), ("query", "a", "mine", "two"))

    with pytest.raises(SessionError):
        bindings.add_all([Binding(*each) for each in refused], "two")

    assert list(bindings.of("two")) == [Binding("query", "a", "mine")]
    assert bindings.lead_of(request_of("GET", "/?a=new")) is None
    bindings.add_all([Binding("query", "a", "1"), Binding("query", "b", "1")], "two")
    assert [each.value for each in bindings.of("two")] == ["mine", "1", "1"]


def test_the_same_value_given_twice_is_one_binding() -> None:
    bindings = Bindings()

    bindings.add_all([Binding("headers", "X-A", "1"), Binding("headers", "x-a", "1")], "one")

    assert list(bindings.of("one")) == [Binding("headers", "X-A", "1")]


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

    assert _led(bindings, sent(content)) == "one"
    assert bindings.lead_of(sent({"other": value})) is None


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
        assert _led(bindings, _carrying(binding)) == owner


def _led(bindings: Bindings, request: Request) -> str | None:
    """The session that a request is led to."""
    lead = bindings.lead_of(request)
    return None if lead is None else lead.session


def _carrying(binding: Binding) -> Request:
    if binding.location == "query":
        return request_of("GET", f"/?{binding.name}={binding.value}")
    if binding.location == "headers":
        return request_of("GET", "/", headers={binding.name: binding.value})
    return sent({"a": binding.value})
