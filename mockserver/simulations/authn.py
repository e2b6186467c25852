"""The identity server: access tokens for signed assertions (RFC 7523), discovery, key set.

The shape of an assertion is checked, not its signature: the double does not know the keys of the
service accounts. Facts: section 4 of the contracts' README (client:0.2.2, public-code).
"""

import base64
import binascii
import hashlib
from typing import Final
from urllib.parse import urlunsplit

import orjson

from mockserver.clock import Moment
from mockserver.message import Json, Request
from mockserver.record import View
from mockserver.simulation import Decision
from mockserver.tokens import LIFETIME_S, issue, public_jwk

GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ISSUER: Final = "https://authn.sta.masstack.com/v1"
SCOPES: Final = ("openid", "profile", "api:everything")
ASSERTION_LIFE_S: Final = 3_600
HEADER_NAMES: Final = ("alg", "typ", "kid")
CLAIM_NAMES: Final = ("iss", "aud", "iat", "exp")


def create_token(_view: View, request: Request, moment: Moment) -> Decision:
    """Issue an access token for a well-formed assertion, else the error of RFC 6749, 5.2."""
    form = request.content
    if form["grant_type"] != GRANT:
        return _refused("unsupported_grant_type", f"Only {GRANT} is supported")
    claims = _claims(form["assertion"])
    if isinstance(claims, str):
        return _refused("invalid_grant", claims)
    identity = hashlib.blake2b(form["assertion"].encode(), digest_size=12).hexdigest()
    granted = form.get("scope") or claims.get("scope") or SCOPES[-1]
    token = issue(
        {"iss": ISSUER, "sub": claims["iss"], "scope": granted, "jti": identity}, moment.wall
    )
    content = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": LIFETIME_S,
        "scope": granted,
    }
    return Decision(200, content)


def discovery(_view: View, request: Request, _moment: Moment) -> Decision:
    """The discovery document; its addresses are those the caller reached this server by."""
    host = request.headers.get(b"host", b"localhost").decode("latin-1")

    def address(path: str) -> str:
        return urlunsplit((request.scheme, host, path, "", ""))

    return Decision(
        200,
        {
            "issuer": ISSUER,
            "token_endpoint": address("/v1/oauth/token"),
            "jwks_uri": address("/v1/.well-known/jwks.json"),
            "grant_types_supported": [GRANT],
            "token_endpoint_auth_methods_supported": ["none"],
            "scopes_supported": list(SCOPES),
            "response_types_supported": ["none"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        },
    )


def key_set(_view: View, _request: Request, _moment: Moment) -> Decision:
    """The public key that the tokens are signed with."""
    return Decision(200, {"keys": [public_jwk()]})


def _refused(error: str, description: str) -> Decision:
    return Decision(400, {"error": error, "error_description": description})


def _claims(assertion: str) -> Json:
    """The claims of an assertion, or what is wrong with it as a text."""
    parts = assertion.split(".")
    if len(parts) != 3:  # noqa: PLR2004 - header, claims, signature (RFC 7515, 7.1)
        return "The assertion must be a JWT of three parts"
    header, claims = _part(parts[0]), _part(parts[1])
    if header is None or claims is None:
        return "The header and the claims of the assertion must be JSON objects in base64url"
    missing = [name for name in HEADER_NAMES if not header.get(name)]
    missing += [name for name in CLAIM_NAMES if not claims.get(name)]
    if missing:
        return f"The assertion lacks {', '.join(missing)}"
    if header["alg"] != "RS256" or header["typ"] != "JWT":
        return "The header of the assertion must have alg RS256 and typ JWT"
    times = claims["iat"], claims["exp"]
    if not all(type(each) in (int, float) for each in times):
        return "The claims iat and exp must be numbers of seconds"
    if not isinstance(claims["iss"], str):
        return "The claim iss must be the e-mail address of the service account"
    if not 0 < times[1] - times[0] <= ASSERTION_LIFE_S:
        return "The assertion must live for one hour at most"
    return _with_scope(claims)


def _with_scope(claims: dict[str, Json]) -> Json:
    """The claims with their scope as one text: it may be a list, or not be there."""
    scope = claims.get("scope") or ""
    names = scope if isinstance(scope, list) else [scope]
    if not all(isinstance(name, str) for name in names):
        return "The claim scope must be a text or a list of texts"
    return {**claims, "scope": " ".join(names)}


def _part(text: str) -> dict[str, Json] | None:
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        value = orjson.loads(decoded)
    except (binascii.Error, ValueError):
        return None
    return value if isinstance(value, dict) else None


REMEMBERS = False
SERVES = {
    "authn-v1": {
        "createToken": create_token,
        "getOpenIdConfiguration": discovery,
        "getJwks": key_set,
    }
}
