"""Spans of time as people write them: `90s`, `2h`, `1d12h`."""

import re
from datetime import timedelta
from typing import Final

PART: Final = re.compile(r"([0-9]+)(ms|s|m|h|d)")
WHOLE: Final = re.compile(r"(?:[0-9]+(?:ms|s|m|h|d))+")
SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
RULE: Final = "a span such as 90s, 2h or 1d12h"
MOST: Final = timedelta(days=36_500)


def span_of(text: str) -> timedelta:
    """The span that `text` says; raises `ValueError` for another text, or more than 100 years."""
    if not WHOLE.fullmatch(text):
        raise ValueError(f"{text[:100]!r} is no span of time; allowed: {RULE}")
    days = (
        sum(
            int(number.lstrip("0")[:20] or 0) * SECONDS[unit] for number, unit in PART.findall(text)
        )
        / 86_400
    )
    if days > MOST.days:
        raise ValueError(f"{text[:100]!r} is more than {MOST.days} days")
    return timedelta(milliseconds=round(days * 86_400_000))


def written(span: timedelta) -> str:
    """A span as people write it: `1d12h`; `0s` for none."""
    left_ms = round(span / timedelta(milliseconds=1))
    said = ""
    for unit, size_ms in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        number, left_ms = divmod(left_ms, size_ms)
        said += f"{number}{unit}" if number else ""
    said += f"{left_ms}ms" if left_ms else ""
    return said or "0s"
