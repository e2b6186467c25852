"""Faults as callers meet them: on real sockets, plain and TLS, with each loop, and in process."""

import asyncio
import http.client
import ipaddress
import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from mockserver.fault import Break, Delay, Fault, fault_of
from mockserver.server import breakage
from mockserver.server.breakage import GARBAGE, PIECE_MS, carry_out, pieces_of, wait
from mockserver.server.protocol import Protocol

TIMEOUT_S = 30  # for what has to happen; nothing is measured
BODY = b'{"id": "0123456789", "state": "active"}'
LONG_MS = 110_000.0  # nobody stays that long
LOST = ("reset", "empty", "garbage", "hang")
BREAKS = ("reset", "empty", "garbage", "truncate", "chunk")

Loop = Literal["uvloop", "asyncio"]


@dataclass
class Watched:
    """What the application of these tests went through with one request."""

    fault: Fault
    delay_ms: float = 0.0
    status: int = 200
    body: bytes = BODY
    decided: bool = True
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """As `deliver` makes them."""
        if not self.decided:
            return []
        kind = (b"content-type", b"application/json")
        return [kind] if self.status == 204 else [kind, (b"content-length", b"%d" % len(self.body))]


NOTHING = Watched(Fault())


def fault(name: str, **fields: Any) -> Fault:
    """A fault with a break."""
    return fault_of({"break": name} | fields)


class Application:
    """Answers every request with the fault that its path names."""

    def __init__(self) -> None:
        self.watched: dict[str, Watched] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        it = self.watched.get(scope["path"], NOTHING)
        while (await receive()).get("more_body"):
            pass
        it.begun.set()
        await carry_out(
            it.fault,
            it.delay_ms,
            it.status if it.decided else 0,
            it.headers,
            it.body if it.decided else b"",
            scope,
            receive,
            send,
        )
        it.ended.set()


@dataclass
class Site:
    """A running server."""

    application: Application
    server: uvicorn.Server
    thread: threading.Thread
    port: int
    trusting: ssl.SSLContext | None

    def watch(self, watched: Watched) -> str:
        """The path that meets the fault."""
        path = f"/{len(self.application.watched)}"
        self.application.watched[path] = watched
        return path

    def connect(self) -> socket.socket:
        """A new connection."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_S)
        if self.trusting is None:
            return connection
        return self.trusting.wrap_socket(connection, server_hostname="127.0.0.1")

    def raw(self, *requests: bytes) -> bytes:
        """What comes on one connection for requests sent at once, until it is closed."""
        with self.connect() as connection:
            connection.sendall(b"".join(requests))
            return everything(connection)

    def ask(self, path: str, method: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
        """What an HTTP client makes of it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        try:
            connection.sock = self.connect()
            connection.request(method, path)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def is_well(self) -> bool:
        """Whether the next connection is served."""
        response, body = self.ask("/well")
        return (response.status, body) == (200, BODY)

    def stop(self) -> None:
        """As a signal does."""
        self.server.should_exit = True
        self.thread.join(TIMEOUT_S)
        assert not self.thread.is_alive()


@contextmanager
def running(loop: Loop, files: tuple[Path, Path] | None = None) -> Iterator[Site]:
    """A server on a free port, ended in any case."""
    application = Application()
    config = uvicorn.Config(
        application,
        http=Protocol,
        loop=loop,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=0,
        ssl_certfile=files[0] if files else None,
        ssl_keyfile=files[1] if files else None,
    )
    server = uvicorn.Server(config)
    trusting = ssl.create_default_context(cafile=files[0]) if files else None
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        site = Site(application, server, thread, listening.getsockname()[1], trusting)
        try:
            yield site
        finally:
            site.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Files with a self-signed certificate for this machine and with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("certificate")
    files = folder / "cert.pem", folder / "key.pem"
    encoding = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    files[0].write_bytes(made.public_bytes(encoding))
    files[1].write_bytes(key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain))
    return files


@pytest.fixture(
    scope="module",
    params=[("uvloop", "http"), ("asyncio", "http"), ("uvloop", "https"), ("asyncio", "https")],
    ids="-".join,
)
def shared(request: pytest.FixtureRequest, certificate: tuple[Path, Path]) -> Iterator[Site]:
    """A server of each kind."""
    loop, scheme = request.param
    with running(loop, certificate if scheme == "https" else None) as site:
        yield site


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What a person who runs the server would be told."""
    return [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]


@pytest.fixture
def site(shared: Site, caplog: pytest.LogCaptureFixture) -> Iterator[Site]:
    """The same, healthy and silent after each test."""
    yield shared
    assert shared.is_well()
    assert logged(caplog) == []


def get(path: str, *, method: str = "GET") -> bytes:
    """A request."""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def everything(connection: socket.socket, *, beneath_tls: bool = False) -> bytes:
    """What comes until the server closes; OpenSSL does not tell a reset from an end."""
    recv = partial(socket.socket.recv, connection) if beneath_tls else connection.recv
    received = bytearray()
    while data := recv(1 << 16):
        received += data
    return bytes(received)


def head_of(connection: socket.socket) -> bytes:
    """A head, and not a byte of what follows."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    return bytes(head)


def body_of(connection: socket.socket) -> bytes:
    """The body of the next reply, which is `BODY` or the beginning of it."""
    assert b"\r\ncontent-length: %d\r\n" % len(BODY) in head_of(connection)
    body = bytearray()
    while len(body) < len(BODY):
        body += connection.recv(len(BODY) - len(body))
    return bytes(body)


# What a caller sees -----------------------------------------------------------------------


@pytest.mark.parametrize("decided", [True, False], ids=["delivery", "deed"])
def test_a_reset_is_a_reset(site: Site, decided: bool) -> None:  # noqa: FBT001 - a parameter
    path = site.watch(Watched(fault("reset"), decided=decided))

    with site.connect() as connection:
        connection.sendall(get(path))

        with pytest.raises(ConnectionResetError):
            everything(connection, beneath_tls=True)


@pytest.mark.parametrize("decided", [True, False], ids=["delivery", "deed"])
def test_an_empty_reply_is_not_a_byte(site: Site, decided: bool) -> None:  # noqa: FBT001 - the same
    path = site.watch(Watched(fault("empty"), decided=decided))

    assert site.raw(get(path)) == b""
    with pytest.raises(http.client.RemoteDisconnected):
        site.ask(path)


@pytest.mark.parametrize("decided", [True, False], ids=["delivery", "deed"])
def test_garbage_is_no_status_line(site: Site, decided: bool) -> None:  # noqa: FBT001 - the same
    path = site.watch(Watched(fault("garbage"), decided=decided))

    assert site.raw(get(path)) == GARBAGE
    with pytest.raises(http.client.BadStatusLine):
        site.ask(path)


@pytest.mark.parametrize(
    ("after_bytes", "comes"),
    [(0, 0), (10, 10), (len(BODY) - 1, len(BODY) - 1), (len(BODY), len(BODY) - 1), (10**9, -1)],
)
def test_a_truncated_body_lacks_a_byte_at_least(site: Site, after_bytes: int, comes: int) -> None:
    path = site.watch(Watched(fault("truncate", after_bytes=after_bytes)))

    with pytest.raises(http.client.IncompleteRead) as caught:
        site.ask(path)

    assert caught.value.partial == BODY[:comes]
    assert caught.value.expected == len(BODY) - len(caught.value.partial)


@pytest.mark.parametrize("body", [BODY, b"1"])
def test_a_good_chunk_is_followed_by_a_broken_one(site: Site, body: bytes) -> None:
    path = site.watch(Watched(fault("chunk"), body=body))
    good = body[: (len(body) + 1) // 2]

    head, _, chunks = site.raw(get(path)).partition(b"\r\n\r\n")

    assert b"\r\ntransfer-encoding: chunked" in head
    assert b"content-length" not in head
    assert chunks == b"%x\r\n%s\r\n" % (len(good), good) + b"oops\r\n"
    with pytest.raises(http.client.IncompleteRead):
        site.ask(path)


@pytest.mark.parametrize("name", ["truncate", "chunk"])
@pytest.mark.parametrize(
    ("method", "status", "body"), [("HEAD", 200, BODY), ("GET", 204, b""), ("GET", 200, b"")]
)
def test_a_reply_without_a_body_ends_in_its_status_line(
    site: Site, name: str, method: str, status: int, body: bytes
) -> None:
    path = site.watch(Watched(fault(name), status=status, body=body))

    assert site.raw(get(path, method=method)) == b"HTTP/1.1 "
    with pytest.raises(http.client.BadStatusLine):
        site.ask(path, method)


def test_a_dribble_comes_in_several_reads(site: Site) -> None:
    it = Watched(fault("dribble", over_ms=LONG_MS), body=BODY * 1_000)
    reads: list[bytes] = []
    with site.connect() as connection:
        connection.sendall(get(site.watch(it)))
        head = head_of(connection)
        while len(reads) < 3:
            reads.append(connection.recv(1 << 20))

    assert b"\r\ncontent-length: %d\r\n" % len(it.body) in head
    assert it.body.startswith(b"".join(reads))
    assert all(reads)
    assert sum(map(len, reads)) < len(it.body)
    assert it.ended.wait(TIMEOUT_S)  # though most of it is left


def test_a_dribble_that_is_waited_for_is_whole_and_keeps_the_connection(site: Site) -> None:
    path = site.watch(Watched(fault("dribble", over_ms=3 * PIECE_MS)))
    with site.connect() as connection:
        for _ in range(2):
            connection.sendall(get(path))
            assert body_of(connection) == BODY


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204)])
@pytest.mark.parametrize("late", [Fault(Delay("fixed", 20)), fault("dribble", over_ms=20)])
def test_a_reply_without_a_body_may_be_late_and_keeps_the_connection(
    site: Site, late: Fault, method: str, status: int
) -> None:
    body = b"" if status == 204 else BODY
    path = site.watch(Watched(late, delay_ms=20, status=status, body=body))
    with site.connect() as connection:
        for _ in range(2):
            connection.sendall(get(path, method=method))
            head = head_of(connection)
            assert head.startswith(b"HTTP/1.1 %d " % status)
            assert (b"content-length" in head) == (status == 200)


@pytest.mark.parametrize("delay_ms", [0.0, 20.0])
def test_after_a_mere_delay_the_connection_is_kept(site: Site, delay_ms: float) -> None:
    path = site.watch(Watched(Fault(Delay("fixed", delay_ms)), delay_ms=delay_ms))
    with site.connect() as connection:
        for _ in range(3):
            connection.sendall(get(path))
            assert body_of(connection) == BODY


def test_pipelined_requests_wait_for_the_delay_of_the_first(site: Site) -> None:
    late = site.watch(Watched(Fault(Delay("fixed", 20)), delay_ms=20))
    with site.connect() as connection:
        connection.sendall(get(late) + get("/well") + get(late))

        assert [body_of(connection) for _ in range(3)] == [BODY] * 3


@pytest.mark.parametrize("name", [name for name in BREAKS if name != "reset"])
def test_what_was_pipelined_behind_a_break_is_never_begun(site: Site, name: str) -> None:
    alone = site.raw(get(site.watch(Watched(fault(name)))))
    never = Watched(Fault())

    together = site.raw(get(site.watch(Watched(fault(name)))), get(site.watch(never)))

    assert site.is_well()
    assert without_date(together) == without_date(alone)
    assert not never.begun.is_set()


def without_date(received: bytes) -> bytes:
    """The bytes that are the same at any second."""
    return b"\r\n".join(each for each in received.split(b"\r\n") if not each.startswith(b"date:"))


def test_a_request_behind_others_of_its_connection_can_be_reset(site: Site) -> None:
    path = site.watch(Watched(fault("reset"), delay_ms=1))
    with site.connect() as connection:
        connection.sendall(get("/well"))
        assert body_of(connection) == BODY
        connection.sendall(get(path))

        with pytest.raises(ConnectionResetError):
            everything(connection, beneath_tls=True)


@pytest.mark.parametrize("name", [*BREAKS, "hang"])
def test_a_fault_may_hit_a_request_with_a_body(site: Site, name: str) -> None:
    it = Watched(fault(name))
    path = site.watch(it)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n".encode()
    with site.connect() as connection:
        connection.sendall(head + b"x" * 200_000)
        assert it.begun.wait(TIMEOUT_S)

    assert it.ended.wait(TIMEOUT_S)


# Callers that leave, and servers that stop -------------------------------------------------


@pytest.mark.parametrize(
    "waiting",
    [
        lambda: Watched(fault("hang")),
        lambda: Watched(fault("hang"), decided=False),
        lambda: Watched(Fault(Delay("fixed", LONG_MS)), delay_ms=LONG_MS),
        lambda: Watched(fault("reset"), delay_ms=LONG_MS),
        lambda: Watched(fault("dribble", over_ms=LONG_MS)),
        lambda: Watched(fault("dribble", over_ms=LONG_MS), status=204, body=b""),
    ],
    ids=["hang", "hang before the deed", "delay", "delayed reset", "dribble", "dribble of nothing"],
)
def test_it_ends_when_the_caller_leaves(site: Site, waiting: Callable[[], Watched]) -> None:
    it = waiting()
    with site.connect() as connection:
        connection.sendall(get(site.watch(it)))
        assert it.begun.wait(TIMEOUT_S)
        assert not it.ended.is_set()

    assert it.ended.wait(TIMEOUT_S)


def test_a_caller_that_hangs_gets_nothing_at_all(site: Site) -> None:
    it = Watched(fault("hang"))
    with site.connect() as connection:
        connection.sendall(get(site.watch(it)))
        assert it.begun.wait(TIMEOUT_S)
        socket.socket.shutdown(connection, socket.SHUT_WR)  # of TLS, only below it

        assert everything(connection) == b""
    assert it.ended.wait(TIMEOUT_S)


def test_a_caller_that_never_leaves_is_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakage, "HANG_MS", 20.0)

    assert site.raw(get(site.watch(Watched(fault("hang"))))) == b""


def test_a_caller_that_pipelined_and_left_is_noticed_in_the_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breakage, "PIECE_MS", 20.0)
    it = Watched(fault("dribble", over_ms=400))
    with site.connect() as connection:
        connection.sendall(get(site.watch(it)) + get("/well") * 3)
        assert it.begun.wait(TIMEOUT_S)

    assert it.ended.wait(TIMEOUT_S)


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_stops_closes_what_waits_without_a_traceback(
    loop: Loop, scheme: str, certificate: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    waiting = [
        Watched(fault("hang")),
        Watched(fault("hang"), decided=False),
        Watched(Fault(Delay("fixed", LONG_MS)), delay_ms=LONG_MS),
        Watched(fault("dribble", over_ms=LONG_MS), status=204, body=b""),
    ]
    with running(loop, certificate if scheme == "https" else None) as site:
        connections = [site.connect() for _ in waiting]
        for connection, it in zip(connections, waiting, strict=True):
            connection.sendall(get(site.watch(it)))
            assert it.begun.wait(TIMEOUT_S)

        site.stop()

        for connection, it in zip(connections, waiting, strict=True):
            with connection:
                assert received_before_the_end(connection) == b""
            assert it.ended.is_set()
    assert logged(caplog) == [
        "Cancel 4 running task(s), timeout graceful shutdown exceeded"
    ]  # uvicorn's, one line
    assert [each.exc_info for each in caplog.records if each.exc_info] == []


def received_before_the_end(connection: socket.socket) -> bytes:
    """What came until the process let go of the connection, however it did."""
    try:
        return everything(connection)
    except (ssl.SSLEOFError, ConnectionResetError):
        return b""


# In process -------------------------------------------------------------------------------


async def staying() -> Any:
    """A caller that neither says more nor leaves."""
    return await asyncio.Event().wait()


def leaving(*messages: str) -> Callable[[], Any]:
    """A caller that leaves after messages."""
    said = iter([*messages, "http.disconnect"])

    async def receive() -> Any:
        return {"type": next(said)}

    return receive


async def in_process(
    it: Watched, sent: list[Any], receive: Any = staying, method: str = "GET"
) -> None:
    """Carry out the fault; `sent` has what went out, even where it raises."""

    async def send(message: Any) -> None:
        sent.append(message)

    status, body = (it.status, it.body) if it.decided else (0, b"")
    scope = {"type": "http", "method": method}
    await carry_out(it.fault, it.delay_ms, status, it.headers, body, scope, receive, send)


def shape(sent: Sequence[Any]) -> list[Any]:
    """Status, then body and whether more was to come."""
    return [each.get("status") or (each["body"], each.get("more_body", False)) for each in sent]


@pytest.mark.parametrize(
    ("broken", "error", "sent"),
    [
        (fault("reset"), ConnectionResetError, []),
        (fault("empty"), ConnectionAbortedError, []),
        (fault("garbage"), ConnectionAbortedError, []),
        (fault("truncate", after_bytes=7), ConnectionAbortedError, [200, (BODY[:7], True)]),
        (fault("chunk"), ConnectionAbortedError, [200, (BODY[:20], True)]),
    ],
    ids=BREAKS,
)
def test_in_process_a_break_is_raised_after_what_was_due(
    broken: Fault, error: type[Exception], sent: list[Any]
) -> None:
    seen: list[Any] = []

    with pytest.raises(error, match=f"The fault `{broken.broken}`: "):
        asyncio.run(in_process(Watched(broken), seen))

    assert shape(seen) == sent


@pytest.mark.parametrize("name", ["truncate", "chunk"])
@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_in_process_a_reply_without_a_body_is_broken_before_it_begins(
    name: str, method: str
) -> None:
    seen: list[Any] = []
    it = Watched(fault(name), body=BODY if method == "HEAD" else b"")

    with pytest.raises(ConnectionAbortedError):
        asyncio.run(in_process(it, seen, method=method))

    assert seen == []


def test_in_process_a_delay_is_followed_by_the_whole_reply() -> None:
    seen: list[Any] = []
    it = Watched(Fault(Delay("fixed", 5)), delay_ms=5)

    asyncio.run(in_process(it, seen))

    assert shape(seen) == [200, (BODY, False)]
    assert seen[0]["headers"] == it.headers


def test_in_process_a_dribble_is_many_messages() -> None:
    seen: list[Any] = []

    asyncio.run(in_process(Watched(fault("dribble", over_ms=2.5 * PIECE_MS)), seen))

    assert shape(seen) == [200, (BODY[:13], True), (BODY[13:26], True), (BODY[26:], False)]


@pytest.mark.parametrize("name", LOST)
def test_in_process_a_caller_that_left_during_the_delay_is_sent_nothing(name: str) -> None:
    seen: list[Any] = []
    it = Watched(fault(name), delay_ms=LONG_MS)

    asyncio.run(in_process(it, seen, leaving("http.request")))

    assert seen == []


def test_in_process_a_hang_ends_when_the_caller_says_that_it_leaves() -> None:
    seen: list[Any] = []

    asyncio.run(in_process(Watched(fault("hang"), decided=False), seen, leaving("http.request")))

    assert seen == []


def test_in_process_a_hang_ends_some_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breakage, "HANG_MS", 5.0)

    with pytest.raises(ConnectionAbortedError, match="nobody answered"):
        asyncio.run(in_process(Watched(fault("hang")), []))


@pytest.mark.parametrize(
    "it",
    [Watched(fault("hang")), Watched(Fault(), delay_ms=LONG_MS), Watched(fault("dribble"))],
    ids=["hang", "delay", "dribble"],
)
def test_in_process_a_caller_may_bound_its_patience(it: Watched) -> None:
    async def impatient() -> None:
        await asyncio.wait_for(in_process(it, []), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(impatient())


def test_in_process_the_error_reaches_the_client() -> None:
    application = Application()
    application.watched["/reset"] = Watched(fault("reset"))

    async def ask() -> None:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            assert (await client.get("/well")).content == BODY
            await client.get("/reset")

    with pytest.raises(ConnectionResetError, match="the connection was reset"):
        asyncio.run(ask())


# Waiting, and pieces ----------------------------------------------------------------------


@pytest.mark.parametrize("delay_ms", [0.0, -3.0, 5.0])
def test_who_stays_is_waited_for(delay_ms: float) -> None:
    assert asyncio.run(wait(delay_ms, staying)) is True


def test_who_leaves_is_not_waited_for() -> None:
    assert asyncio.run(wait(LONG_MS, leaving("http.request", "http.request"))) is False


def test_a_caller_that_always_says_more_does_not_stop_the_clock() -> None:
    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    assert asyncio.run(wait(25.0, receive)) is True


@given(body=st.binary(max_size=300), over_ms=st.floats(0, 120_000))
def test_the_pieces_are_the_body_in_equal_parts(body: bytes, over_ms: float) -> None:
    pieces = pieces_of(body, over_ms)
    sizes = sorted(map(len, pieces))

    assert b"".join(pieces) == body
    assert sizes[-1] - sizes[0] <= 1
    assert len(pieces) <= max(1, len(body), 0)
    assert over_ms / len(pieces) <= PIECE_MS or len(pieces) == max(1, len(body))


def test_every_break_is_one_of_those_that_these_tests_see() -> None:
    assert {*BREAKS, "dribble", "hang"} == {str(each) for each in Break}
