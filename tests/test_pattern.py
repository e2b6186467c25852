"""Regular expressions of authors: what they match, what is none, how long they may take."""

import pytest

from mockserver.pattern import PatternError, full_match


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("9[0-9]{2}", "912", True),
        ("9[0-9]{2}", "9123", False),
        ("9[0-9]{2}", "912\n", False),
        ("a|ab", "ab", True),
        ("(?i)abc", "ABC", True),
        ("[^/]+", "calle/2", False),
        ("(?=.*1)[0-9]+", "213", True),
        ("(.)\\1", "aa", True),
        ("", "", True),
    ],
)
def test_a_pattern_matches_the_whole_text(pattern: str, text: str, *, expected: bool) -> None:
    assert full_match(pattern)(text) is expected


@pytest.mark.parametrize("pattern", ["(", "a{9999999999}", "(" * 500 + ")" * 500, "[b-a]", "*"])
def test_what_is_no_pattern_is_told(pattern: str) -> None:
    with pytest.raises(PatternError, match="is no regular expression"):
        full_match(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*b", "(?=a)(a+)+$", "(.*)*x", "(a*)*\\1b"])
def test_a_pattern_that_would_try_for_ever_gives_up(pattern: str) -> None:
    assert not full_match(pattern)("a" * 200 + "!")


def test_a_wrong_pattern_is_told_with_what_is_wrong_and_not_whole() -> None:
    with pytest.raises(PatternError, match="missing \\)"):
        full_match("(")
    with pytest.raises(PatternError) as raised:
        full_match("(" * 10_000)
    assert len(str(raised.value)) < 400
