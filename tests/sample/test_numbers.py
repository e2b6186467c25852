"""Numbers within bounds, on grids, of believable size."""

# ruff: noqa: S311 - a seeded chance is what is tested

from random import Random

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from mockserver.message import Json
from mockserver.sample.facets import Flat, flatten
from mockserver.sample.numbers import number_maker
from mockserver.sample.strings import NoValueError


def no_reference(ref: str) -> Json:
    raise AssertionError(f"{ref} is not used here")


def drawn(schema: Json, name: str = "", count: int = 60) -> list[float]:
    make = number_maker(flatten({"type": "number", **schema}, no_reference), name, "")
    return [make(Random(seed)) for seed in range(count)]


BOUND = st.one_of(st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6), st.just(2**63 - 1))


@settings(max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["integer", "number"])},
        optional={
            "minimum": BOUND,
            "maximum": BOUND,
            "exclusiveMinimum": BOUND,
            "exclusiveMaximum": BOUND,
            "multipleOf": st.sampled_from([1, 3, 10, 0.5, 0.01, 2.5, 1e-3, 5000]),
        },
    ),
    st.sampled_from(["", "price", "id", "postalCode", "limit", "phoneNumber"]),
)
def test_numbers_are_valid_for_two_validators(schema: Json, name: str) -> None:
    try:
        values = drawn(schema, name, count=8)
    except NoValueError:
        return
    fast, slow = jsonschema_rs.Draft202012Validator(schema), Draft202012Validator(schema)
    for value in values:
        assert fast.is_valid(value), value
        assert slow.is_valid(value), value


@pytest.mark.parametrize(
    ("schema", "low", "high"),
    [
        ({"type": "integer"}, 1, 1000),
        ({"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}, 1, 1000),
        ({"type": "integer", "minimum": 0, "maximum": 9}, 0, 9),
        ({"type": "integer", "minimum": 5000}, 5000, 6000),
        ({"type": "integer", "maximum": -5000}, -6000, -5000),
        ({"type": "integer", "examples": [1616425200]}, 10**9, 10**10),
        ({"type": "integer", "examples": [4]}, 1, 9),
        ({"examples": [859.9]}, 100, 1000),
        ({"minimum": 1e17}, 1e17, 3e17),
        ({"maximum": -1e17}, -3e17, -1e17),
        ({"minimum": 0.1, "maximum": 0.1}, 0.1, 0.1),
        ({"exclusiveMinimum": 0, "exclusiveMaximum": 0.001}, 0, 0.001),
        ({"type": "integer", "multipleOf": 5000}, 5000, 5000000),
    ],
)
def test_numbers_have_a_believable_size(schema: Json, low: float, high: float) -> None:
    assert all(low <= value <= high for value in drawn(schema))


def test_every_number_of_a_small_range_is_drawn() -> None:
    assert set(drawn({"type": "integer", "minimum": 2, "maximum": 5})) == {2, 3, 4, 5}


def test_amounts_have_cents() -> None:
    assert all(round(value, 2) == value for value in drawn({}))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("postalCode", 1001, 52999),
        ("phoneNumber", 6 * 10**8, 10**9),
        ("service_id", 10**15, 2**53),
        ("price", 49.9, 1299),
        ("starts", 1767225600, 1767225600 + 365 * 86400),
    ],
)
def test_a_known_name_gives_its_numbers(name: str, low: float, high: float) -> None:
    assert all(low <= value <= high for value in drawn({}, name))


def test_a_name_that_seldom_fits_gives_way() -> None:
    assert all(value < 10 for value in drawn({"minimum": 0, "maximum": 9}, "phoneNumber"))


def test_a_name_that_often_fits_is_kept_within_the_bounds() -> None:
    values = drawn({"type": "integer", "minimum": 1000}, "id", count=300)
    assert min(values) >= 1000
    assert max(values) > 5000


def test_a_price_is_whole_where_an_integer_is_asked_for() -> None:
    assert all(type(value) is int for value in drawn({"type": "integer"}, "price"))


def test_fractions_only_are_never_whole() -> None:
    make = number_maker(Flat(kinds=("fraction",)), "", "")
    assert not any(float(make(Random(seed))).is_integer() for seed in range(500))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        {"minimum": 1, "maximum": 2, "multipleOf": 7},
        {"type": "integer", "minimum": 1.2, "maximum": 1.8},
    ],
)
def test_a_number_that_cannot_be_is_an_error_while_compiling(schema: Json) -> None:
    with pytest.raises(NoValueError):
        drawn(schema)
