"""One access line for each request, written in batches, so that logging costs next to nothing."""

import asyncio
import logging
import sys
from collections.abc import Callable
from typing import TextIO

import orjson

from mockserver.exchange import Exchange, Json

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


def access_log(log_format: str, stream: TextIO) -> AccessLog:
    """A function that writes the access line of an exchange and of its seconds.

    Args:
        log_format: "text" or "json".
        stream: Where to; lines are flushed within `FLUSH_S`.
    """
    line = _json_line if log_format == "json" else _text_line
    pending: list[str] = []

    def flush() -> None:
        text = "".join(pending)
        pending.clear()
        stream.write(text)
        stream.flush()

    def write(exchange: Exchange, seconds: float) -> None:
        if not pending:
            try:
                asyncio.get_running_loop().call_later(FLUSH_S, flush)
            except RuntimeError:  # no loop: in tests and in scripts
                pending.append(line(exchange, seconds))
                flush()
                return
        pending.append(line(exchange, seconds))
        if len(pending) >= LINES_MAX:
            flush()
            pending.append("")  # the scheduled flush stays the only one

    return write


def _text_line(exchange: Exchange, seconds: float) -> str:
    request, reply = exchange.request, exchange.reply
    name = exchange.operation or request.method + " " + request.raw_path.decode("latin-1")
    why = f" {exchange.violations[0]}" if exchange.violations else ""
    ms = seconds * 1000
    return f"{exchange.id} default {name} {reply.source} {reply.status} {ms:.1f}ms{_safe(why)}\n"


def _json_line(exchange: Exchange, seconds: float) -> str:
    request, reply = exchange.request, exchange.reply
    record: dict[str, Json] = {
        "id": exchange.id,
        "session": "default",
        "method": request.method,
        "path": request.raw_path.decode("latin-1"),
        "operation": exchange.operation or None,
        "source": reply.source,
        "status": reply.status,
        "ms": round(seconds * 1000, 2),
    }
    if exchange.violations:
        record["violations"] = [str(violation) for violation in exchange.violations]
    return orjson.dumps(record).decode() + "\n"


def _safe(text: str) -> str:
    """`text` without control characters: a request may not write lines of its own."""
    return "".join(char if char.isprintable() else "?" for char in text)
