"""Everything that is wrong with contract files, located."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.errors import LoadError
from mockserver.findings import findings_of

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
