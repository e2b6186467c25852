"""The sixteen operations of Tesamanager: what they do, and each refusal with its code."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver.adoption import data_findings
from mockserver.simulations.tesamanager.collection import COLLECTION
from mockserver.simulations.tesamanager.table import LIFECYCLE
from tests.simulations.double import NOON, contract
from tests.simulations.tesa import (
    ACTIONS,
    ORG,
    PLACE,
    REFERENCE,
    STEADY,
    STEM,
    Tesa,
    order,
    own,
    refusal,
)

LIVE = (
    "NOT_SENT",
    "VALIDATING",
    "PROCESSING",
    "PROCESSED",
    "INCIDENCE_TESA",
    "INCIDENCE_OPERATOR",
    "INSTALLING",
    "INCIDENCE_INSTALLING",
    "INSTALLED",
)
ENDED = ("REJECTED", "CANCELED", "FINISHED")
EVERY = (*LIVE, *ENDED)
READS = ("", "/events", "/issues")


@pytest.fixture
def tesa() -> Tesa:
    return Tesa(course=STEADY)


def everything(tesa: Tesa) -> list[Any]:
    return [
        (each.id, dict(each.data), each.progress) for each in tesa.double.records("tesa-requests")
    ]


def assert_refused(tesa: Tesa, tail: str, wanted: tuple[int, str], **body: Any) -> None:
    """An action is refused, and nothing has changed by it."""
    before = everything(tesa)
    assert refusal(tesa.act(tail, **body)) == wanted
    assert everything(tesa) == before


# creations ------------------------------------------------------------------------------------


def test_an_activation_is_stored_as_not_sent(tesa: Tesa) -> None:
    body = own(portabilityIndicator="D", territoryOwner="VULA_REGULATED")

    said = tesa.post("activation", body)

    request = said.json["referenceId"]
    assert (said.status, said.source) == (201, "simulation")
    assert said.json == {
        "code": "OK",
        "message": "Request created",
        "referenceId": request,
        "externalReference": REFERENCE,
    }
    assert tesa.read(request) == {
        "reference_id": request,
        "external_reference": REFERENCE,
        "persistence_type": "ACTIVATION",
        "status": "NOT_SENT",
        "auto_installation": True,
        "cancelling": False,
        "territory_owner": "VULA_REGULATED",
        "portability_indicator": "D",
        "technical_coordinators": body["technicalCoordinators"],
        "customer": body["customer"],
        "service_point": body["servicePoint"],
        "created": "2026-01-15T12:00:00.000Z",
        "last_updated": "2026-01-15T12:00:00.000Z",
    }
    assert tesa.events(request) == tesa.issues(request) == []


def test_a_termination_is_stored_with_the_access_that_it_ends(tesa: Tesa) -> None:
    request = tesa.terminate(iua="V1")

    read = tesa.read(request)

    assert (read["persistence_type"], read["auto_installation"]) == ("TERMINATION", False)
    assert read["service_point"] == {"iua": "V1"}
    assert "portability_indicator" not in read


def test_a_termination_has_no_portability_indicator_whatever_it_says(tesa: Tesa) -> None:
    body = order(servicePoint={"iua": "V33904AHB202"}, portabilityIndicator="D")
    said = tesa.post("termination", body)
    assert said.status == 201

    assert "portability_indicator" not in tesa.read(said.json["referenceId"])


def test_ids_count_up_and_come_again_after_a_reset(tesa: Tesa) -> None:
    first = [tesa.activate(order(f"A{number}")) for number in range(3)]
    tesa.double.reset()
    second = [tesa.activate(order(f"A{number}")) for number in range(3)]

    tag = tesa.double.session.moment().tag
    assert first == second == [f"TESA-{tag}{number:06}" for number in (1, 2, 3)]


def test_an_id_that_a_seed_has_taken_is_left_out(tesa: Tesa) -> None:
    tag = tesa.double.session.moment().tag
    tesa.given(reference_id=f"TESA-{tag}000001", external_reference="SEED")

    assert tesa.activate(order()) == f"TESA-{tag}000002"


@pytest.mark.parametrize("kind", ["activation", "termination"])
@pytest.mark.parametrize("status", LIVE)
def test_a_reference_of_a_live_request_is_a_duplicate(tesa: Tesa, kind: str, status: str) -> None:
    tesa.given(status=status)
    before = everything(tesa)
    point = {"gescal": PLACE} if kind == "activation" else {"iua": "V1"}

    said = tesa.post(kind, order(servicePoint=point))

    assert refusal(said) == (400, "DUPLICATE_REFERENCE")
    assert everything(tesa) == before


@pytest.mark.parametrize("status", ENDED)
def test_a_reference_is_free_once_its_request_has_ended(tesa: Tesa, status: str) -> None:
    old = tesa.given(status=status)

    new = tesa.activate(order())

    assert new != old
    assert tesa.list(f"externalReference={REFERENCE}") == [old, new]


def test_a_reference_is_free_in_another_tenant(tesa: Tesa) -> None:
    tesa.activate(order())

    assert tesa.activate(order(), org="yoigo")


def test_a_reused_reference_addresses_the_live_request(tesa: Tesa) -> None:
    tesa.given(status="CANCELED")
    live = tesa.activate(order())
    tesa.given(status="FINISHED", created="2026-01-20T00:00:00Z")

    assert tesa.done("cancellation")["referenceId"] == live


def test_a_reused_reference_addresses_the_newest_where_none_is_live(tesa: Tesa) -> None:
    tesa.given(status="CANCELED")
    tesa.given(status="REJECTED")
    tesa.given(status="FINISHED", org="yoigo")

    said = tesa.act("cancellation")

    assert said.json["details"] == "Request is REJECTED"


def test_a_body_that_breaks_the_contract_is_a_bad_request(tesa: Tesa) -> None:
    body = order()
    del body["customer"]

    said = tesa.post("activation", body)

    assert (said.status, said.json["code"], said.source) == (400, "BAD_REQUEST", "refusal")
    assert tesa.list() == []


def test_what_is_null_in_a_lenient_order_is_absent(tesa: Tesa) -> None:
    point = {"gescal": PLACE, "autoInstallation": None, "phoneNumber": None}

    request = tesa.activate(order(servicePoint=point, portabilityIndicator=None))

    assert tesa.read(request)["service_point"] == {"gescal": PLACE}
    assert tesa.read(request)["auto_installation"] is False


# who is meant -----------------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ACTIONS)
def test_an_action_on_an_unknown_reference_is_not_found(tesa: Tesa, tail: str) -> None:
    tesa.activate(order(), org="yoigo")

    assert_refused(tesa, tail, (404, "REQUEST_NOT_FOUND"))


@pytest.mark.parametrize("tail", READS)
def test_a_read_of_an_unknown_id_is_not_found(tesa: Tesa, tail: str) -> None:
    request = tesa.activate(order(), org="yoigo")

    for name in (request, "TESA-000000999999"):
        said = tesa.get(f"requests/{name}{tail}")
        assert refusal(said) == (404, "REQUEST_NOT_FOUND")
        assert said.json["details"] == f"{ORG} has no request {name}"


@pytest.mark.parametrize("tail", ACTIONS)
def test_an_action_while_cancelling_is_refused(tesa: Tesa, tail: str) -> None:
    request = tesa.on_site()
    tesa.done("port")
    tesa.done("cancellation")

    assert_refused(tesa, tail, (406, "CANCELLING"))
    assert tesa.read(request)["cancelling"] is True


# cancellation -----------------------------------------------------------------------------------


def test_a_request_that_was_not_sent_is_cancelled_at_once(tesa: Tesa) -> None:
    request = tesa.activate(order())
    tesa.advance("30m")

    assert tesa.done("cancellation")["message"] == "Request cancelled"

    read = tesa.read(request)
    assert (read["status"], read["cancelling"]) == ("CANCELED", False)
    assert read["last_updated"] == "2026-01-15T12:30:00.000Z"
    assert tesa.events(request) == []
    tesa.advance("9d")
    assert tesa.status(request) == "CANCELED"


@pytest.mark.parametrize("status", ["INSTALLED", *ENDED])
def test_it_may_be_too_late_to_cancel(tesa: Tesa, status: str) -> None:
    tesa.given(status=status)

    assert_refused(tesa, "cancellation", (406, "INVALID_STATUS"))


@pytest.mark.parametrize("status", [each for each in LIVE if each not in ("NOT_SENT", "INSTALLED")])
def test_a_cancellation_keeps_the_status_until_tesa_decides(tesa: Tesa, status: str) -> None:
    request = tesa.given(status=status)

    assert tesa.done("cancellation")["message"] == "Cancellation requested"

    read = tesa.read(request)
    assert (read["status"], read["cancelling"]) == (status, True)
    assert tesa.messages(request)[-1] == "CANCELLATION_REQUESTED"
    tesa.advance("1h")
    read = tesa.read(request)
    assert (read["status"], read["cancelling"]) == ("CANCELED", False)
    assert tesa.messages(request)[-1] == "CANCELLATION_ACCEPTED"


# incidents --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (each, "INVALID_STATUS" if each == "INCIDENCE_TESA" else "NO_OPEN_ISSUE")
        for each in EVERY
        if each not in ("INCIDENCE_OPERATOR", "INCIDENCE_INSTALLING")
    ],
)
def test_only_an_incident_of_the_operator_can_be_resolved(
    tesa: Tesa, status: str, code: str
) -> None:
    tesa.given(status=status)

    assert_refused(tesa, "incident/resolve", (406, code))


def test_an_open_issue_in_another_status_cannot_be_resolved(tesa: Tesa) -> None:
    tesa.given(status="CANCELED", issues=[{"issue_code": "I001"}])

    assert_refused(tesa, "incident/resolve", (406, "INVALID_STATUS"))


def test_an_incident_without_an_open_issue_cannot_be_resolved(tesa: Tesa) -> None:
    tesa.given(status="INCIDENCE_OPERATOR", issues=[{"issue_code": "I001", "resolved": True}])

    assert_refused(tesa, "incident/resolve", (406, "NO_OPEN_ISSUE"))


@pytest.mark.parametrize("arose_in", ["VALIDATING", "PROCESSING"])
def test_a_resolved_incident_leads_back_to_where_it_arose(tesa: Tesa, arose_in: str) -> None:
    request = tesa.given(status="INCIDENCE_OPERATOR", arose_in=arose_in)
    tesa.advance("10m")

    tesa.done("incident/resolve")

    assert tesa.status(request) == arose_in
    assert tesa.read(request)["last_updated"] == "2026-01-15T12:10:00.000Z"
    (issue,) = tesa.issues(request)
    assert (issue["resolved"], issue["last_updated"]) == (True, "2026-01-15T12:10:00.000Z")


@pytest.mark.parametrize("tail", ["incident/resolve", "cto-change"])
def test_an_incident_on_site_ends_by_resolution_or_another_cto(tesa: Tesa, tail: str) -> None:
    request = tesa.on_site()
    tesa.done("installation/incident", incidence="I999")
    assert tesa.status(request) == "INCIDENCE_INSTALLING"
    assert tesa.messages(request)[-1] == "INSTALLATION_INCIDENCE"
    assert [each["issue_code"] for each in tesa.issues(request)] == ["I999"]

    tesa.done(tail)

    assert tesa.status(request) == "INSTALLING"
    assert [each["resolved"] for each in tesa.issues(request)] == [True]


def test_the_same_code_again_is_a_repeated_issue(tesa: Tesa) -> None:
    request = tesa.on_site()
    for code in ("I210", "I300", "I210"):
        tesa.done("installation/incident", incidence=code)
        tesa.done("incident/resolve")
        tesa.advance("1m")

    issues = tesa.issues(request)
    assert [each["last_updated"][11:16] for each in issues] == ["15:00", "15:01", "15:02"]
    assert [each["issue_sequence"] for each in issues] == [1, 2, 3]
    assert [each["repeated"] for each in issues] == [False, False, True]


# access -----------------------------------------------------------------------------------------


def test_an_opened_access_says_what_the_technician_needs(tesa: Tesa) -> None:
    request = tesa.activate(own())
    tesa.advance("3h")

    said = tesa.act("access")

    read = tesa.read(request)
    assert read["status"] == "INSTALLING"
    assert "cto_port" not in read
    assert said.json == {
        "code": "OK",
        "message": "Access opened",
        "referenceId": request,
        "externalReference": REFERENCE,
        "accessId": request.replace("TESA", "ACC"),
        "cto": read["cto"],
        "ctoPort": "1",
        "requestNumber": read["request_number"],
        "subRequestNumber": read["subrequest_number"],
    }


@pytest.mark.parametrize("status", [each for each in EVERY if each != "PROCESSED"])
def test_an_access_is_opened_in_processed_alone(tesa: Tesa, status: str) -> None:
    tesa.given(status=status, auto_installation=True, access=None)

    assert_refused(tesa, "access", (406, "INVALID_STATUS"))


@pytest.mark.parametrize("status", EVERY)
def test_no_access_is_opened_for_what_tesa_installs(tesa: Tesa, status: str) -> None:
    tesa.given(status=status)

    assert_refused(tesa, "access", (406, "NOT_SELF_INSTALLED"))


def test_no_access_is_opened_for_a_termination(tesa: Tesa) -> None:
    tesa.given(status="PROCESSED", service_point={"iua": "V1"})

    assert_refused(tesa, "access", (406, "NOT_SELF_INSTALLED"))


def test_an_access_is_opened_once(tesa: Tesa) -> None:
    tesa.on_site()

    assert_refused(tesa, "access", (406, "ACCESS_ALREADY_OPEN"))


def test_a_closed_access_may_be_opened_again(tesa: Tesa) -> None:
    request = tesa.on_site()
    tesa.done("port")

    tesa.done("access/terminate")

    read = tesa.read(request)
    assert read["status"] == "PROCESSED"
    assert "cto_port" not in read
    again = tesa.done("access")
    assert again["accessId"] == request.replace("TESA", "ACC") + "-2"
    assert again["cto"] == read["cto"]
    assert tesa.status(request) == "INSTALLING"


# on site ----------------------------------------------------------------------------------------

ON_SITE = [tail for tail in ACTIONS if tail not in ("cancellation", "incident/resolve", "access")]
STOPPED = ("status-cto", "cto-change")  # possible in an incident on site too


@pytest.mark.parametrize("tail", ON_SITE)
@pytest.mark.parametrize("status", [each for each in EVERY if each != "INSTALLING"])
def test_work_on_site_is_for_an_installation(tesa: Tesa, tail: str, status: str) -> None:
    request = tesa.given(status=status, auto_installation=True)
    if status == "INCIDENCE_INSTALLING" and tail in STOPPED:
        tesa.done(tail)
        assert tesa.status(request) in ("INSTALLING", status)
    else:
        assert_refused(tesa, tail, (406, "INVALID_STATUS"))


@pytest.mark.parametrize("tail", ["port", "port/confirm", "access/terminate", "installation/end"])
def test_without_an_open_access_nothing_is_reported(tesa: Tesa, tail: str) -> None:
    tesa.given(status="INSTALLING")

    assert_refused(tesa, tail, (406, "ACCESS_NOT_OPEN"))


@pytest.mark.parametrize("tail", ["status-cto", "cto-change", "installation/incident"])
def test_an_installation_by_tesa_takes_what_needs_no_access(tesa: Tesa, tail: str) -> None:
    tesa.given(status="INSTALLING")

    tesa.done(tail)


def test_the_state_of_the_cto_counts_its_free_ports_and_changes_nothing(tesa: Tesa) -> None:
    request = tesa.on_site()
    tesa.done("port")
    before = everything(tesa)

    cto = tesa.read(request)["cto"]
    assert tesa.done("status-cto")["details"] == f"{cto} has 15 of 16 ports free"
    assert everything(tesa) == before


@pytest.mark.parametrize("port", ["0", "17", "05", "x", " 5"])
@pytest.mark.parametrize("tail", ["port", "port/confirm"])
def test_a_port_that_the_cto_does_not_have_is_not_available(
    tesa: Tesa, tail: str, port: str
) -> None:
    tesa.on_site()
    tesa.done("port")

    assert_refused(tesa, tail, (406, "PORT_NOT_AVAILABLE"), port=port)


@pytest.mark.parametrize("port", ["1", "16"])
def test_a_port_is_assigned_and_confirmed(tesa: Tesa, port: str) -> None:
    request = tesa.on_site()

    assert tesa.done("port", port=port)["message"] == "Port assigned"
    assert tesa.done("port/confirm", port=port)["message"] == "Port confirmed"
    assert tesa.read(request)["cto_port"] == port


def test_a_port_may_be_assigned_anew(tesa: Tesa) -> None:
    request = tesa.on_site()
    tesa.done("port", port="5")
    tesa.done("port", port="5")
    tesa.done("port", port="6")

    assert tesa.read(request)["cto_port"] == "6"
    tesa.on_site("OTHER")
    tesa.done("port", "OTHER", port="5")


@pytest.mark.parametrize("tail", ["port", "port/confirm"])
def test_a_port_that_another_access_uses_is_not_available(tesa: Tesa, tail: str) -> None:
    tesa.on_site("OTHER", PLACE[:17])
    tesa.done("port", "OTHER", port="5")
    tesa.on_site()
    tesa.done("port", port="6")

    assert_refused(tesa, tail, (406, "PORT_NOT_AVAILABLE"), port="5")


def test_another_place_has_another_cto(tesa: Tesa) -> None:
    tesa.on_site("OTHER", "01000500474700067")
    tesa.done("port", "OTHER", port="5")
    tesa.on_site()

    tesa.done("port", port="5")


def test_only_the_assigned_port_can_be_confirmed(tesa: Tesa) -> None:
    tesa.on_site()
    assert_refused(tesa, "port/confirm", (406, "PORT_MISMATCH"))
    tesa.done("port", port="5")

    assert_refused(tesa, "port/confirm", (406, "PORT_MISMATCH"), port="6")


@pytest.mark.parametrize("how", ["access/terminate", "cto-change", "cancellation"])
def test_a_port_is_free_again(tesa: Tesa, how: str) -> None:
    first = tesa.on_site("OTHER")
    tesa.done("port", "OTHER")
    request = tesa.on_site()
    assert_refused(tesa, "port", (406, "PORT_NOT_AVAILABLE"))

    tesa.done(how, "OTHER")
    tesa.advance("1h")

    assert "cto_port" not in tesa.read(first)
    tesa.done("port")
    assert tesa.read(request)["cto_port"] == "5"


def test_a_port_stays_taken_by_the_access_that_was_made(tesa: Tesa) -> None:
    first = tesa.on_site("OTHER")
    tesa.done("port", "OTHER")
    tesa.done("installation/end", "OTHER")
    tesa.advance("1h")
    assert tesa.status(first) == "FINISHED"

    tesa.on_site()

    assert_refused(tesa, "port", (406, "PORT_NOT_AVAILABLE"))


def test_a_building_whose_ports_are_all_taken_has_another_cto(tesa: Tesa) -> None:
    first = tesa.on_site("FIRST")
    cto = tesa.read(first)["cto"]
    for number in range(2, 17):
        port = {"cto": cto, "cto_port": str(number)}
        tesa.given(external_reference=f"SEED{number}", status="FINISHED", **port)
    tesa.done("port", "FIRST", port="1")

    second = tesa.on_site("SECOND")

    assert tesa.read(second)["cto"] != cto
    assert tesa.done("status-cto", "FIRST")["details"] == f"{cto} has 0 of 16 ports free"


def test_another_cto_wants_a_port_of_its_own(tesa: Tesa) -> None:
    request = tesa.on_site()
    old = tesa.done("access/terminate") and tesa.done("access")["cto"]
    tesa.done("port")

    said = tesa.done("cto-change", ctoIdentifier="CTO-9", ctoPort="3")

    read = tesa.read(request)
    assert said["details"] == f"{old} to CTO-9"
    assert (read["cto"], read["status"]) == ("CTO-9", "INSTALLING")
    assert "cto_port" not in read
    assert_refused(tesa, "installation/end", (406, "PORT_MISMATCH"))


def test_another_cto_resolves_what_stopped_the_installation_alone(tesa: Tesa) -> None:
    request = tesa.given(
        status="INSTALLING", auto_installation=True, issues=[{"issue_code": "I001"}]
    )

    tesa.done("cto-change")

    assert [each["resolved"] for each in tesa.issues(request)] == [False]


@pytest.mark.parametrize("tail", ["installation/incident", "installation/end"])
@pytest.mark.parametrize("number", ["requestNumber", "subRequestNumber"])
def test_a_report_quotes_the_numbers_of_the_request(tesa: Tesa, tail: str, number: str) -> None:
    tesa.on_site()
    tesa.done("port")

    assert_refused(tesa, tail, (404, "NUMBERS_MISMATCH"), **{number: 7})


@pytest.mark.parametrize(
    ("owner", "kind", "fits"),
    [
        ("NEBA", "NEBA", True),
        ("NEBA", "VULA", False),
        ("VULA_COMMERCIAL", "VULA", True),
        ("VULA_COMMERCIAL", "NEBA", False),
        ("VULA_REGULATED", "VULA", True),
        ("VULA_REGULATED", "NEBA", False),
    ],
)
def test_the_report_of_the_end_has_the_kind_of_the_owner(
    tesa: Tesa, owner: str, kind: str, *, fits: bool
) -> None:
    tesa.given(status="INSTALLING", auto_installation=True, territory_owner=owner)
    tesa.done("port")

    if fits:
        tesa.done("installation/end", requestType=kind)
    else:
        assert_refused(tesa, "installation/end", (400, "BAD_REQUEST"), requestType=kind)


def test_a_report_of_the_wrong_kind_is_a_bad_request_before_the_access_is_looked_for(
    tesa: Tesa,
) -> None:
    tesa.given(status="INSTALLING")  # TESA installs: there is no access to be open

    assert_refused(tesa, "installation/end", (400, "BAD_REQUEST"), requestType="VULA")
    assert_refused(tesa, "installation/end", (406, "ACCESS_NOT_OPEN"), requestType="NEBA")


def test_a_finished_order_has_no_open_access(tesa: Tesa) -> None:
    request = tesa.on_site()
    tesa.done("port")
    tesa.done("installation/end")
    tesa.advance("1h")
    assert tesa.status(request) == "FINISHED"

    assert_refused(tesa, "access", (406, "INVALID_STATUS"))


def test_the_report_of_the_end_wants_a_port(tesa: Tesa) -> None:
    request = tesa.on_site()
    assert_refused(tesa, "installation/end", (406, "PORT_MISMATCH"))
    tesa.done("port")

    tesa.done("installation/end")

    assert tesa.status(request) == "INSTALLED"
    assert tesa.messages(request)[-1] == "INSTALLATION_ENDED"


# the list ---------------------------------------------------------------------------------------


def test_a_list_without_filters_has_all_of_the_tenant_oldest_first(tesa: Tesa) -> None:
    mine = [tesa.activate(order(f"A{number}")) for number in range(3)]
    tesa.activate(order(), org="yoigo")

    assert tesa.list() == mine
    assert tesa.list(org="pepephone") == []


def test_each_filter_narrows_the_list_and_all_must_hold(tesa: Tesa) -> None:
    hers = tesa.activate(own("A"))
    his = tesa.terminate("B")
    tesa.advance("1h")
    new = tesa.activate(order("C"))
    tesa.done("cancellation", "A")

    assert tesa.list("autoInstallation=true") == [hers]
    assert tesa.list("autoInstallation=false") == [his, new]
    assert tesa.list("cancelling=true") == [hers]
    assert tesa.list("persistence_type=TERMINATION") == [his]
    assert tesa.list("statuses=NOT_SENT") == [new]
    assert tesa.list("statuses=NOT_SENT,VALIDATING") == [hers, his, new]
    assert tesa.list("statuses=VALIDATING&cancelling=false") == [his]
    assert tesa.list("externalReference=B") == [his]
    assert tesa.list("externalReference=B&statuses=NOT_SENT") == []
    assert tesa.list("externalReference=B&autoInstallation=false&cancelling=false") == [his]
    assert tesa.list("externalReference=Z") == []


@pytest.mark.parametrize("narrow", ["", "&externalReference=A"])
def test_not_updated_since_is_strictly_earlier(tesa: Tesa, narrow: str) -> None:
    request = tesa.activate(order("A"))

    assert tesa.list(f"notUpdatedSince=2026-01-15T12:00:00Z{narrow}") == []
    assert tesa.list(f"notUpdatedSince=2026-01-15T12:00:00.001Z{narrow}") == [request]
    assert tesa.list(f"notUpdatedSince=2026-01-15T13:00:00.001%2B01:00{narrow}") == [request]
    tesa.advance("1h")
    assert tesa.list(f"notUpdatedSince=2026-01-15T12:30:00Z{narrow}") == []


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        ("0000-01-01T00:00:00Z", False),
        ("2026-01-15t12:00:01z", True),
        ("2025-12-31T23:59:60Z", False),
        ("2026-06-30T23:59:60Z", True),
    ],
)
def test_every_date_time_of_the_standard_is_understood(
    tesa: Tesa, moment: str, *, found: bool
) -> None:
    request = tesa.activate(order())

    assert tesa.list(f"notUpdatedSince={moment}") == ([request] if found else [])


def test_a_leap_second_comes_after_the_last_second_of_its_day(tesa: Tesa) -> None:
    before_midnight = NOON + timedelta(hours=12) - timedelta(milliseconds=500)
    tesa.double.session.clock.move(before_midnight)
    request = tesa.activate(order())

    assert tesa.read(request)["last_updated"] == "2026-01-15T23:59:59.500Z"
    for narrow in ("", f"&externalReference={REFERENCE}"):
        assert tesa.list(f"notUpdatedSince=2026-01-15T23:59:59.500Z{narrow}") == []
        assert tesa.list(f"notUpdatedSince=2026-01-15T23:59:60Z{narrow}") == [request]


def test_an_unknown_status_is_a_bad_request(tesa: Tesa) -> None:
    said = tesa.get("requests?statuses=INSTALING")

    assert (said.status, said.json["code"]) == (400, "BAD_REQUEST")


# seeds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", EVERY)
@pytest.mark.parametrize("point", [{}, {"gescal": PLACE, "autoInstallation": True}, {"iua": "V1"}])
def test_a_seed_of_two_members_is_a_whole_request(
    tesa: Tesa, status: str, point: dict[str, Any]
) -> None:
    request = tesa.given(status=status, **({"service_point": point} if point else {}))

    read, issues = tesa.read(request), tesa.issues(request)
    assert read["status"] == status
    assert read["auto_installation"] is ("autoInstallation" in point)
    assert ("request_number" in read) is (status != "NOT_SENT")
    assert [each["sequence_number"] for each in tesa.events(request)] == list(
        range(1, 1 + len(tesa.events(request)))
    )
    assert [each["resolved"] for each in issues] == [False] * status.startswith("INCIDENCE")
    assert all(each["reference_id"] == request for each in (*tesa.events(request), *issues))


def test_a_seed_goes_on_from_its_status(tesa: Tesa) -> None:
    request = tesa.given(status="INCIDENCE_OPERATOR")
    tesa.advance("9d")
    assert tesa.status(request) == "INCIDENCE_OPERATOR"

    tesa.done("incident/resolve")
    tesa.advance("9d")

    assert tesa.status(request) == "FINISHED"
    assert tesa.messages(request) == [
        "ACK",
        "OPERATOR_INCIDENCE",
        "ACCEPTED",
        "INSTALLATION_STARTED",
        "INSTALLATION_ENDED",
        "CLOSED",
    ]


def test_a_seed_that_is_being_cancelled_waits_for_tesa(tesa: Tesa) -> None:
    request = tesa.given(status="PROCESSED", auto_installation=True, cancelling=True)

    assert refusal(tesa.act("cancellation")) == (406, "CANCELLING")
    tesa.advance("1h")
    assert tesa.status(request) == "CANCELED"


def test_a_seed_whose_cancellation_is_refused_goes_on_with_the_time_it_had() -> None:
    refusing = {"after": "30m", "then": "REFUSED"}
    tesa = Tesa(course={**STEADY, "CANCELLING": refusing})
    request = tesa.given(status="PROCESSING", cancelling=True)
    tesa.advance("89m")
    read = tesa.read(request)
    assert (read["status"], read["cancelling"]) == ("PROCESSING", False)

    tesa.advance("1m")

    assert tesa.status(request) == "INSTALLING"


def test_what_a_seed_says_counts(tesa: Tesa) -> None:
    request = tesa.given(
        status="VALIDATING",
        request_number=77,
        events=[{"message_type": "ACK", "event_date": "2026-01-01T00:00:00Z"}],
        issues=[{"issue_code": "I1", "resolved": True}, {"issue_code": "I1", "resolved": True}],
    )

    (event,) = tesa.events(request)
    assert (event["request_number"], event["event_date"]) == (77, "2026-01-01T00:00:00Z")
    assert [each["repeated"] for each in tesa.issues(request)] == [False, True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "ON_HOLD"},
        {"status": "FINISHED", "cancelling": True},
        {"cancelling": True},
        {"cto_port": "5"},
        {"cto": "CTO-9", "cto_port": "17"},
        {"service_point": {"gescal": "short"}},
        {"customer": {"name": "Ana"}},
        {"events": [{}]},
        {"colour": "red"},
    ],
)
def test_a_seed_that_is_no_request_is_found(wrong: dict[str, Any]) -> None:
    whole = {"org": ORG, "external_reference": REFERENCE}

    assert list(data_findings(COLLECTION, whole, "seed", "")) == []
    assert list(data_findings(COLLECTION, {**whole, **wrong}, "seed", ""))


def test_what_is_kept_of_a_request_is_a_seed_of_the_same_request(tesa: Tesa) -> None:
    request = tesa.on_site()
    for tail in ("port", "port/confirm", "installation/incident", "cto-change", "cancellation"):
        tesa.done(tail)
        (record,) = tesa.double.records("tesa-requests")
        assert list(data_findings(COLLECTION, record.data, "seed", "")) == []
        assert COLLECTION.completed(record.data, tesa.double.session.moment()) == record.data
    assert tesa.read(request)["cancelling"] is True


# the table --------------------------------------------------------------------------------------


def test_the_table_has_every_status_of_the_contract() -> None:
    members = contract(STEM).document["components"]["schemas"]["TesaRequest"]["properties"]

    assert set(LIFECYCLE.states) == set(members["status"]["enum"]) == set(EVERY)
    assert set(LIFECYCLE.terminal) == set(ENDED)


# from outside -----------------------------------------------------------------------------------


def test_seeds_without_an_id_have_one_each(tesa: Tesa) -> None:
    given = [tesa.given(external_reference=each) for each in ("A", "B")]

    assert len(set(given)) == 2
    assert given == [tesa.list(f"externalReference={each}")[0] for each in ("A", "B")]
    assert tesa.activate(order("C")) not in given


@pytest.mark.parametrize(
    "text", ["2026-01-15t10:00:00z", "2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z"]
)
def test_a_seed_may_have_any_form_of_rfc_3339(tesa: Tesa, text: str) -> None:
    request = tesa.given(created=text)

    assert tesa.list() == [request]
    assert tesa.list("notUpdatedSince=2026-01-15T11:00:00Z") == [request]
    assert tesa.read(request)["created"].endswith(":00.000Z")


@pytest.mark.parametrize("text", ["9999-12-31T23:59:60Z", "9999-12-31T23:59:59-12:00"])
def test_a_filter_by_a_moment_that_no_clock_shows_is_one(tesa: Tesa, text: str) -> None:
    request = tesa.activate(order())

    assert tesa.list(f"notUpdatedSince={text}") == [request]
    assert tesa.list(f"notUpdatedSince={text}&externalReference={REFERENCE}") == [request]
