"""Spans of time as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.span import MOST, span_of, written


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0s", timedelta(0)),
        ("1ms", timedelta(milliseconds=1)),
        ("90s", timedelta(seconds=90)),
        ("2h", timedelta(hours=2)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("12h1d", timedelta(days=1, hours=12)),
        ("1m1m", timedelta(minutes=2)),
        ("36500d", MOST),
        ("3153600000000ms", MOST),
        ("0" * 30 + "5s", timedelta(seconds=5)),
    ],
)
def test_a_span_is_read_part_by_part(text: str, span: timedelta) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize(
    "text", ["", "1", "s", "1 h", "-1h", "1.5h", "1H", "1w", "1h ", "1h\n", "\u0661h", "PT1H"]
)
def test_a_text_that_is_no_span_is_told_with_what_is(text: str) -> None:
    with pytest.raises(ValueError, match="is no span of time; allowed: a span such as 90s"):
        span_of(text)


@pytest.mark.parametrize("text", ["36501d", "9" * 5_000 + "d", "36500d" * 3, "36500d1ms"])
def test_more_than_a_hundred_years_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is more than 36500 days"):
        span_of(text)


@given(st.integers(0, MOST // timedelta(milliseconds=1)))
def test_a_span_that_is_written_is_read_again(milliseconds: int) -> None:
    span = timedelta(milliseconds=milliseconds)

    assert span_of(written(span)) == span


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "0s"),
        (timedelta(days=1, hours=12), "1d12h"),
        (timedelta(minutes=90), "1h30m"),
        (timedelta(seconds=1, milliseconds=5), "1s5ms"),
    ],
)
def test_a_span_is_written_in_its_largest_units(span: timedelta, text: str) -> None:
    assert written(span) == text
