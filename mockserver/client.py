"""The admin API from Python: a session for each test, and what steers it and tells of it.

    with Client("http://127.0.0.1:8080") as client, client.session("checkout-17") as session:
        shop = Shop(base_url=session.base_url)      # what is tested
        shop.order_fibre()
        session.clock.advance(by="3h")
        session.verify(operation="createTesaActivation", exactly=1)

`AsyncClient` has the same methods to be awaited. What is asked stands once, in `calls`; here it
becomes methods of handles that wait or await. A client of an `app` needs no server: it calls the
application in process.
"""

import inspect
import ssl
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, Final, Generic, ParamSpec, Self, TypeVar, overload
from urllib.parse import quote

import httpx

from mockserver import calls
from mockserver.calls import Call, Criteria
from mockserver.errors import ClientError, MockServerError, NotVerified, UsageError
from mockserver.facts import Binding, Summary
from mockserver.message import Json
from mockserver.transport import App, InProcess

__all__ = [
    "AsyncClient",
    "AsyncSession",
    "Binding",
    "Client",
    "ClientError",
    "Criteria",
    "MockServerError",
    "NotVerified",
    "Session",
]

P = ParamSpec("P")
T = TypeVar("T")

URL: Final = "http://127.0.0.1:8080"
IN_PROCESS: Final = "http://mock"
ANSWER_S: Final = 30.0  # for what a server has to do before it answers
GONE: Final = 404


class _Blocking:
    """Sends calls and waits for their answers."""

    def __init__(self, wire: httpx.Client, at: str) -> None:
        self._wire = wire
        self._at = at

    def _send(self, call: Call[T]) -> T:
        __tracebackhide__ = True
        try:
            answer = self._wire.send(_request(self._wire, call))
        except httpx.HTTPError as error:
            raise _unreached(self._wire, call, error) from error
        return call.result(answer.status_code, answer.content)


class _Awaiting:
    """Sends calls and awaits their answers."""

    def __init__(self, wire: httpx.AsyncClient, at: str) -> None:
        self._wire = wire
        self._at = at

    async def _send(self, call: Call[T]) -> T:
        try:
            answer = await self._wire.send(_request(self._wire, call))
        except httpx.HTTPError as error:
            raise _unreached(self._wire, call, error) from error
        return call.result(answer.status_code, answer.content)


def _request(wire: httpx.Client | httpx.AsyncClient, call: Call[T]) -> httpx.Request:
    return wire.build_request(
        call.method,
        call.target,
        json=call.body,
        headers={"Accept": call.accept},
        timeout=(wire.timeout.read or ANSWER_S) + call.waits_s,
    )


def _unreached(
    wire: httpx.Client | httpx.AsyncClient, call: Call[T], error: httpx.HTTPError
) -> ClientError:
    url, reason = str(wire.base_url).rstrip("/"), str(error) or type(error).__name__
    hint = "; SSL_CERT_FILE=FILE trusts one" if "CERTIFICATE_VERIFY_FAILED" in reason else ""
    return ClientError(f"{call.method} {call.target}", f"{url} does not answer: {reason}{hint}")


class _Asked(Generic[P, T]):
    """One of `calls` as a method of a handle: of one that waits, or of one that awaits."""

    def __init__(self, call: Callable[Concatenate[str, P], Call[T]]) -> None:
        self._call = call
        self.__doc__ = call.__doc__
        told = inspect.signature(call)
        self._shown = told.replace(parameters=list(told.parameters.values())[1:])  # without `at`

    @overload
    def __get__(self, handle: None, owner: type[Any]) -> Callable[Concatenate[str, P], Call[T]]: ...

    @overload
    def __get__(self, handle: _Blocking, owner: type[Any]) -> Callable[P, T]: ...

    @overload
    def __get__(
        self, handle: _Awaiting, owner: type[Any]
    ) -> Callable[P, Coroutine[Any, Any, T]]: ...

    def __get__(self, handle: _Blocking | _Awaiting | None, owner: type[Any]) -> Callable[..., Any]:
        if handle is None:
            return self._call

        @wraps(self._call)
        def ask(*args: P.args, **kwargs: P.kwargs) -> Any:
            __tracebackhide__ = True
            return handle._send(self._call(handle._at, *args, **kwargs))  # noqa: SLF001 - ours

        vars(ask)["__signature__"] = self._shown  # for `help`
        return ask


# what there is to ask, of which handle -------------------------------------------------------


class _OfServer:
    health = _Asked(calls.health)
    operations = _Asked(calls.operations)
    scenarios = _Asked(calls.catalogue)
    coverage = _Asked(calls.coverage)
    forget_coverage = _Asked(calls.forget_coverage)
    sessions = _Asked(calls.sessions)


class _OfScenarios:
    active = _Asked(calls.active)
    activate = _Asked(calls.activate)


class _OfRules:
    add = _Asked(calls.add_rule)
    list = _Asked(calls.rules)
    read = _Asked(calls.read_rule)
    drop = _Asked(calls.drop_rule)
    clear = _Asked(calls.drop_rules)


class _OfClock:
    read = _Asked(calls.read_clock)
    freeze = _Asked(calls.freeze)
    scale = _Asked(calls.scale)
    run = _Asked(calls.run)
    advance = _Asked(calls.advance)
    until_next = _Asked(calls.until_next)
    until_idle = _Asked(calls.until_idle)


class _OfRecords:
    list = _Asked(calls.records)
    read = _Asked(calls.read_record)
    put = _Asked(calls.put_record)
    drop = _Asked(calls.drop_record)
    step = _Asked(calls.step)


class _OfSession:
    read = _Asked(calls.read)
    reset = _Asked(calls.reset)
    drop = _Asked(calls.drop)
    bind = _Asked(calls.bind)
    bindings = _Asked(calls.bindings)
    unbind = _Asked(calls.unbind)
    collections = _Asked(calls.collections)
    requests = _Asked(calls.requests)
    count = _Asked(calls.count)
    verify = _Asked(calls.verify)
    wait = _Asked(calls.wait)
    exchange = _Asked(calls.exchange)
    explain = _Asked(calls.explain)
    har = _Asked(calls.har)
    forget = _Asked(calls.forget)


# handles that wait ----------------------------------------------------------------------------


class Scenarios(_OfScenarios, _Blocking):
    """The active scenarios of a session."""


class Rules(_OfRules, _Blocking):
    """The rules of a session that are written on the spot."""


class Clock(_OfClock, _Blocking):
    """The clock of a session."""


class Records(_OfRecords, _Blocking):
    """The records of one collection of a session."""


class Session(_OfSession, _Blocking):
    """One isolated universe; as a context manager it is dropped in the end.

    Attributes:
        name: What requests say to belong to it.
        base_url: What a consumer is given instead of the server's URL.
        transport: What an `httpx.Client` that calls `base_url` needs; None for the usual one.
        scenarios, rules, clock: What steers it.
    """

    def __init__(self, wire: httpx.Client, told: Summary, transport: InProcess | None) -> None:
        super().__init__(wire, f"/sessions/{quote(told.name, safe='')}")
        self.name = told.name
        self.base_url = told.base_url
        self.transport = transport
        self.scenarios = Scenarios(wire, self._at)
        self.rules = Rules(wire, self._at)
        self.clock = Clock(wire, self._at)

    def records(self, collection: str) -> Records:
        """The records of a collection, such as `tesa-requests`; asks for nothing yet."""
        return Records(self._wire, f"{self._at}/records/{quote(collection, safe='')}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.drop()
        except ClientError as failed:
            if failed.status != GONE and error is None:
                raise


class Client(_OfServer, _Blocking):
    """A server, or an application in process, that tests steer; as a context manager it is closed.

    Args:
        url: Of the server; with an `app` what its `base_url`s begin with.
        admin_url: Of the admin API, where it has a port of its own.
        token: Of the admin API, where it asks for one.
        app: An ASGI application to be called in process, instead of a server.
        timeout_s: For each answer.
        verify: Certificates that are trusted; True for those of `SSL_CERT_FILE` or the usual ones.

    Attributes:
        url: Of the server.
        transport: What an `httpx.Client` that calls the server needs; None for the usual one.

    Raises:
        ClientError: By every method: the server refuses, or it does not answer.
        UsageError: The url is none, or the token.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        admin_url: str | None = None,
        token: str | None = None,
        app: App | None = None,
        timeout_s: float = ANSWER_S,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self.url = _url(url, app)
        self.transport = InProcess(app) if app is not None else None
        wire = httpx.Client(
            base_url=_url(admin_url, app) if admin_url else self.url,
            headers=_headers(token, app),
            timeout=timeout_s,
            # A transport of our own asks no proxy of the environment: a test double is near.
            transport=self.transport or httpx.HTTPTransport(verify=verify),
        )
        super().__init__(wire, "")

    def session(
        self,
        name: str | None = None,
        *,
        scenarios: Iterable[str] = (),
        tags: Iterable[str] = (),
        clock: str | datetime | Mapping[str, Json] | None = None,
        seed: int | None = None,
        bindings: Iterable[Binding] = (),
    ) -> Session:
        """Make a session; see `calls.make`."""
        made = calls.make(
            "", name, scenarios=scenarios, tags=tags, clock=clock, seed=seed, bindings=bindings
        )
        return Session(self._wire, self._send(made), self.transport)

    def existing(self, name: str = "default") -> Session:
        """A session that is there already."""
        return Session(self._wire, self._send(calls.read(_place(name))), self.transport)

    def close(self) -> None:
        """Close its connections; the server and its sessions stay."""
        self._wire.close()
        if self.transport is not None:
            self.transport.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


# handles that await ---------------------------------------------------------------------------


class AsyncScenarios(_OfScenarios, _Awaiting):
    """`Scenarios`, awaited."""


class AsyncRules(_OfRules, _Awaiting):
    """`Rules`, awaited."""


class AsyncClock(_OfClock, _Awaiting):
    """`Clock`, awaited."""


class AsyncRecords(_OfRecords, _Awaiting):
    """`Records`, awaited."""


class AsyncSession(_OfSession, _Awaiting):
    """`Session`, awaited: `async with await client.session() as session`."""

    def __init__(self, wire: httpx.AsyncClient, told: Summary, transport: InProcess | None) -> None:
        super().__init__(wire, f"/sessions/{quote(told.name, safe='')}")
        self.name = told.name
        self.base_url = told.base_url
        self.transport = transport
        self.scenarios = AsyncScenarios(wire, self._at)
        self.rules = AsyncRules(wire, self._at)
        self.clock = AsyncClock(wire, self._at)

    def records(self, collection: str) -> AsyncRecords:
        """The records of a collection, such as `tesa-requests`; asks for nothing yet."""
        return AsyncRecords(self._wire, f"{self._at}/records/{quote(collection, safe='')}")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            await self.drop()
        except ClientError as failed:
            if failed.status != GONE and error is None:
                raise


class AsyncClient(_OfServer, _Awaiting):
    """`Client`, awaited."""

    def __init__(
        self,
        url: str | None = None,
        *,
        admin_url: str | None = None,
        token: str | None = None,
        app: App | None = None,
        timeout_s: float = ANSWER_S,
        verify: ssl.SSLContext | bool = True,
    ) -> None:
        self.url = _url(url, app)
        self.transport = InProcess(app) if app is not None else None
        wire = httpx.AsyncClient(
            base_url=_url(admin_url, app) if admin_url else self.url,
            headers=_headers(token, app),
            timeout=timeout_s,
            transport=self.transport or httpx.AsyncHTTPTransport(verify=verify),
        )
        super().__init__(wire, "")

    async def session(
        self,
        name: str | None = None,
        *,
        scenarios: Iterable[str] = (),
        tags: Iterable[str] = (),
        clock: str | datetime | Mapping[str, Json] | None = None,
        seed: int | None = None,
        bindings: Iterable[Binding] = (),
    ) -> AsyncSession:
        """Make a session; see `calls.make`."""
        made = calls.make(
            "", name, scenarios=scenarios, tags=tags, clock=clock, seed=seed, bindings=bindings
        )
        return AsyncSession(self._wire, await self._send(made), self.transport)

    async def existing(self, name: str = "default") -> AsyncSession:
        """A session that is there already."""
        return AsyncSession(self._wire, await self._send(calls.read(_place(name))), self.transport)

    async def close(self) -> None:
        """Close its connections; the server and its sessions stay."""
        await self._wire.aclose()
        if self.transport is not None:
            self.transport.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _url(url: str | None, app: App | None) -> str:
    found = url or (URL if app is None else IN_PROCESS)
    try:
        known = httpx.URL(found)
    except httpx.InvalidURL as error:
        raise UsageError(f"{found!r} is no URL: {error}") from error
    if known.scheme not in {"http", "https"} or not known.host:
        raise UsageError(f"{found!r} is no URL; allowed: http://... or https://...")
    return found.rstrip("/").removesuffix(calls.PREFIX).rstrip("/")


def _headers(token: str | None, app: App | None) -> dict[str, str]:
    """The token that is given, or the one that the application asks for."""
    asked = token or getattr(app, "admin_token", None)
    if asked and not (asked.isascii() and asked.isprintable()):
        raise UsageError("the token has characters that no header can have; allowed: ASCII")
    return {"Authorization": f"Bearer {asked}"} if asked else {}


def _place(name: str) -> str:
    return f"/sessions/{quote(name, safe='')}"
