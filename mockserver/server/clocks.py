"""Operations of the admin API on time: the clock of a session, and what happens as it goes on.

Nothing here waits: a clock that is moved forward lets happen at once what is due until then.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from mockserver.clock import (
    LATEST,
    ClockError,
    ClockMode,
    Setting,
    moment_of,
    stamp,
    whole,
)
from mockserver.engine import Engine
from mockserver.explanation import fired_record
from mockserver.message import Json, Request
from mockserver.server.problems import Answer, Problem
from mockserver.session import Session
from mockserver.simulation import Decision
from mockserver.span import span_of
from mockserver.timeline import Fired

FIRED_MAX: Final = 100_000  # transitions that one call brings about
IDLE_MAX: Final = timedelta(days=3_650)  # how far a clock goes until nothing is due


class Advanced(NamedTuple):
    """What an advance brought about.

    Attributes:
        fired: In the order in which it happened.
        ceiling: Why the clock does not stand where it was to be, in words; "" where it does.
    """

    fired: list[Fired]
    ceiling: str = ""


class Clocks:
    """The clocks of the sessions.

    Args:
        engine: The engine of the contracts.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def operations(self) -> Mapping[str, Answer]:
        """By operationId."""
        return {
            "readClock": self._read,
            "setClock": self._set,
            "advanceClock": self._advance,
        }

    def _read(self, request: Request) -> Decision:
        session = self._session(request)
        session.settle()
        return Decision(200, clock_record(session))

    def _set(self, request: Request) -> Decision:
        """What is due until then happens first; a clock that is set back undoes nothing."""
        setting = setting_of(request.content)
        session = self._session(request)
        session.settle()
        until = session.clock.taken(setting)
        if until > session.clock():
            advanced = to(session, until)
            if advanced.ceiling:
                raise Problem(409, f"{advanced.ceiling}; ask again to go on")
        session.clock.take(setting)
        return Decision(200, clock_record(session))

    def _advance(self, request: Request) -> Decision:
        session = self._session(request)
        begun = session.clock()
        advanced = _advanced(session, begun, request.content)
        told = {
            "from": stamp(begun),
            "now": stamp(session.clock()),
            "idle": session.records.next_due is None,
            "fired": list(map(fired_record, advanced.fired)),
            "ceiling": advanced.ceiling,
        }
        return Decision(200, told)

    def _session(self, request: Request) -> Session:
        """The session of the path, with what its scenarios give; raises `SessionError` (404)."""
        session = self._engine.sessions.get(request.path["session"])
        for contract in self._engine.contracts:
            self._engine.staging.seed(session, contract.stem)
        return session


def setting_of(node: Mapping[str, Json]) -> Setting:
    """A setting from a node of the shape of `ClockSetting`; raises `Problem` (400)."""
    try:
        at = moment_of(node["at"]) if "at" in node else None
    except ClockError as error:
        raise Problem(400, str(error)) from error
    mode = ClockMode(node["mode"])
    if (mode is ClockMode.SCALED) != ("factor" in node):
        wrong = "has to have a factor" if mode is ClockMode.SCALED else "has no factor"
        raise Problem(400, f"A clock that is {mode.value} {wrong}; scaled ones have one")
    return Setting(mode, at, float(node.get("factor", 1)))


def clock_record(session: Session) -> Json:
    """The clock of a session, as JSON."""
    clock, due = session.clock, session.records.next_due
    return {
        "mode": clock.mode.value,
        "factor": clock.factor,
        "now": stamp(clock()),
        "next_due": stamp(whole(due)) if due is not None else None,
    }


def to(session: Session, until: datetime) -> Advanced:
    """Let all happen that is due until a moment, which the clock then shows, or to the ceiling."""
    now = session.clock()
    fired = session.fire(until, FIRED_MAX)
    if _nothing_due(session, until):
        if until > now:
            session.clock.move(until)
        return Advanced(fired)
    session.clock.move(max(now, fired[-1].at))
    return _stopped(session, fired)


def to_next(session: Session) -> Advanced:
    """Go on to the next moment at which something is due after now; stay where nothing is."""
    overdue = to(session, session.clock())
    due = session.records.next_due
    if overdue.ceiling or due is None:
        return overdue
    advanced = to(session, whole(due))
    return advanced._replace(fired=overdue.fired + advanced.fired)


def to_idle(session: Session) -> Advanced:
    """Go on until nothing is due any more, and stand where the last of it was due."""
    now = session.clock()
    farthest = min(now + IDLE_MAX, LATEST)
    fired = session.fire(farthest, FIRED_MAX)
    if fired:
        session.clock.move(max(now, fired[-1].at))
    due = session.records.next_due
    if due is None:
        return Advanced(fired)
    if due <= farthest:
        return _stopped(session, fired)
    text = f"What is due next, at {stamp(whole(due))}, is more than {IDLE_MAX.days} days away"
    return Advanced(fired, text)


def _nothing_due(session: Session, until: datetime) -> bool:
    due = session.records.next_due
    return due is None or due > until


def _stopped(session: Session, fired: list[Fired]) -> Advanced:
    text = f"{FIRED_MAX} transitions have happened, the most of one call, and more are due"
    return Advanced(fired, f"{text}: the clock stands at {stamp(session.clock())}")


def _advanced(session: Session, begun: datetime, asked: Mapping[str, Json]) -> Advanced:
    if asked.get("until") == "next":
        return to_next(session)
    if asked.get("until") == "idle":
        return to_idle(session)
    until = _until(session, begun, asked)
    if until < begun:
        text = f"The clock shows {stamp(begun)} already; to set it back is another operation"
        raise Problem(409, text)
    return to(session, until)


def _until(session: Session, begun: datetime, asked: Mapping[str, Json]) -> datetime:
    """The moment that is meant; raises `Problem` (400)."""
    try:
        if "to" in asked:
            return moment_of(asked["to"])
        return max(begun, session.clock.advanced(span_of(asked["by"])))
    except ValueError as error:
        raise Problem(400, str(error)) from error
