"""JSON pointers: to read them, to write them, and to go where they lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.message import ABSENT, Json
from mockserver.pointer import is_pointer, pointer, steps_of, value_at

BODY = {"a": {"/~": [10, {"b": None}]}, "": 1, "0": "zero"}


@pytest.mark.parametrize("text", ["", "/", "//", "/a/0", "/a~0b~1c", "/ä\n", "/a "])
def test_what_begins_with_a_slash_is_a_pointer(text: str) -> None:
    assert is_pointer(text)


@pytest.mark.parametrize("text", ["a", " /a", "/a~", "/a~9", "/~/b", "~0", "#/a"])
def test_what_begins_otherwise_or_has_a_stray_tilde_is_no_pointer(text: str) -> None:
    assert not is_pointer(text)


@given(st.lists(st.text()))
def test_what_is_written_is_a_pointer_and_reads_back(steps: list[str]) -> None:
    text = pointer(steps)

    assert is_pointer(text)
    assert steps_of(text) == steps


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", BODY),
        ("/", 1),
        ("/0", "zero"),
        ("/a/~1~0/0", 10),
        ("/a/~1~0/1/b", None),
        ("/a/~1~0/1/b/c", ABSENT),
        ("/a/~1~0/2", ABSENT),
        ("/a/~1~0/00", ABSENT),
        ("/a/~1~0/-1", ABSENT),
        ("/a/~1~0/-", ABSENT),
        ("/a/~1~0/\u0660", ABSENT),  # a digit, but not of ASCII
        ("/a/~1~0/" + "9" * 5_000, ABSENT),
        ("/b", ABSENT),
        ("/0/0", ABSENT),
    ],
)
def test_a_pointer_leads_to_a_value_or_nowhere(text: str, value: Json) -> None:
    assert value_at(BODY, steps_of(text)) == value


@given(st.recursive(st.none() | st.integers(), lambda inner: st.lists(inner, max_size=3)))
def test_every_place_of_a_value_is_found(value: Json) -> None:
    def places(node: Json, steps: list[str]) -> None:
        assert value_at(value, steps) is node
        for index, each in enumerate(node if isinstance(node, list) else ()):
            places(each, [*steps, str(index)])

    places(value, [])
