"""The packaged contracts as documents: valid, whole, with examples and provenance throughout.

What they say is held against the sources in `test_seed_facts.py`; here it is how they say it.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30Validator, oas30_format_checker
from openapi_spec_validator import OpenAPIV30SpecValidator

from mockserver.document import read

SPECS = Path(__file__).parents[2] / "specs"
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SOURCE = re.compile(r"seed:00[0-3]|public:\S.*|client:\S+|inferred")

# Every system of the sources, with the number of operations that some source shows.
OPERATIONS = {
    "agile-tv-v3": 8,
    "amazon-tv-v1": 3,
    "authn-v1": 3,
    "device-insurance-v1": 2,
    "device-insurance-v2": 2,
    "disney-tv-v2": 7,
    "ftth-v1": 3,
    "hbo-tv-v1": 2,
    "hbo-tv-v2": 2,
    "mobile-v1": 1,
    "netflix-tv-v1": 1,
    "netflix-tv-v2": 1,
    "orange-tv-v1": 2,
    "portability-v1": 1,
    "portability-v2": 3,
    "tesamanager-v1": 16,
}
# What is asked to get a token, and what says how: no token can be asked for.
OPEN = {
    "authn-v1/createToken",
    "authn-v1/getOpenIdConfiguration",
    "authn-v1/getJwks",
}
# The token scheme where a source names it otherwise than `bearer`.
SCHEMES = {"portability-v1": "AuthnToken", "portability-v2": "AuthnToken"}

each_contract = pytest.mark.parametrize("stem", sorted(OPERATIONS))


@cache
def document(stem: str) -> Any:
    return yaml.safe_load((SPECS / f"{stem}.yaml").read_text(encoding="utf-8"))


def followed(stem: str, node: Any) -> Any:
    """What a node is, behind its references."""
    while "$ref" in node:
        found = document(stem)
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def operations(stem: str) -> Iterator[tuple[str, str, Any, Any]]:
    """Name, path, path item and operation of each operation."""
    for path, item in document(stem)["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", path, item, item[method]


def parameters(stem: str) -> Iterator[tuple[str, Any]]:
    """Each parameter that some operation has, once for each."""
    for name, _, item, operation in operations(stem):
        for each in (*item.get("parameters", []), *operation.get("parameters", [])):
            parameter = followed(stem, each)
            yield f"{name} parameter {parameter['name']}", parameter


def responses(stem: str) -> Iterator[tuple[str, str, str, Any]]:
    """Operation, place, code and description of each documented response."""
    for name, _, _, operation in operations(stem):
        for code, each in operation["responses"].items():
            yield name, f"{name} {code}", str(code), followed(stem, each)


def contents(stem: str) -> Iterator[tuple[str, Any]]:
    """Each media type of each request body and response."""
    for name, _, _, operation in operations(stem):
        body = followed(stem, operation.get("requestBody", {}))
        for kind, media in body.get("content", {}).items():
            yield f"{name} body {kind}", media
    for _, place, _, response in responses(stem):
        for kind, media in response.get("content", {}).items():
            yield f"{place} {kind}", media


def examples(stem: str, place: str, holder: Any) -> Iterator[tuple[str, Any]]:
    """The values that a parameter or media type gives as examples."""
    if "example" in holder:
        yield f"{place} example", holder["example"]
    for name, each in holder.get("examples", {}).items():
        yield f"{place} example {name}", followed(stem, each)["value"]


def walk(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every object of a document, but for what stands in examples."""
    if isinstance(node, list):
        for index, each in enumerate(node):
            yield from walk(each, f"{place}/{index}")
    elif isinstance(node, dict):
        yield place, node
        for key, each in node.items():
            if key not in {"example", "examples", "value"} or place.endswith("/properties"):
                yield from walk(each, f"{place}/{key}")


# all are there


def test_every_system_of_the_sources_has_its_contract() -> None:
    assert {file.stem for file in SPECS.iterdir()} == set(OPERATIONS)
    assert len(OPERATIONS) == 16


@each_contract
def test_a_contract_has_its_number_of_operations(stem: str) -> None:
    assert len(list(operations(stem))) == OPERATIONS[stem]


@each_contract
def test_a_contract_is_a_valid_document_of_openapi_3_0_3(stem: str) -> None:
    assert document(stem)["openapi"] == "3.0.3"
    found = OpenAPIV30SpecValidator(document(stem)).iter_errors()
    assert [("/".join(map(str, each.absolute_path)), each.message) for each in found] == []


@each_contract
def test_a_contract_stands_at_the_root_of_its_host(stem: str) -> None:
    (server,) = document(stem)["servers"]
    assert re.fullmatch(r"https://[a-z0-9.-]+", server["url"])
    version = stem.rpartition("-")[2]
    assert all(path.startswith(f"/{version}/") for path in document(stem)["paths"])


# operations


@each_contract
def test_an_operation_has_an_id_a_summary_and_tags(stem: str) -> None:
    declared = {tag["name"] for tag in document(stem)["tags"]}
    names = []
    for name, _, _, operation in operations(stem):
        names.append(operation["operationId"])
        assert operation["summary"].strip(), name
        assert operation["tags"], name
        assert set(operation["tags"]) <= declared, name
    assert len(set(names)) == len(names)


@each_contract
def test_an_operation_asks_for_a_token_but_for_those_that_give_it(stem: str) -> None:
    scheme = SCHEMES.get(stem, "bearer")
    described = document(stem)["components"]["securitySchemes"]
    assert list(described) == [scheme]
    assert (described[scheme]["type"], described[scheme]["scheme"]) == ("http", "bearer")
    assert document(stem)["security"] == [{scheme: []}]
    for name, _, _, operation in operations(stem):
        asked = operation.get("security", document(stem)["security"])
        given_freely = f"{stem}/{operation['operationId']}" in OPEN
        assert asked == ([] if given_freely else [{scheme: []}]), name


@each_contract
def test_an_operation_that_asks_for_a_token_documents_401(stem: str) -> None:
    for name, _, _, operation in operations(stem):
        if operation.get("security") != []:
            assert "401" in operation["responses"], name


@each_contract
def test_an_operation_that_can_be_asked_wrongly_documents_400(stem: str) -> None:
    for name, _, item, operation in operations(stem):
        given = [*item.get("parameters", []), *operation.get("parameters", [])]
        typed = [followed(stem, each) for each in given]
        wrong = [
            each
            for each in typed
            if (each["in"] != "path" and each.get("required"))
            or followed(stem, each["schema"]).keys() & {"enum", "format", "pattern"}
            or followed(stem, each["schema"]).get("type") != "string"
        ]
        if "requestBody" in operation or wrong:
            assert "400" in operation["responses"], name


@each_contract
def test_a_parameter_is_described_with_an_example(stem: str) -> None:
    for place, parameter in parameters(stem):
        assert parameter["description"].strip(), place
        assert "example" in parameter, place


# examples


@each_contract
def test_every_body_has_an_example(stem: str) -> None:
    without = [place for place, media in contents(stem) if not list(examples(stem, place, media))]
    assert without == []


@each_contract
def test_every_example_is_valid_against_its_schema(stem: str) -> None:
    holders = [*parameters(stem), *contents(stem)]
    broken = []
    for place, holder in holders:
        whole = {**holder["schema"], "components": document(stem)["components"]}
        validator = OAS30Validator(whole, format_checker=oas30_format_checker)
        for where, value in examples(stem, place, holder):
            broken += [f"{where}: {error.message}" for error in validator.iter_errors(value)]
    assert broken == []


@each_contract
def test_every_example_of_a_schema_is_valid(stem: str) -> None:
    broken = []
    for place, node in walk(document(stem)["components"].get("schemas", {})):
        if "example" in node and not place.endswith("/properties"):
            whole = {**node, "components": document(stem)["components"]}
            validator = OAS30Validator(whole, format_checker=oas30_format_checker)
            broken += [
                f"{place}: {error.message}" for error in validator.iter_errors(node["example"])
            ]
    assert broken == []


@each_contract
def test_the_examples_of_an_error_say_what_that_error_says(stem: str) -> None:
    said: dict[str, dict[str, set[str]]] = {}
    for name, place, code, response in responses(stem):
        if code.startswith("2"):
            continue
        for media in response.get("content", {}).values():
            texts = {json.dumps(value) for _, value in examples(stem, place, media)}
            said.setdefault(name, {}).setdefault(code, set()).update(texts)
    shared = [
        f"{name}: {first} and {second}"
        for name, codes in said.items()
        for first, second in combinations(codes, 2)
        if codes[first] & codes[second]
    ]
    assert shared == []


# provenance


def flaws(mark: Any) -> Iterator[str]:
    """What is wrong with a mark of provenance."""
    if not isinstance(mark, dict):
        yield "is missing"
        return
    if set(mark) - {"source", "confidence", "why"}:
        yield f"has further members: {sorted(mark)}"
    if not SOURCE.fullmatch(str(mark.get("source"))):
        yield f"has the source {mark.get('source')!r}"
    if mark.get("confidence") not in {"high", "medium", "low"}:
        yield f"has the confidence {mark.get('confidence')!r}"
    certain = mark.get("source") != "inferred" and mark.get("confidence") == "high"
    if not certain and len(str(mark.get("why", ""))) < 10:
        yield "does not say why"


@each_contract
def test_nothing_lacks_provenance(stem: str) -> None:
    components = document(stem)["components"]
    marked = [(name, operation) for name, _, _, operation in operations(stem)]
    marked += parameters(stem)
    marked += [(place, response) for _, place, _, response in responses(stem)]
    for section in ("schemas", "parameters", "responses", "securitySchemes"):
        marked += [
            (f"{section} {name}", each) for name, each in components.get(section, {}).items()
        ]
    lacking = [
        f"{place} {flaw}" for place, node in marked for flaw in flaws(node.get("x-provenance"))
    ]
    assert lacking == []


@each_contract
def test_every_mark_of_provenance_is_well_formed(stem: str) -> None:
    found = [
        f"{place} {flaw}"
        for place, node in walk(document(stem))
        if "x-provenance" in node and not place.endswith("/properties")
        for flaw in flaws(node["x-provenance"])
    ]
    assert found == []


@pytest.mark.parametrize(
    ("mark", "flaw"),
    [
        (None, "is missing"),
        ({"source": "seed:009", "confidence": "high"}, "has the source"),
        ({"source": "seed", "confidence": "high"}, "has the source"),
        ({"source": "inferred", "confidence": "high"}, "does not say why"),
        ({"source": "seed:001", "confidence": "low"}, "does not say why"),
        ({"source": "seed:001", "confidence": "sure"}, "has the confidence"),
        ({"source": "seed:001", "confidence": "high", "note": ""}, "has further members"),
    ],
)
def test_a_bad_mark_of_provenance_is_noticed(mark: Any, flaw: str) -> None:
    assert any(each.startswith(flaw) for each in flaws(mark))


# what must stay different

LAYOUTS = {
    "org after the product": r"/v\d/(?!orgs/)[a-z/-]+/orgs/\{\w+\}/.+",
    "org first": r"/v\d/orgs/\{\w+\}/.+",
    "no org": r"/v\d/(?!.*orgs/).+",
}
LAYOUT = {
    "org after the product": {"amazon-tv-v1", "hbo-tv-v1", "netflix-tv-v1", "device-insurance-v1"},
    "no org": {"ftth-v1", "authn-v1"},
}


@each_contract
def test_the_three_layouts_of_urls_stay_different(stem: str) -> None:
    layout = next((name for name, stems in LAYOUT.items() if stem in stems), "org first")
    for path in document(stem)["paths"]:
        fitting = [name for name, shape in LAYOUTS.items() if re.fullmatch(shape, path)]
        assert fitting == [layout], path


def members(stem: str, schema: Any) -> tuple[str, frozenset[str]]:
    """The type and members of an error, of the elements for an array."""
    schema = followed(stem, schema)
    if schema.get("type") == "array":
        return "array", members(stem, schema["items"])[1]
    return "object", frozenset(schema.get("properties", {}))


ERROR = ("array", frozenset({"code", "title", "ref", "details"}))
FEASIBILITY = ("object", frozenset({"code", "status", "message", "detailMsg"}))
SHAPES = {
    "agile-tv-v3": ("object", frozenset({"code", "title", "details"})),
    "amazon-tv-v1": ERROR,
    "disney-tv-v2": ERROR,
    "hbo-tv-v1": ERROR,
    "hbo-tv-v2": ERROR,
    "mobile-v1": ERROR,
    "netflix-tv-v1": ERROR,
    "netflix-tv-v2": ERROR,
    "orange-tv-v1": ERROR,
    "portability-v1": FEASIBILITY,
    "portability-v2": FEASIBILITY,
}
# Schemas whose members no source shows; their names are all that is known.
NAMES = {
    "tesamanager-v1": {"TesaResult", "TesaError"},
    "ftth-v1": {"errorResponseDto"},
    "device-insurance-v1": {"errorResponseDtoDeviceInsurance"},
    "device-insurance-v2": set(),
    "authn-v1": {"TokenError"},
}


def errors(stem: str) -> Iterator[tuple[str, Any]]:
    for _, place, code, response in responses(stem):
        if not code.startswith("2"):
            for media in response.get("content", {}).values():
                yield place, media["schema"]


@pytest.mark.parametrize("stem", sorted(SHAPES))
def test_an_error_has_the_shape_of_its_api(stem: str) -> None:
    found = {place: members(stem, schema) for place, schema in errors(stem)}
    assert found
    assert {place: shape for place, shape in found.items() if shape != SHAPES[stem]} == {}


@pytest.mark.parametrize("stem", sorted(NAMES))
def test_an_error_is_the_schema_that_its_api_names(stem: str) -> None:
    assert {schema["$ref"].rpartition("/")[2] for _, schema in errors(stem)} == NAMES[stem]


def test_the_shapes_of_errors_stay_different() -> None:
    assert set(SHAPES) | set(NAMES) == set(OPERATIONS)
    result = members("tesamanager-v1", {"$ref": "#/components/schemas/TesaResult"})
    assert len({result, *SHAPES.values()}) == 4
    assert len({name for names in NAMES.values() for name in names}) == 5


# as a reader sees them


@each_contract
def test_a_contract_can_be_read_on_a_screen(stem: str) -> None:
    lines = (SPECS / f"{stem}.yaml").read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > 140] == []
    assert lines[0].startswith("# ")


@each_contract
def test_our_own_reader_reads_what_others_read(stem: str) -> None:
    file = SPECS / f"{stem}.yaml"
    assert read(file) == json.loads(json.dumps(document(stem), default=str))
