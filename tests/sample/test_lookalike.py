"""Texts that look like an example."""

# ruff: noqa: S311 - a seeded chance is what is tested

import re
from random import Random

import pytest

from mockserver.sample.lookalike import lookalike, lookalikes, shape, similar


@pytest.mark.parametrize(
    ("example", "form"),
    [
        ("MYSIM_123456", r"MYSIM_\d{6}"),
        ("userid_8572394923", r"userid_[1-9]\d{9}"),
        ("00031", r"000[1-9]\d"),
        ("agile-tv-bf37-f1f7fa04776b", r"agile-tv-[0-9a-f]{4}-[0-9a-f]{12}"),
        ("+525512345678", r"\+\d{12}"),
        ("V33904AHB202", r"V\d{5}AHB\d{3}"),
        ("2025-04-29", r"2026-\d\d-\d\d"),
        ("2022-01-31T23:00:00Z", r"2026-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
        ("test@email.com", r".+@example\.\w+"),
    ],
)
def test_an_identifier_is_drawn_anew_in_its_shape(example: str, form: str) -> None:
    make = lookalike(example)
    drawn = {make(Random(seed)) for seed in range(40)}
    assert len(drawn) > 15
    assert all(re.fullmatch(form, text) for text in drawn)


@pytest.mark.parametrize(
    "example",
    [
        "boku-web-demo",
        "PV_3M_PROMO",
        "RS256",
        "Request accepted and is being processed.",
        "The subscription with service_id 'ACC_999999' does not exist.",
        "https://example.com/items/12345",
        "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
        "",
    ],
)
def test_what_would_mean_nothing_when_changed_stays_as_it_is(example: str) -> None:
    make = lookalike(example)
    assert {make(Random(seed)) for seed in range(20)} == {example}


def test_zeros_alone_get_another_last_digit() -> None:
    make = lookalike("0000")
    assert {make(Random(seed))[:3] for seed in range(30)} == {"000"}


def test_one_of_several_examples_is_taken_after() -> None:
    make = lookalikes(["WEB", "STB"])
    assert {make(Random(seed)) for seed in range(30)} == {"WEB", "STB"}


@pytest.mark.parametrize(
    ("number", "span"),
    [(4, (1, 9)), (1616425200, (10**9, 10**10 - 1)), (859.9, (100, 999)), (-30, (-99, -10))],
)
def test_a_similar_number_has_as_many_digits(number: float, span: tuple[int, int]) -> None:
    assert similar(number) == span


def test_zero_is_similar_to_one_digit() -> None:
    assert similar(0) == (0, 9)


def test_a_shape_keeps_digits_and_signs_and_forgets_letters() -> None:
    assert shape("Ab1-23  ñ") == "a9-99 a"
