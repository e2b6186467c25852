"""Orders at TESA as the packaged scenarios tell them: in time, by reads, through incidents."""

from typing import Any

import pytest

from tests.simulations.tesa import (
    ORG,
    PLACE,
    REFERENCE,
    REQUESTS,
    STEADY,
    Tesa,
    order,
    own,
    refusal,
)

IUA = "V33904AHB202"


@pytest.fixture
def tesa() -> Tesa:
    return Tesa()


def held(tesa: Tesa, request: str) -> str:
    """What a request says of its life: status, and whether it is being cancelled."""
    read = tesa.read(request)
    return f"{read['status']}{' cancelling' if read['cancelling'] else ''}"


def steps(tesa: Tesa, span: str) -> list[tuple[str, str]]:
    """When what led to which status, in a span."""
    return [
        (f"{each.at:%dT%H:%M}", each.after)
        for each in tesa.double.advance(span)
        if each.after is not None
    ]


# the usual course -------------------------------------------------------------------------------


def test_tesa_installs_an_order_in_its_usual_time(tesa: Tesa) -> None:
    request = tesa.activate(order())

    walked = steps(tesa, "4d")

    assert [status for _, status in walked] == [
        "VALIDATING",
        "PROCESSING",
        "INSTALLING",
        "INSTALLED",
        "FINISHED",
    ]
    assert walked[0][0] == "15T12:05"
    assert "15T14:05" <= walked[1][0] <= "15T14:35"
    assert "17T14:05" <= walked[2][0] <= "17T14:35"
    assert tesa.messages(request) == [
        "ACK",
        "ACCEPTED",
        "INSTALLATION_STARTED",
        "INSTALLATION_ENDED",
        "CLOSED",
    ]
    read = tesa.read(request)
    assert read["cto_port"] == "1"
    assert read["last_updated"] == tesa.events(request)[-1]["event_date"]


@pytest.mark.parametrize("name", ["", "activation-by-tesa"])
def test_a_finished_activation_makes_an_access(tesa: Tesa, name: str) -> None:
    point = {"gescal": PLACE, "phoneNumber": "911234567", "bandwidth": "600M_600M"}
    tesa.activate(order(servicePoint=point), scenario=name)
    tesa.advance("2d")
    assert tesa.double.records("accesses") == []

    tesa.advance("2d")

    (access,) = tesa.double.records("accesses")
    assert access.data["gescal37"] == PLACE
    assert access.data["externalReference"] == REFERENCE


@pytest.mark.parametrize("name", ["", "termination"])
def test_a_finished_termination_ends_its_access(tesa: Tesa, name: str) -> None:
    request = tesa.activate(order())
    tesa.advance("4d")
    (access,) = tesa.double.records("accesses")
    cto = tesa.read(request)["cto"]

    ending = tesa.terminate("B", access.data["iua"], scenario=name)
    tesa.advance("4d")

    assert tesa.messages(ending) == ["ACK", "ACCEPTED", "COMPLETED", "CLOSED"]
    assert tesa.double.records("accesses") == []
    assert tesa.status(request) == "FINISHED"
    tesa.given(external_reference="C", status="INSTALLED", cto=cto, cto_port="1")


def test_the_termination_of_an_unknown_access_changes_nothing_else(tesa: Tesa) -> None:
    request = tesa.terminate()

    tesa.advance("4d")

    assert tesa.status(request) == "FINISHED"
    assert len(tesa.double.session.records) == 1


@pytest.mark.parametrize("name", ["", "self-installation"])
def test_the_operators_technician_installs(tesa: Tesa, name: str) -> None:
    request = tesa.activate(own(), scenario=name)
    assert [status for _, status in steps(tesa, "30d")][-1] == "PROCESSED"

    port = tesa.done("access")["ctoPort"]
    tesa.done("status-cto")
    tesa.done("port", port=port)
    tesa.done("port/confirm", port=port)
    tesa.done("installation/end")
    assert tesa.status(request) == "INSTALLED"

    assert [status for _, status in steps(tesa, "1h")] == ["FINISHED"]
    assert tesa.messages(request) == [
        "ACK",
        "ACCEPTED",
        "COMPLETED",
        "INSTALLATION_ENDED",
        "CLOSED",
    ]
    assert len(tesa.double.records("accesses")) == 1


def test_numbers_of_tesa_are_those_of_the_seed_and_the_id(tesa: Tesa) -> None:
    request = tesa.activate(order())
    assert "request_number" not in tesa.read(request)
    tesa.advance("5m")
    numbers = [tesa.read(request)[name] for name in ("request_number", "subrequest_number")]
    (event,) = tesa.events(request)
    assert [event["request_number"], event["subrequest_number"]] == numbers

    tesa.double.reset()
    assert tesa.activate(order()) == request
    tesa.advance("5m")

    assert tesa.read(request)["request_number"] == numbers[0]


# what goes wrong --------------------------------------------------------------------------------


def test_an_order_may_be_rejected_in_validation(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="validation-rejected")

    tesa.advance("30d")

    assert tesa.status(request) == "REJECTED"
    assert tesa.messages(request) == ["ACK", "REJECTED"]
    assert tesa.activate(order()) != request


def test_an_incidence_of_the_operator_waits_for_its_resolution(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="operator-incidence")
    tesa.advance("30d")
    assert tesa.status(request) == "INCIDENCE_OPERATOR"
    (issue,) = tesa.issues(request)
    assert (issue["issue_code"], issue["resolved"], issue["repeated"]) == ("I001", False, False)

    tesa.done("incident/resolve")
    assert tesa.status(request) == "VALIDATING"
    tesa.advance("4d")

    assert tesa.status(request) == "FINISHED"


def test_an_incidence_of_the_operator_may_come_back(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="operator-incidence-repeated")
    tesa.advance("3h")
    tesa.done("incident/resolve")
    tesa.advance("4d")
    assert tesa.status(request) == "INCIDENCE_OPERATOR"
    assert [(each["resolved"], each["repeated"]) for each in tesa.issues(request)] == [
        (True, False),
        (False, True),
    ]

    tesa.done("incident/resolve")
    assert tesa.status(request) == "PROCESSING"
    tesa.advance("6d")

    assert tesa.status(request) == "FINISHED"
    assert tesa.messages(request).count("OPERATOR_INCIDENCE") == 2


def test_tesa_clears_its_own_incidence(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="tesa-incidence")
    tesa.advance("1d3h")
    assert tesa.status(request) == "INCIDENCE_TESA"
    assert refusal(tesa.act("incident/resolve")) == (406, "INVALID_STATUS")

    tesa.advance("8h")

    assert tesa.status(request) == "PROCESSING"
    (issue,) = tesa.issues(request)
    assert (issue["issue_code"], issue["resolved"]) == ("I100", True)
    assert tesa.messages(request)[-2:] == ["TESA_INCIDENCE", "TESA_INCIDENCE_CLEARED"]
    assert issue["last_updated"] == tesa.events(request)[-1]["event_date"]
    tesa.advance("2d")
    assert tesa.status(request) == "FINISHED"


@pytest.mark.parametrize("target", ["INCIDENCE_OPERATOR", "INCIDENCE_TESA"])
def test_an_incidence_has_a_usual_code(target: str) -> None:
    sent = {"NOT_SENT": "at once", "VALIDATING": "at once"}
    stops = {"after": "0s", "then": target}
    tesa = Tesa(course={"*": "never", **sent, "PROCESSING": stops})

    (issue,) = tesa.issues(tesa.activate(order()))

    assert issue["issue_code"] == {"INCIDENCE_OPERATOR": "I001", "INCIDENCE_TESA": "I100"}[target]


def test_the_scenarios_of_an_order_stay_with_its_actions(tesa: Tesa) -> None:
    tesa.activate(own(), scenario="installation-incident, finished-at-once")
    tesa.activate(own("MYSIM_2"), scenario="finished-at-once")
    for reference in (REFERENCE, "MYSIM_2"):
        tesa.done("access", reference)
    tesa.done("port")
    tesa.done("port", "MYSIM_2", port="6")

    refused = tesa.act("port/confirm")

    assert (refused.status, refused.source) == (406, "scenario")
    assert tesa.done("port/confirm", "MYSIM_2", port="6")


def test_an_order_that_is_placed_anew_does_not_keep_the_scenarios_of_the_earlier_one(
    tesa: Tesa,
) -> None:
    tesa.activate(own(), scenario="installation-incident")
    tesa.done("cancellation")
    request = tesa.activate(own())
    tesa.double.advance("4d")
    assert tesa.status(request) == "PROCESSED"
    tesa.done("access")
    tesa.done("port")

    assert tesa.done("port/confirm")


def test_an_installation_incident_leads_to_another_cto(tesa: Tesa) -> None:
    request = tesa.activate(own(), scenario="installation-incident")
    tesa.advance("3d")
    cto = tesa.done("access")["cto"]
    tesa.done("port")
    refused = tesa.post("port/confirm", {"externalReference": REFERENCE, "port": "5"})
    assert (refused.status, refused.json["code"]) == (406, "PORT_NOT_AVAILABLE")

    tesa.done("installation/incident")
    tesa.done("cto-change", ctoIdentifier="CTO-2800001-018")
    tesa.done("port", port="3")
    tesa.done("port/confirm", port="3")
    tesa.done("installation/end")
    tesa.advance("1h")

    read = tesa.read(request)
    assert (read["status"], read["cto"], read["cto_port"]) == ("FINISHED", "CTO-2800001-018", "3")
    assert read["cto"] != cto


def test_a_stuck_order_is_found_by_its_last_update(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="stuck-in-processing")
    tesa.activate(order("OTHER"))
    tesa.advance("30d")

    assert tesa.status(request) == "PROCESSING"
    assert tesa.list("statuses=PROCESSING&notUpdatedSince=2026-01-31T00:00:00Z") == [request]
    assert tesa.list("notUpdatedSince=2026-01-15T14:00:00Z") == []


def test_an_event_that_does_not_fit_changes_nothing(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="inconsistent-event")
    tesa.advance("3h")
    before = tesa.read(request)
    tesa.advance("1d")

    assert tesa.read(request) == before
    event = tesa.events(request)[-1]
    assert (event["message_type"], event["inconsistent"]) == ("INSTALLATION_ENDED", True)
    assert tesa.issues(request) == []
    tesa.advance("4d")
    assert tesa.status(request) == "FINISHED"
    assert [each["inconsistent"] for each in tesa.events(request)].count(True) == 1


@pytest.mark.parametrize("phase", ["PROCESSED", "FINISHED", "NOT_SENT", "CANCELLING"])
def test_an_event_that_does_not_fit_is_not_repeated_for_ever(phase: str) -> None:
    tesa = Tesa(course={"*": "at once", phase: {"after": "1h", "then": "INCIDENCE_TESA"}})
    installing = own if phase == "PROCESSED" else order
    request = tesa.given(
        status=phase if phase != "CANCELLING" else "INCIDENCE_OPERATOR",
        cancelling=phase == "CANCELLING",
        service_point=installing()["servicePoint"],
    )

    tesa.advance("30d")

    assert [each["inconsistent"] for each in tesa.events(request)].count(True) == 1
    assert tesa.issues(request) == [] or phase == "CANCELLING"
    if phase == "NOT_SENT":
        assert tesa.events(request)[0]["request_number"] == 0


# cancellation -----------------------------------------------------------------------------------


def test_an_accepted_cancellation_ends_the_order(tesa: Tesa) -> None:
    request = tesa.activate(own(), scenario="cancellation-accepted")
    tesa.advance("3d")
    tesa.done("access")
    tesa.done("port")
    tesa.done("cancellation")
    assert held(tesa, request) == "INSTALLING cancelling"

    tesa.advance("4h")

    assert held(tesa, request) == "CANCELED"
    assert tesa.messages(request)[-2:] == ["CANCELLATION_REQUESTED", "CANCELLATION_ACCEPTED"]
    (record,) = tesa.double.records(REQUESTS)
    assert record.data["access"] is None
    assert record.progress.held is None


def test_a_refused_cancellation_lets_the_order_go_on_with_the_time_it_had_left() -> None:
    course = {
        **STEADY,
        "VALIDATING": {"after": "10h"},
        "CANCELLING": {"after": "4h", "then": "REFUSED"},
    }
    tesa = Tesa(course=course)
    request = tesa.activate(order())
    tesa.advance("3h")  # two of the ten hours
    tesa.done("cancellation")
    tesa.advance("3h59m")
    assert held(tesa, request) == "VALIDATING cancelling"

    assert steps(tesa, "1m") == [("15T19:00", "VALIDATING")]

    assert held(tesa, request) == "VALIDATING"
    assert tesa.messages(request)[-1] == "CANCELLATION_REFUSED"
    assert tesa.read(request)["last_updated"] == "2026-01-15T19:00:00.000Z"
    assert steps(tesa, "7h59m") == []
    assert steps(tesa, "1m") == [("16T03:00", "PROCESSING")]


def test_a_second_cancellation_may_have_another_end(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="cancellation-refused")
    tesa.advance("3h")
    tesa.done("cancellation")
    tesa.advance("4h")
    assert held(tesa, request) == "PROCESSING"

    tesa.done("cancellation")
    tesa.advance("4h")

    assert held(tesa, request) == "CANCELED"


def test_a_cancellation_may_say_itself_how_it_ends(tesa: Tesa) -> None:
    request = tesa.activate(order())
    tesa.advance("3h")
    body = {"externalReference": REFERENCE}
    assert tesa.post("cancellation", body, scenario="cancellation-refused").status == 200

    tesa.advance("4h")

    assert held(tesa, request) == "PROCESSING"
    assert tesa.messages(request)[-1] == "CANCELLATION_REFUSED"


def test_a_cancelling_order_stands_still(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="cancellation-in-progress")
    tesa.advance("3h")
    tesa.done("cancellation")

    tesa.advance("90d")

    assert held(tesa, request) == "PROCESSING cancelling"
    assert tesa.list("cancelling=true") == [request]


def test_reads_that_were_waited_for_are_suspended_and_resumed() -> None:
    course = {"*": {"polls": 2}, "CANCELLING": {"polls": 3, "then": "REFUSED"}}
    tesa = Tesa(course=course)
    request = tesa.activate(order())
    seen = [held(tesa, request) for _ in range(3)]
    tesa.done("cancellation")

    seen += [held(tesa, request) for _ in range(4)]

    assert seen == [
        "NOT_SENT",
        "VALIDATING",
        "VALIDATING",
        "VALIDATING cancelling",
        "VALIDATING cancelling",
        "VALIDATING",
        "PROCESSING",
    ]


# by reads, at once, and by magic values ----------------------------------------------------------


def test_each_read_may_move_an_order_one_step(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="step-with-each-read")

    for _ in range(3):  # these are no reads of the request itself
        tesa.events(request)
        tesa.issues(request)
        tesa.list()

    assert [tesa.status(request) for _ in range(6)] == [
        "VALIDATING",
        "PROCESSING",
        "INSTALLING",
        "INSTALLED",
        "FINISHED",
        "FINISHED",
    ]


def test_a_read_by_another_tenant_moves_nothing(tesa: Tesa) -> None:
    request = tesa.activate(order(), scenario="step-with-each-read")

    assert tesa.get(f"requests/{request}", org="yoigo").status == 404
    assert tesa.status(request) == "VALIDATING"


def test_an_order_may_be_finished_at_once(tesa: Tesa) -> None:
    assert tesa.status(tesa.activate(order(), scenario="finished-at-once")) == "FINISHED"
    assert tesa.status(tesa.activate(own("B"), scenario="finished-at-once")) == "PROCESSED"


@pytest.mark.parametrize(
    ("name", "status", "end"),
    [
        ("MYSIM_REJECTED", "REJECTED", "REJECTED"),
        ("MYSIM_INCIDENCE_OPERATOR", "INCIDENCE_OPERATOR", "INCIDENCE_OPERATOR"),
        ("MYSIM_INCIDENCE_TESA", "INCIDENCE_TESA", "FINISHED"),
        ("MYSIM_STUCK", "PROCESSING", "PROCESSING"),
        ("MYSIM_FINISHED", "FINISHED", "FINISHED"),
    ],
)
def test_a_magic_reference_is_there_at_once_and_goes_on(
    tesa: Tesa, name: str, status: str, end: str
) -> None:
    request = tesa.activate(order(name))
    assert tesa.list(f"externalReference={name}") == [request]
    assert tesa.status(request) == status

    tesa.advance("9d")

    assert tesa.status(request) == end


def test_one_request_in_each_status_can_be_had() -> None:
    tesa = Tesa()
    tesa.double.session.activate(("tesamanager-v1/one-in-each-status",))

    names = tesa.list()

    assert len(names) == 14
    tesa.advance("30d")
    assert {tesa.status(each) for each in names if each.removeprefix("TESA-") in STATUSES} == (
        STATUSES
    )
    assert held(tesa, "TESA-CANCELLING") == "PROCESSING cancelling"
    tesa.done("incident/resolve", "MYSIM_9007")
    tesa.done("access", "MYSIM_9005")
    tesa.done("installation/incident", "MYSIM_9008")
    tesa.done("cto-change", "MYSIM_9009")


STATUSES = {
    "NOT_SENT",
    "VALIDATING",
    "REJECTED",
    "PROCESSING",
    "PROCESSED",
    "INCIDENCE_TESA",
    "INCIDENCE_OPERATOR",
    "INSTALLING",
    "INCIDENCE_INSTALLING",
    "INSTALLED",
    "CANCELED",
    "FINISHED",
}


@pytest.mark.parametrize(
    ("name", "tail", "again"),
    [
        ("creation-answer-lost", "activation", (400, "DUPLICATE_REFERENCE")),
        ("resolution-answer-lost", "incident/resolve", (406, "NO_OPEN_ISSUE")),
    ],
)
def test_what_is_repeated_after_a_lost_answer_was_done(
    tesa: Tesa, name: str, tail: str, again: tuple[int, str]
) -> None:
    body: Any = order()
    if tail != "activation":
        tesa.given(status="INCIDENCE_OPERATOR")
        body = {"externalReference": REFERENCE}

    lost = tesa.post(tail, body, scenario=name)

    assert lost.exchange.steering.fault is not None
    assert refusal(tesa.post(tail, body, scenario=name)) == again


# what an installation by TESA does on site --------------------------------------------------------


def test_tesa_takes_a_port_of_another_cto_at_its_end() -> None:
    tesa = Tesa(course=STEADY)
    request = tesa.activate(order())
    tesa.advance("3h")
    assert tesa.read(request)["cto_port"] == "1"
    tesa.done("cto-change", ctoIdentifier="CTO-9")
    assert "cto_port" not in tesa.read(request)

    tesa.advance("1h")

    read = tesa.read(request)
    assert (read["status"], read["cto"], read["cto_port"]) == ("INSTALLED", "CTO-9", "1")


def test_an_incident_on_site_suspends_the_work_of_tesa() -> None:
    tesa = Tesa(course=STEADY)
    request = tesa.activate(order())
    tesa.advance("3h")
    tesa.done("installation/incident")
    tesa.advance("9d")
    assert tesa.status(request) == "INCIDENCE_INSTALLING"

    tesa.done("incident/resolve")
    tesa.advance("2h")

    assert tesa.status(request) == "FINISHED"


def test_a_building_without_any_port_leaves_the_order_without_one() -> None:
    tesa = Tesa(course={"*": "at once"})
    requests = [tesa.activate(order(f"A{number}"), org=ORG) for number in range(129)]

    ports = [tesa.read(each).get("cto_port") for each in requests]

    assert ports[:128] == [str(number) for number in range(1, 17)] * 8
    assert ports[128] is None
    assert {tesa.status(each) for each in requests} == {"FINISHED"}


# who says what ----------------------------------------------------------------------------------


def test_what_was_asked_for_at_the_creation_counts_over_the_session_for_good() -> None:
    tesa = Tesa()
    tesa.double.session.activate(("tesamanager-v1/stuck-in-processing",))
    request = tesa.activate(order(), scenario="operator-incidence-repeated")
    tesa.advance("3d")
    tesa.done("incident/resolve")
    tesa.advance("3d")

    assert tesa.status(request) == "INCIDENCE_OPERATOR"
    assert [each["repeated"] for each in tesa.issues(request)] == [False, True]


def test_what_the_session_says_by_now_counts_for_what_begins_by_now() -> None:
    tesa = Tesa()
    request = tesa.activate(order())
    tesa.advance("10m")
    tesa.double.session.activate(("tesamanager-v1/cancellation-refused",))
    tesa.done("cancellation")
    tesa.advance("3d")

    assert not tesa.read(request)["cancelling"]
    assert "CANCELLATION_REFUSED" in tesa.messages(request)


@pytest.mark.parametrize("then", ["FAILED", "GRACE_PERIOD", "REJECTED"])
def test_an_outcome_of_all_phases_is_for_those_that_have_it(then: str) -> None:
    course = {"*": {"after": "1h", "then": then}}
    tesa = Tesa(scenarios={"common/all": {"course": course}})
    request = tesa.activate(order(), scenario="all")
    tesa.advance("3d")

    assert tesa.status(request) == ("REJECTED" if then == "REJECTED" else "FINISHED")
    assert not any(each["inconsistent"] for each in tesa.events(request))


def test_an_order_that_goes_in_a_circle_comes_to_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.timeline.ROUNDS_MAX", 50)
    loop = {"PROCESSING": {"after": "1h", "then": "INCIDENCE_TESA"}, "INCIDENCE_TESA": "at once"}
    tesa = Tesa(scenarios={"tesamanager-v1/loop": {"course": loop}})
    request = tesa.activate(order(), scenario="loop")

    fired = tesa.double.advance("365d")

    assert [each.stopped for each in fired].count(True) == 1
    assert 50 < len(tesa.events(request)) < 3 * 50
    assert tesa.double.session.records.next_due is None
