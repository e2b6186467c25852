"""Whether scenarios fit the contracts: every rule bound to every operation that it is on.

Operations, states and parts of paths that a contract does not have are found here, and rules that
can never apply; what is wrong with a reply itself is `script`'s to find.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from mockserver.adoption import data_findings
from mockserver.clock import Moment
from mockserver.contract.operation import Operation
from mockserver.course import EVERY, Course, Step
from mockserver.errors import Finding, nearest, nearest_first, told
from mockserver.implication import implies
from mockserver.lifecycle import Lifecycle
from mockserver.message import Json
from mockserver.pointer import pointer
from mockserver.record import Conflict
from mockserver.scenario import COMMON, Rule, Scenario
from mockserver.script import Bound, Script, bind
from mockserver.service import Services
from mockserver.simulation import Collection
from mockserver.stores import RECORDS_MAX
from mockserver.stores.memory.records import MemoryRecords
from mockserver.writer import Encoded, Flaw, keeps

MOMENT: Final = Moment(datetime(2000, 1, 1, tzinfo=UTC), 0, datetime(2000, 1, 1, tzinfo=UTC))
SHOWN_MAX: Final = 10  # of many valid names
METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
EVERY_OF_METHOD: Final = frozenset(f"{method} {EVERY}" for method in METHODS)


class Place(NamedTuple):
    """Where a rule stands: a file, and its JSON pointer there."""

    file: str
    pointer: str

    def finding(self, below: str, reason: str, allowed: str = "", near: str = "") -> Finding:
        """What is wrong at `below`, a JSON pointer inside the rule."""
        return Finding(self.file, self.pointer + below, reason, allowed, near)


class Fitter:
    """Binds scenarios to operations.

    Args:
        services: The operations that are served.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._contracts = {contract.stem: contract for contract in services.contracts}

    def scenario(self, scenario: Scenario) -> tuple[dict[str, Script], list[Finding]]:
        """What a scenario means, by operation, and everything that is wrong with it."""
        findings: list[Finding] = []
        stem = None if scenario.stem == COMMON else scenario.stem
        if stem is not None and stem not in self._contracts:
            known = [*self._contracts, COMMON]
            text = f"there is no API {told(stem)}"
            return {}, [Finding(scenario.file, "", text, ", ".join(known), nearest(stem, known))]
        rules: dict[str, list[tuple[int, Bound]]] = {}
        for number, rule in enumerate(scenario.rules):
            place = Place(scenario.file, f"/rules/{number}")
            bound = self.rule(rule, stem, place, findings, trusted=scenario.trusted)
            for operation, each in bound.items():
                rules.setdefault(operation, []).append((number, each))
        for numbered in rules.values():
            findings += _shadowed(numbered, scenario.file)
        findings += self._of_course(scenario.course, stem, Place(scenario.file, ""))
        findings += self._of_given(scenario)
        scripts = {
            operation: Script(scenario.id, tuple(bound for _, bound in numbered))
            for operation, numbered in rules.items()
        }
        return scripts, findings

    def rule(
        self,
        rule: Rule,
        stem: str | None,
        place: Place,
        findings: list[Finding],
        *,
        trusted: bool = False,
    ) -> dict[str, Bound]:
        """A rule for each operation that it is on.

        Args:
            rule: As written.
            stem: The API it is for, None for any.
            place: Where it stands.
            findings: What is wrong with it is added here.
            trusted: Its templates need not be compiled yet.
        """
        meant = self._meant(rule, stem, place, findings)
        anywhere = stem is None and all(map(_is_many, rule.on))
        stems = [None] if anywhere else dict.fromkeys(each.stem for each in meant)
        for name in stems if rule.course else ():
            findings += self._of_course(rule.course, name, place)
        findings += _of_path(rule, meant, place)
        found: dict[str, tuple[Bound, list[Flaw]]] = {}
        encoded: Encoded = {}
        for operation in meant:
            flaws: list[Flaw] = []
            answerer = self._services[operation.id].answerer
            bound = bind(rule, answerer, flaws, trusted=trusted, encoded=encoded)
            found[operation.id] = bound, flaws
        fitting = {name: bound for name, (bound, flaws) in found.items() if not flaws}
        if not (anywhere and fitting):  # what fits any API applies where a contract has it
            flaws = [flaw for _, flaws in found.values() for flaw in flaws]
            findings += (place.finding(*flaw) for flaw in flaws)
        if rule.breaks_contract and fitting and not trusted and self._keeps(rule, fitting):
            reason = "no reply of the rule breaks the contract"
            findings.append(place.finding("/breaks_contract", reason))
        return fitting

    def _keeps(self, rule: Rule, operations: Iterable[str]) -> bool:
        """Whether every reply of a rule keeps the contract, on every operation."""
        replies = [turn for turn in rule.turns if not turn.through]
        answerers = [self._services[name].answerer for name in operations]
        kept = (keeps(turn, rule, each) for each in answerers for turn in replies)
        return bool(replies) and all(kept)

    def _meant(
        self, rule: Rule, stem: str | None, place: Place, findings: list[Finding]
    ) -> list[Operation]:
        """The operations that a rule is on: those that have the parts of the path it asks for."""
        every = [each.operation for each in self._services]
        operations = [each for each in every if stem is None or each.stem == stem]
        meant: dict[str, Operation] = {}
        for number, name in enumerate(rule.on):
            found = [each for each in operations if _is_on(each, name)]
            below = f"/on/{number}" if len(rule.on) > 1 else "/on"
            known = [each.id if stem is None else each.name for each in operations]
            if not found and not (stem is None and _is_many(name)):
                text = f"there is no operation {told(name)}"
                near = nearest(name, known)
                findings.append(place.finding(below, text, _some(known, name), near))
            elif len({each.stem for each in found}) > 1 and not _is_many(name):
                names = ", ".join(each.id for each in found)
                text = f"several APIs have an operation {name!r}"
                findings.append(place.finding(below, text, names))
            meant |= {each.id: each for each in found}
        asked = {each.name for each in rule.when.conditions if each.location == "path"}
        having = [each for each in meant.values() if asked <= set(each.path_names)]
        return having or list(meant.values())

    def _of_course(self, course: Course, stem: str | None, place: Place) -> Iterator[Finding]:
        """Phases and outcomes that the lifecycles of an API, None for any, do not have."""
        found = [
            each.lifecycle
            for each in self._services.collections.values()
            if each.lifecycle is not None and (stem is None or stem in (each.apis or (stem,)))
        ]
        if course and not found and stem is not None:
            yield place.finding("/course", f"{stem} has no life cycle", "no course")
            return
        for phase, steps in course.items():
            for number, step in enumerate(steps):
                at: list[str | int] = ["course", phase, *([number] if len(steps) > 1 else [])]
                yield from _of_step(found, phase, step, at, place)

    def _of_given(self, scenario: Scenario) -> Iterator[Finding]:
        """Records that no collection has, not as theirs are, or left out beside the others."""
        collections = self._services.collections
        together = MemoryRecords(collections)
        count = sum(map(len, scenario.given.values()))
        if count > RECORDS_MAX:
            text = f"it gives {count:,} records, more than a session may have"
            yield Finding(scenario.file, "/given", text, f"{RECORDS_MAX:,} at most")
            return
        for name, nodes in scenario.given.items():
            at = pointer(["given", name])
            collection = collections.get(name)
            own = collection is not None and scenario.stem in (COMMON, *collection.apis)
            if collection is None or not (own or not collection.apis):
                stems = (COMMON, scenario.stem)
                known = [
                    each.name
                    for each in collections.values()
                    if not each.apis or scenario.stem == COMMON or set(stems) & set(each.apis)
                ]
                text = f"{scenario.stem} has no collection {told(name)}"
                near = nearest(name, known)
                yield Finding(scenario.file, at, text, ", ".join(known) or "none", near)
                continue
            for number, node in enumerate(nodes):
                place = Place(scenario.file, f"{at}/{number}")
                wrong = list(data_findings(collection, node, *place))
                if not wrong and not scenario.trusted:
                    wrong = list(_beside(together, collection, node, place))
                yield from wrong


def _beside(
    together: MemoryRecords, collection: Collection, node: Mapping[str, Json], place: Place
) -> Iterator[Finding]:
    """Why a record that is given is left out beside the earlier ones of its scenario."""
    whole = collection.completed(node, MOMENT)
    missing = [member for member in collection.identity if member not in whole]
    for each in missing:
        yield place.finding("", f"the key `{each}` is missing", f"`{each}`")
    if missing:
        return
    record = collection.record(whole)
    if together.get(collection.name, record.id) is not None:
        text = f"an earlier record has the id {told(record.id)}"
        yield place.finding("", text, "an id of its own")
        return
    try:
        together.commit([record])
    except Conflict as conflict:
        yield place.finding("", str(conflict), "what no earlier record has")


def _of_step(
    lifecycles: Sequence[Lifecycle], phase: str, step: Step, at: list[str | int], place: Place
) -> Iterator[Finding]:
    """What is wrong with one step of a course."""
    states = [name for each in lifecycles for name in (*each.states, *each.phases)]
    waited = list(dict.fromkeys(name for each in lifecycles for name in each.waited))
    tolerant = any(each.tolerant for each in lifecycles)
    known = states if tolerant and step.then else waited
    if phase != EVERY and phase not in known:
        text = f"there is no phase {told(phase)}"
        if phase in states:
            text = f"nothing ends {phase} by itself, so no course can speak of it"
        yield place.finding(pointer(at), text, ", ".join([*waited, EVERY]), nearest(phase, waited))
        return
    phases = waited if phase == EVERY else [phase]
    outcomes = list(
        dict.fromkeys(
            name for each in lifecycles for waits in phases for name in each.outcomes(waits)
        )
    )
    allowed = list(dict.fromkeys((*outcomes, *states))) if tolerant else outcomes
    if step.then and step.then not in allowed:
        text = f"{phase} cannot end in {told(step.then)}"
        near = nearest(step.then, allowed)
        yield place.finding(pointer([*at, "then"]), text, ", ".join(allowed) or "no `then`", near)


def _is_many(name: str) -> bool:
    return name == EVERY or name in EVERY_OF_METHOD


def _is_on(operation: Operation, name: str) -> bool:
    """Whether a name of `on` means an operation: its name, its id, `*`, or `POST *`."""
    if _is_many(name):
        return name in (EVERY, f"{operation.method} {EVERY}")
    return name in (operation.name, operation.id)


def _of_path(rule: Rule, operations: Iterable[Operation], place: Place) -> Iterator[Finding]:
    """Conditions on parts of the path that none of the operations has."""
    known = list(dict.fromkeys(name for each in operations for name in each.path_names))
    for condition in rule.when.conditions:
        if condition.location == "path" and condition.name not in known:
            below = pointer(["when", "path", condition.name])
            text = f"no path has the parameter {told(condition.name)}"
            near = nearest(condition.name, known)
            yield place.finding(below, text, ", ".join(known) or "none", near)


def hides(first: Rule, later: Rule) -> bool:
    """Whether `later` can never apply behind `first`."""
    return not first.limited and implies(later.when, first.when)


def _shadowed(numbered: Sequence[tuple[int, Bound]], file: str) -> Iterator[Finding]:
    for index, (number, later) in enumerate(numbered):
        for before, first in numbered[:index]:
            if hides(first.rule, later.rule):
                reason = f"it never applies: rule {before + 1}, without an end, takes all it would"
                allowed = "the narrower rule first, or `times` in the earlier one"
                yield Finding(file, f"/rules/{number}", reason, allowed)
                break


def _some(names: Sequence[str], like: str) -> str:
    """A few of many names, the nearest first."""
    shown = ", ".join(nearest_first(like, names)[:SHOWN_MAX])
    return shown + (f" and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else "")
