"""The reply to an accepted request: preferred, simulated, documented, generated."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from mockserver.answer import Answerer
from mockserver.clock import Moment
from mockserver.message import Request, Source
from mockserver.record import View
from mockserver.simulation import Decision
from tests.scenarios.samples import alone

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
TEXT = {"type": "string"}
INTEGER = {"type": "integer"}
Ask = Callable[..., Any]
EngineOf = Callable[..., Any]


def reply(schema: Any = None, media: str = "application/json", **examples: Any) -> Any:
    content: Any = {"examples": {name: {"value": value} for name, value in examples.items()}}
    return {
        "description": "x",
        "content": {media: content | ({"schema": schema} if schema else {})},
    }


def thing(**members: Any) -> Any:
    return {"type": "object", "required": list(members), "properties": members}


def get(responses: Any, path: str = "/things", **more: Any) -> Any:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": TEXT} for name in names
    ] + more.pop("parameters", [])
    operation = {"operationId": "read", "parameters": parameters, "responses": responses}
    return {path: {"get": operation | more}}


# --- the documented success, with the request's own values ---


def test_the_default_is_the_documented_example(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(get({"200": reply(thing(a=TEXT), first={"a": "1"}, second={"a": "2"})}))

    answer = ask(engine, "GET", "/things")

    assert (answer.status, answer.source, answer.json) == (200, "example", {"a": "1"})
    assert answer.headers["content-type"] == "application/json"


ECHO = thing(thingId=TEXT, size=INTEGER, other=TEXT)
ECHOED = {"thingId": "T1", "size": 1, "other": "x"}


@pytest.mark.parametrize(
    ("target", "changed"),
    [
        ("/things/T1", {}),
        ("/things/T9", {"thingId": "T9"}),
        ("/things/T%2F9", {"thingId": "T/9"}),
        ("/things/a%22b", {"thingId": 'a"b'}),
        ("/things/%C3%B1", {"thingId": "\u00f1"}),
        ("/things/T9?size=7", {"thingId": "T9", "size": 7}),
        ("/things/T9?unknown=7", {"thingId": "T9"}),
    ],
)
def test_the_default_echoes_what_the_request_names(
    target: str, changed: Any, engine_of: EngineOf, ask: Ask
) -> None:
    paths = get(
        {"200": reply(ECHO, e=ECHOED)},
        "/things/{thing_id}",
        parameters=[{"name": "size", "in": "query", "schema": INTEGER}],
    )

    assert ask(engine_of(paths), "GET", target).json == ECHOED | changed


def test_members_of_the_body_are_echoed_and_the_path_beats_them(
    engine_of: EngineOf, ask: Ask
) -> None:
    body = {"content": {"application/json": {"schema": thing(thingId=TEXT, other=TEXT)}}}
    paths = get({"200": reply(ECHO, e=ECHOED)}, "/things/{thing_id}")
    paths["/things/{thing_id}"]["post"] = paths["/things/{thing_id}"].pop("get") | {
        "requestBody": body
    }

    answer = ask(engine_of(paths), "POST", "/things/T9", json={"thingId": "T5", "other": "y"})

    assert answer.json == {"thingId": "T9", "size": 1, "other": "y"}


def test_the_path_beats_the_query(engine_of: EngineOf, ask: Ask) -> None:
    paths = get(
        {"200": reply(thing(thingId=TEXT), e={"thingId": "T1"})},
        "/things/{thing_id}",
        parameters=[{"name": "thingId", "in": "query", "schema": TEXT}],
    )

    assert ask(engine_of(paths), "GET", "/things/T9?thingId=T5").json == {"thingId": "T9"}


def test_what_does_not_fit_the_replys_schema_is_not_echoed(engine_of: EngineOf, ask: Ask) -> None:
    schema = thing(thingId={"type": "string", "pattern": "^T[0-9]$"})
    paths = get({"200": reply(schema, e={"thingId": "T1"})}, "/things/{thingId}")

    assert ask(engine_of(paths), "GET", "/things/X9").json == {"thingId": "T1"}


def test_what_the_replys_schema_does_not_have_is_not_added(engine_of: EngineOf, ask: Ask) -> None:
    paths = get({"200": reply(thing(a=TEXT), e={"a": "1"})}, "/things/{thingId}")

    assert ask(engine_of(paths), "GET", "/things/T9").json == {"a": "1"}


def test_every_element_of_an_array_echoes(engine_of: EngineOf, ask: Ask) -> None:
    example = [{"thingId": "T1", "a": "x"}, {"thingId": "T2", "a": "y"}]
    schema = {"type": "array", "items": thing(thingId=TEXT, a=TEXT)}
    paths = get({"200": reply(schema, e=example)}, "/things/{thingId}")

    assert ask(engine_of(paths), "GET", "/things/T9").json == [
        {"thingId": "T9", "a": "x"},
        {"thingId": "T9", "a": "y"},
    ]


def test_an_operation_with_several_media_types_echoes_too(engine_of: EngineOf, ask: Ask) -> None:
    both = reply(thing(thingId=TEXT), e={"thingId": "T1"})
    both["content"]["text/plain"] = {"schema": TEXT, "example": "T1"}
    engine = engine_of(get({"200": both}, "/things/{thingId}"))

    as_json = ask(engine, "GET", "/things/T9")
    as_text = ask(engine, "GET", "/things/T9", headers={"Accept": "text/plain"})

    assert as_json.json == {"thingId": "T9"}
    assert (as_text.headers["content-type"], as_text.body) == ("text/plain", b"T1")


def test_the_success_that_is_asked_for_by_its_code_echoes_like_the_default(
    engine_of: EngineOf, ask: Ask
) -> None:
    engine = engine_of(get({"200": reply(thing(thingId=TEXT), e={"thingId": "T1"})}, "/{thingId}"))

    assert ask(engine, "GET", "/T9", headers={"Prefer": "code=200"}).json == {"thingId": "T9"}


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (["404", "202", "200"], 200),
        (["404", "204"], 204),
        (["2XX", "404"], 200),
        (["default"], 200),
        (["404", "default"], 200),
        (["302", "404"], 302),
    ],
)
def test_the_default_is_the_lowest_success(
    codes: list[str], status: int, engine_of: EngineOf, ask: Ask
) -> None:
    engine = engine_of(get({code: {"description": "x"} for code in codes}))

    assert ask(engine, "GET", "/things").status == status


def test_an_operation_that_documents_only_errors_says_so(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(get({"404": {"description": "x"}}))

    answer = ask(engine, "GET", "/things")

    assert (answer.status, answer.source) == (500, "mockserver")
    assert answer.json["detail"] == "sample/read documents no reply to an accepted request"


def test_a_reply_without_a_body_has_none(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(get({"204": {"description": "x"}}))

    answer = ask(engine, "GET", "/things", headers={"Prefer": "dynamic=true"})

    assert (answer.status, answer.body, "content-type" in answer.headers) == (204, b"", False)


def test_documented_headers_are_sent_with_their_examples(engine_of: EngineOf, ask: Ask) -> None:
    documented = reply(thing(a=TEXT), e={"a": "1"})
    documented["headers"] = {
        "Location": {"schema": TEXT, "example": "/things/1"},
        "X-Rate": {"schema": INTEGER | {"example": 10}},
        "X-Other": {"schema": TEXT},
    }

    headers = ask(engine_of(get({"200": documented})), "GET", "/things").headers

    assert (headers["location"], headers["x-rate"]) == ("/things/1", "10")
    assert "x-other" not in headers


def test_a_text_reply_is_text(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(get({"200": reply(TEXT, "text/plain", e="hello \u00f1")}))

    answer = ask(engine, "GET", "/things")

    assert answer.headers["content-type"] == "text/plain"
    assert answer.body.decode() == "hello \u00f1"


# --- preferences ---

CODES = {
    "200": reply(thing(a=TEXT), active={"a": "1"}, suspended={"a": "2"}),
    "404": reply(thing(code=TEXT), unknown={"code": "NONE"}, gone={"code": "GONE"}),
    "5XX": reply(thing(code=TEXT), broken={"code": "BROKEN"}),
    "default": reply(thing(code=TEXT), other={"code": "OTHER"}),
}


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        ({"Prefer": "code=404"}, 404, {"code": "NONE"}),
        ({"Prefer": "code=404, example=gone"}, 404, {"code": "GONE"}),
        ({"Prefer": "code=200"}, 200, {"a": "1"}),
        ({"Prefer": "code=503"}, 503, {"code": "BROKEN"}),
        ({"Prefer": "code=599"}, 599, {"code": "BROKEN"}),
        ({"Prefer": "code=418"}, 418, {"code": "OTHER"}),
        ({"Prefer": "code=201"}, 201, {"code": "OTHER"}),
        ({"Prefer": "example=suspended"}, 200, {"a": "2"}),
        ({"Prefer": "example=gone"}, 404, {"code": "GONE"}),
        ({"Prefer": "example=broken"}, 500, {"code": "BROKEN"}),
        ({"Prefer": "example=other"}, 500, {"code": "OTHER"}),
        ({"Prefer": "example=suspended, dynamic=true"}, 200, {"a": "2"}),
        ({"X-Mock-Response-Code": "404"}, 404, {"code": "NONE"}),
        ({"X-Mock-Response-Name": "gone"}, 404, {"code": "GONE"}),
        ({"Prefer": "code=200", "X-Mock-Response-Code": "404"}, 200, {"a": "1"}),
        ({"Prefer": "respond-async, wait=5"}, 200, {"a": "1"}),
        ({"Prefer": "dynamic=false"}, 200, {"a": "1"}),
    ],
    ids=lambda value: " ".join(value.values()) if isinstance(value, dict) else None,
)
def test_the_preferred_reply_is_given(
    headers: dict[str, str], status: int, body: Any, engine_of: EngineOf, ask: Ask
) -> None:
    answer = ask(engine_of(get(CODES)), "GET", "/things", headers=headers)

    assert (answer.status, answer.source, answer.json) == (status, "example", body)


LISTED = {code: CODES[code] for code in ("200", "404")}


@pytest.mark.parametrize("code", ["403", "500", "20", "2000", "4XX", "abc", "-404", "404.0", "999"])
def test_a_code_that_is_not_documented_is_a_problem_with_the_valid_ones(
    code: str, engine_of: EngineOf, ask: Ask
) -> None:
    answer = ask(engine_of(get(LISTED)), "GET", "/things", headers={"Prefer": f"code={code}"})

    assert (answer.status, answer.source) == (400, "mockserver")
    assert answer.headers["content-type"] == "application/problem+json"
    assert sorted(answer.json["valid_codes"]) == ["200", "404"]
    assert f"documents no code '{code}'; it documents " in answer.json["detail"]


def test_the_valid_codes_come_nearest_first(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(get(LISTED))

    answer = ask(engine, "GET", "/things", headers={"Prefer": "code=405"})

    assert answer.json["valid_codes"] == ["404", "200"]


@pytest.mark.parametrize("code", ["100", "199", "600", "99", "0"])
def test_default_does_not_cover_what_is_no_final_status(
    code: str, engine_of: EngineOf, ask: Ask
) -> None:
    answer = ask(engine_of(get(CODES)), "GET", "/things", headers={"Prefer": f"code={code}"})

    assert (answer.status, answer.source) == (400, "mockserver")


@pytest.mark.parametrize(
    ("prefer", "valid"),
    [
        ("example=suspnded", ["suspended", "unknown", "active", "gone"]),
        ("code=404, example=suspended", ["gone", "unknown"]),
    ],
)
def test_an_example_that_is_not_documented_is_a_problem_with_the_valid_ones(
    prefer: str, valid: list[str], engine_of: EngineOf, ask: Ask
) -> None:
    answer = ask(engine_of(get(LISTED)), "GET", "/things", headers={"Prefer": prefer})

    assert (answer.status, answer.source) == (400, "mockserver")
    assert sorted(answer.json["valid_examples"]) == sorted(valid)
    assert answer.json["detail"].endswith(
        "it documents " + ", ".join(answer.json["valid_examples"])
    )


def test_the_nearest_example_leads(engine_of: EngineOf, ask: Ask) -> None:
    answer = ask(engine_of(get(LISTED)), "GET", "/things", headers={"Prefer": "example=suspnded"})

    assert answer.json["valid_examples"][0] == "suspended"


def test_an_example_where_none_is_documented_is_a_problem(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(get({"200": {"description": "x"}}))

    answer = ask(engine, "GET", "/things", headers={"Prefer": "example=any"})

    assert answer.status == 400
    assert answer.json["detail"].endswith("it documents none")


def test_a_wish_does_not_excuse_a_wrong_request(engine_of: EngineOf, ask: Ask) -> None:
    query = [{"name": "q", "in": "query", "required": True, "schema": TEXT}]
    engine = engine_of(get(LISTED, parameters=query))

    answer = ask(engine, "GET", "/things", headers={"Prefer": "code=200"})

    assert (answer.status, answer.source) == (400, "refusal")


# --- generated replies ---

ROOMY = thing(a=TEXT, b={"type": "string", "format": "uuid"}, c=INTEGER)


def test_dynamic_generates_where_there_is_an_example(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(get({"200": reply(thing(a=TEXT), e={"a": "1"})}))

    answer = ask(engine, "GET", "/things", headers={"Prefer": "dynamic=true"})

    assert (answer.status, answer.source) == (200, "generated")
    assert answer.json != {"a": "1"}


def test_an_operation_without_an_example_is_generated(engine_of: EngineOf, ask: Ask) -> None:
    answer = ask(engine_of(get({"200": reply(ROOMY)})), "GET", "/things")

    assert (answer.status, answer.source) == (200, "generated")
    assert sorted(answer.json) == ["a", "b", "c"]


def test_dynamic_goes_with_a_code(engine_of: EngineOf, ask: Ask) -> None:
    headers = {"Prefer": "code=404, dynamic=true"}

    answer = ask(engine_of(get(LISTED)), "GET", "/things", headers=headers)

    assert (answer.status, answer.source, list(answer.json)) == (404, "generated", ["code"])


@pytest.mark.parametrize(
    ("schema", "kind"),
    [(None, str), (TEXT, str), (INTEGER, str)],
    ids=["none", "string", "integer"],
)
def test_a_text_reply_without_an_example_is_generated_as_text(
    schema: Any, kind: type, engine_of: EngineOf, ask: Ask
) -> None:
    answer = ask(engine_of(get({"200": reply(schema, "text/plain")})), "GET", "/things")

    assert (answer.status, answer.source) == (200, "generated")
    assert isinstance(answer.body.decode(), kind)
    assert not answer.body.startswith((b"{", b'"'))


def body_of(
    ask: Ask, engine: Any, target: str = "/things/1", method: str = "GET", **more: Any
) -> Any:
    return ask(engine, method, target, **more).body


def changing() -> Any:
    paths = get({"200": reply(ROOMY)}, "/things/{id}")
    paths["/things/{id}"]["post"] = paths["/things/{id}"]["get"] | {
        "operationId": "write",
        "requestBody": {"content": {"application/json": {"schema": {}}}},
    }
    return paths


def test_the_same_request_gets_the_same_generated_body(engine_of: EngineOf, ask: Ask) -> None:
    engine, other = engine_of(changing()), engine_of(changing())
    first = body_of(ask, engine)
    body_of(ask, engine, "/things/2")

    assert body_of(ask, engine) == first
    assert body_of(ask, other) == first


def test_what_the_request_says_changes_the_generated_body(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(changing())
    bodies = [
        body_of(ask, engine),
        body_of(ask, engine, "/things/2"),
        body_of(ask, engine, "/things/1?x=1"),
        body_of(ask, engine, method="POST", json={"x": 1}),
        body_of(ask, engine, method="POST", json={"x": 2}),
    ]

    assert len(set(bodies)) == len(bodies)


def test_another_method_gets_another_body(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(changing())

    assert body_of(ask, engine) != body_of(ask, engine, method="POST")


def test_another_seed_gives_another_body(engine_of: EngineOf, ask: Ask) -> None:
    bodies = {body_of(ask, engine_of(changing(), seed=seed)) for seed in (0, 1, 2, -1, 2**70)}

    assert len(bodies) == 5


def test_headers_do_not_change_the_generated_body(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(changing())

    assert body_of(ask, engine) == body_of(ask, engine, headers={"X-Request-Id": "7"})


def test_head_is_answered_with_the_body_that_get_has(engine_of: EngineOf, ask: Ask) -> None:
    engine = engine_of(changing())

    assert body_of(ask, engine, method="HEAD") == body_of(ask, engine)


def test_a_schema_that_nothing_satisfies_is_a_loud_500(engine_of: EngineOf, ask: Ask) -> None:
    impossible = thing(a={"type": "integer", "minimum": 2, "maximum": 1})

    answer = ask(engine_of(get({"200": reply(impossible)})), "GET", "/things")

    assert (answer.status, answer.source) == (500, "mockserver")
    assert answer.json["detail"].startswith("sample/read 200: no body can be generated: ")


# --- every packaged operation, every documented code ---


def documented(app: Any) -> Iterator[tuple[Any, Any, str]]:
    for contract in app.engine.contracts:
        for operation in contract.operations:
            for code in operation.replies:
                yield contract, operation, code


def generated(contract: Any, operation: Any, code: str, *, seed: int = 0) -> Any:
    """The reply of an operation to `Prefer: code=..., dynamic=true`, past the check."""
    status = {"default": "500"}.get(code, code.replace("X", "0"))
    answerer = Answerer(operation, contract, decide=None, decided_as=Source.SIMULATION)
    session = alone("default", seed)
    headers = {b"prefer": f"code={status}, dynamic=true".encode()}
    request = Request(operation.method, operation.path.encode(), b"", headers)
    return answerer.preferred(request, session)


def schema_of(document: Any, operation: Any, code: str) -> Any:
    """The schema of a JSON reply as the document has it, None for a reply without one."""

    def deref(node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            node = at(node["$ref"][1:])
        return node

    def at(pointer: str) -> Any:
        node = document
        for step in pointer.split("/")[1:]:
            node = deref(node)[step.replace("~1", "/").replace("~0", "~")]
        return deref(node)

    reply_ = deref(at(operation.pointer)["responses"][code])
    return reply_.get("content", {}).get("application/json", {}).get("schema")


def test_every_generated_reply_of_the_packaged_contracts_is_valid_for_another_validator(
    packaged: Any,
) -> None:
    checked = 0
    for contract, operation, code in documented(packaged):
        schema = schema_of(contract.document, operation, code)
        if schema is None:
            continue
        whole = {"allOf": [schema], "components": contract.document["components"]}
        validator = OAS30Validator(whole, format_checker=oas30_format_checker)
        found = generated(contract, operation, code)
        where = f"{operation.id} {code}"
        assert found.source is Source.GENERATED, where
        assert not list(validator.iter_errors(json.loads(found.body))), where
        checked += 1

    assert checked > 200


def digest(app: Any) -> str:
    """A fingerprint of every generated reply."""
    found = hashlib.sha256()
    for contract, operation, code in documented(app):
        found.update(generated(contract, operation, code).body)
    return found.hexdigest()


SCRIPT = """
import importlib.util, sys
spec = importlib.util.spec_from_file_location("this", sys.argv[1])
this = importlib.util.module_from_spec(spec)
spec.loader.exec_module(this)
from mockserver.server.app import App
from mockserver.settings import Settings
print(this.digest(App(Settings())))
"""


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_another_process_generates_the_same_bodies(hash_seed: str, packaged: Any) -> None:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": "Pacific/Auckland"}

    finished = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, __file__],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=True,
    )

    assert finished.stdout.strip() == digest(packaged)


# --- simulations, and our own failed self-check ---

DECIDED = get({"200": reply(thing(a=TEXT), e={"a": "1"}), "204": {"description": "none"}})


def decided(engine_of: EngineOf, ask: Ask, decision: Decision, **more: Any) -> Any:
    engine = engine_of(DECIDED, simulated={"sample/read": lambda *_: decision})
    return ask(engine, "GET", "/things", **more)


def test_a_simulation_decides_the_reply(engine_of: EngineOf, ask: Ask) -> None:
    answer = decided(engine_of, ask, Decision(200, {"a": "simulated"}, ((b"x-a", b"b"),)))

    assert (answer.status, answer.source, answer.json) == (200, "simulation", {"a": "simulated"})
    assert (answer.headers["x-a"], answer.headers["content-type"]) == ("b", "application/json")


def test_a_simulation_may_decide_for_no_body(engine_of: EngineOf, ask: Ask) -> None:
    answer = decided(engine_of, ask, Decision(204, None))

    assert (answer.status, answer.source, answer.body) == (204, "simulation", b"")


def test_a_preference_beats_the_simulation(engine_of: EngineOf, ask: Ask) -> None:
    decision = Decision(200, {"a": "simulated"})

    answer = decided(engine_of, ask, decision, headers={"Prefer": "code=200"})

    assert (answer.source, answer.json) == ("example", {"a": "1"})


def test_a_simulation_is_told_the_records_the_request_and_the_moment(
    engine_of: EngineOf, ask: Ask
) -> None:
    seen = []

    def decide(view: View, request: Request, moment: Moment) -> Decision:
        seen.append((view.holder("any"), request.raw_query, moment.wall, moment.seed))
        return Decision(200, {"a": "x"})

    engine = engine_of(DECIDED, simulated={"sample/read": decide}, seed=5)
    ask(engine, "GET", "/things?q=1")

    assert seen == [(None, b"q=1", NOON, 5)]


@pytest.mark.parametrize(
    ("decision", "breach"),
    [
        (Decision(200, {"a": 5}), "The field 'a' must be of type string; found 5 (body /a)"),
        (Decision(200, {}), "The field 'a' is required (body /a)"),
        (Decision(200, None), "The body must be of type object; found null (body)"),
        (Decision(404, {"code": "x"}), "the status is not documented"),
        (Decision(204, {"a": "x"}), "the status is documented without a body"),
    ],
    ids=["wrong", "missing", "null", "status", "body"],
)
def test_a_decision_that_breaks_the_contract_is_a_loud_500(
    decision: Decision, breach: str, engine_of: EngineOf, ask: Ask
) -> None:
    answer = decided(engine_of, ask, decision)

    assert (answer.status, answer.source) == (500, "mockserver")
    assert answer.json["detail"] == (
        f"The simulation reply {decision.status} of sample/read breaks the contract: {breach}"
    )
    assert answer.json["breaches"] == [breach]


def test_every_breach_is_named(engine_of: EngineOf, ask: Ask) -> None:
    paths = get({"200": reply(thing(a=TEXT, b=TEXT))})
    engine = engine_of(paths, simulated={"sample/read": lambda *_: Decision(200, {"a": 5})})

    assert len(ask(engine, "GET", "/things").json["breaches"]) == 2


def test_what_cannot_be_checked_is_answered_unchecked(engine_of: EngineOf, ask: Ask) -> None:
    hard = {"type": "string", "pattern": "(a{1000}){1000}"}
    query = [{"name": "q", "in": "query", "schema": hard}]
    engine = engine_of(get({"200": reply(thing(a=hard), e={"a": "b"})}, parameters=query))

    answer = ask(engine, "GET", "/things?q=anything")

    assert (answer.status, answer.json) == (200, {"a": "b"})
