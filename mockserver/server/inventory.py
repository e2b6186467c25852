"""Operations of the admin API on what the server has: contracts, scenarios, and what was met."""

from collections.abc import Collection, Iterable, Mapping

from mockserver.catalogue import contract_record, operation_record, scenario_records
from mockserver.contract.operation import Contract
from mockserver.engine import Engine
from mockserver.message import Json, Request
from mockserver.scenario import COMMON
from mockserver.server.problems import Answer, unknown
from mockserver.simulation import Decision


class Inventory:
    """What the server has.

    Args:
        engine: The engine of the contracts.
        own: The contract of the admin API.
        version: Of this package.
    """

    def __init__(self, engine: Engine, own: Contract, version: str) -> None:
        self._engine = engine
        self._own = own
        self._version = version
        self._contracts = {each.stem: each for each in (*engine.contracts, own)}

    def operations(self) -> Mapping[str, Answer]:
        """By operationId."""
        return {
            "health": self._health,
            "version": lambda _request: Decision(200, {"version": self._version}),
            "readAdminContract": lambda _request: Decision(200, _here(self._own)),
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
        return Decision(200, _here(self._contracts[stem]))

    def _list_operations(self, _request: Request) -> Decision:
        contracts = self._engine.contracts
        return Decision(200, [operation_record(op) for each in contracts for op in each.operations])

    def _list_scenarios(self, request: Request) -> Decision:
        library = self._engine.library
        apis, tags = request.query.get("api", ()), request.query.get("tag", ())
        stems = [COMMON, *(contract.stem for contract in self._engine.contracts)]
        known_or_told("API", apis, stems)
        known_or_told("tag", tags, tags_of(self._engine))
        return Decision(200, scenario_records(library, apis=apis, tags=tags))

    def _read_coverage(self, _request: Request) -> Decision:
        return Decision(200, self._engine.coverage.report(sorted(self._engine.library.scenarios)))

    def _forget_coverage(self, _request: Request) -> Decision:
        self._engine.coverage.clear()
        return Decision(204, None)


def tags_of(engine: Engine) -> Collection[str]:
    """All tags of all scenarios."""
    return {tag for scenario in engine.library.scenarios.values() for tag in scenario.tags}


def known_or_told(kind: str, names: Iterable[str], known: Collection[str]) -> None:
    """Raise a `Problem` (400) for the first of `names` that does not exist."""
    for name in names:
        if name not in known:
            raise unknown(kind, name, sorted(known), status=400)


def _here(contract: Contract) -> Json:
    """The document with this server as its only one: what reads it should call us."""
    return {**contract.document, "servers": [{"url": contract.base_path or "/"}]}
