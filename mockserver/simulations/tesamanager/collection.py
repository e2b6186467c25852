"""The requests at TESA as records of a session, and what a seed need not write of them."""

from collections.abc import Iterable
from typing import Final

from mockserver.clock import Moment, drawn, stamp
from mockserver.lifecycle import interrupted
from mockserver.message import Json
from mockserver.record import Record
from mockserver.simulation import Collection
from mockserver.simulations.tesamanager.cto import boxes_of, port_claim
from mockserver.simulations.tesamanager.orders import (
    ISSUE_CODES,
    MESSAGES,
    REQUESTS,
    event,
    numbered,
    raised,
    reference_claim,
)
from mockserver.simulations.tesamanager.provider import elapse
from mockserver.simulations.tesamanager.schema import SCHEMA
from mockserver.simulations.tesamanager.table import (
    ACTIVATION,
    CANCELED,
    CANCELLING,
    ENDED,
    FINISHED,
    INCIDENCE_INSTALLING,
    INCIDENCE_OPERATOR,
    INCIDENCE_TESA,
    INSTALLED,
    INSTALLING,
    LIFECYCLE,
    NOT_SENT,
    PROCESSED,
    PROCESSING,
    REJECTED,
    TERMINATION,
    VALIDATING,
    Data,
    is_installed_by_tesa,
    is_self_installed,
)

# What was said before a status, less the start on site, which TESA says of its own ones alone.
_ACCEPTED: Final = (VALIDATING, PROCESSING)
_BEFORE: Final = {
    NOT_SENT: (),
    VALIDATING: (VALIDATING,),
    REJECTED: (VALIDATING, REJECTED),
    CANCELED: (VALIDATING, CANCELLING, CANCELED),
    PROCESSING: _ACCEPTED,
    INCIDENCE_TESA: (*_ACCEPTED, INCIDENCE_TESA),
    PROCESSED: (*_ACCEPTED, PROCESSED),
    INSTALLING: (*_ACCEPTED, PROCESSED),
    INCIDENCE_INSTALLING: (*_ACCEPTED, PROCESSED, INCIDENCE_INSTALLING),
    INSTALLED: (*_ACCEPTED, PROCESSED, INSTALLED),
    FINISHED: (*_ACCEPTED, PROCESSED, INSTALLED, FINISHED),
}
_ON_SITE: Final = frozenset({INSTALLING, INCIDENCE_INSTALLING, INSTALLED})


def _settled(record: Record, moment: Moment) -> Record:
    """One that is being cancelled waits for TESA to decide."""
    if not record.data["cancelling"]:
        return record
    return LIFECYCLE.begin(interrupted(record, moment), CANCELLING, moment)


def _claims(record: Record) -> Iterable[str]:
    data = record.data
    if data["status"] not in ENDED:
        yield reference_claim(data["org"], data["external_reference"])
    if "cto" in data and "cto_port" in data and not data.get("port_left"):
        yield port_claim(data["cto"], data["cto_port"])


# what a seed need not write -------------------------------------------------------------------


def completed(data: Data, moment: Moment) -> Data:
    """A whole request of what its author wrote: one that came to its status in the usual way."""
    point = data.get("service_point", {})
    kind = TERMINATION if "iua" in point else ACTIVATION
    whole: dict[str, Json] = {
        "reference_id": f"TESA-{moment.tag}{_number(data):06}",
        "persistence_type": kind,
        "status": NOT_SENT,
        "auto_installation": bool(point.get("autoInstallation")),
        "cancelling": False,
        "territory_owner": "NEBA",
        "access": None,
        "visits": 0,
        "created": stamp(moment.now),
        **data,
    }
    whole.setdefault("last_updated", whole["created"])
    if whole["persistence_type"] == TERMINATION:
        whole["auto_installation"] = False
    status = whole["status"]
    if status != NOT_SENT:
        whole = dict(numbered(whole, moment))
    if status == INCIDENCE_OPERATOR:
        whole.setdefault("arose_in", VALIDATING)
    if status in _ON_SITE:
        whole.setdefault("cto", boxes_of(whole)[0])
        if is_self_installed(whole) and "access" not in data:
            whole |= {"access": _opened(whole), "visits": 1}
    return _with_issues(_with_events(whole), moment)


def _number(data: Data) -> int:
    """What ends the id of a seed that has none: the same for the same order."""
    return drawn("tesa-request", data["org"], data["external_reference"]) % 10**6


def _opened(data: Data) -> Json:
    name = "ACC-" + str(data["reference_id"]).removeprefix("TESA-")
    return {"id": name, "technician_code": "TEC00001", "opened": data["last_updated"]}


def _with_events(data: Data) -> dict[str, Json]:
    whole: dict[str, Json] = {**data, "events": []}
    messages = data.get("events")
    if messages is None:
        messages = [{"message_type": each} for each in _said(data)]
    for each in messages:
        usual = event(whole, each["message_type"], data["last_updated"])
        whole["events"] = [*whole["events"], {**usual, **each}]
    return whole


def _said(data: Data) -> list[str]:
    status = data["status"]
    if status == INCIDENCE_OPERATOR:
        before = (VALIDATING,) if data["arose_in"] == VALIDATING else _ACCEPTED
        said = [*before, INCIDENCE_OPERATOR]
    else:
        said = list(_BEFORE[status])
    if is_installed_by_tesa(data) and status != PROCESSED:
        said = [INSTALLING if each == PROCESSED else each for each in said]
    elif data["persistence_type"] == TERMINATION:
        said = [each for each in said if each != INSTALLED]
    if data["cancelling"]:
        said.append(CANCELLING)
    return [MESSAGES[each] for each in said]


def _with_issues(data: dict[str, Json], moment: Moment) -> Data:
    whole: Data = {**data, "issues": []}
    issues = data.get("issues")
    if issues is None:
        code = ISSUE_CODES.get(data["status"])
        issues = [{"issue_code": code}] if code else []
    for each in issues:
        *before, usual = raised(whole, each["issue_code"], moment)["issues"]
        given = {**usual, "last_updated": data["last_updated"], **each}
        whole = {**whole, "issues": [*before, given]}
    return whole


COLLECTION: Final = Collection(
    name=REQUESTS,
    summary="An order to TESA: an activation or a termination of an access",
    apis=("tesamanager-v1",),
    schema=SCHEMA,
    identity=("reference_id",),
    keys=("external_reference", "iua"),
    facets=("org", "status", "auto_installation", "cancelling", "persistence_type"),
    stamp="last_updated",
    claims=_claims,
    lifecycle=LIFECYCLE,
    elapse=elapse,
    completed=completed,
    settled=_settled,
)
