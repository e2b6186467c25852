"""Subscriptions of Agile TV, by the client that openapi-python-client makes of the contract."""

from collections.abc import Iterator
from itertools import count
from uuid import UUID

import agile_tv_v3
import pytest
from agile_tv_v3.api.agile_tv import (
    create_subscription,
    delete_subscription,
    get_subscription,
    reactivate_subscription,
    suspend_subscription,
    update_products,
    update_stbs,
)
from agile_tv_v3.models import (
    CreateSubscription,
    Error,
    Product,
    Stb,
    Subscription,
    UpdateProducts,
    UpdateStbs,
    WorkflowAccepted,
)

from mockserver.trial import MockSession

ORG = "masmovil"
ACCOUNT = "ACC_2001"
SIGN_UP = CreateSubscription(
    "48001", [Product("AGILE_TV_FAMILIA")], stbs=[Stb("ATV4K2403009001", stb_reference="STB-4K")]
)


class Tv:
    """What a shop does with the subscription of one account."""

    def __init__(self, client: agile_tv_v3.AuthenticatedClient) -> None:
        self.client = client
        self._correlations = count(1)

    @property
    def correlation(self) -> str:
        """One for each request: with the same, a request is a repetition."""
        return str(UUID(int=next(self._correlations)))

    def sign_up(self) -> Error | WorkflowAccepted | None:
        return create_subscription.sync(
            ORG,
            ACCOUNT,
            client=self.client,
            body=SIGN_UP,
            request_correlation_id=self.correlation,
        )

    def read(self) -> Subscription | Error | None:
        return get_subscription.sync(
            ORG, ACCOUNT, client=self.client, request_correlation_id=self.correlation
        )

    @property
    def state(self) -> object:
        found = self.read()
        assert isinstance(found, Subscription)
        return found.account_state


@pytest.fixture
def tv(mock_session: MockSession, token: str) -> Iterator[Tv]:
    mock_session.clock.freeze("2026-01-15T12:00:00Z")
    with agile_tv_v3.AuthenticatedClient(
        mock_session.base_url, token, raise_on_unexpected_status=True
    ) as client:
        yield Tv(client)


def test_a_subscription_is_changed_suspended_taken_up_again_and_ended(tv: Tv) -> None:
    made = tv.sign_up()
    more = UpdateProducts(products_to_add=[Product("AGILE_TV_DEPORTE")])
    other = UpdateStbs(
        postal_code="48001",
        stbs_to_add=[Stb("ATV4K2403009002")],
        stbs_to_delete=[Stb("ATV4K2403009001")],
    )
    changes = [
        update_products.sync(
            ORG, ACCOUNT, client=tv.client, body=more, request_correlation_id=tv.correlation
        ),
        update_stbs.sync(
            ORG, ACCOUNT, client=tv.client, body=other, request_correlation_id=tv.correlation
        ),
    ]
    changed = tv.read()
    states = [tv.state]
    for change in (suspend_subscription, reactivate_subscription):
        done = change.sync(ORG, ACCOUNT, client=tv.client, request_correlation_id=tv.correlation)
        changes.append(done)
        states.append(tv.state)
    ended = delete_subscription.sync(
        ORG, ACCOUNT, client=tv.client, request_correlation_id=tv.correlation
    )
    gone = tv.read()

    assert all(isinstance(answer, WorkflowAccepted) for answer in (made, *changes, ended))
    assert isinstance(changed, Subscription)
    assert changed.products == [Product("AGILE_TV_FAMILIA"), Product("AGILE_TV_DEPORTE")]
    assert changed.stbs == [Stb("ATV4K2403009002")]
    assert states == ["ACTIVE", "SUSPENDED", "ACTIVE"]
    assert isinstance(gone, Error)
    assert gone.code == "RESOURCE_NOT_FOUND"


@pytest.mark.scenario("sign-up-slow")
def test_a_sign_up_is_pending_until_its_workflow_has_ended(
    mock_session: MockSession, tv: Tv
) -> None:
    tv.sign_up()
    states, twice = [tv.state], tv.sign_up()

    mock_session.clock.until_idle()
    states.append(tv.state)

    assert states == ["PENDING", "ACTIVE"]
    assert isinstance(twice, Error)
    assert (twice.code, twice.title) == ("BAD_REQUEST", "Subscription already exists")


@pytest.mark.scenario("sign-up-fails")
def test_a_sign_up_that_fails_leaves_nothing(mock_session: MockSession, tv: Tv) -> None:
    accepted = tv.sign_up()
    mock_session.clock.until_idle()
    gone = tv.read()

    assert isinstance(accepted, WorkflowAccepted)
    assert isinstance(gone, Error)
    assert gone.code == "RESOURCE_NOT_FOUND"


def test_a_change_of_nothing_is_refused(tv: Tv) -> None:
    tv.sign_up()

    refused = update_products.sync(
        ORG, ACCOUNT, client=tv.client, body=UpdateProducts(), request_correlation_id=tv.correlation
    )

    assert isinstance(refused, Error)
    assert refused.code == "BAD_REQUEST"
    assert "productsToAdd" in str(refused.details)


def test_without_a_token_nothing_is_told(mock_session: MockSession) -> None:
    with agile_tv_v3.Client(mock_session.base_url) as nobody:
        refused = get_subscription.sync(
            ORG, ACCOUNT, client=nobody, request_correlation_id=str(UUID(int=1))
        )

    assert isinstance(refused, Error)
    assert refused.code == "UNAUTHORIZED_REQUEST"
