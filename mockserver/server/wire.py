"""A whole request in one read and a whole reply in one write, past uvicorn's piece by piece.

Our replies are whole, and their headers were checked when the contract was loaded; what remains of
uvicorn's `send` is its book-keeping, repeated here. It costs a third of a small reply's CPU
otherwise. Any other server, and a connection that is not ready to be written to, takes ASGI's way;
a test holds that both ways put the same bytes on the wire.
"""

from collections.abc import Sequence
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from mockserver.message import Header


def cycle_of(send: Any) -> RequestResponseCycle | None:
    """The server's record of the request that `send` answers; None to take ASGI's way."""
    cycle = getattr(send, "__self__", None)
    if type(cycle) is not RequestResponseCycle or cycle.flow.write_paused or cycle.response_started:
        return None
    return cycle


def body_of(receive: Any) -> bytes | None:
    """The body that `receive` would give, where it is here already; None to take ASGI's way."""
    cycle = getattr(receive, "__self__", None)
    if type(cycle) is not RequestResponseCycle or cycle.more_body or cycle.disconnected:
        return None
    return None if cycle.waiting_for_100_continue else bytes(cycle.body)


def write(cycle: RequestResponseCycle, status: int, headers: Sequence[Header], body: bytes) -> None:
    """Write a reply and finish the cycle.

    Args:
        cycle: Of the request, nothing sent yet.
        status: HTTP status.
        headers: Complete, with the content length where there is one.
        body: Empty for HEAD and for statuses without a body.
    """
    if cycle.disconnected:
        return
    cycle.response_started = True
    cycle.waiting_for_100_continue = False
    parts = [STATUS_LINE[status]]
    for name, value in cycle.default_headers:
        parts += name, b": ", value, b"\r\n"
    for name, value in headers:
        parts += name, b": ", value, b"\r\n"
    parts.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
    parts.append(body)
    cycle.transport.write(b"".join(parts))
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
