"""mockserver: a provider you can rewind.

A contract-driven mock server. One request runs through the steps of `mockserver.engine`, in order:

    find      raw path and method -> operation            contract.table
    check     security, parameters, body -> violations    security, contract.parameters, .bodies
    answer    refusal | preference | simulation | example | generated
              refusal, preference, simulations, contract.examples, sample
    conform   the reply against the contract              conformance
    deliver   bytes on the wire                           server.delivery

Everything from `errors` to `engine` is synchronous and knows no framework; `server` is the only
place that knows ASGI, and `server.gateway` the only module that imports Connexion.
"""

from typing import TYPE_CHECKING

from mockserver.settings import Settings

if TYPE_CHECKING:
    from mockserver.server.app import App

__all__ = ["Settings", "create_app"]
__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> "App":
    """Build the ASGI application that serves the contracts of `settings`.

    Args:
        settings: What to serve and how; None serves the packaged contracts with the defaults.

    Raises:
        LoadError: A contract cannot be served; the message says where and what is allowed.
    """
    from mockserver.server.app import build_app  # noqa: PLC0415 - importing Settings stays cheap

    return build_app(settings or Settings())
