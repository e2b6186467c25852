"""Calls to Tesamanager, as an operator makes them."""

from typing import Any, Final

from tests.simulations.double import Double, Said

STEM: Final = "tesamanager-v1"
ORG: Final = "masmovil"
REFERENCE: Final = "MYSIM_123456"
PLACE: Final = "28000010276800007         006DCHA    "
REQUESTS: Final = "tesa-requests"
STEADY: Final = {"*": {"after": "1h"}}  # every step takes an hour
ACTIONS: Final[dict[str, dict[str, Any]]] = {
    "cancellation": {},
    "incident/resolve": {},
    "access": {"technicianCode": "TEC00482"},
    "status-cto": {},
    "port": {"port": "5"},
    "port/confirm": {"port": "5"},
    "access/terminate": {"observations": "Another day"},
    "installation/incident": {
        "requestType": "NEBA",
        "requestNumber": 1,
        "subRequestNumber": 1,
        "incidence": "I210",
        "cto": "CTO",
        "comments": "No light",
    },
    "installation/end": {
        "requestType": "NEBA",
        "requestNumber": 1,
        "subRequestNumber": 1,
        "test": "OK",
        "indicator": "S",
        "owner": "OPERATOR",
    },
    "cto-change": {"ctoIdentifier": "CTO-2800001-999", "reason": "AV"},
}
NUMBERED: Final = ("installation/incident", "installation/end")


def order(reference: str = REFERENCE, **members: Any) -> dict[str, Any]:
    """The body of an activation that TESA installs; `members` are other ones."""
    return {
        "territoryOwner": "NEBA",
        "externalReference": reference,
        "technicalCoordinators": {"main": {"name": "Marta Gil Soto", "phone": "600123456"}},
        "customer": {"documentType": "NIF", "documentNumber": "12345678Z", "name": "Ana"},
        "servicePoint": {"gescal": PLACE},
        **members,
    }


def own(reference: str = REFERENCE, place: str = PLACE, **members: Any) -> dict[str, Any]:
    """The body of an activation that the operator's technician installs."""
    return order(reference, servicePoint={"gescal": place, "autoInstallation": True}, **members)


class Tesa:
    """A double of Tesamanager alone, and its sixteen operations."""

    def __init__(self, **how: Any) -> None:
        self.double = Double(STEM, **how)

    def post(self, tail: str, body: Any, *, org: str = ORG, scenario: str = "") -> Said:
        return self.double.call("POST", f"/v1/orgs/{org}/tesa/{tail}", body, scenario=scenario)

    def get(self, tail: str, *, org: str = ORG) -> Said:
        return self.double.call("GET", f"/v1/orgs/{org}/tesa/{tail}")

    def activate(self, body: dict[str, Any], **how: Any) -> str:
        """Order an access; the id of the request."""
        said = self.post("activation", body, **how)
        assert said.status == 201, said.json
        return str(said.json["referenceId"])

    def terminate(self, reference: str = REFERENCE, iua: str = "V33904AHB202", **how: Any) -> str:
        """Order the end of an access; the id of the request."""
        said = self.post("termination", order(reference, servicePoint={"iua": iua}), **how)
        assert said.status == 201, said.json
        return str(said.json["referenceId"])

    def act(self, tail: str, reference: str = REFERENCE, *, org: str = ORG, **body: Any) -> Said:
        """An action with its usual body, which quotes the numbers that TESA gave."""
        usual = dict(ACTIONS[tail])
        if tail in NUMBERED:
            known = self.list(f"externalReference={reference}", org=org)
            found = self.read(known[-1], org=org) if known else {}
            if "request_number" in found:
                usual["requestNumber"] = found["request_number"]
                usual["subRequestNumber"] = found["subrequest_number"]
        return self.post(tail, {"externalReference": reference, **usual, **body}, org=org)

    def done(self, tail: str, reference: str = REFERENCE, **body: Any) -> Any:
        """An action that is accepted; its result."""
        said = self.act(tail, reference, **body)
        assert (said.status, said.json["code"]) == (200, "OK"), said.json
        return said.json

    def read(self, request: str, *, org: str = ORG) -> Any:
        said = self.get(f"requests/{request}", org=org)
        assert said.status == 200, said.json
        return said.json

    def status(self, request: str) -> str:
        return str(self.read(request)["status"])

    def events(self, request: str) -> list[Any]:
        return list(self.get(f"requests/{request}/events").json)

    def messages(self, request: str) -> list[str]:
        return [each["message_type"] for each in self.events(request)]

    def issues(self, request: str) -> list[Any]:
        return list(self.get(f"requests/{request}/issues").json)

    def list(self, query: str = "", *, org: str = ORG) -> list[str]:
        said = self.get("requests" + (f"?{query}" if query else ""), org=org)
        assert said.status == 200, said.json
        return list(said.json["reference_ids"])

    def advance(self, span: str) -> None:
        self.double.advance(span)

    def given(self, **data: Any) -> str:
        """A seeded request; its id."""
        whole = {"org": ORG, "external_reference": REFERENCE, **data}
        self.double.given(REQUESTS, whole)
        return self.list(f"externalReference={whole['external_reference']}", org=whole["org"])[-1]

    def on_site(self, reference: str = REFERENCE, place: str = PLACE) -> str:
        """A self-installation with an open access, where every step takes an hour."""
        request = self.activate(own(reference, place))
        self.advance("3h")
        assert self.status(request) == "PROCESSED"
        self.done("access", reference)
        return request


def refusal(said: Said) -> tuple[int, str]:
    """Status and code of a refusal of the simulation."""
    assert said.source == "simulation", said.json
    return said.status, said.json["code"]
