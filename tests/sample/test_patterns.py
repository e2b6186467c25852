"""Texts from regular expressions, checked by an ECMA engine and against lengths."""

# ruff: noqa: S311 - a seeded chance is what is tested

from random import Random

import jsonschema_rs
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mockserver.sample.expressions import ExpressionError, checker
from mockserver.sample.patterns import pattern_maker

PATTERNS = [
    r"^[A-Z]{2}\d{6,10}$",
    r"^\+[1-9][0-9]{1,14}$",
    r"^(.{17}|.{37})$",
    r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$",
    r"^(\w)\1$",
    r"^(a)\1$",
    r"^(a|b)?c\1$",
    r"\d",
    r"abc|def$",
    r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    r"^[\w.-]+@[\w.-]+\.\w{2,}$",
    r"^\S+$",
    r"^\D\W\s$",
    r"^\p{Lu}\p{L}*$",
    r"^[0-9A-F]{2}(:[0-9A-F]{2}){5}$",
    r"^$",
    r"^.*$",
    r"\bfoo\b",
    r"^[[\]&&~]+$",
    r"^(?:[A-HJ-NP-Z0-9]{17})$",
    r"^[\x20-\x7e]{1,50}$",
    r"^[^a-zA-Z0-9]$",
    r"^[^\x00-\x7f]$",
    r"^a[^b]c[^ -~]?$",
    r"^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$",
    r"\$\{[a-z]+\}",
    r"^(ES)?\d{2}$|^X$",
    r"^a{0}b*?c+?$",
    r"^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$",
    # look-around
    r"^(?!000|666)\d{3}-(?!00)\d{2}$",
    r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,16}$",
    r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)(?=.*[@$!%*?&])[A-Za-z\d@$!%*?&]{8,}$",
    r"^(?=.{8,20}$).*\d$",
    r"^(?=\d+$).{4}$",
    r"^(?!.*\.\.)[a-z.]{3,}$",
    r"^\d+(?<!7)$",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_match_their_pattern(pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern}
    validator = jsonschema_rs.Draft202012Validator(schema)
    make = pattern_maker(pattern)
    for seed in range(60):
        text = make(Random(seed))
        assert validator.is_valid(text), text
        assert make(Random(seed)) == text


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(PATTERNS), st.integers(0, 45), st.integers(0, 15), st.integers(0, 9))
def test_texts_keep_within_the_lengths_that_are_asked_for(
    pattern: str, shortest: int, more: int, seed: int
) -> None:
    try:
        make = pattern_maker(pattern, shortest=shortest, longest=shortest + more)
    except ExpressionError:
        assume(False)
    text = make(Random(seed))
    assert shortest <= len(text) <= shortest + more
    assert checker(pattern).search(text)


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        (r"^[A-Z0-9]+$", 30),
        (r"^(ab|cde)+$", 14),
        (r"^\w+@\w+\.\w+$", 40),
        (r"x\d", 12),
        (r"^[a-z]+(-[a-z]+)*$", 60),
        (r"^\d{3,9}$", 9),
        (r"^(a{2}|b{3}){2,}$", 11),
        (r"^(?=.*\d)(?=.*[a-z]).+$", 12),
        (r"^(.{17}|.{37})$", 37),
    ],
)
def test_an_exact_length_is_met(pattern: str, length: int) -> None:
    make = pattern_maker(pattern, shortest=length, longest=length)
    assert {len(make(Random(seed))) for seed in range(40)} == {length}


@pytest.mark.parametrize(
    ("pattern", "longest"), [(r"^\d{5}$", 4), ("(?!)", None), ("^a(?=b)c$", None), ("a^", None)]
)
def test_a_pattern_that_no_text_matches_is_an_error_while_compiling(
    pattern: str, longest: int | None
) -> None:
    with pytest.raises(ExpressionError):
        pattern_maker(pattern, longest=longest)


def test_alternatives_are_all_drawn() -> None:
    make = pattern_maker("^(one|two|three)$")
    assert {make(Random(seed)) for seed in range(60)} == {"one", "two", "three"}
