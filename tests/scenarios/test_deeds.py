"""Where a shipped scenario says that a deed was done although its reply differs, it was done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.server.app import App
from mockserver.settings import Settings
from tests.scenarios.samples import ROOT
from tests.server.conftest import Documented, every_operation
from tests.simulations.double import CORRELATION, Double, Said
from tests.simulations.tesa import Tesa, order, own, refusal

OPERATIONS: Final = {each.id: each for each in every_operation()}
DESPITE: Final = sorted((ROOT / "scenarios").glob("*/create-done-despite-error.yaml"))
CREATIONS: Final = {
    "agile-tv-v3": "createSubscription",
    "amazon-tv-v1": "createAmazonSubscription",
    "device-insurance-v1": "createInsuranceRequest",
    "device-insurance-v2": "createInsuranceRequest",
    "disney-tv-v2": "createDisneySubscription",
    "hbo-tv-v1": "createHboSubscription",
    "hbo-tv-v2": "createHboSubscription",
    "mobile-v1": "activateMobile",
    "netflix-tv-v1": "createNetflixSubscription",
    "netflix-tv-v2": "createNetflixSubscription",
    "orange-tv-v1": "activateOrangeTvSubscription",
}


def created(double: Double, stem: str, scenario: str = "", correlation: str = CORRELATION) -> Said:
    """The reply to the creation that the contract has for an example."""
    documented: Documented = OPERATIONS[f"{stem}/{CREATIONS[stem]}"]
    call = documented.example()
    return double.call(
        call.method, call.target, call.content, scenario=scenario, correlation=correlation
    )


def made(double: Double) -> set[tuple[str, str]]:
    """Everything that the session remembers."""
    records = double.session.records
    return {(name, each.id) for name in records.collections for each in records.all(name)}


@pytest.mark.parametrize("file", DESPITE, ids=lambda file: file.parent.name)
def test_a_creation_that_answered_an_error_was_done_and_its_repetition_is_refused(
    file: Path,
) -> None:
    stem = file.parent.name
    double, usual = Double(stem), Double(stem)

    failed = created(double, stem, file.stem)
    again = created(double, stem, file.stem, CORRELATION[::-1])

    assert (failed.status, failed.source) == (500, "scenario")
    assert created(usual, stem).status < 300
    assert made(double) >= made(usual) != set()
    assert (again.status, again.source) == (400, "simulation")


def _bare(stem: str) -> str:
    names = ("accepted-bare", "created-without-ids", "accepted-without-ids")
    return next(name for name in names if (ROOT / "scenarios" / stem / f"{name}.yaml").exists())


@pytest.mark.parametrize("stem", CREATIONS)
def test_what_was_accepted_with_a_bare_answer_is_done(stem: str) -> None:
    double, usual = Double(stem), Double(stem)

    said = created(double, stem, _bare(stem))
    normal = created(usual, stem)

    assert (said.status, said.source) == (normal.status, "scenario")
    assert list(said.json) == ["message"]
    assert made(double) == made(usual) != set()


@pytest.mark.parametrize("name", ["empty-body", "malformed-json", "wrong-types"])
def test_a_success_that_cannot_be_read_was_one(name: str, call: Callable[..., Any]) -> None:
    app = App(Settings())
    sign_up = OPERATIONS["agile-tv-v3/createSubscription"].example()
    headers = sign_up.sent_headers | {"X-Mock-Session": "shop", "X-Mock-Scenario": name}

    said = call(app, "POST", sign_up.target, headers=headers, body=sign_up.body)
    headers["Request-Correlation-Id"] = CORRELATION[::-1]
    again = call(app, "POST", sign_up.target, headers=headers, body=sign_up.body)

    assert (said.status, said.source) == (202, "scenario")
    assert said.headers["x-mock-violations"] != "0"
    assert (again.status, again.source) == (400, "simulation")


@pytest.fixture
def tesa() -> Tesa:
    return Tesa()


@pytest.mark.parametrize("kind", ["activation", "termination"])
def test_an_order_whose_id_was_not_told_is_found_by_its_reference(tesa: Tesa, kind: str) -> None:
    body: Any = order() if kind == "activation" else order(servicePoint={"iua": "V33904AHB202"})

    said = tesa.post(kind, body, scenario="created-without-reference-id")

    assert (said.status, said.json) == (201, {"code": "OK", "message": "Request created"})
    (request,) = tesa.list(f"externalReference={body['externalReference']}")
    assert tesa.read(request)["status"] == "NOT_SENT"


def test_an_order_that_is_refused_is_not_said_to_be_created(tesa: Tesa) -> None:
    tesa.activate(order())

    again = tesa.post("activation", order(), scenario="created-without-reference-id")

    assert refusal(again) == (400, "DUPLICATE_REFERENCE")
    assert again.exchange.steering.scenarios == ()


def test_an_access_that_was_told_without_its_port_is_open(tesa: Tesa) -> None:
    tesa.activate(own(), scenario="finished-at-once")

    opened = tesa.post(
        "access",
        {"externalReference": own()["externalReference"], "technicianCode": "T-1"},
        scenario="optional-members-absent",
    )

    assert (opened.status, opened.json) == (200, {"code": "OK"})
    assert tesa.done("port")
