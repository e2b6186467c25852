"""The choice among makers of texts."""

# ruff: noqa: S311 - a seeded chance is what is tested

import re
from random import Random

import pytest

from mockserver.message import Json
from mockserver.sample.expressions import ExpressionError
from mockserver.sample.facets import Flat, flatten
from mockserver.sample.strings import NoValueError, limits_of, text_maker


def no_reference(ref: str) -> Json:
    raise AssertionError(f"{ref} is not used here")


def drawn(schema: Json, name: str = "", parent: str = "", count: int = 40) -> list[str]:
    make, _ = text_maker(flatten({"type": "string", **schema}, no_reference), name, parent)
    return [make(Random(seed)) for seed in range(count)]


@pytest.mark.parametrize(
    ("schema", "name", "form"),
    [
        # a known name, where it fits
        ({}, "postalCode", r"(0[1-9]|[1-4]\d|5[0-2])\d{3}"),
        ({"pattern": "^[0-9]{5}$"}, "postalCode", r"(0[1-9]|[1-4]\d|5[0-2])\d{3}"),
        ({"maxLength": 5}, "postalCode", r"(0[1-9]|[1-4]\d|5[0-2])\d{3}"),
        ({"pattern": "^[89][0-9]{8}$"}, "number", r"[89]\d{8}"),
        ({"pattern": r"^\+[1-9][0-9]{1,14}$"}, "netflix_phone", r"\+34[6-9]\d{8}"),
        ({"pattern": "^(.{17}|.{37})$"}, "technicalId", r"\d{17}( {9}\d{3}[A-Z ]{4} {4})?"),
        ({"maxLength": 17}, "gescal", r"\d{17}"),
        ({"format": "date"}, "birthDate", r"(19|200)\d+-\d\d-\d\d"),
        ({"format": "email"}, "email", r".+@example\..+"),
        # the shape of an example chooses among the alternatives of a name
        ({"examples": ["+525512345678"]}, "msisdn", r"\+34[67]\d{8}"),
        ({"examples": ["666666666"]}, "msisdn", r"[67]\d{8}"),
        ({"examples": ["es-ES"]}, "language", r"[a-z]{2}-ES"),
        # a name that does not fit gives way
        ({"pattern": "^X[0-9]$"}, "email", r"X\d"),
        ({"maxLength": 3}, "email", r".{1,3}"),
        ({"format": "uuid"}, "postalCode", r"[0-9a-f-]{36}"),
        # the format, then the shape of an example, then the pattern
        ({"format": "date-time"}, "wibble", r"2026-.*Z"),
        ({"format": "uuid", "maxLength": 36}, "", r"[0-9a-f-]{36}"),
        ({"format": "email", "maxLength": 7}, "", r"a\d@b\.es"),
        ({"pattern": "^[A-Z]+-[0-9]+$", "examples": ["AB-12345"]}, "", r"AB-\d{5}"),
        ({"pattern": "^[A-Z]{3}$", "examples": ["ABC"]}, "", r"[A-Z]{3}"),
        ({"examples": ["userid_8572394923"]}, "", r"userid_\d{10}"),
        ({"examples": ["2025-04-29"]}, "cutOver", r"2026-\d\d-\d\d"),
        ({"examples": ["AB-1234"], "minLength": 20}, "", r".{20,}"),
        # a name that says a little comes after the example
        ({"examples": ["userid_8572394923"]}, "external_id", r"userid_\d{10}"),
        ({}, "external_id", r"[A-Z]{2}\d{6}"),
        ({}, "remarksDescription", r"[A-ZÁÉÍÓÚÑ].*\."),
        ({"format": "password", "minLength": 8}, "", r".{8,}"),
        ({"format": "wibble"}, "", r".+"),
        # lengths alone
        ({"minLength": 300}, "", r"(?s).{300,}"),
        ({"minLength": 2, "maxLength": 2}, "", r".{2}"),
        ({"maxLength": 0}, "email", r""),
    ],
)
def test_texts_have_the_form_that_is_most_telling(schema: Json, name: str, form: str) -> None:
    for text in drawn(schema, name):
        assert re.fullmatch(form, text), text


def test_an_example_is_not_repeated_where_it_can_vary() -> None:
    assert len(set(drawn({"examples": ["MYSIM_123456"]}))) > 30


def test_two_patterns_are_both_met() -> None:
    schema = {"pattern": "^[A-Z0-9]{6}$", "allOf": [{"pattern": "[0-9]$"}]}
    assert all(re.fullmatch("[A-Z0-9]{5}[0-9]", text) for text in drawn(schema))


def test_a_pattern_beside_a_format_is_met_by_the_format() -> None:
    schema = {"format": "uri", "pattern": "^https://"}
    assert all(text.startswith("https://") for text in drawn(schema))


def test_a_format_whose_makers_do_not_fit_the_pattern_is_met_through_the_pattern() -> None:
    schema = {"format": "date", "pattern": "^199[0-9]-01-0[1-9]$"}
    assert all(re.fullmatch("199[0-9]-01-0[1-9]", text) for text in drawn(schema))


def test_a_format_that_we_cannot_tell_asks_for_a_check() -> None:
    schema = {"type": "string", "format": "ipv6", "pattern": "^fe80::[0-9a-f]{1,4}$"}
    _, sure = text_maker(flatten(schema, no_reference), "", "")
    assert not sure


@pytest.mark.parametrize(
    "schema",
    [
        {"minLength": 3, "maxLength": 2},
        {"pattern": "^a{5}$", "maxLength": 4},
        {"pattern": "("},
        {"pattern": "^a$", "allOf": [{"pattern": "^b$"}]},
        {"format": "date", "pattern": "^x$"},
    ],
)
def test_texts_that_cannot_be_are_an_error_while_compiling(schema: Json) -> None:
    with pytest.raises((NoValueError, ExpressionError)):
        drawn(schema)


def test_limits_know_excluded_texts_and_antipatterns() -> None:
    flat = Flat(excluded=("abc", 1), antipatterns=("x",), longest=3)
    admitted = [text for text in ("abc", "abd", "abcd", "axb", "") if limits_of(flat).admit(text)]
    assert admitted == ["abd", ""]
    assert limits_of(Flat()).none
