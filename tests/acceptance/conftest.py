"""What the tests of this folder share: a caller of the shared server."""

from typing import Any

import pytest

from tests.acceptance.caller import Caller


@pytest.fixture(scope="session")
def caller(server: Any) -> Caller:
    """Calls a server with the packaged contracts; its tests use sessions of their own."""
    return Caller(server.host, server.port)
