"""A consumer logs in as a service account does, and keeps its token for all that it calls."""

import time

import authn_v1
import jwt
import pytest
from authn_v1.api.token import create_token
from authn_v1.models import TokenRequest, TokenResponse
from cryptography.hazmat.primitives.asymmetric import rsa

from mockserver.client import Client

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture(scope="session")
def assertion() -> str:
    """What a service account signs to prove who it is."""
    now = int(time.time())
    return jwt.encode(
        {
            "iss": "shop@brand.example",
            "aud": "https://authn.sta.masstack.com/v1/oauth/token",
            "iat": now,
            "exp": now + 3600,
        },
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        algorithm="RS256",
        headers={"kid": "the-key-of-the-shop"},
    )


@pytest.fixture(scope="session")
def token(mock_server: Client, assertion: str) -> str:
    """The access token that the token endpoint gives for it; it is good in every session."""
    with mock_server.session() as session, authn_v1.Client(session.base_url) as authn:
        granted = create_token.sync(client=authn, body=TokenRequest(GRANT, assertion))
    assert isinstance(granted, TokenResponse)
    assert granted.token_type == "Bearer"
    return granted.access_token
