"""A session of a test, in process."""

from collections.abc import Iterator

import httpx
import pytest

from mockserver.client import Client, ClientError, NotVerified
from mockserver.server.app import App
from mockserver.settings import Settings
from mockserver.trial import EXPLAINED_MAX, STRANGERS_MAX, MockSession

TEST = "tests/test_shop.py::TestOrders::test_a_refund[12 €]"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client(app=App(Settings(state="none"))) as made:
        yield made


@pytest.fixture
def session(client: Client) -> Iterator[MockSession]:
    with MockSession.of(client, TEST) as made:
        yield made


def ask(session: MockSession, path: str = "", **headers: str) -> httpx.Response:
    """Ask for a subscription, or for something else."""
    with httpx.Client(base_url=session.base_url, transport=session.transport) as shop:
        where = path or "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_1"
        known = {"Request-Correlation-Id": "1"}
        return shop.request("GET", where, headers=known | headers)


def unsettled(session: MockSession) -> str:
    """Why it does not settle."""
    with pytest.raises(NotVerified) as raised:
        session.settle()
    return str(raised.value)


def test_name_and_seed_come_from_the_test(client: Client) -> None:
    with MockSession.of(client, TEST) as first:
        told = first.read()
    with MockSession.of(client, TEST) as again:
        assert again.read() == told
    with MockSession.of(client, TEST, mark="a1") as marked:
        assert marked.name == f"{told.name}-a1"

    assert told.name.startswith("test_a_refund-12-")
    with MockSession.of(client, "a.py::test_a_refund[a::b]") as odd:
        assert odd.name.startswith("test_a_refund-a-b-")


@pytest.mark.parametrize("test", ["::_", "", "::" + "x" * 500, "a.py::€", "a.py::-.test"])
def test_every_test_has_a_name_that_a_session_can_have(client: Client, test: str) -> None:
    with (
        MockSession.of(client, test, mark="abcdef") as one,
        MockSession.of(client, "other" + test, mark="abcdef") as other,
    ):
        assert one.name != other.name


def test_scenarios_are_active_from_the_beginning(client: Client) -> None:
    with MockSession.of(client, TEST, scenarios=["status-404"]) as session:
        assert ask(session).status_code == 404


def test_what_asks_for_operations_settles(session: MockSession) -> None:
    session.settle()
    ask(session)
    ask(session, Prefer="code=500")
    session.expect(operation="getSubscription", exactly=2)

    session.settle()


def test_everything_that_was_expected_in_vain_is_told(session: MockSession) -> None:
    session.expect(operation="getSubscription", exactly=2)
    session.expect(operation="createSubscription")
    session.expect(never=True, source="generated")
    session.expect(in_order=[{"status": 404}, {"status": 200}])
    ask(session)

    told = unsettled(session)

    assert told.count("Not verified:") == 3
    assert "expected exactly 2 requests with operation getSubscription\nFound 1." in told
    assert "Nearest misses:\n  GET /v3" in told
    assert "Step 1 did not come" in told


def test_a_misspelt_expectation_fails_at_once(session: MockSession) -> None:
    with pytest.raises(ClientError, match="getSubscription"):
        session.expect(operation="getSubscriptoin")

    session.settle()


@pytest.mark.parametrize(
    ("path", "headers", "reason"),
    [
        ("/v3/orgs/masmovil/tv/agile/subscription/ACC_1", {}, "no contract has the path"),
        ("/v3/orgs/masmovil/tv/agile/subscriptions/ACC_1/suspend", {}, "not with this method"),
        ("", {"X-Mock-Scenario": "slwo"}, "the mock server itself, not the provider"),
        ("", {"Prefer": "code=409"}, "the mock server itself, not the provider"),
    ],
)
def test_what_nobody_meant_to_ask_does_not_settle(
    session: MockSession, path: str, headers: dict[str, str], reason: str
) -> None:
    ask(session)
    ask(session, path, **headers)

    told = unsettled(session)

    assert told.startswith(
        "1 request was not for any of the APIs; allow_unmatched() lets that pass\n"
    )
    assert reason in told
    session.allow_unmatched()
    session.settle()


def test_a_browser_that_asks_with_options_is_no_stranger(session: MockSession) -> None:
    with httpx.Client(base_url=session.base_url, transport=session.transport) as shop:
        shop.options("/v3/orgs/masmovil/tv/agile/subscriptions/ACC_1")

    session.settle()


def test_of_many_strangers_the_first_are_told(session: MockSession) -> None:
    for number in range(STRANGERS_MAX + 2):
        ask(session, f"/nowhere/{number}")

    told = unsettled(session)

    assert told.startswith(f"{STRANGERS_MAX + 2} requests were not")
    assert told.endswith("and 2 more")
    assert "GET /nowhere/0" in told
    assert f"GET /nowhere/{STRANGERS_MAX}" not in told


def test_explanations_tell_of_the_newest_requests_oldest_first(session: MockSession) -> None:
    assert session.explanations() == f"session {session.name}: 0 requests"
    session.scenarios.activate("status-404")
    ask(session, "/first")
    assert session.explanations().startswith(
        f"session {session.name}: 1 request, scenarios status-404\nGET /first\n"
    )
    for number in range(EXPLAINED_MAX):
        ask(session, f"/nowhere/{number}")

    told = session.explanations()

    assert f"the newest {EXPLAINED_MAX} of them:\nGET /nowhere/0\n" in told
    assert told.count("\nGET /nowhere/") == EXPLAINED_MAX
    assert "GET /first" not in told
