"""Access tokens of the token endpoint: signed when issued, checked when presented.

The tokens are JWTs signed with RS256 under one key that is part of this package, so that they hold
across restarts and workers and a consumer may verify them with the published key set. The key is
public on purpose and protects nothing: the double guards no secret.
Source of the token's form: RFC 7519, RFC 9068; lifetime 3600 s as the facts' sample (public-code).
"""

from collections import OrderedDict
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

import orjson

from mockserver.message import Json

LIFETIME_S: Final = 3_600
ALGORITHM: Final = "RS256"
KNOWN_MAX: Final = 4_096
KNOWN_BYTES_MAX: Final = 4_096  # of one token: longer ones are verified each time


@cache
def _private() -> Json:
    return orjson.loads(files("mockserver").joinpath("signing_key.json").read_bytes())


@cache
def _keys() -> tuple[Any, Any]:
    """The signing key and the verifying key; PyJWT is imported when the first token is seen."""
    from jwt.algorithms import RSAAlgorithm  # noqa: PLC0415 - 30 ms that most runs never need

    return RSAAlgorithm.from_jwk(_private()), RSAAlgorithm.from_jwk(public_jwk())


def public_jwk() -> dict[str, str]:
    """The public half of the signing key as a JWK (RFC 7517)."""
    return {name: _private()[name] for name in ("kty", "use", "alg", "kid", "n", "e")}


def issue(claims: dict[str, Json], wall: datetime) -> str:
    """Sign an access token.

    Args:
        claims: `iss`, `sub`, ...; `iat` and `exp` are added.
        wall: Now; the token lives `LIFETIME_S` seconds from it.
    """
    import jwt  # noqa: PLC0415 - see _keys

    now = int(wall.timestamp())
    body = {**claims, "iat": now, "exp": now + LIFETIME_S}
    headers = {"kid": public_jwk()["kid"]}
    return jwt.encode(body, _keys()[0], algorithm=ALGORITHM, headers=headers)


class TokenCheck:
    """Tells tokens of the token endpoint from others; remembers those it has verified."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, int] = OrderedDict()

    def reason_against(self, token: bytes, wall: datetime) -> str:
        """Why `token` is not accepted at `wall`, "" when it is."""
        expires = self._known.get(token)
        if expires is None:
            expires = self._verified(token)
            if expires is None:
                return "The access token was not issued by the token endpoint"
            if len(token) <= KNOWN_BYTES_MAX:
                self._known[token] = expires
            if len(self._known) > KNOWN_MAX:
                self._known.popitem(last=False)
        return "" if wall.timestamp() < expires else "The access token has expired"

    def _verified(self, token: bytes) -> int | None:
        import jwt  # noqa: PLC0415 - see _keys

        options: Any = {"verify_exp": False, "verify_aud": False, "verify_iat": False}
        try:
            claims = jwt.decode(token, _keys()[1], algorithms=[ALGORITHM], options=options)
        except jwt.PyJWTError:
            return None
        expires = claims.get("exp")
        return expires if isinstance(expires, int) else None
