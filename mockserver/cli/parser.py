"""The flags of every command, with examples."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from mockserver import __version__
from mockserver.cli import commands

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - has no other name

SERVE_EXAMPLES = """\
examples:
  mockserver serve                               the packaged contracts on http://127.0.0.1:8080
  mockserver serve --port 0 --json               a free port, told as one JSON object
  mockserver serve specs/agile-tv-v3.yaml        one contract
  mockserver serve --specs my-contracts --strict your own contracts, to the letter
  mockserver serve --scenarios my-scenarios      your own scenarios beside the packaged ones
  mockserver serve --auth issued                 only tokens of the token endpoint
  mockserver serve --admin-port 8081             the admin API on a port of its own
  mockserver serve --tls-cert c.pem --tls-key k.pem --port 8443

Every flag has a variable: --log-level is MOCKSERVER_LOG_LEVEL. A flag beats its variable, which
beats the file of --config (TOML: log_level = "warning").
"""
CHECK_EXAMPLES = """\
examples:
  mockserver check                        the packaged contracts and scenarios
  mockserver check api.yaml more/         files and folders of contracts
  mockserver check my-scenarios           scenarios, against the packaged contracts
  mockserver check my-specs my-scenarios  scenarios, against your own contracts
  mockserver check --json api.yaml        findings for a program

A folder is one of scenarios when its files are in folders of APIs: my-scenarios/agile-tv-v3/x.yaml.
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

The percentage is that of documented replies that were met. Exit code 1 when it is too low.
"""


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    whole = argparse.ArgumentParser(
        prog="mockserver",
        description="A provider you can rewind: serves OpenAPI contracts, true to the letter.",
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
    add("spec", nargs="*", type=Path, metavar="SPEC", help="contract files or folders")
    _folder(command, "--specs", "folder of contracts (repeatable)")
    _folder(command, "--scenarios", "folder of scenarios beside the packaged ones (repeatable)")
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
    strictness = command.add_mutually_exclusive_group()
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
    add("--seed", type=int, help="seed of the default session (default 0)")
    add(
        "--sessions",
        metavar="open|declared",
        help="whether the first use of a name makes a session (default open)",
    )
    add("--session-idle-s", type=int, metavar="S", help="when idle sessions end (default 3600)")
    add("--sessions-max", type=int, metavar="N", help="how many there may be (default 1000)")
    place = command.add_mutually_exclusive_group()
    place.add_argument("--admin-port", type=int, help="of the admin API (default: the same port)")
    place.add_argument(
        "--no-admin",
        dest="admin",
        action="store_false",
        default=None,
        help="serve no admin API but its health",
    )
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


def _add_check(known: "Commands") -> None:
    text = "find what is wrong with contracts and scenarios"
    command = _command(known, "check", text, CHECK_EXAMPLES)
    command.set_defaults(run=commands.check)
    command.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and folders")
    command.add_argument("--json", action="store_true", help="print findings as JSON")


def _add_list(known: "Commands") -> None:
    text = "list contracts, operations or scenarios"
    command = _command(known, "list", text, LIST_EXAMPLES)
    command.set_defaults(run=commands.list_)
    add = command.add_argument
    add("what", choices=("contracts", "operations", "scenarios"))
    _folder(command, "--specs", "instead of the packaged ones")
    _folder(command, "--scenarios", "beside the packaged ones")
    add("--api", action="append", metavar="STEM", help="scenarios of this API (repeatable)")
    add("--tag", action="append", metavar="TAG", help="scenarios with this tag (repeatable)")
    add("--json", action="store_true", help="print records as JSON")


def _add_schema(known: "Commands") -> None:
    command = _command(known, "schema", "print the JSON Schema of a file", SCHEMA_EXAMPLES)
    command.set_defaults(run=commands.schema)
    command.add_argument("what", choices=("scenario",))


def _add_coverage(known: "Commands") -> None:
    text = "tell what callers of a running server have met"
    command = _command(known, "coverage", text, COVERAGE_EXAMPLES)
    command.set_defaults(run=commands.coverage)
    add = command.add_argument
    add("url", metavar="URL", help="of the server, or of its admin port")
    add("--fail-under", type=float, metavar="N", help="exit with 1 below N percent")
    add("--admin-token", metavar="TOKEN", help="default: MOCKSERVER_ADMIN_TOKEN")
    add("--json", action="store_true", help="print the report as JSON")


def _folder(command: argparse.ArgumentParser, name: str, text: str) -> None:
    command.add_argument(name, action="append", type=Path, metavar="DIR", help=text)
