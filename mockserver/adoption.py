"""Records that come from outside: whether they have the shape of their collection."""

from collections.abc import Iterator, Mapping

import jsonschema_rs

from mockserver.contract.explain import deepest, finding_of
from mockserver.errors import Finding
from mockserver.message import Json
from mockserver.simulation import Collection

_validators: dict[str, tuple[Collection, jsonschema_rs.Validator]] = {}


def data_findings(
    collection: Collection, data: Mapping[str, Json], file: str, at: str
) -> Iterator[Finding]:
    """What is wrong with the data of a record.

    Args:
        collection: Of the record.
        data: As it was written.
        file: Where it is.
        at: Its JSON pointer there.
    """
    for error in _validator(collection).iter_errors(data):
        for leaf in deepest(error):
            found = finding_of(leaf, file, lambda path: _members(collection.schema, path))
            yield Finding(file, at + found.pointer, found.reason, found.allowed, found.nearest)


def _validator(collection: Collection) -> jsonschema_rs.Validator:
    known = _validators.get(collection.name)
    if known is not None and known[0] is collection:
        return known[1]
    schema = {"required": list(collection.identity), "type": "object", **collection.schema}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    _validators[collection.name] = collection, validator
    return validator


def _members(schema: Json, schema_path: list[str | int]) -> list[str]:
    node = schema
    for step in schema_path[:-1]:
        node = node[step]
    return list(node.get("properties", {}))
