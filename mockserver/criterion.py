"""One criterion of an exchange: what is asked for, whether it holds, what was found instead.

    operation status method path source scenario since until violations

Each of these is one function here, by its name in `CRITERIA`; `criteria` puts them together.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from mockserver.disclosure import path_of, violations_of
from mockserver.errors import MockServerError, nearest, nearest_first
from mockserver.exchange import Exchange
from mockserver.explanation import written
from mockserver.message import Json, Source

STATUS: Final = re.compile(r"0|[1-5][0-9]{2}|[1-5]XX")
STATUSES: Final = "404, 4XX, or 0 for a request that was lost"
# Ids that no catalogue lists: rules written on the spot, and what is built in for each operation.
MADE: Final = re.compile(r"rule-[0-9]+|(?:[^/]+/)?status-[0-9]{3}")
NAMES_MAX: Final = 8  # valid names in a text
FOUND_MAX: Final = 80  # characters of what was found


class CriteriaError(MockServerError):
    """Criteria that cannot be meant.

    Attributes:
        pointer: JSON pointer into the criteria, `/status`.
        reason: What is wrong, in one sentence.
        allowed: What would be right, "" when nothing helps.
        nearest: The valid name closest to what was found, "" when none is close.
    """

    def __init__(self, pointer: str, reason: str, allowed: str = "", nearest: str = "") -> None:
        self.pointer = pointer
        self.reason = reason
        self.allowed = allowed
        self.nearest = nearest
        text = f"{pointer}: {reason}" if pointer else reason
        text += f"; allowed: {allowed}" if allowed else ""
        super().__init__(text + (f"; did you mean {nearest}?" if nearest else ""))


@dataclass(frozen=True, slots=True)
class Names:
    """What criteria may name.

    Attributes:
        operations: Ids of all operations.
        scenarios: Ids of all scenarios.
    """

    operations: Collection[str]
    scenarios: Collection[str]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is asked of an exchange.

    Attributes:
        name: A key of `CRITERIA`.
        wanted: What it asks for.
        holds: Whether an exchange has it.
        found: What an exchange has instead.
    """

    name: str
    wanted: str
    holds: Callable[[Exchange], bool]
    found: Callable[[Exchange], str]


def _operation(value: str, names: Names, at: str) -> Criterion:
    """By id or short name, which several contracts may have; "" for what no operation answers."""
    known = frozenset(each for each in names.operations if is_called(each, value))
    meant = known if value else frozenset({""})
    if not meant:
        raise _unknown("operation", value, names.operations, at)
    return Criterion(
        "operation",
        value or "none",
        lambda exchange: exchange.operation in meant,
        lambda exchange: exchange.operation or "none",
    )


def _method(value: str, _names: Names, _at: str) -> Criterion:
    wanted = value.upper()
    return Criterion(
        "method",
        wanted,
        lambda exchange: exchange.request.method == wanted,
        lambda exchange: exchange.request.method,
    )


def _path(value: str, _names: Names, _at: str) -> Criterion:
    """As it was sent, still encoded; `*` stands for any characters."""
    fits = _glob(value)
    return Criterion(
        "path",
        value,
        lambda exchange: fits(exchange.request.raw_path.decode("latin-1")),
        lambda exchange: path_of(exchange.request),
    )


def _glob(pattern: str) -> Callable[[str], bool]:
    """A test of texts that takes no longer for many stars, as a regular expression would."""
    first, *others = pattern.split("*")
    if not others:
        return pattern.__eq__
    *middle, last = others

    def fits(text: str) -> bool:
        end = len(text) - len(last)
        place = len(first)
        if place > end or not (text.startswith(first) and text.endswith(last)):
            return False
        for part in middle:
            place = text.find(part, place, end)
            if place < 0:
                return False
            place += len(part)
        return True

    return fits


def _status(value: Json, _names: Names, at: str) -> Criterion:
    wanted = str(value).upper()
    if isinstance(value, bool) or not STATUS.fullmatch(wanted):
        raise CriteriaError(at, f"{shown(value)} is no status", STATUSES)
    low, high = int(wanted.replace("X", "0")), int(wanted.replace("X", "9"))
    return Criterion(
        "status",
        wanted,
        lambda exchange: low <= exchange.reply.status <= high,
        lambda exchange: str(exchange.reply.status),
    )


def _source(value: str, _names: Names, at: str) -> Criterion:
    known = [source.value for source in Source]
    if value not in known:
        raise _unknown("source", value, known, at)
    return Criterion(
        "source",
        value,
        lambda exchange: exchange.reply.source.value == value,
        lambda exchange: exchange.reply.source.value,
    )


def _scenario(value: str, names: Names, at: str) -> Criterion:
    """By id or short name; a rule that was written on the spot by its id."""
    known = names.scenarios
    if not MADE.fullmatch(value) and not any(is_called(each, value) for each in known):
        raise _unknown("scenario", value, known, at)
    return Criterion(
        "scenario",
        value,
        lambda exchange: any(is_called(each, value) for each in exchange.steering.scenarios),
        lambda exchange: ", ".join(exchange.steering.scenarios) or "none",
    )


def _since(value: str, _names: Names, at: str) -> Criterion:
    moment = _moment(value, at)
    return Criterion("since", value, lambda exchange: exchange.at >= moment, _at)


def _until(value: str, _names: Names, at: str) -> Criterion:
    moment = _moment(value, at)
    return Criterion("until", value, lambda exchange: exchange.at <= moment, _at)


def _at(exchange: Exchange) -> str:
    return written(exchange.at)


def _moment(value: str, at: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        allowed = "ISO 8601: 2026-01-15T12:00:00Z"
        raise CriteriaError(at, f"{shown(value)} is no moment", allowed) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _violations(value: Json, _names: Names, at: str) -> Criterion:
    if not isinstance(value, bool):
        raise CriteriaError(at, f"{shown(value)} is neither true nor false", "true, false")
    return Criterion(
        "violations",
        "some" if value else "none",
        lambda exchange: bool(exchange.violations) is value,
        lambda exchange: "; ".join(map(str, violations_of(exchange))) or "none",
    )


def is_called(name: str, value: str) -> bool:
    """Whether `value` is the id `name` or its short form."""
    return value == name or value == name.partition("/")[2] != ""


def shown(value: Json) -> str:
    """What was found, for an error, not all of a long one."""
    text = repr(value)
    return text if len(text) <= FOUND_MAX else f"{text[:FOUND_MAX]}…"


def _unknown(kind: str, name: str, known: Collection[str], at: str) -> CriteriaError:
    """The error for a name that nobody has; a short name is compared with short ones."""
    names = known if "/" in name else {each.rpartition("/")[2] for each in known}
    first = nearest_first(name, names)
    allowed = ", ".join(first[:NAMES_MAX]) + (", ..." if len(first) > NAMES_MAX else "")
    return CriteriaError(at, f"there is no {kind} {shown(name)}", allowed, nearest(name, names))


CRITERIA: Mapping[str, Callable[[Json, Names, str], Criterion]] = {
    "operation": _operation,
    "method": _method,
    "path": _path,
    "status": _status,
    "source": _source,
    "scenario": _scenario,
    "since": _since,
    "until": _until,
    "violations": _violations,
}
