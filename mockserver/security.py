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
from mockserver.exchange import Request, Violation
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
        challenge = _challenge(operation)

        def check(request: Request) -> Refusal | None:
            first = ""
            for combination in alternatives:
                reason = next(filter(None, (self._against(s, request) for s in combination)), "")
                if not reason:
                    return None
                first = first or reason
            error = b', error="invalid_token"' if "access token" in first else b""
            violation = Violation("security", "", first, "security")
            return Refusal(401, (violation,), ((b"www-authenticate", challenge + error),))

        return check

    def _against(self, scheme: Scheme, request: Request) -> str:
        """Why the credential of `scheme` is not accepted, "" when it is."""
        if scheme.kind == "query":
            if scheme.name in _query_names(request):
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


def _query_names(request: Request) -> Mapping[str, str]:
    try:
        return dict(query_pairs(request.raw_query))
    except Malformed:
        return {}


def _challenge(operation: Operation) -> bytes:
    """The value of `WWW-Authenticate` (RFC 9110, 11.6.1)."""
    kinds = {scheme.kind for combination in operation.security for scheme in combination}
    scheme = "Bearer" if "bearer" in kinds else "Basic" if "basic" in kinds else "ApiKey"
    return f'{scheme} realm="{operation.stem}"'.encode()
