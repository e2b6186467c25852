"""Scenario files, and rules that come without a file: whether they have the right shape.

    scenarios/agile-tv-v3/workflow-fails.yaml     the scenario agile-tv-v3/workflow-fails
    scenarios/common/slow.yaml                    the scenario common/slow, for any API

The shape is the published schema, and what a schema cannot say. Whether a scenario fits the
contracts is `library`'s question.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from mockserver.contract.explain import deepest, finding_of
from mockserver.document import lines_of, read
from mockserver.errors import Finding, LoadError
from mockserver.fault import problems_of
from mockserver.message import Json
from mockserver.pointer import pointer
from mockserver.scenario import COMMON, Rule, Scenario, rule_of, scenario_of, schema

NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
RESERVED: Final = re.compile(r"(status|rule)-[0-9]+")
SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})


def files_below(folder: Path) -> list[Path]:
    """The scenario files of a folder, sorted.

    Raises:
        LoadError: There is no such folder, or a file in it is in no API's folder.
    """
    if not folder.is_dir():
        raise LoadError([Finding(str(folder), "", "is no folder of scenarios")])
    files = sorted(each for each in folder.rglob("*") if each.suffix in SUFFIXES and each.is_file())
    allowed = f"{folder.name}/<api>/<name>.yaml or {folder.name}/{COMMON}/<name>.yaml"
    reason = "the file is not in the folder of an API"
    stray = [each for each in files if each.parent.parent != folder]
    if stray:
        raise LoadError(Finding(str(each), "", reason, allowed) for each in stray)
    return files


def shelves_of(packaged: Path, stems: Iterable[str]) -> dict[str, list[Path]]:
    """The files of packaged scenarios for these APIs, by API, `common` included."""
    served = {*stems, COMMON}
    shelves: dict[str, list[Path]] = {}
    for file in files_below(packaged):
        if file.parent.name in served:
            shelves.setdefault(file.parent.name, []).append(file)
    return shelves


def read_scenarios(files: Iterable[Path], folders: Iterable[Path]) -> list[Scenario]:
    """All scenarios of a server.

    Args:
        files: Of packaged scenarios.
        folders: Of the user, where a file takes the place of an earlier one with the same id.

    Raises:
        LoadError: With all findings of all files.
    """
    ours = list(files)
    findings: list[Finding] = []
    found: dict[str, Scenario] = {}
    for file in (*ours, *(each for folder in folders for each in files_below(folder))):
        try:
            scenario = read_scenario(file, trusted=file in ours)
        except LoadError as error:
            findings += error.findings
        else:
            found[scenario.id] = scenario
    if findings:
        raise LoadError(findings)
    return list(found.values())


def read_scenario(file: Path, *, trusted: bool = False) -> Scenario:
    """The scenario of one file, whose folder is the API and whose name is that of the scenario.

    Raises:
        LoadError: The file cannot be read or has not the shape; all findings with their lines.
    """
    node = read(file)
    findings = list(shape_findings(node, str(file), ""))
    if not findings:
        for number, rule in enumerate(node.get("rules", ())):
            findings += rule_findings(rule, str(file), f"/rules/{number}")
    if not NAME.fullmatch(file.stem) or RESERVED.fullmatch(file.stem):
        allowed = "small letters, digits and hyphens, but not status-<code>"
        reason = f"{file.stem!r} is no name of a scenario"
        findings.append(Finding(str(file), "", reason, allowed))
    if findings:
        raise LoadError(located(findings))
    return scenario_of(f"{file.parent.name}/{file.stem}", node, str(file), trusted=trusted)


def read_rule(name: str, node: Json) -> Rule:
    """The rule `name` that a caller wrote on the spot; raises `LoadError` with all findings."""
    findings = list(shape_findings(node, "rule", "rule"))
    findings = findings or list(rule_findings(node, "rule", ""))
    if findings:
        raise LoadError(findings)
    return rule_of(name, node)


def shape_findings(node: Json, file: str, definition: str) -> Iterator[Finding]:
    """What the schema of scenario files, or one of its definitions, says of `node`."""
    for error in _validator(definition).iter_errors(node):
        kind: Any = error.kind
        place = pointer(list(error.instance_path))
        needed = _needed(error)
        if needed:
            names = ", ".join(f"`{name}`" for name in needed)
            yield Finding(file, place, "something is missing", f"one of {names}")
        elif kind.name == "not":
            for names in _together(kind.schema, error.instance):
                yield Finding(file, place, f"{names} cannot be given together", "one of them")
        else:
            for leaf in deepest(error):
                yield finding_of(leaf, file, _allowed_keys)


def _needed(error: jsonschema_rs.ValidationError) -> list[str]:
    """The keys of which one must be there, for an error that says nothing else."""
    branches = getattr(error.kind, "context", None) or ()
    if any([each.kind.name for each in branch] != ["required"] for branch in branches):
        return []
    kinds: list[Any] = [branch[0].kind for branch in branches]
    return [kind.property for kind in kinds]


def _together(excluded: Json, node: Json) -> Iterator[str]:
    """The keys that exclude each other, as far as an object has them."""
    for each in excluded.get("anyOf", [excluded]) if isinstance(node, dict) else ():
        if node.keys() >= set(each["required"]):
            yield " and ".join(f"`{name}`" for name in each["required"])


_validators: dict[str, jsonschema_rs.Validator] = {}


def _validator(definition: str) -> jsonschema_rs.Validator:
    if definition not in _validators:
        whole = schema()
        own = {"$ref": f"#/$defs/{definition}", "$defs": whole["$defs"]} if definition else whole
        _validators[definition] = jsonschema_rs.Draft202012Validator(own)
    return _validators[definition]


def _allowed_keys(schema_path: list[str | int]) -> list[str]:
    node = schema()
    for step in schema_path[:-1]:
        node = node[step]
    return list(node.get("properties", {}))


def rule_findings(node: Json, file: str, at: str) -> Iterator[Finding]:
    """What is wrong with a rule of the right shape, whatever the contract is.

    Args:
        node: The rule.
        file: Where it is.
        at: Its JSON pointer there.
    """

    def finding(place: str, reason: str, allowed: str = "") -> Finding:
        return Finding(file, at + place, reason, allowed)

    fault = node.get("fault", {})
    for reason in problems_of(fault) if "fault" in node else ():
        yield finding("/fault", reason)
    turns = node.get("replies", [node["reply"]] if "reply" in node else [])
    if turns and fault.get("before") == "deed" and "break" in fault:
        yield finding("/fault/before", "the request is lost before the deed, so nothing is replied")
    yield from _of_headers(node, finding)
    yield from _of_turns(node, finding)
    yield from _of_when(node.get("when", {}), finding)
    if node.get("as") == "gateway":
        for turn in turns:
            status = turn.get("status", 0)
            if not turn.get("through") and status < 400:  # noqa: PLR2004 - the errors begin there
                yield finding("", "a gateway speaks only for itself", "a status from 400")


def _of_headers(node: Json, finding: Callable[..., Finding]) -> Iterator[Finding]:
    for place, turn in (("/reply", node.get("reply", {})), *_placed(node.get("replies", []))):
        for name, value in turn.get("headers", {}).items():
            try:
                f"{name}{value}".encode("latin-1")
            except UnicodeEncodeError:
                where = place + pointer(["headers", name])
                yield finding(where, "a header is sent in Latin-1, which does not have all of this")


def _of_when(when: Json, finding: Callable[..., Finding]) -> Iterator[Finding]:
    for location, conditions in when.items():
        for name, condition in conditions.items():
            pattern = condition.get("regex") if isinstance(condition, dict) else None
            try:
                re.compile(pattern or "")
            except (re.error, OverflowError, RecursionError) as error:
                place = pointer(["when", location, name, "regex"])
                yield finding(place, f"{pattern!r} is no regular expression: {error}")


def _of_turns(node: Json, finding: Callable[..., Finding]) -> Iterator[Finding]:
    turns = node.get("replies", [])
    weighted = [turn for turn in turns if "weight" in turn]
    if weighted and len(weighted) < len(turns):
        yield finding("/replies", "some replies have a weight and some have none", "all or none")
    for number, (place, turn) in enumerate(_placed(turns)):
        if weighted and "times" in turn:
            yield finding(f"{place}/times", "a weighted choice has no turns", "weight")
        if turn.get("through") and turn.keys() - {"through", "times", "weight"}:
            reason = "who lets the request through does not reply"
            yield finding(place, reason, "through, times, weight")
        if not weighted and "times" not in turn and number < len(turns) - 1:
            reason = "it never ends, so the replies behind it are never given"
            yield finding(place, reason, "times")


def _placed(turns: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    return ((f"/replies/{number}", turn) for number, turn in enumerate(turns))


def located(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings with the lines of their places."""
    found = list(findings)
    for name in dict.fromkeys(each.file for each in found):
        lines = lines_of(Path(name), [each.pointer for each in found if each.file == name])
        for each in found:
            if each.file == name:
                yield replace(each, line=lines.get(each.pointer, 0))
