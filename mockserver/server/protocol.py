"""uvicorn's HTTP/1.1, which stays HTTP/1.1 when a client offers another protocol.

Java's HttpClient offers h2c with the first request of a connection, body and all. A server may
ignore the offer (RFC 9110, 7.8), but the parser takes whatever follows the head for the other
protocol: uvicorn would lose the body, or read it as a request of its own.
"""

import time
from collections.abc import Callable
from typing import Any, Final

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

INVALID = "Invalid HTTP request received."
FRAMING = frozenset({b"content-length", b"transfer-encoding"})
NAP_S: Final = 1e-9  # the least there is; the system makes about 50 microseconds of it


class Protocol(HttpToolsProtocol):
    """One connection."""

    def data_received(self, data: bytes) -> None:
        """Parse what came in; an offer to upgrade is declined by going on."""
        self._unset_keepalive_if_required()
        while data:
            try:
                self.parser.feed_data(data)
            except HttpParserUpgrade as offer:
                data = data[offer.args[0] :]
                self._go_on()
            except HttpParserError:
                self.logger.warning(INVALID)
                self.send_400_response(INVALID)
                return
            else:
                return

    def _go_on(self) -> None:
        """Be ready for the body of the request whose head was read, or for the next request."""
        framing = [(name, value) for name, value in self.headers if name in FRAMING]
        if not framing:
            return
        self.cycle.more_body = True
        self.cycle.message_event.clear()
        body = _Body(self)
        self.parser = HttpRequestParser(body)
        head = b"".join(name + b": " + value + b"\r\n" for name, value in framing)
        self.parser.feed_data(b"POST / HTTP/1.1\r\n" + head + b"\r\n")
        body.head_is_read = True


class SharedProtocol(Protocol):
    """One connection of a port on which several processes accept."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        # Called right after a connection was accepted. The others are awake for the next one, but
        # this process would be faster: it would get all of a burst (100 of 100 connections of a
        # pool, measured), and with connections that are kept, all the work from then on. Off the
        # processor for a moment, it gets its share (53 of 100).
        time.sleep(NAP_S)


class _Body:
    """Passes on what a parser says, but for the head that it is given first."""

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol
        self.head_is_read = False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._protocol, name)

        def pass_on(*args: Any) -> None:
            if self.head_is_read or name in ("on_body", "on_message_complete"):
                call(*args)

        return pass_on
