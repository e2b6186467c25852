"""Seeds and draws: stable, apart from each other, within their limits."""

# ruff: noqa: S311 - a seeded chance is what is tested

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.sample import seed_of
from mockserver.sample.chance import below, between, characters, digits, pick


def test_a_seed_is_the_same_in_every_version_of_the_package() -> None:
    assert seed_of(0, "GET", "/v1/orgs/yoigo/tesa/requests", b"") == 13827767400920838441


def test_a_seed_fits_64_bits() -> None:
    assert all(0 <= seed_of(number) < 2**64 for number in range(100))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        (("a",), ("a", "")),
        (("1",), (1,)),
        ((b"1",), ("1",)),
        ((1, 2), (2, 1)),
        ((-1,), (1,)),
    ],
)
def test_parts_are_told_apart_by_type_border_and_order(
    one: tuple[str | int | bytes, ...], other: tuple[str | int | bytes, ...]
) -> None:
    assert seed_of(*one) != seed_of(*other)


def test_a_lone_surrogate_has_a_seed_too() -> None:
    assert seed_of("\ud800") != seed_of("\ud801")


@given(st.integers(1, 2**80), st.integers(0, 2**32))
def test_a_draw_is_below_its_limit(limit: int, seed: int) -> None:
    assert 0 <= below(Random(seed), limit) < limit


@given(st.integers(-(2**63), 2**63), st.integers(0, 2**65), st.integers(0, 9))
def test_a_draw_between_two_numbers_includes_both_ends(low: int, span: int, seed: int) -> None:
    assert low <= between(Random(seed), low, low + span) <= low + span


def test_every_option_is_drawn() -> None:
    rng = Random(1)
    assert {pick(rng, "abc") for _ in range(100)} == set("abc")


@pytest.mark.parametrize("count", [1, 14, 15, 16, 37])
def test_digits_are_as_many_as_asked_for(count: int) -> None:
    text = digits(Random(3), count)
    assert len(text) == count
    assert text.isdecimal()


def test_characters_come_from_the_alphabet() -> None:
    assert set(characters(Random(1), "xyz", 50)) == set("xyz")
