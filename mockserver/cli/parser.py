"""The flags of every command, with examples."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver import __version__
from mockserver.cli import commands

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - has no other name

PERCENT_MAX = 100
SERVE_EXAMPLES = """\
examples:
  mockserver serve                               the packaged contracts on http://127.0.0.1:8080
  mockserver serve --port 0 --json               a free port, told as one JSON object
  mockserver serve specs/agile-tv-v3.yaml        one contract
  mockserver serve --specs my-contracts --strict your own contracts, to the letter
  mockserver serve --scenarios my-scenarios      your own scenarios beside the packaged ones
  mockserver serve --auth issued                 only tokens of the token endpoint
  mockserver serve --admin-port 8081             the admin API on a port of its own
  mockserver serve --state sqlite:mock.db --workers 4  four processes on one port, one state
  mockserver serve --tls-cert c.pem --tls-key k.pem --port 8443

Every flag has a variable: --log-level is MOCKSERVER_LOG_LEVEL. A flag beats its variable, which
beats the file of --config (TOML: log_level = "warning"). Several folders in one variable are
separated as in PATH: MOCKSERVER_SCENARIOS=ours:theirs.
"""
CHECK_EXAMPLES = """\
examples:
  mockserver check                        the packaged contracts and scenarios
  mockserver check api.yaml more/         files and folders of contracts
  mockserver check my-scenarios           scenarios, against the packaged contracts
  mockserver check my-specs my-scenarios  scenarios, against your own contracts
  mockserver check --json api.yaml        findings for a program

The folder of a scenario says its API: my-scenarios/agile-tv-v3/x.yaml, or common/x.yaml for any.
MOCKSERVER_SPECS and MOCKSERVER_SCENARIOS say what is checked without PATH; the packaged scenarios
of these APIs are checked too, and those that do not fit your own contracts are warnings.
Exit code 1 when there are errors; warnings alone are 0.
"""
LIST_EXAMPLES = """\
examples:
  mockserver list contracts
  mockserver list operations --specs my-contracts
  mockserver list operations --json
  mockserver list scenarios --tag rainy --json      parameters for a test
  mockserver list scenarios --api agile-tv-v3
"""
SCHEMA_EXAMPLES = """\
examples:
  mockserver schema scenario > scenario.schema.json

An editor checks a scenario file that begins with
  # yaml-language-server: $schema=scenario.schema.json
"""
COVERAGE_EXAMPLES = """\
examples:
  mockserver coverage http://127.0.0.1:8080
  mockserver coverage http://127.0.0.1:8080 --fail-under 80
  mockserver coverage http://127.0.0.1:8080 --json

The percentage is that of documented replies that were met. Exit code 1 when it is too low, 2 when
the server tells nothing. A certificate of your own: SSL_CERT_FILE=cert.pem mockserver coverage ...
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    whole = argparse.ArgumentParser(
        prog="mockserver",
        description="A provider you can rewind: serves OpenAPI contracts, true to the letter.",
        epilog="`mockserver COMMAND --help` has examples. Exit codes: 0 fine, 1 findings, 2 usage.",
    )
    whole.add_argument("--version", action="version", version=f"mockserver {__version__}")
    known = whole.add_subparsers(required=True, metavar="serve | check | list | schema | coverage")
    _add_serve(known)
    _add_check(known)
    _add_list(known)
    _add_schema(known)
    _add_coverage(known)
    return whole


def _command(known: "Commands", name: str, text: str, examples: str) -> argparse.ArgumentParser:
    return known.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def _add_serve(known: "Commands") -> None:
    command = _command(known, "serve", "serve contracts", SERVE_EXAMPLES)
    command.set_defaults(run=commands.serve)
    add = command.add_argument
    add(
        "spec",
        nargs="*",
        type=Path,
        metavar="SPEC",
        help="contracts: files or folders (default: the packaged ones)",
    )
    _folder(command, "--specs", "a folder of contracts, as SPEC (repeatable)")
    _folder(command, "--scenarios", "a folder of scenarios beside the packaged ones (repeatable)")
    add("--config", type=Path, metavar="FILE", help="settings file (TOML)")
    add("--host", help="address to listen on (default 127.0.0.1)")
    add("--port", type=int, help="port to listen on, 0 for a free one (default 8080)")
    add("--tls-cert", type=Path, metavar="FILE", help="serve HTTPS with this certificate (PEM)")
    add("--tls-key", type=Path, metavar="FILE", help="the key of the certificate (PEM)")
    add(
        "--auth",
        metavar="any|required|issued",
        help="bearer tokens: anything goes (default), one must be there, only issued ones",
    )
    strictness = command.add_mutually_exclusive_group()
    strictness.add_argument(
        "--strict", action="store_true", default=None, help="refuse all that the schemas refuse"
    )
    strictness.add_argument(
        "--lenient",
        dest="strict",
        action="store_false",
        default=None,
        help="accept True/False and %%2C in queries, null for optional members (default)",
    )
    add("--seed", type=int, metavar="N", help="what is drawn in the default session (default 0)")
    add(
        "--state",
        metavar="memory|none|sqlite:PATH",
        help="where what is created is remembered (default memory); with none every reply is an "
        "example",
    )
    add(
        "--workers",
        type=int,
        metavar="N",
        help="how many processes serve the port (default 1); several need a state that they can "
        "share: sqlite:PATH",
    )
    add(
        "--sessions",
        metavar="open|declared",
        help="whether the first use of a name makes a session (default), or the admin API alone",
    )
    add(
        "--session-idle-s",
        type=int,
        metavar="S",
        help="seconds until an idle session ends (default 3600)",
    )
    add(
        "--sessions-max",
        type=int,
        metavar="N",
        help="how many sessions there may be (default 1000)",
    )
    add(
        "--records-max",
        type=int,
        metavar="N",
        help="how many records a session may have (default 200000)",
    )
    add(
        "--requests-max",
        type=int,
        metavar="N",
        help="how many requests the journal of a session keeps (default 10000)",
    )
    place = command.add_mutually_exclusive_group()
    place.add_argument(
        "--admin-port",
        type=int,
        metavar="PORT",
        help="port of the admin API, 0 for a free one (default: that of the contracts)",
    )
    place.add_argument(
        "--no-admin",
        dest="admin",
        action="store_false",
        default=None,
        help="serve nothing of the admin API but its health",
    )
    add(
        "--admin-token",
        metavar="TOKEN",
        help="bearer token of the admin API (default: none, but one is made up and printed where "
        "other machines can reach it)",
    )
    add(
        "--no-mock-headers",
        dest="mock_headers",
        action="store_false",
        default=None,
        help="reply without the X-Mock-* headers",
    )
    add(
        "--log-format",
        metavar="text|json",
        help="of the access lines (default: text on a terminal, else json)",
    )
    add("--log-level", metavar="LEVEL", help="debug, info (default), warning or error")
    add("--json", action="store_true", default=None, help="print the ready line as JSON")


def _add_check(known: "Commands") -> None:
    text = "find what is wrong with contracts and scenarios"
    command = _command(known, "check", text, CHECK_EXAMPLES)
    command.set_defaults(run=commands.check)
    command.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="contracts and scenarios: files and folders",
    )
    command.add_argument("--json", action="store_true", help="print findings as JSON")


def _add_list(known: "Commands") -> None:
    text = "list contracts, operations or scenarios"
    command = _command(known, "list", text, LIST_EXAMPLES)
    command.set_defaults(run=commands.list_)
    add = command.add_argument
    add("what", choices=("contracts", "operations", "scenarios"), help="what to list")
    _folder(
        command,
        "--specs",
        "contracts instead of the packaged ones, a folder or a file (repeatable)",
    )
    _folder(command, "--scenarios", "scenarios beside the packaged ones (repeatable)")
    add(
        "--api",
        action="append",
        metavar="STEM",
        help="only scenarios of this API, or `common` (repeatable: any of them)",
    )
    add(
        "--tag",
        action="append",
        metavar="TAG",
        help="only scenarios with this tag (repeatable: all of them)",
    )
    add("--json", action="store_true", help="print records as JSON")


def _add_schema(known: "Commands") -> None:
    command = _command(known, "schema", "print the JSON Schema of a file", SCHEMA_EXAMPLES)
    command.set_defaults(run=commands.schema)
    command.add_argument("what", choices=("scenario",), help="the kind of file")


def _add_coverage(known: "Commands") -> None:
    text = "tell what callers of a running server have met"
    command = _command(known, "coverage", text, COVERAGE_EXAMPLES)
    command.set_defaults(run=commands.coverage)
    add = command.add_argument
    add("url", metavar="URL", help="of the server, or of its admin port")
    add("--fail-under", type=_percent, metavar="N", help="exit with 1 below N percent")
    add("--admin-token", metavar="TOKEN", help="of the server (default: MOCKSERVER_ADMIN_TOKEN)")
    add("--json", action="store_true", help="print the report as JSON")


def _folder(command: argparse.ArgumentParser, name: str, text: str) -> None:
    command.add_argument(name, action="append", type=Path, metavar="DIR", help=text)


def _percent(text: str) -> float:
    """A share; raises `ValueError`, which argparse tells, for what is none."""
    share = float(text)
    if not 0 <= share <= PERCENT_MAX:
        raise argparse.ArgumentTypeError(f"found {text}; allowed: 0 to {PERCENT_MAX}")
    return share
