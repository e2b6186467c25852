"""Two hundred sessions at once, each with its own troubles: every one is as it is alone."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Final
from urllib.parse import unquote

import pytest

from mockserver.bindings import Binding
from mockserver.engine import Engine
from mockserver.exchange import FoundBy
from mockserver.server.app import App
from mockserver.session import Session
from mockserver.settings import Settings
from tests.scenarios.samples import NOON, post, seen
from tests.server.conftest import Call, every_operation

SESSIONS: Final = 200
STEPS: Final = 8
APIS: Final = ("agile-tv-v3", "tesamanager-v1", "mobile-v1", "portability-v2", "netflix-tv-v2")
CALLER: Final = "X-Caller"
SCENARIOS: Final = (
    "unavailable-then-recovers",
    "rate-limited-then-recovers",
    "flaky",
    "malformed-json",
    "wrong-types",
    "login-page",
    "unknown-status",
    "token-rejected-once",
    "maintenance",
    "subscription-not-found",
    "subscription-exists",
    "backend-down",
    "errors-odd",
)
DELAY: Final = {"delay": {"min_ms": 0, "max_ms": 4}}
RULES: Final = (
    {"on": "*", "times": 2, "as": "gateway", "reply": {"status": 502}},
    {"on": "POST *", "fault": DELAY | {"before": "deed"}},
    {"on": "GET *", "fault": DELAY},
    {
        "on": "*",
        "as": "gateway",
        "replies": [{"status": 503, "weight": 1}, {"through": True, "weight": 1}],
    },
)


@dataclass(frozen=True)
class Plan:
    """What the caller of one session does.

    Attributes:
        name: Of the session.
        found_by: How its requests lead to it.
        scenarios: That are active in it.
        rules: Written on the spot.
        steps: What is asked, and the scenarios that are named for it.
    """

    name: str
    found_by: FoundBy
    scenarios: tuple[str, ...]
    rules: tuple[Any, ...]
    steps: tuple[tuple[Call, str], ...]

    def headers(self, call: Call, scenarios: str) -> dict[str, str]:
        """Everything that is sent beside the body."""
        ours = {
            FoundBy.HEADER: {"X-Mock-Session": self.name},
            FoundBy.BAGGAGE: {"baggage": f"user=1,mock-session={self.name}"},
            FoundBy.BINDING: {CALLER: self.name},
        }.get(self.found_by, {})
        named = {"X-Mock-Scenario": scenarios} if scenarios else {}
        return call.sent_headers | {"Authorization": "Bearer a"} | ours | named

    def target(self, call: Call) -> str:
        """Path and query."""
        prefix = f"/__s/{self.name}" if self.found_by is FoundBy.PREFIX else ""
        return prefix + call.target


@cache
def plans() -> tuple[Plan, ...]:
    """One for each session, drawn so that neighbours contradict each other."""
    calls = [each.example() for each in every_operation() if each.id.partition("/")[0] in APIS]
    ways = (FoundBy.HEADER, FoundBy.PREFIX, FoundBy.BAGGAGE, FoundBy.BINDING)
    made = []
    for number in range(SESSIONS):
        rng = Random(number)  # noqa: S311 - test data
        few = rng.sample(calls, 3)  # they are asked again and again
        steps = [
            (rng.choice(few), ",".join(rng.sample(SCENARIOS, rng.choice((0, 0, 1, 2)))))
            for _ in range(STEPS)
        ]
        made.append(
            Plan(
                f"test-{number}",
                ways[number % len(ways)],
                tuple(rng.sample(SCENARIOS, rng.randrange(3))),
                tuple(rng.sample(RULES, rng.randrange(3))),
                tuple(steps),
            )
        )
    return tuple(made)


def begin(engine: Engine, plan: Plan) -> Session:
    """The session of a plan."""
    session = engine.sessions.make(plan.name)
    session.activate(engine.library.resolve(plan.scenarios))
    for rule in plan.rules:
        post(engine, session, rule)
    engine.sessions.bind(session, Binding("headers", CALLER, plan.name))
    return session


async def follow(app: App, plan: Plan) -> list[Any]:
    """The replies to all steps of a plan, one after the other."""
    replies = []
    for call, scenarios in plan.steps:
        headers = plan.headers(call, scenarios)
        replies.append(await ask(app, call.method, plan.target(call), headers, call.body or b""))
        await asyncio.sleep(0)
    return replies


async def ask(
    app: App, method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[int, dict[bytes, bytes], bytes]:
    """One request to the application, in process; without the id that differs every time."""
    path, _, query = target.partition("?")
    sent = {"host": "test", "content-length": str(len(body))} | dict(headers)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "server": ("test", 80),
        "client": ("127.0.0.1", 50_000),
    }
    messages: list[Any] = []
    requests = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Any:
        for message in requests:
            await asyncio.sleep(0)  # others come between a request and its body
            return message
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start, *parts = messages
    told = dict(start["headers"])
    told.pop(b"x-mock-request-id")
    return start["status"], told, b"".join(part.get("body", b"") for part in parts)


def app() -> App:
    return App(Settings(state="none"), clock=lambda: NOON)


@cache
def together() -> tuple[App, list[Session], list[list[Any]]]:
    """An application after all plans were followed at once, and what it replied."""
    served = app()
    sessions = [begin(served.engine, plan) for plan in plans()]

    async def run() -> list[list[Any]]:
        return await asyncio.gather(*(follow(served, plan) for plan in plans()))

    return served, sessions, asyncio.run(run())


@pytest.fixture(scope="module")
def alone() -> Iterator[Any]:
    """Follows a plan where nobody else does anything."""
    served = app()

    def run(plan: Plan) -> tuple[list[Any], list[Any]]:
        session = begin(served.engine, plan)
        replies = asyncio.run(follow(served, plan))
        journal = list(map(seen, session.journal))
        served.engine.sessions.drop(plan.name)
        return journal, replies

    yield run
    assert [each.name for each in served.engine.sessions] == ["default"]
    assert len(served.engine.sessions.default.journal) == 0


def test_every_session_replies_and_remembers_as_it_does_alone(alone: Any) -> None:
    _, sessions, replies = together()

    for plan, session, replied in zip(plans(), sessions, replies, strict=True):
        assert (list(map(seen, session.journal)), replied) == alone(plan), plan.name


def test_every_request_came_to_its_session_in_its_way() -> None:
    served, sessions, _ = together()

    for plan, session in zip(plans(), sessions, strict=True):
        assert len(session.journal) == STEPS
        assert {each.found_by for each in session.journal} == {plan.found_by}
        assert {each.session for each in session.journal} == {plan.name}
    assert len(served.engine.sessions.default.journal) == 0


def test_the_plans_contradict_each_other() -> None:
    _, _, replies = together()

    statuses = {status for replied in replies for status, _, _ in replied}
    sources = {told[b"x-mock-source"] for replied in replies for _, told, _ in replied}

    assert {200, 401, 404, 429, 432, 502, 503} <= statuses
    assert {b"scenario", b"example"} <= sources
    assert any(b"x-mock-violations" in told for replied in replies for _, told, _ in replied)
    assert b"mockserver" not in sources


def test_dropping_all_of_them_leaves_nothing_behind() -> None:
    served = app()
    sessions = [begin(served.engine, plan) for plan in plans()[:20]]

    async def run() -> None:
        await asyncio.gather(*(follow(served, plan) for plan in plans()[:20]))

    asyncio.run(run())
    for session in sessions:
        served.engine.sessions.drop(session.name)

    assert not served.engine.sessions.bound
    assert [each.name for each in served.engine.sessions] == ["default"]
    assert not served.engine.sessions.store.creators.led
    assert all(len(session.journal) == 0 for session in sessions)


def test_two_callers_never_share_a_turn(packaged: App) -> None:
    engine = packaged.engine
    session = engine.sessions.make("turns")
    post(engine, session, {"on": "*", "as": "gateway", "times": 20, "reply": {"status": 502}})
    call = next(e for e in every_operation() if e.id == "agile-tv-v3/getSubscription").example()
    headers = call.sent_headers | {"X-Mock-Session": "turns"}

    async def run() -> list[Any]:
        asked = (ask(packaged, call.method, call.target, headers, b"") for _ in range(100))
        return await asyncio.gather(*asked)

    statuses = [status for status, _, _ in asyncio.run(run())]
    engine.sessions.drop("turns")

    assert (statuses.count(502), statuses.count(200)) == (20, 80)
