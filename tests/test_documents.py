"""The pages in `docs/` say what is so."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "contracts.md").read_text(encoding="utf-8")


def script(name: str) -> ModuleType:
    """A script that writes a page."""
    spec = importlib.util.spec_from_file_location(f"{name}_page", DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    """The script that writes the generated parts of the page of the contracts."""
    return script("contracts")


def test_the_catalogue_of_scenarios_is_current() -> None:
    page = (DOCS / "scenarios.md").read_text(encoding="utf-8")

    assert script("scenarios").page() == page, "run: python docs/scenarios.py"


def test_the_page_of_the_contracts_is_current(generator: ModuleType) -> None:
    assert generator.rendered(PAGE) == PAGE, "run: python docs/contracts.py"


def test_the_page_names_every_served_operation_and_its_source(packaged: Any) -> None:
    for contract in packaged.engine.contracts:
        section = PAGE.partition(f"\n### {contract.stem}: ")[2].partition("\n### ")[0]
        for operation in contract.operations:
            row = re.search(rf"^\| `{operation.name}` \|.*$", section, re.MULTILINE)
            assert row, operation.id
            assert f"| {operation.provenance['source']} |" in row[0]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], "0 documented, 0 inferred"),
        ([{"source": "seed:001"}, {"source": "inferred"}, {"source": "client:0.2.2"}],
         "2 documented, 1 inferred"),
    ],
)  # fmt: skip
def test_what_has_a_source_is_counted_apart_from_what_has_none(
    marks: Any, expected: str, generator: ModuleType
) -> None:
    assert generator.counts(marks) == expected


def test_a_page_without_the_generated_parts_is_not_written(generator: ModuleType) -> None:
    with pytest.raises(SystemExit, match="no part called 'apis'"):
        generator.rendered("# A page")


@pytest.mark.parametrize(
    "path",
    [
        "/v2/orgs/{o}/tv/netflix/subscriptions/{id}",
        "/v2/orgs/{o}/tv/netflix/subscriptions/{id}/activation-token",
        "/v1/orgs/{o}/tv/orange/subscriptions/{id}/suspend",
        "/v1/orgs/{o}/tv/orange/subscriptions/{id}/stbs",
        "/v1/orgs/{o}/tv/orange/customers/{id}",
        "/v1/orgs/{o}/mobile/terminate",
        "/v1/orgs/{o}/insurance/check",
    ],
)
def test_what_is_called_not_modelled_is_not_served(path: str, packaged: Any) -> None:
    assert packaged.engine.find(re.sub(r"\{.*?\}", "x", path).encode()) is None
