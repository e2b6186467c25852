"""ASGI in, ASGI out: a scope becomes a `Request`, an `Exchange` becomes bytes on the wire.

The only place that knows how replies are marked (`X-Mock-*`) and how large a body may be.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from mockserver.exchange import Exchange, FoundBy, Steering
from mockserver.message import Header, Request, Source
from mockserver.server.asgi import Receive, Scope, Send
from mockserver.server.breakage import carry_out
from mockserver.server.wire import body_of, cycle_of, write
from mockserver.sessions import split

BODY_BYTES_MAX: Final = 10 * 1024 * 1024
WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
UNMEASURED: Final = frozenset({204, 304})  # no content length (RFC 9110, 8.6)
SOURCES: Final = {source: (b"x-mock-source", source.encode()) for source in Source}


class BodyTooLarge(Exception):  # noqa: N818 - a fact about the request, not a failure of ours
    """The body has more than `BODY_BYTES_MAX` bytes."""


class Disconnected(Exception):  # noqa: N818 - the same
    """The caller left before the request was whole."""


def headers_of(raw: list[Header]) -> Mapping[bytes, bytes]:
    """Headers by lower-case name; the values of a repeated one are joined (RFC 9110, 5.3)."""
    headers = dict(raw)
    if len(headers) != len(raw):
        headers = {}
        for name, value in raw:
            headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def path_of(scope: Scope) -> bytes:
    """The path as sent, still percent-encoded."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    return path


async def request_of(scope: Scope, receive: Receive) -> Request:
    """The request of an ASGI scope, its body read to the end.

    Raises:
        BodyTooLarge: The body is over the limit; the rest of it is not read.
        Disconnected: The caller left.
    """
    headers = headers_of(scope["headers"])
    method = scope["method"]
    path, prefix = split(path_of(scope))
    request = Request(
        method, path, scope["query_string"], headers, b"", scope.get("scheme", "http"), prefix
    )
    if method in WITH_BODY or b"content-length" in headers or b"transfer-encoding" in headers:
        request.body = await _body(receive)
    return request


async def _body(receive: Receive) -> bytes:
    whole = body_of(receive)
    if whole is not None and len(whole) <= BODY_BYTES_MAX:
        return whole
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > BODY_BYTES_MAX:
            raise BodyTooLarge
        more = message.get("more_body", False)
    return b"".join(chunks)


async def deliver(
    exchange: Exchange, scope: Scope, receive: Receive, send: Send, *, marked: bool
) -> None:
    """Send the reply of an exchange, through its fault if it has one.

    Args:
        exchange: What was decided.
        scope: ASGI's, as the next two.
        receive: Of a request whose body was read.
        send: Nothing was sent yet.
        marked: Add the `X-Mock-*` headers.
    """
    reply = exchange.reply
    body = reply.body
    headers = [*reply.headers]
    if reply.status not in UNMEASURED:
        headers.append((b"content-length", b"%d" % len(body)))
    steering = exchange.steering
    if marked:
        headers += (b"x-mock-request-id", exchange.id.encode()), SOURCES[reply.source]
        if exchange.session:
            headers += _session(exchange.session, exchange.found_by)
        if steering.scenarios or steering.breaches:
            headers += _marks(steering)
    if exchange.request.method == "HEAD":
        body = b""
    fault = steering.fault
    if fault is not None:
        waited = fault.before_deed and not fault.broken
        delay_ms = 0.0 if waited else steering.delay_ms
        await carry_out(fault, delay_ms, reply.status, headers, body, scope, receive, send)
        return
    cycle = cycle_of(send)
    if cycle is not None:
        write(cycle, reply.status, headers, body)
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@lru_cache(maxsize=1_000)
def _session(name: str, found_by: FoundBy) -> tuple[Header, Header]:
    """What tells a caller which session it was, and how it was found."""
    header = (b"x-mock-session", name.encode())
    return header, (b"x-mock-session-found-by", found_by.encode())


def _marks(steering: Steering) -> Iterator[Header]:
    """What tells a caller that scenarios or rules were at work."""
    if steering.scenarios:
        yield b"x-mock-scenario", ", ".join(steering.scenarios).encode()
    if steering.breaches:
        yield b"x-mock-violations", b"%d" % len(steering.breaches)
