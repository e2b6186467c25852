"""Shared fixtures: contracts from a few lines of YAML, the packaged ones, in-process calls."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
import pytest
import yaml
from hypothesis import settings as examples

from mockserver.clock import Clock
from mockserver.contract.load import load
from mockserver.contract.operation import Contract
from mockserver.engine import Engine
from mockserver.message import Json, Request
from mockserver.security import Auth, Security
from mockserver.server.app import App
from mockserver.settings import Settings
from mockserver.simulation import Decide

# `make test` draws the same examples every time; `make fuzz` draws new ones, round after round.
examples.register_profile("steady", derandomize=True, deadline=None)
examples.register_profile("random", deadline=None, print_blob=True)
examples.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
SPECS = Path(__file__).parents[1] / "specs"
STEMS = sorted(file.stem for file in SPECS.glob("*.yaml"))

ContractOf = Callable[..., Contract]
EngineOf = Callable[..., Engine]


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
        file.write_text(yaml.safe_dump(document(paths, components, **more), sort_keys=False))
        return load(file, lenient=lenient)

    return make


@pytest.fixture
def engine_of(contract_of: ContractOf) -> EngineOf:
    """An engine of one contract, `sample`, without the application around it."""

    def make(
        paths: Json,
        components: Json | None = None,
        *,
        auth: str = "any",
        simulated: Mapping[str, Decide] | None = None,
        seed: int = 0,
        clock: Clock = lambda: NOON,
        lenient: bool = True,
        **more: Json,
    ) -> Engine:
        contract = contract_of(paths, components, lenient=lenient, **more)
        security = Security(Auth(auth), clock)
        return Engine([contract], security=security, simulated=simulated, seed=seed, clock=clock)

    return make


@pytest.fixture(scope="session")
def packaged() -> App:
    """The application with all packaged contracts, where nothing is remembered."""
    return App(Settings(state="none"), clock=lambda: NOON)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as a caller sees it."""

    status: int
    headers: dict[str, str]
    body: bytes
    raw_headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def json(self) -> Json:
        """The body, parsed."""
        return orjson.loads(self.body)

    @property
    def source(self) -> str:
        """Who decided it."""
        return self.headers["x-mock-source"]


def call(
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
    lower = {"host": "testserver"} | {k.lower(): value for k, value in (headers or {}).items()}
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
        "headers": raw,
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 50_000),
    }
    sent: list[Any] = []

    requests = iter([{"type": "http.request", "body": body or b"", "more_body": False}])

    async def receive() -> Any:
        for message in requests:
            return message
        return await asyncio.Event().wait()  # the caller neither says more nor leaves

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    start, *parts = sent
    return Answer(
        start["status"],
        {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]},
        b"".join(part.get("body", b"") for part in parts),
        tuple(start["headers"]),
    )


def ask(
    engine: Engine,
    method: str,
    target: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Json = None,
    body: bytes | None = None,
) -> Answer:
    """`call` for an engine alone; the headers are those that the contract documents."""
    lower = {name.lower().encode(): value.encode() for name, value in (headers or {}).items()}
    if json is not None:
        body = orjson.dumps(json)
        lower.setdefault(b"content-type", b"application/json")
    path, _, query = target.encode().partition(b"?")
    request = Request(method, path, query, lower, body or b"")
    reply = engine.handle(request, engine.find(path)).reply
    shown = {name.decode().lower(): value.decode("latin-1") for name, value in reply.headers}
    return Answer(reply.status, shown | {"x-mock-source": reply.source.value}, reply.body)


Call = Callable[..., Answer]


@pytest.fixture(name="ask", scope="session")
def ask_fixture() -> Call:
    """`ask`, for tests that cannot import this file."""
    return ask


@pytest.fixture(name="call", scope="session")
def call_fixture() -> Call:
    """`call`, for tests that cannot import this file."""
    return call


@dataclass(frozen=True, slots=True)
class Server:
    """A `mockserver serve` of its own process, ready."""

    ready: Json
    process: subprocess.Popen[bytes]
    log: Any

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        return str(self.ready["url"])

    @property
    def host(self) -> str:
        """As in the url."""
        return str(urlsplit(self.url).hostname)

    @property
    def port(self) -> int:
        """As in the url."""
        return int(urlsplit(self.url).port or 0)

    def said(self) -> str:
        """What it wrote to standard error so far."""
        self.log.seek(0)
        return str(self.log.read().decode())


def command(*flags: str) -> list[str]:
    """The command line of `mockserver serve`."""
    return [sys.executable, "-m", "mockserver", "serve", *flags]


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without settings of this machine, and `variables`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MOCKSERVER_")}
    return own | dict(variables or {})


@contextmanager
def serving(*flags: str, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server on a free port, ended in any case."""
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command("--port", "0", "--json", *flags),
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment(variables),
        ) as process,
    ):
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            server = Server(orjson.loads(line or b"null"), process, log)
            assert line, server.said()
            yield server
        finally:
            process.kill()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server with the packaged contracts, where nothing is remembered."""
    with serving("--state", "none", "--log-level", "warning") as running:
        yield running


@pytest.fixture(name="serving", scope="session")
def serving_fixture() -> Callable[..., AbstractContextManager[Server]]:
    """`serving`, for tests that cannot import this file."""
    return serving
