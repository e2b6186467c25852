"""The contracts against the public pages that they are written from.

`public_facts.yaml` says what the pages document and, where they are silent, what was proposed.
Here each row is one test against `specs/<stem>.yaml`, in both directions: what is documented is
there and says so, what is inferred is marked as inferred, as surely as it was proposed.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.specs import test_seed_facts as seeds

TABLE = yaml.safe_load(Path(__file__).with_name("public_facts.yaml").read_text(encoding="utf-8"))
# Of these the seeds say more than the pages; `test_seed_facts.py` holds what they say.
SEEDED = TABLE.keys() & seeds.TABLE.keys()

VALUE = {"type", "required", "enum", "sample", "differs", "limits", "adds", "inferred"}
KEYS = {
    "operations": {"method", "path", "parameters", "body", "responses", "codes", "inferred"},
    "parameters": VALUE | {"in"},
    "body": {"schema", "required", "inferred"},
    "responses": {"schema"},
    "schemas": (VALUE - {"required"}) | {"fields", "proposed", "valid", "invalid"},
    "fields": VALUE | {"fields"},
}
CONSTRAINTS = seeds.CONSTRAINTS | {"format", "minItems"}


class Contract(seeds.Contract):
    """One document of `specs`, whose bodies may be of any media type."""

    def unresolved_schema(self, path: tuple[str, ...]) -> Any:
        node = self.node(path)
        if "content" in node:
            (media,) = node["content"].values()
            return media["schema"]
        return node.get("schema", node)

    def shown(self) -> set[tuple[str, str]]:
        """Every member, with its value, that some example of a body has."""
        return set(members(values(self.document)))


def values(node: Any) -> Iterator[Any]:
    """What stands in the examples of a document."""
    if isinstance(node, dict):
        for each in node.get("examples", {}).values():
            yield each.get("value")
    if isinstance(node, dict | list):
        for each in node.values() if isinstance(node, dict) else node:
            yield from values(each)


def members(nodes: Iterator[Any]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, dict):
            yield from ((name, json.dumps(value)) for name, value in node.items())
            yield from members(iter(node.values()))
        elif isinstance(node, list):
            yield from members(iter(node))


def present(node: Any) -> Any:
    """A schema's row, without the fields that it takes from another row and has not."""
    if isinstance(node, dict):
        return {name: present(each) for name, each in node.items() if each is not None}
    return node


ROWS = [
    row
    for stem, facts in TABLE.items()
    for section in ("operations", "schemas")
    for name, says in facts.get(section, {}).items()
    for row in seeds.inside(stem, (section, name), present(says) if section == "schemas" else says)
]

contract = cache(Contract)
held: set[seeds.Row] = set()


def rows(*sections: str, saying: str | None = None) -> pytest.MarkDecorator:
    """Parametrises a test with the rows of these sections, or those of them that say something."""
    chosen = [r for r in ROWS if r.section in sections and (saying is None or saying in r.says)]
    held.update(chosen)
    return pytest.mark.parametrize("row", chosen, ids=str)


def assert_marked(row: seeds.Row, node: Any) -> None:
    """As inferred with the confidence of the row, or as known from a source if it says nothing."""
    mark = node["x-provenance"]
    if "inferred" in row.says:
        assert (mark["source"], mark["confidence"]) == ("inferred", row.says["inferred"])
    else:
        assert mark["source"] != "inferred"


def unwrapped(row: seeds.Row) -> Any:
    """A property as it stands in its object, which is where its own mark is."""
    return contract(row.stem).fields(row.path[:-2])[row.path[-1]]


@pytest.mark.parametrize("stem", TABLE)
def test_the_server_is_the_host_of_the_examples(stem: str) -> None:
    assert contract(stem).document["servers"][0]["url"] == TABLE[stem]["server"]


@pytest.mark.parametrize("stem", TABLE)
def test_an_operation_that_is_not_in_the_table_is_marked_inferred(stem: str) -> None:
    operations = contract(stem).operations
    added = operations.keys() - TABLE[stem]["operations"].keys()
    seeds.assert_inferred({name: operations[name][2] for name in added})


@rows("operations")
def test_an_operation_is_where_it_was_read_or_proposed(row: seeds.Row) -> None:
    here = contract(row.stem)
    assert here.operations[row.path[-1]][:2] == (row.says["method"], row.says["path"])
    assert_marked(row, here.node(row.path))


@rows("operations")
def test_an_operation_answers_the_codes_that_were_read_or_proposed(row: seeds.Row) -> None:
    assert contract(row.stem).node(row.path)["responses"].keys() == set(row.says["codes"])


@rows("operations")
def test_an_operation_takes_a_body_only_where_one_is_known(row: seeds.Row) -> None:
    assert ("requestBody" in contract(row.stem).node(row.path)) == ("body" in row.says)


@rows("operations")
def test_what_no_page_says_of_an_operation_is_marked_inferred(row: seeds.Row) -> None:
    here = contract(row.stem)
    parameters, responses = here.parameters(row.path[-1]), here.node(row.path)["responses"]
    if row.stem not in SEEDED:
        added = parameters.keys() - row.says.get("parameters", {})
        seeds.assert_inferred({name: parameters[name] for name in added})
        added = responses.keys() - row.says.get("responses", {})
        seeds.assert_inferred({code: here.follow(responses[code]) for code in added})


@rows("operations")
def test_an_error_has_the_shape_of_its_api(row: seeds.Row) -> None:
    here, facts = contract(row.stem), TABLE[row.stem]
    for code in here.node(row.path)["responses"]:
        path = (*row.path, "responses", code)
        if "error" not in facts or code.startswith("2"):
            continue
        if facts["error"] is None:
            assert "content" not in here.node(path), code
        else:
            schema = here.unresolved_schema(path)
            assert here.written_type(schema, facts["error"]) == facts["error"], code


@rows("body")
def test_a_body_is_as_documented(row: seeds.Row) -> None:
    here = contract(row.stem)
    node, operation = here.node(row.path), here.node(row.path[:-1])
    assert here.name(here.unresolved_schema(row.path)) == row.says["schema"]
    assert node.get("required", False) == row.says.get("required", True)
    assert_marked(row, node if "x-provenance" in node else operation)


@rows("responses")
def test_a_documented_response_has_its_schema_and_is_not_marked_inferred(row: seeds.Row) -> None:
    here, want = contract(row.stem), row.says["schema"]
    assert_marked(row, here.node(row.path))
    if want is None:
        assert "content" not in here.node(row.path)
    else:
        assert here.written_type(here.unresolved_schema(row.path), want) == want


@rows("parameters")
def test_a_parameter_is_as_documented(row: seeds.Row) -> None:
    node = contract(row.stem).node(row.path)
    assert node["in"] == row.says["in"]
    assert node.get("required", False) == row.says["required"]
    assert_marked(row, node)


@rows("schemas")
def test_a_schema_is_known_or_inferred_as_the_table_says(row: seeds.Row) -> None:
    node = contract(row.stem).node(row.path)
    if "adds" in row.says:
        assert seeds.source(node) == "inferred"
    else:
        assert_marked(row, node)


@rows("schemas", saying="proposed")
def test_an_inferred_schema_has_the_proposed_members(row: seeds.Row) -> None:
    here = contract(row.stem)
    assert here.names(here.node(row.path)) == set(row.says["proposed"])


@rows("schemas", "fields", saying="fields")
def test_an_object_has_the_documented_members_and_no_other(row: seeds.Row) -> None:
    here = contract(row.stem)
    assert here.schema(row.path)["type"] == "object"
    assert here.names(here.schema(row.path)) == set(row.says["fields"])


@rows("fields")
def test_a_field_is_required_as_documented(row: seeds.Row) -> None:
    required = row.path[-1] in contract(row.stem).object(row.path[:-2]).get("required", [])
    if "required" in row.says:
        assert required == row.says["required"]
    elif required:
        assert seeds.source(unwrapped(row)) == "inferred"


@rows("fields", saying="inferred")
def test_an_inferred_field_is_marked_as_it_was_proposed(row: seeds.Row) -> None:
    assert_marked(row, unwrapped(row))


@rows("schemas", "parameters", "fields", saying="type")
def test_a_value_has_the_documented_type(row: seeds.Row) -> None:
    here, want = contract(row.stem), row.says["type"]
    node = unwrapped(row) if row.section == "fields" else here.unresolved_schema(row.path)
    if isinstance(want, str):
        assert here.written_type(node, want) == want
    else:
        branches = here.follow(node)["anyOf"]
        assert [here.written_type(*each) for each in zip(branches, want, strict=True)] == want


@rows("schemas", "parameters", "fields")
def test_a_value_is_limited_only_as_documented_unless_it_is_marked_inferred(
    row: seeds.Row,
) -> None:
    here, says = contract(row.stem), row.says
    schema = here.schema(row.path)
    found = CONSTRAINTS & schema.keys()
    if "enum" in says:
        assert here.enum(schema) == set(says["enum"])
    elif here.enum(schema):
        found |= {"enum"}
    if "proposed" not in says:
        assert found == {*says.get("limits", []), *says.get("adds", [])}
    if "adds" in says:
        assert (seeds.source(schema) or seeds.source(here.node(row.path))) == "inferred"


@rows("parameters", "fields", saying="sample")
def test_a_documented_sample_is_shown_and_valid_unless_the_table_says_why_not(
    row: seeds.Row,
) -> None:
    here, sample = contract(row.stem), row.says["sample"]
    if row.section == "parameters":
        shown = here.node(row.path)["example"] == sample
    else:
        shown = (row.path[-1], json.dumps(sample)) in here.shown()
    assert shown != ("differs" in row.says)
    if shown:
        assert here.errors(row.path, sample) == []


@rows("schemas", saying="valid")
def test_a_schema_accepts_and_refuses_what_the_table_says(row: seeds.Row) -> None:
    here = contract(row.stem)
    for document in row.says["valid"]:
        assert here.errors(row.path, document) == [], document
    for document in row.says["invalid"]:
        assert here.errors(row.path, document), document


def test_every_row_of_the_table_is_exercised_with_all_that_it_says() -> None:
    assert held == set(ROWS)
    assert [str(row) for row in ROWS if not row.says.keys() <= KEYS[row.section]] == []
    for facts in TABLE.values():
        assert facts.keys() <= {"server", "error", "operations", "schemas"}
