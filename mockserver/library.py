"""All scenarios of a server, bound to its operations, and what their names mean.

Everything that can be wrong with a scenario is found here, when it is loaded: operations, statuses,
examples, states and bodies that the contracts do not have, rules that can never apply.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.built_in import BuiltIn
from mockserver.errors import Finding, LoadError, UnknownName, check_known
from mockserver.fit import Fitter, Place, hides
from mockserver.message import Json
from mockserver.scenario import COMMON, Rule, Scenario
from mockserver.scenario_files import located, read_scenario
from mockserver.scenario_shape import read_rule
from mockserver.script import Bound, Script
from mockserver.service import Services
from mockserver.session import Session

CHOSEN_MAX: Final = 1_000  # combinations of names that are remembered
NAMES_MAX: Final = 20  # scenarios that one request may name
HEADER_MAX: Final = 2_000  # bytes of their names together
UNNAMED: Final = "the rule"  # instead of the id of a rule that has none yet


class UnknownScenario(UnknownName):
    """A name that no scenario has."""


class TooManyScenarios(UnknownScenario):
    """More names than a request may give."""

    def __init__(self, text: str) -> None:
        super().__init__("scenario", "", ())
        self.args = (text,)


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

    def named(self, name: str) -> "Posted":
        """The same rule with the id `name`, for one that was bound before it got one."""
        rule = replace(self.rule, id=name)
        scripts = {
            operation: Script(name, tuple(replace(bound, rule=rule) for bound in script.rules))
            for operation, script in self.scripts.items()
        }
        return Posted(rule, self.node, scripts)


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
        self._unbound: dict[str, Scenario] = {}  # taken from a shelf, not needed so far
        self._known = {scenario.id: scenario for scenario in scenarios}
        self._scripts: dict[str, dict[str, Script]] = {each.operation.id: {} for each in services}
        self._fitter = Fitter(services)
        self._built_in = BuiltIn(services)
        self._defaults: dict[str, tuple[Script, ...]] = {}
        self._rules: dict[str, Rule] = {}  # as far as they were asked for
        self._chosen: dict[tuple[str, bytes], tuple[Script, ...]] = {}
        self.misfits: list[Finding] = []
        findings: list[Finding] = []
        for scenario in tuple(self._known.values()):
            findings += self._bind(scenario)
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
                self._known[scenario.id] = self._unbound[scenario.id] = scenario

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
            scenario: Its id, or `status-<code>`, which may have a stem too.
        """
        if self._built_in.is_named(scenario):
            return self._built_in.script(operation, scenario)
        self._read(scenario.partition("/")[0])
        unbound = self._unbound.pop(scenario, None)
        if unbound is not None:
            self._bind(unbound)
        return self._scripts[operation].get(scenario)

    def operations(self, scenario: str) -> list[str]:
        """The ids of the operations that a scenario has rules for."""
        return [name for name in self._scripts if self.script(name, scenario)]

    def defaults(self, operation: str) -> tuple[Script, ...]:
        """The scenarios that apply to an operation without being chosen, the user's own first."""
        found = self._defaults.get(operation)
        if found is None:
            ours = self.default_scenarios(operation.partition("/")[0])
            scripts = (self.script(operation, each.id) for each in ours)
            found = tuple(script for script in scripts if script is not None)
            self._defaults[operation] = found
        return found

    def chosen(self, operation: str, header: bytes) -> tuple[Script, ...]:
        """What the scenarios that a request names mean for its operation.

        Raises:
            UnknownScenario: A name that no scenario has, or a status that is not documented; more
                names than `NAMES_MAX`, or longer ones than `HEADER_MAX`.
        """
        key = operation, header
        found = self._chosen.get(key)
        if found is None:
            scripts = (self.script(operation, name) for name in self.named(operation, header))
            found = tuple(script for script in scripts if script is not None)
            self._remember(key, found)
        return found

    def named(self, operation: str, header: bytes) -> list[str]:
        """The ids of the scenarios that a request names and that are for its API.

        Raises:
            UnknownScenario: As `chosen` does.
        """
        if len(header) > HEADER_MAX:
            size = f"{len(header):,} bytes; {HEADER_MAX:,} are the most"
            raise TooManyScenarios(f"The names of scenarios have {size}")
        names = [name.strip() for name in header.decode("latin-1").split(",")]
        if len(names) > NAMES_MAX:
            text = f"The request names {len(names)} scenarios; {NAMES_MAX} are the most"
            raise TooManyScenarios(text)
        ids = (self._id(operation, name) for name in names if name)
        return [name for name in ids if name]

    def known(self, name: str) -> Scenario | None:
        """The scenario with this id, None for none, or for one of a status."""
        self._read(name.partition("/")[0])
        return self._known.get(name)

    def rule(self, name: str) -> Rule | None:
        """The rule of a scenario with this id, None for none and for one written on the spot."""
        found = self._rules.get(name)
        if found is None:
            for rule in self._rules_of(name.rpartition("#")[0]):
                self._rules[rule.id] = rule
            found = self._rules.get(name)
        return found

    def _rules_of(self, scenario: str) -> Iterable[Rule]:
        if self._built_in.is_named(scenario):  # it says the same for all operations that have it
            scripts = (self._built_in.script(each, scenario) for each in self._scripts)
            script = next((script for script in scripts if script is not None), None)
            return () if script is None else (script.rules[0].rule,)
        known = self.known(scenario)
        return () if known is None else known.rules

    def default_scenarios(self, stem: str) -> list[Scenario]:
        """The scenarios that apply to an API without being chosen, the user's own first."""
        ours = [each for each in self._of_api(stem) if each.default]
        return sorted(ours, key=lambda each: each.trusted)

    def _remember(self, key: tuple[str, bytes], found: tuple[Script, ...]) -> None:
        if len(self._chosen) >= CHOSEN_MAX:
            self._chosen.clear()
        self._chosen[key] = found

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
            self._remember(key, found)
        return found

    def _id(self, operation: str, name: str) -> str:
        """The id that a name means inside an API; "" for a scenario of other APIs only."""
        stem = operation.partition("/")[0]
        for known in (f"{stem}/{name}", f"{COMMON}/{name}", name):
            self._read(known.partition("/")[0])
            if known in self._known:
                return known
        built_in = self._built_in
        if built_in.script(operation, name):
            return name
        if built_in.is_of_another(name, stem) and built_in.documented(name):
            return ""
        if any(each.name == name for each in self.scenarios.values()):
            return ""
        raise UnknownScenario("scenario", name, self.names(operation), where=f" for {operation}")

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
            UnknownScenario: A name that no scenario has.
            UnknownName: A tag that no scenario has.
        """
        found: list[str] = []
        scenarios = self.scenarios
        for name in names:
            same = [each.id for each in scenarios.values() if name in (each.id, each.name)]
            if not same and self._built_in.documented(name):
                same = [name]
            if not same:
                known = [*scenarios, *(each.name for each in scenarios.values())]
                raise UnknownScenario("scenario", name, known)
            found += same
        tags = tuple(tags)
        check_known("tag", tags, self.tags)
        for tag in tags:
            found += [each.id for each in scenarios.values() if tag in each.tags]
        return tuple(dict.fromkeys(found))

    @property
    def stems(self) -> tuple[str, ...]:
        """The APIs that have scenarios, `common` included."""
        return (*(contract.stem for contract in self._services.contracts), COMMON)

    @property
    def tags(self) -> frozenset[str]:
        """All tags of all scenarios."""
        return frozenset(tag for each in self.scenarios.values() for tag in each.tags)

    # rules --------------------------------------------------------------------------------

    def post(self, name: str, node: Json) -> Posted:
        """Bind a rule that was written on the spot; raises `LoadError` with all findings.

        Args:
            name: Its id; `UNNAMED` for one that gets it later, by `Posted.named`.
            node: As it was written.
        """
        posted, findings = self._posted(name, node)
        if findings:
            raise LoadError(dict.fromkeys(findings))
        return posted

    def posted(self, session: Session, name: str) -> Posted:
        """What a rule means that was written on the spot in a session, by its id.

        One of an earlier server of other contracts, whose file we have, applies where it still
        fits: it must not be in the way of everything in its session.
        """
        found: Posted | None = session.posted.get(name)
        if found is None:
            found, _ = self._posted(name, session.rules[name])
            session.posted[name] = found
        return found

    def _posted(self, name: str, node: Json) -> tuple[Posted, list[Finding]]:
        """What a rule means, as far as it fits, and why it does not."""
        rule = read_rule(name, node)
        findings: list[Finding] = []
        bound = self._fitter.rule(rule, None, Place("rule", ""), findings)
        scripts = {operation: Script(name, (each,)) for operation, each in bound.items()}
        return Posted(rule, node, scripts), findings

    def _of_defaults(self) -> Iterator[Finding]:
        """Default scenarios of one API that claim the same requests: no order decides that."""
        defaults = {name: each for name, each in sorted(self._known.items()) if each.default}
        for scripts in self._scripts.values() if defaults else ():
            for trusted in (False, True):  # the user's own come before the packaged ones
                names = [name for name, each in defaults.items() if each.trusted is trusted]
                yield from self._conflicts([scripts[name] for name in names if name in scripts])

    def _conflicts(self, scripts: Iterable[Script]) -> Iterator[Finding]:
        earlier: list[tuple[Script, Bound]] = []
        for script in scripts:
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
