"""Records from outside: whether they have the shape of their collection."""

from dataclasses import replace
from typing import Any

import pytest

from mockserver.adoption import data_findings
from mockserver.simulation import Collection
from tests.simulations.things import THINGS

PLACED = Collection(
    "placed",
    "Something with parts",
    (),
    {
        "properties": {
            "id": {"type": "string"},
            "place": {"type": "object", "properties": {"city": {"type": "string"}}}
            | {"additionalProperties": False},
            "parts": {"type": "array", "items": {"enum": ["LEFT", "RIGHT"]}},
        },
    },
    ("org", "id"),
)


def found(collection: Collection, data: Any) -> list[tuple[str, str, str, str]]:
    """Pointer, reason, allowed and nearest of all that is wrong."""
    findings = data_findings(collection, data, "a.yaml", "/given/things/0")
    return [(each.pointer, each.reason, each.allowed, each.nearest) for each in findings]


def test_what_has_the_shape_has_no_findings() -> None:
    assert found(THINGS, {"id": "T1", "status": "CLOSED"}) == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, ("", "the key `id` is missing", "`id`", "")),
        ({"id": 5}, ("/id", "found integer", "string", "")),
        ({"id": "T1", "status": "CLOSE"}, ("/status", "found 'CLOSE'", "OPEN, CLOSED", "CLOSED")),
        (
            {"id": "T1", "sise": 5},
            ("", "unknown key `sise`", "id, size, status, told", "size"),
        ),
        ({"id": "T1", "told": "noon"}, ("/told", '"noon" is not a "date-time"', "", "")),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    data: Any, expected: tuple[str, str, str, str]
) -> None:
    place, *more = expected

    assert found(THINGS, data) == [("/given/things/0" + place, *more)]


def test_what_is_wrong_deep_inside_is_told_where_it_is() -> None:
    data = {"org": "a", "id": "1", "place": {"town": "x"}, "parts": ["LEFT", "MIDDLE"]}

    places = [(each[0], each[2]) for each in found(PLACED, data)]

    assert sorted(places) == [
        ("/given/things/0/parts/1", "LEFT, RIGHT"),
        ("/given/things/0/place", "city"),
    ]


def test_the_identity_is_required_where_the_schema_does_not_say_what_is() -> None:
    assert [each[1] for each in found(PLACED, {"id": "1"})] == ["the key `org` is missing"]
    assert [each[1] for each in found(PLACED, [])] == ["found array"]


def test_the_file_is_told() -> None:
    [finding] = data_findings(THINGS, {}, "a.yaml", "")

    assert (finding.file, finding.severity) == ("a.yaml", "error")


def test_two_collections_of_one_name_have_each_its_own_shape() -> None:
    other = replace(THINGS, schema={"required": ["name"]})

    assert found(THINGS, {"id": "T1"}) == []
    assert [each[1] for each in found(other, {"id": "T1"})] == ["the key `name` is missing"]
    assert found(THINGS, {"id": "T1"}) == []
