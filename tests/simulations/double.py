"""A double of packaged contracts in one process, with a frozen clock: stories are told with it."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from mockserver.clock import ClockMode
from mockserver.contract.load import load
from mockserver.contract.operation import Contract
from mockserver.engine import Engine
from mockserver.exchange import Exchange
from mockserver.message import Json, Request
from mockserver.record import Record
from mockserver.scenario import Scenario, scenario_of
from mockserver.scenario_files import read_scenarios, shelves_of
from mockserver.server.clocks import to
from mockserver.server.problems import Problem
from mockserver.server.records import chosen_outcome
from mockserver.session import Session
from mockserver.simulations import collections, deciders
from mockserver.span import span_of
from mockserver.timeline import Fired, step
from tests.simulations.models.courses import Layer, Way

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
CORRELATION = "2106f808-36e9-402d-bf37-f1f7fa04776b"


@cache
def contract(stem: str) -> Contract:
    return load(ROOT / "specs" / f"{stem}.yaml", lenient=True)


@dataclass(frozen=True, slots=True)
class Said:
    """A reply, as a caller reads it."""

    status: int
    json: Any
    source: str
    exchange: Exchange


class Double:
    """An engine of some packaged contracts and their scenarios, in one session.

    Args:
        stems: The contracts.
        session: The session of the calls; any but `default` begins empty.
        course: How lifecycles proceed instead of by the packaged default scenarios, as `course` of
            a scenario file: it is the one default. Without it the packaged scenarios count.
        scenarios: More scenarios, by id, as nodes of a scenario file.

    Attributes:
        name: Of the session.
        session: Of the calls.
    """

    name: str
    session: Session

    def __init__(
        self,
        *stems: str,
        session: str = "test",
        course: Mapping[str, Json] | None = None,
        scenarios: Mapping[str, Json] | None = None,
    ) -> None:
        own: list[Scenario] = [
            scenario_of(name, {"summary": "A sample", **node}, "sample")
            for name, node in (scenarios or {}).items()
        ]
        packaged: list[Scenario] = []
        if course is None:
            shelves = shelves_of(ROOT / "scenarios", stems)
            packaged = read_scenarios((file for files in shelves.values() for file in files), ())
        else:
            node = {"summary": "A sample", "default": True, "course": dict(course)}
            own += [scenario_of(f"{stem}/course-of-tests", node, "sample") for stem in stems]
        self.engine = Engine(
            [contract(stem) for stem in stems],
            simulated={
                name: decide
                for name, decide in deciders().items()
                if name.partition("/")[0] in stems
            },
            collections=collections(),
            scenarios=[*packaged, *own],
            clock=lambda: NOON,
        )
        self._enter(session)

    def _enter(self, session: str) -> None:
        sessions = self.engine.sessions
        known = {each.name for each in sessions}
        self.name = session
        self.session = sessions.get(session) if session in known else sessions.make(session)
        self.session.clock.set(ClockMode.FROZEN, NOON)

    def beside(self, session: str) -> "Double":
        """The same engine in another session."""
        other = copy(self)
        other._enter(session)  # noqa: SLF001 - its own class
        return other

    def call(
        self,
        method: str,
        target: str,
        body: Json = None,
        *,
        scenario: str = "",
        correlation: str = CORRELATION,
        **headers: str,
    ) -> Said:
        """One call; `body` is sent as JSON where it is not None."""
        path, _, query = target.partition("?")
        given = {"authorization": "Bearer t", "request-correlation-id": correlation, **headers}
        given["x-mock-session"] = self.name
        if scenario:
            given["x-mock-scenario"] = scenario
        raw = b"" if body is None else orjson.dumps(body)
        if raw:
            given["content-type"] = "application/json"
        encoded = {name.replace("_", "-").encode(): value.encode() for name, value in given.items()}
        return self._said(Request(method, path.encode(), query.encode(), encoded, raw))

    def repeat(self, said: Said) -> Said:
        """The call that had an answer, once more."""
        sent = said.exchange.request
        again = Request(sent.method, sent.raw_path, sent.raw_query, sent.headers, sent.body)
        return self._said(again)

    def _said(self, request: Request) -> Said:
        exchange = self.engine.handle(request, self.engine.find(request.raw_path))
        reply = exchange.reply
        content = orjson.loads(reply.body) if reply.body else None
        return Said(reply.status, content, reply.source.value, exchange)

    def advance(self, span: str) -> list[Fired]:
        """Let a span of the session's clock pass; what happened."""
        return to(self.session, self.session.clock() + span_of(span)).fired

    def turn_back(self, span: timedelta) -> None:
        """Set the clock back; what is due has happened before."""
        self.session.settle()
        self.session.clock.move(self.session.clock() - span)

    def step(self, record: Record, **asked: str) -> int:
        """End the phase of a record by hand, as the admin API does; the status of its reply.

        Args:
            record: As it is now.
            asked: `then` and `code`, where another outcome is wanted.
        """
        kind = self.engine.staging.collections[record.collection]
        try:
            chosen = chosen_outcome(kind, record, asked)
        except Problem as problem:
            return problem.status
        step(self.session.records, chosen, self.session.moment())
        self.session.settle()
        return 200

    def records(self, collection: str) -> list[Record]:
        """The records of a collection."""
        return list(self.session.records.all(collection))

    def given(self, collection: str, *nodes: Mapping[str, Json]) -> None:
        """Seed records, as `given` of a scenario would."""
        kind = self.engine.staging.collections[collection]
        for node in nodes:
            record = self.engine.staging.adopt(self.session, kind, node)
            self.session.records.commit([record], counted=False)

    def reset(self) -> None:
        """Rewind."""
        self.engine.sessions.reset(self.session)
        self.session.clock.set(ClockMode.FROZEN, NOON)


def shared(*stems: str, **how: Any) -> Double:
    """The double that was made so before, rewound, or a new one; for machines with many examples.

    Args:
        stems: The contracts.
        how: As `Double` takes it.
    """
    double = _made(orjson.dumps([stems, how]).decode())
    double.reset()
    return double


@cache
def _made(how: str) -> Double:
    stems, more = orjson.loads(how)
    return Double(*stems, **more)


def course_of(layer: Layer, unit: str) -> dict[str, Any]:
    """A course as a scenario file has it; its spans are so many `unit`s."""
    return {phase: [_step(way, unit) for way in ways] for phase, ways in layer.items()}


def _step(way: Way, unit: str) -> Any:
    if not way.waits:
        return "never"
    said: dict[str, Any] = {}
    if way.after is not None:
        said["after"] = f"{way.after}{unit}"
    if way.polls is not None:
        said["polls"] = way.polls
    return said | {name: value for name in ("then", "code") if (value := getattr(way, name))}


def told(fired: Iterable[Fired]) -> list[str]:
    """Where the transitions led, in order."""
    return ["gone" if each.after is None else each.after for each in fired]
