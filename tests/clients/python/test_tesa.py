"""Orders of fibre at TESA, by the client that openapi-python-client makes of the contract."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import tesamanager_v1
from tesamanager_v1.api.tesamanager import (
    cancel_tesa_request,
    create_tesa_activation,
    get_tesa_request,
    list_tesa_events,
    list_tesa_issues,
    list_tesa_reference_ids,
    resolve_tesa_incident,
)
from tesamanager_v1.models import (
    ListTesaReferenceIdsStatusesItem,
    TesaActivationRequest,
    TesaActivationRequestTerritoryOwner,
    TesaCancellationRequest,
    TesaCustomer,
    TesaCustomerDocumentType,
    TesaError,
    TesaEvent,
    TesaIncidentResolveRequest,
    TesaIssue,
    TesaPersistenceType,
    TesaReferenceIdList,
    TesaRequest,
    TesaRequestStatus,
    TesaRequestTerritoryOwner,
    TesaResult,
    TesaServicePoint,
    TesaTechnicalCoordinator,
    TesaTechnicalCoordinators,
)

from mockserver.trial import MockSession

ORG = "masmovil"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
Status = TesaRequestStatus


class Tesa:
    """What a shop does at TESA."""

    def __init__(self, client: tesamanager_v1.AuthenticatedClient) -> None:
        self.client = client

    def order(self, reference: str, *, name: str = "Ana") -> TesaResult:
        body = TesaActivationRequest(
            territory_owner=TesaActivationRequestTerritoryOwner.NEBA,
            external_reference=reference,
            technical_coordinators=TesaTechnicalCoordinators(
                main=TesaTechnicalCoordinator(name="Provisioning", phone="910000001")
            ),
            customer=TesaCustomer(
                document_type=TesaCustomerDocumentType.NIF, document_number="12345678Z", name=name
            ),
            service_point=TesaServicePoint(
                gescal="28000020300150000         001A       ", phone_number="910555001"
            ),
        )
        placed = create_tesa_activation.sync(ORG, client=self.client, body=body)
        assert placed is not None
        return placed

    def placed(self, reference: str) -> str:
        """The id of a new order."""
        placed = self.order(reference)
        assert isinstance(placed.reference_id, str)
        return placed.reference_id

    def request(self, order: str) -> TesaRequest:
        found = get_tesa_request.sync(ORG, order, client=self.client)
        assert isinstance(found, TesaRequest)
        return found

    def issues(self, order: str) -> list[TesaIssue]:
        found = list_tesa_issues.sync(ORG, order, client=self.client)
        assert isinstance(found, list)
        return found

    def events(self, order: str) -> list[TesaEvent]:
        found = list_tesa_events.sync(ORG, order, client=self.client)
        assert isinstance(found, list)
        return found

    def resolve(self, reference: str) -> TesaResult | None:
        body = TesaIncidentResolveRequest(external_reference=reference)
        return resolve_tesa_incident.sync(ORG, client=self.client, body=body)

    def cancel(self, reference: str) -> TesaResult | None:
        body = TesaCancellationRequest(external_reference=reference)
        return cancel_tesa_request.sync(ORG, client=self.client, body=body)


@pytest.fixture
def tesa(mock_session: MockSession, token: str) -> Iterator[Tesa]:
    mock_session.clock.freeze(NOON)
    with tesamanager_v1.AuthenticatedClient(
        mock_session.base_url, token, raise_on_unexpected_status=True
    ) as client:
        yield Tesa(client)


def test_an_order_goes_from_state_to_state_until_it_is_finished(
    mock_session: MockSession, tesa: Tesa
) -> None:
    order = tesa.placed("MYSIM_1")
    seen = [tesa.request(order).status]

    while mock_session.clock.until_next().fired:
        seen.append(tesa.request(order).status)

    assert seen == [
        Status.NOT_SENT,
        Status.VALIDATING,
        Status.PROCESSING,
        Status.INSTALLING,
        Status.INSTALLED,
        Status.FINISHED,
    ]


def test_a_finished_order_tells_what_was_ordered_and_when_it_happened(
    mock_session: MockSession, tesa: Tesa
) -> None:
    order = tesa.placed("MYSIM_2")
    mock_session.clock.until_idle()

    request, events = tesa.request(order), tesa.events(order)

    assert request.external_reference == "MYSIM_2"
    assert request.persistence_type is TesaPersistenceType.ACTIVATION
    assert request.territory_owner is TesaRequestTerritoryOwner.NEBA
    assert isinstance(request.customer, TesaCustomer)
    assert request.customer.document_type is TesaCustomerDocumentType.NIF
    assert request.created == NOON
    assert events[0].event_date == NOON + timedelta(minutes=5)
    assert [event.event_date for event in events] == sorted(event.event_date for event in events)
    assert [event.sequence_number for event in events] == list(range(1, len(events) + 1))
    assert {event.request_number for event in events} == {request.request_number}


@pytest.mark.scenario("operator-incidence")
def test_an_incidence_stops_an_order_until_it_is_resolved(
    mock_session: MockSession, tesa: Tesa
) -> None:
    order = tesa.placed("MYSIM_3")
    mock_session.clock.until_idle()

    waiting = list_tesa_reference_ids.sync(
        ORG, client=tesa.client, statuses=[ListTesaReferenceIdsStatusesItem.INCIDENCE_OPERATOR]
    )
    (issue,) = tesa.issues(order)
    resolved, again = tesa.resolve("MYSIM_3"), tesa.resolve("MYSIM_3")
    mock_session.clock.until_idle()

    assert isinstance(waiting, TesaReferenceIdList)
    assert waiting.reference_ids == [order]
    assert (issue.issue_code, issue.resolved) == ("I001", False)
    assert isinstance(resolved, TesaResult)
    assert isinstance(again, TesaResult)
    assert (resolved.code, again.code) == ("OK", "NO_OPEN_ISSUE")
    assert [issue.resolved for issue in tesa.issues(order)] == [True]
    assert tesa.request(order).status is Status.FINISHED


@pytest.mark.scenario("cancellation-accepted")
def test_an_order_is_cancelled_when_tesa_says_so(mock_session: MockSession, tesa: Tesa) -> None:
    order = tesa.placed("MYSIM_4")
    mock_session.clock.advance(by="3h")

    asked, meanwhile = tesa.cancel("MYSIM_4"), tesa.request(order)
    again = tesa.cancel("MYSIM_4")
    mock_session.clock.until_idle()

    assert isinstance(asked, TesaResult)
    assert asked.code == "OK"
    assert (meanwhile.status, meanwhile.cancelling) == (Status.PROCESSING, True)
    assert isinstance(again, TesaResult)
    assert again.code == "CANCELLING"
    assert tesa.request(order).status is Status.CANCELED


def test_an_unknown_order_is_an_error_that_says_so(tesa: Tesa) -> None:
    answer = get_tesa_request.sync_detailed(ORG, "TESA-1", client=tesa.client)

    assert answer.status_code == 404
    assert isinstance(answer.parsed, TesaError)
    assert answer.parsed.code == "REQUEST_NOT_FOUND"


def test_an_order_that_breaks_the_contract_is_refused_with_the_place(tesa: Tesa) -> None:
    refused = tesa.order("MYSIM_5", name="")

    assert refused.code == "BAD_REQUEST"
    assert "/customer/name" in str(refused.details)


def test_without_a_token_nothing_is_told(mock_session: MockSession) -> None:
    with tesamanager_v1.Client(mock_session.base_url) as nobody:
        answer = get_tesa_request.sync_detailed(ORG, "TESA-1", client=nobody)

    assert answer.status_code == 401
    assert isinstance(answer.parsed, TesaError)
