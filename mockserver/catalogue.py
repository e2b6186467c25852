"""Contracts, operations and scenarios as records, for `mockserver list` and the admin API alike."""

from collections.abc import Collection

from mockserver.contract.operation import Contract, Operation
from mockserver.errors import check_known
from mockserver.library import Library
from mockserver.message import Json
from mockserver.scenario import Scenario


def contract_record(contract: Contract) -> Json:
    """One contract as JSON."""
    return {
        "stem": contract.stem,
        "title": contract.title,
        "version": contract.version,
        "file": contract.file,
        "base_path": contract.base_path,
        "operations": len(contract.operations),
    }


def operation_record(operation: Operation) -> Json:
    """One operation as JSON; `provenance` is the document's `x-provenance`, null without one."""
    return {
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
        "replies": list(operation.replies),
        "provenance": operation.provenance,
    }


def scenario_record(scenario: Scenario, operations: Collection[str]) -> Json:
    """One scenario as JSON; `operations` are the ids of those that it has rules for."""
    return {
        "id": scenario.id,
        "api": scenario.stem,
        "name": scenario.name,
        "summary": scenario.summary,
        "description": scenario.description,
        "tags": list(scenario.tags),
        "default": scenario.default,
        "operations": list(operations),
        "phases": sorted(
            {*scenario.course, *(each for rule in scenario.rules for each in rule.course)}
        ),
        "given": {name: len(nodes) for name, nodes in scenario.given.items()},
    }


def scenario_records(
    library: Library, *, apis: Collection[str] = (), tags: Collection[str] = ()
) -> list[Json]:
    """The scenarios of a library, sorted by id.

    Args:
        library: All of them.
        apis: Stems, or `common`; those of any of these, all for none.
        tags: Those that have every one of these.

    Raises:
        UnknownName: An API that is not served, or a tag that no scenario has.
    """
    check_known("API", apis, library.stems)
    check_known("tag", tags, library.tags)
    return [
        scenario_record(library.scenarios[name], library.operations(name))
        for name in sorted(library.scenarios)
        if (not apis or library.scenarios[name].stem in apis)
        and set(tags) <= set(library.scenarios[name].tags)
    ]
