"""Regular expressions of JSON Schema in Python's words."""

import pytest

from mockserver.sample.expressions import ExpressionError, checker, translated


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a$", "a\n", False),
        (r"^\d$", "٣", False),
        (r"^\w+$", "ñ", False),
        (r"^\p{L}+$", "ñandú", True),
        (r"^\p{Lu}$", "a", False),
        (r"^[\p{L}\d]+$", "ñ1", True),
        (r"^\P{L}+$", "12", True),
        (r"^(?<year>\d{4})-\k<year>$", "2026-2026", True),
        (r"^(?<year>\d{4})-\k<year>$", "2026-2027", False),
        (r"^\u{e1}$", "á", True),
        (r"^\u00e1$", "á", True),
        (r"^\cI$", "\t", True),
        ("^[[]$", "[", True),
        ("^[a&&b]$", "&", True),
        ("^[$]$", "$", True),
        (r"^\$$", "$", True),
        ("^[^]$", "\n", True),
        ("[]", "anything", False),
        ("^a{,2}$", "a{,2}", True),
        (r"^\/v\d$", "/v1", True),
        ("(?<=a)b", "ab", True),
    ],
)
def test_a_pattern_means_what_ecma_says(pattern: str, text: str, *, found: bool) -> None:
    assert (checker(pattern).search(text) is not None) is found


@pytest.mark.parametrize("pattern", ["(", "[a", r"\p{Klingon}", r"[\P{L}]", "a**", "(?<=a*)b"])
def test_what_cannot_be_read_is_an_error(pattern: str) -> None:
    with pytest.raises(ExpressionError):
        checker(pattern)


def test_the_plain_parts_of_a_pattern_stay_as_they_are() -> None:
    assert translated(r"^[A-Z]{2}\d+(a|b)?") == r"^[A-Z]{2}\d+(a|b)?"
