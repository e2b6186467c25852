"""A reply against its contract, before it leaves."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.conformance import breaches

SCHEMA = {
    "type": "object",
    "required": ["a"],
    "properties": {"a": {"type": "string"}, "secret": {"type": "string", "writeOnly": True}},
}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"a": "x"}, []),
        ({"a": "x", "more": 1}, []),
        ({}, ["The field 'a' is required (body /a)"]),
        ({"a": 1}, ["The field 'a' must be of type string; found 1 (body /a)"]),
        ([], ["The body must be of type object; found [] (body)"]),
    ],
)
def test_each_breach_is_a_sentence_with_its_place(
    value: Any, found: list[str], contract_of: Callable[..., Any]
) -> None:
    content = {"application/json": {"schema": SCHEMA}}
    replies = {"200": {"description": "ok", "content": content}}
    contract = contract_of({"/a": {"get": {"operationId": "a", "responses": replies}}})
    reply = contract.operation("a").replies["200"]

    assert list(breaches(reply, reply.media[0], value)) == found


def test_a_status_without_documentation_is_a_breach() -> None:
    assert list(breaches(None, None, {})) == ["the status is not documented"]


@pytest.mark.parametrize(
    ("value", "found"), [(None, []), ({}, ["the status is documented without a body"])]
)
def test_a_body_where_none_is_documented_is_a_breach(
    value: Any, found: list[str], contract_of: Callable[..., Any]
) -> None:
    replies = {"204": {"description": "ok"}}
    contract = contract_of({"/a": {"get": {"operationId": "a", "responses": replies}}})

    assert list(breaches(contract.operation("a").replies["204"], None, value)) == found
