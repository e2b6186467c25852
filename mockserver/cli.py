"""The command `mockserver`: serve, check, list.

Exit codes: 0 fine, 1 findings, 2 usage or unusable input, 130 and 143 on signals. What a command
needs is imported by that command, so that `--help` and a typo answer at once.
"""

import argparse
import gc
import json
import os
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver import __version__
from mockserver.errors import Finding, MockServerError
from mockserver.exchange import Json
from mockserver.settings import gather, spec_paths

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - has no other name

SERVE_EXAMPLES = """\
examples:
  mockserver serve                               the packaged contracts on http://127.0.0.1:8080
  mockserver serve --port 0 --json               a free port, told as one JSON object
  mockserver serve specs/agile-tv-v3.yaml        one contract
  mockserver serve --specs my-contracts --strict your own contracts, to the letter
  mockserver serve --auth issued                 only tokens of the token endpoint
  mockserver serve --tls-cert c.pem --tls-key k.pem --port 8443

Every flag has a variable: --log-level is MOCKSERVER_LOG_LEVEL. A flag beats its variable, which
beats the file of --config (TOML: log_level = "warning").
"""
CHECK_EXAMPLES = """\
examples:
  mockserver check                     the packaged contracts
  mockserver check api.yaml more/      files and folders
  mockserver check --json api.yaml     findings for a program

Exit code 1 when there are errors; warnings alone are 0.
"""
LIST_EXAMPLES = """\
examples:
  mockserver list contracts
  mockserver list operations --specs my-contracts
  mockserver list operations --json
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    flags = _parser().parse_args(arguments)
    # Also before the server is up: a container's process 1 has no default for this signal.
    before = signal.signal(signal.SIGTERM, _end)
    try:
        code: int = flags.run(flags)
        sys.stdout.flush()
    except MockServerError as error:
        _complain(str(error))
        return 2
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        return 0
    except KeyboardInterrupt:
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    return code


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _complain(text: str) -> None:
    for line in text.splitlines():
        sys.stderr.write(f"mockserver: {line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mockserver",
        description="A provider you can rewind: serves OpenAPI contracts, true to the letter.",
    )
    parser.add_argument("--version", action="version", version=f"mockserver {__version__}")
    commands = parser.add_subparsers(required=True, metavar="serve | check | list")
    _add_serve(commands)
    _add_check(commands)
    _add_list(commands)
    return parser


def _command(commands: "Commands", name: str, text: str, examples: str) -> argparse.ArgumentParser:
    return commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_serve(commands: "Commands") -> None:
    parser = _command(commands, "serve", "serve contracts", SERVE_EXAMPLES)
    parser.set_defaults(run=_serve)
    _specs(parser)
    add = parser.add_argument
    add("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    add("--host", help="address to listen on (default 127.0.0.1)")
    add("--port", type=int, help="port to listen on, 0 for a free one (default 8080)")
    add("--tls-cert", type=Path, metavar="FILE", help="serve HTTPS with this certificate (PEM)")
    add("--tls-key", type=Path, metavar="FILE", help="and its key (PEM)")
    add(
        "--auth",
        metavar="any|required|issued",
        help="bearer tokens: anything goes (default), one must be there, only issued ones",
    )
    strictness = parser.add_mutually_exclusive_group()
    strictness.add_argument(
        "--strict", action="store_true", default=None, help="refuse all that the schemas refuse"
    )
    strictness.add_argument(
        "--lenient",
        dest="strict",
        action="store_false",
        default=None,
        help="accept True/False in queries and null for optional members (default)",
    )
    add("--seed", type=int, help="seed of generated replies (default 0)")
    add("--admin-token", metavar="TOKEN", help="bearer token of the admin API")
    add(
        "--no-mock-headers",
        dest="mock_headers",
        action="store_false",
        default=None,
        help="reply without the X-Mock-* headers",
    )
    add("--log-format", metavar="text|json", help="default: text on a terminal, else json")
    add("--log-level", metavar="LEVEL", help="debug, info (default), warning or error")
    add("--json", action="store_true", default=None, help="print the ready line as JSON")


def _add_check(commands: "Commands") -> None:
    parser = _command(commands, "check", "find what is wrong with contracts", CHECK_EXAMPLES)
    parser.set_defaults(run=_check)
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and folders")
    parser.add_argument("--json", action="store_true", help="print findings as JSON")


def _add_list(commands: "Commands") -> None:
    parser = _command(commands, "list", "list contracts or operations", LIST_EXAMPLES)
    parser.set_defaults(run=_list)
    parser.add_argument("what", choices=("contracts", "operations"))
    parser.add_argument(
        "--specs", action="append", type=Path, metavar="DIR", help="instead of the packaged ones"
    )
    parser.add_argument("--json", action="store_true", help="print records as JSON")


def _specs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "spec", nargs="*", type=Path, metavar="SPEC", help="contract files or folders"
    )
    parser.add_argument(
        "--specs",
        action="append",
        type=Path,
        metavar="DIR",
        help="folder of contracts (repeatable)",
    )


def _serve(flags: argparse.Namespace) -> int:
    given = vars(flags) | {"specs": (*flags.spec, *(flags.specs or ())) or None}
    settings = gather(given, config=flags.config)
    gc.disable()  # what is loaded now stays; `serve` collects again once it is ready
    from mockserver.server.run import serve  # noqa: PLC0415 - see the module's docstring

    return serve(settings)


def _check(flags: argparse.Namespace) -> int:
    from mockserver.findings import findings_of  # noqa: PLC0415 - see the module's docstring

    findings, count = findings_of(spec_paths(flags.paths))
    if flags.json:
        _print(json.dumps([_record(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(f"{finding.severity}: {finding}")
        errors = sum(finding.severity == "error" for finding in findings)
        warnings = len(findings) - errors
        counts = _several(count, "contract"), _several(errors, "error")
        _print(f"{counts[0]} checked: {counts[1]}, {_several(warnings, 'warning')}")
    return int(any(finding.severity == "error" for finding in findings))


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _record(finding: Finding) -> Json:
    return {
        "severity": finding.severity,
        "file": finding.file,
        "pointer": finding.pointer,
        "reason": finding.reason,
        "allowed": finding.allowed,
        "nearest": finding.nearest,
    }


def _list(flags: argparse.Namespace) -> int:
    from mockserver.catalogue import contract_record, operation_record  # noqa: PLC0415
    from mockserver.contract.load import files_of, load_all  # noqa: PLC0415

    contracts = load_all(files_of(spec_paths(flags.specs)))
    if flags.what == "contracts":
        records = [contract_record(contract) for contract in contracts]
        columns: tuple[str, ...] = ("stem", "version", "operations", "title")
    else:
        operations = [op for contract in contracts for op in contract.operations]
        records = [
            operation_record(op) | {"unchecked": op.uncheckable() or None} for op in operations
        ]
        columns = ("id", "method", "path", "source", "note")
    if flags.json:
        _print(json.dumps(records, indent=2, ensure_ascii=False))
    else:
        _table(columns, [_row(record) for record in records])
    return 0


def _row(record: Json) -> Json:
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


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
