"""The contracts against the seed documents they are written from.

`seed_facts.yaml` says what the four seeds document, row by row. Here each row is one test against
`specs/<stem>.yaml`, in both directions: nothing documented is missing, and nothing is added to what
is documented unless the contract marks it as inferred. The table explains its own notation.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker

SPECS = Path(__file__).parents[2] / "specs"
TABLE = yaml.safe_load(Path(__file__).with_name("seed_facts.yaml").read_text(encoding="utf-8"))
METHODS = frozenset({"get", "put", "post", "delete", "patch", "head", "options", "trace"})
TYPES = frozenset({"string", "boolean", "integer", "number", "object"})

# What a row may say, by the section it stands in; the tests below read all of it.
VALUE = {"type", "required", "resolved", "enum", "min_items", "fields", "sample"}
KEYS = {
    "operations": {"method", "path", "parameters", "body", "responses"},
    "parameters": (VALUE - {"fields", "min_items"}) | {"in", "separated_by"},
    "body": {"schema", "required", "resolved", "fields", "sample"},
    "responses": {"schema", "fields", "sample"},
    "schemas": {"shown", "type", "enum", "fields", "sample"},
    "fields": VALUE - {"sample"},
}
# What narrows or widens a value beyond its type and its enum.
CONSTRAINTS = {
    "additionalProperties",
    "default",
    "maximum",
    "maxItems",
    "maxLength",
    "minimum",
    "minLength",
    "multipleOf",
    "nullable",
    "pattern",
    "uniqueItems",
}
DEFECT = {"says", "resolution", "holds"}
CLAIM = {"at", "member", "equals", "differs", "lacks", "valid", "invalid"}


@dataclass(frozen=True)
class Row:
    """One row of the table: whose contract it speaks of, where it stands and what it says."""

    stem: str
    path: tuple[str, ...]
    says: dict[str, Any] = field(hash=False)

    @property
    def section(self) -> str:
        return "body" if self.path[-1:] == ("body",) else self.path[-2]

    @property
    def resolved(self) -> dict[str, Any]:
        """What the contract has to say: the source's words where no defect overrules them."""
        return {**self.says, **self.says.get("resolved", {})}

    def __str__(self) -> str:
        path = " ".join(self.path).replace(" fields ", ".")
        return f"{self.stem} {re.sub('(schemas|operations|parameters|responses) ', '', path)}"


@dataclass(frozen=True)
class Claim:
    """One assertion of a defect, at one row of the table or about the whole contract."""

    stem: str
    defect: str
    path: tuple[str, ...]
    says: dict[str, Any] = field(hash=False)

    def __str__(self) -> str:
        return " ".join((self.stem, self.defect, *self.path))


def inside(stem: str, path: tuple[str, ...], says: Any) -> Iterator[Row]:
    """The row at a path, and all the rows in it."""
    row = Row(stem, path, says if isinstance(says, dict) else {"schema": says})
    yield row
    if "body" in row.says:
        yield from inside(stem, (*path, "body"), row.says["body"])
    for section in ("parameters", "responses", "fields"):
        for name, inner in row.says.get(section, {}).items():
            yield from inside(stem, (*path, section, name), inner)


ROWS = [
    row
    for stem, facts in TABLE.items()
    for section in ("operations", "schemas")
    for name, says in facts.get(section, {}).items()
    for row in inside(stem, (section, name), says)
]


def matches(path: tuple[str, ...], pattern: str) -> bool:
    names = pattern.split("/")
    return len(names) == len(path) and all(map(fnmatchcase, path, names))


def places(stem: str, patterns: str | list[str] | None) -> list[tuple[str, ...]]:
    """The paths of the rows that the patterns select; the contract's root where there are none."""
    if patterns is None:
        return [()]
    several = [patterns] if isinstance(patterns, str) else patterns
    found = [
        [row.path for row in ROWS if row.stem == stem and matches(row.path, pattern)]
        for pattern in several
    ]
    assert all(found), f"{stem}: a pattern of {several} selects no row"
    return [path for paths in found for path in paths]


CLAIMS = [
    Claim(stem, defect, path, says)
    for stem, facts in TABLE.items()
    for defect, about in facts["defects"].items()
    for says in about.get("holds", [])
    for path in places(stem, says.get("at"))
]


class Contract:
    """One document of `specs`, read the way the table speaks of it."""

    def __init__(self, stem: str) -> None:
        text = (SPECS / f"{stem}.yaml").read_text(encoding="utf-8")
        self.document: dict[str, Any] = yaml.safe_load(text)
        self.operations = {
            operation["operationId"]: (method, path, operation, item.get("parameters", []))
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if method in METHODS
        }

    def member(self, node: Any, pointer: str) -> Any:
        """The node below, through references and with `~1` for a slash; None if there is none."""
        for name in pointer.split("/"):
            node = node if name == "$ref" else self.follow(node)
            key = name.replace("~1", "/")
            if not isinstance(node, dict) or key not in node:
                return None
            node = node[key]
        return node

    def follow(self, node: Any) -> Any:
        """What a reference refers to, also when it is wrapped to carry annotations."""
        while isinstance(node, dict):
            if "$ref" in node:
                node = self.member(self.document, node["$ref"].removeprefix("#/"))
            elif len(node.get("allOf", [])) == 1 and not {"type", "properties"} & node.keys():
                node = node["allOf"][0]
            else:
                break
        return node

    def inlined(self, node: Any) -> Any:
        node = self.follow(node)
        if isinstance(node, dict):
            return {name: self.inlined(inner) for name, inner in node.items()}
        return [self.inlined(inner) for inner in node] if isinstance(node, list) else node

    def parameters(self, operation: str) -> dict[str, Any]:
        _, _, own, shared = self.operations[operation]
        every = [self.follow(node) for node in (*shared, *own.get("parameters", []))]
        return {node["name"]: node for node in every}

    def node(self, path: tuple[str, ...]) -> Any:
        """The node that the row of the table at this path is about, references followed."""
        found: Any
        match path:
            case ():
                found = self.document
            case ("schemas", name):
                found = self.member(self.document, f"components/schemas/{name}")
            case ("operations", operation):
                found = self.operations.get(operation, (None, None, None))[2]
            case ("operations", operation, "parameters", name):
                found = self.parameters(operation).get(name)
            case ("operations", operation, "body"):
                found = self.operations[operation][2].get("requestBody")
            case ("operations", operation, "responses", code):
                found = self.operations[operation][2]["responses"].get(code)
            case (*parent, "fields", name):
                found = self.fields(tuple(parent)).get(name)
            case _:
                raise AssertionError(f"a row of no known section: {path}")
        assert found is not None, f"the contract has no {' '.join(path)}"
        return self.follow(found)

    def unresolved_schema(self, path: tuple[str, ...]) -> Any:
        """The schema of a parameter, body or response, or the schema that the row itself is."""
        node = self.node(path)
        if "content" in node:
            return node["content"]["application/json"]["schema"]
        return node.get("schema", node)

    def schema(self, path: tuple[str, ...]) -> Any:
        return self.follow(self.unresolved_schema(path))

    def object(self, path: tuple[str, ...]) -> Any:
        """The schema with the row's fields: its own, or that of its array's items."""
        schema = self.schema(path)
        return self.follow(schema["items"]) if schema.get("type") == "array" else schema

    def fields(self, path: tuple[str, ...]) -> dict[str, Any]:
        properties: dict[str, Any] = self.object(path).get("properties", {})
        return properties

    def names(self, schema: Any) -> set[str]:
        """The members an object schema speaks of, in its conditions as well."""
        node = self.follow(schema)
        branches = [b for key in ("allOf", "anyOf", "oneOf") for b in node.get(key, [])]
        branches += [node["not"]] if "not" in node else []
        inner = [self.names(branch) for branch in branches]
        return set(node.get("properties", {})).union(node.get("required", []), *inner)

    def written_type(self, node: Any, like: str) -> str:
        """The type of a schema as a seed would write it, in the notation of `like`."""
        if array := re.fullmatch(r"array\[(.+)\]|\[(.+)\]|(.+)\[\]", like):
            inner = next(filter(None, array.groups()))
            schema = self.follow(node)
            if schema.get("type") != "array":
                return str(schema.get("type"))
            return like.replace(inner, self.written_type(schema["items"], inner))
        if like.partition("(")[0] not in TYPES:
            return self.name(node)
        schema = self.follow(node)
        kind = str(schema.get("type"))
        return f"{kind}({schema['format']})" if "format" in schema else kind

    def name(self, node: Any) -> str:
        """The name of the component that a schema refers to."""
        if len(node.get("allOf", [])) == 1:
            node = node["allOf"][0]
        return str(node.get("$ref", "an inline schema")).removeprefix("#/components/schemas/")

    def enum(self, node: Any) -> set[str]:
        schema = self.follow(node)
        if schema.get("type") == "array":
            return self.enum(schema["items"])
        return set(schema.get("enum", [])) - {None}

    def errors(self, path: tuple[str, ...], document: Any) -> list[str]:
        schema = {
            "allOf": [self.unresolved_schema(path)],
            "components": self.document["components"],
        }
        validator = OAS30Validator(schema, format_checker=oas30_format_checker)
        return [error.message for error in validator.iter_errors(document)]


contract = cache(Contract)
held: set[Row] = set()


def rows(*sections: str, saying: str | None = None) -> pytest.MarkDecorator:
    """Parametrises a test with the rows of these sections, or those of them that say something."""
    chosen = [r for r in ROWS if r.section in sections and (saying is None or saying in r.says)]
    held.update(chosen)
    return pytest.mark.parametrize("row", chosen, ids=str)


def assert_value(here: Contract, row: Row, node: Any) -> None:
    """The type, the values and the least number of items of a field or a parameter."""
    want = row.resolved
    if "type" in want:
        assert here.written_type(node, want["type"]) == want["type"]
    assert here.enum(node) == set(want.get("enum", []))
    assert here.follow(node).get("minItems") == want.get("min_items")
    assert here.follow(node).get("nullable", False) == want.get("nullable", False)


def source(node: Any) -> Any:
    return node.get("x-provenance", {}).get("source")


def assert_inferred(added: dict[str, Any]) -> None:
    assert [name for name, node in added.items() if source(node) != "inferred"] == []


@pytest.mark.parametrize("stem", [stem for stem in TABLE if "server" in TABLE[stem]])
def test_the_first_server_is_the_host_of_the_examples(stem: str) -> None:
    assert contract(stem).document["servers"][0]["url"] == TABLE[stem]["server"]


@pytest.mark.parametrize("stem", TABLE)
def test_an_operation_that_no_source_documents_is_marked_inferred(stem: str) -> None:
    operations = contract(stem).operations
    assert_inferred({i: operations[i][2] for i in operations.keys() - TABLE[stem]["operations"]})


@rows("operations")
def test_an_operation_has_the_printed_method_and_path(row: Row) -> None:
    here = contract(row.stem)
    operation = here.node(row.path)
    if "path" in row.says:
        assert here.operations[row.path[-1]][:2] == (row.says["method"], row.says["path"])
        assert source(operation) not in (None, "inferred")


@rows("operations")
def test_what_is_added_to_an_operation_is_marked_inferred(row: Row) -> None:
    here = contract(row.stem)
    parameters, responses = here.parameters(row.path[-1]), here.node(row.path)["responses"]
    assert_inferred({n: parameters[n] for n in parameters.keys() - row.says.get("parameters", {})})
    added = responses.keys() - row.says["responses"]
    assert_inferred({code: here.follow(responses[code]) for code in added})


@rows("operations")
def test_an_operation_takes_a_body_only_where_one_is_documented(row: Row) -> None:
    assert ("requestBody" in contract(row.stem).node(row.path)) == ("body" in row.says)


@rows("parameters")
def test_a_parameter_is_as_documented(row: Row) -> None:
    here, want = contract(row.stem), row.resolved
    node = here.node(row.path)
    assert node["in"] == want["in"]
    assert node.get("required", False) == want.get("required", node.get("required", False))
    assert_value(here, row, node["schema"])
    if want.get("separated_by") == ",":
        assert (node.get("style", "form"), node.get("explode", True)) == ("form", False)


@rows("body")
def test_a_body_has_the_documented_schema_and_flag(row: Row) -> None:
    here, want = contract(row.stem), row.resolved
    if "schema" in want:
        schema = here.unresolved_schema(row.path)
        assert here.written_type(schema, want["schema"]) == want["schema"]
    if "required" in want:
        assert here.node(row.path).get("required", False) == want["required"]


@rows("responses")
def test_a_response_has_the_documented_schema_and_is_not_marked_inferred(row: Row) -> None:
    here = contract(row.stem)
    assert source(here.node(row.path)) not in (None, "inferred")
    if "schema" in row.says:
        schema = here.unresolved_schema(row.path)
        assert here.written_type(schema, row.says["schema"]) == row.says["schema"]


@rows("schemas")
def test_a_schema_that_a_source_names_is_a_component_of_that_name(row: Row) -> None:
    here = contract(row.stem)
    schema = here.node(row.path)
    if not row.says.get("shown", True):
        assert source(schema) == "inferred"
    if "fields" in row.says:
        assert source(schema) not in (None, "inferred")
    if "type" in row.says:
        assert here.written_type(schema, row.says["type"]) == row.says["type"]
        assert here.enum(schema) == set(row.says["enum"])


@rows("schemas", "body", "responses", "fields", saying="fields")
def test_an_object_has_no_member_that_its_source_does_not_have(row: Row) -> None:
    here = contract(row.stem)
    assert here.object(row.path).get("type") == "object"
    assert here.names(here.object(row.path)) == set(row.says["fields"])


@rows("fields")
def test_a_field_is_as_documented(row: Row) -> None:
    here, want, name = contract(row.stem), row.resolved, row.path[-1]
    parent = here.object(row.path[:-2])
    assert name in parent["properties"]
    assert_value(here, row, parent["properties"][name])
    flag = name in parent.get("required", [])
    assert flag == want.get("required", flag)


@rows("fields", "parameters")
def test_a_constraint_that_no_seed_documents_is_not_marked_as_from_a_seed(row: Row) -> None:
    here = contract(row.stem)
    node, schema = here.node(row.path), here.schema(row.path)
    if CONSTRAINTS & schema.keys():
        origin = source(schema) or source(node)
        assert origin == "inferred" or str(origin).startswith("client:")


@rows("schemas", "parameters", "body", "responses", saying="sample")
def test_a_printed_sample_is_valid(row: Row) -> None:
    assert contract(row.stem).errors(row.path, row.says["sample"]) == []


@pytest.mark.parametrize("claim", CLAIMS, ids=str)
def test_a_defect_is_resolved_as_the_table_says(claim: Claim) -> None:
    here, says = contract(claim.stem), claim.says
    if "member" in says:
        node = here.member(here.node(claim.path), says["member"])
        if "equals" in says:
            assert node == says["equals"]
        else:
            assert node is not None
        if "differs" in says:
            assert node != here.member(here.node(claim.path), says["differs"])
        assert says.get("lacks", "\0") not in json.dumps(here.inlined(node))
    for document in says.get("valid", []):
        assert here.errors(claim.path, document) == [], document
    for document in says.get("invalid", []):
        assert here.errors(claim.path, document), document


@pytest.mark.parametrize("stem", TABLE)
def test_every_defect_is_described_and_shown_to_be_resolved(stem: str) -> None:
    facts = TABLE[stem]
    own = [row for row in ROWS if row.stem == stem]
    named = {row.says["resolved"]["defect"] for row in own if "resolved" in row.says}
    claimed = {claim.defect for claim in CLAIMS if claim.stem == stem}
    assert named | claimed == facts["defects"].keys()
    for about in facts["defects"].values():
        assert {"says", "resolution"} <= about.keys() <= DEFECT
    for claim in (claim for claim in CLAIMS if claim.stem == stem):
        assert claim.says.keys() <= CLAIM
        assert claim.says.keys() & {"equals", "differs", "lacks", "valid", "invalid"}


def test_every_row_of_the_table_is_exercised_with_all_that_it_says() -> None:
    assert held == set(ROWS)
    assert [str(row) for row in ROWS if not row.says.keys() <= KEYS[row.section]] == []
    for stem, facts in TABLE.items():
        assert facts.keys() <= {"server", "operations", "schemas", "defects"}
        exercised = {row.path for row in held if row.stem == stem}
        assert {("operations", name) for name in facts["operations"]} <= exercised
        assert {("schemas", name) for name in facts.get("schemas", {})} <= exercised
