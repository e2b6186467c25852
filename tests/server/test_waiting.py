"""Callers that wait: woken by what is recorded, let go when time is up or they leave, bounded."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request as Asked
from urllib.request import urlopen

import orjson
import pytest

from mockserver.exchange import Exchange, FoundBy
from mockserver.journal import Journal
from mockserver.message import Reply, Request, Source
from mockserver.server.app import App
from mockserver.server.delivery import Disconnected
from mockserver.server.waiting import WAITING_MAX, Waiters
from mockserver.settings import Settings
from mockserver.stores.memory.journal import MemoryJournal

AGILE = Path(__file__).parents[2] / "specs" / "agile-tv-v3.yaml"
LONG_S = 60.0
WAIT = "/__admin/sessions/shop/requests/wait"

Call = Callable[..., Any]


def exchange(number: int) -> Exchange:
    """Any exchange."""
    request = Request("GET", b"/", b"", {})
    reply = Reply(200, (), b"", Source.EXAMPLE)
    now = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
    return Exchange(f"e-{number}", now, request, reply, "", "shop", FoundBy.DEFAULT)


async def staying() -> Any:
    """What is heard of a caller who neither says more nor leaves."""
    return await asyncio.Event().wait()


def until_so_many(journal: Journal, number: int) -> Callable[[], Journal | None]:
    """The journal until it has so many exchanges."""
    return lambda: None if len(journal) >= number else journal


async def watched(*journals: MemoryJournal) -> None:
    """Come back when somebody watches each of these."""
    while not all(journal.watchers for journal in journals):  # noqa: ASYNC110 - a set, no event
        await asyncio.sleep(0)


def test_who_misses_nothing_does_not_wait() -> None:
    assert asyncio.run(Waiters().until(lambda: None, LONG_S, staying))


@pytest.mark.parametrize("seconds", [0, 0.0, -1.0])
def test_who_gives_no_time_does_not_wait(seconds: float) -> None:
    assert asyncio.run(Waiters(0).until(MemoryJournal, seconds, staying))


def test_a_record_wakes_who_waits_until_nothing_is_missing() -> None:
    async def play() -> None:
        journal = MemoryJournal()
        waiting = asyncio.create_task(Waiters().until(until_so_many(journal, 2), LONG_S, staying))
        await watched(journal)
        journal.record(exchange(1))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not waiting.done()
        await watched(journal)
        journal.record(exchange(2))

        assert await waiting
        assert not journal.watchers

    asyncio.run(play())


def test_time_ends_a_wait_and_leaves_nothing_behind() -> None:
    journal = MemoryJournal()

    assert asyncio.run(Waiters().until(lambda: journal, 0.01, staying))

    assert not journal.watchers


def test_a_caller_who_leaves_is_let_go() -> None:
    journal = MemoryJournal()

    async def leaving() -> Any:
        return {"type": "http.disconnect"}

    with pytest.raises(Disconnected):
        asyncio.run(Waiters().until(lambda: journal, LONG_S, leaving))

    assert not journal.watchers


def test_only_so_many_wait_at_once_and_who_is_done_makes_room() -> None:
    async def play() -> list[bool]:
        first, second = MemoryJournal(), MemoryJournal()
        waiters = Waiters(2)
        waiting = [
            asyncio.create_task(waiters.until(until_so_many(each, 1), LONG_S, staying))
            for each in (first, second)
        ]
        await watched(first, second)
        refused = await waiters.until(lambda: first, LONG_S, staying)
        first.record(exchange(1))
        done = await waiting[0]
        taken = await waiters.until(lambda: first, 0.001, staying)
        waiting[1].cancel()
        await asyncio.gather(waiting[1], return_exceptions=True)
        taken_again = [await waiters.until(lambda: first, 0.001, staying) for _ in range(3)]
        return [refused, done, taken, *taken_again]

    assert asyncio.run(play()) == [False, True, True, True, True, True]


# through the admin API


@pytest.fixture
def app() -> App:
    """One contract."""
    return App(Settings(specs=(AGILE,)))


@pytest.fixture
def shop(call: Call, app: App) -> Journal:
    """The journal of a session."""
    call(app, "POST", "/__admin/sessions", json={"name": "shop"})
    return app.engine.sessions.get("shop").journal


def meanwhile(journal: Journal, act: Callable[[], object], ask: Callable[[], Any]) -> Any:
    """The answer to `ask`, which waits for what `act` does in another thread."""

    def once_watched() -> None:
        while not journal.watchers and not done.is_set():
            done.wait(0.001)
        act()

    done = threading.Event()
    other = threading.Thread(target=once_watched)
    other.start()
    try:
        return ask()
    finally:
        done.set()
        other.join()


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_wait_ends_with_the_request_that_is_meant(
    call: Call, app: App, shop: Journal, method: str
) -> None:
    query = "&method=PATCH" if method == "GET" else ""
    criteria = {"method": "PATCH"} if method == "POST" else None

    def act() -> None:
        call(app, "GET", "/__s/shop/nowhere")
        call(app, "PATCH", "/__s/shop/nowhere")

    answer = meanwhile(
        shop, act, lambda: call(app, method, f"{WAIT}?timeout_s=60{query}", json=criteria)
    )

    assert (answer.status, answer.json["matched"]) == (200, True)
    assert answer.json["request"]["request"]["method"] == "PATCH"
    assert not shop.watchers


def test_a_wait_ends_when_its_session_is_dropped(call: Call, app: App, shop: Journal) -> None:
    answer = meanwhile(
        shop,
        lambda: call(app, "DELETE", "/__admin/sessions/shop"),
        lambda: call(app, "GET", f"{WAIT}?timeout_s=60"),
    )

    assert answer.status == 404


def test_nothing_is_sent_to_a_caller_who_left(app: App, shop: Journal) -> None:
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": WAIT,
        "raw_path": WAIT.encode(),
        "query_string": b"timeout_s=60",
        "headers": [],
        "server": ("testserver", 80),
    }

    async def leaving() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, leaving, send))

    assert sent == []
    assert not shop.watchers


def test_a_token_is_asked_for_before_anything_waits(call: Call) -> None:
    app = App(Settings(specs=(AGILE,), admin_token="t0ken"))
    target = "/__admin/sessions/default/requests/wait?timeout_s=60"

    assert call(app, "GET", target).status == 401


def test_one_caller_too_many_is_503(call: Call, app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    assert WAITING_MAX >= 100
    monkeypatch.setattr(Waiters, "until", _no_room)

    answer = call(app, "GET", "/__admin/sessions/default/requests/wait")

    assert (answer.status, answer.source) == (503, "mockserver")
    assert answer.json["detail"] == f"{WAITING_MAX} callers wait, the most that may"


def _no_room(*_args: object) -> Awaitable[bool]:
    return asyncio.sleep(0, result=False)


@pytest.fixture
def watching(server: Any) -> Iterator[str]:
    """A session of its own on a real server."""
    url = f"{server.url}/__admin/sessions"
    asked = Asked(url, data=b"{}", headers={"Content-Type": "application/json"})
    with urlopen(asked) as reply:
        name = orjson.loads(reply.read())["name"]
    yield f"{url}/{name}"
    urlopen(Asked(f"{url}/{name}", method="DELETE")).close()


def test_others_are_served_while_fifty_callers_wait(server: Any, watching: str) -> None:
    """Over sockets: all of them hear of the one request that they wait for."""
    name = watching.rpartition("/")[2]
    answers: list[Any] = []

    def wait() -> None:
        with urlopen(f"{watching}/requests/wait?timeout_s=30") as reply:
            answers.append(orjson.loads(reply.read()))

    threads = [threading.Thread(target=wait) for _ in range(50)]
    for thread in threads:
        thread.start()
    with urlopen(f"{watching}/requests/count") as reply:
        assert orjson.loads(reply.read()) == {"count": 0, "dropped": 0}
    urlopen(f"{server.url}/__s/{name}/v1/.well-known/jwks.json").close()
    for thread in threads:
        thread.join()

    assert [each["matched"] for each in answers] == [True] * 50
    assert len({each["request"]["id"] for each in answers}) == 1
