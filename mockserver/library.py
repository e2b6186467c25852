"""All scenarios of a server, bound to its operations, and what their names mean.

Everything that can be wrong with a scenario is found here, when it is loaded: operations, statuses,
examples, states and bodies that the contracts do not have, rules that can never apply.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.contract.replies import covering
from mockserver.errors import Finding, LoadError, nearest_first
from mockserver.fit import Fitter, Place, hides
from mockserver.match import when_of
from mockserver.message import Json
from mockserver.scenario import COMMON, EVERY, Rule, Scenario, Turn
from mockserver.scenario_files import located, read_rule, read_scenario
from mockserver.script import Bound, Script, bind
from mockserver.service import Services

STATUS: Final = re.compile(r"status-([2-5][0-9][0-9])")
CHOSEN_MAX: Final = 10_000  # combinations of names that are remembered
NAMES_MAX: Final = 20  # scenarios that one request may name


class UnknownScenario(Exception):  # noqa: N818 - a fact about a request, not a failure of ours
    """A name that no scenario has; `valid` holds those that would do, the nearest first."""

    def __init__(self, text: str, valid: Sequence[str]) -> None:
        super().__init__(text)
        self.valid = tuple(valid)


class Posted(NamedTuple):
    """A rule that was written on the spot.

    Attributes:
        rule: The rule.
        node: As it was written.
        scripts: What it means, by operation.
    """

    rule: Rule
    node: Json
    scripts: Mapping[str, Script]


class Library:
    """The scenarios of a server.

    Args:
        scenarios: One for each id.
        services: What the scenarios are for; those of other APIs have to be left out.
        shelves: Files of packaged scenarios by API, where the contracts are the packaged ones too:
            the tests of the package have checked them, so they are read when first needed.

    Attributes:
        misfits: Why packaged scenarios were left out: they do not fit a contract of the user's.

    Raises:
        LoadError: A scenario does not fit its contract; all findings with their lines.
    """

    def __init__(
        self,
        scenarios: Iterable[Scenario],
        services: Services,
        *,
        shelves: Mapping[str, Sequence[Path]] | None = None,
    ) -> None:
        self._services = services
        self._shelves = dict(shelves or {})
        self._known = {scenario.id: scenario for scenario in scenarios}
        self._scripts: dict[str, dict[str, Script]] = {each.operation.id: {} for each in services}
        self._fitter = Fitter(services)
        self._built_in: dict[tuple[str, int], Script] = {}
        self._chosen: dict[tuple[str, bytes], tuple[Script, ...]] = {}
        self.misfits: list[Finding] = []
        findings: list[Finding] = []
        for scenario in tuple(self._known.values()):
            findings += self._bind(scenario)
        if any(each.default for each in self._known.values()):
            findings += self._of_defaults()
        if findings:
            raise LoadError(located(dict.fromkeys(findings)))

    def _bind(self, scenario: Scenario) -> list[Finding]:
        """Bind a scenario; what is wrong with it, but with a packaged one, which is left out."""
        scripts, wrong = self._fitter.scenario(scenario)
        if wrong and scenario.trusted:  # the contract is the user's own: ours gives way
            del self._known[scenario.id]
            self.misfits += wrong
            return []
        for operation, script in scripts.items():
            self._scripts[operation][scenario.id] = script
        return wrong

    def _read(self, stem: str) -> None:
        """Take the scenarios of an API from their shelf."""
        for file in self._shelves.pop(stem, ()):
            scenario = read_scenario(file, trusted=True)
            if scenario.id not in self._known:  # the user has one of the same id
                self._known[scenario.id] = scenario
                self._bind(scenario)

    @property
    def scenarios(self) -> Mapping[str, Scenario]:
        """All scenarios by id, sorted."""
        for stem in tuple(self._shelves):
            self._read(stem)
        return dict(sorted(self._known.items()))

    def __len__(self) -> int:
        """How many scenarios there are."""
        unread = {f"{f.parent.name}/{f.stem}" for files in self._shelves.values() for f in files}
        return len(unread | self._known.keys())

    def _of_api(self, stem: str) -> list[Scenario]:
        """The scenarios that a request to an API may name without its stem, sorted by id."""
        self._read(stem)
        self._read(COMMON)
        found = (self._known[name] for name in sorted(self._known))
        return [each for each in found if each.stem in (stem, COMMON)]

    # what names mean ----------------------------------------------------------------------

    def script(self, operation: str, scenario: str) -> Script | None:
        """What a scenario means for an operation, None when it has no rule for it.

        Args:
            operation: Its id.
            scenario: Its id, or `status-<code>`.
        """
        built_in = STATUS.fullmatch(scenario)
        if built_in:
            return self._status(operation, int(built_in[1]))
        self._read(scenario.partition("/")[0])
        return self._scripts[operation].get(scenario)

    def operations(self, scenario: str) -> list[str]:
        """The ids of the operations that a scenario has rules for."""
        return [name for name in self._scripts if self.script(name, scenario)]

    def defaults(self, operation: str) -> tuple[Script, ...]:
        """The scenarios that apply to an operation without being chosen."""
        ours = self._of_api(operation.partition("/")[0])
        scripts = (self.script(operation, each.id) for each in ours if each.default)
        return tuple(script for script in scripts if script is not None)

    def chosen(self, operation: str, header: bytes) -> tuple[Script, ...]:
        """What the scenarios that a request names mean for its operation.

        Raises:
            UnknownScenario: A name that no scenario has, or a status that is not documented.
        """
        key = operation, header
        found = self._chosen.get(key)
        if found is None:
            names = [name.strip() for name in header.decode("latin-1").split(",")]
            if len(names) > NAMES_MAX:
                text = f"The request names {len(names)} scenarios; {NAMES_MAX} are the most"
                raise UnknownScenario(text, ())
            ids = [self._id(operation, name) for name in names if name]
            scripts = (self.script(operation, name) for name in ids if name)
            found = tuple(script for script in scripts if script is not None)
            if len(self._chosen) >= CHOSEN_MAX:
                self._chosen.clear()
            self._chosen[key] = found
        return found

    def kept(self, operation: str, header: bytes) -> tuple[Script, ...]:
        """The same for a later request about what the request made that named the scenarios.

        A name that only means something for the creating operation is left out.
        """
        key = f"{operation} kept", header
        found = self._chosen.get(key)
        if found is None:
            found = ()
            for name in header.split(b","):
                try:
                    found += self.chosen(operation, name)
                except UnknownScenario:
                    continue
            self._chosen[key] = found
        return found

    def _id(self, operation: str, name: str) -> str:
        """The id that a name means inside an API; "" for a scenario of other APIs only."""
        stem = operation.partition("/")[0]
        for known in (f"{stem}/{name}", f"{COMMON}/{name}", name):
            self._read(known.partition("/")[0])
            if known in self._known:
                return known
        built_in = STATUS.fullmatch(name)
        if built_in and self._status(operation, int(built_in[1])):
            return name
        if not built_in and any(each.name == name for each in self.scenarios.values()):
            return ""
        valid = nearest_first(name, self.names(operation))
        text = f"There is no scenario {name!r} for {operation}; nearest: {', '.join(valid[:5])}"
        raise UnknownScenario(text, valid)

    def names(self, operation: str) -> list[str]:
        """The short names that a request for an operation may give."""
        stem = operation.partition("/")[0]
        ours = [each.name for each in self._of_api(stem)]
        codes = self._services[operation].operation.replies
        return [*dict.fromkeys(ours), *(f"status-{code}" for code in codes if code.isdigit())]

    def resolve(self, names: Iterable[str], tags: Iterable[str] = ()) -> tuple[str, ...]:
        """The ids of scenarios that names and tags mean, over all APIs, in their order.

        A short name means the scenario of that name of every API.

        Raises:
            UnknownScenario: A name or tag that no scenario has.
        """
        found: list[str] = []
        scenarios = self.scenarios
        for name in names:
            same = [each.id for each in scenarios.values() if name in (each.id, each.name)]
            if not same and STATUS.fullmatch(name) and self._documents(int(name[-3:])):
                same = [name]
            if not same:
                known = [*scenarios, *(each.name for each in scenarios.values())]
                raise _unknown("scenario", name, known)
            found += same
        for tag in tags:
            same = [each.id for each in scenarios.values() if tag in each.tags]
            if not same:
                raise _unknown("tag", tag, [t for s in scenarios.values() for t in s.tags])
            found += same
        return tuple(dict.fromkeys(found))

    def _documents(self, status: int) -> bool:
        return any(covering(each.operation.replies, status) for each in self._services)

    def _status(self, operation: str, status: int) -> Script | None:
        """The built-in scenario `status-<code>`; None when the code is not documented."""
        key = operation, status
        script = self._built_in.get(key)
        service = self._services[operation]
        if script is None and covering(service.operation.replies, status):
            name = f"status-{status}"
            rule = Rule(
                f"{name}#1", "", (EVERY,), when_of({}), (Turn(status=status),), None, None,
                breaks_contract=False, gateway=False,
            )  # fmt: skip
            script = Script(name, (bind(rule, service.answerer, []),))
            self._built_in[key] = script
        return script

    # rules --------------------------------------------------------------------------------

    def post(self, name: str, node: Json) -> Posted:
        """Bind a rule that was written on the spot; raises `LoadError` with all findings."""
        rule = read_rule(name, node)
        findings: list[Finding] = []
        bound = self._fitter.rule(rule, None, Place("rule", ""), findings)
        if findings:
            raise LoadError(dict.fromkeys(findings))
        scripts = {operation: Script(name, (each,)) for operation, each in bound.items()}
        return Posted(rule, node, scripts)

    def _of_defaults(self) -> Iterator[Finding]:
        """Default scenarios of one API that claim the same requests: no order decides that."""
        for operation in self._scripts:
            earlier: list[tuple[Script, Bound]] = []
            for script in self.defaults(operation):
                for bound in script.rules:
                    rule = bound.rule
                    for other, first in earlier:
                        conflict = other.name != script.name and first.rule.final
                        if conflict and hides(first.rule, rule):
                            number = int(rule.id.rpartition("#")[2]) - 1
                            reason = f"{first.rule.id}, a default too, takes all that it would"
                            file = self._known[script.name].file
                            yield Finding(file, f"/rules/{number}", reason)
                    earlier.append((script, bound))


def _unknown(kind: str, name: str, known: Iterable[str]) -> UnknownScenario:
    valid = nearest_first(name, dict.fromkeys(known))
    return UnknownScenario(f"There is no {kind} {name!r}; nearest: {', '.join(valid[:5])}", valid)
