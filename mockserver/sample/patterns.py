r"""Texts that match a regular expression, from closures made once of its syntax tree.

The tree is that of the standard library's own parser (`re._parser`, Python 3.11 and later), which
is private: `tests/sample/test_patterns.py` would show a change. Nothing is interpreted per text.

Each part of an expression becomes a `Piece`: its shortest and longest width, and a draw that takes
how many characters beyond the shortest it shall fill, so that `minLength` and `maxLength` are met
by construction. Look-ahead is drawn apart and written over the text; whatever cannot be had by
construction (look-behind, `\b`, back-references of varying width) is drawn again until it matches.

rstr, the usual library for this, draws from the order of a set for `[^..]` (another body in each
process) and fails on look-ahead over a limited alphabet, so it is not used.
"""

import importlib
import string
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Any, Final

from mockserver.sample import alphabets
from mockserver.sample.chance import Maker, below, between, digits, either, insisting, pick
from mockserver.sample.expressions import ExpressionError, checker, translated

_parser: Final = importlib.import_module("re._parser")

ENDLESS: Final = 2**31  # a width without limit; `re` itself repeats at most 2**32 - 1 times
EXTRA: Final = 8  # more repetitions than asked for, where there is no limit
TRIES: Final = 200  # `^((25[0-5]|1?\d?\d)(\.(?!$)|$)){4}$` comes right once in 16
TRIES_FIRST: Final = 2000

Groups = dict[int, str]
# (rng, characters beyond the shortest or None for as many as it likes, texts of the groups so far)
Draw = Callable[[Random, int | None, Groups], str]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an expression: the widths it can have, and how a text for it is drawn."""

    low: int
    high: int
    draw: Draw


@dataclass(slots=True)
class _Notes:
    """What is learnt while an expression is read.

    Attributes:
        uncertain: The draw may miss, so each text is checked.
        ahead: Of each look-ahead: the piece that must be somewhere in the text.
        spans: Of each look-ahead that goes to the end: the piece that all of the text must be.
        low, high: Widths that look-aheads like `(?=.{8,}$)` ask for.
        widths: Piece of each group, for back-references.
    """

    uncertain: bool
    ahead: list[Piece]
    spans: list[Piece]
    low: int
    high: int
    widths: dict[int, Piece]


def pattern_maker(pattern: str, *, shortest: int = 0, longest: int | None = None) -> Maker:
    """A maker of texts that match `pattern` and have `shortest` to `longest` characters.

    Args:
        pattern: A regular expression of JSON Schema; it is searched for, not anchored.
        shortest: `minLength`.
        longest: `maxLength`, None for no limit.

    Raises:
        ExpressionError: The pattern cannot be read, or no text of these lengths was found.
    """
    matches = checker(pattern).search
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "possible nested set": translated() has escaped them
        tree = list(_parser.parse(translated(pattern), _parser.SRE_FLAG_ASCII))
    notes = _Notes(uncertain=False, ahead=[], spans=[], low=0, high=ENDLESS, widths={})
    begun = bool(tree) and str(tree[0][1]) == "AT_BEGINNING"
    ended = bool(tree) and str(tree[-1][1]).startswith("AT_END")
    whole = _sequence(tree[begun : len(tree) - ended], notes)
    if not (begun and ended):
        whole = _padded(whole, front=ended)
    low = max(whole.low, shortest, notes.low)
    high = min(whole.high, ENDLESS if longest is None else longest, notes.high)
    limited = low > whole.low or high < whole.high
    make = _maker(whole, low, high, limited=limited)
    if notes.ahead:
        make = _overwriting(make, notes.ahead)
    makers = [make, *(_maker(span, low, high, limited=True) for span in notes.spans)]
    if low <= high and not notes.uncertain and not limited:
        return make

    def fits(text: str) -> bool:
        roomy = longest is None or len(text) <= longest
        return roomy and len(text) >= shortest and matches(text) is not None

    found = insisting(either(*makers), fits, tries=TRIES, tries_first=TRIES_FIRST)
    if found is None:
        raise ExpressionError(f"no text of the wanted length was found for {pattern!r}")
    return found


def _maker(whole: Piece, low: int, high: int, *, limited: bool) -> Maker:
    draw = whole.draw
    if not limited:
        return lambda rng: draw(rng, None, {})
    room = max(min(high, low + EXTRA) - low, 0)
    start = max(low, whole.low) - whole.low
    return lambda rng: draw(rng, start + below(rng, room + 1), {})


def _padded(core: Piece, *, front: bool) -> Piece:
    """An expression open at one end: letters fill up the length that it cannot reach itself."""

    def draw(rng: Random, slack: int | None, groups: Groups) -> str:
        text = core.draw(rng, None if slack is None else min(slack, core.high - core.low), groups)
        missing = 0 if slack is None else core.low + slack - len(text)
        letters = "".join([pick(rng, string.ascii_lowercase) for _ in range(missing)])
        return letters + text if front else text + letters

    return Piece(core.low, ENDLESS, draw)


# --- the syntax tree ---------------------------------------------------------------------------


def _sequence(nodes: Iterable[Any], notes: _Notes) -> Piece:
    """Parts one after the other; the characters to fill are shared among those that can grow."""
    pieces = _joined([_piece(str(op), value, notes) for op, value in nodes])
    if len(pieces) == 1:
        return pieces[0]
    draws = tuple(piece.draw for piece in pieces)
    rooms = tuple(piece.high - piece.low for piece in pieces)
    high = min(sum(piece.high for piece in pieces), ENDLESS)

    def draw(rng: Random, slack: int | None, groups: Groups) -> str:
        if slack is None:
            return "".join([part(rng, None, groups) for part in draws])
        shares = _shares(rng, slack, rooms)
        parts = zip(draws, shares, strict=True)
        return "".join([part(rng, share, groups) for part, share in parts])

    return Piece(sum(piece.low for piece in pieces), high, draw)


def _shares(rng: Random, slack: int, rooms: tuple[int, ...]) -> list[int]:
    """`slack` characters divided by chance among parts that have `rooms` for them."""
    shares = [0] * len(rooms)
    growing = [index for index, room in enumerate(rooms) if room]
    for position, index in enumerate(growing):
        later = sum(rooms[other] for other in growing[position + 1 :])
        least, most = max(slack - later, 0), min(slack, rooms[index])
        shares[index] = between(rng, least, most) if least < most else most
        slack -= shares[index]
    return shares


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbouring constants made one, and those without a width left out."""
    out: list[Piece] = []
    for piece in pieces:
        text = _constant_of(piece)
        before = _constant_of(out[-1]) if out else None
        if text == "":
            continue
        if text is not None and before is not None:
            out[-1] = _constant(before + text)
        else:
            out.append(piece)
    return out or [_constant("")]


@dataclass(frozen=True, slots=True)
class _Text:
    """The draw of a constant; a class, so that neighbours can be joined."""

    text: str

    def __call__(self, _rng: Random, _slack: int | None, _groups: Groups) -> str:
        return self.text


def _constant(text: str) -> Piece:
    return Piece(len(text), len(text), _Text(text))


def _constant_of(piece: Piece) -> str | None:
    return piece.draw.text if isinstance(piece.draw, _Text) else None


def _piece(op: str, value: Any, notes: _Notes) -> Piece:  # noqa: C901, PLR0912 - one per kind
    match op:
        case "LITERAL":
            return _constant(chr(value))
        case "NOT_LITERAL":
            return _one_of(alphabets.without(chr(value)))
        case "ANY":
            return _one_of(alphabets.ALNUM)
        case "IN":
            return _one_of(alphabets.of_class(value))
        case "AT":
            notes.uncertain = True
            return _constant("")
        case "BRANCH":
            return _branch([_sequence(nodes, notes) for nodes in value[1]])
        case "SUBPATTERN":
            return _group(value[0], _sequence(value[-1], notes), notes)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _repeat(value, notes)
        case "ATOMIC_GROUP":
            return _sequence(value, notes)
        case "GROUPREF":
            return _back_reference(value, notes)
        case "ASSERT":
            return _look(value, notes)
        case "ASSERT_NOT" | "FAILURE":
            notes.uncertain = True
            return _constant("")
        case _:
            raise ExpressionError(f"{op.lower()} is not supported in a regular expression")


def _one_of(alphabet: str) -> Piece:
    if not alphabet:
        raise ExpressionError("a class of characters is empty")
    if len(alphabet) == 1:
        return _constant(alphabet)
    size = len(alphabet)
    return Piece(1, 1, lambda rng, _slack, _groups: alphabet[int(rng.random() * size)])


def _branch(options: list[Piece]) -> Piece:
    low, high = min(o.low for o in options), max(o.high for o in options)

    def draw(rng: Random, slack: int | None, groups: Groups) -> str:
        if slack is None:
            return pick(rng, options).draw(rng, None, groups)
        width = low + slack
        fitting = [o for o in options if o.low <= width <= o.high]
        option = pick(rng, fitting or options)
        return option.draw(rng, min(max(width, option.low), option.high) - option.low, groups)

    return Piece(low, high, draw)


def _group(number: int | None, inner: Piece, notes: _Notes) -> Piece:
    if number is None or _constant_of(inner) is not None:
        if number is not None:
            notes.widths[number] = inner
        return inner

    def draw(rng: Random, slack: int | None, groups: Groups) -> str:
        text = groups[number] = inner.draw(rng, slack, groups)
        return text

    piece = notes.widths[number] = Piece(inner.low, inner.high, draw)
    return piece


def _back_reference(number: int, notes: _Notes) -> Piece:
    notes.uncertain = True  # the group may not have taken part, or be wider than was planned
    group = notes.widths[number]
    if _constant_of(group) is not None:
        return group
    return Piece(group.low, group.high, lambda _rng, _slack, groups: groups.get(number, ""))


def _repeat(value: tuple[int, int, Any], notes: _Notes) -> Piece:
    least, most = value[0], min(int(value[1]), ENDLESS)
    unit = _sequence(value[2], notes)
    if unit.high == 0 or most == 0:
        return _constant("")
    if least == most and _constant_of(unit) is not None:
        return _constant((_constant_of(unit) or "") * least)
    if least == most and _is_digit(value[2]):
        return Piece(least, least, lambda rng, _slack, _groups: digits(rng, least))
    usual = min(most, least + EXTRA)
    one = unit.draw

    def draw(rng: Random, slack: int | None, groups: Groups) -> str:
        if slack is None:
            count = least if least == usual else between(rng, least, usual)
            return "".join([one(rng, None, groups) for _ in range(count)])
        count, rest = _times(rng, slack, least, most, unit)
        shares = _shares(rng, rest, (unit.high - unit.low,) * count)
        return "".join([one(rng, share, groups) for share in shares])

    return Piece(least * unit.low, min(most * unit.high, ENDLESS), draw)


def _times(rng: Random, slack: int, least: int, most: int, unit: Piece) -> tuple[int, int]:
    """How often `unit` is repeated to fill `slack` characters, and what is left for its growth."""
    width = least * unit.low + slack
    fewest = max(least, -(-width // unit.high))
    largest = min(most, width // unit.low if unit.low else max(width, least))
    count = between(rng, fewest, largest) if fewest < largest else min(fewest, most)
    return count, max(width - count * unit.low, 0)


def _is_digit(nodes: Any) -> bool:
    found = [alphabets.of_class(value) for op, value in nodes if str(op) == "IN"]
    return len(nodes) == 1 and found == [string.digits]


# --- look-ahead --------------------------------------------------------------------------------


def _look(value: tuple[int, Any], notes: _Notes) -> Piece:
    """A look-ahead: a width, or something that must be in the text; look-behind is only checked."""
    direction, nodes = value
    notes.uncertain = True
    core = [node for node in nodes if str(node[0]) != "AT"]
    ended = len(core) < len(list(nodes))
    if direction < 0:
        return _constant("")
    if len(core) == 1 and _is_repeated_any(core[0]):
        least, most, _unit = core[0][1]
        notes.low = max(notes.low, least)
        notes.high = min(notes.high, int(most)) if ended else notes.high
        return _constant("")
    if ended:
        notes.spans.append(_sequence(core, notes))
    while core and _is_filler(core[0]):
        core.pop(0)
    while core and _is_filler(core[-1]):
        core.pop()
    piece = _sequence(core, notes)
    if piece.low:
        notes.ahead.append(piece)
    return _constant("")


def _is_repeat(node: Any) -> bool:
    return str(node[0]) in ("MAX_REPEAT", "MIN_REPEAT")


def _is_repeated_any(node: Any) -> bool:
    return _is_repeat(node) and [str(op) for op, _ in node[1][2]] == ["ANY"]


def _is_filler(node: Any) -> bool:
    """`.*` or `[^x]*`: anything may stand there."""
    return _is_repeat(node) and node[1][0] == 0 and int(node[1][1]) > EXTRA


def _overwriting(make: Maker, ahead: list[Piece]) -> Maker:
    """`make`, with a text for each look-ahead written over some place of it, none over another."""

    def draw(rng: Random) -> str:
        text = make(rng)
        parts = [piece.draw(rng, 0, {}) for piece in ahead]
        room = len(text) - sum(map(len, parts))
        if room < 0:
            return text
        cuts = sorted(below(rng, room + 1) for _ in parts)
        order = sorted(range(len(parts)), key=lambda _index: rng.random())
        out, at = [], 0
        for step, index in zip((b - a for a, b in pairwise([0, *cuts])), order, strict=True):
            out.append(text[at : at + step])
            out.append(parts[index])
            at += step + len(parts[index])
        return "".join(out) + text[at:]

    return draw
