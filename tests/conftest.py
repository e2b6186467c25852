"""Shared fixtures: contracts from a few lines of YAML, the packaged ones, in-process calls."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import orjson
import pytest
import yaml

from mockserver.contract.load import load
from mockserver.contract.operation import Contract
from mockserver.exchange import Json
from mockserver.server.app import App
from mockserver.settings import Settings

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
SPECS = Path(__file__).parents[1] / "specs"
STEMS = sorted(file.stem for file in SPECS.glob("*.yaml"))

ContractOf = Callable[..., Contract]


def document(paths: Json, components: Json | None = None, **more: Json) -> Json:
    """A whole OpenAPI 3.0 document around some paths."""
    base = {"openapi": "3.0.3", "info": {"title": "Sample", "version": "1"}}
    return base | {"paths": paths} | ({"components": components} if components else {}) | more


@pytest.fixture
def contract_of(tmp_path: Path) -> ContractOf:
    """Loads a contract from paths (and components), as a file of a user would be."""

    def make(
        paths: Json, components: Json | None = None, *, lenient: bool = True, **more: Json
    ) -> Contract:
        file = tmp_path / "sample.yaml"
        file.write_text(yaml.safe_dump(document(paths, components, **more)))
        return load(file, lenient=lenient)

    return make


@pytest.fixture(scope="session")
def packaged() -> App:
    """The application with all packaged contracts and the default settings."""
    return App(Settings(), clock=lambda: NOON)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as a caller sees it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Json:
        """The body, parsed."""
        return orjson.loads(self.body)

    @property
    def source(self) -> str:
        """Who decided it."""
        return self.headers["x-mock-source"]


def call(  # noqa: PLR0913 - the parts of a request
    app: App,
    method: str,
    target: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Json = None,
    body: bytes | None = None,
) -> Answer:
    """Send one request to the application, in process.

    Args:
        app: The application.
        method: HTTP method.
        target: Path and query, percent-encoded as it would be on the wire.
        headers: Names in any case.
        json: A body to encode, with its content type unless `headers` has one.
        body: A body as it is.
    """
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    if json is not None:
        body = orjson.dumps(json)
        lower.setdefault("content-type", "application/json")
    if body is not None:
        lower["content-length"] = str(len(body))
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lower.items()]
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"testserver"), *raw],
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 50_000),
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    start, *parts = sent
    return Answer(
        start["status"],
        {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]},
        b"".join(part.get("body", b"") for part in parts),
    )


Call = Callable[..., Answer]


@pytest.fixture(name="call", scope="session")
def call_fixture() -> Call:
    """`call`, for tests that cannot import this file."""
    return call
