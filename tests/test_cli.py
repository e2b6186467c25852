"""The command line as its users meet it: help, output, exit codes, one clear line for a mistake."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import __version__
from mockserver.cli import main

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


@pytest.mark.parametrize("command", ["serve", "check", "list"])
def test_the_help_of_each_command_shows_examples(command: str, run: Run) -> None:
    code, out, _ = run(command, "--help")

    examples = out.partition("examples:\n")[2]
    assert code == 0
    assert examples.count(f"  mockserver {command}") >= 3


@pytest.mark.parametrize("command", ["serve", "check", "list"])
def test_the_examples_of_the_help_use_flags_that_exist(command: str, run: Run) -> None:
    _, out, _ = run(command, "--help")
    usage, _, examples = out.partition("examples:")
    lines = re.findall(r"^  mockserver .*", examples, re.MULTILINE)

    used = {flag for line in lines for flag in re.findall(r"--[a-z-]+", line)}

    assert used <= set(re.findall(r"--[a-z-]+", usage))


def test_the_help_lists_the_commands(run: Run) -> None:
    code, out, _ = run("--help")

    assert code == 0
    assert all(command in out for command in ("serve", "check", "list"))


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
        ["coverage"],
        ["coverage", "http://127.0.0.1:1", "--fail-under", "all"],
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
