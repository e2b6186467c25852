"""The folder of simulations is its own registry."""

from collections import Counter
from typing import Any

import jsonschema_rs
import pytest

from mockserver import simulations
from mockserver.scenario import schema
from mockserver.simulation import Collection, Poll
from mockserver.simulations import collections, deciders

MODULES = simulations._modules()  # noqa: SLF001 - what is declared twice is not seen from outside
KINDS = pytest.mark.parametrize("kind", collections().values(), ids=list(collections()))


def test_every_simulated_operation_is_one_of_a_packaged_contract(packaged: Any) -> None:
    served = {op.id for contract in packaged.engine.contracts for op in contract.operations}

    assert set(deciders()) <= served


def test_the_operations_of_the_token_server_are_simulated() -> None:
    assert {"authn-v1/createToken", "authn-v1/getOpenIdConfiguration", "authn-v1/getJwks"} <= set(
        deciders()
    )


def test_no_operation_is_served_by_two_modules() -> None:
    served = Counter(
        f"{stem}/{name}"
        for module in MODULES
        for stem, operations in getattr(module, "SERVES", {}).items()
        for name in operations
    )

    assert [name for name, count in served.items() if count > 1] == []
    assert served.keys() == deciders().keys()


def test_no_two_collections_have_the_same_name() -> None:
    names = Counter(each.name for m in MODULES for each in getattr(m, "COLLECTIONS", ()))

    assert [name for name, count in names.items() if count > 1] == []
    assert names.keys() == collections().keys()


def test_only_reads_are_counted_as_such(packaged: Any) -> None:
    methods = {op.id: op.method for each in packaged.engine.contracts for op in each.operations}

    assert {methods[name] for name, each in deciders().items() if isinstance(each, Poll)} <= {"GET"}


# collections --------------------------------------------------------------------------------


@KINDS
def test_a_collection_is_of_apis_that_are_served(kind: Collection, packaged: Any) -> None:
    assert set(kind.apis) <= {contract.stem for contract in packaged.engine.contracts}
    assert kind.summary


@KINDS
def test_a_collection_has_a_name_that_scenarios_can_give_records_to(kind: Collection) -> None:
    names = schema()["properties"]["given"]["propertyNames"]

    assert jsonschema_rs.Draft202012Validator(names).is_valid(kind.name)


@KINDS
def test_the_schema_of_a_collection_is_one(kind: Collection) -> None:
    jsonschema_rs.meta.validate(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **kind.schema}
    )


@KINDS
def test_what_records_are_found_by_is_in_their_schema(kind: Collection) -> None:
    stamp = (kind.stamp,) if kind.stamp else ()

    assert {*kind.identity, *kind.keys, *kind.facets, *stamp} <= set(kind.schema["properties"])
    assert kind.identity
