import asyncio
import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mockserver.transport import InProcess


class Application:
    """Answers with what the path says, and remembers who called it."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.threads: set[int] = set()
        self.hanging = threading.Event()
        self.cancelled = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        self.threads.add(threading.get_ident())
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message.get("more_body", False)
        self.bodies.append(body)
        if scope["path"] == "/reset":
            raise ConnectionResetError("it was reset")
        if scope["path"] == "/cut":
            raise ConnectionAbortedError("it was cut")
        if scope["path"] == "/hang":
            self.hanging.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled.set()
                raise
        if scope["path"] == "/stop":
            # It answers nevertheless, as our application does where a server stops.
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        headers = [(b"content-type", b"text/plain"), (b"x-a", b"1"), (b"x-a", b"2")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"he", "more_body": True})
        await send({"type": "http.response.body", "body": b"llo"})


@pytest.fixture
def app() -> Application:
    return Application()


@pytest.fixture
def transport(app: Application) -> Iterator[InProcess]:
    made = InProcess(app)
    yield made
    made.end()


def test_code_that_waits_gets_the_whole_answer(app: Application, transport: InProcess) -> None:
    with httpx.Client(transport=transport, base_url="http://mock") as client:
        answer = client.post("/x", json={"a": 1})

    assert (answer.status_code, answer.text) == (201, "hello")
    assert answer.headers.get_list("x-a") == ["1", "2"]
    assert app.bodies == [b'{"a":1}']


def test_code_that_awaits_gets_the_same(app: Application, transport: InProcess) -> None:
    async def ask() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            return await asyncio.gather(*(client.get(f"/{number}") for number in range(5)))

    assert [answer.text for answer in asyncio.run(ask())] == ["hello"] * 5
    assert len(app.threads) == 1


def test_code_that_waits_may_do_so_inside_of_a_loop(transport: InProcess) -> None:
    async def ask() -> str:
        with httpx.Client(transport=transport, base_url="http://mock") as client:
            return client.get("/x").text  # noqa: ASYNC212 - that it can is what is tested

    assert asyncio.run(ask()) == "hello"


def test_a_client_that_is_closed_leaves_the_transport_to_others(transport: InProcess) -> None:
    for _ in range(2):
        with httpx.Client(transport=transport, base_url="http://mock") as client:
            assert client.get("/x").text == "hello"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/reset", httpx.ReadError),
        ("/cut", httpx.RemoteProtocolError),
        ("/hang", httpx.ReadTimeout),
        ("/stop", httpx.ReadTimeout),
    ],
)
def test_a_fault_is_what_httpx_makes_of_it_on_the_wire(
    path: str, error: type[Exception], transport: InProcess
) -> None:
    async def ask() -> None:
        async with httpx.AsyncClient(transport=transport, timeout=0.05) as client:
            await client.get(f"http://mock{path}")

    with (
        httpx.Client(transport=transport, timeout=0.05) as client,
        pytest.raises(error),
    ):
        client.get(f"http://mock{path}")
    with pytest.raises(error):
        asyncio.run(ask())


def test_a_caller_that_is_cancelled_has_left(app: Application, transport: InProcess) -> None:
    async def leave() -> None:
        async with httpx.AsyncClient(transport=transport, timeout=60) as client:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.get("http://mock/hang")

    asyncio.run(leave())

    assert app.cancelled.wait(timeout=30)


def test_the_end_cancels_what_is_still_answered(app: Application) -> None:
    transport = InProcess(app)
    failures: list[BaseException] = []

    def ask() -> None:
        with httpx.Client(transport=transport, timeout=60) as client:
            try:
                client.get("http://mock/hang")
            except BaseException as error:  # noqa: BLE001 - whatever it is
                failures.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert app.hanging.wait(timeout=30)
    transport.end()
    asking.join(timeout=30)

    assert len(failures) == 1


def test_an_end_without_a_beginning_is_nothing(app: Application) -> None:
    InProcess(app).end()
