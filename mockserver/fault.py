"""Deliberate wrongs on the way to the caller, as data: what authors can ask for.

    fault: {delay: {ms: 300}}                         a fixed delay
    fault: {delay: {min_ms: 100, max_ms: 900}}        uniform
    fault: {delay: {median_ms: 200, sigma: 0.6}}      lognormal
    fault: {break: reset}                             the connection is reset (RST)
    fault: {break: empty}                             it is closed without a byte
    fault: {break: truncate, after_bytes: 10}         the body ends early
    fault: {break: garbage}                           bytes that are no HTTP
    fault: {break: chunk}                             the second chunk of the body is none
    fault: {break: dribble, over_ms: 5000}            the body comes in small pieces
    fault: {break: hang, before: deed}                the request is lost and nobody answers

`before: deed` means that the request was lost: nothing is decided or remembered; with a delay alone
it is late, not lost. `before: delivery`, the default, means that the deed is done and only the
answer suffers. `server.breakage` carries faults out; nothing here sleeps or knows a socket.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Final, Literal

from mockserver.message import Json

DELAY_MS_MAX: Final = 120_000.0
DRIBBLE_MS: Final = 1_000.0
SIGMA: Final = 0.5

Kind = Literal["fixed", "uniform", "lognormal"]


class Break(StrEnum):
    """How a connection or a body is broken."""

    RESET = "reset"
    EMPTY = "empty"
    TRUNCATE = "truncate"
    GARBAGE = "garbage"
    CHUNK = "chunk"
    DRIBBLE = "dribble"
    HANG = "hang"


OF_AN_ANSWER: Final = frozenset({Break.TRUNCATE, Break.CHUNK, Break.DRIBBLE})
MEANS: Final = {
    Break.RESET: "the connection is reset",
    Break.EMPTY: "the connection is closed without an answer",
    Break.GARBAGE: "the answer is not HTTP",
    Break.CHUNK: "a chunk of the body is broken",
    Break.HANG: "nobody answers",
}
# The fields of a delay by the one that names its kind; the schema lets one be a mixture.
FIELDS: Final = {
    "ms": {"ms"},
    "min_ms": {"min_ms", "max_ms"},
    "median_ms": {"median_ms", "sigma"},
}


@dataclass(frozen=True, slots=True)
class Delay:
    """How long to wait, on the wall clock; at most `DELAY_MS_MAX`.

    Attributes:
        kind: How it is distributed.
        low_ms: The fixed delay, the least one, or the median.
        high: The greatest delay in ms for uniform, sigma for lognormal.
    """

    kind: Kind
    low_ms: float
    high: float = 0.0

    def draw_ms(self, rng: Random) -> float:
        """One delay in ms, from 0 to `DELAY_MS_MAX`; a fixed one leaves `rng` as it is."""
        if self.kind == "uniform":
            drawn = rng.uniform(self.low_ms, self.high)
        elif self.kind == "lognormal":
            drawn = self.low_ms * rng.lognormvariate(0, self.high)
        else:
            drawn = self.low_ms
        return min(max(drawn, 0.0), DELAY_MS_MAX)

    def __str__(self) -> str:
        """For explanations."""
        if self.kind == "uniform":
            return f"a delay of {_number(self.low_ms)} to {_number(self.high)} ms"
        if self.kind == "lognormal":
            median, sigma = _number(self.low_ms), _number(self.high)
            return f"a delay of about {median} ms (lognormal, sigma {sigma})"
        return f"a delay of {_number(self.low_ms)} ms"


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong on the way.

    Attributes:
        delay: Before anything else, None for none.
        broken: How the answer is broken, None for not at all.
        after_bytes: Of the body, for `truncate`.
        over_ms: How long the body takes, for `dribble`.
        before_deed: Nothing is decided before the delay, and nothing at all where `broken` is set.
    """

    delay: Delay | None = None
    broken: Break | None = None
    after_bytes: int = 0
    over_ms: float = DRIBBLE_MS
    before_deed: bool = False

    def __str__(self) -> str:
        """For explanations: a sentence without a full stop, in lower case."""
        parts = [str(self.delay)] if self.delay else []
        if not self.broken:
            return "".join(parts) + (" before the deed" if self.before_deed else "")
        if self.before_deed:
            return "the request is lost before the deed: " + ", then ".join([*parts, self.broken])
        return ", then ".join([*parts, self._breakage()])

    def _breakage(self) -> str:
        if self.broken is Break.TRUNCATE:
            return f"the body ends after {self.after_bytes} bytes"
        if self.broken is Break.DRIBBLE:
            return f"the body dribbles over {_number(self.over_ms)} ms"
        return MEANS[self.broken] if self.broken else ""


def merged(first: Fault | None, second: Fault | None) -> Fault | None:
    """Both faults as one: the delay of the first that has one, the break of the first that has one.

    Whether it is before the deed is said by the one that breaks, else by the one that delays.
    """
    if first is None or second is None:
        return first or second
    breaking = first if first.broken else second
    return replace(breaking if breaking.broken else first, delay=first.delay or second.delay)


def fault_of(node: Json) -> Fault:
    """A fault from a node of the schema's shape (`#/$defs/fault`) that has no problems."""
    broken = node.get("break")
    return Fault(
        delay=_delay_of(node["delay"]) if "delay" in node else None,
        broken=Break(broken) if broken else None,
        after_bytes=node.get("after_bytes", 0),
        over_ms=node.get("over_ms", DRIBBLE_MS),
        before_deed=node.get("before") == "deed",
    )


def problems_of(node: Json) -> list[str]:
    """What makes no sense in a fault of the schema's shape; empty for nothing.

    Returns:
        Sentences without a full stop, for the place of the fault.
    """
    broken = node.get("break")
    problems = _problems_of_delay(node.get("delay", {}))
    if broken is None and "delay" not in node:
        problems.append("A fault has a `delay` or a `break`; this one does nothing")
    if "after_bytes" in node and broken != Break.TRUNCATE:
        problems.append("`after_bytes` belongs to `break: truncate`")
    if "over_ms" in node and broken != Break.DRIBBLE:
        problems.append("`over_ms` belongs to `break: dribble`")
    if node.get("before") == "deed" and broken in OF_AN_ANSWER:
        problems.append(
            f"`break: {broken}` breaks an answer, and `before: deed` leaves none;"
            " reset, empty, garbage or hang can lose the request"
        )
    return problems


def _problems_of_delay(node: Json) -> list[str]:
    for name, fields in FIELDS.items():
        strangers = sorted(node.keys() - fields)
        if name in node and strangers:
            return [f"A delay with `{name}` cannot have `{strangers[0]}`"]
    if "min_ms" in node and node["min_ms"] > node["max_ms"]:
        low, high = _number(node["min_ms"]), _number(node["max_ms"])
        return [f"`min_ms` is {low}, greater than `max_ms`, which is {high}"]
    return []


def _delay_of(node: Json) -> Delay:
    if "min_ms" in node:
        return Delay("uniform", node["min_ms"], node["max_ms"])
    if "median_ms" in node:
        return Delay("lognormal", node["median_ms"], node.get("sigma", SIGMA))
    return Delay("fixed", node["ms"])


def _number(value: float) -> str:
    """Without a fraction where there is none, and never as a power of ten."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
