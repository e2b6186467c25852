"""The order of the steps, on one screen: find, check, answer.

Synchronous, without framework or I/O: what surrounds it (ASGI, sockets, logs) is `server`'s.
"""

import itertools
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mockserver.answer import Answerer
from mockserver.check import Checker
from mockserver.clock import Clock, system_clock
from mockserver.contract.operation import Contract, Operation
from mockserver.contract.table import Match, Node, Table
from mockserver.errors import nearest_first
from mockserver.exchange import Exchange, Reply, Request, Source
from mockserver.problem import problem
from mockserver.refusal import Refuser
from mockserver.security import Guards
from mockserver.simulation import Decide

NEAREST_MAX = 3
PATH_MAX = 200  # bytes of an unknown path that are compared and told


@dataclass(frozen=True, slots=True)
class Service:
    """One operation, ready to serve."""

    operation: Operation
    checker: Checker
    refuser: Refuser
    answerer: Answerer


class Engine:
    """Answers requests by the contracts it is given.

    Args:
        contracts: What to serve.
        security: Who may ask; None lets everybody.
        simulated: Operations that a function decides, by id.
        decided_as: How the replies of these functions are marked.
        seed: Of everything that is drawn.
        clock: The wall clock; tests give their own.
    """

    def __init__(
        self,
        contracts: Iterable[Contract],
        *,
        security: Guards | None = None,
        simulated: Mapping[str, Decide] | None = None,
        decided_as: Source = Source.SIMULATION,
        seed: int = 0,
        clock: Clock = system_clock,
    ) -> None:
        self.contracts = tuple(contracts)
        self.table = Table(op for contract in self.contracts for op in contract.operations)
        simulated = simulated or {}
        self._services: dict[str, Service] = {}
        for contract in self.contracts:
            for operation in contract.operations:
                decide = simulated.get(operation.id)
                self._services[operation.id] = Service(
                    operation,
                    Checker(operation, security.guard(operation) if security else None),
                    Refuser(operation, contract.schemas),
                    Answerer(
                        operation,
                        contract,
                        decide=decide,
                        decided_as=decided_as,
                        clock=clock,
                        seed=seed,
                    ),
                )
        self._prefix = secrets.token_hex(3)
        self._numbers = itertools.count(1)

    def find(self, raw_path: bytes) -> Match | None:
        """The place of a path, None when no contract has it."""
        return self.table.find(raw_path)

    def next_id(self) -> str:
        """A fresh id for an exchange."""
        return f"{self._prefix}-{next(self._numbers)}"

    def handle(self, request: Request, match: Match | None) -> Exchange:
        """The finished exchange of one request, whose path was found to be at `match`."""
        name = self.next_id()
        if match is None:
            return Exchange(name, request, self._unknown_path(request), "")
        node, values = match
        method = request.method
        operation = node.methods.get(method)
        if operation is None and method == "HEAD":
            operation = node.methods.get("GET")
        if operation is None:
            return Exchange(name, request, _other_method(node, method), "")
        service = self._services[operation.id]
        refusal = service.checker.check(request, values)
        if refusal is not None:
            reply = service.refuser.write(refusal)
            return Exchange(name, request, reply, operation.id, refusal.violations)
        return Exchange(name, request, service.answerer.answer(request), operation.id)

    def _unknown_path(self, request: Request) -> Reply:
        """404 with the operations whose paths look most like this one: the commonest bug."""
        path = request.raw_path[:PATH_MAX].decode("latin-1")
        paths = nearest_first(path, {operation.path for operation in self.table.operations})
        near = [
            f"{operation.method} {operation.path} ({operation.id})"
            for each in paths[:NEAREST_MAX]
            for operation in self.table.operations
            if operation.path == each
        ]
        hint = f"; nearest: {near[0]}" if near else ""
        return problem(404, f"No contract has the path {path}{hint}", members={"nearest": near})


def _other_method(node: Node, method: str) -> Reply:
    """204 for OPTIONS, else 405; both say what is allowed (RFC 9110, 9.3.7 and 15.5.6)."""
    allow = node.allow()
    headers = ((b"allow", allow.encode()),)
    if method == "OPTIONS":
        return Reply(204, headers, b"", Source.MOCKSERVER)
    reply = problem(
        405, f"{method} is not documented for this path; allowed: {allow}", headers=headers
    )
    reply.source = Source.REFUSAL
    return reply
