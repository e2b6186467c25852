"""A small simulation on a small contract: things that the provider closes, and says so.

It keeps the contract but where a course lets a thing end as `BROKEN`, which the contract does not
have: replies with that are loud.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from mockserver.clock import ClockMode, Moment, stamp
from mockserver.course import Courses
from mockserver.engine import Engine
from mockserver.exchange import Exchange
from mockserver.lifecycle import GONE, NEW, Guard, Lifecycle, Transition
from mockserver.message import Json, Request
from mockserver.record import Change, Gone, Record, View
from mockserver.scenario import Scenario
from mockserver.server.clocks import to
from mockserver.simulation import Collection, Decide, Decision, Poll
from mockserver.stores import DEFAULT
from tests.scenarios.samples import NOON, body, contract, scenario, send

LARGE: Final = 1_000
MINUTE: Final = timedelta(minutes=1)


def _is_small(data: Mapping[str, Json]) -> bool:
    return bool(data["size"] < LARGE)


LIFE: Final = Lifecycle(
    "A thing",
    "status",
    (
        Transition(NEW, "OPEN", by="createThing"),
        Transition("OPEN", "CLOSED", does="it is closed"),
        Transition("OPEN", "BROKEN", does="it breaks"),
        Transition("CLOSED", "OPEN", by="replaceThing", guard=Guard("small", _is_small)),
        Transition("CLOSED", GONE, by="dropThing"),
    ),
    {"BROKEN": "It is broken, which no caller should see."},
    terminal=("CLOSED",),
)
TELLING: Final = Lifecycle(
    "A notice",
    "state",
    (Transition("WAITING", "TOLD", does="it is told"),),
    {},
    terminal=("TOLD",),
)


def closed(_view: View, record: Record, moment: Moment) -> Sequence[Change]:
    """A thing ends as its course says; of one that is closed a notice is made."""
    state = LIFE.outcome(record).target
    ended = LIFE.enter(record, state, moment)
    if state != "CLOSED":
        return [ended]
    data = {"id": record.id, "state": "WAITING", "at": stamp(moment.now)}
    told = NOTICES.made(data, replace(moment, courses=Courses(record.progress.course)))
    return [ended, told]


def told(view: View, record: Record, moment: Moment) -> Sequence[Change]:
    """A notice is told: it stands in its thing."""
    changes: list[Change] = [TELLING.enter(record, "TOLD", moment)]
    thing = view.get("things", record.id)
    if thing is not None:
        changes.append(replace(thing, data={**thing.data, "told": stamp(moment.now)}))
    return changes


def completed(data: Mapping[str, Json], moment: Moment) -> Mapping[str, Json]:
    """A thing that nobody said the status of is open; one without a size has the number of it."""
    return {"status": "OPEN", "size": moment.number, **data}


THINGS: Final = Collection(
    "things",
    "A thing",
    ("shop-v1",),
    {
        "type": "object",
        "required": ["id"],
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "size": {"type": "integer"},
            "status": {"enum": ["OPEN", "CLOSED"]},
            "told": {"type": "string", "format": "date-time"},
        },
    },
    ("id",),
    claims=lambda record: [f"size {record.data['size']}"] if record.data["size"] > LARGE else (),
    lifecycle=LIFE,
    elapse=closed,
    completed=completed,
)
NOTICES: Final = Collection(
    "notices", "What was told", (), {}, ("id",), lifecycle=TELLING, elapse=told
)
KINDS: Final = {each.name: each for each in (THINGS, NOTICES)}


def _shown(record: Record) -> Json:
    return {name: record.data[name] for name in ("id", "size", "status")}


def _thing(view: View, request: Request) -> Record | None:
    return view.get("things", request.path["id"])


def create(view: View, request: Request, moment: Moment) -> Decision:
    """A new thing, unless there is one."""
    data = {"size": moment.number, **request.content, "status": "OPEN"}
    if view.get("things", data["id"]) is not None:
        return Decision(409, {"code": "EXISTS"})
    record = THINGS.made(data, moment)
    return Decision(201, _shown(record), changes=[record])


def read(view: View, request: Request, _moment: Moment) -> Decision:
    """The thing as it is."""
    record = _thing(view, request)
    return Decision(404, {"code": "MISSING"}) if record is None else Decision(200, _shown(record))


def replaced(view: View, request: Request, moment: Moment) -> Decision:
    """A closed thing is open again; a reply with a size that is none is loud."""
    record = _thing(view, request)
    if record is None or LIFE.called(record, "replaceThing") is None:
        return Decision(409, {"code": "NOT_CLOSED"})
    size = request.content.get("size", 0)
    sized = replace(record, data={**record.data, "size": size})
    opened = LIFE.enter(sized, "OPEN", moment)
    shown = _shown(opened) | ({"size": "none"} if size < 0 else {})
    return Decision(200, shown, changes=[opened])


def drop(view: View, request: Request, _moment: Moment) -> Decision:
    """The thing is no more."""
    record = _thing(view, request)
    if record is None:
        return Decision(404, {"code": "MISSING"})
    return Decision(204, None, changes=[Gone("things", record.id)])


DECIDERS: Final[Mapping[str, Decide | Poll]] = {
    "shop-v1/createThing": create,
    "shop-v1/readThing": Poll(_thing, read),
    "shop-v1/replaceThing": replaced,
    "shop-v1/dropThing": drop,
}


class Shop:
    """An engine with this simulation, and one session of it whose clock stands at noon.

    Args:
        scenarios: What callers may choose.
        course: What a default scenario says of lifecycles; None for no such scenario.
        session: Of the calls.
        collections: The kinds of records.
        active: Ids of the session's scenarios.
    """

    def __init__(
        self,
        *scenarios: Scenario,
        course: Json = None,
        session: str = DEFAULT,
        collections: Mapping[str, Collection] = KINDS,
        active: Iterable[str] = (),
    ) -> None:
        own = [scenario("shop-v1/usual", default=True, course=course)] if course else []
        self.engine = Engine(
            [contract("shop-v1"), contract("depot-v1")],
            simulated=DECIDERS,
            collections=collections,
            scenarios=[*own, *scenarios],
            clock=lambda: NOON,
        )
        sessions = self.engine.sessions
        self.session = sessions.default if session == DEFAULT else sessions.make(session)
        self.session.clock.set(ClockMode.FROZEN, NOON)
        if active:
            self.session.activate(tuple(active))

    def send(self, method: str, target: str, json: Json = None, **headers: str) -> Exchange:
        """The exchange of a request; an underscore in a header's name is a hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["x-mock-session"] = self.session.name
        return send(self.engine, method, target, headers=named, json=json)

    def create(self, thing: str = "T1", **headers: str) -> Exchange:
        """The exchange of creating a thing."""
        return self.send("POST", "/things", {"id": thing}, **headers)

    def status(self, thing: str = "T1", **headers: str) -> str:
        """What a read of a thing says of it; its code where there is none."""
        found = body(self.send("GET", f"/things/{thing}", **headers))
        return str(found.get("status") or found.get("code") or found.get("detail"))

    def advance(self, span: timedelta) -> list[str]:
        """Let a span pass; where what happened led to."""
        fired = to(self.session, self.session.clock() + span).fired
        return ["gone" if each.after is None else f"{each.id} {each.after}" for each in fired]

    def record(self, thing: str = "T1") -> Record:
        """The record of a thing, which must be there."""
        found = self.session.records.get("things", thing)
        assert found is not None
        return found
