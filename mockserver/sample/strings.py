"""Texts for a schema: the most lifelike maker that fits, with one behind it that always does.

In this order: a known name, if what it gives fits the format and the pattern; the format; the
shape of an example, if it can vary and fits the pattern; the pattern; the example as it is; a name
that says a little; Spanish words. Whether a maker fits is found out once, by trying it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Final

from mockserver.errors import MockServerError
from mockserver.sample import formats, names, people
from mockserver.sample.chance import Maker, insisting
from mockserver.sample.expressions import checker
from mockserver.sample.facets import Flat
from mockserver.sample.lookalike import lookalike, lookalikes, shape
from mockserver.sample.patterns import pattern_maker

PROBES: Final = 16
PROBES_MIN: Final = 4  # a maker that fits once in four tries is found again quickly enough
TRIES: Final = 100
TRIES_FIRST: Final = 1000


class NoValueError(MockServerError):
    """No value with the wanted facets could be found; the text says which facets."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a text must be, ready for checking.

    Attributes:
        shortest, longest: Characters.
        wanted, unwanted: Expressions that must and must not be found.
        excluded: Texts that must not be.
        formed: What tells whether a text has the format; None when we cannot tell, or need not.
    """

    shortest: int
    longest: int | None
    wanted: tuple[re.Pattern[str], ...]
    unwanted: tuple[re.Pattern[str], ...]
    excluded: frozenset[str]
    formed: Callable[[str], bool] | None

    @property
    def none(self) -> bool:
        """Whether any text will do."""
        return not (self.shortest or self.wanted or self.unwanted or self.excluded) and (
            self.longest is None and self.formed is None
        )

    def admit(self, text: str) -> bool:
        """Whether `text` keeps within these limits."""
        if len(text) < self.shortest or (self.longest is not None and len(text) > self.longest):
            return False
        return (
            all(expression.search(text) for expression in self.wanted)
            and not any(expression.search(text) for expression in self.unwanted)
            and text not in self.excluded
            and (self.formed is None or self.formed(text))
        )


def limits_of(flat: Flat, formed: Callable[[str], bool] | None = None) -> Limits:
    """The limits of the texts of `flat`; raises `ExpressionError` for an unreadable pattern."""
    return Limits(
        shortest=flat.shortest,
        longest=flat.longest,
        wanted=tuple(checker(pattern) for pattern in flat.patterns),
        unwanted=tuple(checker(pattern) for pattern in flat.antipatterns),
        excluded=frozenset(value for value in flat.excluded if isinstance(value, str)),
        formed=formed,
    )


def text_maker(flat: Flat, name: str, parent: str) -> tuple[Maker, bool]:
    """A maker of texts with the facets of `flat` for the member `name` of `parent`.

    Returns:
        The maker, and whether its texts surely conform; False asks for a check of each.

    Raises:
        NoValueError, ExpressionError: There is no such text, or none was found.
    """
    plain = limits_of(flat)
    format_ = flat.format if flat.format in formats.FORMATS else None
    if format_ in formats.LOOSE or format_ is None:
        makers: Iterable[Maker] = _free_makers(flat, name, parent)
        return _first(makers, plain) or _last(flat, plain), True
    makers = formats.FORMATS[format_]
    formed = formats.checker(format_)
    if formed is not None:  # a name that gives this format is more telling than the format
        named = [make for make in _named(flat, name, parent) if make not in makers]
        found = _first(named, limits_of(flat, formed))
        if found is not None:
            return found, True
    found = _first(makers, plain) or _insisting(makers[0], plain)
    if found is not None:
        return found, True
    return _last(flat, limits_of(flat, formed)), formed is not None


def _free_makers(flat: Flat, name: str, parent: str) -> Iterable[Maker]:
    """Makers for a text without a format, the most telling first."""
    yield from _named(flat, name, parent)
    texts = [example for example in flat.examples if isinstance(example, str)]
    if flat.patterns:
        yield from (lookalikes([text]) for text in texts if _varies(lookalike(text)))
        return
    if texts:
        yield lookalikes(texts)
    if flat.format in formats.LOOSE:
        yield from formats.FORMATS[flat.format or ""]
    yield from names.hinted(name)


def _named(flat: Flat, name: str, parent: str) -> list[Maker]:
    """Makers for a known name; first the one that gives texts of the shape of an example."""
    makers = list(names.named(name, parent))
    shapes = [shape(example) for example in flat.examples if isinstance(example, str)]
    if len(makers) > 1 and shapes:
        makers.sort(key=lambda make: _distance(_probes(make), shapes))
    return makers


def _distance(texts: list[str], shapes: list[str]) -> int:
    """0 when a text has one of the shapes, 1 but for the number of digits, 2 when none has."""
    found = {shape(text) for text in texts}
    if not found.isdisjoint(shapes):
        return 0
    loose = {re.sub("9+", "9", form) for form in shapes}
    return 1 if any(re.sub("9+", "9", form) in loose for form in found) else 2


def _first(makers: Iterable[Maker], limits: Limits) -> Maker | None:
    if limits.none:
        return next(iter(makers), None)
    return next((found for found in (_fitted(m, limits) for m in makers) if found), None)


def _probes(make: Maker) -> list[str]:
    return [make(Random(seed)) for seed in range(PROBES)]  # noqa: S311 - not a secret


def _varies(make: Maker) -> bool:
    return len(set(_probes(make))) > 1


def _fitted(make: Maker, limits: Limits) -> Maker | None:
    """`make`, checked and repeated where its texts do not always fit; None when they seldom do."""
    if limits.none:
        return make
    fitting = [text for text in _probes(make) if limits.admit(text)]
    if len(fitting) < PROBES_MIN:
        return None
    return _insisting(make, limits)


def _last(flat: Flat, limits: Limits) -> Maker:
    """A maker that always fits: from the pattern, else Spanish words of the wanted length."""
    if flat.patterns:
        first = flat.patterns[0]
        make = pattern_maker(first, shortest=flat.shortest, longest=flat.longest)
        sure = len(flat.patterns) == 1 and not (limits.unwanted or limits.excluded or limits.formed)
    else:
        shortest, longest = flat.shortest, flat.longest

        def make(rng: Random) -> str:
            return people.text(rng, shortest, longest)

        sure = not (limits.unwanted or limits.excluded or limits.formed)
    if sure:
        if flat.longest is not None and flat.shortest > flat.longest:
            raise NoValueError(f"no text is both {flat.shortest} and {flat.longest} long")
        return make
    found = _insisting(make, limits)
    if found is None:
        raise NoValueError("no text was found that fits all of its patterns and exclusions")
    return found


def _insisting(make: Maker, limits: Limits) -> Maker | None:
    """`make`, repeated until its text fits; None when it never does while compiling."""
    return insisting(make, limits.admit, tries=TRIES, tries_first=TRIES_FIRST)
