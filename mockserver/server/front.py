"""The fast path: a plain ASGI application for what the engine or the admin API owns."""

import logging
from asyncio import CancelledError

from mockserver.clock import stopwatch_s
from mockserver.engine import Engine
from mockserver.exchange import Exchange, Request
from mockserver.problem import problem
from mockserver.server.admin import PREFIX, Admin
from mockserver.server.delivery import (
    BODY_BYTES_MAX,
    BodyTooLarge,
    Disconnected,
    Receive,
    Scope,
    Send,
    deliver,
    headers_of,
    request_of,
)
from mockserver.server.log import AccessLog

logger = logging.getLogger(__name__)


class Front:
    """Serves requests whose path a contract or the admin API has.

    Args:
        engine: Of the contracts.
        admin: The admin API.
        log: Called with every exchange of a contract and its seconds; None logs nothing.
        marked: Send the `X-Mock-*` headers.
    """

    def __init__(
        self, engine: Engine, admin: Admin, *, log: AccessLog | None, marked: bool
    ) -> None:
        self.engine = engine
        self.admin = admin
        self._log = log
        self._marked = marked

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> bool:
        """Answer the request; False, with nothing sent, when its path is not ours."""
        started = stopwatch_s()
        path = scope.get("raw_path") or scope["path"].encode()
        engine = self.engine
        match = engine.find(path)
        if match is None:
            if not _administrative(scope):
                return False
            engine = self.admin.engine
            match = engine.find(path)
            if match is None:
                return await self._guarded(scope, send)
        try:
            exchange = engine.handle(await request_of(scope, receive), match)
        except (Exception, CancelledError) as error:  # noqa: BLE001 - the outermost edge, see _failed
            failed = _failed(engine, scope, error)
            if failed is None:
                return True
            exchange = failed
        if self._log is not None and engine is self.engine:
            self._log(exchange, stopwatch_s() - started)
        await deliver(exchange, send, marked=self._marked)
        return True

    async def answer_unrouted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that Connexion's own stack has brought to one of our handlers."""
        started = stopwatch_s()
        engine = self.admin.engine if _administrative(scope) else self.engine
        request = await request_of(scope, receive)
        exchange = engine.handle(request, engine.find(request.raw_path))
        if self._log is not None and engine is self.engine:
            self._log(exchange, stopwatch_s() - started)
        await deliver(exchange, send, marked=self._marked)

    async def _guarded(self, scope: Scope, send: Send) -> bool:
        """Keep the pages below `/__admin` that Connexion serves behind the same token."""
        request = _bare(scope)
        refusal = self.admin.guard.check(request)
        if refusal is None:
            return False
        reply = problem(refusal.status, refusal.violations[0].message, headers=refusal.headers)
        exchange = Exchange(self.engine.next_id(), request, reply, "")
        await deliver(exchange, send, marked=self._marked)
        return True


def _administrative(scope: Scope) -> bool:
    """Whether the path is below `/__admin`, however it is encoded: Connexion reads it decoded."""
    path: str = scope["path"]
    return path.startswith(PREFIX)


def _bare(scope: Scope) -> Request:
    """The request without its body."""
    path = scope.get("raw_path") or scope["path"].encode()
    return Request(scope["method"], path, scope["query_string"], headers_of(scope["headers"]))


def _failed(engine: Engine, scope: Scope, error: BaseException) -> Exchange | None:
    """The exchange of a request that could not be handled; None when nobody waits for it.

    Our own mistake becomes a marked 500 and a traceback in the log. It may not leave this package
    as an exception: Connexion's outermost error handler cannot be called from outside its stack.
    """
    if isinstance(error, Disconnected):
        return None
    if isinstance(error, BodyTooLarge):
        reply = problem(413, f"The body has more than {BODY_BYTES_MAX} bytes")
    elif isinstance(error, CancelledError):
        reply = problem(503, "The mock server stopped before the request was whole")
    else:
        logger.error("%s %s failed", scope["method"], scope["path"], exc_info=error)
        reply = problem(500, "The mock server failed; its log has the traceback")
    return Exchange(engine.next_id(), _bare(scope), reply, "")
