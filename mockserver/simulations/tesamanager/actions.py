"""Operations 3 to 12: what the operator does with a request that is there.

The checks of every action come in this order (inferred; tesamanager.md, section 6.3):

1. The reference is known in the tenant, else 404 `REQUEST_NOT_FOUND`. It means the live request,
   otherwise the newest.
2. The request is not being cancelled, else 406 `CANCELLING`.
3. What never depends on the status: an access is for a self-installation (`NOT_SELF_INSTALLED`) and
   opened once (`ACCESS_ALREADY_OPEN`); only an open issue can be resolved (`NO_OPEN_ISSUE`).
4. The table has the operation in this status, else 406 `INVALID_STATUS`.
5. What is reported is about this request: TESA's numbers, else 404 `NUMBERS_MISMATCH`; its kind,
   else 400 `BAD_REQUEST`.
6. The access is open, else 406 `ACCESS_NOT_OPEN`.
7. The port: 406 `PORT_NOT_AVAILABLE`, then 406 `PORT_MISMATCH`.

A refusal changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mockserver.clock import Moment, stamp
from mockserver.lifecycle import interrupted, steered
from mockserver.message import Json, Request
from mockserver.record import Record, View
from mockserver.simulation import Decide, Decision
from mockserver.simulations.tesamanager.answers import (
    bad_request,
    done,
    not_acceptable,
    not_found,
)
from mockserver.simulations.tesamanager.cto import (
    PORTS,
    cto_of,
    free_ports,
    is_available,
)
from mockserver.simulations.tesamanager.orders import (
    MESSAGES,
    REQUESTS,
    has_open_issue,
    raised,
    reference_claim,
    resolved,
    told,
    updated,
    without,
)
from mockserver.simulations.tesamanager.table import (
    CANCELED,
    CANCELLING,
    INCIDENCE_INSTALLING,
    INSTALLED,
    LIFECYCLE,
    Data,
    has_access,
    is_self_installed,
)

Check = Callable[[View, Record, Json], Decision | None]
Work = Callable[[View, Record, Json, Moment], Decision]  # record, body

KINDS: Final = {"NEBA": "NEBA", "VULA_COMMERCIAL": "VULA", "VULA_REGULATED": "VULA"}


# the checks -----------------------------------------------------------------------------------


def _found(view: View, org: str, reference: str) -> Record | None:
    """The live request with an external reference, otherwise the newest, None for none."""
    live = view.holder(reference_claim(org, reference))
    if live is not None:
        return live
    known = view.by(REQUESTS, "external_reference", reference)
    return next((each for each in reversed(known) if each.data["org"] == org), None)


def _is_self_installed(_view: View, record: Record, _body: Json) -> Decision | None:
    if is_self_installed(record.data):
        return None
    return not_acceptable("NOT_SELF_INSTALLED", "Request is not a self-installation")


def _has_no_access(_view: View, record: Record, _body: Json) -> Decision | None:
    if not has_access(record.data):
        return None
    return not_acceptable("ACCESS_ALREADY_OPEN", "Request has an open access already")


def _has_open_issue(_view: View, record: Record, _body: Json) -> Decision | None:
    if has_open_issue(record.data):
        return None
    return not_acceptable("NO_OPEN_ISSUE", "Request has no open issue")


def _has_numbers(_view: View, record: Record, body: Json) -> Decision | None:
    data = record.data
    number, sub_number = body["requestNumber"], body["subRequestNumber"]
    if (number, sub_number) == (data["request_number"], data["subrequest_number"]):
        return None
    text = f"Request {data['external_reference']} is not TESA's {number} / {sub_number}"
    return not_found("NUMBERS_MISMATCH", text)


def _has_kind(_view: View, record: Record, body: Json) -> Decision | None:
    owner, kind = record.data["territory_owner"], body["requestType"]
    if KINDS[owner] == kind:
        return None
    return bad_request("BAD_REQUEST", f"requestType: '{kind}' does not fit a request of {owner}")


def _has_access(_view: View, record: Record, _body: Json) -> Decision | None:
    if has_access(record.data):
        return None
    return not_acceptable("ACCESS_NOT_OPEN", "Request has no open access")


def _port_is_available(view: View, record: Record, body: Json) -> Decision | None:
    cto, port = record.data["cto"], body["port"]
    if is_available(view, cto, port, record.id):
        return None
    return not_acceptable("PORT_NOT_AVAILABLE", f"Port {port} of {cto} is not available")


def _has_port(_view: View, record: Record, _body: Json) -> Decision | None:
    if "cto_port" in record.data:
        return None
    return not_acceptable("PORT_MISMATCH", "Request has no port assigned")


def _port_is_assigned(_view: View, record: Record, body: Json) -> Decision | None:
    assigned, port = record.data["cto_port"], body["port"]
    if assigned == port:
        return None
    return not_acceptable("PORT_MISMATCH", f"Port {assigned} is assigned, not {port}")


# Before the status is looked at, and after it.
BEFORE: Final[Mapping[str, Sequence[Check]]] = {
    "createTesaAccess": (_is_self_installed, _has_no_access),
    "resolveTesaIncident": (_has_open_issue,),
}
AFTER: Final[Mapping[str, Sequence[Check]]] = {
    "createTesaPort": (_has_access, _port_is_available),
    "confirmTesaPort": (_has_access, _port_is_available, _has_port, _port_is_assigned),
    "terminateTesaAccess": (_has_access,),
    "createTesaInstallationIncident": (_has_numbers,),
    "endTesaInstallation": (_has_numbers, _has_kind, _has_access, _has_port),
}


def _has_status(operation: str, record: Record) -> Decision | None:
    status = record.data["status"]
    if any(each.by == operation and each.source == status for each in LIFECYCLE.transitions):
        return None
    return not_acceptable("INVALID_STATUS", f"Request is {status}")


def _refused(view: View, record: Record, body: Json, operation: str) -> Decision | None:
    if record.data["cancelling"]:
        return not_acceptable("CANCELLING", "Request is being cancelled")
    for check in BEFORE.get(operation, ()):
        refusal = check(view, record, body)
        if refusal is not None:
            return refusal
    refusal = _has_status(operation, record)
    for check in AFTER.get(operation, ()) if refusal is None else ():
        refusal = refusal or check(view, record, body)
    return refusal


# the work -------------------------------------------------------------------------------------


def _moved(record: Record, operation: str, data: Data, moment: Moment) -> Record:
    """The record with changed data, in the status to which the operation leads."""
    transition = LIFECYCLE.called(record, operation)
    assert transition is not None  # noqa: S101 - checked before
    after = replace(record, data=updated(data, moment))
    if transition.target == record.data["status"]:
        return after
    return LIFECYCLE.enter(after, transition.target, moment)


def _cancel(_view: View, record: Record, _body: Json, moment: Moment) -> Decision:
    data = record.data
    transition = LIFECYCLE.called(record, "cancelTesaRequest")
    assert transition is not None  # noqa: S101 - checked before
    if transition.target == CANCELED:
        canceled = _moved(record, "cancelTesaRequest", data, moment)
        return done(data, "Request cancelled", [canceled])
    asked = told({**data, "cancelling": True}, MESSAGES[CANCELLING], moment)
    held = replace(interrupted(record, moment), data=updated(asked, moment))
    waiting = LIFECYCLE.begin(held, CANCELLING, moment)
    return done(data, "Cancellation requested", [waiting])


def _resolve(_view: View, record: Record, _body: Json, moment: Moment) -> Decision:
    data = resolved(record.data, moment)
    after = _moved(record, "resolveTesaIncident", data, moment)
    return done(data, "Incident resolved", [after])


def _open(view: View, record: Record, body: Json, moment: Moment) -> Decision:
    data = record.data
    cto, visits = cto_of(view, data), data["visits"] + 1
    name = "ACC-" + str(data["reference_id"]).removeprefix("TESA-")
    access = {
        "id": name if visits == 1 else f"{name}-{visits}",
        "technician_code": body["technicianCode"],
        "opened": stamp(moment.now),
    }
    opened = {**data, "cto": cto, "access": access, "visits": visits}
    ports = free_ports(view, cto)
    return done(
        data,
        "Access opened",
        [_moved(record, "createTesaAccess", opened, moment)],
        accessId=access["id"],
        cto=cto,
        **({"ctoPort": ports[0]} if ports else {}),
        requestNumber=data["request_number"],
        subRequestNumber=data["subrequest_number"],
    )


def _status_of_cto(view: View, record: Record, _body: Json, _moment: Moment) -> Decision:
    cto = record.data["cto"]
    details = f"{cto} has {len(free_ports(view, cto))} of {len(PORTS)} ports free"
    return done(record.data, "CTO status retrieved", details=details)


def _assign(_view: View, record: Record, body: Json, moment: Moment) -> Decision:
    data, port = record.data, body["port"]
    after = _moved(record, "createTesaPort", {**data, "cto_port": port}, moment)
    return done(data, "Port assigned", [after], details=f"Port {port} of {data['cto']}")


def _confirm(_view: View, record: Record, body: Json, moment: Moment) -> Decision:
    data = record.data
    after = _moved(record, "confirmTesaPort", data, moment)
    return done(data, "Port confirmed", [after], details=f"Port {body['port']} of {data['cto']}")


def _terminate(_view: View, record: Record, _body: Json, moment: Moment) -> Decision:
    data = {**without(record.data, "cto_port"), "access": None}
    after = _moved(record, "terminateTesaAccess", data, moment)
    return done(data, "Access terminated", [after])


def _report(_view: View, record: Record, body: Json, moment: Moment) -> Decision:
    data = raised(record.data, body["incidence"], moment)
    data = told(data, MESSAGES[INCIDENCE_INSTALLING], moment)
    after = _moved(record, "createTesaInstallationIncident", data, moment)
    return done(data, "Installation incident reported", [after])


def _end(_view: View, record: Record, _body: Json, moment: Moment) -> Decision:
    data = told(record.data, MESSAGES[INSTALLED], moment)
    after = _moved(record, "endTesaInstallation", data, moment)
    return done(data, "Installation ended", [after])


def _change_cto(_view: View, record: Record, body: Json, moment: Moment) -> Decision:
    """The port is given up: one of the new CTO has to be assigned, also where one is proposed."""
    data, cto = record.data, body["ctoIdentifier"]
    changed: Data = {**without(data, "cto_port"), "cto": cto}
    if data["status"] == INCIDENCE_INSTALLING:
        changed = resolved(changed, moment)
    after = _moved(record, "changeTesaCto", changed, moment)
    return done(data, "CTO changed", [after], details=f"{data['cto']} to {cto}")


WORKS: Final[Mapping[str, Work]] = {
    "cancelTesaRequest": _cancel,
    "resolveTesaIncident": _resolve,
    "createTesaAccess": _open,
    "createTesaStatusCto": _status_of_cto,
    "createTesaPort": _assign,
    "confirmTesaPort": _confirm,
    "terminateTesaAccess": _terminate,
    "createTesaInstallationIncident": _report,
    "endTesaInstallation": _end,
    "changeTesaCto": _change_cto,
}


def _action(operation: str, work: Work) -> Decide:
    def decide(view: View, request: Request, moment: Moment) -> Decision:
        org, body = request.path["org"], request.content
        reference = body["externalReference"]
        record = _found(view, org, reference)
        if record is None:
            text = f"{org} has no request with externalReference {reference}"
            return not_found("REQUEST_NOT_FOUND", text)
        refusal = _refused(view, record, body, operation)
        return refusal or work(view, steered(record, moment.courses), body, moment)

    return decide


ACTIONS: Final[Mapping[str, Decide]] = {
    operation: _action(operation, work) for operation, work in WORKS.items()
}
