"""A name that is given more than once: an array where the schema allows one, else malformed."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.contract.parameters import Malformed, query_pairs

SCHEMA = {
    "type": "object",
    "properties": {"one": {"type": "string"}, "many": {"type": "array", "items": {}}},
}
FORM = "application/x-www-form-urlencoded"
REPLIES = {"204": {"description": "Done"}}


@pytest.fixture
def form(contract_of: Callable[..., Any]) -> Any:
    """The body of an operation that takes a form."""
    body = {"content": {FORM: {"schema": SCHEMA}}}
    post = {"operationId": "post", "requestBody": body, "responses": REPLIES}
    return contract_of({"/forms": {"post": post}}).operation("post").body


@pytest.fixture
def query(contract_of: Callable[..., Any]) -> Any:
    """A query parameter that is an exploded object."""
    parameter = {"name": "filter", "in": "query", "schema": SCHEMA}
    get = {"operationId": "get", "parameters": [parameter], "responses": REPLIES}
    return contract_of({"/things": {"get": get}}).operation("get").parameters[0]


def test_a_repeated_field_that_the_form_does_not_declare_is_an_array(form: Any) -> None:
    assert form.read(b"x=1&x=2&x=3", FORM.encode()) == ({"x": ["1", "2", "3"]}, ())


def test_a_repeated_scalar_field_of_a_form_is_refused(form: Any) -> None:
    _, (violation,) = form.read(b"one=1&one=2", FORM.encode())
    assert "the field 'one' more than once" in violation.message


def test_a_repeated_member_that_the_query_does_not_declare_is_an_array(query: Any) -> None:
    assert query.from_query(query_pairs(b"x=1&x=2&x=3")) == {"x": ["1", "2", "3"]}


def test_a_repeated_member_that_the_query_declares_as_an_array_is_one(query: Any) -> None:
    assert query.from_query(query_pairs(b"many=1&many=2")) == {"many": ["1", "2"]}


def test_a_repeated_scalar_member_of_a_query_is_malformed(query: Any) -> None:
    with pytest.raises(Malformed, match="the member 'one' more than once"):
        query.from_query(query_pairs(b"one=1&one=2"))
