"""Loading: whatever is wrong with a contract is said at once, located, before it is served."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.contract.load import files_of, load, load_all
from mockserver.contract.operation import Contract
from mockserver.errors import Finding, LoadError

OK = {"200": {"description": "ok"}}
JSON = "application/json"


def document(paths: Any, **more: Any) -> Any:
    base = {"openapi": "3.0.3", "info": {"title": "Sample", "version": "1"}, "paths": paths}
    return base | more


def operation(**more: Any) -> Any:
    return {"responses": OK} | more


def replying(schema: Any, **more: Any) -> Any:
    """A path item whose GET replies with a schema."""
    content = {JSON: {"schema": schema} | more}
    return {"get": {"responses": {"200": {"description": "ok", "content": content}}}}


def asking(*parameters: Any) -> Any:
    """A path item whose GET has parameters."""
    return {"get": operation(parameters=list(parameters))}


def query(schema: Any, **more: Any) -> Any:
    return {"name": "q", "in": "query", "schema": schema} | more


def path_parameter(name: str, schema: Any = None) -> Any:
    return {"name": name, "in": "path", "required": True, "schema": schema or {"type": "string"}}


class Folder:
    """Writes documents and loads them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, text: Any, name: str = "sample.yaml") -> Path:
        file = self.path / name
        if isinstance(text, bytes):
            file.write_bytes(text)
        elif isinstance(text, str):
            file.write_text(text)
        else:
            file.write_text(yaml.safe_dump(text, sort_keys=False))
        return file

    def load(self, text: Any, name: str = "sample.yaml", **more: Any) -> Contract:
        return load(self.file(text, name), **more)

    def findings(self, text: Any, name: str = "sample.yaml") -> tuple[Finding, ...]:
        with pytest.raises(LoadError) as raised:
            self.load(text, name)
        for finding in raised.value.findings:
            assert finding.file == str(self.path / name)
            assert finding.severity == "error"
        return raised.value.findings

    def finding(self, text: Any, name: str = "sample.yaml") -> Finding:
        (finding,) = self.findings(text, name)
        return finding


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


# what a good document becomes


def test_the_stem_of_the_file_is_the_id_of_the_contract(folder: Folder) -> None:
    contract = folder.load(
        document({"/a": {"get": operation(operationId="readA")}}), "pets-v1.yaml"
    )
    assert contract.stem == "pets-v1"
    assert [each.id for each in contract.operations] == ["pets-v1/readA"]


def test_an_operation_without_an_id_is_named_by_method_and_path(folder: Folder) -> None:
    contract = folder.load(document({"/a/{b}": asking(query({}), path_parameter("b"))}))
    assert [each.name for each in contract.operations] == ["GET /a/{b}"]
    assert contract.operation("GET /a/{b}") is contract.operations[0]


@pytest.mark.parametrize(
    "method", ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
)
def test_every_method_of_a_path_is_an_operation(folder: Folder, method: str) -> None:
    contract = folder.load(document({"/a": {method: operation()}}))
    assert [each.method for each in contract.operations] == [method.upper()]


def test_a_document_without_operations_or_components_is_fine(folder: Folder) -> None:
    assert folder.load(document({})).operations == ()


def test_a_json_document_is_read_like_a_yaml_document(folder: Folder) -> None:
    paths = {"/a": asking(query({"type": "integer"}))}
    as_json = folder.load(json.dumps(document(paths)), "sample.json")
    as_yaml = folder.load(document(paths), "sample.yaml")
    assert as_json.document == as_yaml.document
    assert [each.id for each in as_json.operations] == [each.id for each in as_yaml.operations]


def test_response_codes_may_be_written_as_numbers(folder: Folder) -> None:
    text = """
    openapi: 3.0.3
    info: {title: Sample, version: '1.0'}
    paths:
      /a:
        get:
          responses:
            200: {description: ok}
            4XX: {description: bad}
            default: {description: other}
    """
    assert list(folder.load(text).operations[0].replies) == ["200", "4XX", "default"]


def test_extensions_are_let_through_wherever_they_may_stand(folder: Folder) -> None:
    item = {"x-a": {"get": 1}, "get": operation(**{"x-b": [1]})}
    item["get"]["responses"] = OK | {"x-c": "text"}
    contract = folder.load(document({"/a": item, "x-get": {"get": "nothing"}}, **{"x-d": None}))
    assert [(each.method, each.path, list(each.replies)) for each in contract.operations] == [
        ("GET", "/a", ["200"])
    ]


def test_provenance_is_kept(folder: Folder) -> None:
    provenance = {"source": "inferred", "confidence": "low", "why": "a guess"}
    contract = folder.load(document({"/a": {"get": operation(**{"x-provenance": provenance})}}))
    assert contract.operations[0].provenance == provenance


# what is no document at all


@pytest.mark.parametrize(
    ("text", "pointer", "reason", "allowed"),
    [
        ("", "", "is no OpenAPI document", "`openapi`"),
        ("- a\n", "", "is no OpenAPI document", "`openapi`"),
        ("just text", "", "is no OpenAPI document", "`openapi`"),
        ("openapy: 3.0.3\n", "", "the key 'openapy', no `openapi`", "3.0.x"),
        ("info: {}\n", "", "no `openapi`", "3.0.x"),
        ("openapi: 3.1.0\n", "/openapi", "version 3.1.0 is not served", "3.0.x"),
        ("openapi: 4\n", "/openapi", "version 4 is not served", "3.0.x"),
        ("openapi: [3]\n", "/openapi", "is not served", "3.0.x"),
        ("swagger: '2.0'\n", "/swagger", "version 2.0 is not served", "3.0.x"),
    ],
    ids=["empty", "list", "text", "typo", "no version", "3.1", "unknown", "no text", "2.0"],
)
def test_what_is_no_document_of_a_served_version_is_refused(
    folder: Folder, text: str, pointer: str, reason: str, allowed: str
) -> None:
    finding = folder.finding(text)
    assert finding.pointer == pointer
    assert reason in finding.reason
    assert allowed in finding.allowed


def test_broken_yaml_has_its_line_and_column(folder: Folder) -> None:
    finding = folder.finding("openapi: 3.0.3\ninfo: {title: T\npaths: {}\n")
    assert "line 3, column 6" in finding.reason


def test_a_document_that_is_nested_too_deeply_is_refused(folder: Folder) -> None:
    schema: Any = {"type": "object"}
    for _ in range(130):
        schema = {"type": "object", "properties": {"a": schema}}
    text = json.dumps(document({}, components={"schemas": {"A": schema}}))
    finding = folder.finding(text, "sample.json")
    assert "nested more than 200 levels" in finding.reason


def test_a_document_that_is_nested_deeply_is_served(folder: Folder) -> None:
    schema: Any = {"type": "string"}
    value: Any = "x"
    for _ in range(80):
        schema = {"type": "object", "properties": {"a": schema}, "nullable": True}
        value = {"a": value}
    contract = folder.load(
        json.dumps(document({"/a": replying(schema, example=value)})), "sample.json"
    )
    assert contract.warnings == ()


# the meta-schema


@pytest.mark.parametrize(
    ("document", "pointer", "reason", "allowed", "nearest"),
    [
        (
            {"openapi": "3.0.3", "info": {"title": "T"}, "paths": {}},
            "/info",
            "the key `version` is missing",
            "`version`",
            "",
        ),
        (
            {"openapi": "3.0.3", "info": {"title": "T", "version": 1}, "paths": {}},
            "/info/version",
            "found integer",
            "string",
            "",
        ),
        (
            {"openapi": 3.0, "info": {"title": "T", "version": "1"}, "paths": {}},
            "/openapi",
            "found number",
            "string",
            "",
        ),
        (document(None), "/paths", "found null", "object", ""),
        (document({"users": {}}), "/paths", "unknown key `users`", "begin with /", ""),
        (
            document({"/a": {"fetch": {}}}),
            "/paths/~1a",
            "unknown key `fetch`",
            "get, head",
            "patch",
        ),
        (
            document({"/a": {"get": {"parametres": [], **operation()}}}),
            "/paths/~1a/get",
            "unknown key `parametres`",
            "parameters",
            "parameters",
        ),
        (
            document({"/a": {"get": {}}}),
            "/paths/~1a/get",
            "the key `responses` is missing",
            "`responses`",
            "",
        ),
        (
            document({"/a": {"get": {"responses": {"2000": {"description": "x"}}}}}),
            "/paths/~1a/get/responses",
            "unknown key `2000`",
            "100 to 599",
            "",
        ),
        (
            document({"/a": {"get": {"responses": {"200": {}}}}}),
            "/paths/~1a/get/responses/200",
            "the key `description` is missing",
            "`description`",
            "",
        ),
        (
            document({"/a": asking(query({"tipe": "string"}))}),
            "/paths/~1a/get/parameters/0/schema",
            "unknown key `tipe`",
            "type",
            "type",
        ),
        (
            document({"/a": asking(query({"type": "strnig"}))}),
            "/paths/~1a/get/parameters/0/schema/type",
            "found 'strnig'",
            "string",
            "string",
        ),
        (
            document({"/a": asking({"name": "q", "in": "querry", "schema": {}})}),
            "/paths/~1a/get/parameters/0/in",
            "found 'querry'",
            "path, query, header, cookie",
            "query",
        ),
        (
            document({"/a": asking({"name": "q", "in": "query"})}),
            "/paths/~1a/get/parameters/0",
            "the key `schema` is missing",
            "`schema`",
            "",
        ),
        (
            document({"/a/{b}": asking({"name": "b", "in": "path", "schema": {}})}),
            "/paths/~1a~1{b}/get/parameters/0",
            "the key `required` is missing",
            "`required`",
            "",
        ),
        (
            document({"/a": replying({"type": "object", "additionalProperties": 5})}),
            "/paths/~1a/get/responses/200/content/application~1json/schema/additionalProperties",
            "found integer",
            "boolean or object",
            "",
        ),
        (
            document({"/a": asking(query({"type": "string", "pattern": "(["}))}),
            "/paths/~1a/get/parameters/0/schema/pattern",
            "regex",
            "",
            "",
        ),
    ],
    ids=[
        "missing member",
        "number as version",
        "version without quotes",
        "no paths",
        "path without slash",
        "unknown method",
        "misspelt member",
        "no responses",
        "impossible code",
        "no description",
        "misspelt keyword",
        "misspelt type",
        "misspelt place",
        "parameter without schema",
        "path parameter that is not required",
        "number as schema",
        "pattern that is none",
    ],
)
def test_a_broken_document_is_located_and_told_what_is_allowed(
    folder: Folder, document: Any, pointer: str, reason: str, allowed: str, nearest: str
) -> None:
    finding = folder.finding(document)
    assert finding.pointer == pointer
    assert reason in finding.reason
    assert allowed in finding.allowed
    assert finding.nearest == nearest


def test_all_that_is_wrong_is_said_at_once(folder: Folder) -> None:
    broken = document({"/a": {"get": {"responses": {}, "sumary": "x"}}, "b": {}})
    broken["info"] = {"title": 1}
    places = {finding.pointer for finding in folder.findings(broken)}
    assert places >= {"/info", "/info/title", "/paths", "/paths/~1a/get"}


def test_what_is_wrong_with_several_operations_is_said_at_once(folder: Folder) -> None:
    multipart: Any = {"content": {"multipart/form-data": {"schema": {}}}}
    findings = folder.findings(
        document(
            {
                "/a": {"post": operation(requestBody=multipart)},
                "/b/{c}": {"get": operation()},
                "/d": asking({"name": "s", "in": "cookie", "schema": {}}),
            }
        )
    )
    assert [finding.pointer.split("/")[2] for finding in findings] == ["~1a", "~1b~1{c}", "~1d"]


# references


def referring(ref: str) -> Any:
    return document(
        {"/a": asking(query({"$ref": ref}))},
        components={"schemas": {"Pet": {"type": "string"}, "Owner": {"type": "string"}}},
    )


def test_a_broken_reference_is_located_with_the_nearest_name(folder: Folder) -> None:
    finding = folder.finding(referring("#/components/schemas/Pets"))
    assert finding.pointer == "/paths/~1a/get/parameters/0/schema"
    assert "#/components/schemas/Pets points to nothing" in finding.reason
    assert finding.nearest == "#/components/schemas/Pet"


@pytest.mark.parametrize("ref", ["common.yaml#/Pet", "https://example.com/a.json", "/a.json#/b"])
def test_a_reference_to_another_file_is_refused_aloud(folder: Folder, ref: str) -> None:
    finding = folder.finding(referring(ref))
    assert finding.pointer == "/paths/~1a/get/parameters/0/schema"
    assert f"{ref} is outside of this document" in finding.reason


@pytest.mark.parametrize(
    ("schema", "place"),
    [
        ({"properties": {"a": {"$ref": "#/x"}}}, "/properties/a"),
        ({"items": {"$ref": "#/x"}}, "/items"),
        ({"additionalProperties": {"$ref": "#/x"}}, "/additionalProperties"),
        ({"allOf": [{}, {"$ref": "#/x"}]}, "/allOf/1"),
        ({"anyOf": [{"$ref": "#/x"}]}, "/anyOf/0"),
        ({"oneOf": [{"not": {"$ref": "#/x"}}]}, "/oneOf/0/not"),
        ({"properties": {"$ref": {"$ref": "#/x"}}}, "/properties/$ref"),
    ],
)
def test_a_broken_reference_is_found_anywhere_in_a_schema(
    folder: Folder, schema: Any, place: str
) -> None:
    finding = folder.finding(document({}, components={"schemas": {"A": schema}}))
    assert finding.pointer == f"/components/schemas/A{place}"


@pytest.mark.parametrize(
    ("paths", "place"),
    [
        ({"/a": asking({"$ref": "#/x"})}, "/get/parameters/0"),
        ({"/a": {"parameters": [{"$ref": "#/x"}]}}, "/parameters/0"),
        ({"/a": {"get": operation(requestBody={"$ref": "#/x"})}}, "/get/requestBody"),
        ({"/a": {"get": {"responses": {"200": {"$ref": "#/x"}}}}}, "/get/responses/200"),
        (
            {"/a": replying({}, examples={"one": {"$ref": "#/x"}})},
            "/get/responses/200/content/application~1json/examples/one",
        ),
        (
            {
                "/a": {
                    "get": {
                        "responses": {
                            "200": {"description": "x", "headers": {"X-A": {"$ref": "#/x"}}}
                        }
                    }
                }
            },
            "/get/responses/200/headers/X-A",
        ),
    ],
    ids=["parameter", "parameter of a path", "body", "response", "example", "header"],
)
def test_a_broken_reference_is_found_anywhere_in_a_document(
    folder: Folder, paths: Any, place: str
) -> None:
    assert folder.finding(document(paths)).pointer == f"/paths/~1a{place}"


def test_a_reference_in_an_example_is_data(folder: Folder) -> None:
    value = {"$ref": "#/nowhere", "a": [{"$ref": 5}]}
    schema = {"type": "object", "example": value, "default": value, "enum": [value]}
    contract = folder.load(document({"/a": replying(schema, example=value)}))
    assert contract.warnings == ()


def test_members_with_the_names_of_keywords_are_members(folder: Folder) -> None:
    names = ["default", "example", "examples", "enum", "const", "items", "$ref", "x-a"]
    schema = {
        "type": "object",
        "properties": {n: {"$ref": "#/components/schemas/N"} for n in names},
    }
    contract = folder.load(
        document(
            {"/a": replying(schema, example=dict.fromkeys(names, "not a number"))},
            components={"schemas": {"N": {"type": "integer"}}},
        )
    )
    (media,) = contract.operations[0].replies["200"].media
    assert media.schema is not None
    found = media.schema.violations(dict.fromkeys(names, "no"), "body")
    assert [violation.pointer for violation in found] == [f"/{name}" for name in names]


def test_references_may_lead_anywhere_in_the_document(folder: Folder) -> None:
    first = replying({"type": "object", "properties": {"a": {"type": "integer"}}}, example={"a": 1})
    pointer = "#/paths/~1a~1%7Bid%7D/get/responses/200"
    member = pointer + "/content/application~1json/schema/properties/a"
    second = {
        "get": {
            "parameters": [query({"$ref": member})],
            "responses": {
                "200": {"$ref": pointer},
                "201": {
                    "description": "x",
                    "content": {JSON: {"schema": {"type": "array", "items": {"$ref": member}}}},
                },
            },
        }
    }
    first["get"]["parameters"] = [path_parameter("id")]
    contract = folder.load(document({"/a/{id}": first, "/b": second}))
    replies = contract.operations[1].replies
    assert replies["200"].media[0].examples == {"example": {"a": 1}}
    schema = replies["201"].media[0].schema
    assert schema is not None
    assert schema.is_valid([1])
    assert not schema.is_valid(["one"])
    assert contract.operations[1].parameters[0].shape.types == {"integer"}


def test_references_to_extensions_are_checked_as_what_they_stand_for(folder: Folder) -> None:
    shared = {"parameter": query({"type": "integer"}), "odd": {"name": "q"}}
    paths = {"/a": asking({"$ref": "#/x-shared/parameter"})}
    contract = folder.load(document(paths, **{"x-shared": shared}))
    assert [each.name for each in contract.operations[0].parameters] == ["q"]
    paths = {"/a": asking({"$ref": "#/x-shared/odd"})}
    finding = folder.finding(document(paths, **{"x-shared": shared}))
    assert "leads to no Parameter" in finding.reason


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ({"/a": asking({"$ref": "#/components/schemas/S"})}, "a Parameter"),
        ({"/a": {"get": {"responses": {"200": {"$ref": "#/components/schemas/S"}}}}}, "a Response"),
        (
            {"/a": {"get": operation(requestBody={"$ref": "#/components/schemas/S"})}},
            "a RequestBody",
        ),
        ({"/a": asking(query({"$ref": "#/components/parameters/P"}))}, "a Schema"),
        (
            {"/a": replying({}, examples={"a": {"$ref": "#/components/schemas/S"}})},
            "an Example",
        ),
        ({"/a": asking(query({"$ref": "#"}))}, "a Schema"),
    ],
    ids=["parameter", "response", "body", "schema", "example", "whole document"],
)
def test_a_reference_to_the_wrong_kind_of_thing_is_refused(
    folder: Folder, paths: Any, expected: str
) -> None:
    components = {"schemas": {"S": {"type": "string"}}, "parameters": {"P": query({})}}
    finding = folder.finding(document(paths, components=components))
    assert finding.allowed == expected
    assert "leads to" in finding.reason


def test_references_that_lead_back_to_themselves_are_refused(folder: Folder) -> None:
    circle = {
        "A": {"$ref": "#/components/parameters/B"},
        "B": {"$ref": "#/components/parameters/A"},
    }
    paths = {"/a": asking({"$ref": "#/components/parameters/A"})}
    findings = folder.findings(document(paths, components={"parameters": circle}))
    assert "/paths/~1a/get/parameters/0" in {finding.pointer for finding in findings}
    assert all("leads back to itself" in finding.reason for finding in findings)


def test_schemas_that_are_nothing_but_references_to_each_other_are_refused(folder: Folder) -> None:
    circle = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    findings = folder.findings(
        document(
            {"/a": asking(query({"$ref": "#/components/schemas/A"}))},
            components={"schemas": circle},
        )
    )
    assert all("leads back to itself" in finding.reason for finding in findings)


def test_recursive_schemas_are_served(folder: Folder) -> None:
    names = [f"m{index}" for index in range(12)]
    node = {
        "type": "object",
        "properties": {name: {"$ref": "#/components/schemas/Node"} for name in names},
        "additionalProperties": False,
    }
    body = {"content": {JSON: {"schema": {"$ref": "#/components/schemas/Node"}}}}
    contract = folder.load(
        document(
            {"/a": {"post": operation(requestBody=body)}}, components={"schemas": {"Node": node}}
        )
    )
    received = contract.operations[0].body
    assert received is not None
    assert received.read(b'{"m1": {"m2": {}}}', JSON.encode())[1] == ()
    assert [v.pointer for v in received.read(b'{"m1": {"m2": {"z": 1}}}', JSON.encode())[1]] == [
        "/m1/m2/z"
    ]


def test_a_path_that_is_a_reference_is_refused_aloud(folder: Folder) -> None:
    finding = folder.finding(document({"/a": {"$ref": "#/paths/~1b"}, "/b": {"get": operation()}}))
    assert finding.pointer == "/paths/~1a"
    assert "is not served" in finding.reason


# the rules of the whole document


def test_an_operation_id_may_be_used_once(folder: Folder) -> None:
    same = operation(operationId="same")
    finding = folder.finding(document({"/a": {"get": same}, "/b": {"post": same}}))
    assert finding.pointer == "/paths/~1b/post"
    assert "'same' is used by GET /a too" in finding.reason


@pytest.mark.parametrize("path", ["/__admin", "/__admin/x", "/__s", "/__s/{session}"])
def test_the_servers_own_paths_are_not_for_contracts(folder: Folder, path: str) -> None:
    item = asking(*([path_parameter("session")] if "{" in path else []))
    finding = folder.finding(document({path: item}))
    assert f"{path} collides with the server's own paths" in finding.reason


def test_a_base_path_may_not_lead_into_the_servers_own_paths(folder: Folder) -> None:
    paths = {"/x": {"get": operation()}}
    finding = folder.finding(document(paths, servers=[{"url": "/__admin"}]))
    assert "collides" in finding.reason


@pytest.mark.parametrize("path", ["/__administration", "/__session", "/a/__admin"])
def test_paths_that_only_look_like_the_servers_own_are_served(folder: Folder, path: str) -> None:
    assert len(folder.load(document({path: {"get": operation()}})).operations) == 1


@pytest.mark.parametrize(
    ("servers", "base_path"),
    [
        ([], ""),
        ([{"url": "/"}], ""),
        ([{"url": "/v1"}], "/v1"),
        ([{"url": "/v1/"}], "/v1"),
        ([{"url": "v1"}], "/v1"),
        ([{"url": "./v1"}], "/v1"),
        ([{"url": "https://api.example.com"}], ""),
        ([{"url": "https://api.example.com/"}], ""),
        ([{"url": "https://api.example.com/a/b/"}], "/a/b"),
        ([{"url": "//api.example.com/a"}], "/a"),
        ([{"url": "https://api.example.com:8443/a?x=1#y"}], "/a"),
        ([{"url": "/a"}, {"url": "/b"}], "/a"),
        (
            [
                {
                    "url": "https://{host}:{port}/{base}/v{version}",
                    "variables": {
                        "host": {"default": "api.example.com"},
                        "port": {"default": "443", "enum": ["443", "8443"]},
                        "base": {"default": "api"},
                        "version": {"default": "2"},
                    },
                }
            ],
            "/api/v2",
        ),
        ([{"url": "{base}", "variables": {"base": {"default": "/x/y"}}}], "/x/y"),
    ],
)
def test_the_path_of_the_first_server_stands_before_all_paths(
    folder: Folder, servers: Any, base_path: str
) -> None:
    contract = folder.load(document({"/a": {"get": operation()}}, servers=servers))
    assert contract.base_path == base_path
    assert contract.operations[0].path == f"{base_path}/a"


@pytest.mark.parametrize("url", ["/{version}", "http://[bad/v1", "/a b"])
def test_a_server_without_a_usable_url_is_refused(folder: Folder, url: str) -> None:
    finding = folder.finding(document({}, servers=[{"url": url}]))
    assert finding.pointer == "/servers/0/url"


@pytest.mark.parametrize(
    "item",
    [
        {"get": operation(servers=[{"url": "/v9"}])},
        {"servers": [{"url": "/v9"}], "get": operation()},
    ],
    ids=["operation", "path"],
)
def test_servers_of_a_path_or_operation_are_a_warning_where_they_differ(
    folder: Folder, item: Any
) -> None:
    contract = folder.load(document({"/a": item}, servers=[{"url": "/v1"}]))
    assert [each.path for each in contract.operations] == ["/v1/a"]
    (warning,) = contract.warnings
    assert warning.severity == "warning"
    assert warning.pointer == "/paths/~1a/get"
    assert "served at /v1/a" in warning.reason


def test_servers_of_an_operation_with_the_same_path_are_fine(folder: Folder) -> None:
    item = {"get": operation(servers=[{"url": "https://files.example.com/v1/"}])}
    assert folder.load(document({"/a": item}, servers=[{"url": "/v1"}])).warnings == ()


# files


@pytest.mark.parametrize(
    "name", ["pets-v1.yaml", "pets_v1.yml", "Pets.v1.2.json", "1.yaml", "_x.yaml"]
)
def test_a_file_name_of_letters_digits_and_dots_is_an_id(folder: Folder, name: str) -> None:
    assert folder.load(json.dumps(document({})), name).stem == Path(name).stem


@pytest.mark.parametrize(
    "name",
    [
        "my pets.yaml",
        "pets,v1.yaml",
        "año.yaml",
        "a%2Fb.yaml",
        'a"b.yaml',
        "a\r\nb.yaml",
        ".hidden.yaml",
        "a?b.yaml",
    ],
)
def test_a_file_name_that_no_url_or_header_can_hold_is_refused(folder: Folder, name: str) -> None:
    finding = folder.finding(json.dumps(document({})), name)
    assert "cannot be the id of a contract" in finding.reason
    assert "letters, digits" in finding.allowed


def test_the_name_of_the_servers_own_contract_is_taken(folder: Folder) -> None:
    assert "server's own contract" in folder.finding(json.dumps(document({})), "admin.yaml").reason
    assert load(folder.path / "admin.yaml", own=True).stem == "admin"


def test_a_folder_gives_its_contracts_sorted(folder: Folder) -> None:
    for name in ("b.yaml", "a.json", "c.yml", "readme.md", "notes.txt"):
        folder.file("{}", name)
    (folder.path / "inner.yaml").mkdir()
    assert [file.name for file in files_of([folder.path])] == ["a.json", "b.yaml", "c.yml"]


def test_files_stay_in_the_order_they_are_given(folder: Folder) -> None:
    files = [folder.file("{}", name) for name in ("b.yaml", "a.yaml")]
    assert files_of(files) == files


def test_two_files_with_one_stem_are_refused(folder: Folder) -> None:
    files = [folder.file("{}", name) for name in ("a.yaml", "a.json")]
    with pytest.raises(LoadError, match=r"a\.json: has the same stem as .*a\.yaml"):
        files_of(files)


def test_a_folder_without_contracts_is_refused(folder: Folder) -> None:
    with pytest.raises(LoadError, match=r"holds no contract; allowed: files ending in \.yaml"):
        files_of([folder.path])


def test_a_path_that_cannot_be_looked_at_is_refused(folder: Folder) -> None:
    with pytest.raises(LoadError, match="cannot be read: File name too long"):
        files_of([folder.path / ("x" * 300)])


# several contracts


def load_both(folder: Folder, first: Any, second: Any) -> Callable[[], Any]:
    files = [
        folder.file(document(first), "first.yaml"),
        folder.file(document(second), "second.yaml"),
    ]
    return lambda: load_all(files)


def test_contracts_may_share_roots_and_paths(folder: Folder) -> None:
    contracts = load_both(
        folder,
        {"/v1/orgs/{org}": {"get": operation(parameters=[path_parameter("org")])}},
        {"/v1/orgs/{id}": {"post": operation(parameters=[path_parameter("id")])}},
    )()
    assert [contract.stem for contract in contracts] == ["first", "second"]


@pytest.mark.parametrize(
    ("first", "second"), [("/a", "/a"), ("/a/{b}", "/a/{c}"), ("/a/{b}:x", "/a/{c}:x")]
)
def test_two_contracts_for_one_method_and_path_are_refused_with_both_names(
    folder: Folder, first: str, second: str
) -> None:
    def item(path: str) -> Any:
        names = [part.partition("}")[0] for part in path.split("{")[1:]]
        return {path: asking(*[path_parameter(name) for name in names])}

    with pytest.raises(LoadError) as raised:
        load_both(folder, item(first), item(second))()
    (finding,) = raised.value.findings
    assert finding.file.endswith("second.yaml")
    assert f"second/GET {second}" in finding.reason
    assert f"first/GET {first}" in finding.reason
    assert "first.yaml" in finding.reason


def test_templates_of_one_contract_that_differ_in_names_only_are_refused(folder: Folder) -> None:
    paths = {
        "/a/{b}": asking(path_parameter("b")),
        "/a/{c}": asking(path_parameter("c")),
    }
    with pytest.raises(LoadError, match=r"GET /a/\{c\} of sample/.* is claimed by sample/"):
        load_all([folder.file(document(paths))])


def test_a_base_path_tells_two_contracts_apart(folder: Folder) -> None:
    paths = {"/a": {"get": operation()}}
    files = [
        folder.file(document(paths, servers=[{"url": "/one"}]), "first.yaml"),
        folder.file(document(paths, servers=[{"url": "/two"}]), "second.yaml"),
    ]
    paths_served = [op.path for contract in load_all(files) for op in contract.operations]
    assert paths_served == ["/one/a", "/two/a"]


def test_the_findings_of_all_contracts_come_at_once(folder: Folder) -> None:
    files = [folder.file("{}", "first.yaml"), folder.file("- a", "second.yaml")]
    with pytest.raises(LoadError) as raised:
        load_all(files)
    assert [Path(finding.file).name for finding in raised.value.findings] == [
        "first.yaml",
        "second.yaml",
    ]
