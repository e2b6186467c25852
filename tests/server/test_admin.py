"""The admin API: what it tells, in its own contract, and the token before it."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS30ReadValidator
from openapi_spec_validator import OpenAPIV30SpecValidator

from mockserver import __version__
from mockserver.server.app import App
from mockserver.settings import Settings

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
ADMIN = yaml.safe_load((ROOT / "mockserver" / "server" / "admin.yaml").read_bytes())
STEMS = sorted(file.stem for file in (ROOT / "specs").glob("*.yaml"))
TOKEN = "s3cret:ñ"

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
    assert "there are agile-tv-v3," in answer.json["detail"]


def test_an_unknown_admin_path_is_404_with_the_nearest_admin_path(
    call: Call, packaged: App
) -> None:
    answer = call(packaged, "GET", "/__admin/contract")

    assert (answer.status, answer.source) == (404, "mockserver")
    assert "GET /__admin/contracts " in answer.json["nearest"][0]


def test_another_method_is_405_with_what_is_allowed(call: Call, packaged: App) -> None:
    answer = call(packaged, "POST", "/__admin/health")

    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("path", ADMIN["paths"])
def test_every_admin_reply_conforms_to_the_admin_document(
    call: Call, packaged: App, path: str
) -> None:
    documented = ADMIN["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    schema = {**documented["schema"], "components": ADMIN["components"]}

    answer = call(packaged, "GET", path.replace("{stem}", "tesamanager-v1"))

    assert answer.status == 200
    assert list(OAS30ReadValidator(schema).iter_errors(answer.json)) == []


@pytest.mark.parametrize("path", [path for path in ADMIN["paths"] if path != "/__admin/health"])
def test_a_token_guards_everything_but_health(call: Call, guarded: App, path: str) -> None:
    target = path.replace("{stem}", "agile-tv-v3")

    assert call(guarded, "GET", target).status == 401
    assert call(guarded, "HEAD", target).status == 401
    assert call(guarded, "GET", target, headers=header("Bearer", TOKEN)).status == 200


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
