"""Who may ask, under each policy and each security scheme."""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.server.app import App
from mockserver.settings import Settings
from mockserver.tokens import LIFETIME_S, issue

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "Capital": {"type": "http", "scheme": "Bearer"},
    "oauth": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "https://x.example", "scopes": {}}},
    },
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://x.example"},
    "basic": {"type": "http", "scheme": "basic"},
    "digest": {"type": "http", "scheme": "digest"},
    "headerKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "queryKey": {"type": "apiKey", "in": "query", "name": "key"},
}
USER = "Basic " + b64encode(b"user:secret").decode()
TOKEN = issue({"iss": "x", "sub": "y"}, NOON)


@pytest.fixture(scope="module")
def guarded() -> App:
    """The packaged contracts for callers with a token of the token endpoint."""
    return App(Settings(auth="issued"), clock=lambda: NOON)


def paths(security: Any) -> Any:
    error = {"type": "object", "properties": {"code": {"type": "string"},
                                              "details": {"type": "string"}}}  # fmt: skip
    replies = {
        "200": {"description": "ok"},
        "401": {
            "description": "no",
            "content": {
                "application/json": {
                    "schema": error,
                    "example": {"code": "UNAUTHORIZED_REQUEST", "details": "No token"},
                }
            },
        },
    }
    operation = {"operationId": "read", "responses": replies}
    return {
        "/things": {"get": operation | ({"security": security} if security is not None else {})}
    }


@pytest.fixture
def status_of(engine_of: Callable[..., Any], ask: Callable[..., Any]) -> Callable[..., int]:
    """The status that a request gets under a policy and a `security` of the contract."""

    def status(auth: str, security: Any, headers: Any = None, query: str = "") -> int:
        engine = engine_of(paths(security), {"securitySchemes": SCHEMES}, auth=auth)
        found: int = ask(engine, "GET", "/things" + query, headers=headers).status
        return found

    return status


# scheme, a credential that is there, where it is, whether the token endpoint has to have made it
CREDENTIALS: dict[str, tuple[dict[str, str], str]] = {
    "bearer": ({"Authorization": "Bearer anything"}, ""),
    "Capital": ({"Authorization": "Bearer anything"}, ""),
    "oauth": ({"Authorization": "Bearer anything"}, ""),
    "oidc": ({"Authorization": "Bearer anything"}, ""),
    "basic": ({"Authorization": USER}, ""),
    "digest": ({"Authorization": 'Digest username="x"'}, ""),
    "headerKey": ({"X-Api-Key": "anything"}, ""),
    "queryKey": ({}, "?key=anything"),
}
OURS = ("bearer", "Capital", "oauth", "oidc")


@pytest.mark.parametrize("scheme", CREDENTIALS)
def test_any_asks_for_nothing(scheme: str, status_of: Callable[..., int]) -> None:
    assert status_of("any", [{scheme: []}]) == 200


@pytest.mark.parametrize("auth", ["required", "issued"])
@pytest.mark.parametrize("scheme", CREDENTIALS)
def test_without_a_credential_nobody_passes(
    scheme: str, auth: str, status_of: Callable[..., int]
) -> None:
    assert status_of(auth, [{scheme: []}]) == 401


@pytest.mark.parametrize("scheme", CREDENTIALS)
def test_required_takes_whatever_credential_is_there(
    scheme: str, status_of: Callable[..., int]
) -> None:
    headers, query = CREDENTIALS[scheme]

    assert status_of("required", [{scheme: []}], headers, query) == 200


@pytest.mark.parametrize("scheme", CREDENTIALS)
def test_issued_is_particular_about_bearer_tokens_only(
    scheme: str, status_of: Callable[..., int]
) -> None:
    headers, query = CREDENTIALS[scheme]

    expected = 401 if scheme in OURS else 200

    assert status_of("issued", [{scheme: []}], headers, query) == expected


@pytest.mark.parametrize("scheme", OURS)
def test_issued_takes_a_token_of_the_token_endpoint(
    scheme: str, status_of: Callable[..., int]
) -> None:
    assert status_of("issued", [{scheme: []}], {"Authorization": f"Bearer {TOKEN}"}) == 200


@pytest.mark.parametrize("prefix", ["Bearer", "bearer", "BEARER", "Bearer  ", " Bearer"])
def test_the_name_of_a_scheme_is_taken_in_any_case(
    prefix: str, status_of: Callable[..., int]
) -> None:
    headers = {"Authorization": f"{prefix} {TOKEN}"}

    assert status_of("issued", [{"bearer": []}], headers) == 200


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Token abc", USER, "abc", "Bearerabc", ","]
)
def test_a_header_without_a_bearer_token_is_refused(
    value: str, status_of: Callable[..., int]
) -> None:
    assert status_of("required", [{"bearer": []}], {"Authorization": value}) == 401


@pytest.mark.parametrize("value", ["Basic", "Bearer abc", "user:secret"])
def test_a_header_without_basic_credentials_is_refused(
    value: str, status_of: Callable[..., int]
) -> None:
    assert status_of("required", [{"basic": []}], {"Authorization": value}) == 401


@pytest.mark.parametrize("query", ["?key=", "?key", "?Key=x", "?%FF=x"])
def test_a_query_without_the_key_is_refused(query: str, status_of: Callable[..., int]) -> None:
    assert status_of("required", [{"queryKey": []}], None, query) == 401


def test_an_empty_header_is_no_key(status_of: Callable[..., int]) -> None:
    assert status_of("required", [{"headerKey": []}], {"X-Api-Key": " "}) == 401


KEY = {"X-Api-Key": "k"}
BEARER = {"Authorization": "Bearer t"}


@pytest.mark.parametrize(
    ("security", "headers", "query", "status"),
    [
        ([{"headerKey": [], "bearer": []}], {}, "", 401),
        ([{"headerKey": [], "bearer": []}], KEY, "", 401),
        ([{"headerKey": [], "bearer": []}], BEARER, "", 401),
        ([{"headerKey": [], "bearer": []}], KEY | BEARER, "", 200),
        ([{"headerKey": []}, {"bearer": []}], {}, "", 401),
        ([{"headerKey": []}, {"bearer": []}], KEY, "", 200),
        ([{"headerKey": []}, {"bearer": []}], BEARER, "", 200),
        ([{"headerKey": [], "queryKey": []}, {"bearer": []}], KEY, "", 401),
        ([{"headerKey": [], "queryKey": []}, {"bearer": []}], KEY, "?key=1", 200),
        ([{"bearer": []}, {}], {}, "", 200),
        ([{}], {}, "", 200),
        ([], {}, "", 200),
        (None, {}, "", 401),
        (None, BEARER, "", 200),
    ],
    ids=[
        "and-none", "and-first", "and-second", "and-both", "or-none", "or-first", "or-second",
        "mixed-half", "mixed-whole", "optional", "nothing", "lifted", "inherited-none",
        "inherited",
    ],
)  # fmt: skip
def test_alternatives_and_combinations_of_schemes(
    security: Any,
    headers: Any,
    query: str,
    status: int,
    engine_of: Callable[..., Any],
    ask: Callable[..., Any],
) -> None:
    engine = engine_of(
        paths(security),
        {"securitySchemes": SCHEMES},
        auth="required",
        security=[{"bearer": []}],
    )

    assert ask(engine, "GET", "/things" + query, headers=headers).status == status


@pytest.mark.parametrize(
    ("scheme", "challenge"),
    [
        ("bearer", 'Bearer realm="sample"'),
        ("basic", 'Basic realm="sample"'),
        ("headerKey", 'ApiKey realm="sample"'),
        ("queryKey", 'ApiKey realm="sample"'),
    ],
)
def test_a_401_says_how_to_ask(
    scheme: str, challenge: str, engine_of: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    engine = engine_of(paths([{scheme: []}]), {"securitySchemes": SCHEMES}, auth="required")

    answer = ask(engine, "GET", "/things")

    assert answer.headers["www-authenticate"] == challenge


def test_a_401_offers_each_kind_of_scheme(
    engine_of: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    security: Any = [{"basic": []}, {"bearer": []}]
    engine = engine_of(paths(security), {"securitySchemes": SCHEMES}, auth="required")

    answer = ask(engine, "GET", "/things")

    assert answer.headers["www-authenticate"] == 'Bearer realm="sample", Basic realm="sample"'


@pytest.mark.parametrize("token", ["a.b.c", "abc", TOKEN[:-6] + "aaaaaa"])
def test_a_token_that_is_refused_is_called_invalid(
    token: str, engine_of: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    engine = engine_of(paths([{"bearer": []}]), {"securitySchemes": SCHEMES}, auth="issued")

    answer = ask(engine, "GET", "/things", headers={"Authorization": f"Bearer {token}"})

    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="sample", error="invalid_token"'


@pytest.mark.parametrize(
    ("after_s", "status"), [(0, 200), (LIFETIME_S - 1, 200), (LIFETIME_S, 401)]
)
def test_an_issued_token_expires_by_the_clock_of_the_server(
    after_s: int, status: int, engine_of: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    now = NOON
    engine = engine_of(
        paths([{"bearer": []}]),
        {"securitySchemes": SCHEMES},
        auth="issued",
        clock=lambda: now,
    )
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert ask(engine, "GET", "/things", headers=headers).status == 200

    now = NOON + timedelta(seconds=after_s)
    answer = ask(engine, "GET", "/things", headers=headers)

    assert answer.status == status
    assert status == 200 or answer.json["details"] == "The access token has expired (security)"


def test_a_401_is_in_the_shape_of_the_api(
    engine_of: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    engine = engine_of(paths([{"bearer": []}]), {"securitySchemes": SCHEMES}, auth="required")

    answer = ask(engine, "GET", "/things")

    assert answer.json == {
        "code": "UNAUTHORIZED_REQUEST",
        "details": "The header 'Authorization' is missing (security)",
    }
    assert answer.source == "refusal"


def test_everything_that_a_combination_lacks_is_told(
    engine_of: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    security: Any = [{"bearer": [], "headerKey": [], "queryKey": []}]
    engine = engine_of(paths(security), {"securitySchemes": SCHEMES}, auth="required")

    details = ask(engine, "GET", "/things").json["details"]

    assert "'Authorization'" in details
    assert "'X-Api-Key'" in details
    assert "'key'" in details


def test_the_alternative_that_lacks_least_is_the_one_that_is_told(
    engine_of: Callable[..., Any], ask: Callable[..., Any]
) -> None:
    security: Any = [{"headerKey": [], "queryKey": []}, {"bearer": []}]
    engine = engine_of(paths(security), {"securitySchemes": SCHEMES}, auth="required")

    details = ask(engine, "GET", "/things").json["details"]

    assert details == "The header 'Authorization' is missing (security)"


def test_every_packaged_operation_but_those_of_the_token_server_wants_a_token(
    call: Callable[..., Any], guarded: Any
) -> None:
    open_to_all = []
    for contract in guarded.engine.contracts:
        for operation in contract.operations:
            target = re.sub(r"\{[^}]*\}", "x", operation.path)
            answer = call(guarded, operation.method, target)
            if answer.status == 401:
                assert answer.source == "refusal"
                assert answer.headers["www-authenticate"] == f'Bearer realm="{contract.stem}"'
            else:
                open_to_all.append(operation.id)

    assert open_to_all == [
        "authn-v1/createToken",
        "authn-v1/getOpenIdConfiguration",
        "authn-v1/getJwks",
    ]
