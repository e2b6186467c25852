"""The plugin as its users meet it: runs of pytest in processes of their own.

Most of them use the server of these tests, since a server of one's own takes seconds to start.
Other plugins of this environment are left out, but for pytest-xdist.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import entry_points
from textwrap import dedent
from typing import Any

import httpcore
import pytest

from mockserver.client import Client, ClientError

# httpx imports it when it is needed first; `pytester` would forget what was imported in a test.
assert httpcore

pytest_plugins = ["pytester"]

PLUGINS = ("-p", "mockserver.pytest_plugin", "-p", "no:cacheprovider")
XDIST = ("-p", "xdist.plugin", "-n", "2")
SHOP = '''
import httpx
import pytest

def read(session, service="ACC_1", **headers):
    """What a shop does with a subscription."""
    with httpx.Client(base_url=session.base_url, transport=session.transport) as shop:
        path = f"/v3/orgs/masmovil/tv/agile/subscriptions/{service}"
        return shop.get(path, headers={"Request-Correlation-Id": "1"} | headers)
'''
HEAVY = ("httpx", "connexion", "yaml", "mockserver.server", "mockserver.client", "orjson")

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs pytest on a test file, whose first lines are those of `SHOP`."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    for name in ("PYTEST_XDIST_WORKER", "MOCKSERVER_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def do(text: str, *flags: str, plugins: Sequence[str] = PLUGINS) -> pytest.RunResult:
        pytester.makepyfile(test_shop=SHOP + dedent(text))
        return pytester.runpytest_subprocess("-W", "error", *plugins, *flags, timeout=300)

    return do


@pytest.fixture
def shared(server: Any, run: Run) -> Run:
    """`run` with a server that is there already."""
    return lambda text, *flags: run(text, "--mock-server-url", server.url, *flags)


@pytest.fixture
def client(server: Any) -> Iterator[Client]:
    with Client(server.url) as made:
        yield made


def shown(result: pytest.RunResult) -> str:
    """All that the run has printed."""
    return result.stdout.str()


# what it costs -------------------------------------------------------------------------------


def test_pytest_finds_the_plugin_by_itself() -> None:
    (found,) = entry_points(group="pytest11", name="mockserver")

    assert found.value == "mockserver.pytest_plugin"


@pytest.mark.parametrize("flags", [["--co"], []], ids=["collected", "run"])
@pytest.mark.usefixtures("run")
def test_a_suite_that_does_not_use_it_imports_nothing_heavy(
    pytester: pytest.Pytester, flags: list[str]
) -> None:
    pytester.makeconftest(
        f"""
        import sys

        def pytest_unconfigure():
            print("imported:", [name for name in {HEAVY!r} if name in sys.modules])
        """
    )
    pytester.makepyfile(test_none="def test_nothing(): pass")

    result = pytester.runpytest_subprocess(*PLUGINS, *flags)

    assert "imported: []" in shown(result)


def test_a_suite_that_does_not_use_it_starts_nothing_with_workers_either(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOCKSERVER_PORT", "no port")  # a server would not start

    result = run("def test_nothing(): pass", *XDIST)

    result.assert_outcomes(passed=1)


# a session for each test -----------------------------------------------------------------------


def test_each_test_has_a_session_of_its_own_that_is_dropped(shared: Run, client: Client) -> None:
    result = shared(
        """
        names = set()

        @pytest.mark.parametrize("number", [1, 2])
        def test_session(mock_session, mock_server, number):
            assert read(mock_session).headers["x-mock-session"] == mock_session.name
            assert mock_session.read().requests == 1
            assert mock_session.base_url.startswith(mock_server.url + "/__s/test_session-")
            names.add(mock_session.name)
            assert len(names) == number
        """
    )

    result.assert_outcomes(passed=2)
    assert not [each for each in client.sessions() if each.name.startswith("test_session")]


def test_marked_scenarios_are_active_the_nearest_first(shared: Run) -> None:
    result = shared(
        """
        @pytest.mark.scenario("status-500", "slow")
        class TestShop:
            @pytest.mark.scenario("status-404")
            def test_both(self, mock_session):
                active = mock_session.scenarios.active()
                assert active == ("status-404", "status-500", "common/slow")

            def test_one(self, mock_session):
                assert read(mock_session).status_code == 500
        """,
        "--strict-markers",
    )

    result.assert_outcomes(passed=2)


def test_an_unknown_scenario_is_told_without_a_traceback(shared: Run) -> None:
    result = shared(
        """
        @pytest.mark.scenario("slwo")
        def test_slow(mock_session): pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["POST /__admin/sessions: 400 There is no scenario 'slwo'; *"])
    assert "pytest_plugin.py" not in shown(result)
    assert "another exception" not in shown(result)


@pytest.mark.parametrize("marker", ["scenario(name='slow')", "scenario()", "scenario"])
def test_a_marker_that_names_no_scenario_is_an_error(shared: Run, marker: str) -> None:
    result = shared(
        f"""
        @pytest.mark.{marker}
        class TestSlow:
            def test_slow(self, mock_session): pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['scenario: takes names, such as scenario("slow")'])


def test_an_async_test_steers_in_the_same_way(shared: Run) -> None:
    result = shared(
        """
        import asyncio

        async def shop(session):
            async with httpx.AsyncClient(
                base_url=session.base_url, transport=session.transport
            ) as shop:
                path = "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_1"
                await shop.get(path, headers={"Request-Correlation-Id": "1"})
            session.verify(operation="getSubscription", exactly=1)

        def test_awaited(mock_session):
            asyncio.run(shop(mock_session))
        """
    )

    result.assert_outcomes(passed=1)


# the end of a test -------------------------------------------------------------------------------


def test_an_expectation_that_does_not_hold_fails_the_test_in_the_end(
    shared: Run, client: Client
) -> None:
    result = shared(
        """
        def test_twice(mock_session):
            mock_session.expect(operation="getSubscription", exactly=2)
            read(mock_session)
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_twice*",
            "Not verified: expected exactly 2 requests with operation getSubscription",
            "Found 1.",
            "*- mockserver -*",
            "session test_twice-*: 1 request",
            "GET /v3/orgs/masmovil/tv/agile/subscriptions/ACC_1",
        ]
    )
    assert "pytest_plugin.py" not in shown(result)
    assert not [each for each in client.sessions() if each.name.startswith("test_twice")]


def test_what_no_operation_answers_fails_the_test_unless_it_allows_that(shared: Run) -> None:
    result = shared(
        """
        def test_lost(mock_session):
            httpx.get(mock_session.base_url + "/nowhere")

        def test_allowed(mock_session):
            mock_session.allow_unmatched()
            httpx.get(mock_session.base_url + "/nowhere")
        """
    )

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        ["1 request was not for any of the APIs; allow_unmatched() lets that pass"]
    )


def test_a_failure_shows_the_explanations_and_nothing_else_is_verified(shared: Run) -> None:
    result = shared(
        """
        def test_read(mock_session):
            mock_session.expect(operation="createSubscription")
            httpx.get(mock_session.base_url + "/nowhere")
            assert read(mock_session).status_code == 500, "it failed not"

        def test_other(mock_session):
            assert not read(mock_session, "ACC_9")
        """
    )

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        [
            "*AssertionError: it failed not*",
            "*- mockserver -*",
            "session test_read-*: 2 requests",
            "GET /nowhere",
            "*no contract has the path*",
            "GET /v3/orgs/masmovil/tv/agile/subscriptions/ACC_1",
            "*answered by *",
        ]
    )


def test_a_failing_fixture_beside_the_session_shows_them_too(shared: Run) -> None:
    result = shared(
        """
        @pytest.fixture
        def shop(mock_session):
            read(mock_session)
            raise RuntimeError("no shop today")

        def test_shop(shop): pass
        """
    )

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*- mockserver -*", "session test_shop-*: 1 request"])


def test_a_failed_verification_shows_the_line_of_the_test_alone(shared: Run) -> None:
    result = shared(
        """
        def test_none(mock_session):
            mock_session.verify(operation="getSubscription")
        """
    )

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            ">*mock_session.verify(operation=*",
            "E*NotVerified: Not verified: expected at least 1 request with operation *",
            "test_shop.py:*: NotVerified",
        ]
    )
    assert not re.search(r"\b(client|calls)\.py:\d", shown(result))


# parametrised ------------------------------------------------------------------------------------


def test_a_test_is_done_once_for_each_scenario_of_a_tag(shared: Run, client: Client) -> None:
    chosen = client.scenarios(api="tesamanager-v1", tag="rainy")

    result = shared(
        """
        @pytest.mark.scenarios_by(api="tesamanager-v1", tag="rainy")
        @pytest.mark.scenario("slow")
        def test_rain(mock_session, mock_scenario):
            assert mock_session.scenarios.active() == (mock_scenario.id, "common/slow")
            assert "rainy" in mock_scenario.tags
        """,
        "-v",
    )

    result.assert_outcomes(passed=len(chosen))
    result.stdout.fnmatch_lines([f"*::test_rain[[]{chosen[0].id}] PASSED*"])


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("api='tesamanager-v1', tag='rany'", "There is no tag 'rany'; nearest: rainy"),
        ("api='tesamanager-v1', tag=['rainy', 'happy']", "no scenario has api='tesamanager-v1'"),
        ("tags='rainy'", "unexpected keyword argument 'tags'"),
        ("'tesamanager-v1'", "takes api=... and tag=... by name"),
    ],
)
def test_a_choice_of_nothing_is_an_error(shared: Run, marker: str, told: str) -> None:
    result = shared(
        f"""
        @pytest.mark.scenarios_by({marker})
        def test_rain(mock_session): pass
        """
    )

    result.assert_outcomes(errors=1)
    assert told in shown(result)
    assert "pytest_plugin.py" not in shown(result)


def test_a_choice_for_a_test_without_a_session_is_an_error(shared: Run) -> None:
    result = shared(
        """
        @pytest.mark.scenarios_by(api="tesamanager-v1")
        def test_rain(): pass
        """
    )

    result.assert_outcomes(errors=1)
    assert "the test wants mock_session, or mock_scenario, as an argument" in shown(result)


# servers -----------------------------------------------------------------------------------------


OWN = """
from mockserver.client import Client
from mockserver.server.app import App
from mockserver.settings import Settings

@pytest.fixture(scope="module")
def mock_server():
    with Client(app=App(Settings(state="none"))) as client:
        yield client

"""
INI = """
[pytest]
mock_server_args = {args}
"""
ONE = """
import os

def test_one(mock_session, mock_server):
    assert mock_server.health().contracts == 1
    print("at:", mock_server.url)
    assert read(mock_session).status_code == 404

@pytest.mark.parametrize("number", range(6))
def test_more(mock_session, mock_server, number):
    print("at:", mock_server.url)
    assert read(mock_session).status_code == 404
"""


@pytest.fixture
def agile(pytester: pytest.Pytester, pytestconfig: pytest.Config) -> None:
    """Settings of a suite that needs one contract."""
    spec = pytestconfig.rootpath / "specs" / "agile-tv-v3.yaml"
    pytester.makefile(".ini", pytest=INI.format(args=f"--seed 7 '{spec}'"))


def places(result: pytest.RunResult) -> list[str]:
    """The servers that the tests have met."""
    return re.findall(r"at: (\S+)", shown(result))


def is_there(url: str) -> bool:
    """Whether a server answers."""
    with Client(url) as asking:
        try:
            asking.health()
        except ClientError:
            return False
    return True


@pytest.mark.usefixtures("agile")
@pytest.mark.parametrize("workers", [(), XDIST], ids=["alone", "workers"])
def test_one_server_is_started_for_all_tests_and_ended(run: Run, workers: Sequence[str]) -> None:
    result = run(ONE, "-rP", *workers)

    result.assert_outcomes(passed=7)
    assert len(places(result)) == 7
    (url,) = set(places(result))
    assert not is_there(url)


@pytest.mark.usefixtures("agile")
@pytest.mark.parametrize("workers", [(), XDIST], ids=["alone", "workers"])
def test_in_process_no_server_is_started(run: Run, workers: Sequence[str]) -> None:
    result = run(
        ONE + "\ndef test_app(mock_app): assert mock_app.settings.seed == 7",
        "-rP", "--mock-server-in-process", "--mock-coverage", *workers,
    )  # fmt: skip

    result.assert_outcomes(passed=8)
    assert set(places(result)) == {"http://mock"}
    result.stdout.fnmatch_lines(["agile-tv-v3/getSubscription * 7 *1 of 5*"])


@pytest.mark.parametrize("workers", [(), XDIST], ids=["alone", "workers"])
def test_a_server_that_does_not_start_says_why(
    run: Run, pytester: pytest.Pytester, workers: Sequence[str]
) -> None:
    pytester.makefile(".ini", pytest=INI.format(args="nowhere.yaml"))

    result = run("def test_one(mock_session): pass", *workers)

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mockserver serve nowhere.yaml did not start:", "*nowhere.yaml*"])


@pytest.mark.parametrize(
    ("args", "told"),
    [("--no-admin", "leave out --no-admin"), ("--prot 1", "serve --prot 1 did not start")],
)
def test_arguments_that_do_not_do_are_told(
    run: Run, pytester: pytest.Pytester, args: str, told: str
) -> None:
    pytester.makefile(".ini", pytest=INI.format(args=args))

    result = run("def test_one(mock_session): pass")

    result.assert_outcomes(errors=1)
    assert told in shown(result)


def test_the_same_in_process(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makefile(".ini", pytest=INI.format(args="--prot 1"))

    result = run("def test_one(mock_app): pass", "--mock-server-in-process")

    result.assert_outcomes(errors=1)
    assert "mockserver serve does not take --prot 1" in shown(result)


def test_a_server_with_a_token_is_used_with_it(
    run: Run,
    serving: Callable[..., AbstractContextManager[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "def test_one(mock_session): read(mock_session)"
    with serving("--admin-token", "s3cret", "--log-level", "error") as server:
        url = ("--mock-server-url", server.url)
        run(text, *url, "--mock-server-token", "s3cret").assert_outcomes(passed=1)
        monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "s3cret")
        run(text, *url).assert_outcomes(passed=1)
        monkeypatch.setenv("MOCKSERVER_ADMIN_TOKEN", "wrong")
        refused = run(text, *url)

    refused.assert_outcomes(errors=1)
    assert "401 The admin API wants 'Authorization: Bearer <token>'" in shown(refused)


@pytest.mark.parametrize("failure", ["", "assert not 'too bad'"], ids=["passed", "failed"])
def test_a_server_that_is_gone_is_one_line_of_the_report(run: Run, failure: str) -> None:
    text = f"""
        def test_gone(mock_session):
            mock_session._wire = httpx.Client(base_url="http://127.0.0.1:1")
            {failure}

        def test_next(mock_session):
            read(mock_session)
    """
    result = run(OWN + dedent(text))

    told = "http://127.0.0.1:1 does not answer"
    result.assert_outcomes(passed=1 if failure else 2, failed=bool(failure), errors=not failure)
    assert told in shown(result)
    assert "pytest_plugin.py" not in shown(result)
    assert "another exception" not in shown(result)


def test_a_url_and_in_process_exclude_each_other(shared: Run) -> None:
    result = shared("", "--mock-server-in-process")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "exclude each other" in result.stderr.str()


# a server of the project's own ---------------------------------------------------------------


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a server of the plugin would not start."""
    monkeypatch.setenv("MOCKSERVER_PORT", "no port")


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("workers", [(), XDIST], ids=["alone", "workers"])
def test_coverage_is_that_of_the_server_of_the_project(run: Run, workers: Sequence[str]) -> None:
    text = OWN + "def test_one(mock_session): assert read(mock_session)"
    result = run(text, "--mock-coverage=90", *workers)

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["agile-tv-v3/getSubscription * 1 *1 of 5*", "* of the documented replies were met; *"]
    )


@pytest.mark.usefixtures("alone")
def test_a_server_of_the_project_that_tells_no_coverage_is_told(run: Run) -> None:
    text = (
        OWN
        + "def test_one(mock_server): mock_server._wire = httpx.Client(base_url='http://127.0.0.1:1')"
    )
    result = run(text, "--mock-coverage")

    result.assert_outcomes(passed=1, errors=1)
    assert "--mock-coverage: GET /__admin/coverage: http://127.0.0.1:1 does not" in shown(result)
    assert "pytest_plugin.py" not in shown(result)


RAIN = """
@pytest.mark.scenarios_by(api="agile-tv-v3", tag="rainy")
def test_rain(mock_session, mock_scenario):
    assert mock_session.scenarios.active() == (mock_scenario.id,)
"""


@pytest.mark.usefixtures("alone")
def test_scenarios_are_not_chosen_from_another_server_than_that_of_the_project(run: Run) -> None:
    result = run(OWN + RAIN)

    result.assert_outcomes(errors=1)
    assert "scenarios_by: the project's own mock_server is not there yet" in shown(result)
    assert "before the run: --mock-server-url" in shown(result)


EXTENDED = """
@pytest.fixture(scope="session")
def mock_server(mock_server):
    yield mock_server
"""


@pytest.mark.parametrize("own", [OWN, EXTENDED], ids=["replaced", "extended"])
def test_scenarios_are_chosen_from_a_server_that_is_there_before_the_run(
    shared: Run, client: Client, own: str
) -> None:
    result = shared(own + RAIN)

    result.assert_outcomes(passed=len(client.scenarios(api="agile-tv-v3", tag="rainy")))


@pytest.mark.usefixtures("alone")
def test_a_server_that_the_settings_of_the_project_name_is_used_for_all(
    run: Run, pytester: pytest.Pytester, server: Any
) -> None:
    pytester.makeconftest(
        f"def pytest_configure(config): config.option.mock_server_url = {server.url!r}"
    )

    result = run(f"{RAIN}    read(mock_session)", "--mock-coverage=0.1", *XDIST)

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["agile-tv-v3/getSubscription *"])


# coverage ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("agile")
@pytest.mark.parametrize("workers", [(), XDIST], ids=["alone", "workers"])
def test_coverage_is_told_and_too_little_of_it_fails(run: Run, workers: Sequence[str]) -> None:
    result = run(ONE, "--mock-coverage=50", *workers)

    result.assert_outcomes(passed=7)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "*= mock coverage =*",
            "agile-tv-v3/getSubscription * 7 *1 of 5*",
            "statuses: 1 of *",
            "2.5 % of the documented replies were met; wanted: 50 %",
        ]
    )


@pytest.mark.usefixtures("agile")
def test_enough_coverage_does_not_fail(run: Run) -> None:
    assert run(ONE, "--mock-coverage=2").ret == pytest.ExitCode.OK
    assert run(ONE, "--mock-coverage").ret == pytest.ExitCode.OK


def test_where_nothing_was_asked_nothing_is_started_for_coverage(run: Run) -> None:
    text = "def test_nothing(): pass"
    result = run(text, "--mock-coverage")
    failing = run(text, "--mock-coverage=1", *XDIST)

    assert result.ret == pytest.ExitCode.OK
    assert "no test asked the mock server for anything" in shown(result)
    assert failing.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.usefixtures("agile")
@pytest.mark.parametrize("workers", [(), XDIST], ids=["alone", "workers"])
@pytest.mark.parametrize("flags", [(), ["--mock-server-in-process"]], ids=["apart", "same"])
def test_what_is_asked_of_the_application_alone_counts(
    run: Run, workers: Sequence[str], flags: Sequence[str]
) -> None:
    result = run(
        """
        import asyncio

        async def ask(app):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://app") as shop:
                await shop.get("/v3/orgs/masmovil/tv/agile/subscriptions/ACC_1")

        def test_app(mock_app):
            asyncio.run(ask(mock_app))
        """,
        "--mock-coverage=1", *flags, *workers,
    )  # fmt: skip

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["agile-tv-v3/getSubscription * 1 *1 of 5*"])


def test_a_server_that_tells_no_coverage_is_told(run: Run) -> None:
    result = run(
        "def test_nothing(): pass", "--mock-server-url", "http://127.0.0.1:1", "--mock-coverage=1"
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "http://127.0.0.1:1 does not answer" in shown(result)


@pytest.mark.parametrize("share", ["101", "-1", "tests", "nan"])
def test_a_share_that_is_none_is_a_usage_error(run: Run, share: str) -> None:
    result = run("", f"--mock-coverage={share}")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"argument --mock-coverage: {share!r} is no percentage" in result.stderr.str()


@pytest.mark.usefixtures("alone")
def test_tests_that_are_only_collected_meet_nothing_and_need_not(run: Run) -> None:
    result = run(ONE, "--collect-only", "--mock-coverage=50")

    assert result.ret == pytest.ExitCode.OK
    assert "mock coverage" not in shown(result)
