"""What TESA does by itself, as the course of a request says.

Each step is told by an event that is dated when it was due. What a course wants and the table does
not have is an event too, marked inconsistent, and nothing else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from mockserver.clock import Moment
from mockserver.course import steps_of
from mockserver.lifecycle import GONE, released, resumed
from mockserver.record import Change, Record, View
from mockserver.simulations import world
from mockserver.simulations.tesamanager.cto import cto_of, free_ports
from mockserver.simulations.tesamanager.orders import (
    CLEARED,
    ISSUE_CODES,
    MESSAGES,
    REQUESTS,
    numbered,
    raised,
    resolved,
    told,
    updated,
    without,
)
from mockserver.simulations.tesamanager.table import (
    CANCELED,
    FINISHED,
    INCIDENCE_OPERATOR,
    INCIDENCE_TESA,
    INSTALLED,
    INSTALLING,
    LIFECYCLE,
    PROCESSING,
    REFUSED,
    VALIDATING,
    Data,
    is_termination,
)

Work = Callable[[View, Data, str, Moment], Data]  # data, code of the outcome


def elapse(view: View, record: Record, moment: Moment) -> Sequence[Change]:
    """What TESA makes of the phase in which a request waits."""
    outcome = LIFECYCLE.outcome(record)
    if not outcome.fits:
        return [_unfit(record, outcome.target, moment)]
    if outcome.target == REFUSED:
        data = told({**record.data, "cancelling": False}, MESSAGES[REFUSED], moment)
        return [resumed(replace(record, data=updated(data, moment)), moment)]
    work = WORKS.get(outcome.target, _nothing)
    data = work(view, record.data, outcome.code, moment)
    data = updated(told(data, _message(record, outcome.target), moment), moment)
    after = LIFECYCLE.enter(replace(released(record), data=data), outcome.target, moment)
    if outcome.target == FINISHED:
        return _finished(view, after, moment)
    return [after]


def _message(record: Record, target: str) -> str:
    if record.progress.phase == INCIDENCE_TESA:
        return CLEARED
    return MESSAGES[target]


def _unfit(record: Record, target: str, moment: Moment) -> Record:
    """The request with an event that does not fit, waiting for the next step of the same phase.

    Where the course has no further step for the phase, it waits for nothing any more.
    """
    data = record.data
    if target != GONE:
        data = told(data, MESSAGES[target], moment, inconsistent=True)
    progress = record.progress
    phase = progress.phase
    after = replace(record, data=data)
    if progress.taken.get(phase, 0) < len(steps_of(progress.course, phase)):
        return LIFECYCLE.begin(after, phase, moment)
    return replace(after, progress=replace(progress, due=None, polls=0, then="", code=""))


# what a step changes ----------------------------------------------------------------------------


def _nothing(_view: View, data: Data, _code: str, _moment: Moment) -> Data:
    return data


def _sent(_view: View, data: Data, _code: str, moment: Moment) -> Data:
    return numbered(data, moment)


def _accepted(_view: View, data: Data, _code: str, moment: Moment) -> Data:
    return resolved(data, moment) if data["status"] == INCIDENCE_TESA else data


def _stopped_by_operator(_view: View, data: Data, code: str, moment: Moment) -> Data:
    arisen = {**data, "arose_in": data["status"]}
    return raised(arisen, code or ISSUE_CODES[INCIDENCE_OPERATOR], moment)


def _stopped_by_tesa(_view: View, data: Data, code: str, moment: Moment) -> Data:
    return raised(data, code or ISSUE_CODES[INCIDENCE_TESA], moment)


def _ported(view: View, data: Data, _code: str, _moment: Moment) -> Data:
    """TESA works at a CTO, and takes a port of it where one is free."""
    cto = cto_of(view, data)
    if "cto_port" in data:
        return data
    ports = free_ports(view, cto)
    return {**data, "cto": cto, **({"cto_port": ports[0]} if ports else {})}


def _canceled(_view: View, data: Data, _code: str, _moment: Moment) -> Data:
    return {**without(data, "cto_port"), "cancelling": False, "access": None}


def _closed(_view: View, data: Data, _code: str, _moment: Moment) -> Data:
    return {**data, "access": None}


# By what follows; what is not here changes nothing but the status.
WORKS: Final[Mapping[str, Work]] = {
    VALIDATING: _sent,
    PROCESSING: _accepted,
    INCIDENCE_OPERATOR: _stopped_by_operator,
    INCIDENCE_TESA: _stopped_by_tesa,
    INSTALLING: _ported,
    INSTALLED: _ported,
    CANCELED: _canceled,
    FINISHED: _closed,
}


# what becomes of the access ---------------------------------------------------------------------


def _finished(view: View, record: Record, moment: Moment) -> Sequence[Change]:
    data = record.data
    if not is_termination(data):
        made = world.access_made(view, moment, org=data["org"], order=data)
        iua = next((_iua(change) for change in made if _iua(change)), "")
        if iua:
            record = replace(record, data={**data, "iua": iua})
        return [record, *made]
    iua = data.get("service_point", {}).get("iua", "")
    return [record, *world.access_ended(view, iua), *_ports_of(view, iua)]


def _iua(change: Change) -> str:
    return str(change.data.get("iua", "")) if isinstance(change, Record) else ""


def _ports_of(view: View, iua: str) -> Sequence[Change]:
    """The finished activations of an access, with their port given up."""
    return [
        replace(each, data={**each.data, "port_left": True})
        for each in (view.by(REQUESTS, "iua", iua) if iua else ())
        if not each.data.get("port_left")
    ]
