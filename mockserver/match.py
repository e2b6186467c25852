"""Conditions on a request, as data: when they hold, and why they do not.

To match and to explain is one function: both run the same compiled checks; who only wants to know
stops at the first that fails.

    path:    {service_id: ACC_404}                     a value
    query:   {phoneNumber: {regex: "9[0-9]{8}"}}       the whole value matches
    headers: {Accept-Language: {one_of: [es, ca]}}     one of several
    body:    {/price: {min: 1, max: 10}, /imei: {absent: true}}

All tests of a condition have to hold. In bodies values are compared as JSON: `true` is not 1, 1 is
1.0, a pattern asks for text and a range for a number. Everywhere else they are compared as text,
and a number also with other ways to write it: 5 with "5.0", not with "05". A parameter that is
given several times holds when one of its values does; `equals` with a list asks for all of them,
in order. Places in the body are JSON pointers (RFC 6901).

A pattern is one of JSON Schema (ECMA 262), read by the engine that reads those of the contracts; it
has to match the whole text. Its steps are bounded, so that no pattern can hold up the server, and
it is never tried on more than `TEXT_MAX` characters, which do not match.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from mockserver.contract.parameters import Malformed, percent_decoded, query_pairs
from mockserver.message import ABSENT, NOTHING, Json, Request, text_of
from mockserver.pattern import full_match
from mockserver.pointer import steps_of, value_at
from mockserver.secrecy import REDACTED, is_secret, redacted

LOCATIONS: Final = ("path", "query", "headers", "body")
TEXT_MAX: Final = 10_000  # characters that a pattern is tried on
SHOWN_MAX: Final = 200  # characters of a value in an explanation
DIGITS_MAX: Final = 4_000  # characters of a number; Python reads 4,300

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)

Find = Callable[[Request], Json]
Holds = Callable[[Json], bool]
Test = Callable[[Json, Sequence[str]], bool]  # of one value, beside all that were given


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of one place of a request.

    Attributes:
        location: One of `LOCATIONS`.
        name: Parameter or header name, or JSON pointer into the body.
        tests: `equals`, `one_of`, `regex`, `absent`, `min`, `max` with their arguments, all of
            which have to hold.
    """

    location: str
    name: str
    tests: Mapping[str, Json]

    @property
    def place(self) -> str:
        """Where it looks: `header Accept-Language`, `body /price`, `body`."""
        return f"{self.location.removesuffix('s')} {self.name}".rstrip()

    @property
    def wanted(self) -> str:
        """What it asks for: `between 1 and 10`, `'es' or 'ca'`; no secrets."""
        if self.secret:
            hidden = [_HIDDEN.get(name) or _WORDS[name](test) for name, test in self.tests.items()]
            return " and ".join(hidden)
        tests = dict(self.tests)
        words = []
        if tests.keys() >= {"min", "max"}:
            words = [f"between {tests.pop('min')} and {tests.pop('max')}"]
        return " and ".join(words + [_WORDS[name](value) for name, value in tests.items()])

    @property
    def secret(self) -> bool:
        """Whether neither what it wants nor what it finds may be shown."""
        names = steps_of(self.name) if self.location == "body" else [self.name]
        return any(map(is_secret, names))

    def __str__(self) -> str:
        """The place and what is asked of it."""
        return f"{self.place}: {self.wanted}"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why one condition does not hold; `found` is `ABSENT` where there is nothing."""

    condition: Condition
    found: Json

    def __str__(self) -> str:
        """The place, what was wanted and what was found; no secrets, and not all of a long text."""
        if self.found is ABSENT:
            found = "nothing"
        elif self.condition.secret:
            found = REDACTED
        else:
            found = _shown(self.found)
        return f"{self.condition.place}: wanted {self.condition.wanted}, found {found}"


@dataclass(frozen=True, slots=True)
class When:
    """All conditions of a rule, compiled; it always holds when there are none.

    Attributes:
        conditions: As written.
        checks: For each condition, where its value is found and whether that will do.
    """

    conditions: tuple[Condition, ...]
    checks: tuple[tuple[Condition, Find, Holds], ...] = field(compare=False, repr=False)

    def mismatches(self, request: Request) -> Iterator[Mismatch]:
        """Every condition that does not hold, in their order."""
        for condition, find, holds in self.checks:
            found = find(request)
            if not holds(found):
                yield Mismatch(condition, found)

    def matches(self, request: Request) -> bool:
        """Whether every condition holds."""
        for _, find, holds in self.checks:  # noqa: SIM110 - a generator would cost more than it runs
            if not holds(find(request)):
                return False
        return True


def when_of(node: Mapping[str, Mapping[str, Json]]) -> When:
    """Compile a `when` block, whose shape was checked; raises `PatternError`."""
    conditions = tuple(
        Condition(location, name, test if isinstance(test, dict) else {"equals": test})
        for location in LOCATIONS
        for name, test in node.get(location, {}).items()
    )
    checks = tuple((each, finder(each.location, each.name), _holds(each)) for each in conditions)
    return When(conditions, checks)


def finder(location: str, name: str) -> Find:
    """How a value is found in a request: a function that returns it, or `ABSENT` for nothing.

    Values of a path are typed, as the check left them; those of a query and of headers are text,
    and a list of text where a query has the parameter more than once. Values of a body are JSON.

    Args:
        location: One of `LOCATIONS`.
        name: Parameter name, header name in any case, or JSON pointer into the body.
    """
    if location == "path":
        return lambda request: request.path.get(name, ABSENT)
    if location == "query":
        return lambda request: _query(request.raw_query).get(name, ABSENT)
    if location == "headers":
        return _header_finder(name.lower().encode())
    steps = steps_of(name)
    return lambda request: value_at(request.content, steps)


def written(value: Json) -> str:
    """A value as it is written in a URL or header (OpenAPI 3.0.3, 4.7.12.2, style `simple`)."""
    text = text_of(value)
    if text is not None:
        return text
    if isinstance(value, list):
        return ",".join(map(written, value))
    if isinstance(value, dict):
        return ",".join(f"{name},{written(member)}" for name, member in value.items())
    return ""


# where values are


@lru_cache(maxsize=16)  # the conditions of all rules ask about the same few requests
def _query(raw: bytes) -> Mapping[str, Json]:
    """Values of a query by name, lists where repeated; nothing when it cannot be read at all."""
    if not raw:
        return NOTHING
    try:
        pairs = query_pairs(raw)
    except Malformed:
        return NOTHING
    values: dict[str, list[str]] = {}
    for name, text in pairs:
        values.setdefault(name, []).append(_decoded(text))
    return {name: each if len(each) > 1 else each[0] for name, each in values.items()}


def _decoded(text: str) -> str:
    """A value of a query; as it was sent where it cannot be decoded, for it is there."""
    try:
        return percent_decoded(text, plus=True)
    except Malformed:
        return text


def _header_finder(name: bytes) -> Find:
    def find(request: Request) -> Json:
        raw = request.headers.get(name)
        if raw is None:
            return ABSENT
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("latin-1")

    return find


# whether they will do


def _holds(condition: Condition) -> Holds:
    """The tests of a condition as one function of the value that was found."""
    tests = dict(condition.tests)
    in_body = condition.location == "body"
    if tests.pop("absent", False):
        return lambda found: found is ABSENT and not tests
    compiled = [test_of(name, value, in_body=in_body) for name, value in tests.items()]
    general = _json_holds(compiled) if in_body else _text_holds(compiled)
    wanted = tests.get("equals")
    if len(tests) == 1 and isinstance(wanted, str):  # nearly all conditions are of this kind
        return lambda found: found == wanted if type(found) is str else general(found)
    return general


def _json_holds(tests: Sequence[Test]) -> Holds:
    return lambda found: found is not ABSENT and _passes_all(tests, found, ())


def _text_holds(tests: Sequence[Test]) -> Holds:
    """One of the values that were given has to pass all tests."""

    def holds(found: Json) -> bool:
        if found is ABSENT:
            return False
        if isinstance(found, list) and found:
            texts = [written(each) for each in found]
            return any(_passes_all(tests, text, texts) for text in texts)
        text = written(found)
        return _passes_all(tests, text, (text,))

    return holds


def _passes_all(tests: Sequence[Test], value: Json, given: Sequence[str]) -> bool:
    for test in tests:  # noqa: SIM110 - on the way of every request: a generator costs more
        if not test(value, given):
            return False
    return True


def test_of(name: str, argument: Json, *, in_body: bool) -> Test:
    """A test of one value, beside all that were given; `in_body` as JSON, else of its text.

    Args:
        name: `equals`, `one_of`, `regex`, `min`, `max`.
        argument: What the test is given in a `when` block.
        in_body: Whether the value is JSON of a body.

    Raises:
        PatternError: The pattern is bad.
    """
    if name == "equals":
        return _equals(argument, in_body=in_body)
    if name == "one_of" and all(isinstance(each, str) for each in argument):
        texts = frozenset(argument)
        return lambda value, _: isinstance(value, str) and value in texts
    if name == "one_of":
        tests = [_equals(each, in_body=in_body) for each in argument]
        return lambda value, given: any(test(value, given) for test in tests)
    if name == "regex":
        matches = full_match(argument)
        return lambda value, _: isinstance(value, str) and len(value) <= TEXT_MAX and matches(value)
    number = json_number if in_body else _number
    if name == "min":
        return lambda value, _: (found := number(value)) is not None and found >= argument
    return lambda value, _: (found := number(value)) is not None and found <= argument


def _equals(wanted: Json, *, in_body: bool) -> Test:
    if in_body:
        return lambda value, _: same(value, wanted)
    if isinstance(wanted, list):
        tests = [reads_as(each) for each in wanted]
        return lambda _, given: (
            len(given) == len(tests)
            and all(test(text) for test, text in zip(tests, given, strict=True))
        )
    reads = reads_as(wanted)
    return lambda text, _: reads(text)


def same(one: Json, other: Json) -> bool:
    """Equality of JSON, where true is not 1 at any depth."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def reads_as(wanted: Json) -> Callable[[str], bool]:
    """Whether a text is a way to write a value."""
    expected = written(wanted)
    if json_number(wanted) is None:
        return lambda text: text == expected
    return lambda text: text == expected or _number(text) == wanted


def _number(text: str) -> float | None:
    """The number that a text writes as JSON does, None where it is none."""
    form = _NUMBER.fullmatch(text) if len(text) <= DIGITS_MAX else None
    if form is None:
        return None
    if form.lastindex is None:
        return int(text)
    number = float(text)
    return number if math.isfinite(number) else None


def json_number(value: Json) -> float | None:
    """The value where it is a number in JSON, where true is none; else None."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


# what people read


def _shown(value: Json) -> str:
    shown = redacted(value)
    return _cut(repr(shown) if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


def _alternatives(values: Sequence[Json]) -> str:
    *others, last = map(_shown, values)
    return f"{_cut(', '.join(others))} or {last}" if others else last


_WORDS: Mapping[str, Callable[[Json], str]] = {
    "equals": _shown,
    "one_of": _alternatives,
    "regex": lambda pattern: f"text like {redacted(pattern)}",
    "absent": lambda absent: "nothing" if absent else "something",
    "min": lambda least: f"at least {least}",
    "max": lambda most: f"at most {most}",
}
_HIDDEN: Mapping[str, str] = {
    "equals": REDACTED,
    "one_of": f"one of several {REDACTED}",
    "regex": f"text like {REDACTED}",
    "min": f"at least {REDACTED}",
    "max": f"at most {REDACTED}",
}
