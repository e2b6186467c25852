"""What was exercised so far: operations, their documented replies, the scenarios of the catalogue.

Counting is on the way of every request, so it is one entry of a dictionary; the rest is worked out
when somebody asks.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from mockserver.contract.operation import Operation
from mockserver.contract.replies import covering
from mockserver.message import Json
from mockserver.stores import Counters

NEVER_MAX: Final = 20  # scenarios never met that a table names
LOST: Final = "lost"  # instead of a status
MET: Final = "met "  # how the names of the counters begin
PART: Final = "\n"  # between their parts: operation, status, scenario, which is "" for any
ON_THE_SPOT: Final = "rule-"  # how the ids of rules begin that tests write


class Coverage:
    """Counts what was met; makes a report of it.

    Args:
        operations: All that are served.
        counters: Those of the server.
    """

    def __init__(self, operations: Iterable[Operation], counters: Counters) -> None:
        self._operations = tuple(operations)
        self._counters = counters

    def met(self, operation: str, status: int, scenarios: Sequence[str] = ()) -> None:
        """Count one exchange.

        Args:
            operation: `stem/operationId`, "" when no contract has the path.
            status: Of the reply, 0 when the request was lost.
            scenarios: Ids of those that applied; rules written on the spot are not counted: there
                is no end to them.
        """
        name = f"{MET}{operation}{PART}{status}{PART}"
        self._counters.add(name)
        for scenario in scenarios:
            if not scenario.startswith(ON_THE_SPOT):
                self._counters.add(name + scenario)

    def clear(self) -> None:
        """Begin anew."""
        self._counters.forget(MET)

    def _met(self) -> tuple[dict[str, dict[int, int]], dict[str, dict[tuple[int, str], int]]]:
        """How often each operation had each status, and each status with each scenario."""
        replies: dict[str, dict[int, int]] = {}
        applied: dict[str, dict[tuple[int, str], int]] = {}
        for name, count in self._counters.items(MET):
            operation, status, scenario = name.removeprefix(MET).split(PART)
            if scenario:
                applied.setdefault(operation, {})[int(status), scenario] = count
            else:
                replies.setdefault(operation, {})[int(status)] = count
        return replies, applied

    def report(self, scenarios: Iterable[str] = ()) -> Json:
        """What was met and what was not.

        Args:
            scenarios: Ids of the catalogue.

        Returns:
            `operations`: for each its id, how often it was `met`, its documented `statuses` with
            how often each was met, `undocumented` statuses, how often a request was `lost`, the
            `scenarios` that applied, and `met_with`: by documented code, other status or `lost`,
            how often it was met with which scenario. A status counts for the entry that documents
            it: itself, else its range, else `default`. `scenarios`: how often each of the catalogue
            applied.
            `unmatched`: requests that no operation answers. `totals`: met, all and percent of
            operations, statuses and scenarios; percent is rounded down, so 100 means all.
        """
        replies, applied = self._met()
        rows = [
            _row(operation, replies.get(operation.id, {}), applied.get(operation.id, {}))
            for operation in self._operations
        ]
        counts: Counter[str] = Counter()
        for of_operation in applied.values():
            for (_, scenario), count in of_operation.items():
                counts[scenario] += count
        catalogue = {scenario: counts[scenario] for scenario in scenarios}
        return {
            "operations": rows,
            "scenarios": catalogue,
            "unmatched": sum(replies.get("", {}).values()),
            "totals": {
                "operations": _total(row["met"] for row in rows),
                "statuses": _total(count for row in rows for count in row["statuses"].values()),
                "scenarios": _total(catalogue.values()),
            },
        }


def merged(reports: Iterable[Json]) -> Json:
    """The report of several servers as if they were one that serves what any of them does."""
    first, *others = reports
    for other in others:
        one, another = (
            {row["operation"]: row for row in each["operations"]} for each in (first, other)
        )
        first = {
            "operations": list(_sum(one, another).values()),
            "scenarios": _sum(first["scenarios"], other["scenarios"]),
            "unmatched": first["unmatched"] + other["unmatched"],
        }
    rows = first["operations"]
    return first | {
        "totals": {
            "operations": _total(row["met"] for row in rows),
            "statuses": _total(count for row in rows for count in row["statuses"].values()),
            "scenarios": _total(first["scenarios"].values()),
        }
    }


def _sum(one: Json, another: Json) -> Json:
    """Numbers added, objects member by member; of texts, which are the same, the first."""
    if isinstance(one, dict):
        shared = {key: _sum(one[key], another[key]) for key in one if key in another}
        return one | another | shared
    return one if isinstance(one, str) else one + another


def table(report: Json) -> str:
    """A report as text: a line for each operation, what was never met, the totals."""
    lines = [("OPERATION", "MET", "STATUSES", "NEVER MET", "NOT DOCUMENTED")]
    lines += [_cells(row) for row in report["operations"]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    texts = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]
    texts.append("")
    texts += [f"{name}: {_share(total)}" for name, total in report["totals"].items()]
    never = [name for name, count in report["scenarios"].items() if not count]
    if never:
        more = f", and {len(never) - NEVER_MAX} more" if len(never) > NEVER_MAX else ""
        texts.append(f"scenarios never met: {', '.join(never[:NEVER_MAX])}{more}")
    if report["unmatched"]:
        texts.append(f"requests that no operation answers: {report['unmatched']}")
    return "\n".join(texts) + "\n"


def _row(
    operation: Operation,
    replies: Mapping[int, int],
    applied: Mapping[tuple[int, str], int],
) -> Json:
    statuses = dict.fromkeys(operation.replies, 0)
    undocumented: dict[str, int] = {}
    for status, count in sorted(replies.items()):
        code = _code(operation, status)
        if code in statuses:
            statuses[code] += count
        elif status:
            undocumented[code] = count
    scenarios: Counter[str] = Counter()
    met_with: dict[str, Counter[str]] = {}
    for (status, scenario), count in sorted(applied.items()):
        scenarios[scenario] += count
        met_with.setdefault(_code(operation, status), Counter())[scenario] += count
    return {
        "operation": operation.id,
        "met": sum(replies.values()),
        "statuses": statuses,
        "undocumented": undocumented,
        "lost": replies.get(0, 0),
        "scenarios": dict(sorted(scenarios.items())),
        "met_with": {code: dict(sorted(counts.items())) for code, counts in met_with.items()},
    }


def _code(operation: Operation, status: int) -> str:
    """The documented code that covers a status, else the status itself; `lost` for 0."""
    documented = covering(operation.replies, status) if status else None
    if documented is not None:
        return documented.code
    return str(status) if status else LOST


def _total(counts: Iterable[int]) -> Json:
    given = list(counts)
    met = sum(1 for count in given if count)
    percent = 1_000 * met // len(given) / 10 if given else 100.0
    return {"met": met, "all": len(given), "percent": percent}


def _cells(row: Json) -> tuple[str, str, str, str, str]:
    statuses = row["statuses"]
    never = [code for code, count in statuses.items() if not count]
    share = f"{len(statuses) - len(never)} of {len(statuses)}"
    others = ", ".join(row["undocumented"])
    return row["operation"], str(row["met"]), share, ", ".join(never), others


def _share(total: Json) -> str:
    return f"{total['met']} of {total['all']} ({total['percent']:g} %)"
