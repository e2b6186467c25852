"""Operations 1 and 2: an order is stored, and goes to TESA afterwards."""

from dataclasses import replace

from mockserver.clock import Moment, stamp
from mockserver.message import Json, Request
from mockserver.record import View
from mockserver.simulation import Decision
from mockserver.simulations.tesamanager.answers import bad_request, done
from mockserver.simulations.tesamanager.collection import COLLECTION
from mockserver.simulations.tesamanager.orders import reference_claim
from mockserver.simulations.tesamanager.table import ACTIVATION, NOT_SENT, TERMINATION


def create_activation(view: View, request: Request, moment: Moment) -> Decision:
    """Order an access: 201, or 400 `DUPLICATE_REFERENCE`."""
    return _created(view, request, moment, ACTIVATION)


def create_termination(view: View, request: Request, moment: Moment) -> Decision:
    """Order the end of an access: 201, or 400 `DUPLICATE_REFERENCE`."""
    return _created(view, request, moment, TERMINATION)


def _created(view: View, request: Request, moment: Moment, kind: str) -> Decision:
    org, body = request.path["org"], request.content
    reference = body["externalReference"]
    if view.holder(reference_claim(org, reference)) is not None:
        text = f"externalReference {reference} belongs to a request that has not ended"
        return bad_request("DUPLICATE_REFERENCE", text)
    point, indicator = body["servicePoint"], body.get("portabilityIndicator")
    optional = {"portability_indicator": indicator} if kind == ACTIVATION and indicator else {}
    now = stamp(moment.now)
    data: dict[str, Json] = {
        **COLLECTION.numbered(view, moment, {"reference_id": "TESA-"}),
        "org": org,
        "external_reference": reference,
        "persistence_type": kind,
        "status": NOT_SENT,
        "auto_installation": kind == ACTIVATION and point.get("autoInstallation") is True,
        "cancelling": False,
        "territory_owner": body["territoryOwner"],
        **optional,
        "technical_coordinators": body["technicalCoordinators"],
        "customer": body["customer"],
        "service_point": point,
        "created": now,
        "last_updated": now,
        "events": [],
        "issues": [],
        "access": None,
        "visits": 0,
    }
    record = COLLECTION.made(data, moment)
    return replace(done(data, "Request created", [record]), status=201)
