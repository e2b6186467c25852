"""Every table of every simulation: states, ways in and out, operations, guards, default courses."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from mockserver.contract.load import files_of, load_all
from mockserver.course import EVERY, course_of, merged
from mockserver.errors import Finding
from mockserver.findings import check_all, lifecycle_findings
from mockserver.lifecycle import ALWAYS, Lifecycle, Transition
from mockserver.scenario import COMMON
from mockserver.scenario_files import read_scenarios, shelves_of
from mockserver.settings import packaged
from mockserver.simulation import Collection
from mockserver.simulations import collections, deciders

CONTRACTS = {each.stem: each for each in load_all(files_of([packaged("specs")]))}
KINDS = [each for each in collections().values() if each.lifecycle is not None]
TABLES = pytest.mark.parametrize("kind", KINDS, ids=[each.name for each in KINDS])


def table(kind: Collection) -> Lifecycle:
    """The life cycle of a collection that has one."""
    assert kind.lifecycle is not None
    return kind.lifecycle


def ways(lifecycle: Lifecycle, source: str) -> Iterator[Transition]:
    """The lines that lead from a state to another, or to its end."""
    return (
        each for each in lifecycle.transitions if each.source == source and each.target != source
    )


def reached(lifecycle: Lifecycle, start: str) -> set[str]:
    """What a record can come to; "" is both where it comes from and where it is no more."""
    found: set[str] = set()
    left = [start]
    while left:
        for each in ways(lifecycle, left.pop()):
            if each.target not in found:
                found.add(each.target)
                left += [each.target] if each.target else []
    return found


# States of things in service: nothing but their cancellation ends them.
IN_SERVICE = {
    "amazon-bundles": {"ACTIVE"},
    "hbo-subscriptions": {"ACTIVE"},
    "orange-tv-subscriptions": {"ACTIVE"},
}


def cancels(line: Transition) -> bool:
    """Whether a line is the operation that ends a thing."""
    return line.by.startswith(("cancel", "delete"))


# states -------------------------------------------------------------------------------------


def test_every_state_is_one_that_the_contracts_describe() -> None:
    assert list(lifecycle_findings(CONTRACTS.values(), KINDS)) == []


def test_a_state_that_a_contract_of_the_user_does_not_have_is_a_warning(tmp_path: Path) -> None:
    text = (packaged("specs") / "device-insurance-v1.yaml").read_text(encoding="utf-8")
    file = tmp_path / "device-insurance-v1.yaml"
    file.write_text(text.replace("ISSUED", "SOLD"), encoding="utf-8")

    found = check_all([file], specs=[packaged("specs")], scenarios=[]).findings

    reason = "no status of the contract is 'ISSUED', which insurance-requests can have"
    allowed = "an enum or x-states with it"
    assert Finding(str(file), "", reason, allowed, "", "warning") in [
        Finding(each.file, each.pointer, each.reason, each.allowed, "", each.severity)
        for each in found
    ]


def test_a_collection_without_a_life_cycle_or_of_another_api_has_no_states() -> None:
    without = [each for each in collections().values() if each.lifecycle is None]

    assert list(lifecycle_findings(CONTRACTS.values(), without)) == []
    assert list(lifecycle_findings([CONTRACTS["authn-v1"]], KINDS)) == []


@TABLES
def test_every_state_can_be_reached(kind: Collection) -> None:
    lifecycle = table(kind)

    assert set(lifecycle.states) <= reached(lifecycle, "")


@TABLES
def test_a_state_without_a_way_out_is_said_to_be_terminal(kind: Collection) -> None:
    lifecycle = table(kind)

    closed = {state for state in lifecycle.states if not list(ways(lifecycle, state))}

    assert closed == set(lifecycle.terminal)


@TABLES
def test_every_life_has_an_end_that_it_can_come_to(kind: Collection) -> None:
    lifecycle = table(kind)
    ends = {*lifecycle.terminal, ""}

    for state in lifecycle.states:
        assert state in ends or reached(lifecycle, state) & ends, state


@TABLES
def test_a_state_that_is_no_end_has_a_way_out_beside_the_cancellation(kind: Collection) -> None:
    lifecycle = table(kind)

    trapped = {
        state
        for state in lifecycle.states
        if not any(not cancels(each) and not each.on_demand for each in ways(lifecycle, state))
    }

    assert trapped == {*lifecycle.terminal, *IN_SERVICE.get(kind.name, ())}


@TABLES
def test_the_state_stands_in_a_member_of_the_data(kind: Collection) -> None:
    lifecycle = table(kind)
    member = kind.schema["properties"][lifecycle.member]

    assert set(member.get("enum", lifecycle.states)) <= {*lifecycle.states, *lifecycle.phases}


@TABLES
def test_a_phase_is_waited_in_or_is_what_another_ends_in(kind: Collection) -> None:
    lifecycle = table(kind)
    met = {*lifecycle.waited, *(each.target for each in lifecycle.transitions)}

    assert set(lifecycle.phases) <= met
    assert all(lifecycle.phases.values())


# lines --------------------------------------------------------------------------------------


@TABLES
def test_every_line_says_who_does_what(kind: Collection) -> None:
    for line in table(kind).transitions:
        assert bool(line.by) != bool(line.does), line
        assert bool(line.guard.text) == (line.guard is not ALWAYS), line


@TABLES
def test_operations_are_those_of_its_contracts_and_simulated(kind: Collection) -> None:
    served = {each.name for stem in kind.apis for each in CONTRACTS[stem].operations}
    simulated = {name.partition("/")[2] for name in deciders() if name.split("/")[0] in kind.apis}

    assert {each.by for each in table(kind).transitions if each.by} <= served & simulated


@TABLES
def test_no_line_stands_behind_one_that_is_always_taken(kind: Collection) -> None:
    taken: dict[tuple[str, str], list[str]] = {}
    for line in table(kind).transitions:
        before = taken.setdefault((line.source, line.by), [])
        if line.by:
            assert "" not in before, line
            assert line.guard.text not in before, line
        before.append(line.guard.text)


@TABLES
def test_an_outcome_of_a_phase_stands_there_once(kind: Collection) -> None:
    lifecycle = table(kind)

    for phase in lifecycle.waited:
        outcomes = lifecycle.outcomes(phase)
        assert len(outcomes) == len(set(outcomes)), phase


# courses ------------------------------------------------------------------------------------


@TABLES
def test_what_the_provider_ends_is_ended_by_somebody(kind: Collection) -> None:
    assert kind.elapse is not None or not table(kind).waited


@TABLES
def test_the_default_scenarios_speak_of_all_that_the_provider_does(kind: Collection) -> None:
    for stem in kind.apis:
        shelves = shelves_of(packaged("scenarios"), [stem])
        files = (file for name in (stem, COMMON) for file in shelves.get(name, ()))
        defaults = [each for each in read_scenarios(files, ()) if each.default]
        course = merged(each.course for each in defaults)
        silent = [phase for phase in table(kind).waited if not {phase, EVERY} & course.keys()]
        assert silent == [], stem


# the page -----------------------------------------------------------------------------------

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The script that writes the page of the life cycles."""
    spec = importlib.util.spec_from_file_location("lifecycles_page", DOCS / "lifecycles.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_the_life_cycles_is_current(generator: ModuleType) -> None:
    page = (DOCS / "lifecycles.md").read_text(encoding="utf-8")

    assert generator.page() == page, "run: python docs/lifecycles.py"


@TABLES
def test_a_diagram_has_every_state_and_every_way_between_states(
    kind: Collection, generator: ModuleType
) -> None:
    lifecycle = table(kind)
    lines = list(generator.diagram(lifecycle))
    arrows = [re.fullmatch(r"    (\S+) --> (\S+)(?:: ([^:;]+))?", line) for line in lines[1:]]
    drawn = {(found[1], found[2]): found[3] for found in arrows if found is not None}
    states = {*lifecycle.states, ""}

    for line in lifecycle.transitions:
        if line.source in states and line.target in states:
            label = drawn[line.source or "[*]", line.target or "[*]"]
            assert line.by in label
            assert line.does in label
    assert {source for source, target in drawn if target == "[*]"} >= set(lifecycle.terminal)
    assert len([each for each in arrows if each is not None]) == len(drawn)


def test_the_example_of_a_course_on_the_page_is_one(generator: ModuleType) -> None:
    example = generator.HEAD.partition("```yaml")[2].partition("```")[0]
    course = course_of(yaml.safe_load(example)["course"])
    waited = next(table(each).waited for each in KINDS if each.name == "tesa-requests")

    assert set(course) - {EVERY} <= set(waited)
