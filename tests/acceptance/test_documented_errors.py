"""One header turns the success of an operation into each error that its contract documents."""

import json
from typing import Any

import pytest
from openapi_schema_validator import OAS30ReadValidator, oas30_format_checker

from tests.acceptance.caller import Caller
from tests.server.conftest import Documented, every_operation

APIS = ("agile-tv-v3", "netflix-tv-v2", "tesamanager-v1")
OPERATIONS = [each for each in every_operation() if each.id.partition("/")[0] in APIS]
ERRORS = [
    (operation, code)
    for operation in OPERATIONS
    for code in operation.responses
    if code[0] in "45" or code == "default"
]


@pytest.fixture(scope="module")
def session(caller: Caller) -> Any:
    with caller.session() as name:
        yield name


def test_there_are_many_errors_to_choose_from() -> None:
    assert {each.id.partition("/")[0] for each, _ in ERRORS} == set(APIS)
    assert len({code for _, code in ERRORS}) > 3


@pytest.mark.parametrize(
    ("operation", "code"), ERRORS, ids=[f"{each.id}-{code}" for each, code in ERRORS]
)
def test_one_header_turns_a_success_into_the_documented_error(
    caller: Caller, session: str, operation: Documented, code: str
) -> None:
    call = operation.example()
    status = 503 if code == "default" else int(code)  # which no operation lists beside `default`
    mine = [*call.sent_headers.items(), ("X-Mock-Session", session)]

    good = caller.ask(call.method, call.target, mine, call.body)
    scenario = ("X-Mock-Scenario", f"status-{status}")
    bad = caller.ask(call.method, call.target, [*mine, scenario], call.body)

    assert 200 <= good.status < 300
    assert (bad.status, bad.source) == (status, "scenario")
    assert bad.header("x-mock-scenario") == f"status-{status}"
    assert_conforms(bad.header("content-type") or "", bad.body, operation.responses[code])
    assert f"status-{status}#1" in caller.explain(session, bad.id)


def assert_conforms(content_type: str, body: bytes, documented: Any) -> None:
    """An independent validator accepts the body."""
    content = documented.get("content")
    if not content:
        assert body == b""
        return
    media_type = content[content_type.partition(";")[0]]
    validator = OAS30ReadValidator(
        media_type.get("schema", {}), format_checker=oas30_format_checker
    )
    assert [error.message for error in validator.iter_errors(json.loads(body))] == []


def test_an_error_that_is_not_documented_is_refused_with_those_that_are(
    caller: Caller, session: str
) -> None:
    header = ("X-Mock-Scenario", "status-409")

    reply = caller.read("ACC_1", header, ("X-Mock-Session", session))

    assert (reply.status, reply.source) == (400, "mockserver")
    statuses = [name for name in reply.json["valid_scenarios"] if name.startswith("status-")]
    assert statuses == ["status-400", "status-401", "status-404", "status-200", "status-500"]
