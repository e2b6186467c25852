"""The client against the application in process, waiting and awaiting, and against real servers."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from mockserver.client import (
    AsyncClient,
    Binding,
    Client,
    ClientError,
    MockServerError,
    NotVerified,
    Session,
)
from mockserver.errors import UsageError
from mockserver.server.app import App
from mockserver.settings import Settings

NOON = "2026-01-15T12:00:00Z"
ORDER = {
    "territoryOwner": "NEBA",
    "externalReference": "MYSIM_9001",
    "technicalCoordinators": {"main": {"name": "Provisioning", "phone": "910000001"}},
    "customer": {"documentType": "NIF", "documentNumber": "00000023T", "name": "Cliente"},
    "servicePoint": {
        "gescal": "28000020300150000         002B       ",
        "addressId": "M0000000000000000000000000000009000002",
        "phoneNumber": "910555002",
    },
}


@pytest.fixture(scope="module")
def app() -> App:
    """The application with all packaged contracts."""
    return App(Settings())


@pytest.fixture(scope="module")
def client(app: App) -> Iterator[Client]:
    with Client(app=app) as made:
        yield made


@pytest.fixture
def session(client: Client) -> Iterator[Session]:
    with client.session(clock=NOON) as made:
        yield made


def order(session: Session) -> httpx.Response:
    """Order a fibre access."""
    with httpx.Client(base_url=session.base_url, transport=session.transport) as shop:
        return shop.post("/v1/orgs/masmovil/tesa/activation", json=ORDER)


def subscription(session: Session, service: str = "ACC_1") -> httpx.Response:
    """Read a subscription that nobody made."""
    with httpx.Client(base_url=session.base_url, transport=session.transport) as shop:
        path = f"/v3/orgs/masmovil/tv/agile/subscriptions/{service}"
        return shop.get(path, headers={"Request-Correlation-Id": "1"})


# the server ----------------------------------------------------------------------------------


def test_a_server_tells_what_it_serves(client: Client) -> None:
    health, operations = client.health(), client.operations()

    assert (health.status, health.operations) == ("ok", len(operations))
    assert "agile-tv-v3/getSubscription" in {operation.id for operation in operations}


def test_scenarios_are_chosen_by_api_and_tags(client: Client) -> None:
    rainy = client.scenarios(api="tesamanager-v1", tag="rainy")

    assert {scenario.api for scenario in rainy} == {"tesamanager-v1"}
    assert all("rainy" in scenario.tags for scenario in rainy)
    some = client.scenarios(api=["tesamanager-v1", "common"], tag=["rainy"])
    assert {scenario.api for scenario in some} == {"tesamanager-v1", "common"}
    slow = client.scenarios(tag=["rainy", "slow"])
    assert all({"rainy", "slow"} <= set(scenario.tags) for scenario in slow)


def test_an_unknown_tag_is_told_with_those_that_exist(client: Client) -> None:
    with pytest.raises(ClientError, match="There is no tag 'rany'; nearest: rainy"):
        client.scenarios(tag="rany")


def test_coverage_grows_with_what_is_asked(client: Client, session: Session) -> None:
    client.forget_coverage()
    assert client.coverage().percent == 0

    subscription(session)

    assert client.coverage().totals["operations"]["met"] == 1


def test_help_tells_the_arguments_of_a_method(session: Session) -> None:
    advance = session.clock.advance

    assert list(inspect.signature(advance).parameters) == ["by", "to"]
    assert "Let time pass" in (advance.__doc__ or "")


# sessions ------------------------------------------------------------------------------------


def test_a_session_is_made_as_it_is_asked_for_and_dropped_in_the_end(client: Client) -> None:
    with client.session(
        "checkout-17",
        scenarios=["subscription-suspended"],
        tags=["throttled"],
        clock={"mode": "scaled", "factor": 60},
        seed=7,
        bindings=[Binding("path", "*", "org-of-checkout-17")],
    ) as session:
        told = session.read()
        assert (told.name, told.seed, told.bindings) == ("checkout-17", 7, 1)
        assert told.scenarios[0] == "agile-tv-v3/subscription-suspended"
        assert session.clock.read().mode == "scaled"
        assert session.base_url == "http://mock/__s/checkout-17"
        assert "checkout-17" in {each.name for each in client.sessions()}

    assert "checkout-17" not in {each.name for each in client.sessions()}


def test_a_session_that_is_gone_already_is_no_error_in_the_end(client: Client) -> None:
    with client.session() as session:
        session.drop()


def test_an_error_of_the_test_is_not_hidden_by_one_of_the_end(app: App) -> None:
    client = Client(app=app)

    def fail() -> None:
        with client.session():
            client._wire.base_url = httpx.URL("http://mock/nowhere")  # noqa: SLF001 - so that it fails
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    client.close()


def test_a_failing_end_is_told(app: App) -> None:
    client = Client(app=app)

    with pytest.raises(RuntimeError, match="closed"), client.session():
        client.close()


def test_a_session_that_exists_can_be_had(client: Client, session: Session) -> None:
    assert client.existing().name == "default"
    assert client.existing(session.name).read() == session.read()
    with pytest.raises(ClientError, match="There is no session 'nowhere'") as raised:
        client.existing("nowhere")
    assert raised.value.status == 404


def test_a_reset_forgets_what_was_done(session: Session) -> None:
    order(session)
    assert session.read().requests == 1

    assert session.reset().requests == 0
    assert session.records("tesa-requests").list() == ()


# steering ------------------------------------------------------------------------------------


def test_scenarios_are_replaced(session: Session) -> None:
    assert session.scenarios.activate("status-404", tags=["throttled"])[0] == "status-404"
    assert subscription(session).status_code == 404

    assert session.scenarios.activate() == ()
    assert session.scenarios.active() == ()


def test_an_unknown_scenario_is_told_with_the_nearest(session: Session) -> None:
    with pytest.raises(ClientError, match="There is no scenario 'slwo'") as raised:
        session.scenarios.activate("slwo")

    assert "slow" in raised.value.nearest[:3]
    assert isinstance(raised.value, MockServerError)


def test_rules_are_written_read_and_dropped(session: Session) -> None:
    rule = session.rules.add({"on": "agile-tv-v3/getSubscription", "reply": {"status": 500}})
    assert subscription(session).headers["x-mock-scenario"] == rule.id

    assert session.rules.read(rule.id).used == 1
    assert [each.id for each in session.rules.list()] == [rule.id]
    session.rules.drop(rule.id)
    assert session.rules.list() == ()
    session.rules.add({"on": "*", "fault": {"break": "reset"}})
    with pytest.raises(httpx.ReadError):
        subscription(session)
    session.rules.clear()
    assert session.rules.list() == ()


def test_everything_that_is_wrong_with_a_rule_is_told(session: Session) -> None:
    with pytest.raises(ClientError) as raised:
        session.rules.add({"on": "*", "replay": {}, "times": 0})

    assert {found.pointer for found in raised.value.findings} == {"", "/times"}
    assert "did you mean reply?" in str(raised.value)


def test_values_lead_to_a_session(client: Client, session: Session) -> None:
    session.bind(path={"*": "org-of-mine"}, header={"Authorization": "Bearer s3cret"})
    assert [(each.place, each.name) for each in session.bindings()] == [
        ("path", "*"), ("header", "Authorization")
    ]  # fmt: skip
    with httpx.Client(base_url=client.url, transport=client.transport) as shop:
        shop.get("/v3/orgs/org-of-mine/tv/agile/subscriptions/ACC_1")
    assert session.read().requests == 1

    session.unbind(Binding("header", "Authorization", "Bearer s3cret"))
    assert [each.value for each in session.bindings()] == ["org-of-mine"]
    session.unbind()
    assert session.bindings() == ()


# time and records ----------------------------------------------------------------------------


def test_an_order_goes_on_as_its_clock_does(session: Session) -> None:
    session.scenarios.activate("operator-incidence")
    reference = order(session).json()["referenceId"]

    advanced = session.clock.advance(by="3h")
    assert (advanced.begun, advanced.now) == (
        datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 1, 15, 15, tzinfo=UTC)
    )  # fmt: skip
    assert [(each.before, each.after) for each in advanced.fired] == [
        ("NOT_SENT", "VALIDATING"), ("VALIDATING", "INCIDENCE_OPERATOR")
    ]  # fmt: skip
    assert session.records("tesa-requests").read(reference).phase == "INCIDENCE_OPERATOR"


def test_a_clock_stands_still_runs_and_goes_on(session: Session) -> None:
    assert session.clock.freeze("2026-02-01T00:00:00Z").mode == "frozen"
    assert session.clock.scale(3600).factor == 3600
    assert session.clock.run().mode == "real"
    frozen = session.clock.freeze(datetime(2026, 3, 1, tzinfo=UTC))
    assert session.clock.advance(by=timedelta(days=1)).now == frozen.now + timedelta(days=1)
    with pytest.raises(ClientError, match="already") as raised:
        session.clock.advance(to="2026-01-01T00:00:00Z")
    assert raised.value.status == 409


def test_time_passes_until_something_is_due_or_nothing(session: Session) -> None:
    order(session)

    assert len(session.clock.until_next().fired) == 1
    assert session.clock.until_idle().idle


def test_records_are_listed_put_moved_on_and_dropped(session: Session) -> None:
    records = session.records("tesa-requests")
    made = order(session).json()["referenceId"]
    (record,) = records.list(key="external_reference", value="MYSIM_9001")
    assert record.id == made
    assert records.list(offset=1) == ()

    stepped = records.step(made)
    assert stepped.record is not None
    assert stepped.record.phase == stepped.fired[-1].after
    assert records.put(made, record.data).phase == record.phase
    records.drop(made)
    assert records.list() == ()
    assert "tesa-requests" in {each.name for each in session.collections()}


def test_an_unknown_collection_is_told_with_those_that_exist(session: Session) -> None:
    with pytest.raises(ClientError, match="tesa-requests"):
        session.records("tesa-request").list()


# evidence ------------------------------------------------------------------------------------


def test_requests_are_listed_counted_and_explained(session: Session) -> None:
    reply = subscription(session)

    (seen,) = session.requests(operation="getSubscription", fields=["path:service_id=ACC_1"])
    assert (seen.id, seen.status) == (reply.headers["x-mock-request-id"], 404)
    assert session.count(when={"path": {"service_id": "ACC_2"}}) == 0
    assert session.exchange(seen.id).reply["status"] == 404
    assert f"exchange    {seen.id}" in session.explain(seen.id)
    assert len(session.har()["log"]["entries"]) == 1
    session.forget()
    assert session.requests() == ()


def test_a_verification_fails_as_an_assertion_with_the_nearest_misses(session: Session) -> None:
    subscription(session)
    assert session.verify(operation="getSubscription", exactly=1).found == 1

    with pytest.raises(AssertionError) as raised:
        session.verify(operation="getSubscription", when={"path": {"service_id": "ACC_2"}})

    assert isinstance(raised.value, NotVerified)
    lines = str(raised.value).splitlines()
    assert lines[0].startswith("Not verified: expected at least 1 request with operation")
    assert lines[-1] == "    path service_id: wanted 'ACC_2', found 'ACC_1'"


def test_an_order_of_requests_is_verified(session: Session) -> None:
    subscription(session, "ACC_1")
    subscription(session, "ACC_2")
    steps: list[Any] = [{"when": {"path": {"service_id": name}}} for name in ("ACC_1", "ACC_2")]

    session.verify(in_order=steps)
    with pytest.raises(NotVerified, match="It came too early"):
        session.verify(in_order=steps[::-1])


def test_a_misspelt_criterion_is_an_error_not_a_failure(session: Session) -> None:
    with pytest.raises(ClientError, match="getSubscription"):
        session.verify(operation="getSubscriptoin", never=True)


def test_a_wait_gives_the_request_or_the_nearest_misses(session: Session) -> None:
    subscription(session)

    assert session.wait(status="4XX").operation == "agile-tv-v3/getSubscription"
    with pytest.raises(NotVerified, match=r"Nearest misses:\n  GET /v3"):
        session.wait(timeout_s=0, method="POST")


# awaiting ------------------------------------------------------------------------------------


def test_all_of_it_can_be_awaited(app: App) -> None:
    async def trial() -> None:
        async with (
            AsyncClient(app=app) as client,
            await client.session(scenarios=["status-404"], clock=NOON) as session,
        ):
            assert (await client.health()).status == "ok"
            assert (await client.existing(session.name)).base_url == session.base_url
            shop = httpx.AsyncClient(base_url=session.base_url, transport=session.transport)
            async with shop:
                waiting = asyncio.create_task(session.wait(operation="getSubscription"))
                headers = {"Request-Correlation-Id": "1"}
                path = "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_1"
                assert (await shop.get(path, headers=headers)).status_code == 404
            assert (await waiting).source == "scenario"
            await session.scenarios.activate()
            await session.rules.add({"on": "*", "fault": {"delay": {"ms": 1}}})
            assert (await session.clock.advance(by="1h")).idle
            assert await session.records("tesa-requests").list() == ()
            with pytest.raises(NotVerified, match="Found 1"):
                await session.verify(operation="getSubscription", never=True)
        with pytest.raises(RuntimeError, match="closed"):
            await client.health()

    asyncio.run(trial())


def test_an_awaited_session_that_is_gone_already_is_no_error_in_the_end(app: App) -> None:
    async def trial() -> None:
        async with AsyncClient(app=app) as client:
            async with await client.session() as session:
                await session.drop()
            with pytest.raises(KeyError):
                async with await client.session() as session:
                    raise KeyError
            assert session.name not in {each.name for each in await client.sessions()}

    asyncio.run(trial())


# over HTTP -----------------------------------------------------------------------------------


def test_a_server_is_called_by_its_url(server: Any) -> None:
    for url in (server.url, f"{server.url}/", f"{server.url}/__admin"):
        with Client(url) as client, client.session() as session:
            assert client.url == server.url
            assert session.transport is None
            assert session.base_url == f"{server.url}/__s/{session.name}"
            assert subscription(session).headers["x-mock-session"] == session.name


def test_a_server_is_called_asynchronously(server: Any) -> None:
    async def trial() -> str:
        async with AsyncClient(server.url) as client:
            return (await client.health()).status

    assert asyncio.run(trial()) == "ok"


def test_a_token_opens_an_admin_api_on_a_port_of_its_own(
    serving: Callable[..., AbstractContextManager[Any]],
) -> None:
    with serving("--admin-port", "0", "--admin-token", "s3cret") as server:
        ready = server.ready
        with (
            Client(ready["url"], admin_url=ready["admin_url"], token="s3cret") as client,
            client.session() as session,
        ):
            assert session.base_url.startswith(ready["url"])
            assert session.verify(never=True).found == 0
        with (
            Client(ready["url"], admin_url=ready["admin_url"]) as stranger,
            pytest.raises(ClientError, match=r"401 .*Bearer <token>"),
        ):
            stranger.sessions()
        with Client(ready["url"]) as lost, pytest.raises(ClientError, match="not served here"):
            lost.sessions()


def test_an_application_that_asks_for_a_token_is_called_with_it() -> None:
    app = App(Settings(admin_token="s3cret", state="none"))

    with Client(app=app) as client:
        assert client.sessions()[0].name == "default"


def test_a_server_that_is_not_there_is_told() -> None:
    async def trial() -> None:
        async with AsyncClient("http://127.0.0.1:1") as client:
            await client.health()

    told = r"GET /__admin/health: http://127.0.0.1:1 does not answer: "
    with Client("http://127.0.0.1:1") as client, pytest.raises(ClientError, match=told):
        client.health()
    with pytest.raises(ClientError, match=told):
        asyncio.run(trial())


def test_what_is_no_url_is_told_at_once() -> None:
    with pytest.raises(UsageError, match=r"'localhost:8080' is no URL; allowed: http://"):
        Client("localhost:8080")
    for url in ("http://", "http://localhost:port", "ftp://localhost"):
        with pytest.raises(UsageError, match=f"'{url}' is no URL"):
            Client(url)
        with pytest.raises(UsageError, match=f"'{url}' is no URL"):
            AsyncClient(admin_url=url)


@pytest.mark.parametrize("token", ["s3cret\n", "señal"])
def test_a_token_that_no_header_can_have_is_told_at_once_but_not_shown(token: str) -> None:
    with pytest.raises(UsageError, match="the token has characters") as raised:
        Client(token=token)

    assert token not in str(raised.value)
