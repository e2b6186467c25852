"""Several servers on one file are as one in memory: whoever does a step, the same is told."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.bindings import Binding
from mockserver.clock import ClockMode, Setting
from mockserver.engine import Engine
from mockserver.exchange import Exchange
from mockserver.explanation import record as explained
from mockserver.message import Json
from mockserver.record import Conflict, Full
from mockserver.scenario import Rule
from mockserver.server.clocks import to
from mockserver.session import Session, SessionError
from mockserver.sessions import Sessions
from mockserver.stores import Store
from mockserver.stores.memory.store import MemoryStore
from mockserver.stores.sqlite.store import SqliteStore
from tests.scenarios.samples import NOON, Stopwatch, contract, post, request_of, scenario
from tests.simulations.things import DECIDERS, KINDS

RuleOf = Callable[[str], Rule | None]

SERVERS: Final = 3  # on one file
IDLE_S: Final = 100.0
RECORDS_MAX: Final = 4
REQUESTS_MAX: Final = 5
SCENARIOS: Final = (
    scenario(
        "shop-v1/usual",
        {"on": "replaceThing", "times": 1, "reply": {"status": 503}},
        default=True,
        course={"OPEN": {"after": "1m"}, "WAITING": {"after": "10s"}},
        given={"things": [{"id": "G1"}]},
    ),
    scenario("shop-v1/slow", course={"OPEN": {"after": "1h"}}),
    scenario("shop-v1/polled", course={"OPEN": {"polls": 2}}),
    scenario(
        "shop-v1/stocked",
        {"on": "listThings", "reply": {"status": 200, "body": []}},
        given={"things": [{"id": "G2", "size": 2_000}, {"id": "G1"}]},
        course={"OPEN": "never"},
    ),
    scenario("shop-v1/missing", {"on": "readThing", "reply": {"status": 404}}),
    scenario(
        "shop-v1/twice",
        {"on": "readThing", "replies": [{"status": 503, "times": 2}, {"through": True}]},
    ),
    scenario(
        "shop-v1/either",
        {
            "on": "*",
            "as": "gateway",
            "replies": [{"status": 503, "weight": 1}, {"through": True, "weight": 1}],
        },
    ),
    scenario(
        "shop-v1/late", {"on": "createThing", "fault": {"delay": {"ms": 7}, "before": "deed"}}
    ),
    scenario(
        "shop-v1/lost",
        {"on": "createThing", "times": 1, "fault": {"break": "reset", "before": "deed"}},
    ),
)
NAMED: Final = [each.id.partition("/")[2] for each in SCENARIOS]
RULES: Final[Sequence[Json]] = (
    {"on": "readThing", "times": 2, "reply": {"status": 404}},
    {
        "on": "*",
        "as": "gateway",
        "replies": [{"status": 503, "weight": 1}, {"through": True, "weight": 2}],
    },
    {"on": "createThing", "course": {"OPEN": {"after": "2m"}}},
    {"on": "dropThing", "after_deed": True, "reply": {"status": 404}},
    {"on": "readThing", "when": {"path": {"id": "T1"}}, "reply": {"status": 404}},
)


class Wall:
    """A wall clock that goes on when a test says so."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Undone(Exception):  # noqa: N818 - what a test asks for
    """A step is to fail."""


class Server:
    """An engine of the things, on a store, whose steps are whole.

    Args:
        make: Makes its store.
        stopwatch: For idleness.
        wall: The wall clock.
    """

    def __init__(self, make: Callable[[RuleOf], Store], stopwatch: Stopwatch, wall: Wall) -> None:
        self.store = make(self._rule)
        self.sessions = Sessions(self.store, stopwatch=stopwatch, idle_s=IDLE_S, most=4, seed=7)
        self.engine = Engine(
            [contract("shop-v1"), contract("depot-v1")],
            simulated=DECIDERS,
            collections=KINDS,
            scenarios=SCENARIOS,
            clock=wall,
            sessions=self.sessions,
        )
        self.waiting: list[Exchange] = []

    def leave(self) -> None:
        """Leave the file."""
        assert isinstance(self.store, SqliteStore)
        self.store.database.close()

    def _rule(self, name: str) -> Rule | None:
        return self.engine.library.rule(name)

    def do(self, step: "Step", *, undone: bool = False) -> Json:
        """What a step tells: its result, or what it refuses.

        Args:
            step: What to do.
            undone: Whether all of it is to be undone, as where the server fails in the end.
        """

        def whole() -> Json:
            try:
                told = step.do(self, *step.given)
            except (SessionError, Conflict, Full) as error:
                told = [type(error).__name__, str(error), getattr(error, "status", 0)]
            if undone:
                raise Undone
            return told

        waiting = self.waiting.copy()
        try:
            return self.store.atomic(whole)()
        except Undone:
            self.waiting = waiting
            return None


class Step(NamedTuple):
    """Something to do, in any server."""

    do: Callable[..., Json]
    given: tuple[Any, ...]

    def __repr__(self) -> str:
        return f"{self.do.__name__}{self.given}"


# what can be done ---------------------------------------------------------------------------


def ask(server: Server, method: str, target: str, headers: Mapping[str, str], sent: Json) -> Json:
    request = request_of(method, target, headers=headers, json=sent)
    exchange = server.engine._handle(request, server.engine.find(request.raw_path))  # noqa: SLF001 - in a step of ours
    if exchange.waits:
        server.waiting.append(exchange)
    return told(exchange)


def proceed(server: Server) -> Json:
    exchange = server.waiting.pop(0)
    server.engine._proceed(exchange)  # noqa: SLF001 - in a step of ours
    return told(exchange)


def lose(server: Server) -> Json:
    exchange = server.waiting.pop(0)
    server.engine._lose(exchange)  # noqa: SLF001 - in a step of ours
    return told(exchange)


def fail(server: Server, headers: Mapping[str, str]) -> Json:
    request = request_of("GET", "/things/T1", headers=headers)
    match = server.engine.find(request.raw_path)
    reply = server.engine._services.unserved(request, None)  # noqa: SLF001 - any reply does
    assert match is not None
    return told(server.engine._fail(request, reply))  # noqa: SLF001 - in a step of ours


def make(server: Server, name: str, seed: int | None, scenarios: tuple[str, ...]) -> Json:
    chosen = server.engine.library.resolve(scenarios)
    return server.sessions.make(name, seed=seed, scenarios=chosen).seed


def drop(server: Server, name: str) -> Json:
    server.sessions.drop(name)


def reset(server: Server, name: str) -> Json:
    server.sessions.reset(server.sessions.get(name))


def activate(server: Server, name: str, scenarios: tuple[str, ...]) -> Json:
    session = server.sessions.get(name)
    session.activate(server.engine.library.resolve(scenarios))


def add_rule(server: Server, name: str, node: Json) -> Json:
    return post(server.engine, server.sessions.get(name), node)


def withdraw(server: Server, name: str) -> Json:
    session = server.sessions.get(name)
    for rule in itertools.islice(session.rules, 1):
        session.withdraw(rule)


def begin(server: Server, name: str, setting: Setting) -> Json:
    session = server.sessions.get(name)
    session.settle()
    session.begin(setting)
    return session.clock()


def advance(server: Server, name: str, span: timedelta) -> Json:
    session = server.sessions.get(name)
    return to(session, session.clock() + span).fired


def bind(server: Server, name: str, values: Sequence[str]) -> Json:
    session = server.sessions.get(name)
    server.sessions.bind(session, *(Binding("query", "org", value) for value in values))


def unbind(server: Server, name: str) -> Json:
    server.sessions.unbind(server.sessions.get(name))


def put_record(server: Server, name: str, thing: str, size: int) -> Json:
    session = server.sessions.get(name)
    data = {"id": thing, "size": size, "status": "OPEN"}
    record = server.engine.staging.adopt(session, KINDS["things"], data)
    return session.records.commit([record], counted=False)


def clear_journal(server: Server, name: str) -> Json:
    server.sessions.get(name).journal.clear()


def look(server: Server) -> Json:
    """All that the admin API could tell."""
    coverage = server.engine.coverage.report(server.engine.library.scenarios)
    return [coverage, [(each.name, seen(server, each)) for each in server.sessions]]


# what is told -------------------------------------------------------------------------------


def told(exchange: Exchange) -> Json:
    """An exchange but for its id and duration, which are each server's."""
    return {**explained(exchange), "id": "", "ms": 0.0}


def seen(server: Server, session: Session) -> Json:
    """A session as its admin sees it."""
    memory, records = session.memory, session.records
    return {
        "state": memory.state,
        "rules": list(memory.state.rules),
        "clock": (session.clock.mode, session.clock.factor, session.clock()),
        "counters": sorted(memory.counters.items("")),
        "records": {name: list(records.all(name)) for name in KINDS},
        "counts": {name: records.count(name) for name in KINDS},
        "size": (len(records), records.number),
        "due": (records.next_due, records.next_record()),
        "held": records.holder("size 2000"),
        "kept": list(session.kept.items()),
        "journal": list(map(told, session.journal)),
        "newest": [told(each) for each in reversed(session.journal)],
        "dropped": (len(session.journal), session.journal.dropped),
        "created": list(server.store.creators.by(session.name)),
        "bindings": list(server.sessions.bindings(session)),
    }


# examples -----------------------------------------------------------------------------------

NAMES = st.sampled_from(["default", "a", "b"])
OTHERS = st.sampled_from(["a", "b"])
IDS = st.sampled_from(["T1", "T2", "G1", "G2"])
CHOSEN = st.lists(st.sampled_from(NAMED), min_size=1, max_size=2, unique=True)
FULL_IDS = st.lists(
    st.sampled_from(NAMED).map(lambda name: f"shop-v1/{name}"), max_size=2, unique=True
).map(tuple)
SENDERS = st.fixed_dictionaries(
    {},
    optional={
        "x-mock-session": NAMES,
        "x-mock-scenario": CHOSEN.map(", ".join),
        "baggage": OTHERS.map("mock-session={}".format),
    },
)
QUERIES = st.sampled_from(["", "?org=1", "?org=2"])
PREFIXES = st.sampled_from(["", "", "", "/__s/a"])
SPANS = st.sampled_from([1, 60, 90, 3_600]).map(lambda seconds: timedelta(seconds=seconds))


def targets(*ends: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(PREFIXES, *ends, QUERIES).map("".join)


def step(do: Callable[..., Json], *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.tuples(*arguments).map(lambda given: Step(do, given))


THING = targets(st.just("/things/"), IDS)
SIZED = st.fixed_dictionaries({"id": IDS}, optional={"size": st.sampled_from([1, 2_000, "large"])})
REQUESTS = st.one_of(
    step(ask, st.just("POST"), targets(st.just("/things")), SENDERS, SIZED),
    step(ask, st.just("GET"), THING, SENDERS, st.none()),
    step(ask, st.sampled_from(["DELETE", "PATCH"]), THING, SENDERS, st.none()),
    step(ask, st.just("PUT"), THING, SENDERS, SIZED),
    step(ask, st.just("GET"), targets(st.sampled_from(["/things", "/thing"])), SENDERS, st.none()),
)
MOMENTS = st.none() | SPANS.map(lambda span: NOON + span)
SETTINGS = st.one_of(
    st.builds(Setting, st.sampled_from([ClockMode.REAL, ClockMode.FROZEN]), MOMENTS, st.just(1.0)),
    st.builds(Setting, st.just(ClockMode.SCALED), MOMENTS, st.just(60.0)),
)
CALLS = st.one_of(
    step(make, OTHERS, st.none() | st.integers(0, 9), FULL_IDS),
    step(drop, NAMES),
    step(reset, NAMES),
    step(activate, NAMES, FULL_IDS),
    step(add_rule, NAMES, st.sampled_from(RULES)),
    step(withdraw, NAMES),
    step(begin, NAMES, SETTINGS),
    step(advance, NAMES, SPANS),
    step(bind, NAMES, st.lists(st.sampled_from("12"), min_size=1, max_size=2)),
    step(unbind, NAMES),
    step(put_record, NAMES, IDS, st.sampled_from([1, 2_000])),
    step(clear_journal, NAMES),
    step(fail, SENDERS),
    step(look),
)
ENDS = st.sampled_from([proceed, lose])
WAITS = st.sampled_from([0.0, 0.0, 30.0, 120.0])
TURNS = st.lists(
    st.tuples(
        st.integers(0, SERVERS - 1),
        st.one_of(WAITS, REQUESTS, REQUESTS, CALLS, CALLS, ENDS, SPANS),
        st.sampled_from([False, False, False, True]),
    ),
    min_size=10,  # else most are short
    max_size=40,
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("files")
    return (folder / f"{number}.db" for number in itertools.count())


def servers(file: Path | None, stopwatch: Stopwatch, wall: Wall) -> list[Server]:
    """Servers on one file, or one in memory."""
    if file is None:

        def in_memory(_: RuleOf) -> Store:
            return MemoryStore(wall, KINDS, records_max=RECORDS_MAX, requests_max=REQUESTS_MAX)

        return [Server(in_memory, stopwatch, wall)]

    def in_file(rule_of: RuleOf) -> Store:
        return SqliteStore(
            file, wall, KINDS, rule_of=rule_of, records_max=RECORDS_MAX, requests_max=REQUESTS_MAX
        )

    return [Server(in_file, stopwatch, wall) for _ in range(SERVERS)]


LOOK: Final = Step(look, ())


def follow(file: Path, turns: Sequence[tuple[int, Any, bool]]) -> None:
    """Do the same in memory and, taking turns, in several servers on one file."""
    stopwatch, wall = Stopwatch(), Wall()
    [model] = servers(None, stopwatch, wall)
    several = servers(file, stopwatch, wall)
    waiting: list[Server] = []  # who has the requests that wait
    try:
        for name in ("a", "b"):
            made = Step(make, (name, None, ()))
            assert several[0].do(made) == model.do(made)
        for turn, what, undone in turns:
            server = several[turn]
            stopwatch.wait(2.0)
            if isinstance(what, timedelta):
                wall.now += what
            elif isinstance(what, float):
                stopwatch.wait(what)
            elif not isinstance(what, Step):
                if waiting:
                    ends = Step(what, ())
                    assert waiting.pop(0).do(ends) == model.do(ends)
            elif undone:
                server.do(what, undone=True)
            else:
                before = len(model.waiting)
                assert server.do(what) == model.do(what)
                waiting += [server] * (len(model.waiting) - before)
        for server in several:
            assert server.do(LOOK) == model.do(LOOK)
    finally:
        for server in several:
            server.leave()


@settings(max_examples=40)
@given(TURNS)
def test_whoever_of_several_servers_does_a_step_the_same_is_told(
    files: Iterator[Path], turns: Sequence[tuple[int, Any, bool]]
) -> None:
    follow(next(files), turns)


def test_what_a_scenario_gives_is_given_after_a_step_that_was_undone(files: Iterator[Path]) -> None:
    server, *others = servers(next(files), Stopwatch(), Wall())
    server.do(LOOK)  # the session is there before
    reading = request_of("GET", "/things/G1")

    def fails() -> None:
        server.engine._handle(reading, server.engine.find(b"/things/G1"))  # noqa: SLF001 - in a step of ours
        raise Undone

    with pytest.raises(Undone):
        server.store.atomic(fails)()
    status = server.engine.handle(reading, server.engine.find(b"/things/G1")).reply.status
    for each in (server, *others):
        each.leave()

    assert status == 200
