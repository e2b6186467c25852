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
from mockserver.errors import Finding, LoadError
from mockserver.library import Library
from mockserver.message import Json
from mockserver.pointer import pointer, steps_of
from mockserver.scenario import COMMON
from mockserver.scenario_files import SUFFIXES, files_below, located, read_scenario
from mockserver.service import Services
from mockserver.settings import packaged

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
    of_scenarios = [path for path in paths if _is_of_scenarios(path)] if paths else [*scenarios]
    of_contracts = [path for path in paths if path not in of_scenarios] if paths else [*specs]
    findings, count = findings_of(of_contracts) if of_contracts else ([], 0)
    files = [file for path in of_scenarios for file in _scenario_files(path)]
    ours: list[Path] = []
    if not any(finding.severity == "error" for finding in findings):
        contracts = load_all(files_of(of_contracts or specs))
        if not paths:
            served = {COMMON, *(contract.stem for contract in contracts)}
            known = files_below(packaged("scenarios"))
            ours = [file for file in known if file.parent.name in served]
        theirs = list(specs) != [packaged("specs")]
        for finding in _of_scenarios(ours, contracts):
            findings.append(replace(finding, severity="warning") if theirs else finding)
        findings += _of_scenarios(files, contracts)
    return Checked([*located(findings)], count, len(files) + len(ours))


def _of_scenarios(files: Iterable[Path], contracts: Iterable[Contract]) -> Iterator[Finding]:
    """What is wrong with scenario files by themselves, then for their contracts."""
    good = []
    for file in files:
        try:
            good.append(read_scenario(file))
        except LoadError as error:
            yield from error.findings
    try:
        Library(good, Services(contracts))
    except LoadError as error:
        yield from error.findings


def _scenario_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    inside = sorted(each for each in path.iterdir() if each.suffix in SUFFIXES)
    return inside or files_below(path)


def _is_of_scenarios(path: Path) -> bool:
    """Whether a path is a scenario, a folder of some, or a folder of such folders."""
    if path.is_dir():
        inside = sorted(each for each in path.iterdir() if each.suffix in SUFFIXES)
        if inside:
            return all(map(_is_of_scenarios, inside))
        below = (file for each in path.iterdir() if each.is_dir() for file in each.iterdir())
        return any(file.suffix in SUFFIXES for file in below)
    try:
        document = read(path)
    except LoadError:
        return False  # told as a contract that cannot be read
    return isinstance(document, dict) and document.keys().isdisjoint(VERSIONS) and bool(document)


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
