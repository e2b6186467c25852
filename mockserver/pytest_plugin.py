"""The pytest plugin: a server for the run, a session for each test, verified at its end.

    mock_server       a `Client` of the server; with pytest-xdist all workers share one
    mock_session      a `MockSession`, dropped after the test; its base_url leads requests to it
    mock_scenario     the scenario of a parametrised test
    mock_app          the ASGI application, in process
    @pytest.mark.scenario("name", ...)               active in the test's session
    @pytest.mark.scenarios_by(api=..., tag=...)      the test once for each of these
    --mock-server-url, --mock-server-token, --mock-server-in-process, --mock-coverage[=N]
    mock_server_args = ...                           of `mockserver serve`, in pytest's settings

pytest imports this module in every run, whether tests use it or not: nothing heavy is imported
before a fixture asks for it, and nothing is started.
"""

import os
import secrets
from argparse import ArgumentTypeError
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, TypeGuard

import pytest

from mockserver.errors import MockServerError, NotVerified, UsageError

if TYPE_CHECKING:
    from mockserver.client import Client
    from mockserver.facts import Scenario
    from mockserver.launch import Desk, Launch, Ready
    from mockserver.message import Json
    from mockserver.server.app import App
    from mockserver.trial import MockSession

TOKEN: Final = "MOCKSERVER_ADMIN_TOKEN"  # noqa: S105 - the name of a variable
DESK: Final = "mockserver_desk"  # what workers of pytest-xdist are told, and what they tell
MET: Final = "mockserver_coverage"
PERCENT_MAX: Final = 100
SECTION: Final = "mockserver"
SERVER: Final = "mock_server"


class Run:
    """What the tests of one process share; everything begins when it is asked for.

    Args:
        config: pytest's.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._url: str | None = config.getoption("mock_server_url")
        self._token: str = config.getoption("mock_server_token") or os.environ.get(TOKEN, "")
        self._args: list[str] = config.getini("mock_server_args")
        self._launched: Launch | None = None
        self._desk: Desk | None = None
        self.in_process: bool = config.getoption("mock_server_in_process") or config.getini(
            "mock_server_in_process"
        )
        self.met: list[Json] = []  # with servers that are gone, and by workers alone
        self.report: Json = None
        if self._url and self.in_process:
            raise pytest.UsageError(
                "--mock-server-url and --mock-server-in-process exclude each other"
            )

    @property
    def shared(self) -> bool:
        """Whether others use the server too, who are not of this run."""
        return self._url is not None

    @cached_property
    def client(self) -> "Client":
        """Of the server, which is started if there is none; raises `MockServerError`."""
        from mockserver.client import Client  # noqa: PLC0415 - see the module's docstring

        if self.in_process:
            return Client(app=self.app)
        if self._url:
            return Client(self._url, token=self._token)
        ready = self._told()
        if ready.admin_url is None:
            raise UsageError("mock_server_args: the admin API is needed; leave out --no-admin")
        return Client(ready.url, admin_url=ready.admin_url, token=ready.admin_token)

    @cached_property
    def app(self) -> "App":
        """The application of the same settings, in process; raises `MockServerError`."""
        import mockserver  # noqa: PLC0415 - see the module's docstring
        from mockserver.cli import settings_of  # noqa: PLC0415 - the same

        return mockserver.create_app(settings_of(self._args))

    def launched(self) -> "Ready":
        """Where the server is that this process has started, now or before."""
        from mockserver.launch import Launch  # noqa: PLC0415 - see the module's docstring

        if self._launched is None:
            self._launched = Launch(self._args)
        return self._launched.ready

    def desk(self) -> tuple[str, int]:
        """Where workers are told of the server."""
        from mockserver.launch import Desk  # noqa: PLC0415 - see the module's docstring

        if self._desk is None:
            self._desk = Desk(self.launched)
        return self._desk.address

    def _told(self) -> "Ready":
        address = getattr(self._config, "workerinput", {}).get(DESK)
        if address is None:
            return self.launched()
        from mockserver.launch import asked  # noqa: PLC0415 - see the module's docstring

        return asked(address)

    def theirs(self, server: object) -> "TypeGuard[Client]":
        """Whether the fixture `mock_server` of a project has given another server than ours."""
        from mockserver.client import Client  # noqa: PLC0415 - see the module's docstring

        return isinstance(server, Client) and server is not self.__dict__.get("client")

    def take(self, server: "Client") -> None:
        """Take what was met with a server that ends before the run does."""
        with _plainly("--mock-coverage: "):
            self.met.append(asdict(server.coverage()))

    def met_here(self) -> "list[Json]":
        """What was met that this process alone knows of, not the server of all."""
        from mockserver.client import Client  # noqa: PLC0415 - see the module's docstring

        if "app" not in self.__dict__:
            return self.met
        with Client(app=self.app) as asking:
            return [*self.met, asdict(asking.coverage())]

    def coverage(self) -> "Json":
        """What was met, as the servers tell it; None where nothing was asked of any server."""
        from mockserver.coverage import merged  # noqa: PLC0415 - see the module's docstring

        reports = self.met_here()
        begun = "client" in self.__dict__ or self._launched is not None or self.shared
        if begun and not self.in_process:
            reports = [*reports, asdict(self.client.coverage())]
        return merged(reports) if reports else None

    def end(self) -> None:
        """End whatever was started."""
        if self._desk is not None:
            self._desk.close()
        if "client" in self.__dict__:
            self.client.close()
        if self._launched is not None:
            self._launched.end()


RUN: Final = pytest.StashKey[Run]()
SESSION: Final = pytest.StashKey["MockSession"]()
FAILED: Final = pytest.StashKey[bool]()
TOLD: Final = pytest.StashKey[str]()


# options ------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and the settings that a project writes down."""
    group = parser.getgroup("mockserver", "a mock server for the run")
    group.addoption(
        "--mock-server-url",
        metavar="URL",
        help="use this server instead of starting one",
    )
    group.addoption(
        "--mock-server-token",
        metavar="TOKEN",
        help=f"of its admin API (default: {TOKEN})",
    )
    group.addoption(
        "--mock-server-in-process",
        action="store_true",
        help="call the application in process, by httpx alone",
    )
    group.addoption(
        "--mock-coverage",
        nargs="?",
        type=_percent,
        const=0.0,
        metavar="N",
        help="tell in the end what was met, and fail below N percent of the documented replies",
    )
    parser.addini("mock_server_args", "flags of `mockserver serve`", type="args", default=[])
    parser.addini(
        "mock_server_in_process", "as --mock-server-in-process", type="bool", default=False
    )


def _percent(text: str) -> float:
    """A share; raises what is told for what is none, such as the file that comes next."""
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= PERCENT_MAX:
        raise ArgumentTypeError(f"{text!r} is no percentage; allowed: 0 to 100, as in =90")
    return share


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    config.addinivalue_line(
        "markers",
        "scenario(*names): scenarios that are active in the test's mock_session, strongest first",
    )
    config.addinivalue_line(
        "markers",
        "scenarios_by(api=..., tag=...): do the test once for each of these scenarios, active in "
        "its mock_session",
    )
    config.stash[RUN] = Run(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the server."""
    run = config.stash.get(RUN, None)
    if run is not None:
        run.end()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker of pytest-xdist where it can ask for the server."""
    run = node.config.stash[RUN]
    if not run.in_process and not run.shared:
        node.workerinput[DESK] = run.desk()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker has met that no other process knows of."""
    node.config.stash[RUN].met += getattr(node, "workeroutput", {}).get(MET, ())


# fixtures -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def mock_server(request: pytest.FixtureRequest) -> "Client":
    """The client of a server that runs as long as the tests."""
    with _plainly():
        return request.config.stash[RUN].client


@pytest.fixture(scope="session")
def mock_app(request: pytest.FixtureRequest) -> "App":
    """The ASGI application with the settings of `mock_server_args`, in this process."""
    with _plainly():
        return request.config.stash[RUN].app


@pytest.fixture
def mock_scenario(request: pytest.FixtureRequest) -> "Scenario | None":
    """The scenario that `scenarios_by` chose for this test, None without this marker."""
    chosen: Scenario | None = getattr(request, "param", None)
    return chosen


@pytest.fixture
def mock_session(
    request: pytest.FixtureRequest, mock_server: "Client", mock_scenario: "Scenario | None"
) -> "Iterator[MockSession]":
    """A session of the test's own, verified when the test has passed, and dropped."""
    from mockserver.trial import MockSession  # noqa: PLC0415 - see the module's docstring

    node = request.node
    chosen = [] if mock_scenario is None else [mock_scenario.id]
    for marker in node.iter_markers("scenario"):
        if marker.kwargs or not marker.args:
            pytest.fail('scenario: takes names, such as scenario("slow")', pytrace=False)
        chosen += marker.args
    mark = secrets.token_hex(3) if request.config.stash[RUN].shared else ""
    with _plainly():
        session = MockSession.of(mock_server, node.nodeid, scenarios=chosen, mark=mark)
    node.stash[SESSION] = session
    yield session
    del node.stash[SESSION]
    failed = node.stash.get(FAILED, False)
    failure = "" if failed else _unsettled(session)
    if failure:
        node.stash[TOLD] = _explained(session)
    try:
        session.drop()
    except MockServerError as error:  # a server that is gone is one line, where none is told yet
        failure = failure or ("" if failed else str(error))
    if failure:
        pytest.fail(failure, pytrace=False)


@contextmanager
def _plainly(
    before: str = "", errors: tuple[type[Exception], ...] = (MockServerError,)
) -> Iterator[None]:
    """Let a test fail with what an error says, without the way that it came."""
    try:
        yield
    except errors as error:
        raise pytest.fail.Exception(f"{before}{error}", pytrace=False) from None


def _unsettled(session: "MockSession") -> str:
    try:
        session.settle()
    except (NotVerified, MockServerError) as error:
        return str(error)
    return ""


def _explained(session: "MockSession") -> str:
    try:
        return session.explanations()
    except MockServerError as error:
        return str(error)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """See that the server of a project's own `mock_server` tells what was met before it ends."""
    value = yield
    if fixturedef.argname == SERVER and _least(request.config) is not None:
        run = request.config.stash[RUN]
        if run.theirs(value):
            fixturedef.addfinalizer(partial(run.take, value))
    return value


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Do a test once for each scenario that its marker `scenarios_by` means."""
    marker = metafunc.definition.get_closest_marker("scenarios_by")
    if marker is None:
        return
    if "mock_scenario" not in metafunc.fixturenames:
        text = "scenarios_by: the test wants mock_session, or mock_scenario, as an argument"
        pytest.fail(text, pytrace=False)
    run = metafunc.config.stash[RUN]
    if not run.shared and _replaced(metafunc):
        text = "the project's own mock_server is not there yet when tests are collected; start it"
        pytest.fail(f"scenarios_by: {text} before the run: --mock-server-url", pytrace=False)
    with _plainly("scenarios_by: ", (MockServerError, TypeError)):
        chosen = run.client.scenarios(**marker.kwargs)
    if marker.args or not chosen:
        asked = ", ".join(f"{name}={value!r}" for name, value in marker.kwargs.items())
        text = "takes api=... and tag=... by name" if marker.args else f"no scenario has {asked}"
        pytest.fail(f"scenarios_by: {text}", pytrace=False)
    ids = [scenario.id for scenario in chosen]
    metafunc.parametrize("mock_scenario", chosen, indirect=True, ids=ids)


def _replaced(metafunc: pytest.Metafunc) -> bool:
    """Whether the test's `mock_server` is a project's own, which does not ask for ours."""
    known = metafunc.definition._fixtureinfo.name2fixturedefs  # noqa: SLF001 - pytest tells it nowhere else
    for found in reversed(known.get(SERVER, ())):
        if found.func.__module__ == __name__:
            return False
        if SERVER not in found.argnames:
            return True
    return False


# reports ------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Attach to a failure why the requests of its session got their replies."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
        told = item.stash.get(TOLD, "")
        session = item.stash.get(SESSION, None)
        if session is not None:
            told = _explained(session)
        if told:
            report.sections.append((SECTION, told))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Ask what was met, and let the run fail where that is too little."""
    run, least = session.config.stash[RUN], _least(session.config)
    if least is None:
        return
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[MET] = run.met_here()
        return
    try:
        run.report = run.coverage()
    except MockServerError as error:
        run.report = str(error)
    if _share(run.report) < least and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell what was met."""
    run, least = config.stash[RUN], _least(config)
    if least is None:
        return
    terminalreporter.section("mock coverage")
    if not isinstance(run.report, dict):
        terminalreporter.write_line(run.report or "no test asked the mock server for anything")
    else:
        from mockserver.coverage import table  # noqa: PLC0415 - see the module's docstring

        terminalreporter.write(table(run.report))
    percent = _share(run.report)
    if percent < least:
        text = f"{percent:g} % of the documented replies were met; wanted: {least:g} %"
        terminalreporter.write_line(text, red=True)


def _least(config: pytest.Config) -> float | None:
    """The percentage that is wanted; None where nobody asks, or where tests are only collected."""
    least: float | None = config.getoption("mock_coverage")
    return None if config.getoption("collectonly") else least


def _share(report: "Json") -> float:
    """The percentage of the documented replies that were met, 0 where nothing was told."""
    return float(report["totals"]["statuses"]["percent"]) if isinstance(report, dict) else 0.0
