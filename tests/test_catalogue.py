"""Contracts and operations as records."""

from collections.abc import Callable
from typing import Any

from mockserver.catalogue import contract_record, operation_record

PROVENANCE = {"source": "seed:003", "confidence": "high"}


def test_a_contract_as_a_record(contract_of: Callable[..., Any]) -> None:
    contract = contract_of(
        {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "ok"}}}}},
        servers=[{"url": "https://host.example/v1"}],
    )

    record = contract_record(contract)

    assert record.pop("file").endswith("sample.yaml")
    assert record == {
        "stem": "sample",
        "title": "Sample",
        "version": "1",
        "base_path": "/v1",
        "operations": 1,
    }


def test_an_operation_as_a_record(contract_of: Callable[..., Any]) -> None:
    operation = {
        "operationId": "a",
        "summary": "Do it",
        "x-provenance": PROVENANCE,
        "responses": {"200": {"description": "ok"}, "4XX": {"description": "no"}},
    }
    contract = contract_of({"/a": {"post": operation}})

    assert operation_record(contract.operations[0]) == {
        "id": "sample/a",
        "method": "POST",
        "path": "/a",
        "summary": "Do it",
        "replies": ["200", "4XX"],
        "provenance": PROVENANCE,
    }


def test_an_operation_without_provenance_says_so(contract_of: Callable[..., Any]) -> None:
    contract = contract_of({"/a": {"get": {"responses": {"200": {"description": "ok"}}}}})

    record = operation_record(contract.operations[0])

    assert (record["id"], record["provenance"]) == ("sample/GET /a", None)
