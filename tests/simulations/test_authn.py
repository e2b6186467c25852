"""The token endpoint, its discovery document and its key set, as a client meets them."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
HEADER = {"alg": "RS256", "typ": "JWT", "kid": "0f9d2c6e-4b1a-4f57-9c83-7a2e5d10b364"}
NOW = int(NOON.timestamp())
CLAIMS = {
    "iss": "shop@brand.example",
    "aud": "https://authn.sta.masstack.com/v1/oauth/token",
    "iat": NOW,
    "exp": NOW + 3_600,
}


def part(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def assertion(header: Any = HEADER, claims: Any = CLAIMS) -> str:
    return f"{part(header)}.{part(claims)}.c2lnbmF0dXJl"


@pytest.fixture
def token(call: Callable[..., Any], packaged: Any) -> Callable[..., Any]:
    """Asks the token endpoint with a form."""

    def ask(**form: Any) -> Any:
        fields = {"grant_type": GRANT, "assertion": assertion()} | form
        body = urlencode({name: value for name, value in fields.items() if value is not None})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return call(packaged, "POST", "/v1/oauth/token", headers=headers, body=body.encode())

    return ask


def test_a_well_formed_assertion_gets_a_token(token: Callable[..., Any]) -> None:
    answer = token()

    assert (answer.status, answer.source) == (200, "simulation")
    assert answer.json | {"access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 3_600,
        "scope": "api:everything",
    }


def test_an_answer_with_a_token_may_not_be_stored(token: Callable[..., Any]) -> None:
    assert token().headers["cache-control"] == "no-store"


def test_the_token_is_verified_by_the_published_keys_alone(
    token: Callable[..., Any], call: Callable[..., Any], packaged: Any
) -> None:
    discovery = call(packaged, "GET", "/v1/.well-known/openid-configuration").json
    path = discovery["jwks_uri"].removeprefix("http://testserver")
    keys = jwt.PyJWKSet.from_dict(call(packaged, "GET", path).json)
    found = token().json["access_token"]

    key = keys[jwt.get_unverified_header(found)["kid"]]
    claims = jwt.decode(
        found,
        key.key,
        algorithms=discovery["id_token_signing_alg_values_supported"],
        issuer=discovery["issuer"],
        options={"verify_exp": False, "verify_iat": False},
    )

    assert claims["sub"] == "shop@brand.example"
    assert (claims["iat"], claims["exp"]) == (NOW, NOW + 3_600)


def test_the_addresses_are_those_the_caller_reached_the_server_by(
    call: Callable[..., Any], packaged: Any
) -> None:
    headers = {"Host": "authn.local:8080"}

    found = call(packaged, "GET", "/v1/.well-known/openid-configuration", headers=headers).json

    assert found["token_endpoint"] == "http://authn.local:8080/v1/oauth/token"
    assert found["jwks_uri"] == "http://authn.local:8080/v1/.well-known/jwks.json"
    assert found["grant_types_supported"] == [GRANT]


@pytest.mark.parametrize(
    ("form", "claims", "granted"),
    [
        ({}, {}, "api:everything"),
        ({"scope": "openid"}, {}, "openid"),
        ({}, {"scope": "openid profile"}, "openid profile"),
        ({}, {"scope": ["openid", "profile"]}, "openid profile"),
        ({"scope": "openid"}, {"scope": "profile"}, "openid"),
        ({}, {"scope": []}, "api:everything"),
        ({}, {"scope": None}, "api:everything"),
    ],
    ids=["default", "form", "claim", "list", "both", "empty-list", "null"],
)
def test_the_scope_is_the_one_asked_for(
    form: Any, claims: Any, granted: str, token: Callable[..., Any]
) -> None:
    answer = token(assertion=assertion(claims=CLAIMS | claims), **form)

    assert answer.json["scope"] == granted


@pytest.mark.parametrize(
    ("header", "claims", "description"),
    [
        (HEADER | {"alg": "HS256"}, CLAIMS, "must have alg RS256 and typ JWT"),
        (HEADER | {"alg": "none"}, CLAIMS, "must have alg RS256 and typ JWT"),
        (HEADER | {"typ": "JOSE"}, CLAIMS, "must have alg RS256 and typ JWT"),
        ({"alg": "RS256", "typ": "JWT"}, CLAIMS, "lacks kid"),
        (HEADER, {}, "lacks iss, aud, iat, exp"),
        (HEADER, CLAIMS | {"iss": ""}, "lacks iss"),
        (HEADER, CLAIMS | {"iss": 5}, "The claim iss must be"),
        (HEADER, CLAIMS | {"iat": "now"}, "iat and exp must be numbers"),
        (HEADER, CLAIMS | {"exp": True}, "iat and exp must be numbers"),
        (HEADER, CLAIMS | {"exp": NOW + 3_601}, "one hour at most"),
        (HEADER, CLAIMS | {"exp": NOW - 1}, "one hour at most"),
        (HEADER, CLAIMS | {"exp": 10**400}, "must be JSON objects"),
        (HEADER, CLAIMS | {"scope": [1]}, "The claim scope must be"),
        (HEADER, CLAIMS | {"scope": {"a": 1}}, "The claim scope must be"),
        ([], CLAIMS, "must be JSON objects"),
        (HEADER, "claims", "must be JSON objects"),
        (b"\xff", CLAIMS, "must be JSON objects"),
        (HEADER, b"{" * 50_000, "must be JSON objects"),
    ],
)
def test_an_assertion_of_another_shape_is_an_invalid_grant(
    header: Any, claims: Any, description: str, token: Callable[..., Any]
) -> None:
    answer = token(assertion=assertion(header, claims))

    assert (answer.status, answer.source) == (400, "simulation")
    assert answer.json["error"] == "invalid_grant"
    assert description in answer.json["error_description"]


@pytest.mark.parametrize("grant", ["password", "client_credentials", "x"])
def test_another_grant_type_is_unsupported(grant: str, token: Callable[..., Any]) -> None:
    answer = token(grant_type=grant)

    assert (answer.status, answer.json["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    "form",
    [{"assertion": None}, {"grant_type": None}, {"assertion": "abc"}, {"assertion": "a.b.c.d"}],
    ids=["no-assertion", "no-grant-type", "no-jwt", "four-parts"],
)
def test_a_form_that_breaks_the_contract_is_an_invalid_request(
    form: Any, token: Callable[..., Any]
) -> None:
    answer = token(**form)

    assert (answer.status, answer.source) == (400, "refusal")
    assert answer.json["error"] == "invalid_request"


def test_a_body_that_is_no_form_is_an_invalid_request(
    call: Callable[..., Any], packaged: Any
) -> None:
    form = {"grant_type": GRANT, "assertion": assertion()}

    answer = call(packaged, "POST", "/v1/oauth/token", json=form)

    assert (answer.status, answer.json["error"]) == (400, "invalid_request")


def test_the_same_assertion_gets_the_same_token(token: Callable[..., Any]) -> None:
    assert token().json == token().json


def test_two_assertions_get_two_tokens(token: Callable[..., Any]) -> None:
    other = token(assertion=assertion(claims=CLAIMS | {"iss": "other@brand.example"}))

    assert other.json["access_token"] != token().json["access_token"]
