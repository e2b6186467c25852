"""The command line as its users meet it: help, output, exit codes, one clear line for a mistake."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml

from mockserver import __version__
from mockserver.cli import main
from mockserver.document import parse_yaml

OK = {"200": {"description": "ok"}}
GOOD = {"/a/{id}": {"get": {
    "operationId": "read",
    "summary": "Read it",
    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
    "responses": OK,
    "x-provenance": {"source": "seed:003", "confidence": "high"},
}, "post": {"operationId": "write", "responses": OK, "parameters": [
    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}}}  # fmt: skip
HARD = {"/a": {"get": {"operationId": "hard", "responses": OK, "parameters": [
    {"name": "q", "in": "query", "schema": {"type": "string", "pattern": "(a{1000}){1000}"}},
]}}}  # fmt: skip
BAD = {"/a": {"get": {"operationID": "a", "responses": OK}}}

Run = Callable[..., "tuple[int, str, str]"]
Write = Callable[..., Path]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in this process: exit code, standard output, standard error."""
    for name in [name for name in os.environ if name.startswith("MOCKSERVER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")

    def call(*arguments: str | Path) -> tuple[int, str, str]:
        try:
            code = main([str(each) for each in arguments])
        except SystemExit as error:  # argparse
            code = error.code if isinstance(error.code, int) else 1
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a contract of some paths."""

    def make(name: str, paths: Any) -> Path:
        document = {"openapi": "3.0.3", "info": {"title": "Things", "version": "1"}, "paths": paths}
        file = tmp_path / name
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        return file

    return make


# --- help and usage ---


COMMANDS = {"serve": 3, "check": 3, "list": 3, "schema": 1, "coverage": 3}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_shows_examples(command: str, run: Run) -> None:
    code, out, _ = run(command, "--help")

    examples = out.partition("examples:\n")[2]
    assert code == 0
    assert examples.count(f"  mockserver {command}") >= COMMANDS[command]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_says_what_each_argument_is(command: str, run: Run) -> None:
    _, out, _ = run(command, "--help")
    lines = [each for each in out.partition("examples:")[0].splitlines() if each[:3].strip()]
    rows = [line for line in lines if line.startswith("  ")]

    folded = re.sub(r"\n {20,}", "  ", out)
    assert rows
    for row in rows:
        name = row.split("  ")[1]
        assert re.search(rf"^  {re.escape(name)} +\S+ \S+", folded, re.MULTILINE), name


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_of_the_help_use_flags_that_exist(command: str, run: Run) -> None:
    _, out, _ = run(command, "--help")
    usage, _, examples = out.partition("examples:")
    lines = re.findall(r"^  mockserver .*", examples, re.MULTILINE)

    used = {flag for line in lines for flag in re.findall(r"--[a-z-]+", line)}

    assert used <= set(re.findall(r"--[a-z-]+", usage))


def test_the_help_lists_the_commands(run: Run) -> None:
    code, out, _ = run("--help")

    assert code == 0
    assert all(f"\n    {command} " in out for command in COMMANDS)
    assert "mockserver COMMAND --help" in out


def test_the_version_is_told(run: Run) -> None:
    assert run("--version") == (0, f"mockserver {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["serve", "--frobnicate"],
        ["serve", "--port", "eighty"],
        ["serve", "--seed", "x"],
        ["serve", "--strict", "--lenient"],
        ["list"],
        ["list", "sessions"],
        ["schema"],
        ["schema", "contract"],
        ["coverage"],
        ["coverage", "http://127.0.0.1:1", "--fail-under", "all"],
        ["coverage", "http://127.0.0.1:1", "--fail-under", "nan"],
        ["coverage", "http://127.0.0.1:1", "--fail-under", "-1"],
        ["coverage", "http://127.0.0.1:1", "--fail-under", "100.1"],
        ["serve", "--admin-port", "8081", "--no-admin"],
        ["serve", "--sessions-max", "many"],
        ["serve", "--workers", "two"],
        ["check", "--strict"],
    ],
    ids=lambda arguments: " ".join(arguments) or "nothing",
)
def test_a_usage_error_is_exit_code_2(arguments: list[str], run: Run) -> None:
    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert "usage: mockserver" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--auth", "isued"],
            "--auth: found 'isued'; allowed: any, required, issued; did you mean ",
        ),
        (
            ["--log-level", "loud"],
            "--log-level: found 'loud'; allowed: debug, info, warning, error",
        ),
        (["--log-format", "xml"], "--log-format: found 'xml'; allowed: text, json"),
        (["--port", "70000"], "--port: found 70000; allowed: 0 to 65535"),
        (
            ["--port", "8081", "--admin-port", "8081"],
            "--port and --admin-port are both 8081; without --admin-port the admin API is on",
        ),
        (["--admin-port", "-1"], "--admin-port: found -1; allowed: 0 to 65535"),
        (["--sessions", "closed"], "--sessions: found 'closed'; allowed: open, declared"),
        (["--sessions-max", "0"], "--sessions-max: found 0; allowed: 1 and more"),
        (["--records-max", "0"], "--records-max: found 0; allowed: 1 and more"),
        (["--requests-max", "0"], "--requests-max: found 0; allowed: 1 and more"),
        (["--session-idle-s", "0"], "--session-idle-s: found 0; allowed: 1 and more"),
        (["--state", "disk"], "--state: found 'disk'; allowed: memory, none, sqlite:PATH"),
        (["--workers", "0"], "--workers: found 0; allowed: 1 to 64"),
        (["--workers", "2"], "--workers 2 needs a state that processes can share, such as --state"),
        (["--state", "sqlite:no/a.db"], "--state sqlite:no/a.db: The store no/a.db cannot be used"),
        (["--scenarios", "nowhere"], "nowhere: is no folder of scenarios"),
        (["--tls-cert", "c.pem"], "--tls-cert and --tls-key go together"),
        (["--config", "nothing.toml"], "--config: nothing.toml cannot be read: No such file"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_setting_that_cannot_be_used_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, run: Run
) -> None:
    code, out, err = run("serve", *arguments)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"mockserver: {message}")


def test_the_port_that_kubernetes_sets_is_one_line_and_exit_code_2(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKSERVER_PORT", "tcp://10.96.0.11:8080")

    code, _, err = run("serve")

    assert (code, err.count("\n")) == (2, 1)
    assert "Kubernetes" in err


# --- input that cannot be used ---


def unusable(folder: Path) -> dict[str, Path]:
    """Paths that hold no contract, by what is wrong with them."""
    (folder / "empty").mkdir()
    (folder / "loop.yaml").symlink_to(folder / "loop.yaml")
    texts = {
        "broken.yaml": b"openapi: [3.0.3\n",
        "tabs.yaml": b"openapi:\n\t3.0.3\n",
        "twice.yaml": b"openapi: 3.0.3\nopenapi: 3.0.3\n",
        "binary.yaml": b"\x00\xff\xfe",
        "nothing.yaml": b"",
        "scalar.yaml": b"hello\n",
        "broken.json": b'{"openapi": ',
        "other.yaml": b"name: x\n",
        "newer.yaml": b"openapi: 9.9.9\n",
    }
    for name, text in texts.items():
        (folder / name).write_bytes(text)
    return {name: folder / name for name in ["missing.yaml", "empty", "loop.yaml", *texts]}


KINDS = [
    *("missing.yaml", "empty", "loop.yaml", "broken.yaml", "tabs.yaml", "twice.yaml"),
    *("binary.yaml", "nothing.yaml", "scalar.yaml", "broken.json", "other.yaml", "newer.yaml"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["list", "contracts", "--specs"]],
                         ids=["serve", "list"])  # fmt: skip
def test_unusable_input_is_one_clear_line_and_exit_code_2(
    command: list[str], kind: str, run: Run, tmp_path: Path
) -> None:
    path = unusable(tmp_path)[kind]

    code, out, err = run(*command, path)

    assert (code, out) == (2, "")
    assert err.startswith(f"mockserver: {path}")
    assert err.count("\n") == 1
    assert "Traceback" not in err


@pytest.mark.parametrize("kind", KINDS)
def test_check_tells_what_is_wrong_with_a_file_from_what_is_no_file(
    kind: str, run: Run, tmp_path: Path
) -> None:
    path = unusable(tmp_path)[kind]

    code, out, err = run("check", path)

    unreadable = kind in ("missing.yaml", "empty", "loop.yaml")
    assert code == (2 if unreadable else 1)
    assert (err if unreadable else out).startswith(
        f"mockserver: {path}: " if unreadable else f"error: {path}"
    )


def test_the_unreadable_file_is_named_beside_readable_ones(
    run: Run, write: Write, tmp_path: Path
) -> None:
    good = write("good.yaml", GOOD)

    code, _, err = run("check", good, tmp_path / "missing.yaml")

    assert code == 2
    assert (
        err == f"mockserver: {tmp_path}/missing.yaml: cannot be read: No such file or directory\n"
    )


def test_two_contracts_for_one_path_cannot_be_served(run: Run, write: Write) -> None:
    first, second = write("first.yaml", GOOD), write("second.yaml", GOOD)

    code, _, err = run("serve", "--port", "0", first, second)

    assert code == 2
    assert "first/read" in err
    assert "second/read" in err


# --- check ---


def test_check_finds_nothing_in_a_good_contract(run: Run, write: Write) -> None:
    assert run("check", write("good.yaml", GOOD)) == (
        0,
        "1 contract checked: 0 errors, 0 warnings\n",
        "",
    )


def test_check_names_file_pointer_finding_and_what_is_allowed(run: Run, write: Write) -> None:
    file = write("bad.yaml", BAD)

    code, out, _ = run("check", file)

    lines = out.splitlines()
    assert code == 1
    assert lines[0].startswith(
        f"error: {file}:7#/paths/~1a/get: unknown key `operationID`; allowed: "
    )
    assert lines[0].endswith("did you mean operationId?")
    assert lines[-1] == "1 contract checked: 1 error, 0 warnings"


def test_warnings_alone_are_exit_code_0(run: Run, write: Write) -> None:
    code, out, _ = run("check", write("hard.yaml", HARD))

    assert code == 0
    assert out.startswith("warning: ")
    assert out.splitlines()[-1] == "1 contract checked: 0 errors, 1 warning"


def test_check_as_json_is_a_list_of_findings(run: Run, write: Write) -> None:
    file = write("bad.yaml", BAD)

    code, out, _ = run("check", "--json", file)

    (finding,) = json.loads(out)
    assert code == 1
    assert (finding["severity"], finding["file"]) == ("error", str(file))
    assert (finding["pointer"], finding["nearest"]) == ("/paths/~1a/get", "operationId")
    assert set(finding) == {"severity", "file", "line", "pointer", "reason", "allowed", "nearest"}


def test_check_as_json_of_a_good_contract_is_an_empty_list(run: Run, write: Write) -> None:
    code, out, _ = run("check", "--json", write("good.yaml", GOOD))

    assert (code, json.loads(out)) == (0, [])


def test_check_takes_folders(run: Run, write: Write) -> None:
    folder = write("good.yaml", GOOD).parent
    write("other.yaml", HARD)

    code, out, _ = run("check", folder)

    assert code == 0
    assert out.splitlines()[-1] == "2 contracts checked: 0 errors, 1 warning"


# --- list ---


def test_contracts_are_listed_as_a_table(run: Run, write: Write) -> None:
    code, out, _ = run("list", "contracts", "--specs", write("good.yaml", GOOD))

    assert code == 0
    assert [line.split() for line in out.splitlines()] == [
        ["STEM", "VERSION", "OPERATIONS", "TITLE"],
        ["good", "1", "2", "Things"],
    ]


def test_operations_are_listed_with_their_source(run: Run, write: Write) -> None:
    _, out, _ = run("list", "operations", "--specs", write("good.yaml", GOOD))

    assert [re.split(r"  +", line) for line in out.splitlines()] == [
        ["ID", "METHOD", "PATH", "SOURCE", "NOTE"],
        ["good/read", "GET", "/a/{id}", "seed:003 (high)"],
        ["good/write", "POST", "/a/{id}", "not stated"],
    ]


def test_operations_as_json_have_their_provenance(run: Run, write: Write) -> None:
    _, out, _ = run("list", "operations", "--json", "--specs", write("good.yaml", GOOD))

    read, other = json.loads(out)
    assert read == {
        "id": "good/read",
        "method": "GET",
        "path": "/a/{id}",
        "summary": "Read it",
        "replies": ["200"],
        "provenance": {"source": "seed:003", "confidence": "high"},
        "unchecked": None,
    }
    assert other["provenance"] is None


def test_contracts_as_json(run: Run, write: Write) -> None:
    file = write("good.yaml", GOOD)

    _, out, _ = run("list", "contracts", "--json", "--specs", file)

    assert json.loads(out) == [
        {
            "stem": "good",
            "title": "Things",
            "version": "1",
            "file": str(file),
            "base_path": "",
            "operations": 2,
        }
    ]


def test_an_operation_that_cannot_be_checked_is_named(run: Run, write: Write) -> None:
    file = write("hard.yaml", HARD)

    _, table, _ = run("list", "operations", "--specs", file)
    _, records, _ = run("list", "operations", "--json", "--specs", file)

    assert "not checked: " in table.splitlines()[1]
    assert "(a{1000}){1000}" in json.loads(records)[0]["unchecked"]


def test_every_packaged_operation_is_listed_with_its_provenance_and_can_be_checked(
    run: Run,
) -> None:
    _, out, _ = run("list", "operations", "--json")

    records = json.loads(out)
    assert len(records) > 50
    assert all(record["provenance"]["source"] for record in records)
    assert not [record["id"] for record in records if record["unchecked"]]


def test_contracts_may_be_named_by_the_environment(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKSERVER_SPECS", str(write("good.yaml", GOOD)))
    monkeypatch.setenv("MOCKSERVER_PORT", "tcp://10.96.0.11:8080")

    _, listed, _ = run("list", "contracts")
    _, checked, _ = run("check")

    assert "good" in listed
    assert checked.startswith("1 contract and ")


# --- scenarios ---


SHOP = {"/things/{id}": {"get": {
    "operationId": "readThing",
    "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
    "responses": {"200": {"description": "-"}, "404": {"description": "-"}},
}}}  # fmt: skip
GONE = """\
summary: The thing is gone
tags: [rainy, not-found]
rules:
  - on: readThing
    reply: {status: 404}
"""
ODD = """\
summary: Two mistakes
rules:
  - on: readThng
    reply: {status: 404}
  - on: readThing
    reply:
      status: 410
"""
SLOW = "summary: Slow\ntags: [slow]\nrules: [{on: '*', fault: {delay: {ms: 1}}}]\n"
Shelve = Callable[..., Path]


@pytest.fixture
def shelve(tmp_path: Path) -> Shelve:
    """Writes a folder of scenarios from texts by id."""

    def make(**texts: str) -> Path:
        folder = tmp_path / "my-scenarios"
        for name, text in texts.items():
            file = folder / f"{name.replace('__', '/')}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return folder

    return make


def test_scenarios_are_listed_as_a_table(run: Run, write: Write, shelve: Shelve) -> None:
    shop, folder = write("shop.yaml", SHOP), shelve(shop__gone=GONE)

    code, out, _ = run("list", "scenarios", "--specs", shop, "--scenarios", folder, "--api", "shop")

    assert code == 0
    assert [re.split(r"  +", line) for line in out.splitlines()] == [
        ["ID", "TAGS", "SUMMARY"],
        ["shop/gone", "rainy not-found", "The thing is gone"],
    ]


def test_a_scenario_as_json_is_a_parameter_for_a_test(
    run: Run, write: Write, shelve: Shelve
) -> None:
    shop, folder = write("shop.yaml", SHOP), shelve(shop__gone=GONE)

    _, out, _ = run(
        "list", "scenarios", "--specs", shop, "--scenarios", folder, "--api", "shop", "--json"
    )

    assert json.loads(out) == [
        {
            "id": "shop/gone",
            "api": "shop",
            "name": "gone",
            "summary": "The thing is gone",
            "description": "",
            "tags": ["rainy", "not-found"],
            "default": False,
            "operations": ["shop/readThing"],
            "phases": [],
            "given": {},
        }
    ]


def test_a_scenario_tells_of_which_phases_it_speaks_and_what_it_gives(run: Run) -> None:
    listed = json.loads(run("list", "scenarios", "--json")[1])
    known = {each["id"]: each for each in listed}

    assert known["tesamanager-v1/operator-incidence"]["phases"] == ["VALIDATING"]
    assert known["common/town"]["given"]["customers"] == 8


def test_several_apis_are_all_listed_and_several_tags_have_all_to_be_there(run: Run) -> None:
    def ids(*flags: str) -> set[str]:
        return {each["id"] for each in json.loads(run("list", "scenarios", "--json", *flags)[1])}

    agile, common = ids("--api", "agile-tv-v3"), ids("--api", "common")
    rainy, slow = ids("--tag", "rainy"), ids("--tag", "slow")

    assert {name.partition("/")[0] for name in agile} == {"agile-tv-v3"}
    assert ids("--api", "agile-tv-v3", "--api", "common") == agile | common
    assert ids("--tag", "rainy", "--tag", "slow") == rainy & slow
    assert ids("--api", "common", "--tag", "rainy") == rainy & common
    assert rainy & slow
    assert rainy < ids()


def test_a_list_leaves_out_scenarios_of_packaged_apis_that_are_not_asked_for_with_a_warning(
    run: Run, write: Write, shelve: Shelve
) -> None:
    shop, folder = write("shop.yaml", SHOP), shelve(shop__gone=GONE, **{"hbo-tv-v1__gone": GONE})
    flags = ("--specs", shop, "--scenarios", folder, "--api", "shop")

    code, out, err = run("list", "scenarios", *flags)

    assert (code, [line.split()[0] for line in out.splitlines()]) == (0, ["ID", "shop/gone"])
    reason = "scenarios of APIs that are not served are left out: hbo-tv-v1"
    assert err == f"mockserver: warning: {folder}: {reason}\n"


def test_scenarios_may_be_named_by_the_environment(
    run: Run, shelve: Shelve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKSERVER_SCENARIOS", str(shelve(common__mine=SLOW)))

    _, out, _ = run("list", "scenarios", "--api", "common")

    assert "common/mine " in out


def test_a_file_with_the_id_of_a_packaged_scenario_takes_its_place_in_the_list(
    run: Run, shelve: Shelve
) -> None:
    folder = shelve(common__slow=SLOW.replace("Slow", "My own slowness"))

    _, out, _ = run("list", "scenarios", "--scenarios", folder, "--api", "common")

    assert [line.split(maxsplit=2)[2] for line in out.splitlines() if "common/slow " in line] == [
        "My own slowness"
    ]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--api", "agile-tv-v4"], "there is no API 'agile-tv-v4'; allowed: agile-tv-v3, .*mean "),
        (["--tag", "rany"], "there is no tag 'rany'; allowed: .*rainy.*; did you mean rainy?"),
        (["--scenarios", "nowhere"], "nowhere: is no folder of scenarios"),
    ],
)
def test_a_name_that_selects_nothing_is_one_line_and_exit_code_2(
    flags: list[str], message: str, run: Run
) -> None:
    code, out, err = run("list", "scenarios", *flags)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.match(f"mockserver: {message}", err)


@pytest.mark.parametrize("flag", ["api", "tag", "scenarios"])
@pytest.mark.parametrize("what", ["contracts", "operations"])
def test_a_flag_that_would_do_nothing_is_refused(flag: str, what: str, run: Run) -> None:
    code, out, err = run("list", what, f"--{flag}", "common")

    assert (code, out) == (2, "")
    assert err == f"mockserver: --{flag} is for `list scenarios`, not for `list {what}`\n"


def test_check_places_what_is_wrong_with_a_scenario(run: Run, write: Write, shelve: Shelve) -> None:
    shop, folder = write("shop.yaml", SHOP), shelve(shop__odd=ODD, shop__gone=GONE)
    odd = folder / "shop" / "odd.yaml"

    code, out, err = run("check", shop, folder)

    assert (code, err) == (1, "")
    first, second, last = out.splitlines()
    assert first == (
        f"error: {odd}:3#/rules/0/on: there is no operation 'readThng'; allowed: readThing; "
        "did you mean readThing?"
    )
    assert second.startswith(
        f"error: {odd}:7#/rules/1/reply/status: shop/readThing documents no 410; allowed: 200, 404"
    )
    assert last == "1 contract and 2 scenarios checked: 2 errors, 0 warnings"


def test_check_as_json_has_the_line_of_each_finding(run: Run, write: Write, shelve: Shelve) -> None:
    shop, folder = write("shop.yaml", SHOP), shelve(shop__odd=ODD)

    _, out, _ = run("check", "--json", shop, folder)

    found = [(each["line"], each["pointer"], each["nearest"]) for each in json.loads(out)]
    assert found == [(3, "/rules/0/on", "readThing"), (7, "/rules/1/reply/status", "404")]


def test_scenarios_alone_are_checked_against_the_contracts_of_the_environment(
    run: Run, write: Write, shelve: Shelve, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shelve(shop__gone=GONE)

    _, packaged, _ = run("check", folder)
    monkeypatch.setenv("MOCKSERVER_SPECS", str(write("shop.yaml", SHOP)))
    _, own, _ = run("check", folder)

    assert "there is no API 'shop'; allowed: agile-tv-v3, " in packaged
    assert own == "1 scenario checked: 0 errors, 0 warnings\n"


def test_packaged_scenarios_that_do_not_fit_are_warnings_of_a_check_without_paths(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKSERVER_SPECS", str(write("agile-tv-v3.yaml", SHOP)))

    code, out, _ = run("check")

    *lines, last = out.splitlines()
    assert code == 0
    assert len(lines) > 20
    of_scenarios = [line for line in lines if re.search(r"/agile-tv-v3/[a-z-]+\.yaml:\d+#", line)]
    of_states = [line for line in lines if "which agile-subscriptions can have" in line]
    assert all(line.startswith("warning: ") for line in lines)
    assert lines in ([*of_states, *of_scenarios], [*of_scenarios, *of_states])
    assert last.endswith(f"scenarios checked: 0 errors, {len(lines)} warnings")


def test_the_schema_that_is_printed_is_the_file_and_one_of_json_schema(run: Run) -> None:
    code, out, _ = run("schema", "scenario")

    file = Path(__file__).parents[1] / "mockserver" / "scenario.schema.json"
    assert (code, json.loads(out)) == (0, json.loads(file.read_bytes()))
    assert out.rstrip() == file.read_text(encoding="utf-8").rstrip()
    assert json.loads(out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(json.loads(out))


def test_the_schema_that_is_printed_accepts_what_check_accepts(run: Run) -> None:
    _, out, _ = run("schema", "scenario")
    validator = jsonschema_rs.validator_for(json.loads(out))

    good = parse_yaml(GONE.encode())
    assert validator.is_valid(good)
    assert not validator.is_valid(good | {"tgas": ["rainy"]})


# --- coverage ---


SMALL = {
    "/a": {
        "get": {
            "operationId": "read",
            "responses": {
                **OK,
                "404": {"description": "-"},
                "500": {"description": "-"},
                "503": {"description": "-"},
            },
        }
    }
}


@pytest.fixture(scope="module")
def met(serving: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of which a quarter was met, and that wants a token."""
    file = tmp_path_factory.mktemp("met") / "small.yaml"
    info = {"title": "Small", "version": "1"}
    file.write_text(yaml.safe_dump({"openapi": "3.0.3", "info": info, "paths": SMALL}))
    with serving(str(file), variables={"MOCKSERVER_ADMIN_TOKEN": "open-sesame"}) as server:
        httpx.get(f"{server.url}/a", trust_env=False)
        yield server.url


@pytest.mark.parametrize("end", ["", "/", "/__admin", "/__admin/"])
def test_coverage_is_told_as_a_table(end: str, run: Run, met: str) -> None:
    code, out, err = run("coverage", met + end, "--admin-token", "open-sesame")

    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    assert lines[1] == ["small/read", "1", "1", "of", "4", "404,", "500,", "503"]
    assert "statuses: 1 of 4 (25 %)" in out


def test_coverage_is_told_as_json(run: Run, met: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "open-sesame")

    code, out, _ = run("coverage", met, "--json")

    assert code == 0
    assert json.loads(out)["totals"]["statuses"] == {"met": 1, "all": 4, "percent": 25.0}


@pytest.mark.parametrize(
    ("percent", "code"), [("0", 0), ("24.9", 0), ("25", 0), ("25.1", 1), ("100", 1)]
)
def test_coverage_fails_below_a_share(percent: str, code: int, run: Run, met: str) -> None:
    found, out, err = run("coverage", met, "--admin-token", "open-sesame", "--fail-under", percent)

    told = f"mockserver: 25.0 % of the documented replies were met; wanted: {percent} %\n"
    assert (found, err) == (code, told if code else "")
    assert "statuses: 1 of 4" in out


def test_coverage_says_that_a_token_is_wanted(run: Run, met: str) -> None:
    code, out, err = run("coverage", met)

    assert (code, out) == (2, "")
    assert err == (
        f"mockserver: {met}/__admin/coverage answers 401 Unauthorized; "
        "--admin-token or MOCKSERVER_ADMIN_TOKEN gives one\n"
    )


def test_the_flag_beats_the_variable_of_the_token(
    run: Run, met: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "open-sesame")

    assert run("coverage", met, "--admin-token", "wrong")[0] == 2


def test_coverage_asks_no_proxy(run: Run, met: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    assert run("coverage", met, "--admin-token", "open-sesame")[0] == 0


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nowhere", "'nowhere' is no URL; allowed: http://... or https://..."),
        ("ftp://127.0.0.1", "'ftp://127.0.0.1' is no URL; allowed: http://... or https://..."),
        ("http://", "http:/__admin/coverage tells no coverage: no host given"),
        ("http://a b", "http://a b/__admin/coverage tells no coverage: URL can't contain "),
        ("http://[::1", "http://[::1/__admin/coverage tells no coverage: Invalid IPv6 URL"),
        ("http://127.0.0.1:x", "http://127.0.0.1:x/__admin/coverage tells no coverage: "),
        ("http://127.0.0.1:1", "http://127.0.0.1:1/__admin/coverage tells no coverage: "),
    ],
)
def test_a_server_that_cannot_be_asked_is_one_line_and_exit_code_2(
    url: str, message: str, run: Run
) -> None:
    code, out, err = run("coverage", url, "--fail-under", "0")

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"mockserver: {message}")


@contextmanager
def saying(answer: bytes) -> Iterator[str]:
    """The address of something that answers its first caller with these bytes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def once() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(answer)

        thread = threading.Thread(target=once)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "tells no coverage: SSH-2.0-OpenSSH"),
        (b"", "tells no coverage: Remote end closed connection without response"),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", "tells no coverage: Expecting value"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", "tells no coverage: "),
        (b"HTTP/1.1 200 OK\r\n\r\n[]", "tells no coverage: it is not a mockserver that answers"),
        (b"HTTP/1.1 200 OK\r\n\r\n{}", "tells no coverage: it is not a mockserver that answers"),
        (b"HTTP/1.1 200 OK\r\n\r\n\xff", "tells no coverage: "),
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "answers 404 Not Found; is the admin API on a port "),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "answers 502 Bad Gateway\n"),
    ],
)
def test_what_is_no_mockserver_is_one_line_and_exit_code_2(
    answer: bytes, message: str, run: Run
) -> None:
    with saying(answer) as url:
        code, out, err = run("coverage", url)

    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"mockserver: {url}/__admin/coverage {message}")


# --- as a process ---


def test_python_m_mockserver_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "--version"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, f"mockserver {__version__}\n")


@pytest.mark.parametrize("lines", [0, 1])
def test_a_reader_that_has_seen_enough_is_no_error(lines: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mockserver", "list", "operations", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(lines):
            process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read()

        assert (process.wait(timeout=30), err) == (0, b"")
