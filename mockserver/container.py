"""A container of the image, for tests, by Testcontainers: `pip install mockserver[testcontainers]`.

    with MockserverContainer().with_scenarios("my-scenarios") as container:
        with container.session(scenarios=["no-stock"]) as session:
            Shop(base_url=session.base_url).order_fibre()

It is one of theirs, so whatever they have works too: `with_env("MOCKSERVER_STRICT", "true")`,
networks, names. Nothing else of this package imports this module.
"""

import os
import secrets
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from mockserver.client import Client, Session
from mockserver.errors import ClientError, UsageError
from mockserver.facts import Binding
from mockserver.message import Json
from mockserver.scenario_files import visible

try:
    from docker.errors import APIError
    from testcontainers.core.container import DockerContainer
except ImportError as error:
    raise ImportError(
        "mockserver.container needs Testcontainers: pip install 'mockserver[testcontainers]'"
    ) from error

IMAGE: Final = "mockserver"
PORT: Final = 8080
TOKEN: Final = "MOCKSERVER_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
# Files are copied, not mounted, so they come beside what a folder of the image has: contracts that
# replace those in /contracts need another place.
SPECS: Final = "/specs"
SCENARIOS: Final = "/scenarios"
READY_S: Final = 120.0  # for a slow machine with many contracts
POLL_S: Final = 0.1
ALIVE: Final = frozenset({"created", "running"})


class MockserverContainer(DockerContainer):
    """A server in a container, ready once it is started; as a context manager it is removed.

    Args:
        image: Name of the image; None for that of the variable MOCKSERVER_IMAGE, or `mockserver`.

    Raises:
        UsageError: By `start`: there is no such image, or the server does not become ready; the
            text has what it said.
    """

    def __init__(self, image: str | None = None) -> None:
        super().__init__(image or os.environ.get("MOCKSERVER_IMAGE") or IMAGE)
        self.with_exposed_ports(PORT)
        self.with_env(TOKEN, secrets.token_urlsafe())

    def with_specs(self, folder: str | os.PathLike[str]) -> Self:
        """Serve the contracts of a folder instead of the packaged ones.

        Its files are copied into the container when it starts: a volume would want an engine on
        this machine, and files that any user may read.
        """
        return self._with_files(folder, SPECS, deep=False).with_env("MOCKSERVER_SPECS", SPECS)

    def with_scenarios(self, folder: str | os.PathLike[str]) -> Self:
        """Serve the scenarios of a folder beside the packaged ones."""
        return self._with_files(folder, SCENARIOS, deep=True)

    def _with_files(self, folder: str | os.PathLike[str], place: str, *, deep: bool) -> Self:
        source = Path(folder)
        files = list(visible(source, deep=deep))
        if not files:
            raise UsageError(f"{source} is no folder with YAML or JSON files in it")
        for file in files:
            name = file.relative_to(source).as_posix()
            self.with_copy_into_container(file.read_bytes(), f"{place}/{name}")
        return self

    def start(self) -> Self:
        """Start it and wait until it is ready."""
        try:
            super().start()
            self._wait()
        except APIError as error:
            self.stop()
            text = f"the image {self.image!r} cannot be run: {error.explanation or error}"
            raise UsageError(f"{text}; the variable MOCKSERVER_IMAGE names another") from error
        except BaseException:
            self.stop()
            raise
        return self

    def _wait(self) -> None:
        end = time.monotonic() + READY_S
        while not self._ready():
            self.reload()
            if self.status not in ALIVE:
                code = self.get_wrapped_container().attrs["State"]["ExitCode"]
                raise UsageError(f"the server ended with exit code {code}:\n{self._said()}")
            if time.monotonic() > end:
                raise UsageError(f"the server is not ready after {READY_S:g} s:\n{self._said()}")
            time.sleep(POLL_S)

    def _ready(self) -> bool:
        try:
            self.client.health()
        except (ClientError, ConnectionError, TimeoutError):  # the latter: it has no port yet
            return False
        return True

    def _said(self) -> str:
        return str(self.get_wrapped_container().logs().decode(errors="replace")).strip()

    def stop(self, *args: bool, **kwargs: bool) -> None:
        """Remove it."""
        if "client" in self.__dict__:
            self.__dict__.pop("client").close()
        super().stop(*args, **kwargs)
        self._container = None  # it may be told twice: by `start` and by leaving the context

    @property
    def url(self) -> str:
        """Of the server, as this machine reaches it."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    @property
    def admin_token(self) -> str:
        """What the admin API asks for: made up, unless `with_env` has said another."""
        return str(self.env[TOKEN])

    @cached_property
    def client(self) -> Client:
        """What steers the server; closed with the container."""
        return Client(self.url, token=self.admin_token)

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
        """Make a session, as `Client.session` does."""
        return self.client.session(
            name, scenarios=scenarios, tags=tags, clock=clock, seed=seed, bindings=bindings
        )
