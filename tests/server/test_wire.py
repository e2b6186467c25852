"""Bytes on real sockets: past uvicorn's `send` and by plain ASGI the same ones leave."""

import asyncio
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn

from mockserver.server import delivery
from mockserver.server.delivery import BODY_BYTES_MAX
from mockserver.server.protocol import Protocol
from mockserver.server.wire import cycle_of, write

ACCOUNT = b"/v3/orgs/masmovil/tv/agile/subscriptions/ACC_77"
TRACE = b"Request-Correlation-Id: 2106f808-36e9-402d-bf37-f1f7fa04776b\r\n"
READ = b"GET " + ACCOUNT + b" HTTP/1.1\r\nHost: localhost\r\n" + TRACE + b"\r\n"
CLOSE = READ[:-2] + b"Connection: close\r\n\r\n"
SUBSCRIPTION = b'{"externalId":"E1","postalCode":"28001","products":[{"id":"0000025","info":"%s"}]}'
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIA\r\n"


def request(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    """A request with the headers every one has."""
    lines = [line + b" HTTP/1.1", b"Host: localhost", TRACE.strip(), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def post(body: bytes, *headers: bytes, expect: bool = False) -> bytes:
    """A request to create a subscription; without its body where that has to be asked for."""
    length = b"Content-Length: %d" % len(body)
    kind = b"Content-Type: application/json"
    more = (b"Expect: 100-continue",) if expect else ()
    sent = b"" if expect else body
    return request(b"POST " + ACCOUNT, kind, length, *more, *headers, body=sent)


def chunked(*chunks: bytes) -> bytes:
    """The same with a chunked body."""
    parts = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    kind = b"Content-Type: application/json"
    coding = b"Transfer-Encoding: chunked"
    return request(b"POST " + ACCOUNT, kind, coding, body=b"".join([*parts, b"0\r\n\r\n"]))


PLAIN = SUBSCRIPTION % b"plain"
CREATE = post(PLAIN)
OPTIONS = request(b"OPTIONS " + ACCOUNT)

# What is sent on one connection, and the statuses that come back; the last request closes it.
TALKS: dict[str, tuple[bytes, list[int]]] = {
    "GET": (READ, [200]),
    "HEAD": (READ.replace(b"GET", b"HEAD"), [200]),
    "HEAD of what is refused": (request(b"HEAD /v1/ftth/accesses/info?gescal37=%ff"), [400]),
    "OPTIONS, which has no content": (OPTIONS, [204]),
    "POST": (CREATE, [202]),
    "POST that is refused": (post(b"{}"), [400]),
    "documented 404": (READ[:-2] + b"Prefer: code=404\r\n\r\n", [404]),
    "unknown path": (request(b"GET /nowhere"), [404]),
    "other method": (request(b"PUT " + ACCOUNT), [405]),
    "keep-alive": (READ + CREATE + READ + OPTIONS + post(b"[]"), [200, 202, 200, 204, 400]),
    "pipelined in one packet": (READ * 20, [200] * 20),
    "large body": (post(SUBSCRIPTION % (b"x" * 1_000_000)), [202]),
    "chunked body": (chunked(PLAIN[:5], PLAIN[5:6], PLAIN[6:]), [202]),
    "chunked body, then another": (chunked(b"{", b"}") + chunked(PLAIN), [400, 202]),
    "body of a GET": (READ[:-2] + b"Content-Length: 4\r\n\r\nbody", [200]),
    "empty body": (post(b""), [400]),
    "offer of h2c": (READ[:-2] + OFFER + b"\r\n" + READ, [200, 200]),
    "offer of h2c with a body": (post(PLAIN, OFFER.strip()) + CREATE, [202, 202]),
    "offer of h2c with an empty body": (post(b"", OFFER.strip()) + CREATE, [400, 202]),
    "offer of h2c with a chunked body": (
        chunked(PLAIN[:9], PLAIN[9:]).replace(b"\r\n", b"\r\n" + OFFER, 1) + CREATE,
        [202, 202],
    ),
}


@contextmanager
def served(*apps: Any) -> Iterator[list[int]]:
    """Ports of servers, one for each application, that run in one thread until the end."""
    servers = [
        uvicorn.Server(
            uvicorn.Config(
                app, http=Protocol, ws="none", port=0, log_config=None, date_header=False
            )
        )
        for app in apps
    ]
    started = threading.Barrier(2, timeout=30)

    async def run() -> None:
        for server in servers:
            server.config.load()
            server.lifespan = server.config.lifespan_class(server.config)
            await server.startup()
        started.wait()
        await asyncio.gather(*(server.main_loop() for server in servers))
        for server in servers:
            await server.shutdown()

    thread = threading.Thread(target=asyncio.run, args=(run(),), daemon=True)
    thread.start()
    try:
        started.wait()
        yield [server.servers[0].sockets[0].getsockname()[1] for server in servers]
    finally:
        for server in servers:
            server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def ports(packaged: Any) -> Iterator[dict[str, int]]:
    """One application behind two servers: one is written past, one hears ASGI messages."""

    async def by_asgi(scope: Any, receive: Any, send: Any) -> None:
        async def wrapped(message: Any) -> None:
            await send(message)

        await packaged(scope, receive, wrapped)

    with served(packaged.connexion, by_asgi) as numbers:
        yield dict(zip(("written past", "asgi"), numbers, strict=True))


WAYS = pytest.mark.parametrize("way", ["written past", "asgi"])


@pytest.fixture
def connect(ports: dict[str, int]) -> Iterator[Callable[[str], socket.socket]]:
    """Opens connections, closed in the end."""
    opened: list[socket.socket] = []

    def connect(way: str) -> socket.socket:
        opened.append(socket.create_connection(("127.0.0.1", ports[way]), timeout=30))
        return opened[-1]

    yield connect
    for each in opened:
        each.close()


def everything(connection: socket.socket) -> bytes:
    """What comes until the server closes, request ids made equal."""
    received = bytearray()
    while data := connection.recv(1 << 20):
        received += data
    return re.sub(rb"(x-mock-request-id: )[0-9a-f]{6}-\d+", rb"\1an-id", bytes(received))


def one(connection: socket.socket) -> tuple[int, bytes]:
    """Status and body of the next reply, which has a length."""
    with connection.makefile("rb", buffering=0) as file:
        status = int(file.readline().split()[1])
        length = 0
        while (line := file.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = b""
        while len(body) < length:
            body += file.read(length - len(body))
        return status, body


def statuses(received: bytes, methods: list[bytes]) -> list[int]:
    """The statuses of replies, whose framing has to be right to the last byte."""
    found = []
    for method in methods:
        head, _, received = received.partition(b"\r\n\r\n")
        found.append(int(head.split()[1]))
        lengths = re.findall(rb"\r\ncontent-length: (\d+)", head)
        assert len(lengths) == (found[-1] != 204)
        if lengths and method != b"HEAD":
            received = received[int(lengths[0]) :]
    assert received == b""
    return found


@pytest.mark.parametrize("name", TALKS)
def test_both_ways_put_the_same_bytes_on_the_wire(
    connect: Callable[[str], socket.socket], name: str
) -> None:
    sent, expected = TALKS[name]
    received = {}
    for way in ("written past", "asgi"):
        connection = connect(way)
        connection.sendall(sent + CLOSE)
        received[way] = everything(connection)

    assert received["written past"] == received["asgi"]
    methods = [b"HEAD" if sent.startswith(b"HEAD") else b"", *[b""] * len(expected)]
    assert statuses(received["asgi"], methods) == [*expected, 200]
    assert received["asgi"].count(b"connection: close") == 1


@WAYS
@pytest.mark.parametrize(
    "sent",
    [READ.replace(b"HTTP/1.1", b"HTTP/1.0"), CLOSE, CREATE.replace(b"1.1", b"1.0")],
    ids=["HTTP/1.0 GET", "Connection: close", "HTTP/1.0 POST"],
)
def test_a_connection_that_ends_with_the_reply_says_so_and_ends(
    connect: Callable[[str], socket.socket], way: str, sent: bytes
) -> None:
    connection = connect(way)
    connection.sendall(sent)

    received = everything(connection)

    assert received.count(b"\r\nconnection: close\r\n") == 1
    assert statuses(received, [b""])[0] in (200, 202)


def test_only_the_servers_own_send_is_written_past(
    connect: Callable[[str], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def spy(*arguments: Any) -> None:
        seen.append(arguments[1])
        write(*arguments)

    monkeypatch.setattr(delivery, "write", spy)
    for way in ("asgi", "written past"):
        connection = connect(way)
        connection.sendall(CREATE)
        assert one(connection)[0] == 202

    assert seen == [202]


@WAYS
def test_pipelined_requests_are_answered_in_their_order(
    connect: Callable[[str], socket.socket], way: str
) -> None:
    connection = connect(way)
    accounts = [b"ACC_%d" % number for number in range(20)]

    connection.sendall(b"".join(READ.replace(b"ACC_77", account) for account in accounts))

    answers = [one(connection)[1] for _ in accounts]
    for account, answer in zip(accounts, answers, strict=True):
        assert b'"service_id":"%s"' % account in answer


def test_a_connection_that_is_full_takes_the_way_of_asgi_and_loses_nothing(
    connect: Callable[[str], socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    full = threading.Event()

    def spy(send: Any) -> Any:
        cycle = cycle_of(send)
        if cycle is None:
            full.set()
        return cycle

    monkeypatch.setattr(delivery, "cycle_of", spy)
    connection = connect("written past")
    document = request(b"GET /__admin/contracts/tesamanager-v1/openapi.json")

    connection.sendall(document * 300)  # replies of more bytes than the buffers of both ends hold
    assert full.wait(timeout=30)

    lengths = {len(one(connection)[1]) for _ in range(300)}
    assert len(lengths) == 1


@WAYS
def test_a_caller_that_waits_for_100_is_told_to_go_on(
    connect: Callable[[str], socket.socket], way: str
) -> None:
    connection = connect(way)
    connection.sendall(post(PLAIN, expect=True))
    told = connection.recv(25)

    connection.sendall(PLAIN)

    assert told == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert one(connection)[0] == 202


@WAYS
def test_a_body_that_arrives_byte_by_byte_is_one_body(
    connect: Callable[[str], socket.socket], way: str
) -> None:
    connection = connect(way)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for index in range(len(CREATE)):
        connection.sendall(CREATE[index : index + 1])

    assert one(connection)[0] == 202


@WAYS
def test_the_body_behind_an_offer_to_upgrade_may_come_later(
    connect: Callable[[str], socket.socket], way: str
) -> None:
    connection = connect(way)
    sent = post(PLAIN, OFFER.strip())
    for part in (sent[: -len(PLAIN)], PLAIN[:7], PLAIN[7:] + CREATE):
        connection.sendall(part)
        # The server reads what it has been sent before it answers on another connection.
        other = connect(way)
        other.sendall(READ)
        one(other)

    assert [one(connection)[0] for _ in range(2)] == [202, 202]


@WAYS
def test_a_caller_that_leaves_in_the_middle_of_its_body_leaves_no_trace(
    connect: Callable[[str], socket.socket], way: str, caplog: pytest.LogCaptureFixture
) -> None:
    for part in (CREATE[:-1], CREATE[:-30], post(PLAIN, expect=True), chunked(PLAIN)[:-5]):
        leaving = connect(way)
        leaving.sendall(part)
        leaving.close()

    staying = connect(way)
    staying.sendall(READ)

    assert one(staying)[0] == 200
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []


@WAYS
def test_a_body_beyond_the_limit_is_413_of_the_mock_server_and_the_connection_lives(
    connect: Callable[[str], socket.socket], way: str
) -> None:
    connection = connect(way)
    connection.sendall(post(b" " * (BODY_BYTES_MAX + 1)))

    status, body = one(connection)

    assert (status, str(BODY_BYTES_MAX).encode() in body) == (413, True)
    connection.sendall(READ)
    assert one(connection)[0] == 200


@WAYS
def test_a_body_of_the_very_limit_is_read(
    connect: Callable[[str], socket.socket], way: str
) -> None:
    connection = connect(way)
    padding = b"x" * (BODY_BYTES_MAX - len(SUBSCRIPTION % b""))

    connection.sendall(post(SUBSCRIPTION % padding))

    assert one(connection)[0] == 202


@WAYS
@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01\x02\r\n\r\n",
        b"GET\r\n\r\n",
        b"BREW / HTTP/1.1\r\n\r\n",
        b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    ],
    ids=["garbage", "no path", "unknown method", "CONNECT"],
)
def test_what_is_no_request_is_400_and_the_end_of_the_connection(
    connect: Callable[[str], socket.socket], way: str, sent: bytes
) -> None:
    connection = connect(way)
    connection.sendall(sent)

    received = everything(connection)

    assert received.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nconnection: close\r\n" in received
