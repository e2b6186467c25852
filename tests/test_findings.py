"""Everything that is wrong with contract files, located."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.errors import LoadError
from mockserver.findings import Checked, check_all, findings_of

OK = {"200": {"description": "ok"}}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a contract of some paths to a file of a name."""

    def make(name: str, paths: Any, **more: Any) -> Path:
        document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}
        file = tmp_path / name
        file.write_text(yaml.safe_dump(document | more, sort_keys=False))
        return file

    return make


def test_a_good_contract_has_no_findings(write: Callable[..., Path]) -> None:
    file = write("a.yaml", {"/a": {"get": {"operationId": "a", "responses": OK}}})

    assert findings_of([file]) == ([], 1)


def test_the_packaged_contracts_have_no_findings() -> None:
    specs = Path(__file__).parents[1] / "specs"

    assert findings_of([specs]) == ([], len(list(specs.glob("*.yaml"))))


def test_all_files_are_checked_though_one_is_broken(write: Callable[..., Path]) -> None:
    first = write("a.yaml", {"/a": {"get": {"responses": {}}}})
    second = write("b.yaml", {"/b": {"gett": {"responses": OK}}})

    findings, count = findings_of([first, second])

    assert count == 2
    assert {Path(finding.file).name for finding in findings} == {"a.yaml", "b.yaml"}
    assert all(finding.pointer for finding in findings)


def test_an_operation_that_cannot_be_checked_is_a_warning(write: Callable[..., Path]) -> None:
    hard = {"name": "q", "in": "query", "schema": {"type": "string", "pattern": "(a{1000}){1000}"}}
    operation = {"operationId": "a", "parameters": [hard], "responses": OK}

    findings, _ = findings_of([write("a.yaml", {"/a": {"get": operation}})])

    assert [(each.severity, each.pointer) for each in findings] == [("warning", "/paths/~1a/get")]
    assert "a/a cannot be checked" in findings[0].reason


def test_an_example_that_breaks_its_schema_is_a_warning(write: Callable[..., Path]) -> None:
    content = {"application/json": {"schema": {"type": "integer"}, "example": "one"}}
    operation = {"operationId": "a", "responses": {"200": {"description": "x", "content": content}}}

    findings, _ = findings_of([write("a.yaml", {"/a": {"get": operation}})])

    assert [each.severity for each in findings] == ["warning"]


def test_two_contracts_for_one_path_are_found(write: Callable[..., Path]) -> None:
    paths = {"/a": {"get": {"operationId": "a", "responses": OK}}}

    findings, _ = findings_of([write("a.yaml", paths), write("b.yaml", paths)])

    assert len(findings) == 1
    assert "a/a" in str(findings[0])
    assert "b/a" in str(findings[0])


def test_what_the_specification_forbids_beyond_its_meta_schema_is_found(
    write: Callable[..., Path],
) -> None:
    schema = {"type": "string", "default": 5}
    parameter = {"name": "q", "in": "query", "schema": schema}
    operation = {"operationId": "a", "parameters": [parameter], "responses": OK}

    findings, _ = findings_of([write("a.yaml", {"/a": {"get": operation}})])

    assert [each.severity for each in findings] == ["error"]


def test_the_pointer_of_a_finding_leads_somewhere_or_is_not_there(
    write: Callable[..., Path],
) -> None:
    odd = {"type": "object", "properties": {"a": {"type": "string", "pattern": r"\p{Foo}"}}}
    content = {"application/json": {"schema": odd, "example": {"a": "b"}}}
    operation = {"operationId": "a", "responses": {"200": {"description": "x", "content": content}}}

    findings, _ = findings_of([write("a.yaml", {"/a": {"get": operation}})])

    assert findings
    assert {each.pointer.split("/")[1] if each.pointer else "" for each in findings} <= {
        "",
        "paths",
    }


def test_files_that_cannot_be_read_at_all_are_no_findings(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    good = write("a.yaml", {"/a": {"get": {"operationId": "a", "responses": OK}}})

    with pytest.raises(LoadError) as caught:
        findings_of([good, tmp_path / "b.yaml", tmp_path / "c.yaml"])

    assert [Path(each.file).name for each in caught.value.findings] == ["b.yaml", "c.yaml"]


def requesting(example: Any, **more: Any) -> Any:
    """An operation with the same example for a parameter and in its body."""
    parameter = {"name": "q", "in": "query", "schema": {"type": "integer"}, "example": example}
    media = {"schema": {"type": "integer"}, "examples": {"one/two": {"value": example}}}
    body = {"content": {"application/json": media}}
    return {
        "operationId": "a",
        "parameters": [parameter],
        "requestBody": body,
        "responses": OK,
    } | more


def test_examples_of_requests_that_break_their_schema_are_warnings(
    write: Callable[..., Path],
) -> None:
    findings, _ = findings_of([write("a.yaml", {"/a": {"post": requesting("one")}})])

    assert [(each.severity, each.pointer) for each in findings] == [
        ("warning", "/paths/~1a/post/parameters/0/example"),
        ("warning", "/paths/~1a/post/requestBody/content/application~1json/examples/one~1two"),
    ]
    assert all("must be of type integer" in each.reason for each in findings)


def test_examples_of_requests_are_found_behind_references(write: Callable[..., Path]) -> None:
    components = {
        "parameters": {
            "Q": {"name": "q", "in": "query", "schema": {"type": "integer"}, "example": "x"}
        },
        "requestBodies": {
            "B": {
                "content": {
                    "application/json": {
                        "schema": {"type": "integer"},
                        "examples": {"e": {"$ref": "#/components/examples/E"}},
                    }
                }
            }
        },
        "examples": {"E": {"value": "x"}},
    }
    item = {
        "parameters": [{"$ref": "#/components/parameters/Q"}],
        "post": {
            "operationId": "a",
            "requestBody": {"$ref": "#/components/requestBodies/B"},
            "responses": OK,
        },
    }

    findings, _ = findings_of([write("a.yaml", {"/a": item}, components=components)])

    assert [each.pointer for each in findings] == [
        "/paths/~1a/parameters/0/example",
        "/paths/~1a/post/requestBody/content/application~1json/examples/e",
    ]


def test_examples_of_requests_that_conform_are_fine(write: Callable[..., Path]) -> None:
    assert findings_of([write("a.yaml", {"/a": {"post": requesting(5)}})]) == ([], 1)


def test_a_schema_that_never_ends_is_a_finding(write: Callable[..., Path]) -> None:
    schemas = {"A": {"allOf": [{"$ref": "#/components/schemas/A"}]}}
    schema = {"$ref": "#/components/schemas/A"}
    content = {"application/json": {"schema": schema, "example": {}}}
    operation = {"operationId": "a", "responses": {"200": {"description": "x", "content": content}}}

    file = write("a.yaml", {"/a": {"get": operation}}, components={"schemas": schemas})

    assert ["its own `allOf`" in each.reason for each in findings_of([file])[0]] == [True]


# Scenarios --------------------------------------------------------------------------------

READ = {"/a": {"get": {"operationId": "read", "responses": OK}}}
GOOD = "summary: Fine\nrules: [{on: read, reply: {status: 200}}]\n"
ODD = "summary: Odd\nrules:\n  - on: raed\n    reply: {status: 200}\ntgas: []\n"
LOST = "summary: Odd\nrules:\n  - on: read\n    reply: {status: 404}\n"
BROKEN = "rules: ["

Checking = Callable[..., Checked]


@pytest.fixture
def shop(write: Callable[..., Path]) -> Path:
    """A contract of one operation, `read`."""
    return write("shop.yaml", READ)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a text to a file below the folder of this test."""

    def make(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    return make


@pytest.fixture
def checking(shop: Path) -> Checking:
    """`check_all` of some paths, beside that contract."""
    return lambda *paths: check_all(paths, specs=[shop], scenarios=[])


def places(found: Checked) -> list[tuple[str, int, str]]:
    """File name, line and pointer of each finding."""
    return [(Path(each.file).name, each.line, each.pointer) for each in found.findings]


@pytest.mark.parametrize("named", ["my", "my/shop", "my/shop/good.yaml"])
def test_scenarios_are_a_file_a_folder_of_an_api_or_a_folder_of_such(
    named: str, put: Callable[[str, str], Path], checking: Checking, tmp_path: Path
) -> None:
    put("my/shop/good.yaml", GOOD)

    assert checking(tmp_path / named) == Checked([], 0, 1)


def test_contracts_and_scenarios_are_told_apart_by_what_they_say(
    put: Callable[[str, str], Path], checking: Checking, shop: Path
) -> None:
    own = put("own/other.yaml", shop.read_text().replace("/a:", "/b:"))
    good = put("my/other/good.yaml", GOOD)

    assert checking(own, good) == Checked([], 1, 1)
    assert checking(good, own.parent) == Checked([], 1, 1)


def test_a_scenario_is_checked_once_however_often_it_is_named(
    put: Callable[[str, str], Path], checking: Checking
) -> None:
    lost = put("my/shop/lost.yaml", LOST)

    found = checking(lost, lost.parent, lost.parent.parent)

    assert places(found) == [("lost.yaml", 4, "/rules/0/reply/status")]
    assert found.scenarios == 1


def test_findings_go_file_by_file_from_its_top_to_its_end(
    put: Callable[[str, str], Path], checking: Checking
) -> None:
    put("my/common/odd.yaml", ODD)
    put("my/shop/lost.yaml", LOST + LOST.partition("rules:\n")[2].replace("read", "raed"))
    put("my/shop/odd.yaml", "tgas: []\n" + GOOD.replace("reply", "repyl"))

    found = checking(put("my/shop/good.yaml", GOOD).parent.parent)

    lines: dict[str, list[int]] = {}
    for each in found.findings:
        lines.setdefault("/".join(Path(each.file).parts[-2:]), []).append(each.line)
    assert lines == {
        "common/odd.yaml": [1],
        "shop/odd.yaml": [1, 3, 3],
        "shop/lost.yaml": [4, 5],
    }


@pytest.mark.parametrize(
    ("inside", "named"),
    [("my/shop", "good.yaml"), ("my/shop", "."), ("my/common", "../shop/good.yaml"),
     ("my/shop/deeper", "../good.yaml"), ("my/shop/deeper", ".."), ("my", "shop")],
)  # fmt: skip
def test_the_api_of_a_scenario_is_known_wherever_the_check_is_started(
    inside: str,
    named: str,
    put: Callable[[str, str], Path],
    checking: Checking,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put("my/shop/good.yaml", LOST)
    (tmp_path / inside).mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(tmp_path / inside)

    found = checking(Path(named))

    expected = Path(named) if named.endswith(".yaml") else Path(named) / "good.yaml"
    assert [(each.file, each.line) for each in found.findings] == [(str(expected), 4)]


@pytest.mark.parametrize("text", [BROKEN, "", "5", "[]"], ids=["broken", "empty", "scalar", "list"])
@pytest.mark.parametrize("named", ["my", "my/shop", "my/shop/bad.yaml"])
def test_a_file_that_says_nothing_is_what_its_neighbours_are(
    text: str, named: str, put: Callable[[str, str], Path], checking: Checking, tmp_path: Path
) -> None:
    put("my/shop/good.yaml", GOOD)
    put("my/shop/bad.yaml", text)

    found = checking(tmp_path / named)

    assert [Path(each.file).name for each in found.findings] == ["bad.yaml"]
    assert (found.contracts, found.scenarios) == (0, 1 if named.endswith(".yaml") else 2)


def test_a_broken_file_among_contracts_is_a_contract(
    put: Callable[[str, str], Path], checking: Checking, shop: Path
) -> None:
    bad = put("bad.yaml", BROKEN)

    assert checking(bad).contracts == 1
    assert places(checking(shop.parent)) == [("bad.yaml", 0, "")]


def test_scenarios_are_not_checked_against_contracts_that_are_wrong(
    put: Callable[[str, str], Path], checking: Checking
) -> None:
    own = put("own/shop.yaml", BROKEN)

    assert places(checking(own, put("my/shop/lost.yaml", LOST))) == [("shop.yaml", 0, "")]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("my/nothing.txt", "", "my: holds neither contracts nor scenarios"),
        ("my/shop/nothing.txt", "", "my: holds neither contracts nor scenarios"),
        ("my/shop/deeper/good.yaml", GOOD, "good.yaml: the file is not in the folder of an API"),
    ],
)
def test_a_folder_without_any_file_in_its_place_cannot_be_checked(
    name: str,
    text: str,
    reason: str,
    put: Callable[[str, str], Path],
    checking: Checking,
    tmp_path: Path,
) -> None:
    put(name, text)

    with pytest.raises(LoadError, match=reason):
        checking(tmp_path / "my")


def test_without_paths_the_contracts_and_scenarios_of_the_settings_are_checked(
    shop: Path, put: Callable[[str, str], Path]
) -> None:
    folder = put("my/shop/lost.yaml", LOST).parent.parent

    found = check_all([], specs=[shop], scenarios=[folder])

    common = len(list((Path(__file__).parents[1] / "scenarios" / "common").glob("*.yaml")))
    assert (found.contracts, found.scenarios) == (1, 1 + common)
    assert [each.severity for each in found.findings] == ["error"]


MINE = """\
summary: Mine
default: true
rules:
  - on: getSubscription
    when: {path: {service_id: ACC_404}}
    reply: {status: 500}
"""


def test_a_default_may_claim_what_a_packaged_one_claims_but_not_what_another_of_the_user_does(
    put: Callable[[str, str], Path],
) -> None:
    specs = Path(__file__).parents[1] / "specs"
    folder = put("my/agile-tv-v3/mine.yaml", MINE).parent.parent

    assert check_all([folder], specs=[specs], scenarios=[]) == Checked([], 0, 1)

    put("my/agile-tv-v3/more.yaml", MINE)
    [finding] = check_all([folder], specs=[specs], scenarios=[]).findings
    assert (Path(finding.file).name, finding.line) == ("more.yaml", 4)
    assert finding.reason == "agile-tv-v3/mine#1, a default too, takes all that it would"


@pytest.mark.parametrize("named", ["my", "my/hbo-tv-v1", "my/hbo-tv-v1/odd.yaml"])
def test_scenarios_of_a_packaged_api_that_is_not_served_are_left_out_with_a_warning(
    named: str, put: Callable[[str, str], Path], checking: Checking, tmp_path: Path
) -> None:
    put("my/hbo-tv-v1/odd.yaml", ODD)
    put("my/shop/good.yaml", GOOD)

    found = checking(tmp_path / named)

    reason = "scenarios of APIs that are not served are left out: hbo-tv-v1"
    folder = str(tmp_path / "my")
    assert [(each.file, each.severity, each.reason) for each in found.findings] == [
        (folder, "warning", reason)
    ]
    assert found.scenarios == (1 if named == "my" else 0)


def test_scenarios_of_an_api_that_nobody_knows_are_an_error(
    put: Callable[[str, str], Path], checking: Checking
) -> None:
    [finding] = checking(put("my/shoop/good.yaml", GOOD)).findings

    assert (finding.severity, finding.nearest) == ("error", "shop")


@pytest.mark.parametrize("named", ["my", "my/shop"])
def test_two_files_for_one_scenario_are_an_error_at_the_second(
    named: str, put: Callable[[str, str], Path], checking: Checking, tmp_path: Path
) -> None:
    put("my/shop/good.yaml", GOOD)
    second = put("my/shop/good.yml", GOOD)

    [finding] = checking(tmp_path / named).findings

    assert finding.file == str(second)
    assert finding.reason == "the scenario shop/good is in good.yaml already"
