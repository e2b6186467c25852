"""Two small contracts, scenarios from nodes, and exchanges without an application around them."""

import tempfile
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import yaml

from mockserver.clock import Clock
from mockserver.contract.load import load
from mockserver.contract.operation import Contract
from mockserver.engine import Engine
from mockserver.exchange import Exchange
from mockserver.message import Json, Request
from mockserver.scenario import Scenario, scenario_of
from mockserver.session import Session
from mockserver.sessions import Sessions, split
from mockserver.stores import Resource, State
from mockserver.stores.memory.store import MemoryStore

NOON: Final = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ROOT: Final = Path(__file__).parents[2]
SPECS: Final = ROOT / "specs"
ID: Final = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
THING: Final = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "string"},
        "size": {"type": "integer"},
        "status": {"type": "string", "enum": ["OPEN", "CLOSED"]},
    },
}
ERROR: Final = {
    "type": "object",
    "required": ["code"],
    "properties": {"code": {"type": "string"}},
}


def replied(schema: Json, **examples: Json) -> Json:
    """An entry of `responses` with named examples."""
    media: Json = {"schema": schema}
    if examples:
        media["examples"] = {name: {"value": value} for name, value in examples.items()}
    return {"description": "-", "content": {"application/json": media}}


def operation(name: str, responses: Json, **more: Json) -> Json:
    """An operation of a document."""
    return {"operationId": name, "responses": responses} | more


SENT: Final = {"required": True, "content": {"application/json": {"schema": THING}}}
REFUSED: Final = replied(ERROR, refused={"code": "REFUSED"})
SHOP: Final[Json] = {
    "/things": {
        "get": operation("listThings", {"200": replied({"type": "array", "items": THING})}),
        "post": operation(
            "createThing",
            {"201": replied(THING, made={"id": "T0"}), "409": REFUSED, "503": REFUSED},
            requestBody=SENT,
        ),
    },
    "/things/{id}": {
        "parameters": [ID],
        "get": operation(
            "readThing",
            {
                "200": replied(THING, small={"id": "T0", "size": 1}, large={"id": "T0", "size": 9}),
                "404": replied(ERROR, missing={"code": "MISSING"}, gone={"code": "GONE"}),
                "5XX": REFUSED,
            },
        ),
        "put": operation(
            "replaceThing", {"200": replied(THING), "default": REFUSED}, requestBody=SENT
        ),
        "delete": operation("dropThing", {"204": {"description": "-"}, "404": REFUSED}),
    },
}
DEPOT: Final[Json] = {
    "/boxes/{id}": {
        "parameters": [ID],
        "get": operation("readBox", {"200": replied(THING), "404": REFUSED}),
    },
    "/boxes": {"get": operation("listThings", {"200": replied({"type": "array"})})},
}
DOCUMENTS: Final = {"shop-v1": SHOP, "depot-v1": DEPOT}


@cache
def contract(stem: str) -> Contract:
    """One of the contracts, loaded as a file of a user would be."""
    document = {"openapi": "3.0.3", "info": {"title": stem, "version": "1"}}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{stem}.yaml"
        file.write_text(yaml.safe_dump(document | {"paths": DOCUMENTS[stem]}, sort_keys=False))
        return load(file)


def scenario(name: str, *rules: Json, summary: str = "A sample", **more: Json) -> Scenario:
    """The scenario `stem/name` with some rules; its file is `stem/name.yaml`."""
    node = {"summary": summary, "rules": list(rules)} | more
    return scenario_of(name, node, f"{name}.yaml")


def engine_of(
    scenarios: Iterable[Scenario] = (),
    *,
    stems: Iterable[str] = ("shop-v1", "depot-v1"),
    sessions: Sessions | None = None,
    seed: int = 0,
) -> Engine:
    """An engine of the small contracts, at noon."""
    return Engine(
        map(contract, stems),
        scenarios=scenarios,
        sessions=sessions or Sessions(MemoryStore(lambda: NOON), seed=seed),
    )


def request_of(
    method: str,
    target: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Json = None,
    body: bytes = b"",
) -> Request:
    """A request; a prefix that names a session is taken off its path."""
    lower = {name.lower().encode(): value.encode() for name, value in (headers or {}).items()}
    if json is not None:
        body = orjson.dumps(json)
        lower.setdefault(b"content-type", b"application/json")
    raw, _, query = target.encode().partition(b"?")
    path, prefix = split(raw)
    return Request(method, path, query, lower, body, prefix=prefix)


def alone(
    name: str = "a", seed: int = 0, scenarios: tuple[str, ...] = (), clock: Clock = lambda: NOON
) -> Session:
    """A session that no server has."""
    return Session(MemoryStore(clock).make(name, State(seed, scenarios, scenarios)))


def created(sessions: Sessions, name: str = "default") -> set[Resource]:
    """What a session has created."""
    return set(sessions.store.creators.by(name))


def send(engine: Engine, method: str, target: str, **more: Any) -> Exchange:
    """The exchange of a request; `more` goes to `request_of`."""
    request = request_of(method, target, **more)
    return engine.handle(request, engine.find(request.raw_path))


def read(engine: Engine, thing: str = "T1", **headers: str) -> Exchange:
    """The exchange of reading a thing; an underscore in a header's name is a hyphen."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(engine, "GET", f"/things/{thing}", headers=named)


def create(engine: Engine, thing: str = "T1", **headers: str) -> Exchange:
    """The exchange of creating a thing."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(engine, "POST", "/things", headers=named, json={"id": thing})


def post(engine: Engine, session: Session, node: Json) -> str:
    """Write a rule on the spot; its id."""
    name = session.next_rule_id()
    session.add(name, node, engine.library.post(name, node))
    return name


def body(exchange: Exchange) -> Json:
    """The value of a reply's JSON body."""
    return orjson.loads(exchange.reply.body)


def seen(exchange: Exchange) -> tuple[Any, ...]:
    """What must not differ when the same session asks the same elsewhere: all but the id."""
    steering = exchange.steering
    rules = [(each.rule.id, each.spent, each.applied) for each in steering.considered]
    return (
        exchange.request.method,
        exchange.request.raw_path,
        exchange.request.body,
        exchange.operation,
        exchange.session,
        exchange.found_by,
        exchange.violations,
        exchange.reply,
        rules,
        *steering[1:],
    )


class Stopwatch:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += seconds
