"""Texts that look like an example: what a contract documents, drawn anew without being copied.

Only the shape is taken: the digits of an identifier are drawn again, hexadecimal groups stay
hexadecimal, a date becomes another date. An example without digits, or a sentence, is given as it
is, since a changed one would mean nothing.
"""

import re
from random import Random
from typing import Final

from mockserver.sample import formats
from mockserver.sample.chance import HEX, UPPER_HEX, Maker, below, between, pick

DIGITS_MIN: Final = 4  # `RS256` and `PV_3M_PROMO` are names, `AW001200` is an identifier
RUN_MIN: Final = 3  # digits strewn over a text are part of a code, as in a token
HEX_GROUP_MIN: Final = 4

_GROUP: Final = re.compile(r"[0-9A-Za-z]+")
_SHAPE: Final = re.compile(r"[^\W\d_]+|\s+", re.UNICODE)


def lookalike(example: str) -> Maker:
    """A maker of texts that look like `example`, as long as it unless it has a known format."""
    form = formats.recognised(example)
    if form is not None and form != "uri":
        return formats.FORMATS[form][0]
    parts = _parts(example) if _is_identifier(example) else [example]
    drawn = [part for part in parts if callable(part)]
    if not drawn:
        return lambda _rng: example
    return lambda rng: "".join([part(rng) if callable(part) else part for part in parts])


def lookalikes(examples: list[str]) -> Maker:
    """A maker that takes after one of `examples`, of which there is at least one."""
    makers = [lookalike(example) for example in examples]
    return makers[0] if len(makers) == 1 else lambda rng: pick(rng, makers)(rng)


def similar(number: float) -> tuple[int, int]:
    """The whole numbers with as many digits before the point as `number`, and its sign."""
    size = len(str(abs(int(number))))
    low, high = 10 ** (size - 1), 10**size - 1
    if number == 0:
        return (0, high)
    return (low, high) if number > 0 else (-high, -low)


def shape(text: str) -> str:
    """The form of a text: each digit a 9, a run of letters an `a`, other signs as they are."""
    return re.sub("[0-9]", "9", _SHAPE.sub(lambda run: " " if run[0].isspace() else "a", text))


def _is_identifier(text: str) -> bool:
    if re.search(r"\s|://", text) or sum(c in "0123456789" for c in text) < DIGITS_MIN:
        return False
    in_a_row = max(len(run) for run in re.findall("[0-9]+", text))
    return in_a_row >= RUN_MIN or any(_hex_alphabet(group) for group in _GROUP.findall(text))


def _parts(example: str) -> list[str | Maker]:
    """`example` cut into what stays (text) and what is drawn again (makers)."""
    parts: list[str | Maker] = []
    at = 0
    for group in _GROUP.finditer(example):
        parts.append(example[at : group.start()])
        parts.extend(_group_parts(group[0]))
        at = group.end()
    parts.append(example[at:])
    return [part for part in parts if part != ""]


def _group_parts(group: str) -> list[str | Maker]:
    """One run of letters and digits: hexadecimal as a whole, else each number in it."""
    alphabet = _hex_alphabet(group)
    if alphabet:
        return [_hexadecimal(group, alphabet)]
    return [
        _number(part) if part.isdecimal() else part for part in re.findall("[0-9]+|[^0-9]+", group)
    ]


def _hex_alphabet(group: str) -> str:
    """The hexadecimal digits that `group` is written in, "" when it is no such number."""
    if group.isdecimal() or group.isalpha() or len(group) < HEX_GROUP_MIN:
        return ""
    fitting = (digits for digits in (HEX, UPPER_HEX) if all(c in digits for c in group))
    return next(fitting, "")


def _hexadecimal(group: str, alphabet: str) -> Maker:
    size = len(group)
    return lambda rng: "".join([pick(rng, alphabet) for _ in range(size)])


def _number(text: str) -> Maker:
    """As many digits; leading zeros stay, and the first digit after them is no zero."""
    zeros = len(text) - len(text.lstrip("0"))
    lead, size = text[:zeros], len(text) - zeros

    def draw(rng: Random) -> str:
        if size == 0:
            return lead[:-1] + str(below(rng, 10))
        return lead + str(between(rng, 10 ** (size - 1), 10**size - 1))

    return draw
