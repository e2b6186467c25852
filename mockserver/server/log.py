"""One access line for each request, written in batches, so that logging costs next to nothing.

Secrets are left out, as everywhere else where an exchange is shown.
"""

import asyncio
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, TextIO

import orjson

from mockserver.disclosure import path_of, violations_of
from mockserver.exchange import Exchange

FLUSH_S = 0.05
LINES_MAX = 1_000

AccessLog = Callable[[Exchange, float], None]


def setup(level: str) -> None:
    """Send the messages of this package, and of the libraries below it, to standard error."""
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    # Connexion warns of every 4xx and tells of every route; the access line says it better.
    logging.getLogger("connexion").setLevel(logging.ERROR)


class AccessLines:
    """Writes the access line of each exchange; an `AccessLog`.

    Args:
        log_format: "text" or "json".
        stream: Where to; lines are there within `FLUSH_S`, or when `flush` is called.
        shared: Whether other processes write to it too; lines are whole all the same.
    """

    def __init__(self, log_format: str, stream: TextIO, *, shared: bool = False) -> None:
        self._line = _json_line if log_format == "json" else _text_line
        self._stream = stream
        self._shared = shared
        self._pending: list[str] = []
        self._scheduled = False

    def __call__(self, exchange: Exchange, seconds: float) -> None:
        """Note the line of an exchange that took `seconds`."""
        self._pending.append(self._line(exchange, seconds))
        if not self._scheduled:
            try:
                asyncio.get_running_loop().call_later(FLUSH_S, self.flush)
                self._scheduled = True
            except RuntimeError:  # no loop: in tests and in scripts
                self.flush()
        elif len(self._pending) >= LINES_MAX:
            self._write()

    def flush(self) -> None:
        """Write what is pending."""
        self._scheduled = False
        self._write()

    def _write(self) -> None:
        text = "".join(self._pending)
        self._pending.clear()
        turn = _turn(self._stream) if self._shared else nullcontext()
        with suppress(OSError), turn:  # who reads the log may leave, the server stays
            self._stream.write(text)
            self._stream.flush()


@contextmanager
def _turn(stream: TextIO) -> Iterator[None]:
    """Nobody else's turn to write to `stream`.

    A pipe takes only its first 4096 bytes in one piece, and its reader may be slow. Linux locks
    pipes like files, for as long as their owner lives; elsewhere long lines may be torn.
    """
    import fcntl  # noqa: PLC0415 - only where processes can fork

    with suppress(OSError):
        fcntl.lockf(stream, fcntl.LOCK_EX)
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.lockf(stream, fcntl.LOCK_UN)


def _text_line(exchange: Exchange, seconds: float) -> str:
    request, reply = exchange.request, exchange.reply
    name = exchange.operation or _safe(f"{request.method} {path_of(request)}")
    why = f" {violations_of(exchange)[0]}" if exchange.violations else ""
    if exchange.steering.scenarios:
        why += f" [{', '.join(exchange.steering.scenarios)}]"
    ms = seconds * 1000
    place = f"{exchange.id} {exchange.session} {name}"
    return f"{place} {reply.source} {reply.status} {ms:.1f}ms{_safe(why)}\n"


def _json_line(exchange: Exchange, seconds: float) -> str:
    request, reply = exchange.request, exchange.reply
    record: dict[str, Any] = {
        "id": exchange.id,
        "session": exchange.session,
        "method": request.method,
        "path": path_of(request),
        "operation": exchange.operation or None,
        "source": reply.source,
        "status": reply.status,
        "ms": round(seconds * 1000, 2),
    }
    steering = exchange.steering
    if steering.scenarios:
        record["scenarios"] = list(steering.scenarios)
    if steering.fault:
        record["fault"] = str(steering.fault)
    if exchange.violations:
        record["violations"] = list(map(str, violations_of(exchange)))
    return orjson.dumps(record).decode() + "\n"


def _safe(text: str) -> str:
    """`text` without control characters: a request may not write lines of its own."""
    return "".join(char if char.isprintable() else "?" for char in text)
