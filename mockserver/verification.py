"""Did it happen: exchanges of a journal chosen, counted, and verified with the nearest misses.

    {"operation": "createOrder", "status": 201, "exactly": 2}
    {"operation": "cancelOrder", "never": true}
    {"in_order": [{"operation": "createOrder"}, {"operation": "readOrder", "status": 200}]}

Without a bound, at least one is expected; `at_least` and `at_most` may stand together. In an order
other requests may come in between.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from mockserver.criteria import Criteria, criteria_of, differences, matches
from mockserver.criterion import CriteriaError, Names, shown
from mockserver.exchange import Exchange
from mockserver.explanation import summary
from mockserver.journal import Journal
from mockserver.message import Json

BOUNDS: Final = ("exactly", "at_least", "at_most", "never")
TOGETHER: Final = {"at_least", "at_most"}
ORDER_MAX: Final = 100  # steps of an order
LISTED_MAX: Final = 20  # exchanges in a result; `found` counts them all
MISSES: Final = 3


class Miss(NamedTuple):
    """An exchange that is nearly meant, and what it lacks."""

    exchange: Exchange
    differences: list[str]


class Bounds(NamedTuple):
    """How many are expected; `most` is None for any number."""

    least: int
    most: int | None

    def __str__(self) -> str:
        """`exactly 2 requests`, `no request`, `1 to 3 requests`, `at least 1 request`."""
        if self.most is None:
            return f"at least {_several(self.least)}"
        if self.most == 0:
            return "no request"
        if self.least == self.most:
            return f"exactly {_several(self.most)}"
        if self.least == 0:
            return f"at most {_several(self.most)}"
        return f"{self.least} to {_several(self.most)}"


def select(
    journal: Journal, criteria: Criteria, *, limit: int | None = None, newest: bool = False
) -> list[Exchange]:
    """The exchanges that are meant.

    Args:
        journal: Where to look.
        criteria: Which are meant.
        limit: How many at most, None for all.
        newest: Newest first, so that a limit gives the last ones; else oldest first.
    """
    ordered = reversed(journal) if newest else iter(journal)
    return list(islice((each for each in ordered if matches(criteria, each)), limit))


def count(journal: Journal, criteria: Criteria) -> int:
    """How many exchanges are meant."""
    return sum(matches(criteria, exchange) for exchange in journal)


def nearest_misses(
    journal: Iterable[Exchange], criteria: Criteria, most: int = MISSES
) -> list[Miss]:
    """The exchanges that are nearly meant, nearest first.

    First those of the operation that is asked for, then those that no operation answers, since the
    wrong path is the commonest bug; then the fewest differences; then the newest.
    """

    def farness(numbered: tuple[int, Miss]) -> tuple[int, int, int]:
        number, (exchange, found) = numbered
        strangeness = 0 if criteria.names_operation_of(exchange) else 2 if exchange.operation else 1
        return strangeness, len(found), -number

    misses = (
        (number, Miss(each, differences(criteria, each))) for number, each in enumerate(journal)
    )
    near = heapq.nsmallest(most, (each for each in misses if each[1].differences), key=farness)
    return [miss for _, miss in near]


def verify(journal: Journal, node: Json, names: Names) -> Json:
    """Whether what was expected happened, and what happened instead.

    Args:
        journal: Of the session.
        node: Criteria with `BOUNDS`, or `in_order` with a list of criteria.
        names: What criteria may name.

    Returns:
        `verified`; `expected`, in words; `found`, how many, or how many steps of an order;
        `matched`, summaries of those (the first `LISTED_MAX`); `surplus`, summaries of those that
        are too many; `instead`, summaries of what came where an order broke; `nearest`, misses as
        `request` and `differences`; `dropped` by the journal, and a `warning` about that, else "";
        `message`, all of it for people.

    Raises:
        CriteriaError: The node is of another shape, or names what does not exist.
    """
    if not isinstance(node, dict):
        raise CriteriaError("", "a verification is an object")
    if "in_order" in node:
        return _told(_verify_order(journal, _steps_of(node, names)), journal)
    bounds = bounds_of(node)
    criteria = criteria_of({key: node[key] for key in node if key not in BOUNDS}, names)
    return _told(_verify_count(journal, criteria, bounds), journal)


def bounds_of(node: Json) -> Bounds:
    """How many a verification expects; raises `CriteriaError`."""
    given = {key: node[key] for key in BOUNDS if key in node}
    if len(given) > 1 and not given.keys() <= TOGETHER:
        raise CriteriaError("", f"{' and '.join(given)} exclude each other")
    for key, value in given.items():
        if key == "never" and value is not True:
            raise CriteriaError("/never", f"{shown(value)} says nothing", "true")
        if key != "never" and (type(value) is not int or value < 0):
            raise CriteriaError(f"/{key}", f"{shown(value)} is no number of requests", "0 or more")
    if "never" in given:
        return Bounds(0, 0)
    if "exactly" in given:
        return Bounds(given["exactly"], given["exactly"])
    least, most = given.get("at_least", 0 if "at_most" in given else 1), given.get("at_most")
    if most is not None and least > most:
        raise CriteriaError("/at_most", f"{most} is less than at_least, {least}")
    return Bounds(least, most)


class _Result(NamedTuple):
    """What a verification found, before it is told."""

    verified: bool
    expected: str
    found: int
    matched: Sequence[Exchange]
    surplus: Sequence[Exchange] = ()
    instead: Sequence[Exchange] = ()
    nearest: Sequence[Miss] = ()
    remark: str = ""


def _verify_count(journal: Journal, criteria: Criteria, bounds: Bounds) -> _Result:
    matched = select(journal, criteria)
    wanted = str(criteria)
    expected = f"{bounds} with {wanted}" if wanted else f"{bounds} at all"
    surplus = [] if bounds.most is None else matched[bounds.most :]
    lacking = len(matched) < bounds.least
    return _Result(
        verified=not surplus and not lacking,
        expected=expected,
        found=len(matched),
        matched=matched,
        surplus=surplus,
        nearest=nearest_misses(journal, criteria) if lacking else (),
    )


def _steps_of(node: Json, names: Names) -> list[Criteria]:
    steps = node["in_order"]
    others = sorted(node.keys() - {"in_order"})
    if others:
        raise CriteriaError(f"/{others[0]}", "it cannot stand beside in_order", "in_order alone")
    if not isinstance(steps, list) or not 1 <= len(steps) <= ORDER_MAX:
        raise CriteriaError("/in_order", f"it is no list of 1 to {ORDER_MAX} criteria")
    return [criteria_of(each, names, f"/in_order/{index}") for index, each in enumerate(steps)]


def _verify_order(journal: Journal, steps: Sequence[Criteria]) -> _Result:
    """Each step takes the first exchange after the last one: if any choice does, this one does."""
    exchanges = list(journal)
    matched: list[Exchange] = []
    place = 0  # in the journal, after the last match
    for index, exchange in enumerate(exchanges):
        if len(matched) < len(steps) and matches(steps[len(matched)], exchange):
            matched.append(exchange)
            place = index + 1
    expected = "in this order: " + ", then ".join(str(step) or "any request" for step in steps)
    if len(matched) == len(steps):
        return _Result(verified=True, expected=expected, found=len(matched), matched=matched)
    missing = steps[len(matched)]
    return _Result(
        verified=False,
        expected=expected,
        found=len(matched),
        matched=matched,
        instead=exchanges[place:],
        nearest=nearest_misses(exchanges[place:], missing),
        remark=_out_of_order(exchanges[:place], matched, missing),
    )


def _out_of_order(
    earlier: Iterable[Exchange], matched: Sequence[Exchange], missing: Criteria
) -> str:
    """Which step is missing, and whether it came, but too early."""
    text = f"Step {len(matched) + 1} did not come: {str(missing) or 'any request'}."
    taken = {exchange.id for exchange in matched}
    early = [each for each in earlier if each.id not in taken and matches(missing, each)]
    return f"{text} It came too early: {_named(early[-1])}." if early else text


# what is told


def _told(result: _Result, journal: Journal) -> Json:
    dropped = journal.dropped
    warning = f"The journal has dropped {_several(dropped)}; they count nowhere" if dropped else ""
    return {
        "verified": result.verified,
        "expected": result.expected,
        "found": result.found,
        "matched": [summary(each) for each in result.matched[:LISTED_MAX]],
        "surplus": [summary(each) for each in result.surplus[:LISTED_MAX]],
        "instead": [summary(each) for each in result.instead[:LISTED_MAX]],
        "nearest": [miss_record(each) for each in result.nearest],
        "dropped": dropped,
        "warning": warning,
        "message": "\n".join(_message(result, warning)),
    }


def miss_record(miss: Miss) -> Json:
    """A miss as JSON: the summary of the request and its differences."""
    return {"request": summary(miss.exchange), "differences": miss.differences}


def _message(result: _Result, warning: str) -> Iterator[str]:
    yield f"{'Verified' if result.verified else 'Not verified'}: expected {result.expected}"
    if not result.verified:
        yield f"Found {result.found}."
    if result.remark:
        yield result.remark
    for title, exchanges in (("Too many", result.surplus), ("Came instead", result.instead)):
        if exchanges:
            yield f"{title}:"
            yield from (f"  {_named(each)}" for each in exchanges[:LISTED_MAX])
    if result.nearest:
        yield "Nearest misses:"
    for miss in result.nearest:
        yield f"  {_named(miss.exchange)}"
        yield from (f"    {difference}" for difference in miss.differences)
    if warning:
        yield f"Warning: {warning}."


def _named(exchange: Exchange) -> str:
    told = summary(exchange)
    operation = f", {exchange.operation}" if exchange.operation else ""
    return f"{told['method']} {told['path']} -> {told['status']} ({exchange.id}{operation})"


def _several(number: int) -> str:
    return f"{number} request" if number == 1 else f"{number} requests"
