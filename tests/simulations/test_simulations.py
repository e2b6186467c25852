"""The folder of simulations is its own registry."""

from typing import Any

from mockserver.simulations import deciders


def test_every_simulated_operation_is_one_of_a_packaged_contract(packaged: Any) -> None:
    served = {op.id for contract in packaged.engine.contracts for op in contract.operations}

    assert set(deciders()) <= served


def test_the_operations_of_the_token_server_are_simulated() -> None:
    assert {"authn-v1/createToken", "authn-v1/getOpenIdConfiguration", "authn-v1/getJwks"} <= set(
        deciders()
    )
