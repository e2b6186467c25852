"""Whatever is sent, the answer is none of the server's own failures, and the server lives on.

Preference headers are left out: a 500 that is asked for is one that is given.
"""

import asyncio
import http.client
import re
import socket
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mockserver.server.app import App
from mockserver.settings import Settings

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
APPS = {
    "lenient, any": App(Settings(), clock=lambda: NOON),
    "strict, any": App(Settings(strict=True), clock=lambda: NOON),
    "lenient, issued": App(Settings(auth="issued"), clock=lambda: NOON),
}
OPERATIONS = [op for app in APPS.values() for op in app.engine.table.operations]
ADMIN = [b"/__admin/contracts/%s/openapi.json", b"/__admin/%s", b"/__admin/contracts/%s/docs/"]
NASTY = st.sampled_from(
    [
        b"",
        b"\x00",
        b"%",
        b"%zz",
        b"%00",
        b"%2F",
        b"%FF",
        b"%C3%A9",
        b"\xc3\xa9",
        b"\xff",
        b"..",
        b"+",
    ]
)
TEXT = st.one_of(NASTY, st.binary(max_size=30), st.text(max_size=10).map(str.encode), st.just(b"1"))
VALUE = TEXT.map(lambda text: re.sub(rb"[\r\n\x00]", b"", text))
SEGMENT = TEXT.map(lambda text: re.sub(rb"[/?#]", b"", text) or b"ACC_1")
HEADERS = st.sampled_from(
    [
        b"accept",
        b"accept-encoding",
        b"authorization",
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"cookie",
        b"expect",
        b"host",
        b"if-none-match",
        b"range",
        b"request-correlation-id",
        b"transfer-encoding",
        b"x-mock-scenario",
        b"x-mock-session",
    ]
)
MEDIA_TYPES = st.one_of(
    st.sampled_from([b"application/json", b"application/x-www-form-urlencoded", b"text/plain"]),
    st.sampled_from([b"application/json; charset=latin-1", b"application/*", b"*/*", b"json", b""]),
    VALUE,
)
TEXTS = ['""', '"x"', '"1"', '"é"', '"\\ud800"', '"\\u0000"', '"\x00"']
NUMBERS = ["0", "-1", "1e308", "1e999", "NaN", "1" * 30, "1" * 5_000]
JSON = st.recursive(
    st.sampled_from(["null", "true", "[]", "{}", "", *NUMBERS, *TEXTS]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: f"[{','.join(parts)}]"),
        st.tuples(inner, st.integers(1, 1500)).map(lambda p: "[" * p[1] + p[0] + "]" * p[1]),
        st.tuples(inner, st.integers(1, 1500)).map(lambda p: '{"a":' * p[1] + p[0] + "}" * p[1]),
    ),
    max_leaves=4,
)


def members(operation: Any) -> list[str]:
    """Names that a body of the operation has."""
    media = operation.body.media if operation.body else ()
    return sorted({name for each in media for name in each.shape.members}) or ["a"]


@st.composite
def bodies(draw: st.DrawFn, operation: Any) -> bytes:
    """A body that is almost what the operation wants, or nothing like it."""
    if draw(st.booleans()):
        return draw(st.one_of(st.binary(max_size=60), JSON.map(str.encode)))
    names = draw(st.lists(st.sampled_from(members(operation)), max_size=6))
    if draw(st.integers(0, 3)) == 0:
        return b"&".join(name.encode() + b"=" + draw(TEXT) for name in names)
    pairs = ",".join(f'"{name}":{draw(JSON) or "1"}' for name in names)
    return f"{{{pairs}}}".encode()


@st.composite
def requests(draw: st.DrawFn) -> tuple[bytes, bytes, bytes, list[tuple[bytes, bytes]], bytes]:
    """Method, path, query, headers and body, aimed at a real operation or near it."""
    operation = draw(st.sampled_from(OPERATIONS))
    method = draw(st.sampled_from([operation.method] * 9 + ["HEAD", "OPTIONS", "PUT"]))
    kind = draw(st.integers(0, 9))
    if kind == 0:
        path = b"/" + draw(st.binary(max_size=40))
    elif kind == 1:
        path = draw(st.sampled_from(ADMIN)).replace(b"%s", draw(TEXT))
    else:
        path = re.sub(rb"\{[^}]*\}", lambda _: draw(SEGMENT), operation.path.encode())
    names = [p.name.encode() for p in operation.parameters if p.location == "query"] or [b"a"]
    query = b"&".join(
        draw(st.one_of(st.sampled_from(names), TEXT))
        + draw(st.sampled_from([b"=", b""]))
        + draw(TEXT)
        for _ in range(draw(st.integers(0, 4)))
    )
    headers = draw(st.lists(st.tuples(HEADERS, VALUE), max_size=4))
    headers.append((b"content-type", draw(MEDIA_TYPES)))
    return method.encode(), path, query, headers, draw(bodies(operation))


def answered(app: App, method: str, path: bytes, query: bytes, headers: Any, body: bytes) -> int:
    """The status of the reply; fails where the application raises or does not answer once."""
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), path).decode(
            errors="replace"
        ),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "server": ("testserver", 80),
        "client": ("127.0.0.1", 50_000),
    }
    messages = iter(
        [
            {"type": "http.request", "body": body[:7], "more_body": True},
            {"type": "http.request", "body": body[7:], "more_body": False},
        ]
    )
    sent: list[Any] = []

    async def receive() -> Any:
        for message in messages:
            return message
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert [message["type"] for message in sent][:1] == ["http.response.start"]
    assert not sent[-1].get("more_body")
    status: int = sent[0]["status"]
    return status


@pytest.mark.parametrize("name", APPS)
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(request=requests())
def test_no_request_whatever_its_bytes_makes_a_5xx(name: str, request: Any) -> None:
    method, path, query, headers, body = request

    assert answered(APPS[name], method.decode(), path, query, headers, body) < 500


NESTED = [
    b'{"a":' + b"[" * depth + b"null" + b"]" * depth + b',"externalId":null}'
    for depth in (254, 255, 256, 900, 990, 1020, 1030, 100_000)
]
HOSTILE = {
    **{f"nested {len(body)}": body for body in NESTED},
    "many nulls": b'{"products":[' + b",".join([b'{"info":null}'] * 10_000) + b"]}",
    "long number": b'{"externalId":' + b"9" * 100_000 + b"}",
    "long fraction": b'{"externalId":0.' + b"9" * 100_000 + b"}",
    "half a character": b'{"externalId":"\xc3"}',
    "lone surrogate": b'{"externalId":"\\ud800"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"externalId":"x"}'.encode("utf-16"),
    "NUL": b"\x00",
    "same member often": b"{" + b",".join([b'"externalId":1'] * 10_000) + b"}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_refused_like_any_other(name: str) -> None:
    headers = [(b"content-type", b"application/json"), (b"request-correlation-id", b"1")]
    path = b"/v3/orgs/masmovil/tv/agile/subscriptions/ACC_1"

    assert answered(APPS["lenient, any"], "POST", path, b"", headers, HOSTILE[name]) == 400


@pytest.mark.parametrize("length", [1_000, 60_000])
@pytest.mark.parametrize("start", ["/", "/v3/orgs/masmovil/tv/agil", "/__admin/contracts/"])
def test_a_long_unknown_path_is_404_like_any_other(start: str, length: int) -> None:
    path = (start + "a/b-" * (length // 4)).encode()

    assert answered(APPS["lenient, any"], "GET", path, b"", [], b"") == 404


FRAMINGS = [
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n",
    b"Expect: 100-continue\r\nContent-Length: 2\r\n",
]
ENDLESS = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"
LINES = st.one_of(
    st.binary(max_size=60),
    st.tuples(
        st.sampled_from([b"GET", b"POST", b"HEAD", b"OPTIONS", b"CONNECT", b"PRI", b"get", b""]),
        st.one_of(st.sampled_from([b"*", b"/", b"http://a/", b"?", b"//", b"/%"]), st.binary()),
        st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/0.9", b"", b"\x00"]),
    ).map(b" ".join),
)


@st.composite
def raw(draw: st.DrawFn) -> bytes:
    """Bytes that are a request, or a little off."""
    if draw(st.booleans()):
        head = draw(LINES)
        fields = draw(st.lists(st.tuples(HEADERS, st.binary(max_size=12)), max_size=4))
        body = draw(st.binary(max_size=40))
    else:
        method, path, query, fields, body = draw(requests())
        head = method + b" " + path + b"?" + query + b" HTTP/1.1"
    framing = draw(st.sampled_from([b"", b"Content-Length: %d\r\n" % len(body), *FRAMINGS]))
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    return head + b"\r\n" + framing + lines + b"\r\n" + body


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=raw())
@example(sent=b"")
@example(sent=b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # TLS on a plain port
@example(sent=b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n")
@example(sent=ENDLESS)
@example(sent=b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n" * 3_000)
def test_no_bytes_on_a_connection_keep_the_server_from_answering_the_next(
    server: Any, sent: bytes
) -> None:
    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        connection.sendall(sent)
        health = http.client.HTTPConnection(server.host, server.port, timeout=30)
        try:
            health.request("GET", "/__admin/health")
            status = health.getresponse().status
        finally:
            health.close()
        received = b""
        try:
            connection.shutdown(socket.SHUT_WR)
            while data := connection.recv(65_536):
                received += data
        except OSError:  # it closed before it had read everything
            pass

    assert (status, server.process.poll()) == (200, None)
    assert re.findall(rb"^HTTP/1\.1 5..", received, re.MULTILINE) == []
