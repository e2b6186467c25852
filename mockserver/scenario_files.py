"""Scenario files: where they are, and how they are read.

    scenarios/agile-tv-v3/workflow-fails.yaml     the scenario agile-tv-v3/workflow-fails
    scenarios/common/slow.yaml                    the scenario common/slow, for any API

What shape they have is `scenario_shape`'s question, whether they fit the contracts is `fit`'s.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from mockserver.contract.load import files_of
from mockserver.document import lines_of, read
from mockserver.errors import Finding, LoadError
from mockserver.scenario import COMMON, Scenario, scenario_of
from mockserver.scenario_shape import (
    RULE_MAX,
    course_findings,
    rule_findings,
    shape_findings,
    size_findings,
)
from mockserver.settings import packaged as packaged_folder

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
    files = list(visible(folder))
    allowed = f"{folder.name}/<api>/<name>.yaml or {folder.name}/{COMMON}/<name>.yaml"
    reason = "the file is not in the folder of an API"
    stray = [each for each in files if each.parent.parent != folder]
    if stray:
        raise LoadError(Finding(str(each), "", reason, allowed) for each in stray)
    return files


def visible(folder: Path, *, deep: bool = True) -> Iterator[Path]:
    """The scenario files or contracts of a folder, with `deep` also of those below it, sorted.

    What is hidden is left out and links in the folder are followed, so that a volume of Kubernetes,
    which has its files under `..data` and links to them, is read once.
    """
    yield from sorted(_visible(folder, folder.resolve(), deep=deep))


def _visible(folder: Path, top: Path, *, deep: bool) -> Iterator[Path]:
    try:
        inside = [each for each in folder.iterdir() if not each.name.startswith(".")]
    except OSError:  # is told by who reads it
        return
    below = folder.resolve() != top
    for each in inside:
        if each.suffix in SUFFIXES and each.is_file():
            yield each
        elif deep and each.is_dir() and not (below and each.is_symlink()):
            inner = [] if each.resolve() in (top, *top.parents) else _visible(each, top, deep=deep)
            yield from inner


def twice(files: Iterable[Path]) -> Iterator[Finding]:
    """A finding for each file that would be the same scenario as an earlier one of its folder."""
    found: dict[tuple[Path, str], Path] = {}
    for file in files:
        first = found.setdefault((file.parent, file.stem), file)
        if first != file:
            reason = f"the scenario {file.parent.name}/{file.stem} is in {first.name} already"
            yield Finding(str(file), "", reason, "one file for a scenario")


def elsewhere(stems: Iterable[str]) -> frozenset[str]:
    """The packaged APIs that are not among the served ones."""
    known = files_of([packaged_folder("specs")])
    return frozenset(file.stem for file in known).difference(stems)


def left_out(files: Iterable[Path], unserved: Collection[str]) -> Iterator[Finding]:
    """A warning for each folder that has scenarios of `unserved` APIs; they are not read."""
    folders: dict[Path, list[str]] = {}
    for file in files:
        if file.parent.name in unserved:
            folders.setdefault(file.parent.parent, []).append(file.parent.name)
    for folder, stems in folders.items():
        names = ", ".join(dict.fromkeys(stems))
        reason = f"scenarios of APIs that are not served are left out: {names}"
        yield Finding(str(folder), "", reason, severity="warning")


def shelves_of(packaged: Path, stems: Iterable[str]) -> dict[str, list[Path]]:
    """The files of packaged scenarios for these APIs, by API, `common` included."""
    served = {*stems, COMMON}
    shelves: dict[str, list[Path]] = {}
    for file in files_below(packaged):
        if file.parent.name in served:
            shelves.setdefault(file.parent.name, []).append(file)
    return shelves


def read_scenarios(
    files: Iterable[Path], folders: Iterable[Path], *, unserved: Collection[str] = ()
) -> list[Scenario]:
    """All scenarios of a server.

    Args:
        files: Of packaged scenarios.
        folders: Of the user, where a file takes the place of one of an earlier folder with the same
            id.
        unserved: APIs whose folders are left out.

    Raises:
        LoadError: With all findings of all files.
    """
    ours = list(files)
    findings: list[Finding] = []
    found: dict[str, Scenario] = {}
    theirs: list[Path] = []
    for folder in folders:
        below = files_below(folder)
        findings += twice(below)
        theirs += (file for file in below if file.parent.name not in unserved)
    for file in (*ours, *theirs):
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
            at = f"/rules/{number}"
            findings += size_findings(rule, RULE_MAX, str(file), at)
            findings += rule_findings(rule, str(file), at)
        findings += course_findings(node.get("course", {}), str(file), "/course")
    if not NAME.fullmatch(file.stem) or RESERVED.fullmatch(file.stem):
        allowed = "small letters, digits and hyphens, but not status-<code>"
        reason = f"{file.stem!r} is no name of a scenario"
        findings.append(Finding(str(file), "", reason, allowed))
    if findings:
        raise LoadError(located(findings))
    return scenario_of(f"{file.parent.name}/{file.stem}", node, str(file), trusted=trusted)


def located(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings with the lines of their places."""
    found = list(findings)
    for name in dict.fromkeys(each.file for each in found):
        lines = lines_of(Path(name), [each.pointer for each in found if each.file == name])
        for each in found:
            if each.file == name:
                yield replace(each, line=lines.get(each.pointer, 0))
