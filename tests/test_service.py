"""Operations that are ready to serve, and what is said where there is none."""

import pytest

from mockserver.message import Request
from mockserver.service import PATH_MAX, Services
from tests.scenarios.samples import contract, engine_of, request_of, send


def services() -> Services:
    return Services([contract("shop-v1"), contract("depot-v1")])


def served(request: Request) -> str:
    """The operation of a request, "" for none."""
    ready = services()
    service = ready.of(request, ready.table.find(request.raw_path))
    return service.operation.id if service else ""


@pytest.mark.parametrize(
    ("method", "target", "operation"),
    [
        ("GET", "/things/1", "shop-v1/readThing"),
        ("HEAD", "/things/1", "shop-v1/readThing"),
        ("PUT", "/things/1", "shop-v1/replaceThing"),
        ("GET", "/boxes/1", "depot-v1/readBox"),
        ("PATCH", "/things/1", ""),
        ("HEAD", "/nothing", ""),
        ("GET", "/things/1/2", ""),
    ],
)
def test_a_request_is_served_by_the_operation_of_its_path_and_method(
    method: str, target: str, operation: str
) -> None:
    assert served(request_of(method, target)) == operation


def test_all_operations_of_all_contracts_are_there_by_id() -> None:
    ready = services()

    ids = [each.operation.id for each in ready]

    assert len(ids) == 7
    assert {name.partition("/")[0] for name in ids} == {"shop-v1", "depot-v1"}
    assert all(ready[name].operation.id == name for name in ids)


def test_ids_are_unique_and_begin_alike() -> None:
    ready = services()

    ids = [ready.next_id() for _ in range(100)]

    assert len(set(ids)) == 100
    assert len({name.partition("-")[0] for name in ids}) == 1


def test_another_method_is_refused_with_those_that_are_allowed() -> None:
    reply = send(engine_of(), "PATCH", "/things/1").reply

    assert (reply.status, reply.source) == (405, "refusal")
    assert set(dict(reply.headers)[b"allow"].decode().split(", ")) >= {"GET", "PUT", "DELETE"}


def test_options_are_answered_by_the_server() -> None:
    reply = send(engine_of(), "OPTIONS", "/things/1").reply

    assert (reply.status, reply.source, reply.body) == (204, "mockserver", b"")
    assert b"PUT" in dict(reply.headers)[b"allow"]


def test_an_unknown_path_is_told_with_the_nearest_ones_and_not_at_full_length() -> None:
    near = send(engine_of(), "GET", "/thing/1").reply
    long = send(engine_of(), "GET", "/" + "x" * 10_000).reply

    assert (near.status, near.source) == (404, "mockserver")
    assert b"GET /things/{id} (shop-v1/readThing)" in near.body
    assert long.body.count(b"x") < PATH_MAX + 10
