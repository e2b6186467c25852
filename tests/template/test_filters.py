"""Filters of templates: those of time, and those taken from Jinja2."""

import pytest

from mockserver.message import Json
from tests.template.samples import BODY, rendered


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ now }}", "2026-01-15T12:00:30Z"),
        ("{{ now | iso }}", "2026-01-15T12:00:30Z"),
        ("{{ now | iso('milliseconds') }}", "2026-01-15T12:00:30.250Z"),
        ("at {{ now }}", "at 2026-01-15T12:00:30Z"),
        ("{{ now | plus(days=3) | iso }}", "2026-01-18T12:00:30Z"),
        ("{{ now | plus(hours=-13) | date }}", "2026-01-14"),
        ("{{ now | date('%d/%m/%Y') }}", "15/01/2026"),
        ("{{ now | epoch }}", 1_768_478_430),
        ("{{ now.year }}", 2026),
        ("{{ '2026-03-01' | plus(days=-1) | date }}", "2026-02-28"),
        ("{{ '2026-03-01T01:00:00+02:00' | iso }}", "2026-02-28T23:00:00Z"),
    ],
)
def test_time_is_that_of_the_moment(text: str, value: Json) -> None:
    assert rendered(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ request.body['items'] | map(attribute='id') | join('-') }}", "1-2"),
        ("{{ request.body['items'] | selectattr('id', 'gt', 1) | first }}", BODY["items"][1]),  # type: ignore[index]
        ("{{ request.body.name | replace('a', 'ita') | upper }}", "ANITA"),
        ("{{ request.body.price | round }}", 10),
        ("{{ request.body.price | string }}", "9.5"),
        ("{{ [1, 2] | tojson }}", "[1,2]"),
        ("{{ [3, 1, 2] | sort | reverse }}", [3, 2, 1]),
        ("{{ [1, 2, 3][1:] }}", [2, 3]),
        ("{{ 'abc'[:-1] }}", "ab"),
        ("{{ range(3) }}", [0, 1, 2]),
        ("{{ 2 ** 10 - 7 // 2 }}", 1021),
        ("{{ 7 % 4 }}", 3),
        ("{{ 'ab' * 2 + 'c' }}", "ababc"),
        ("{{ request.body.name.lower().startswith('an') }}", True),
        ("{{ 1 if request.body.none is none else 2 }}", 1),
        ("{{ 'x' if false }}", ""),
    ],
)
def test_filters_methods_and_operators_do_what_jinja_says(text: str, value: Json) -> None:
    assert rendered(text) == value
