"""Puts the pieces together: settings -> contracts -> engine -> Connexion application."""

import secrets
from pathlib import Path
from typing import Any

from mockserver import __version__
from mockserver.clock import Clock, stopwatch_s, system_clock, wall_s
from mockserver.contract.load import files_of, load_all
from mockserver.engine import Engine
from mockserver.errors import UsageError
from mockserver.scenario import Rule
from mockserver.scenario_files import elsewhere, files_below, left_out, read_scenarios, shelves_of
from mockserver.security import Auth, Security
from mockserver.server.admin import Admin
from mockserver.server.front import Front
from mockserver.server.log import AccessLog
from mockserver.sessions import Sessions
from mockserver.settings import Settings, packaged
from mockserver.simulations import collections, deciders
from mockserver.stores import Store, StoreError
from mockserver.stores.memory.store import MemoryStore


class App:
    """The ASGI application.

    Args:
        settings: What to serve and how.
        clock: The wall clock.
        log: Called with every exchange of a contract.
        fast_path: False leaves every request to Connexion's own stack.
        admin_port: The port that alone serves the admin API, once it is known.
        port: That of the contracts, where the admin API has one of its own.

    Attributes:
        settings: What it was built from.
        engine: Answers the requests.
        admin_token: What the admin API asks for; None for nothing.
        left_out: Warnings of folders with scenarios of APIs that are not served.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = system_clock,
        log: AccessLog | None = None,
        fast_path: bool = True,
        admin_port: int | None = None,
        port: int | None = None,
    ) -> None:
        contracts = load_all(files_of(settings.spec_paths), lenient=not settings.strict)
        self.settings = settings
        stems = [each.stem for each in contracts]
        unserved = elsewhere(stems)
        theirs = (file for folder in settings.scenarios for file in files_below(folder))
        self.left_out = tuple(left_out(theirs, unserved))
        shelves = shelves_of(packaged("scenarios"), stems)
        if settings.specs:  # contracts of the user's: whether ours fit them has to be seen now
            files, shelves = [file for shelf in shelves.values() for file in shelf], {}
        else:
            files = []
        store = self._store(clock)
        self.engine = Engine(
            contracts,
            security=Security(Auth(settings.auth), clock),
            simulated=deciders(stateless=settings.state == "none"),
            remembers=settings.state != "none",
            collections=collections(),
            scenarios=read_scenarios(files, settings.scenarios, unserved=unserved),
            shelves=shelves,
            sessions=Sessions(
                store,
                declared=settings.sessions == "declared",
                seed=settings.seed,
                stopwatch=wall_s if settings.shared else stopwatch_s,
                idle_s=settings.session_idle_s,
                most=settings.sessions_max,
            ),
        )
        self.admin_token = settings.admin_token or (
            None if settings.loopback else secrets.token_urlsafe(16)
        )
        admin = Admin(self.engine, version=__version__, token=self.admin_token, port=port)
        front = Front(
            self.engine,
            admin,
            log=log,
            marked=settings.mock_headers,
            offered=settings.admin,
            admin_port=admin_port,
        )
        from mockserver.server.gateway import build  # noqa: PLC0415 - Connexion, after the contracts

        self.connexion = build(front, fast_path=fast_path)

    def open(self) -> None:
        """Open what one process alone may own; each that serves calls it once, before it does.

        The application is built once, and several processes may be forked from there. What must
        not be common to them begins here. A store opens its file by itself, when it is first used.
        """
        self.engine.open()

    def close(self) -> None:
        """Leave what this process has opened; nothing is lost by who ends without."""
        self.engine.sessions.store.close()

    def _store(self, clock: Clock) -> Store:
        """Where the sessions are; raises `UsageError` for a file that cannot be used."""
        settings = self.settings
        limits = {"records_max": settings.records_max, "requests_max": settings.requests_max}
        if not settings.shared:
            return MemoryStore(clock, collections(), **limits)
        from mockserver.stores.sqlite.store import SqliteStore  # noqa: PLC0415 - few servers need it

        path = Path(settings.state.partition(":")[2])
        store = SqliteStore(path, clock, collections(), rule_of=self._rule, **limits)
        try:
            store.check()
        except StoreError as error:
            raise UsageError(f"--state {settings.state}: {error}") from error
        return store

    def _rule(self, name: str) -> Rule | None:
        """A rule of the catalogue, by its id."""
        return self.engine.library.rule(name)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        await self.connexion(scope, receive, send)


def build_app(settings: Settings, *, clock: Clock = system_clock) -> App:
    """The application of `settings`, without access lines; raises `LoadError`."""
    app = App(settings, clock=clock)
    app.open()
    return app
