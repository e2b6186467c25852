"""The engine inside Connexion: with the fast path removed its own stack answers the same."""

import inspect
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.server.app import App
from mockserver.settings import Settings
from mockserver.stores.sqlite import database

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ACCOUNT = "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_77"
TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}
AGILE = Path(__file__).parents[2] / "specs" / "agile-tv-v3.yaml"
STEMS = sorted(file.stem for file in (Path(__file__).parents[2] / "specs").glob("*.yaml"))

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def slow() -> App:
    """The packaged contracts on Connexion's own stack."""
    return App(Settings(state="none"), clock=lambda: NOON, fast_path=False)


def test_every_operation_answers_2xx_on_connexions_own_stack(
    call: Call, slow: App, documented: Any
) -> None:
    asked = documented.example()

    answer = call(slow, asked.method, asked.target, headers=asked.sent_headers, body=asked.body)

    assert answer.status // 100 == 2
    assert answer.source in ("example", "simulation")


def test_both_ways_answer_the_same(call: Call, slow: App, packaged: App, documented: Any) -> None:
    asked = documented.example()
    sent = {"headers": asked.sent_headers, "body": asked.body}

    fast, other = (call(app, asked.method, asked.target, **sent) for app in (packaged, slow))

    name = "x-mock-request-id"
    assert fast.headers.keys() == other.headers.keys()
    assert fast.headers | {name: ""} == other.headers | {name: ""}
    assert fast.body == other.body


@pytest.fixture(params=["fast path", "own stack"])
def app(request: pytest.FixtureRequest, slow: App, packaged: App) -> App:
    """Either application."""
    return packaged if request.param == "fast path" else slow


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/nowhere", 404),
        ("POST", "/v3/orgs/masmovil/tv/agile", 404),
        ("GET", "/v1/orgs", 404),  # a root that several contracts share
        ("GET", "/%zz", 404),
        ("GET", "/%ff", 404),
        ("PUT", ACCOUNT, 405),
        ("GET", "/v1/orgs/masmovil/tesa/activation", 405),
        ("GET", "/__admin/nowhere", 404),
    ],
)
def test_what_no_contract_has_is_a_problem_of_the_mock_server_with_one_content_type(
    call: Call, app: App, method: str, target: str, status: int
) -> None:
    answer = call(app, method, target)

    assert (answer.status, answer.json["status"]) == (status, status)
    names = [name for name, _ in answer.raw_headers]
    assert names.count(b"content-type") == 1
    assert names.count(b"content-length") == 1
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("allow" in answer.headers) == (status == 405)


def test_a_head_request_for_an_unknown_path_has_no_body(call: Call, app: App) -> None:
    answer = call(app, "HEAD", "/nowhere")

    assert (answer.status, answer.body) == (404, b"")


def test_a_wrong_request_is_refused_by_the_engine_in_the_apis_own_words(
    call: Call, app: App
) -> None:
    answer = call(app, "POST", ACCOUNT, headers=TRACE, json={"products": []})

    assert (answer.status, answer.source) == (400, "refusal")
    assert answer.json["code"] == "BAD_REQUEST"
    assert "/products" in answer.json["details"]


@pytest.mark.parametrize("segment", ["%ff", "%zz", "%"])
def test_a_path_parameter_that_is_no_text_is_refused(call: Call, app: App, segment: str) -> None:
    answer = call(app, "GET", ACCOUNT.replace("ACC_77", segment), headers=TRACE)

    assert (answer.status, answer.source) == (400, "refusal")


def test_connexion_leaves_the_documents_as_they_were_written(call: Call, tmp_path: Path) -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    shared = {"$ref": "#/components/parameters/page"}
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Sample", "version": "1"},
        "paths": {
            "/things/{id}": {
                "parameters": [parameter],
                "get": {"parameters": [shared], "responses": {"200": {"description": "Fine"}}},
            }
        },
        "components": {
            "parameters": {"page": {"name": "page", "in": "query", "schema": {"type": "integer"}}}
        },
    }
    file = tmp_path / "sample.yaml"
    file.write_text(yaml.safe_dump(document))
    app = App(Settings(specs=(file,)), fast_path=False)

    assert call(app, "GET", "/things/1?page=x").status == 400
    served = call(app, "GET", "/__admin/contracts/sample/openapi.json").json
    assert served == document | {"servers": [{"url": "/"}]}


@pytest.mark.parametrize("stem", STEMS)
def test_the_docs_of_a_contract_are_a_page_that_reads_its_document(
    call: Call, packaged: App, stem: str
) -> None:
    page = call(packaged, "GET", f"/__admin/contracts/{stem}/docs/")

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    (url,) = re.findall(r'url: "([^"]*)"', page.body.decode())
    assert url == f"/__admin/contracts/{stem}/openapi.json"
    assert call(packaged, "GET", url).json["openapi"].startswith("3.0")


def test_the_docs_of_the_admin_api_read_its_own_document(call: Call, packaged: App) -> None:
    page = call(packaged, "GET", "/__admin/docs/")

    (url,) = re.findall(r'url: "([^"]*)"', page.body.decode())
    assert url == "/__admin/openapi.json"
    assert "/__admin/health" in call(packaged, "GET", url).json["paths"]


def test_the_docs_are_found_without_the_slash_at_their_end(call: Call, packaged: App) -> None:
    answer = call(packaged, "GET", "/__admin/contracts/agile-tv-v3/docs")

    assert (answer.status, answer.headers["location"]) == (
        307,
        "/__admin/contracts/agile-tv-v3/docs/",
    )


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png"])
def test_the_docs_bring_what_their_page_needs(call: Call, packaged: App, name: str) -> None:
    answer = call(packaged, "GET", f"/__admin/contracts/agile-tv-v3/docs/{name}")

    assert (answer.status, int(answer.headers["content-length"])) == (200, len(answer.body))


def test_a_page_that_the_docs_do_not_have_is_404(call: Call, packaged: App) -> None:
    assert call(packaged, "GET", "/__admin/contracts/agile-tv-v3/docs/nothing.js").status == 404


# What the gateway takes from Connexion: a new release that moves it fails here, by name.
@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("connexion.middleware.main", "API", {"specification", "base_path"}),
        ("connexion.spec", "OpenAPISpecification", {"raw_spec", "base_uri"}),
        ("connexion.resolver", "Resolution", {"function", "operation_id"}),
        ("connexion.options", "SwaggerUIOptions", {"serve_spec", "spec_path", "swagger_ui_path"}),
        ("connexion.security", "AbstractSecurityHandler", set()),
        (
            "connexion.lifecycle",
            "ConnexionResponse",
            {"status_code", "body", "mimetype", "headers"},
        ),
    ],
)
def test_connexion_has_what_the_gateway_uses(module: str, name: str, arguments: set[str]) -> None:
    found = getattr(import_module(module), name)

    assert arguments <= set(inspect.signature(found).parameters)


def test_connexions_routing_is_told_by_the_scope_entry_that_ours_writes() -> None:
    abstract = import_module("connexion.middleware.abstract")
    routing = import_module("connexion.middleware.routing")
    main = import_module("connexion.middleware.main").ConnexionMiddleware

    assert abstract.ROUTING_CONTEXT == routing.ROUTING_CONTEXT == "connexion_routing"
    assert routing.RoutingMiddleware in main.default_middlewares


@pytest.mark.parametrize("path", ["/__admin/sessions", "/v1/nowhere"])
def test_a_store_that_is_away_is_told_by_connexions_own_stack_too(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.01)
    file = tmp_path / "mock.db"
    app = App(Settings(specs=(AGILE,), state=f"sqlite:{file}"), fast_path=False)
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        reply = call(app, "GET", path)
    app.close()

    assert (reply.status, reply.headers["x-mock-source"]) == (503, "mockserver")
    assert str(file) in reply.json["detail"]
