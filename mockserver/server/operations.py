"""All operations of the admin API, loaded with the first request to it: few servers need them."""

from typing import Final

from mockserver.contract.operation import Contract
from mockserver.engine import Engine
from mockserver.server.clocks import Clocks
from mockserver.server.control import Control
from mockserver.server.evidence import Evidence
from mockserver.server.inventory import Inventory
from mockserver.server.problems import deciding
from mockserver.server.records import Records

# What is answered also while the store is away.
STORELESS: Final = frozenset(
    {
        "health",
        "version",
        "readAdminContract",
        "listContracts",
        "readContract",
        "listOperations",
        "listScenarios",
    }
)


class Operations:
    """What the admin API does.

    Args:
        engine: The engine of the contracts.
        contract: The admin API's own.
        version: Of this package.
        port: Where the contracts are served when this API has a port of its own.

    Attributes:
        evidence: What happened in the sessions.
        by_name: The functions, by operationId.
    """

    def __init__(
        self, engine: Engine, contract: Contract, *, version: str, port: int | None
    ) -> None:
        self.evidence = Evidence(engine, version)
        answers = {
            **Inventory(engine, contract, version, port=port).operations(),
            **Control(engine, port=port).operations(),
            **Clocks(engine).operations(),
            **Records(engine).operations(),
            **self.evidence.operations(),
        }
        atomic = engine.sessions.store.atomic
        self.by_name = {
            name: deciding(answer) if name in STORELESS else atomic(deciding(answer))
            for name, answer in answers.items()
        }
