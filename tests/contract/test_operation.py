"""Operations and contracts as values."""

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

ContractOf = Callable[..., Any]
HARD = {"type": "string", "pattern": "(a{1000}){1000}"}  # beyond what the engine compiles


def item(**more: Any) -> Any:
    return {
        "operationId": "readA",
        "summary": "One line",
        "responses": {"200": {"description": "x"}},
    } | more


def test_an_operation_is_found_by_its_short_or_full_name(contract_of: ContractOf) -> None:
    contract = contract_of({"/a": {"get": item(), "post": item(operationId="makeA")}})
    assert contract.operation("readA") is contract.operations[0]
    assert contract.operation("sample/makeA") is contract.operations[1]
    assert contract.operation("makeB") is None


def test_an_operation_knows_where_it_stands(contract_of: ContractOf) -> None:
    (found,) = contract_of({"/a/b": {"get": item()}}, servers=[{"url": "/v1"}]).operations
    assert (found.name, found.id, found.stem) == ("readA", "sample/readA", "sample")
    assert (found.method, found.path, found.pointer) == ("GET", "/v1/a/b", "/paths/~1a~1b/get")
    assert found.summary == "One line"
    assert found.provenance is None


def test_operations_and_contracts_are_frozen(contract_of: ContractOf) -> None:
    contract = contract_of({"/a": {"get": item()}})
    for frozen in (contract, contract.operations[0]):
        with pytest.raises(FrozenInstanceError):
            frozen.stem = "other"


def test_an_operation_that_can_be_checked_says_nothing(contract_of: ContractOf) -> None:
    (found,) = contract_of({"/a": {"get": item()}}).operations
    assert found.uncheckable() == ""


@pytest.mark.parametrize(
    "more",
    [
        {"parameters": [{"name": "q", "in": "query", "schema": HARD}]},
        {"requestBody": {"content": {"application/json": {"schema": {"items": HARD}}}}},
        {
            "responses": {
                "404": {"description": "x", "content": {"application/json": {"schema": HARD}}}
            }
        },
    ],
    ids=["parameter", "body", "reply"],
)
def test_an_operation_that_cannot_be_checked_says_why(contract_of: ContractOf, more: Any) -> None:
    (found,) = contract_of({"/a": {"get": item(**more)}}).operations
    assert found.uncheckable()
    assert "\n" not in found.uncheckable()
