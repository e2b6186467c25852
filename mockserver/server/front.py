"""The fast path: a plain ASGI application for what the engine or the admin API owns."""

import logging
from asyncio import CancelledError

from mockserver.clock import stopwatch_s
from mockserver.engine import Engine
from mockserver.exchange import Exchange, unrecorded
from mockserver.message import Reply, Request
from mockserver.problem import problem
from mockserver.server.admin import PREFIX, Admin
from mockserver.server.asgi import Receive, Scope, Send
from mockserver.server.breakage import wait
from mockserver.server.delivery import (
    BODY_BYTES_MAX,
    BodyTooLarge,
    Disconnected,
    deliver,
    headers_of,
    path_of,
    request_of,
)
from mockserver.server.log import AccessLog
from mockserver.sessions import split
from mockserver.stores import StoreError

HEALTH = f"{PREFIX}/health"
logger = logging.getLogger(__name__)


class Front:
    """Serves requests whose path a contract or the admin API has.

    Args:
        engine: Of the contracts.
        admin: The admin API.
        log: Called with every exchange of a contract and its seconds; None logs nothing.
        marked: Send the `X-Mock-*` headers.
        offered: Serve the admin API; its health is served in any case.
        admin_port: Where alone it is served, with nothing else; None serves it beside the rest.
    """

    def __init__(
        self,
        engine: Engine,
        admin: Admin,
        *,
        log: AccessLog | None,
        marked: bool,
        offered: bool = True,
        admin_port: int | None = None,
    ) -> None:
        self.engine = engine
        self.admin = admin
        self._log = log
        self._marked = marked
        self._offered = offered
        self._admin_port = admin_port

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer the request; False, with nothing sent, for the pages below `/__admin`."""
        started = stopwatch_s()
        administrative = _administrative(scope)
        if administrative or self._admin_port is not None:
            elsewhere = self._elsewhere(scope)
            if elsewhere is not None:
                await deliver(elsewhere, scope, receive, send, marked=self._marked)
                return True
        if administrative:  # before the contracts: one may have the path `/{a}/{b}`
            return await self._serve_admin(scope, receive, send)
        try:
            request = await request_of(scope, receive)
            exchange = self.engine.handle(request, self.engine.find(request.raw_path))
            if exchange.waits:
                waited_s = await self._waited(exchange, receive)
                if waited_s is None:
                    return True
                started += waited_s
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the outermost edge, see _failed
            reply = _failed(scope, error)
            if reply is None:
                return True
            if isinstance(error, StoreError):  # to ask it again would keep all others waiting
                exchange = unrecorded(self.engine.next_id(), _bare(scope), reply)
            else:
                exchange = self.engine.fail(_bare(scope), reply)
        await self._finish(exchange, started, scope, receive, send)
        return True

    async def answer_unrouted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that Connexion's own stack has brought to one of our handlers."""
        started = stopwatch_s()
        request = await request_of(scope, receive)
        try:
            if _administrative(scope):
                exchange = await self.admin.answer(request, receive)
                await deliver(exchange, scope, receive, send, marked=self._marked)
                return
            exchange = self.engine.handle(request, self.engine.find(request.raw_path))
            if exchange.waits:
                waited_s = await self._waited(exchange, receive)
                if waited_s is None:
                    return
                started += waited_s
        except StoreError as error:
            exchange = unrecorded(self.engine.next_id(), request, problem(503, str(error)))
        await self._finish(exchange, started, scope, receive, send)

    def _elsewhere(self, scope: Scope) -> Exchange | None:
        """What is said to a request for what this port does not serve, None when it does."""
        port = (scope.get("server") or ("", None))[1]
        if not _administrative(scope):
            if self._admin_port is None or port != self._admin_port:
                return None
            text = "This port serves the admin API alone, below /__admin"
        elif scope["path"] == HEALTH or (self._offered and self._admin_port in (None, port)):
            return None
        else:
            text = "The admin API is not served here"
        return unrecorded(self.engine.next_id(), _bare(scope), problem(404, text))

    async def _waited(self, exchange: Exchange, receive: Receive) -> float | None:
        """Wait before the deed, then do it; for how long, None when the caller left meanwhile."""
        started = stopwatch_s()
        stayed = False
        try:
            stayed = await wait(exchange.steering.delay_ms, receive)
        finally:
            if not stayed:
                self.engine.lose(exchange)
        if not stayed:
            return None
        waited_s = stopwatch_s() - started
        self.engine.proceed(exchange)
        return waited_s

    async def _finish(
        self, exchange: Exchange, started: float, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if self._log is not None:
            self._log(exchange, stopwatch_s() - started)
        await deliver(exchange, scope, receive, send, marked=self._marked)

    async def _serve_admin(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer a request to the admin API; False for the pages below it that are Connexion's."""
        try:
            if self.admin.find(path_of(scope)) is not None:
                exchange = await self.admin.answer(await request_of(scope, receive), receive)
            else:
                refused = self.admin.guarded(_bare(scope))
                if refused is None:
                    return False
                exchange = refused
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the outermost edge, see _failed
            reply = _failed(scope, error)
            if reply is None:
                return True
            exchange = unrecorded(self.engine.next_id(), _bare(scope), reply)
        await deliver(exchange, scope, receive, send, marked=self._marked)
        return True


def _administrative(scope: Scope) -> bool:
    """Whether the path is below `/__admin`, however it is encoded: Connexion reads it decoded."""
    path: str = scope["path"]
    return path.startswith(PREFIX) and path[len(PREFIX) :][:1] in ("", "/")


def _bare(scope: Scope) -> Request:
    """The request without its body."""
    path, prefix = split(path_of(scope))
    headers = headers_of(scope["headers"])
    return Request(scope["method"], path, scope["query_string"], headers, prefix=prefix)


def _failed(scope: Scope, error: BaseException) -> Reply | None:
    """What is said to a request that could not be handled; None when nobody waits for it.

    Our own mistake becomes a marked 500 and a traceback in the log. It may not leave this package
    as an exception: Connexion's outermost error handler cannot be called from outside its stack.
    """
    if isinstance(error, Disconnected):
        return None
    if isinstance(error, BodyTooLarge):
        return problem(413, f"The body has more than {BODY_BYTES_MAX} bytes")
    if isinstance(error, StoreError):
        logger.error("%s", error)
        return problem(503, str(error))
    if isinstance(error, CancelledError):
        return problem(503, "The mock server stopped before the request was whole")
    logger.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
    return problem(500, "The mock server failed; its log has the traceback")
