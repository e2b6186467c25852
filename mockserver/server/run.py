"""uvicorn around the application: the socket, the ready line, signals.

Ready means contracts, scenarios and sockets: the line is printed when a request would be answered,
by each of the workers where there are several.
"""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

import orjson
import uvicorn

from mockserver.errors import Finding, UsageError
from mockserver.server.app import App
from mockserver.server.log import AccessLines, setup
from mockserver.server.protocol import Protocol, SharedProtocol
from mockserver.server.workers import SIGNALLED, supervise
from mockserver.settings import Settings

GRACE_S: Final = 1  # what a request may still take after SIGTERM
KEEP_ALIVE_S: Final = 75  # longer than the pools of common clients keep a connection
WILDCARDS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
FLAGS: Final = ("--port", "--admin-port")

logger = logging.getLogger(__name__)


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
        LoadError: A contract or a scenario cannot be served.
        UsageError: The address, the certificate, the key or the state cannot be used.
    """
    several = settings.workers > 1
    setup(settings.log_level)
    log = None
    if settings.log_level in ("debug", "info"):
        style = settings.log_format or ("text" if sys.stderr.isatty() else "json")
        log = AccessLines(style, sys.stderr, shared=several)
    with ExitStack() as opened:
        ports = [port for port in (settings.port, settings.admin_port) if port is not None]
        sockets = [
            opened.enter_context(_bind(settings, port, flag))
            for port, flag in zip(ports, FLAGS, strict=False)
        ]
        port, admin_port = None, None
        if len(sockets) > 1:
            port, admin_port = (each.getsockname()[1] for each in sockets)
        app = App(settings, log=log, admin_port=admin_port, port=port)
        _tell_misfits(app.engine.library.misfits)
        for finding in app.left_out:
            logger.warning("%s", finding)
        config = uvicorn.Config(
            app.connexion,
            http=SharedProtocol if several else Protocol,
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
        work = partial(_work, config, app, sockets, log)
        on_ready = partial(_ready, settings, app, sockets)
        # The contracts live as long as the process: no collection need look at them, and write to
        # what workers have in common.
        gc.freeze()
        gc.enable()
        for each, flag in zip(sockets, FLAGS, strict=False):
            _listen(each, settings, flag)
        if several:
            # What connects while the workers end is refused: the last open socket goes with them.
            return supervise(settings.workers, work, on_ready=on_ready, on_end=opened.close)
        return work(on_ready)


def _work(
    config: uvicorn.Config,
    app: App,
    sockets: list[socket.socket],
    log: AccessLines | None,
    on_ready: Callable[[], None],
) -> int:
    """What each process does that serves; the exit code says which signal has ended it."""
    app.open()
    server = _Server(config, on_ready)
    try:
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            # It closes the sockets in the end, in this process: the parent of several has its own.
            runner.run(server.serve(sockets=sockets))
    except KeyboardInterrupt:
        server.ended_by = signal.SIGINT
    finally:
        if log is not None:
            log.flush()
        app.close()
    return SIGNALLED + server.ended_by if server.ended_by else 1


def _tell_misfits(misfits: Iterable[Finding]) -> None:
    """One line for each API; what exactly does not fit is for who asks for it."""
    names: dict[str, list[str]] = {}
    for misfit in misfits:
        file = Path(misfit.file)
        names.setdefault(file.parent.name, []).append(file.stem)
        logger.debug("left out: %s", misfit)
    for api, several in names.items():
        each = dict.fromkeys(several)
        logger.warning(
            "packaged scenarios that do not fit the contract %s are left out: %s (%d); "
            "--log-level debug tells why", api, ", ".join(each), len(each)
        )  # fmt: skip


def _bind(settings: Settings, port: int, flag: str) -> socket.socket:
    """A socket for a port; one in use is one clear line."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, port))
    except OSError as error:
        listening.close()
        raise _cannot_listen(settings, port, flag, error) from error
    return listening


def _listen(listening: socket.socket, settings: Settings, flag: str) -> None:
    """Take the port; another may have done so since it was bound, which uvloop would not tell."""
    try:
        listening.listen()
    except OSError as error:
        port = listening.getsockname()[1]
        raise _cannot_listen(settings, port, flag, error) from error


def _cannot_listen(settings: Settings, port: int, flag: str, error: OSError) -> UsageError:
    hint = f"; {flag} 0 takes a free one" if error.errno == errno.EADDRINUSE else ""
    where = f"{settings.host}:{port}"
    return UsageError(f"cannot listen on {where}: {error.strerror or error}{hint}")


def _load(config: uvicorn.Config, settings: Settings) -> None:
    """Load what serves, before any fork."""
    config.get_loop_factory()  # imports it
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        files = f"{settings.tls_cert} and {settings.tls_key}"
        raise UsageError(f"cannot use the certificate and key in {files}: {error}") from error


def _ready(settings: Settings, app: App, sockets: Sequence[socket.socket]) -> None:
    """Print where the server is, once."""
    host = WILDCARDS.get(settings.host, settings.host)
    host = f"[{host}]" if ":" in host else host
    scheme = "https" if settings.tls_cert else "http"
    url, *others = (f"{scheme}://{host}:{each.getsockname()[1]}" for each in sockets)
    admin_url = f"{others[0] if others else url}/__admin" if settings.admin else None
    contracts = app.engine.contracts
    counted = {
        "contracts": len(contracts),
        "operations": sum(len(contract.operations) for contract in contracts),
        "scenarios": len(app.engine.library),
    }
    record = {
        "url": url,
        "admin_url": admin_url,
        "admin_token": app.admin_token if settings.admin else None,
        "pid": os.getpid(),
        **counted,
        "workers": settings.workers,
    }
    if settings.workers > 1:
        counted["workers"] = settings.workers
    if settings.json:
        line = orjson.dumps(record).decode()
    else:
        counts = ", ".join(_several(count, name) for name, count in counted.items())
        line = f"ready on {url} - {counts}"
        if admin_url:
            line += f"; docs at {admin_url}/contracts/<stem>/docs"
        if record["admin_token"] and not settings.admin_token:
            line += f"; admin token {app.admin_token}"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _several(count: int, things: str) -> str:
    return f"{count} {things.removesuffix('s') if count == 1 else things}"
