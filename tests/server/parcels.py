"""A small simulation of parcels, and the admin API over it, without an application around them."""

import asyncio
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from mockserver.clock import Moment, stamp
from mockserver.contract.load import load
from mockserver.contract.operation import Contract
from mockserver.engine import Engine
from mockserver.exchange import Exchange
from mockserver.lifecycle import Guard, Lifecycle, Transition
from mockserver.message import Json, Request
from mockserver.record import Change, Gone, Record, View
from mockserver.scenario import scenario_of
from mockserver.server.admin import Admin
from mockserver.session import Session
from mockserver.sessions import Sessions
from mockserver.simulation import Collection, Decide, Decision, Poll
from mockserver.stores.memory.store import MemoryStore

NOON: Final = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
STEM: Final = "parcel-v1"
FRAGILE: Final = Guard("it is fragile", lambda data: bool(data.get("fragile")))
LIFECYCLE: Final = Lifecycle(
    name="A parcel",
    member="state",
    transitions=(
        Transition("", "PACKED", "sendParcel"),
        Transition("PACKED", "SENT", does="it is fetched"),
        Transition("SENT", "DELIVERED", does="it is delivered"),
        Transition("SENT", "BROKEN", does="it is dropped", guard=FRAGILE),
        Transition("BROKEN", "", does="it is thrown away"),
        Transition("TURNING", "TURNING", does="it goes round"),
    ),
    phases={},
)
TOLERANT: Final = Lifecycle("A crate", "state", LIFECYCLE.transitions, {}, tolerant=True)
SCHEMA: Final[Json] = {
    "type": "object",
    "required": ["state"],
    "additionalProperties": False,
    "properties": {
        "number": {"type": "string", "minLength": 1},
        "state": {"enum": ["PACKED", "SENT", "DELIVERED", "BROKEN", "TURNING"]},
        "fragile": {"type": "boolean"},
        "floor": {"type": "integer"},
        "token": {"type": "string"},
        "to": {"type": "string"},
        "at": {"type": "string"},
    },
}


def _elapse(lifecycle: Lifecycle) -> Any:
    def elapse(_view: View, record: Record, moment: Moment) -> Sequence[Change]:
        outcome = lifecycle.outcome(record)
        if not outcome.fits:
            return ()
        if not outcome.target:
            return [Gone(record.collection, record.id)]
        changes: list[Change] = [lifecycle.enter(record, outcome.target, moment)]
        if outcome.target == "DELIVERED" and "to" in record.data:
            to = record.data["to"]
            changes.append(NOTES.record({"name": f"for {to}", "token": to}))
        return changes

    return elapse


def _token(record: Record) -> Iterable[str]:
    return [f"token {record.data['token']}"] if "token" in record.data else []


PARCELS: Final = Collection(
    name="parcels-of-tests",
    summary="A parcel",
    apis=(STEM,),
    schema=SCHEMA,
    identity=("number",),
    keys=("to", "fragile", "floor"),
    claims=_token,
    lifecycle=LIFECYCLE,
    elapse=_elapse(LIFECYCLE),
    completed=lambda data, moment: {"at": stamp(moment.now), **data},
)
CRATES: Final = Collection(
    name="crates-of-tests",
    summary="A crate",
    apis=(STEM,),
    schema={**SCHEMA, "properties": {**SCHEMA["properties"], "floor": {"type": "string"}}},
    identity=("floor", "number"),
    lifecycle=TOLERANT,
    elapse=_elapse(TOLERANT),
)
NOTES: Final = Collection(
    name="notes-of-tests",
    summary="A note, of all APIs",
    apis=(),
    schema={"type": "object", "properties": {"name": {"type": "string"}}},
    identity=("name",),
    claims=_token,
)
COLLECTIONS: Final = {each.name: each for each in (PARCELS, CRATES, NOTES)}


def _send(_view: View, request: Request, moment: Moment) -> Decision:
    number = f"P-{moment.number:03d}"
    record = PARCELS.made({"state": "PACKED", "number": number} | request.content, moment)
    return Decision(201, record.data, changes=[record])


def _found(view: View, request: Request) -> Record | None:
    return view.get(PARCELS.name, request.path["number"])


def _read(view: View, request: Request, _moment: Moment) -> Decision:
    record = _found(view, request)
    return Decision(200, record.data) if record else Decision(404, {"code": "UNKNOWN"})


def _drop(view: View, request: Request, _moment: Moment) -> Decision:
    record = _found(view, request)
    if record is None:
        return Decision(404, {"code": "UNKNOWN"})
    return Decision(204, None, changes=[Gone(record.collection, record.id)])


SIMULATED: Final[Mapping[str, Decide | Poll]] = {
    f"{STEM}/sendParcel": _send,
    f"{STEM}/readParcel": Poll(_found, _read),
    f"{STEM}/dropParcel": _drop,
}
REPLY: Final = {
    "description": "-",
    "content": {"application/json": {"schema": {"type": "object"}}},
}
NUMBER: Final = {"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}
PATHS: Final = {
    "/parcels": {
        "post": {
            "operationId": "sendParcel",
            "requestBody": {"content": REPLY["content"], "required": True},
            "responses": {"201": REPLY},
        }
    },
    "/parcels/{number}": {
        "parameters": [NUMBER],
        "get": {"operationId": "readParcel", "responses": {"200": REPLY, "404": REPLY}},
        "delete": {
            "operationId": "dropParcel",
            "responses": {"204": {"description": "-"}, "404": REPLY},
        },
    },
}
TIMED: Final = {"PACKED": {"after": "1h"}, "SENT": {"after": "2d"}, "BROKEN": {"after": "1d"}}


@cache
def _contract() -> Contract:
    document = {"openapi": "3.0.3", "info": {"title": STEM, "version": "1"}, "paths": PATHS}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{STEM}.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        return load(file)


class Wall:
    """A wall clock that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Said:
    """A reply of the admin API, or of the parcels."""

    def __init__(self, exchange: Exchange) -> None:
        reply = exchange.reply
        self.exchange = exchange
        self.status = reply.status
        self.headers = {name.decode(): value.decode() for name, value in reply.headers}
        self.json: Any = orjson.loads(reply.body) if reply.body else None

    @property
    def detail(self) -> str:
        """Of a problem."""
        assert self.headers["content-type"] == "application/problem+json", self.json
        return str(self.json["detail"])


class Depot:
    """Parcels and the admin API over them; see `depot_of`."""

    def __init__(self, course: Mapping[str, Json], given: Mapping[str, Json]) -> None:
        usual = {"summary": "-", "default": True, "course": course, "given": given}
        self.wall = Wall()
        self.engine = Engine(
            [_contract()],
            simulated=SIMULATED,
            collections=COLLECTIONS,
            scenarios=[scenario_of(f"{STEM}/usual", usual, "usual.yaml")],
            sessions=Sessions(MemoryStore(self.wall, COLLECTIONS)),
        )
        self._admin = Admin(self.engine, version="1", token=None)

    def begin(self) -> None:
        """Be as new: nothing happened, and it is noon."""
        self.wall.now = NOON
        for session in self.engine.sessions:
            self.engine.sessions.drop(session.name)

    @property
    def session(self) -> Session:
        """The default one."""
        return self.engine.sessions.default

    def __call__(self, method: str, target: str, body: Json = None) -> Said:
        """A request to the admin API, `target` beginning below the default session."""
        full = target if target.startswith("/__admin") else f"/__admin/sessions/default{target}"
        request = _request(method, full, body)

        async def receive() -> Any:
            raise AssertionError("nothing more is to come")

        return Said(asyncio.run(self._admin.answer(request, receive)))

    def ask(self, method: str, target: str, body: Json = None, **headers: str) -> Said:
        """A request to the API of the parcels."""
        request = _request(method, target, body, **headers)
        return Said(self.engine.handle(request, self.engine.find(request.raw_path)))

    def send(self, **data: Json) -> str:
        """Send a parcel; its number."""
        said = self.ask("POST", "/parcels", data)
        assert said.status == 201, said.json
        return str(said.json["number"])

    def freeze(self) -> None:
        """Let the clock stand still at noon."""
        said = self("PUT", "/clock", {"mode": "frozen", "at": stamp(NOON)})
        assert said.status == 200, said.json

    def explained(self, said: Said) -> Any:
        """What the admin API tells about a request to the parcels."""
        return self("GET", f"/requests/{said.exchange.id}").json


def depot_of(course: Mapping[str, Json] = TIMED, given: Mapping[str, Json] | None = None) -> Depot:
    """Parcels as new; to make them anew for each test would take most of its time.

    Args:
        course: How parcels and crates proceed.
        given: Records that the one default scenario gives, by collection.
    """
    depot = _made(orjson.dumps((course, given or {})))
    depot.begin()
    return depot


@cache
def _made(asked: bytes) -> Depot:
    return Depot(*orjson.loads(asked))


def _request(method: str, target: str, body: Json, **headers: str) -> Request:
    path, _, query = target.partition("?")
    given = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    raw = b"" if body is None else orjson.dumps(body)
    if raw:
        given[b"content-type"] = b"application/json"
    return Request(method, path.encode(), query.encode(), given, raw)


def led(said: Said) -> list[str]:
    """What happened, in short: `FROM>TO at`."""
    return [f"{each['from']}>{each['to']} {each['at'][5:16]}" for each in said.json["fired"]]
