"""Who may ask: `--auth any`, `required` or `issued`, applied to a contract's security schemes.

`any` asks for nothing. `required` wants each scheme's credential to be there, whatever it is.
`issued` wants bearer tokens of the token endpoint (RFC 6750); the other schemes as `required`.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol

from mockserver.clock import Clock
from mockserver.contract.operation import Operation, Scheme
from mockserver.contract.parameters import Malformed, query_pairs
from mockserver.message import Request, Violation
from mockserver.refusal import Refusal
from mockserver.tokens import TokenCheck


class Auth(StrEnum):
    """The three policies."""

    ANY = "any"
    REQUIRED = "required"
    ISSUED = "issued"


Guard = Callable[[Request], Refusal | None]


class Guards(Protocol):
    """Makes the guard of each operation."""

    def guard(self, operation: Operation) -> Guard | None:
        """The check of the operation's credentials; None when everybody may pass."""


class Security:
    """Makes the guard of each operation under one policy."""

    def __init__(self, auth: Auth, clock: Clock) -> None:
        self._auth = auth
        self._clock = clock
        self._tokens = TokenCheck()

    def guard(self, operation: Operation) -> Guard | None:
        """The check of the operation's credentials; None when everybody may pass."""
        if self._auth is Auth.ANY or not operation.security:
            return None
        alternatives = operation.security
        challenge = _challenges(operation)
        challenge_token = _challenges(operation, b', error="invalid_token"')

        def check(request: Request) -> Refusal | None:
            nearest: list[str] = []  # what the combination with the fewest faults lacks
            for combination in alternatives:
                lacking = [why for each in combination if (why := self._against(each, request))]
                if not lacking:
                    return None
                if not nearest or len(lacking) < len(nearest):
                    nearest = lacking
            violations = tuple(Violation("security", "", why, "security") for why in nearest)
            refused = any("access token" in why for why in nearest)
            value = challenge_token if refused else challenge
            return Refusal(401, violations, ((b"www-authenticate", value),))

        return check

    def _against(self, scheme: Scheme, request: Request) -> str:
        """Why the credential of `scheme` is not accepted, "" when it is."""
        if scheme.kind == "query":
            if _query_values(request).get(scheme.name):
                return ""
            return f"The query parameter '{scheme.name}' with the API key is missing"
        value = request.headers.get(scheme.name.lower().encode("latin-1"), b"").strip()
        if not value:
            return f"The header '{scheme.name.title()}' is missing"
        if scheme.kind == "header":
            return ""
        kind, _, credential = value.partition(b" ")
        if kind.lower() != scheme.kind.encode() or not credential.strip():
            return f"The header 'Authorization' must be '{scheme.kind.title()} <credential>'"
        if scheme.kind == "bearer" and self._auth is Auth.ISSUED:
            return self._tokens.reason_against(credential.strip(), self._clock())
        return ""


def _query_values(request: Request) -> Mapping[str, str]:
    try:
        return dict(query_pairs(request.raw_query))
    except Malformed:
        return {}


def _challenges(operation: Operation, error: bytes = b"") -> bytes:
    """The value of `WWW-Authenticate` (RFC 9110, 11.6.1): one challenge for each kind of scheme.

    Args:
        operation: Its contract is the realm.
        error: What is added for a bearer token that is refused (RFC 6750, 3.1).
    """
    kinds = {scheme.kind for combination in operation.security for scheme in combination}
    realm = f'realm="{operation.stem}"'.encode("latin-1", "replace")
    found = []
    if "bearer" in kinds:
        found.append(b"Bearer " + realm + error)
    if "basic" in kinds:
        found.append(b"Basic " + realm)
    return b", ".join(found or [b"ApiKey " + realm])
