"""A double of packaged contracts in one process, with a frozen clock: stories are told with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
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
from mockserver.session import Session
from mockserver.simulations import collections, deciders
from mockserver.span import span_of
from mockserver.timeline import Fired

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
    """

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
        self.name = session
        self.session.clock.set(ClockMode.FROZEN, NOON)

    @property
    def session(self) -> Session:
        sessions = self.engine.sessions
        known = {each.name for each in sessions}
        return sessions.get(self.name) if self.name in known else sessions.make(self.name)

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
        request = Request(method, path.encode(), query.encode(), encoded, raw)
        exchange = self.engine.handle(request, self.engine.find(request.raw_path))
        reply = exchange.reply
        content = orjson.loads(reply.body) if reply.body else None
        return Said(reply.status, content, reply.source.value, exchange)

    def advance(self, span: str) -> list[Fired]:
        """Let a span of the session's clock pass; what happened."""
        return to(self.session, self.session.clock() + span_of(span)).fired

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


def told(fired: Iterable[Fired]) -> list[str]:
    """Where the transitions led, in order."""
    return ["gone" if each.after is None else each.after for each in fired]
