"""uvicorn around the application: the socket, the ready line, signals.

Ready means contracts and socket: the line is printed when the first request would be answered.
"""

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Final

import orjson
import uvicorn

from mockserver.errors import UsageError
from mockserver.server.app import App
from mockserver.server.log import AccessLines, setup
from mockserver.server.protocol import Protocol
from mockserver.settings import Settings

GRACE_S: Final = 1  # what a request may still take after SIGTERM
KEEP_ALIVE_S: Final = 75  # longer than the pools of common clients keep a connection
WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
SIGNALLED: Final = 128


class _Server(uvicorn.Server):
    """uvicorn that says when it is ready and remembers the signal that ended it."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self.ended_by: int | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._on_ready()

    def handle_exit(self, sig: int, _frame: object) -> None:
        self.ended_by = sig
        self.should_exit = True


def serve(settings: Settings) -> int:
    """Serve until a signal comes; the exit code says which (130, 143).

    Raises:
        LoadError: A contract cannot be served.
        UsageError: The address, the certificate or the key cannot be used.
    """
    setup(settings.log_level)
    log = None
    if settings.log_level in ("debug", "info"):
        style = settings.log_format or ("text" if sys.stderr.isatty() else "json")
        log = AccessLines(style, sys.stderr)
    listening = _bind(settings)
    try:
        app = App(settings, log=log)
        config = uvicorn.Config(
            app.connexion,
            http=Protocol,
            loop="auto",
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
        )
        _load(config, settings)
        server = _Server(config, lambda: _ready(settings, app, listening))
        gc.freeze()  # the contracts live as long as the process: no collection need look at them
        gc.enable()
        _listen(listening, settings)
        try:
            with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
                runner.run(server.serve(sockets=[listening]))
        except KeyboardInterrupt:
            server.ended_by = signal.SIGINT
    finally:
        listening.close()
        if log is not None:
            log.flush()
    return SIGNALLED + server.ended_by if server.ended_by else 1


def _bind(settings: Settings) -> socket.socket:
    """The listening socket; a port in use is one clear line."""
    address = settings.host, settings.port
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
    except OSError as error:
        listening.close()
        raise _cannot_listen(settings, error) from error
    return listening


def _listen(listening: socket.socket, settings: Settings) -> None:
    """Take the port; another may have done so since it was bound, which uvloop would not tell."""
    try:
        listening.listen()
    except OSError as error:
        raise _cannot_listen(settings, error) from error


def _cannot_listen(settings: Settings, error: OSError) -> UsageError:
    hint = "; --port 0 takes a free one" if error.errno == errno.EADDRINUSE else ""
    where = f"{settings.host}:{settings.port}"
    return UsageError(f"cannot listen on {where}: {error.strerror or error}{hint}")


def _load(config: uvicorn.Config, settings: Settings) -> None:
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        files = f"{settings.tls_cert} and {settings.tls_key}"
        raise UsageError(f"cannot use the certificate and key in {files}: {error}") from error


def _ready(settings: Settings, app: App, listening: socket.socket) -> None:
    """Print where the server is, once."""
    port = listening.getsockname()[1]
    host = WILDCARDS.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    url = f"{'https' if settings.tls_cert else 'http'}://{host}:{port}"
    contracts = app.engine.contracts
    record = {
        "url": url,
        "admin_url": url + "/__admin",
        "admin_token": app.admin_token,
        "pid": os.getpid(),
        "contracts": len(contracts),
        "operations": sum(len(contract.operations) for contract in contracts),
    }
    if settings.json:
        line = orjson.dumps(record).decode()
    else:
        line = (
            f"ready on {url} - {record['contracts']} contracts, {record['operations']} operations"
        )
        line += f"; docs at {url}/__admin/contracts/<stem>/docs"
        if app.admin_token and not settings.admin_token:
            line += f"; admin token {app.admin_token}"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
