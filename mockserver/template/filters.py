"""The filters of templates: those taken from Jinja2 by name, and our own."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from mockserver.message import Json
from mockserver.template.budget import fitting
from mockserver.template.values import instant, iso, json_of, text_of
from mockserver.template.words import Forbidden, words

RANGE_MAX: Final = 1_000  # numbers of a range
FORMAT_MAX: Final = 100  # characters of a date format
DIGITS_MAX: Final = 15  # that a float can be rounded to
# Filters that only `syntax` puts into a template, which has no such names.
EACH, SPENT, CHECKED, SLICE = "%each", "%spent", "%checked", "%slice"
TIME_FORMAT: Final = re.compile(r"(?:[^%\0]|%[YmdHMSfjyzp%])*")
FROM_JINJA: Final = words(
    "abs capitalize d default dictsort first float int items last length list lower map max min"
    " reject rejectattr reverse select selectattr sort sum title trim truncate unique upper"
    " urlencode wordcount"
)


def _date(value: Json, form: str = "%Y-%m-%d") -> str:
    if len(form) > FORMAT_MAX or not TIME_FORMAT.fullmatch(form):
        raise Forbidden("The format of a date has only %Y %m %d %H %M %S %f %j %y %z %p %%")
    return instant(value).strftime(form)


def _join(values: Iterable[Json], separator: str = "") -> str:
    parts = [text_of(value) for value in values]
    fitting(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


def _replace(value: Json, old: str, new: str) -> str:
    text = text_of(value)
    fitting(len(text) + text.count(old) * (len(new) - len(old)))
    return text.replace(old, new)


def _round(value: float, digits: int = 0) -> float:
    if abs(digits) > DIGITS_MAX:
        raise Forbidden(f"A number is not rounded to more than {DIGITS_MAX} digits")
    return round(value, digits)


def range_of(*ends: int) -> list[int]:
    """The numbers of a range; raises `Forbidden` where there are more than `RANGE_MAX`."""
    numbers = range(*ends)
    if len(numbers) > RANGE_MAX:
        raise Forbidden(f"A range has at most {RANGE_MAX:,} numbers")
    return list(numbers)


OWN: Final[dict[str, Callable[..., Json]]] = {
    "date": _date,
    "epoch": lambda value: int(instant(value).timestamp()),
    "iso": iso,
    "join": _join,
    "plus": lambda value, **span: instant(value) + timedelta(**span),
    "replace": _replace,
    "round": _round,
    "string": text_of,
    "tojson": json_of,
    SLICE: lambda value, start, stop, step: value[start:stop:step],
}
