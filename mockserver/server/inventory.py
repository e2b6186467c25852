"""Operations of the admin API on what the server has: contracts, scenarios, and what was met."""

from collections.abc import Mapping

from mockserver.catalogue import contract_record, operation_record, scenario_records
from mockserver.contract.operation import Contract
from mockserver.engine import Engine
from mockserver.message import Json, Request
from mockserver.server.problems import Answer, unknown
from mockserver.simulation import Decision


class Inventory:
    """What the server has.

    Args:
        engine: The engine of the contracts.
        own: The contract of the admin API.
        version: Of this package.
        port: Where the contracts are served when the admin API has a port of its own.
    """

    def __init__(
        self, engine: Engine, own: Contract, version: str, *, port: int | None = None
    ) -> None:
        self._engine = engine
        self._own = own
        self._version = version
        self._port = port
        self._contracts = {each.stem: each for each in (*engine.contracts, own)}

    def operations(self) -> Mapping[str, Answer]:
        """By operationId."""
        return {
            "health": self._health,
            "version": lambda _request: Decision(200, {"version": self._version}),
            "readAdminContract": lambda _request: Decision(200, _served(self._own)),
            "listContracts": self._list_contracts,
            "readContract": self._read_contract,
            "listOperations": self._list_operations,
            "listScenarios": self._list_scenarios,
            "readCoverage": self._read_coverage,
            "forgetCoverage": self._forget_coverage,
        }

    def _health(self, _request: Request) -> Decision:
        contracts = self._engine.contracts
        operations = sum(len(contract.operations) for contract in contracts)
        health = {"status": "ok", "version": self._version}
        return Decision(200, health | {"contracts": len(contracts), "operations": operations})

    def _list_contracts(self, _request: Request) -> Decision:
        return Decision(200, [contract_record(each) for each in self._engine.contracts])

    def _read_contract(self, request: Request) -> Decision:
        stem = request.path["stem"]
        if stem not in self._contracts:
            raise unknown("contract", stem, self._contracts)
        contract = self._contracts[stem]
        apart = self._port is not None and contract is not self._own
        return Decision(200, _served(contract, origin(request, self._port) if apart else ""))

    def _list_operations(self, _request: Request) -> Decision:
        contracts = self._engine.contracts
        return Decision(200, [operation_record(op) for each in contracts for op in each.operations])

    def _list_scenarios(self, request: Request) -> Decision:
        library = self._engine.library
        apis, tags = request.query.get("api", ()), request.query.get("tag", ())
        return Decision(200, scenario_records(library, apis=apis, tags=tags))

    def _read_coverage(self, _request: Request) -> Decision:
        return Decision(200, self._engine.coverage.report(sorted(self._engine.library.scenarios)))

    def _forget_coverage(self, _request: Request) -> Decision:
        self._engine.coverage.clear()
        return Decision(204, None)


def origin(request: Request, port: int | None) -> str:
    """Scheme, host and port of the contracts, as the caller of the admin API can reach them.

    Args:
        request: To the admin API.
        port: Where the contracts are served, None for where the request came to.
    """
    host = request.headers.get(b"host", b"").decode("latin-1") or "localhost"
    if port is not None:
        bare, colon, number = host.rpartition(":")
        host = f"{bare if colon and number.isdigit() else host}:{port}"
    return f"{request.scheme}://{host}"


def _served(contract: Contract, where: str = "") -> Json:
    """The document with this server as its only one: what reads it should call us.

    Args:
        contract: Whose document it is.
        where: Scheme, host and port; "" for those of the document itself.
    """
    return {**contract.document, "servers": [{"url": where + (contract.base_path or "/")}]}
