"""Operations 13 to 16: the reads. A tenant sees its own requests alone."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from mockserver.clock import Moment, instant_of
from mockserver.message import Json, Request
from mockserver.record import Record, View
from mockserver.simulation import Decision
from mockserver.simulations.tesamanager.answers import not_found
from mockserver.simulations.tesamanager.orders import REQUESTS, shown

STATUSES: Final = "statuses"
# Filters by their member of a request; `statuses` has several values, the others one.
FILTERS: Final = {
    STATUSES: "status",
    "autoInstallation": "auto_installation",
    "cancelling": "cancelling",
    "persistence_type": "persistence_type",
}


def list_reference_ids(view: View, request: Request, _moment: Moment) -> Decision:
    """The ids of the requests that pass all filters, oldest first."""
    query = request.query
    facets: dict[str, Collection[Json]] = {"org": (request.path["org"],)}
    for name, member in FILTERS.items():
        if name in query:
            facets[member] = query[name] if name == STATUSES else (query[name],)
    before = instant_of(query["notUpdatedSince"]) if "notUpdatedSince" in query else None
    found: Iterable[Record]
    if "externalReference" in query:
        known = view.by(REQUESTS, "external_reference", query["externalReference"])
        found = (each for each in known if _passes(each, facets, before))
    else:
        found = view.filtered(REQUESTS, facets, before)
    return Decision(200, {"reference_ids": [each.id for each in found]})


def _passes(record: Record, facets: dict[str, Collection[Json]], before: datetime | None) -> bool:
    data = record.data
    if any(data[member] not in allowed for member, allowed in facets.items()):
        return False
    return before is None or datetime.fromisoformat(data["last_updated"]) < before


def get_request(view: View, request: Request, _moment: Moment) -> Decision:
    """A request as it is now."""
    record = subject(view, request)
    return _unknown(request) if record is None else Decision(200, shown(record))


def list_events(view: View, request: Request, _moment: Moment) -> Decision:
    """What TESA said of a request, in order."""
    record = subject(view, request)
    return _unknown(request) if record is None else Decision(200, record.data["events"])


def list_issues(view: View, request: Request, _moment: Moment) -> Decision:
    """The issues of a request, in order."""
    record = subject(view, request)
    return _unknown(request) if record is None else Decision(200, record.data["issues"])


def subject(view: View, request: Request) -> Record | None:
    """The request that a read is about, None where the tenant has none of that id."""
    record = view.get(REQUESTS, request.path["referenceId"])
    if record is None or record.data["org"] != request.path["org"]:
        return None
    return record


def _unknown(request: Request) -> Decision:
    text = f"{request.path['org']} has no request {request.path['referenceId']}"
    return not_found("REQUEST_NOT_FOUND", text)
