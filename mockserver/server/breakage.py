"""Carries faults out: waits, and breaks connections and bodies on the way to the caller.

On the wire of our own server (`protocol`, with uvloop and asyncio, plain and TLS) the connection
itself is broken, and ends with that; what was pipelined behind the request is never answered. The
caller sees:

    reset     RST instead of an answer
    empty     the connection closed, without a byte of an answer
    truncate  the head with the true content length, some of the body, the connection closed
    garbage   bytes that are no status line, the connection closed
    chunk     a chunked body, a good chunk, then one that is none, the connection closed
    dribble   the whole body, in small pieces evenly over a time
    hang      nothing until it leaves; after `HANG_MS` the connection is closed

At least one byte of a truncated body is missing. An answer without a body (HEAD, 204) has nothing
to cut and no chunks: its status line is cut instead, and it takes the time of a dribble before it
comes whole. A caller that has pipelined is heard to have left only when the wait is over.

In process, and behind any other server, there is no connection to break. Time is real; `hang` ends
when the caller says that it leaves, which httpx's ASGI transport never does: bound it. The rest
raises out of the application, where a caller in process receives it: `ConnectionResetError` for
reset, `ConnectionAbortedError` for the others, after as much of a head and body as was due.
"""

import asyncio
import math
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Final, Protocol

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from mockserver.fault import Break, Fault
from mockserver.message import Header
from mockserver.server.asgi import Receive, Scope, Send

HANG_MS: Final = 600_000.0  # longer than the timeouts of clients
PIECE_MS: Final = 100.0  # between pieces that dribble: no client's read timeout is that short
UNREAD_S: Final = 0.01  # between looks at what a caller says that has not left
LINGER_NOT: Final = struct.pack("ii", 1, 0)  # SO_LINGER for 0 s: to close is to reset
GARBAGE: Final = b"\x00\xfe\xff this is no HTTP \x00\r\n\r\n"
NO_CHUNK: Final = b"oops\r\n"  # instead of a size, in hexadecimal
CUT_HEAD: Final = b"HTTP/1.1 "
HEADERS_OF_A_LENGTH: Final = frozenset({b"content-length", b"transfer-encoding"})
CHUNKED: Final[Header] = (b"transfer-encoding", b"chunked")


class _Connection(Protocol):
    """What can be broken."""

    def write(self, data: bytes) -> None: ...
    def close(self, why: str) -> None: ...
    def reset(self, why: str) -> None: ...


class _OnTheWire:
    """A connection of uvicorn's; whoever ends it tells uvicorn that the caller left."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._transport = cycle.transport

    def write(self, data: bytes) -> None:
        """Write past HTTP."""
        self._transport.write(data)

    def close(self, _why: str) -> None:
        """Close when all is written."""
        self._cycle.disconnected = True
        self._transport.close()

    def reset(self, _why: str) -> None:
        """Close at once, by RST; over TLS the connection below is the one that is reset."""
        self._cycle.disconnected = True
        if not self._transport.is_closing():
            connection = self._transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        self._transport.abort()


class _Imagined:
    """No connection that we know of: what would break it is raised."""

    def write(self, data: bytes) -> None:
        """There is no way past ASGI."""

    def close(self, why: str) -> None:
        """Tell the caller."""
        raise ConnectionAbortedError(why)

    def reset(self, why: str) -> None:
        """Tell the caller."""
        raise ConnectionResetError(why)


async def wait(delay_ms: float, receive: Receive) -> bool:
    """Wait on the wall clock; False, and at once, when the caller left.

    A server that stops in the meantime ends the connection, and that is False too. With False
    there is nobody to answer and nothing to log.

    Args:
        delay_ms: 0 does not wait.
        receive: ASGI's, of a request whose body was read.
    """
    if delay_ms <= 0:
        return not _is_lost(receive)
    with _until_the_server_stops(receive):
        try:
            async with asyncio.timeout(delay_ms / 1_000):
                await departure(receive)
        except TimeoutError:
            return not _is_lost(receive)
    return False


async def carry_out(
    fault: Fault,
    delay_ms: float,
    status: int,
    headers: Sequence[Header],
    body: bytes,
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Send a reply as its fault wants it, or lose it.

    Args:
        fault: What goes wrong.
        delay_ms: Drawn from the fault's delay, 0 for none.
        status: HTTP status; 0 where the request is lost before anything was decided.
        headers: Complete, with the content length where there is one; none for status 0.
        body: Empty for HEAD and for statuses without a body.
        scope: ASGI's.
        receive: ASGI's, of a request whose body was read.
        send: ASGI's, nothing sent yet.

    Raises:
        ConnectionResetError: In process, for `reset`.
        ConnectionAbortedError: In process, for everything else that ends a connection early.
    """
    if not await wait(delay_ms, receive):
        return
    if scope["method"] == "HEAD":
        body = b""
    with _until_the_server_stops(send):
        if fault.broken in (None, Break.DRIBBLE):
            over_ms = fault.over_ms if fault.broken else 0.0
            await _answer(status, headers, body, over_ms, receive, send)
        else:
            await _break(fault, status, headers, body, receive, send)


async def departure(receive: Receive) -> None:
    """Come back when the caller left."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        await asyncio.sleep(UNREAD_S)


async def _answer(
    status: int,
    headers: Sequence[Header],
    body: bytes,
    over_ms: float,
    receive: Receive,
    send: Send,
) -> None:
    """A good reply whose body comes evenly over a time."""
    if not body and not await wait(over_ms, receive):  # only the head can be late
        return
    await send({"type": "http.response.start", "status": status, "headers": [*headers]})
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    pieces = pieces_of(body, over_ms)
    for number, piece in enumerate(pieces, start=1):
        due_s = started_s + over_ms / 1_000 * number / len(pieces)
        if body and not await wait((due_s - loop.time()) * 1_000, receive):
            return
        more = number < len(pieces)
        await send({"type": "http.response.body", "body": piece, "more_body": more})


def pieces_of(body: bytes, over_ms: float) -> list[bytes]:
    """The body in as many pieces of about one size as the time is good for, one at least."""
    count = max(1, min(len(body), math.ceil(over_ms / PIECE_MS)))
    cuts = [len(body) * number // count for number in range(count + 1)]
    return [body[start:end] for start, end in pairwise(cuts)]


async def _break(
    fault: Fault, status: int, headers: Sequence[Header], body: bytes, receive: Receive, send: Send
) -> None:
    """Everything after which the connection is no more."""
    connection = _connection_of(send)
    match fault.broken:
        case Break.RESET:
            connection.reset("The fault `reset`: the connection was reset")
        case Break.GARBAGE:
            connection.write(GARBAGE)
            connection.close("The fault `garbage`: the answer was not HTTP")
        case Break.TRUNCATE:
            part = body[: min(fault.after_bytes, len(body) - 1)] if body else None
            await _begin(status, headers, part, connection, send)
            connection.close(f"The fault `truncate`: the answer ended before its {len(body)} bytes")
        case Break.CHUNK:
            chunked = [each for each in headers if each[0].lower() not in HEADERS_OF_A_LENGTH]
            part = body[: (len(body) + 1) // 2] if body else None
            await _begin(status, [*chunked, CHUNKED], part, connection, send)
            connection.write(NO_CHUNK if body else b"")
            connection.close("The fault `chunk`: a chunk of the answer was broken")
        case Break.HANG:
            if await wait(HANG_MS, receive):
                connection.close("The fault `hang`: nobody answered")
        case _:
            connection.close("The fault `empty`: the connection was closed without an answer")


async def _begin(
    status: int,
    headers: Sequence[Header],
    part: bytes | None,
    connection: _Connection,
    send: Send,
) -> None:
    """The head and a part of the body; the beginning of a status line where there is no body."""
    if part is None:
        connection.write(CUT_HEAD)
        return
    await send({"type": "http.response.start", "status": status, "headers": [*headers]})
    await send({"type": "http.response.body", "body": part, "more_body": True})


def _connection_of(edge: Receive | Send) -> _Connection:
    cycle = _cycle_of(edge)
    return _Imagined() if cycle is None else _OnTheWire(cycle)


def _cycle_of(edge: Receive | Send) -> RequestResponseCycle | None:
    """The server's record of the request; None in process and behind other servers."""
    cycle = getattr(edge, "__self__", None)
    return cycle if type(cycle) is RequestResponseCycle else None


def _is_lost(edge: Receive | Send) -> bool:
    """Whether the connection is closed; of one with pipelined requests uvicorn tells the last."""
    cycle = _cycle_of(edge)
    if cycle is None or not cycle.transport.is_closing():
        return False
    cycle.disconnected = True
    return True


@contextmanager
def _until_the_server_stops(edge: Receive | Send) -> Iterator[None]:
    """End the connection of a task that uvicorn cancels, which it does only when it stops.

    It would log what comes out of the task, and write a 500. Other tasks are not ours to keep.
    """
    try:
        yield
    except asyncio.CancelledError:
        cycle = _cycle_of(edge)
        if cycle is None:
            raise
        cycle.disconnected = True
        cycle.transport.abort()  # to close would wait for the caller's part, over TLS
