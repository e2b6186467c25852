"""Every scenario that is shipped: it fits, it is described, and each of its rules can be met."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import quote

import orjson
import pytest

from mockserver.conformance import breaches
from mockserver.contract.load import files_of, load_all
from mockserver.contract.operation import Contract, Operation
from mockserver.contract.replies import covering
from mockserver.engine import Engine
from mockserver.errors import LoadError
from mockserver.exchange import Exchange
from mockserver.fit import Fitter
from mockserver.library import Library
from mockserver.match import Condition
from mockserver.message import Json, Request, Source
from mockserver.pointer import steps_of
from mockserver.sample import compile_sampler
from mockserver.scenario import Rule, Scenario
from mockserver.scenario_files import files_below, read_scenario
from mockserver.service import Services
from mockserver.simulations import collections, deciders
from tests.scenarios.samples import ROOT, SPECS, request_of
from tests.server.conftest import Call, Documented, every_operation

FOLDER: Final = ROOT / "scenarios"
FILES: Final = files_below(FOLDER)
TAGS: Final = frozenset(
    {
        "happy",
        "rainy",
        "refusal",
        "not-found",
        "conflict",
        "unavailable",
        "slow",
        "throttled",
        "malformed",
        "unknown-outcome",
        "fault",
        "magic",
        "async",
        "auth",
    }
)
SAMPLES_MAX: Final = 300  # bodies that are drawn to fulfil a rule
ASKED_MAX: Final = 60  # requests until every turn of a rule was taken
WRITES: Final = [file for file in FILES if "POST *" in file.read_text()]
EVERY_FILE: Final = pytest.mark.parametrize(
    "file", FILES, ids=[f"{file.parent.name}/{file.stem}" for file in FILES]
)


class World:
    """The packaged contracts with every shipped scenario that fits, all of them untrusted."""

    def __init__(self) -> None:
        contracts = load_all(files_of([SPECS]))
        self.contracts: Mapping[str, Contract] = {each.stem: each for each in contracts}
        self.services = Services(contracts, simulated=deciders(), collections=collections())
        fitter = Fitter(self.services)
        self.findings: dict[Path, list[str]] = {}
        self.scenarios: dict[Path, Scenario] = {}
        self.scripts: dict[Path, dict[str, Any]] = {}
        for file in FILES:
            try:
                scenario = read_scenario(file)
            except LoadError as error:
                self.findings[file] = [str(finding) for finding in error.findings]
                continue
            self.scripts[file], wrong = fitter.scenario(scenario)
            self.findings[file] = [str(finding) for finding in wrong]
            self.scenarios[file] = scenario
        fitting = [each for file, each in self.scenarios.items() if not self.findings[file]]
        self.engine = Engine(
            contracts, simulated=deciders(), collections=collections(), scenarios=fitting
        )
        self.documented: Mapping[str, Documented] = {each.id: each for each in every_operation()}

    def operation(self, name: str) -> Operation:
        return self.services[name].operation


@cache
def world() -> World:
    return World()


# the files ----------------------------------------------------------------------------------


@EVERY_FILE
def test_a_shipped_scenario_fits_its_contract(file: Path) -> None:
    assert world().findings[file] == []


@EVERY_FILE
def test_a_shipped_scenario_is_described_and_tagged(file: Path) -> None:
    scenario = world().scenarios[file]

    assert scenario.summary == scenario.summary.strip()
    assert not scenario.summary.endswith(".")
    assert "\n" not in scenario.summary
    assert scenario.description.strip()
    assert scenario.tags
    assert set(scenario.tags) <= TAGS
    assert scenario.rules or scenario.course or scenario.given
    assert file.read_text().startswith(
        "# yaml-language-server: $schema=../../mockserver/scenario.schema.json\n"
    )


def test_all_shipped_scenarios_fit_together() -> None:
    library = Library(world().scenarios.values(), world().services)

    assert library.misfits == []
    assert len(library.scenarios) == len(FILES)


def test_no_two_scenarios_of_an_api_say_the_same() -> None:
    summaries = [(each.stem, each.summary) for each in world().scenarios.values()]

    assert len(set(summaries)) == len(summaries)


def test_every_tag_finds_a_scenario() -> None:
    used = {tag for each in world().scenarios.values() for tag in each.tags}

    assert used == TAGS


def test_defaults_are_reserved_values_usual_courses_and_the_town() -> None:
    for scenario in world().scenarios.values():
        usual = scenario.name == "usual-course" or scenario.id == "common/town"
        assert scenario.default == (usual or "magic" in scenario.tags)


def test_defaults_are_triggered_by_reserved_values_alone() -> None:
    for scenario in world().scenarios.values():
        for rule in scenario.rules if scenario.default else ():
            assert any({"equals", "one_of"} & each.tests.keys() for each in rule.when.conditions)
            assert rule.summary


@pytest.mark.parametrize("file", WRITES, ids=[each.stem for each in WRITES])
def test_a_scenario_of_all_writes_says_so_and_takes_those_without_a_body_too(file: Path) -> None:
    scenario, scripts = world().scenarios[file], world().scripts[file]
    operations = [world().operation(name) for name in scripts]

    assert "POST, PUT, PATCH, DELETE" in scenario.description
    assert "a body" not in scenario.description
    written = {each.operation.id for each in world().services if each.operation.method != "GET"}
    assert scripts.keys() == written
    bare = [each for each in operations if each.method == "DELETE"]
    assert any(scripts[each.id].rules[0].rule.when.matches(_bare(each)) for each in bare)


def _bare(operation: Operation) -> Request:
    return request_of(operation.method, operation.path)


# the rules ----------------------------------------------------------------------------------


@EVERY_FILE
def test_every_rule_of_a_shipped_scenario_can_be_met(file: Path) -> None:
    scenario = world().scenarios[file]
    applied = {
        bound.rule.id
        for operation, script in world().scripts[file].items()
        for bound in script.rules
        if _meets(scenario, operation, bound.rule)
    }

    assert applied == {rule.id for rule in scenario.rules}


def _meets(scenario: Scenario, operation: str, rule: Rule) -> bool:
    """Whether a request for the operation can meet the rule; each of its replies is judged."""
    request = _meeting(scenario, operation, rule)
    if request is None:
        # A condition on the body asks nothing of an operation that has none.
        assert rule.on[-1].endswith("*"), f"{operation} cannot meet {rule.id}"
        return False
    engine = world().engine
    session = engine.sessions.make()
    taken: set[tuple[int, Source, bytes]] = set()
    count = 0
    for _ in range(_turns_of(rule) + _spent_before(scenario, rule)):
        again = _again(request, session.name, scenario)
        exchange = engine.handle(again, engine.find(request.raw_path))
        if any(each.applied and each.rule.id == rule.id for each in exchange.steering.considered):
            count += 1
            reply = exchange.reply
            taken.add((reply.status, reply.source, reply.body))
            _judge(exchange, rule)
    engine.sessions.drop(session.name)
    assert count, f"{operation} does not meet {rule.id}"
    if len(rule.turns) > 1:
        assert len(taken) > 1, f"{operation} meets one turn alone of {rule.id}"
    return True


def _turns_of(rule: Rule) -> int:
    if rule.weighted:
        return ASKED_MAX
    return min(ASKED_MAX, 1 + sum(turn.times or 1 for turn in rule.turns))


def _spent_before(scenario: Scenario, rule: Rule) -> int:
    """How many requests the rules before this one may take."""
    earlier = scenario.rules[: scenario.rules.index(rule)]
    return sum((each.times or 0) + sum(t.times or 0 for t in each.turns) for each in earlier)


def _again(request: Request, session: str, scenario: Scenario) -> Request:
    headers = {**request.headers, b"x-mock-session": session.encode()}
    if not scenario.default:
        headers[b"x-mock-scenario"] = scenario.id.encode()
    path, query = request.raw_path, request.raw_query
    return Request(request.method, path, query, headers, request.body)


def _judge(exchange: Exchange, rule: Rule) -> None:
    """The reply conforms to the contract, or is declared not to."""
    reply = exchange.reply
    assert reply.source is not Source.MOCKSERVER, reply.body
    fault = exchange.steering.fault
    if reply.status == 0:
        assert fault is not None
        assert fault.before_deed
        if not exchange.waits:
            return
        world().engine.proceed(exchange)
        reply = exchange.reply
    if reply.source is Source.SCENARIO and rule.gateway:
        assert reply.status >= 400
        return
    if reply.source is Source.SCENARIO and rule.breaks_contract:
        assert exchange.steering.breaches
        return
    assert exchange.steering.breaches == ()
    assert _breaches(exchange) == []


def _breaches(exchange: Exchange) -> list[str]:
    reply = exchange.reply
    documented = covering(world().operation(exchange.operation).replies, reply.status)
    if not reply.body and documented is not None and not documented.media:
        return []
    kind = dict(reply.headers)[b"content-type"].decode()
    offered = documented.media if documented is not None else ()
    media = next((each for each in offered if each.type == kind), None)
    if media is None:
        return [f"{kind} is not documented"]
    return list(breaches(documented, media, orjson.loads(reply.body)))


# requests -----------------------------------------------------------------------------------


def _meeting(scenario: Scenario, operation: str, rule: Rule) -> Request | None:
    """A valid request that fulfils the conditions of a rule and of no rule before it."""
    services = world().services
    checker = services[operation].checker
    earlier = scenario.rules[: scenario.rules.index(rule)]
    hiding = [each.when for each in earlier if not each.limited and _is_on(each, operation)]
    for call in _calls(operation):
        request = _request(_fulfilled(call, rule.when.conditions))
        match = services.table.find(request.raw_path)
        assert match is not None
        accepted = checker.check(request, match[1]) is None
        hidden = accepted and any(when.matches(request) for when in hiding)
        if accepted and not hidden and rule.when.matches(request):
            return request
    return None


def _is_on(rule: Rule, operation: str) -> bool:
    operation = operation.partition("/")[2]
    return any(name.endswith("*") or name == operation for name in rule.on)


def _request(call: Call) -> Request:
    return request_of(call.method, call.target, headers=call.sent_headers, body=call.body or b"")


@cache
def _sampler(operation: str) -> Any:
    body = world().operation(operation).body
    if body is None:
        return None
    schemas = world().contracts[operation.partition("/")[0]].schemas
    node = body.media[0].schema.node
    return compile_sampler(node, resolve=schemas.converted, is_valid=schemas.holds)


def _calls(operation: str) -> Iterator[Call]:
    """What the contract's examples ask, then the same with bodies drawn from the schema."""
    call = world().documented[operation].example()
    yield call
    yield call.but(query={})
    sampler = _sampler(operation)
    if sampler is not None:
        for seed in range(SAMPLES_MAX):
            yield call.but(content=sampler(Random(seed)))  # noqa: S311 - test data


def _fulfilled(call: Call, conditions: tuple[Condition, ...]) -> Call:
    for condition in conditions:
        name, location = condition.name, condition.location
        found, wanted = _wanted(condition)
        if location == "body":
            change = _put if found else _cut
            call = call.but(content=change(call.content, steps_of(name), wanted))
        elif location == "path":
            call = call.but(path=call.path | {name: quote(str(wanted), safe="")})
        else:
            given = getattr(call, location)
            rest = {key: value for key, value in given.items() if key.lower() != name.lower()}
            call = call.but(**{location: rest | ({name: wanted} if found else {})})
    return call


ANY: Final = object()


def _wanted(condition: Condition) -> tuple[bool, Any]:
    """Whether a value has to be there, and which; `ANY` for any."""
    tests = condition.tests
    if "equals" in tests:
        return True, tests["equals"]
    if "one_of" in tests:
        return True, tests["one_of"][0]
    if "regex" in tests:
        schema = {"type": "string", "pattern": f"^(?:{tests['regex']})$"}
        return True, compile_sampler(schema, resolve=str)(Random(0))  # noqa: S311 - test data
    return not tests.get("absent", False), ANY


def _put(node: Json, steps: list[str], value: Json) -> Json:
    """`node` with a value at a place."""
    if not steps:
        return node if value is ANY else value
    step, rest = steps[0], steps[1:]
    if step.isdigit():
        items = [*node] if isinstance(node, list) and node else [None]
        items[int(step)] = _put(items[int(step)], rest, value)
        return items
    members = dict(node) if isinstance(node, dict) else {}
    if value is ANY and step not in members:
        return node
    members[step] = _put(members.get(step), rest, value)
    return members


def _cut(node: Json, steps: list[str], value: Json) -> Json:
    """`node` without what is at a place."""
    step, rest = steps[0], steps[1:]
    if isinstance(node, list):
        return [] if not rest else [_cut(each, rest, value) for each in node]
    if not isinstance(node, dict):
        return node
    if rest:
        return {key: _cut(each, rest, value) if key == step else each for key, each in node.items()}
    return {key: each for key, each in node.items() if key != step}
