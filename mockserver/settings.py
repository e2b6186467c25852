"""What to serve and how. The only reader of the environment and of the settings file.

A flag beats its `MOCKSERVER_*` variable, which beats the settings file (TOML, `--config`), which
beats the default. Names are the same everywhere: `--log-level`, `MOCKSERVER_LOG_LEVEL`,
`log_level`; `--no-mock-headers`, `MOCKSERVER_NO_MOCK_HEADERS`, `no_mock_headers`.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from mockserver.errors import UsageError, nearest

PREFIX = "MOCKSERVER_"
HERE = Path(__file__).parent
PORT_MAX = 65_535
WORKERS_MAX = 64  # more processes than processors only cost memory
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def packaged(name: str) -> Path:
    """The folder `name` ("specs") that comes with the package: in a wheel or in a checkout."""
    inside = HERE / "packaged" / name
    return inside if inside.is_dir() else HERE.parent / name


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a server.

    Attributes:
        specs: Contract files and folders; empty serves the packaged ones.
        scenarios: Folders of scenarios beside the packaged ones.
        host, port: Where to listen; port 0 takes a free one.
        tls_cert, tls_key: PEM files; both or none.
        auth: "any", "required" or "issued".
        strict: Refuse what real clients send though the schema is narrower.
        seed: Of everything that is drawn.
        state: "memory"; "sqlite:" and the path of a database; or "none" for no simulations but that
            of the token endpoint: every reply is a documented example, or generated, and nothing is
            remembered.
        workers: How many processes serve; more than one need a state that they can share.
        sessions: "open", or "declared" to forbid that the first use of a name makes a session.
        session_idle_s: After how many seconds without a request a session expires.
        sessions_max: How many sessions there may be at once, `default` aside.
        records_max: How many records a session may have.
        requests_max: How many requests the journal of a session keeps.
        admin_port: Of the admin API; None serves it on `port`.
        admin: Serve the admin API; its health is served in any case.
        admin_token: Bearer token of the admin API; None asks for none on a loopback address and
            makes one up elsewhere.
        mock_headers: Send the `X-Mock-*` reply headers.
        log_format: "text" or "json"; None is text on a terminal, else json.
        log_level: "debug", "info", "warning" or "error"; access lines are info.
        json: Print the ready line as one JSON object.
    """

    specs: tuple[Path, ...] = ()
    scenarios: tuple[Path, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8080
    tls_cert: Path | None = None
    tls_key: Path | None = None
    auth: str = "any"
    strict: bool = False
    seed: int = 0
    state: str = "memory"
    workers: int = 1
    sessions: str = "open"
    session_idle_s: int = 3_600
    sessions_max: int = 1_000
    records_max: int = 200_000
    requests_max: int = 10_000
    admin_port: int | None = None
    admin: bool = True
    admin_token: str | None = None
    mock_headers: bool = True
    log_format: str | None = None
    log_level: str = "info"
    json: bool = False

    def __post_init__(self) -> None:
        """Check what a type cannot say; raises `UsageError`."""
        for name, allowed in CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in allowed:
                near = nearest(str(value), allowed)
                hint = f"; did you mean {near}?" if near else ""
                flag = name.replace("_", "-")
                raise UsageError(f"--{flag}: found {value!r}; allowed: {', '.join(allowed)}{hint}")
        self._check_state()
        for name, value in (("port", self.port), ("admin-port", self.admin_port)):
            if value is not None and not 0 <= value <= PORT_MAX:
                raise UsageError(f"--{name}: found {value}; allowed: 0 to {PORT_MAX}")
        for name in CEILINGS:
            if getattr(self, name) < 1:
                flag = name.replace("_", "-")
                raise UsageError(f"--{flag}: found {getattr(self, name)}; allowed: 1 and more")
        if self.admin_port is not None and not self.admin:
            raise UsageError("--admin-port and --no-admin exclude each other")
        if self.port and self.port == self.admin_port:
            text = f"--port and --admin-port are both {self.port}"
            raise UsageError(f"{text}; without --admin-port the admin API is on --port")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise UsageError("--tls-cert and --tls-key go together")

    def _check_state(self) -> None:
        kind, _, path = self.state.partition(":")
        if self.state not in STATES and not (kind == "sqlite" and path):
            known = {form.partition(":")[0]: form for form in STATES}
            near = known.get(nearest(kind, known))
            hint = f"; did you mean {near}?" if near else ""
            allowed = ", ".join(STATES)
            raise UsageError(f"--state: found {self.state!r}; allowed: {allowed}{hint}")
        if path == IN_MEMORY:  # SQLite would make one for each process, and for each connection
            raise UsageError(f"--state: found {self.state!r}, which is no file; use memory")
        if not 1 <= self.workers <= WORKERS_MAX:
            raise UsageError(f"--workers: found {self.workers}; allowed: 1 to {WORKERS_MAX}")
        if self.workers > 1 and not self.shared:
            raise UsageError(
                f"--workers {self.workers} needs a state that processes can share, such as "
                f"--state sqlite:mock.db; found {self.state}"
            )

    @property
    def shared(self) -> bool:
        """Whether several processes can have the state in common."""
        return self.state.startswith("sqlite:")

    @property
    def spec_paths(self) -> tuple[Path, ...]:
        """Where the contracts are."""
        return self.specs or (packaged("specs"),)

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in LOOPBACK or self.host.startswith("127.")


CHOICES: Mapping[str, tuple[str, ...]] = {
    "auth": ("any", "required", "issued"),
    "sessions": ("open", "declared"),
    "log_format": ("text", "json"),
    "log_level": ("debug", "info", "warning", "error"),
}
IN_MEMORY = ":memory:"  # for SQLite
STATES = ("memory", "none", "sqlite:PATH")
CEILINGS = ("session_idle_s", "sessions_max", "records_max", "requests_max")
NUMBERS = frozenset({"port", "admin_port", "seed", "workers", *CEILINGS})
NAMES = tuple(field.name for field in fields(Settings))
# Flags that say what a setting is not, with the same names in the environment and in the file.
NEGATIONS = {"lenient": "strict", "no_mock_headers": "mock_headers", "no_admin": "admin"}


def gather(
    flags: Mapping[str, Any],
    *,
    environment: Mapping[str, str] | None = None,
    config: Path | None = None,
) -> Settings:
    """Settings from flags (None = not given), environment and file, in this order of precedence.

    Raises:
        UsageError: An unknown name in the file, or a value that cannot be used.
    """
    environment = os.environ if environment is None else environment
    named = environment.get(PREFIX + "CONFIG")
    file = config or (Path(named) if named else None)
    chosen = _from_file(file) if file else {}
    given = {name: value for name, value in flags.items() if name in NAMES and value is not None}
    return replace(Settings(), **chosen | _from_environment(environment, given) | given)


def spec_paths(
    specs: Iterable[Path] | None, *, environment: Mapping[str, str] | None = None
) -> tuple[Path, ...]:
    """Where the contracts are, for a command that needs nothing else: flag, variable, packaged.

    The other variables are not read, so that none of them can be in the way.
    """
    environment = os.environ if environment is None else environment
    given = tuple(specs or ()) or _typed("specs", environment.get(PREFIX + "SPECS", ""), "")
    return Settings(specs=given).spec_paths


def scenario_folders(
    folders: Iterable[Path] | None, *, environment: Mapping[str, str] | None = None
) -> tuple[Path, ...]:
    """Folders of scenarios beside the packaged ones, in the same way."""
    environment = os.environ if environment is None else environment
    named = environment.get(PREFIX + "SCENARIOS", "")
    return tuple(folders or ()) or tuple(_typed("scenarios", named, ""))


def _from_environment(environment: Mapping[str, str], given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings in variables. One that is empty, or that a flag beats, says nothing."""
    variables = {name: PREFIX + name.upper() for name in (*NAMES, *NEGATIONS)}
    return _settled(
        (name, environment[variable], variable)
        for name, variable in variables.items()
        if environment.get(variable) and NEGATIONS.get(name, name) not in given
    )


def _from_file(file: Path) -> dict[str, Any]:
    try:
        given = tomllib.loads(file.read_text())
    except OSError as error:
        raise UsageError(f"--config: {file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"--config: {file} is no TOML: {error}") from error
    allowed = (*NAMES, *NEGATIONS)
    for name in given:
        if name not in allowed:
            near = nearest(name, allowed)
            hint = f"; did you mean {near}?" if near else ""
            known = ", ".join(allowed)
            raise UsageError(
                f"--config: {file} has the unknown key {name!r}; allowed: {known}{hint}"
            )
    return _settled((name, value, f"{file}: {name}") for name, value in given.items())


def _settled(named: Iterable[tuple[str, Any, str]]) -> dict[str, Any]:
    """Settings from (name or its negation, value as written, where that was)."""
    found: dict[str, Any] = {}
    places: dict[str, str] = {}
    for name, value, where in named:
        setting = NEGATIONS.get(name, name)
        meant = _typed(setting, value, where)
        meant = not meant if name in NEGATIONS else meant
        if found.get(setting, meant) != meant:
            raise UsageError(f"{places[setting]} and {where} contradict each other")
        found[setting], places[setting] = meant, where
    return found


def _typed(name: str, value: Any, where: str) -> Any:
    """A text of the environment or a value of the file as the type of the setting `name`."""
    if name in ("specs", "scenarios"):
        parts = value.split(os.pathsep) if isinstance(value, str) else value
        if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
            raise UsageError(f"{where}: found {value!r}; allowed: a list of files and folders")
        return tuple(Path(part) for part in parts if part)
    if name in NUMBERS:
        return _number(name, value, where)
    if name in ("strict", "mock_headers", "admin", "json"):
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("1", "true", "yes", "on"):
            return True
        if str(value).lower() in ("0", "false", "no", "off"):
            return False
        raise UsageError(f"{where}: found {value!r}; allowed: true or false")
    if not isinstance(value, str):
        raise UsageError(f"{where}: found {value!r}; allowed: a text")
    return Path(value) if name in ("tls_cert", "tls_key") else value


def _number(name: str, value: Any, where: str) -> int:
    if name in ("port", "admin_port") and re.match(r"(tcp|udp)://", str(value)):
        service = "mockserver" if name == "port" else "mockserver-admin"
        flag = name.replace("_", "-")
        raise UsageError(
            f"{where}={value} was set by Kubernetes for a service called {service!r}, not by you: "
            f"rename the service, set enableServiceLinks: false on the pod, or give --{flag}"
        )
    try:
        return int(value if type(value) is int else str(value))
    except ValueError:
        raise UsageError(f"{where}: found {value!r}; allowed: a whole number") from None
