"""Every operation, ready to serve, and what is said where there is none."""

import itertools
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.answer import Answerer
from mockserver.check import Checker
from mockserver.contract.operation import Contract, Operation
from mockserver.contract.table import Match, Node, Table
from mockserver.errors import nearest_first
from mockserver.message import Reply, Request, Source
from mockserver.problem import problem
from mockserver.refusal import Refuser
from mockserver.security import Guards
from mockserver.simulation import Collection, Decide, Poll

NEAREST_MAX: Final = 3
PATH_MAX: Final = 200  # bytes of an unknown path that are compared and told


@dataclass(frozen=True, slots=True)
class Service:
    """One operation, ready to serve."""

    operation: Operation
    checker: Checker
    refuser: Refuser
    answerer: Answerer


class Services:
    """The operations of some contracts.

    Args:
        contracts: What to serve.
        security: Who may ask; None lets everybody.
        simulated: Operations that a function decides, by id.
        collections: What these functions remember, by name.
        decided_as: How the replies of these functions are marked.
    """

    def __init__(
        self,
        contracts: Iterable[Contract],
        *,
        security: Guards | None = None,
        simulated: Mapping[str, Decide | Poll] | None = None,
        collections: Mapping[str, Collection] = {},
        decided_as: Source = Source.SIMULATION,
    ) -> None:
        self.contracts = tuple(contracts)
        self.table = Table(op for contract in self.contracts for op in contract.operations)
        self.collections = collections
        simulated = simulated or {}
        self._all = {
            operation.id: Service(
                operation,
                Checker(operation, security.guard(operation) if security else None),
                Refuser(operation, contract.schemas),
                Answerer(
                    operation, contract, decide=simulated.get(operation.id), decided_as=decided_as
                ),
            )
            for contract in self.contracts
            for operation in contract.operations
        }
        self._numbers = itertools.count(1)
        self.open()

    def open(self) -> None:
        """Give other ids from now on than a process that was forked from the same one."""
        self._prefix = secrets.token_hex(3)

    def __iter__(self) -> Iterator[Service]:
        """All, in the order of the documents."""
        return iter(self._all.values())

    def __getitem__(self, operation: str) -> Service:
        """The service of an operation, by its id."""
        return self._all[operation]

    def next_id(self) -> str:
        """A fresh id for an exchange."""
        return f"{self._prefix}-{next(self._numbers)}"

    def of(self, request: Request, match: Match | None) -> Service | None:
        """What answers a request, None where no contract has its path or its method."""
        if match is None:
            return None
        methods = match[0].methods
        operation = methods.get(request.method)
        if operation is None and request.method == "HEAD":
            operation = methods.get("GET")
        return None if operation is None else self._all[operation.id]

    def unserved(self, request: Request, match: Match | None) -> Reply:
        """What is said to a request that no operation answers."""
        return self._unknown_path(request) if match is None else _other_method(match[0], request)

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


def _other_method(node: Node, request: Request) -> Reply:
    """204 for OPTIONS, else 405; both say what is allowed (RFC 9110, 9.3.7 and 15.5.6)."""
    allow = node.allow()
    headers = ((b"allow", allow.encode()),)
    if request.method == "OPTIONS":
        return Reply(204, headers, b"", Source.MOCKSERVER)
    reply = problem(
        405, f"{request.method} is not documented for this path; allowed: {allow}", headers=headers
    )
    reply.source = Source.REFUSAL
    return reply
