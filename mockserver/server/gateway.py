"""The Connexion application around the engine. The only module that imports Connexion.

    FastPath       outermost: answers what the engine or the admin API owns
    Connexion      exceptions, Swagger UI, routing (ours), security, validation, handlers
    handlers       every operation resolves to one real handler, which answers by the engine

Each API is registered under `/__admin/contracts/{stem}`, so that its Swagger UI is at `.../docs`;
real paths are routed by the engine's table, since several contracts share roots such as
`/v1/orgs`. What falls through to Connexion are its own pages below `/__admin`; paths that no
contract has are answered, and remembered, like any other.
"""

import warnings
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

with warnings.catch_warnings():
    # Connexion's imports warn of what its own dependencies have deprecated.
    warnings.simplefilter("ignore")
    from connexion import AsyncApp
from connexion.lifecycle import ConnexionRequest, ConnexionResponse
from connexion.middleware import ConnexionMiddleware, SpecMiddleware
from connexion.middleware.main import API
from connexion.middleware.routing import RoutingMiddleware
from connexion.options import SwaggerUIOptions
from connexion.resolver import Resolution, Resolver
from connexion.security import AbstractSecurityHandler
from connexion.spec import OpenAPISpecification
from starlette.exceptions import HTTPException
from starlette.responses import Response as StarletteResponse

from mockserver.contract.operation import Contract
from mockserver.engine import Engine
from mockserver.message import Json
from mockserver.server.asgi import Message, Receive, Scope, Send
from mockserver.server.delivery import BodyTooLarge, Disconnected, path_of, request_of
from mockserver.server.front import Front
from mockserver.sessions import split

ASGI = Callable[[Scope, Receive, Send], Awaitable[None]]
SECURITY_TYPES = ("basic", "bearer", "apiKey", "oauth2", "openIdConnect")
ROUTING = "connexion_routing"
DOCS = SwaggerUIOptions(serve_spec=False, spec_path="/openapi.json", swagger_ui_path="/docs")


def build(front: Front, *, fast_path: bool = True) -> AsyncApp:
    """The Connexion application that serves the contracts and the admin API of `front`.

    Args:
        front: Answers by the engine.
        fast_path: False leaves every request to Connexion's own stack, whose handlers answer by
            the same engine; a test proves that it still does.
    """
    middlewares: list[Any] = [
        partial(Routing, engine=front.engine) if each is RoutingMiddleware else each
        for each in ConnexionMiddleware.default_middlewares
    ]
    if fast_path:
        middlewares.insert(0, partial(FastPath, front=front))
    app = AsyncApp(
        "mockserver",
        middlewares=middlewares,
        swagger_ui_options=DOCS,
        security_map=dict.fromkeys(SECURITY_TYPES, Unguarded),
    )
    for contract in front.engine.contracts:
        _register(app, contract, front, _base(contract.stem))
    _register(app, front.admin.contract, front, "/__admin")
    app.add_error_handler(HTTPException, partial(_http_error, front))
    return app


def _base(stem: str) -> str:
    return f"/__admin/contracts/{stem}"


def _register(app: AsyncApp, contract: Contract, front: Front, base: str) -> None:
    """Add an API whose document our own loader has read and checked already."""
    app.middleware.apis.append(
        API(
            Specification(contract.document),
            base_path=base,
            name=contract.stem,
            **{
                **app.middleware.options.__dict__,
                "resolver": EngineResolver(contract, front),
            },
        )
    )


class Specification(OpenAPISpecification):
    """Connexion's view of a document that is checked already: nothing is validated twice.

    Parameters and bodies are the engine's to read: Connexion sees operations without them. It
    would ask for documents without `$ref`, and it changes the lists that it is given.
    """

    def __init__(self, raw: Json, *, base_uri: str = "") -> None:
        self._base_uri = base_uri
        self._raw_spec = {"components": {}, **raw}
        self._spec = self._raw_spec

    def get_path_params(self, _path: str) -> list[Json]:
        """No parameters that several operations share."""
        return []

    def get_operation(self, path: str, method: str) -> Json:
        """The operation without its parameters and its body."""
        operation = self._spec["paths"][path][method]
        own = ("parameters", "requestBody")
        return {name: value for name, value in operation.items() if name not in own}


class FastPath(SpecMiddleware):
    """Outermost: what `front` owns is answered before Connexion sees it."""

    def __init__(self, next_app: ASGI, *, front: Front) -> None:
        self._next = next_app
        self._front = front

    def add_api(self, specification: OpenAPISpecification, **_: Any) -> None:
        """Nothing to do: the engine has compiled the contracts at load."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or pass on."""
        if scope["type"] != "http" or not await self._front.serve(scope, receive, send):
            await self._next(scope, receive, send)


class Routing(SpecMiddleware):
    """Connexion's routing by the engine's table: one path, several contracts, any segment."""

    def __init__(self, next_app: ASGI, *, engine: Engine) -> None:
        self._next = next_app
        self._engine = engine

    def add_api(self, specification: OpenAPISpecification, **_: Any) -> None:
        """Nothing to do: the table is the engine's."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the stack which API and operation the request is for."""
        if scope["type"] == "http":
            found = self._engine.find(split(path_of(scope))[0])
            operation = found[0].methods.get(scope["method"]) if found else None
            place: dict[str, str | None] = {"api_base_path": None, "operation_id": None}
            if operation:
                place = {"api_base_path": _base(operation.stem), "operation_id": operation.id}
                receive = _again((await request_of(scope, receive)).body)
            scope.setdefault("extensions", {})[ROUTING] = place
        await self._next(scope, receive, send)


class EngineResolver(Resolver):
    """Gives every operation of a contract the same kind of handler: the engine."""

    def __init__(self, contract: Contract, front: Front) -> None:
        super().__init__()
        self._front = front
        self._ids = {(op.method, op.path): op.id for op in contract.operations}
        self._base_path = contract.base_path

    def resolve(self, operation: Any) -> Resolution:
        """The handler of an operation and its id, which is unique over all contracts."""
        key = operation.method.upper(), self._base_path + operation.path
        return Resolution(partial(_handle, self._front), self._ids[key])


class Unguarded(AbstractSecurityHandler):
    """Lets every request pass: the engine checks credentials itself, by `--auth`."""

    def get_fn(self, _scheme: Json, _scopes: Iterable[str]) -> Callable[..., Json]:
        """A check that everybody passes."""
        return lambda *_args, **_kwargs: {"sub": "anyone", "scope": ""}


def _again(body: bytes) -> Receive:
    """Gives a body as often as it is asked for: Connexion's layers each read it anew."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _handle(front: Front) -> StarletteResponse:
    """The handler behind every operation on Connexion's own stack."""
    from connexion.context import receive, scope  # noqa: PLC0415 - bound to the running request

    return await _answer(front, scope, receive)


async def _http_error(
    front: Front, request: ConnexionRequest, _error: Exception
) -> ConnexionResponse:
    """What no contract has: the engine says which operation is nearest, or what is allowed."""
    asked = request._starlette_request  # noqa: SLF001 - its only door
    try:
        body = (await request_of(asked.scope, asked.receive)).body
    except (BodyTooLarge, Disconnected, CancelledError):  # also at the end of the server
        body = b""  # the answer is the same
    response = await _answer(front, asked.scope, _again(body))
    headers = dict(response.headers)
    return ConnexionResponse(
        status_code=response.status_code,
        body=response.body,
        mimetype=headers.pop("content-type", None),
        headers=headers,
    )


async def _answer(front: Front, scope: Scope, receive: Receive) -> StarletteResponse:
    """The engine's answer as a Starlette response."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await front.answer_unrouted(scope, receive, send)
    response = StarletteResponse(sent[1]["body"], sent[0]["status"])
    response.raw_headers = list(sent[0]["headers"])
    return response
