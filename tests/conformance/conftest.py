"""Applications to be proven: one contract, nothing excused, and a token to ask with."""

import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from mockserver.server.app import App
from mockserver.settings import Settings
from mockserver.simulations import collections
from mockserver.simulations.authn import GRANT

AT_ONCE = 'summary: Nothing takes time\ndefault: true\ncourse: {"*": at once}\n'
AUTHN = Path(__file__).parents[2] / "specs" / "authn-v1.yaml"


@dataclass(frozen=True, slots=True)
class Served:
    """An application and how to ask it.

    Attributes:
        document: The contract that it has to keep.
        headers: Credentials.
    """

    app: App
    document: Path
    headers: dict[str, str]


@pytest.fixture(scope="session")
def effort() -> dict[str, Any]:
    """How many requests to make up for each operation, and from what: see `make conformance`."""
    return {
        "examples": int(os.environ.get("CONFORMANCE_EXAMPLES", "25")),
        "seed": int(os.environ.get("CONFORMANCE_SEED", "1")),
    }


@pytest.fixture(scope="session")
def served(
    call: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Served]:
    """Serves one contract with `--auth issued --strict`, where nothing takes time, and logs in."""
    folder = tmp_path_factory.mktemp("scenarios")

    def serve(document: Path, *, state: str = "memory") -> Served:
        specs = tuple(dict.fromkeys((document, AUTHN)))
        if any(document.stem in each.apis for each in collections().values() if each.lifecycle):
            (folder / document.stem).mkdir(exist_ok=True)
            (folder / document.stem / "everything-at-once.yaml").write_text(AT_ONCE)
        settings = Settings(
            specs=specs, scenarios=(folder,), auth="issued", strict=True, state=state
        )
        app = App(settings)
        return Served(app, document, {"Authorization": f"Bearer {_token(app, call)}"})

    return serve


def _token(app: App, call: Callable[..., Any]) -> str:
    """An access token for a well-formed assertion."""
    now = int(time.time())
    parts = (
        orjson.dumps({"alg": "RS256", "typ": "JWT", "kid": "conformance"}),
        orjson.dumps(
            {"iss": "suite@example.com", "aud": "mockserver", "iat": now, "exp": now + 60}
        ),
        b"signature",
    )
    assertion = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    answer = call(
        app,
        "POST",
        "/v1/oauth/token",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        body=urlencode({"grant_type": GRANT, "assertion": assertion.decode()}).encode(),
    )
    return str(answer.json["access_token"])
