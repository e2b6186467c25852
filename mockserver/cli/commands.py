"""What each command does. What it needs is imported by it, so that others start at once."""

import argparse
import gc
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from mockserver.errors import Finding, UnknownName, UsageError, nearest, told
from mockserver.message import Json
from mockserver.settings import PREFIX, Settings, gather, packaged, scenario_folders, spec_paths

if TYPE_CHECKING:
    from mockserver.contract.operation import Contract

ANSWER_S: Final = 30  # for a server to tell its coverage
HINTS: Final = {
    401: "; --admin-token or MOCKSERVER_ADMIN_TOKEN gives one",
    404: "; is the admin API on a port of its own, or not served?",
}


def settings_of(flags: argparse.Namespace) -> Settings:
    """What the flags of `serve`, the environment and a settings file say together."""
    specs = (*flags.spec, *(flags.specs or ())) or None
    scenarios = tuple(flags.scenarios) if flags.scenarios else None
    return gather(vars(flags) | {"specs": specs, "scenarios": scenarios}, config=flags.config)


def serve(flags: argparse.Namespace) -> int:
    """Serve until a signal comes."""
    settings = settings_of(flags)
    gc.disable()  # what is loaded now stays; `run` collects again once it is ready
    from mockserver.server.run import serve as run  # noqa: PLC0415 - see the module's docstring

    return run(settings)


def check(flags: argparse.Namespace) -> int:
    """Print everything that is wrong with contracts and scenarios."""
    from mockserver.findings import check_all  # noqa: PLC0415 - see the module's docstring

    found = check_all(flags.paths, specs=spec_paths(()), scenarios=scenario_folders(()))
    findings = found.findings
    if flags.json:
        _print(json.dumps([_record(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(f"{finding.severity}: {finding}")
        errors = sum(finding.severity == "error" for finding in findings)
        counts = [_several(found.contracts, "contract")] if found.contracts else []
        counts += [_several(found.scenarios, "scenario")] if found.scenarios else []
        wrong = _several(errors, "error"), _several(len(findings) - errors, "warning")
        _print(f"{' and '.join(counts)} checked: {', '.join(wrong)}")
    return int(any(finding.severity == "error" for finding in findings))


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _record(finding: Finding) -> Json:
    return {
        "severity": finding.severity,
        "file": finding.file,
        "line": finding.line,
        "pointer": finding.pointer,
        "reason": finding.reason,
        "allowed": finding.allowed,
        "nearest": finding.nearest,
    }


def list_(flags: argparse.Namespace) -> int:
    """Print contracts, operations or scenarios."""
    from mockserver.catalogue import contract_record, operation_record  # noqa: PLC0415
    from mockserver.contract.load import files_of, load_all  # noqa: PLC0415

    if flags.what != "scenarios":
        for name in ("scenarios", "api", "tag"):
            if getattr(flags, name):
                raise UsageError(f"--{name} is for `list scenarios`, not for `list {flags.what}`")
    contracts = load_all(files_of(spec_paths(flags.specs)))
    if flags.what == "contracts":
        records = [contract_record(contract) for contract in contracts]
        columns: tuple[str, ...] = ("stem", "version", "operations", "title")
    elif flags.what == "operations":
        operations = [op for contract in contracts for op in contract.operations]
        records = [
            operation_record(op) | {"unchecked": op.uncheckable() or None} for op in operations
        ]
        columns = ("id", "method", "path", "source", "note")
    else:
        records = _scenarios(contracts, flags)
        columns = ("id", "tags", "summary")
    if flags.json:
        _print(json.dumps(records, indent=2, ensure_ascii=False))
    else:
        _table(columns, [_row(record) for record in records])
    return 0


def _scenarios(contracts: "Sequence[Contract]", flags: argparse.Namespace) -> list[Json]:
    """The records of the scenarios that are asked for."""
    from mockserver.catalogue import scenario_records  # noqa: PLC0415 - see the module's docstring
    from mockserver.library import Library  # noqa: PLC0415 - the same
    from mockserver.scenario_files import (  # noqa: PLC0415 - the same
        elsewhere,
        files_below,
        left_out,
        read_scenarios,
        shelves_of,
    )
    from mockserver.service import Services  # noqa: PLC0415 - the same
    from mockserver.simulations import collections  # noqa: PLC0415 - the same

    stems = [contract.stem for contract in contracts]
    folders = scenario_folders(flags.scenarios)
    shelves = shelves_of(packaged("scenarios"), stems)
    files = [file for shelf in shelves.values() for file in shelf]
    unserved = elsewhere(stems)
    library = Library(
        read_scenarios(files, folders, unserved=unserved),
        Services(contracts, collections=collections()),
    )
    for finding in left_out((file for each in folders for file in files_below(each)), unserved):
        sys.stderr.write(f"mockserver: {finding.severity}: {finding}\n")
    try:
        return scenario_records(library, apis=flags.api or (), tags=flags.tag or ())
    except UnknownName as error:
        names, near = ", ".join(sorted(error.valid)), nearest(error.name, error.valid)
        hint = f"; did you mean {near}?" if near else ""
        text = f"there is no {error.kind} {told(error.name)}; allowed: {names}{hint}"
        raise UsageError(text) from error


def _row(record: Json) -> Json:
    if "tags" in record:
        return record | {"tags": " ".join(record["tags"])}
    provenance = record.get("provenance") or {}
    source = provenance.get("source", "not stated")
    confidence = provenance.get("confidence")
    note = f"not checked: {record['unchecked']}" if record.get("unchecked") else ""
    return record | {"source": f"{source} ({confidence})" if confidence else source, "note": note}


def _table(columns: Sequence[str], records: Iterable[Json]) -> None:
    rows = [[name.upper() for name in columns]]
    rows += [[str(record[name]) for name in columns] for record in records]
    widths = [max(len(row[index]) for row in rows) for index in range(len(columns))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        _print("  ".join(cells).rstrip())


def schema(_flags: argparse.Namespace) -> int:
    """Print the JSON Schema of scenario files."""
    from mockserver.scenario import SCHEMA  # noqa: PLC0415 - see the module's docstring

    _print(SCHEMA.read_text(encoding="utf-8").rstrip())
    return 0


def coverage(flags: argparse.Namespace) -> int:
    """Print what callers of a running server have met."""
    from mockserver.coverage import table  # noqa: PLC0415 - see the module's docstring

    token = flags.admin_token or os.environ.get(PREFIX + "ADMIN_TOKEN", "")
    report = _told(flags.url, token)
    _print(json.dumps(report, indent=2) if flags.json else table(report))
    percent = report["totals"]["statuses"]["percent"]
    if flags.fail_under is not None and percent < flags.fail_under:
        sys.stderr.write(f"mockserver: {percent} % of the documented replies were met; ")
        sys.stderr.write(f"wanted: {flags.fail_under:g} %\n")
        return 1
    return 0


def _told(url: str, token: str) -> Json:
    """The coverage that a running server tells.

    No proxy of the environment is asked: a test double is near.
    """
    from http.client import HTTPException  # noqa: PLC0415 - see the module's docstring
    from urllib.error import HTTPError, URLError  # noqa: PLC0415 - the same
    from urllib.request import ProxyHandler, Request, build_opener  # noqa: PLC0415 - the same

    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} is no URL; allowed: http://... or https://...")
    address = url.rstrip("/").removesuffix("/__admin") + "/__admin/coverage"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        request = Request(address, headers=headers)  # noqa: S310 - http or https, see above
        with build_opener(ProxyHandler({})).open(request, timeout=ANSWER_S) as answer:
            report = json.load(answer)
    except HTTPError as error:
        hint = HINTS.get(error.code, "")
        raise UsageError(f"{address} answers {error.code} {error.reason}{hint}") from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        reason = str(getattr(error, "reason", error))
        hint = "; SSL_CERT_FILE=FILE trusts one" if "CERTIFICATE_VERIFY_FAILED" in reason else ""
        raise UsageError(f"{address} tells no coverage: {reason}{hint}") from error
    if not isinstance(report, dict) or not {"operations", "scenarios", "totals"} <= report.keys():
        raise UsageError(f"{address} tells no coverage: it is not a mockserver that answers")
    return report


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
