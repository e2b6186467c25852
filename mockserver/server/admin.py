"""The admin API: the operations of `admin.yaml` as functions, answered by their own engine."""

import hmac
from collections.abc import Mapping
from pathlib import Path

from mockserver.catalogue import contract_record, operation_record
from mockserver.clock import Moment
from mockserver.contract.load import load
from mockserver.contract.operation import Contract, Operation
from mockserver.engine import Engine
from mockserver.errors import nearest_first
from mockserver.exchange import Json, Request, Source, Violation
from mockserver.problem import problem_content
from mockserver.refusal import Refusal
from mockserver.security import Guard
from mockserver.simulation import Decide, Decision

PREFIX = "/__admin"


class TokenGuard:
    """Asks for one token; makes guards as `mockserver.security.Security` does.

    A browser cannot send a bearer token by itself: HTTP Basic with the token as its password is
    the same key, so that the documentation pages can be opened.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token.encode() if token else None

    def guard(self, operation: Operation) -> Guard | None:
        """The check of an operation that documents security; None where nothing is asked for."""
        return self.check if operation.security and self._token else None

    def check(self, request: Request) -> Refusal | None:
        """None for the right token, else a 401 that offers both ways to give it."""
        if self._token is None or _matches(request.headers.get(b"authorization", b""), self._token):
            return None
        text = "The admin API wants 'Authorization: Bearer <token>'"
        challenge = (
            b'Bearer realm="mockserver", Basic realm="mockserver: the token is the password"'
        )
        violation = Violation("security", "", text, "security")
        return Refusal(401, (violation,), ((b"www-authenticate", challenge),))


def _matches(header: bytes, token: bytes) -> bool:
    from base64 import b64decode  # noqa: PLC0415 - browsers only

    kind, _, credential = header.strip().partition(b" ")
    if kind.lower() == b"basic":
        try:
            credential = b64decode(credential.strip(), validate=True).partition(b":")[2]
        except ValueError:
            return False
    elif kind.lower() != b"bearer":
        return False
    return hmac.compare_digest(credential.strip(), token)


class Admin:
    """Answers requests below `/__admin`.

    Args:
        engine: The engine of the contracts.
        version: Of this package.
        token: What to ask for; None asks for nothing.
    """

    def __init__(self, engine: Engine, *, version: str, token: str | None) -> None:
        self._served = engine
        self._version = version
        self.contract = load(Path(__file__).with_name("admin.yaml"), own=True)
        self.guard = TokenGuard(token)
        self.engine = Engine(
            [self.contract],
            security=self.guard,
            simulated=self._operations(),
            decided_as=Source.MOCKSERVER,
        )

    def _operations(self) -> Mapping[str, Decide]:
        return {
            "admin/health": self._health,
            "admin/version": lambda _request, _moment: Decision(200, {"version": self._version}),
            "admin/listContracts": self._contracts,
            "admin/readContract": self._document,
            "admin/readAdminContract": lambda _request, _moment: Decision(
                200, _here(self.contract)
            ),
            "admin/listOperations": self._listed,
        }

    def _health(self, _request: Request, _moment: Moment) -> Decision:
        operations = sum(len(contract.operations) for contract in self._served.contracts)
        return Decision(
            200,
            {
                "status": "ok",
                "version": self._version,
                "contracts": len(self._served.contracts),
                "operations": operations,
            },
        )

    def _contracts(self, _request: Request, _moment: Moment) -> Decision:
        return Decision(200, [contract_record(contract) for contract in self._served.contracts])

    def _listed(self, _request: Request, _moment: Moment) -> Decision:
        return Decision(
            200,
            [operation_record(op) for each in self._served.contracts for op in each.operations],
        )

    def _document(self, request: Request, _moment: Moment) -> Decision:
        stem = request.path["stem"]
        contracts = {contract.stem: contract for contract in self._served.contracts}
        if stem == self.contract.stem:
            contracts[stem] = self.contract
        contract = contracts.get(stem)
        if contract is None:
            names = ", ".join(nearest_first(stem, contracts))
            text = f"There is no contract {stem!r}; there are {names}"
            return Decision(404, problem_content(404, text))
        return Decision(200, _here(contract))


def _here(contract: Contract) -> Json:
    """The document with this server as its only one: what reads it should call us."""
    return {**contract.document, "servers": [{"url": contract.base_path or "/"}]}
