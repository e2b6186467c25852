"""The admin API: what it tells, in its own contract, and the token before it."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from openapi_schema_validator import OAS30ReadValidator
from openapi_spec_validator import OpenAPIV30SpecValidator

from mockserver import __version__
from mockserver.document import read
from mockserver.scenario import schema
from mockserver.server.app import App
from mockserver.settings import Settings

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
ADMIN = yaml.safe_load((ROOT / "mockserver" / "server" / "admin.yaml").read_bytes())
SCENARIOS = sorted((ROOT / "scenarios").rglob("*.yaml"))
STEMS = sorted(file.stem for file in (ROOT / "specs").glob("*.yaml"))
TOKEN = "s3cret:ñ"
READ = "agile-tv-v3/getSubscription"
BINDING = {"in": "header", "name": "X-Org", "value": "acme"}
WORKFLOW = {
    "api": "agile-tv-v3",
    "org": "masmovil",
    "subject": "ACC_1",
    "operation": "createSubscription",
    "correlation": "c-1",
    "workflow": "w-1",
    "status": "DONE",
}
WORKFLOW_ID = "workflows/agile-tv-v3:masmovil:ACC_1:createSubscription:c-1"
METHODS = ("get", "put", "post", "delete")
OPERATIONS = [
    (method.upper(), path)
    for path, item in ADMIN["paths"].items()
    for method in METHODS
    if method in item
]
HEALTH = ("GET", "/__admin/health")

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def guarded() -> App:
    """The packaged contracts behind a token."""
    return App(Settings(admin_token=TOKEN), clock=lambda: NOON)


def header(kind: str, credential: str) -> dict[str, str]:
    """An `Authorization` header as bytes that travel."""
    if kind.lower() == "basic":
        credential = base64.b64encode(credential.encode()).decode()
    return {"Authorization": f"{kind} {credential}".encode().decode("latin-1")}


def test_the_admin_document_is_valid_openapi() -> None:
    assert [error.message for error in OpenAPIV30SpecValidator(ADMIN).iter_errors()] == []


SCENARIO = schema()["$defs"]
SCHEMAS = ADMIN["components"]["schemas"]


@pytest.mark.parametrize(
    ("told", "written"),
    [
        pytest.param(SCHEMAS["Rule"], SCENARIO["rule"], id="rule"),
        pytest.param(SCHEMAS["Reply"], SCENARIO["reply"], id="reply"),
        pytest.param(SCHEMAS["Turn"], SCENARIO["turn"], id="turn"),
        pytest.param(SCHEMAS["Fault"], SCENARIO["fault"], id="fault"),
        pytest.param(
            SCHEMAS["Fault"]["properties"]["delay"],
            SCENARIO["fault"]["properties"]["delay"],
            id="delay",
        ),
        pytest.param(SCHEMAS["Conditions"], SCENARIO["conditions"], id="conditions"),
        pytest.param(
            SCHEMAS["Condition"]["anyOf"][0], SCENARIO["condition"]["then"], id="condition"
        ),
        pytest.param(SCHEMAS["CourseStep"]["anyOf"][1], SCENARIO["step"]["else"], id="step"),
    ],
)
def test_a_rule_on_the_spot_has_the_members_that_one_in_a_file_has(told: Any, written: Any) -> None:
    assert told["properties"].keys() == written["properties"].keys()
    assert told.get("required", []) == written.get("required", [])


def test_a_course_on_the_spot_has_the_words_that_one_in_a_file_has() -> None:
    assert SCHEMAS["CourseStep"]["anyOf"][0]["enum"] == SCENARIO["step"]["then"]["enum"]


def test_every_packaged_rule_could_be_written_on_the_spot() -> None:
    validator = OAS30ReadValidator({**SCHEMAS["Rule"], "components": ADMIN["components"]})
    rules = (rule for file in SCENARIOS for rule in read(file).get("rules", []))

    assert [error.message for rule in rules for error in validator.iter_errors(rule)] == []


def test_health_counts_what_is_served(call: Call, packaged: App) -> None:
    answer = call(packaged, "GET", "/__admin/health")

    assert (answer.status, answer.source) == (200, "mockserver")
    assert answer.json == {
        "status": "ok",
        "version": __version__,
        "contracts": len(STEMS),
        "operations": len(packaged.engine.table.operations),
    }


def test_the_version_is_that_of_the_package(call: Call, packaged: App) -> None:
    assert call(packaged, "GET", "/__admin/version").json == {"version": __version__}


def test_contracts_are_listed_by_their_stems(call: Call, packaged: App) -> None:
    listed = call(packaged, "GET", "/__admin/contracts").json

    assert [each["stem"] for each in listed] == STEMS
    (agile,) = [each for each in listed if each["stem"] == "agile-tv-v3"]
    assert (agile["base_path"], agile["operations"]) == ("", 8)


def test_operations_are_listed_with_their_replies_and_provenance(call: Call, packaged: App) -> None:
    listed = call(packaged, "GET", "/__admin/operations").json

    (read,) = [each for each in listed if each["id"] == "agile-tv-v3/getSubscription"]
    assert (read["method"], read["replies"]) == ("GET", ["200", "400", "401", "404", "500"])
    assert read["provenance"]["source"] == "seed:003"
    assert len(listed) == len({each["id"] for each in listed})


@pytest.mark.parametrize("stem", STEMS)
def test_a_document_is_served_as_written_but_for_its_servers(
    call: Call, packaged: App, stem: str
) -> None:
    answer = call(packaged, "GET", f"/__admin/contracts/{stem}/openapi.json")
    (contract,) = [each for each in packaged.engine.contracts if each.stem == stem]

    assert answer.headers["content-type"] == "application/json"
    assert answer.json["servers"] == [{"url": contract.base_path or "/"}]
    assert answer.json | {"servers": 0} == {**contract.document, "servers": 0}


@pytest.mark.parametrize("path", ["/__admin/openapi.json", "/__admin/contracts/admin/openapi.json"])
def test_the_admin_api_serves_its_own_document(call: Call, packaged: App, path: str) -> None:
    assert call(packaged, "GET", path).json["paths"].keys() == ADMIN["paths"].keys()


def test_an_unknown_contract_is_404_with_the_nearest_name_first(call: Call, packaged: App) -> None:
    answer = call(packaged, "GET", "/__admin/contracts/agile-tv-v2/openapi.json")

    assert (answer.status, answer.source) == (404, "mockserver")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["detail"].startswith("There is no contract 'agile-tv-v2'; nearest: agile-tv")
    assert answer.json["nearest"][0] == "agile-tv-v3"


def test_an_unknown_admin_path_is_404_with_the_nearest_admin_path(
    call: Call, packaged: App
) -> None:
    answer = call(packaged, "GET", "/__admin/contract")

    assert (answer.status, answer.source) == (404, "mockserver")
    assert "GET /__admin/contracts " in answer.json["nearest"][0]


def test_another_method_is_405_with_what_is_allowed(call: Call, packaged: App) -> None:
    answer = call(packaged, "POST", "/__admin/health")

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.fixture(scope="module")
def visited(call: Call) -> tuple[App, dict[str, str]]:
    """An application in which something happened, and what the parts of its admin paths may be."""
    app = App(Settings(), clock=lambda: NOON)
    call(app, "POST", "/__admin/sessions", json={"name": "shop", "tags": ["slow"]})
    call(app, "POST", "/__admin/sessions/shop/bindings", json=BINDING)
    rule = {"on": "*", "fault": {"delay": {"ms": 0}}}
    posted = call(app, "POST", "/__admin/sessions/shop/rules", json=rule).json
    asked = call(app, "GET", "/__s/shop/v1/nowhere?a=1", json={"b": 2})
    record = f"/__admin/sessions/shop/records/{quote(WORKFLOW_ID)}"
    assert call(app, "PUT", record, json=WORKFLOW).status == 201
    names = {"stem": "tesamanager-v1", "session": "shop", "rule": posted["id"]}
    names |= {"collection": "workflows", "id": quote(WORKFLOW_ID.partition("/")[2])}
    return app, names | {"request": asked.headers["x-mock-request-id"]}


@pytest.mark.parametrize("path", [path for path, item in ADMIN["paths"].items() if "get" in item])
def test_every_admin_reply_conforms_to_the_admin_document(
    call: Call, visited: tuple[App, dict[str, str]], path: str
) -> None:
    app, names = visited
    ((kind, documented), *_) = ADMIN["paths"][path]["get"]["responses"]["200"]["content"].items()
    schema = {**documented["schema"], "components": ADMIN["components"]}

    answer = call(app, "GET", path.format(**names))

    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    value = answer.json if kind == "application/json" else answer.body.decode()
    assert list(OAS30ReadValidator(schema).iter_errors(value)) == []


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if each != HEALTH])
def test_a_token_guards_everything_but_health(
    call: Call, guarded: App, method: str, path: str
) -> None:
    names = {"stem": "agile-tv-v3", "session": "default", "rule": "rule-1", "request": "1"}
    target = path.format(**names, collection="workflows", id="1")

    assert call(guarded, method, target).status == 401
    assert call(guarded, method, target, headers=header("Bearer", TOKEN + "x")).status == 401
    assert call(guarded, method, target, headers=header("Bearer", TOKEN)).status != 401


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_says_what_it_is_for_and_how_it_fails(method: str, path: str) -> None:
    operation = ADMIN["paths"][path][method.lower()]

    assert operation["summary"]
    assert operation["tags"][0] in {tag["name"] for tag in ADMIN["tags"]}
    assert ("401" in operation["responses"]) == ((method, path) != HEALTH)
    assert ("404" in operation["responses"]) == ("{" in path)
    for status, reply in operation["responses"].items():
        if status >= "400":
            name = reply["$ref"].rpartition("/")[2]
            content = ADMIN["components"]["responses"][name]["content"]
            assert list(content) == ["application/problem+json"]


@pytest.mark.parametrize(
    ("method", "target", "nearest"),
    [
        ("GET", "/__admin/sessions/default/requests?stats=4XX", "status"),
        ("GET", "/__admin/scenarios?tags=rainy", "tag"),
        ("POST", "/__admin/sessions/default/requests/count?status=4XX", "none"),
    ],
)
def test_a_query_parameter_that_does_not_exist_is_refused(
    call: Call, packaged: App, method: str, target: str, nearest: str
) -> None:
    answer = call(packaged, method, target, json={} if method == "POST" else None)

    assert (answer.status, answer.source) == (400, "refusal")
    assert f"allowed: {nearest}" in answer.json["detail"]


@pytest.mark.parametrize(
    "target", ["/__admin/sessions/default?%zz", "/__admin/sessions/default?a=1&a=2&%ff"]
)
def test_a_query_that_cannot_be_read_is_refused(call: Call, packaged: App, target: str) -> None:
    answer = call(packaged, "GET", target)

    assert (answer.status, answer.source) == (400, "refusal")


def test_health_takes_any_query(call: Call, packaged: App) -> None:
    assert call(packaged, "GET", "/__admin/health?at=1&%zz").status == 200


def test_scenarios_are_chosen_by_api_and_by_tags(call: Call, packaged: App) -> None:
    listed = call(
        packaged, "GET", "/__admin/scenarios?api=common&api=agile-tv-v3&tag=rainy&tag=slow"
    ).json

    assert {each["api"] for each in listed} == {"common", "agile-tv-v3"}
    assert all({"rainy", "slow"} <= set(each["tags"]) for each in listed)
    (slow,) = [each for each in listed if each["id"] == "common/slow"]
    assert slow["operations"] == [each.id for each in packaged.engine.table.operations]


def test_all_scenarios_are_listed_by_their_ids(call: Call, packaged: App) -> None:
    listed = call(packaged, "GET", "/__admin/scenarios").json

    assert [each["id"] for each in listed] == sorted(packaged.engine.library.scenarios)


@pytest.mark.parametrize(
    ("query", "nearest"), [("tag=rainny", "rainy"), ("api=agile-tv-v2", "agile-tv-v3")]
)
def test_a_tag_or_api_that_no_scenario_has_is_told(
    call: Call, packaged: App, query: str, nearest: str
) -> None:
    answer = call(packaged, "GET", f"/__admin/scenarios?{query}")

    assert (answer.status, answer.json["nearest"][0]) == (400, nearest)


def test_coverage_counts_until_it_begins_anew(call: Call, visited: tuple[App, Any]) -> None:
    app, _ = visited
    scenario = {"X-Mock-Scenario": "status-400"}
    call(app, "GET", "/v3/orgs/acme/tv/agile/subscriptions/ACC_7", headers=scenario)
    met = call(app, "GET", "/__admin/coverage").json

    assert call(app, "DELETE", "/__admin/coverage").status == 204
    anew = call(app, "GET", "/__admin/coverage").json

    (row,) = [each for each in met["operations"] if each["operation"] == READ]
    assert row["statuses"]["400"] == 1
    assert met["totals"]["operations"]["met"] == 1
    assert anew["totals"]["operations"] == met["totals"]["operations"] | {"met": 0, "percent": 0.0}
    assert met["scenarios"].keys() == app.engine.library.scenarios.keys()


def test_health_needs_no_token(call: Call, guarded: App) -> None:
    assert call(guarded, "GET", "/__admin/health").status == 200


@pytest.mark.parametrize(
    ("kind", "credential", "status"),
    [
        ("Bearer", TOKEN, 200),
        ("BEARER", TOKEN, 200),
        ("Basic", f"anyone:{TOKEN}", 200),
        ("basic", f":{TOKEN}", 200),
        ("Bearer", TOKEN + "x", 401),
        ("Bearer", TOKEN[:-1], 401),
        ("Bearer", "", 401),
        ("Basic", TOKEN, 401),
        ("Basic", f"{TOKEN}:x", 401),
        ("Digest", TOKEN, 401),
    ],
)
def test_the_token_counts_as_bearer_or_as_the_password_of_basic(
    call: Call, guarded: App, kind: str, credential: str, status: int
) -> None:
    answer = call(guarded, "GET", "/__admin/version", headers=header(kind, credential))

    assert answer.status == status


@pytest.mark.parametrize("value", ["Basic", "Basic %%%", "Basic \xff", "\xff", "Bearer \xff"])
def test_a_credential_that_cannot_be_read_is_a_wrong_one(
    call: Call, guarded: App, value: str
) -> None:
    assert call(guarded, "GET", "/__admin/version", headers={"Authorization": value}).status == 401


@pytest.mark.parametrize(
    "path",
    ["/__admin/docs/", "/__admin/nowhere", "/__admin", "/__admin/contracts/agile-tv-v3/docs/x.js"],
)
def test_what_is_no_operation_below_admin_is_guarded_too(
    call: Call, guarded: App, path: str
) -> None:
    answer = call(guarded, "GET", path)

    assert (answer.status, answer.source) == (401, "mockserver")
    assert answer.headers["www-authenticate"].startswith("Bearer realm=")


@pytest.mark.parametrize(
    ("host", "made"),
    [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)],  # noqa: S104
)
def test_a_token_is_made_up_where_other_machines_reach_the_server(host: str, *, made: bool) -> None:
    app = App(Settings(specs=(ROOT / "specs" / "authn-v1.yaml",), host=host))

    assert (app.admin_token is not None) == made


def test_a_made_up_token_is_another_one_each_time() -> None:
    settings = Settings(specs=(ROOT / "specs" / "authn-v1.yaml",), host="::")

    assert App(settings).admin_token != App(settings).admin_token
