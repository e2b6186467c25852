"""The admin API: the operations of `admin.yaml` as functions, answered by their own engine.

What they do is `inventory`'s, `control`'s and `evidence`'s; here are the token before them, what
all of them have in common, and the waiting of those that wait.
"""

import hmac
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mockserver.clock import Moment
from mockserver.contract.load import load
from mockserver.contract.operation import Operation
from mockserver.contract.parameters import Malformed, query_pairs
from mockserver.contract.table import Match
from mockserver.engine import Engine
from mockserver.errors import nearest_first
from mockserver.exchange import Exchange, unrecorded
from mockserver.message import Reply, Request, Source, Violation
from mockserver.problem import problem
from mockserver.record import View
from mockserver.refusal import Refusal
from mockserver.security import Guard
from mockserver.server.asgi import Receive
from mockserver.server.waiting import Waiters
from mockserver.service import Service, Services
from mockserver.session import Session, SessionError
from mockserver.simulation import Decision
from mockserver.stores import State
from mockserver.stores.memory.store import MemoryStore

if TYPE_CHECKING:
    from mockserver.server.operations import Operations

PREFIX: Final = "/__admin"
WAITING: Final = frozenset({"waitForRequest", "waitForRequestByCriteria"})
EXPORTS: Final = frozenset({"exportHar", "exportNdjson"})
NAME_MAX: Final = 100  # characters of a wrong name that are told
TIMEOUT_S: Final = 5.0  # of those, unless told


class TokenGuard:
    """Asks for one token; makes guards as `mockserver.security.Security` does.

    A browser cannot send a bearer token by itself: HTTP Basic with the token as its password is
    the same key, so that the documentation pages can be opened.
    """

    def __init__(self, token: str | None) -> None:
        self._token = token.encode() if token else None

    def guard(self, operation: Operation) -> Guard | None:
        """The check of an operation that documents security; None where nothing is asked for."""
        return self.check if operation.security and self._token else None

    def check(self, request: Request) -> Refusal | None:
        """None for the right token, else a 401 that offers both ways to give it."""
        if self._token is None or _matches(request.headers.get(b"authorization", b""), self._token):
            return None
        text = "The admin API wants 'Authorization: Bearer <token>'"
        challenge = (
            b'Bearer realm="mockserver", Basic realm="mockserver: the token is the password"'
        )
        violation = Violation("security", "", text, "security")
        return Refusal(401, (violation,), ((b"www-authenticate", challenge),))


def _matches(header: bytes, token: bytes) -> bool:
    from base64 import b64decode  # noqa: PLC0415 - browsers only

    kind, _, credential = header.strip().partition(b" ")
    if kind.lower() == b"basic":
        try:
            credential = b64decode(credential.strip(), validate=True).partition(b":")[2]
        except ValueError:
            return False
    elif kind.lower() != b"bearer":
        return False
    return hmac.compare_digest(credential.strip(), token)


class Admin:
    """Answers requests below `/__admin`.

    Args:
        engine: The engine of the contracts.
        version: Of this package.
        token: What to ask for; None asks for nothing.
        port: Where the contracts are served when this API has a port of its own.
    """

    def __init__(
        self, engine: Engine, *, version: str, token: str | None, port: int | None = None
    ) -> None:
        self.contract = load(Path(__file__).with_name("admin.yaml"), lenient=False, own=True)
        self._guard = TokenGuard(token)
        self._engine = engine
        self._version = version
        self._port = port
        self._waiters = Waiters()
        self._services = Services(
            [self.contract],
            security=self._guard,
            simulated={
                each.id: partial(self._decide, each.name) for each in self.contract.operations
            },
            decided_as=Source.MOCKSERVER,
        )
        self._session = Session(MemoryStore().make("", State(seed=0)))

    def find(self, raw_path: bytes) -> Match | None:
        """The place of a path, None when the admin API does not document it."""
        return self._services.table.find(raw_path)

    @cached_property
    def _operations(self) -> "Operations":
        from mockserver.server.operations import Operations  # noqa: PLC0415 - few servers need them

        return Operations(self._engine, self.contract, version=self._version, port=self._port)

    def _decide(self, name: str, view: View, request: Request, moment: Moment) -> Decision:
        return self._operations.by_name[name](view, request, moment)

    async def answer(self, request: Request, receive: Receive) -> Exchange:
        """The finished exchange of a request to the admin API; no session remembers it.

        Args:
            request: With its whole body.
            receive: ASGI's, to hear that a caller who waits has left.

        Raises:
            Disconnected: It has.
        """
        match = self.find(request.raw_path)
        service = self._services.of(request, match)
        if service is None or match is None:
            reply = self._services.unserved(request, match)
        elif (refusal := service.checker.check(request, match[1])) is not None:
            reply = service.refuser.write(refusal)
        elif violations := _undeclared(service.operation, request):
            reply = service.refuser.write(Refusal(400, violations))
        else:
            reply = await self._decided(service, request, receive)
        return unrecorded(self._services.next_id(), request, reply)

    async def _decided(self, service: Service, request: Request, receive: Receive) -> Reply:
        """The reply of an operation, after the waiting of those that wait."""
        name = service.operation.name
        if name in WAITING:
            missing = self._operations.evidence.missing(request)
            timeout_s = request.query.get("timeout_s", TIMEOUT_S)
            if not await self._waiters.until(missing, timeout_s, receive):
                return problem(503, f"{self._waiters.most} callers wait, the most that may")
        reply = service.answerer.normal(request, self._session)
        if name in EXPORTS and reply.status == 200:  # noqa: PLR2004 - there is a file
            try:
                reply.body = await self._operations.evidence.exported(name, request)
            except SessionError as error:  # another process has dropped it since
                return problem(error.status, str(error))
        return reply

    def guarded(self, request: Request) -> Exchange | None:
        """The refusal of a request for Connexion's pages below `/__admin`; None lets it pass."""
        refusal = self._guard.check(request)
        if refusal is None:
            return None
        reply = problem(refusal.status, refusal.violations[0].message, headers=refusal.headers)
        return unrecorded(self._services.next_id(), request, reply)


def _undeclared(operation: Operation, request: Request) -> tuple[Violation, ...]:
    """Query parameters that an operation does not have: a misspelt filter would let all pass.

    Operations that can refuse nothing, such as health, do not mind.
    """
    if not request.raw_query or "400" not in operation.replies:
        return ()
    known = [each.name for each in operation.parameters if each.location == "query"]
    try:
        names = dict(query_pairs(request.raw_query))
    except Malformed as error:
        return (Violation("query", "", f"The query {error}", "encoding"),)
    return tuple(
        Violation("query", name[:NAME_MAX], _no_parameter(name, known), "unknown")
        for name in names
        if name not in known
    )


def _no_parameter(name: str, known: list[str]) -> str:
    """What is said of a query parameter that does not exist."""
    names = ", ".join(nearest_first(name, known)) or "none"
    return f"There is no query parameter {name[:NAME_MAX]!r}; allowed: {names}"
