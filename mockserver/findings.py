"""Everything that is wrong with contracts and scenarios, for `mockserver check`.

Loading finds what keeps a contract from being served; openapi-spec-validator, which is not on the
serving path, adds what the specification forbids beyond its meta-schema. Examples of requests,
which are never sent, are looked at here too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from mockserver.contract.dialect import Direction
from mockserver.contract.load import files_of, load, load_all
from mockserver.contract.operation import Contract, Operation
from mockserver.document import read
from mockserver.errors import Finding, LoadError, nearest, told
from mockserver.library import Library
from mockserver.message import Json
from mockserver.pointer import pointer, steps_of
from mockserver.scenario_files import (
    SUFFIXES,
    elsewhere,
    files_below,
    left_out,
    located,
    read_scenario,
    shelves_of,
    twice,
    visible,
)
from mockserver.service import Services
from mockserver.settings import packaged
from mockserver.simulation import Collection
from mockserver.simulations import collections
from mockserver.states import EXTENSION, states_of

VERSIONS = frozenset({"openapi", "swagger", "info", "paths"})


class Checked(NamedTuple):
    """What was found, and in how many files."""

    findings: list[Finding]
    contracts: int
    scenarios: int


def check_all(
    paths: Sequence[Path], *, specs: Sequence[Path], scenarios: Sequence[Path]
) -> Checked:
    """All findings of the contracts and scenarios among `paths`.

    Args:
        paths: Files and folders; none means `specs`, `scenarios`, and the packaged scenarios of
            these APIs, which do not have to fit contracts of the user's: those are warnings.
        specs: The contracts that scenarios are checked against where `paths` has none.
        scenarios: Folders of scenarios.

    Raises:
        LoadError: A path cannot be read at all.
    """
    _check_filled(paths)
    of_scenarios = [path for path in paths if _is_of_scenarios(path)] if paths else [*scenarios]
    of_contracts = [path for path in paths if path not in of_scenarios] if paths else [*specs]
    findings, count = findings_of(of_contracts) if of_contracts else ([], 0)
    several = (file for path in of_scenarios for file in _scenario_files(path))
    files = [*{file.resolve(): file for file in several}.values()]
    ours: list[Path] = []
    if not any(finding.severity == "error" for finding in findings):
        contracts = load_all(files_of(of_contracts or specs))
        if of_contracts:
            findings += lifecycle_findings(contracts, collections().values())
        if not paths:
            shelves = shelves_of(packaged("scenarios"), (each.stem for each in contracts))
            ours = [file for shelf in shelves.values() for file in shelf]
        theirs = list(specs) != [packaged("specs")]
        for finding in _of_scenarios(ours, contracts):
            findings.append(replace(finding, severity="warning") if theirs else finding)
        unserved = elsewhere(each.stem for each in contracts)
        named = {_with_folder(file): file for file in files}
        findings += left_out(named, unserved)
        files = [file for full, file in named.items() if full.parent.name not in unserved]
        findings += twice(files)
        findings += _of_scenarios(files, contracts)
    return Checked(_in_order(located(findings)), count, len(files) + len(ours))


def lifecycle_findings(
    contracts: Iterable[Contract], kinds: Iterable[Collection]
) -> Iterator[Finding]:
    """Warnings of states that a life cycle has and a contract that it serves does not.

    A contract has the states that `states.states_of` finds. With others, replies of the simulation
    may break it.
    """
    served = {each.stem: each for each in contracts}
    for kind in kinds:
        lifecycle = kind.lifecycle
        if lifecycle is None:
            continue
        for contract in (served[stem] for stem in kind.apis if stem in served):
            known = states_of(contract.document, lifecycle.member)
            for state in lifecycle.states:
                if state not in known:
                    text = f"no status of the contract is {told(state)}, which {kind.name} can have"
                    allowed = f"an enum or {EXTENSION} with it"
                    near = nearest(state, known)
                    yield Finding(contract.file, "", text, allowed, near, severity="warning")


def _check_filled(folders: Iterable[Path]) -> None:
    """Refuse folders that hold no file for us."""
    allowed = f"files ending in {', '.join(sorted(SUFFIXES))}"
    reason = "holds neither contracts nor scenarios"
    empty = [path for path in folders if path.is_dir() and not _below(path)]
    if empty:
        raise LoadError(Finding(str(path), "", reason, allowed) for path in empty)


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    """File by file, and in each from its top."""
    files: dict[str, list[Finding]] = {}
    for finding in findings:
        files.setdefault(finding.file, []).append(finding)
    return [each for found in files.values() for each in sorted(found, key=lambda one: one.line)]


def _of_scenarios(files: Iterable[Path], contracts: Sequence[Contract]) -> Iterator[Finding]:
    """What is wrong with scenario files by themselves, then for their contracts."""
    named = {str(_with_folder(file)): str(file) for file in files}
    findings: list[Finding] = []
    good = []
    for name in named:
        try:
            good.append(read_scenario(Path(name)))
        except LoadError as error:
            findings += error.findings
    try:
        Library(good, Services(contracts, collections=collections()))
    except LoadError as error:
        findings += error.findings
    yield from (replace(each, file=named.get(each.file, each.file)) for each in findings)


def _with_folder(file: Path) -> Path:
    """The same file with the folder that says its API, for one that is named without it."""
    return file if file.parent.name not in ("", "..") else file.parent.resolve() / file.name


def _scenario_files(path: Path) -> list[Path]:
    return (_inside(path) or files_below(path)) if path.is_dir() else [path]


def _is_of_scenarios(path: Path) -> bool:
    """Whether a path is a scenario, a folder of some, or a folder of such folders.

    A file that cannot be parsed is what its neighbours are.
    """
    if path.is_dir():
        inside = _inside(path)
        found = {_is_scenario(file) for file in inside or _below(path)}
        return False not in found and (True in found or not inside)
    if not path.is_file():
        return False  # told as a contract that cannot be read
    alone = _is_scenario(path)
    return _is_of_scenarios(path.parent) if alone is None else alone


def _is_scenario(file: Path) -> bool | None:
    """Whether a document is a scenario, not a contract; None when nothing in it says so."""
    try:
        document = read(file)
    except LoadError:
        return None
    if not isinstance(document, dict) or not document:
        return None
    return document.keys().isdisjoint(VERSIONS)


def _inside(folder: Path) -> list[Path]:
    """The files of a folder; none when it cannot be read, which is told by who reads it."""
    return list(visible(folder, deep=False))


def _below(folder: Path) -> list[Path]:
    """The files of a folder and of those in it."""
    return list(visible(folder))


def findings_of(paths: Iterable[Path]) -> tuple[list[Finding], int]:
    """All findings of the contracts among `paths`, and how many contracts there were.

    Raises:
        LoadError: A path cannot be read at all.
    """
    files = files_of(paths)
    _check_readable(files)
    findings: list[Finding] = []
    good = []
    for file in files:
        try:
            contract = load(file)
        except LoadError as error:
            findings += error.findings
            continue
        good.append(file)
        findings += _of_contract(contract)
    try:
        load_all(good)
    except LoadError as error:
        findings += error.findings
    return list(dict.fromkeys(findings)), len(files)


def _check_readable(files: Iterable[Path]) -> None:
    findings = []
    for file in files:
        try:
            file.open("rb").close()
        except OSError as error:
            findings.append(Finding(str(file), "", f"cannot be read: {error.strerror}"))
    if findings:
        raise LoadError(findings)


def _of_contract(contract: Contract) -> Iterator[Finding]:
    yield from contract.warnings
    yield from _of_validator(contract.file, read(Path(contract.file)))
    for operation in contract.operations:
        reason = operation.uncheckable()
        if reason:
            text = f"{operation.id} cannot be checked: {reason}"
            yield Finding(contract.file, operation.pointer, text, severity="warning")
            continue
        yield from _of_examples(contract, operation)


def _of_examples(contract: Contract, operation: Operation) -> Iterator[Finding]:
    """Examples of parameters and request bodies that break their own schema."""
    for place, holder in _holders(contract, operation):
        schema = contract.schemas.schema(holder.get("schema", {}), Direction.REQUEST)
        values = {"/example": holder["example"]} if "example" in holder else {}
        for name, each in holder.get("examples", {}).items():
            example = _followed(contract, each)
            if "value" in example:
                values[pointer(["examples", name])] = example["value"]
        for step, value in values.items():
            for violation in schema.violations(value, "body"):
                reason = f"the example breaks its schema: {violation}"
                yield Finding(contract.file, place + step, reason, severity="warning")


def _holders(contract: Contract, operation: Operation) -> Iterator[tuple[str, Json]]:
    """What has a schema and examples of it in an operation's request, and where it stands."""
    _, path, method = steps_of(operation.pointer)
    item = contract.document["paths"][path]
    for place, level in ((pointer(["paths", path]), item), (operation.pointer, item[method])):
        for index, each in enumerate(level.get("parameters", [])):
            parameter = _followed(contract, each)
            at = f"{place}/parameters/{index}"
            yield at, parameter
            for name, media in parameter.get("content", {}).items():
                yield at + pointer(["content", name]), media
    body = _followed(contract, item[method].get("requestBody", {}))
    for name, media in body.get("content", {}).items():
        yield operation.pointer + pointer(["requestBody", "content", name]), media


def _followed(contract: Contract, node: Json) -> Json:
    while "$ref" in node:
        node = contract.schemas.resolve(node["$ref"])
    return node


def _of_validator(name: str, document: Json) -> Iterator[Finding]:
    from openapi_spec_validator import OpenAPIV30SpecValidator  # noqa: PLC0415 - 170 ms

    try:
        errors = list(OpenAPIV30SpecValidator(document).iter_errors())
    except RecursionError:
        yield Finding(name, "", "a schema has itself in its own `allOf`", "schemas that end")
        return
    for error in errors:
        place = list(error.absolute_path)
        reason = str(error.message).splitlines()[0]
        yield Finding(name, pointer(place) if _is_place(document, place) else "", reason)


def _is_place(node: Json, steps: Iterable[str | int]) -> bool:
    """Whether the path leads to something: some of the validator's begin at a schema."""
    for step in steps:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return False
    return True
