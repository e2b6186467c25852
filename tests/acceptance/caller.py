"""Callers as they come: an HTTP client, raw bytes on a socket, and a tester at the admin API."""

import http.client
import json
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

TIMEOUT_S = 30  # for what has to happen; nothing is measured

TRACE = ("Request-Correlation-Id", "2106f808-36e9-402d-bf37-f1f7fa04776b")
NEW = {"postalCode": "48001", "products": [{"id": "AGILE_TV_FAMILIA"}]}
JSON = ("Content-Type", "application/json")

Headers = Sequence[tuple[str, str | bytes]]


def subscription(service: str = "ACC_123456", org: str = "masmovil") -> str:
    """The path of a subscription of agile-tv-v3."""
    return f"/v3/orgs/{org}/tv/agile/subscriptions/{service}"


@dataclass(frozen=True)
class Reply:
    """What a client got."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The value of a header, None when it is not there."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def id(self) -> str:
        return self.header("x-mock-request-id") or ""

    @property
    def session(self) -> str | None:
        return self.header("x-mock-session")

    @property
    def found_by(self) -> str | None:
        return self.header("x-mock-session-found-by")

    @property
    def source(self) -> str | None:
        return self.header("x-mock-source")


@dataclass(frozen=True)
class Caller:
    """Calls one server, each time on a new connection."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def ask(
        self, method: str, target: str, headers: Headers = (), body: bytes | None = None
    ) -> Reply:
        """One request; a header may be given several times."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        with closing(connection):
            return ask(connection, method, target, headers, body)

    def read(self, service: str = "ACC_123456", *headers: tuple[str, str | bytes]) -> Reply:
        """Read a subscription."""
        return self.ask("GET", subscription(service), (TRACE, *headers))

    def create(self, service: str, *headers: tuple[str, str]) -> Reply:
        """Create a subscription."""
        sent = json.dumps(NEW).encode()
        return self.ask("POST", subscription(service), (TRACE, JSON, *headers), sent)

    def tell(self, method: str, target: str, content: Any = None) -> Reply:
        """A request to the admin API, which may fail."""
        body = None if content is None else json.dumps(content).encode()
        return self.ask(method, f"/__admin{target}", () if body is None else (JSON,), body)

    def admin(self, method: str, target: str, content: Any = None) -> Any:
        """The same, which succeeds; what it tells."""
        reply = self.tell(method, target, content)
        assert 200 <= reply.status < 300, reply.body
        return reply.json if reply.body else None

    def sessions(self) -> set[str]:
        """The names of all sessions."""
        return {each["name"] for each in self.admin("GET", "/sessions")}

    def explain(self, session: str, request: str) -> str:
        """Why a reply was what it was, for people."""
        target = f"/__admin/sessions/{session}/requests/{request}"
        return self.ask("GET", target, (("Accept", "text/plain"),)).body.decode()

    @contextmanager
    def session(self, **content: Any) -> Iterator[str]:
        """The name of a session that is dropped in the end."""
        name = str(self.admin("POST", "/sessions", content)["name"])
        try:
            yield name
        finally:
            self.admin("DELETE", f"/sessions/{name}")

    def connect(self) -> socket.socket:
        """A raw connection."""
        return socket.create_connection((self.host, self.port), timeout=TIMEOUT_S)

    def raw(self, *requests: bytes) -> bytes:
        """Everything that comes until the server ends the connection.

        Raises:
            ConnectionResetError: It was reset.
        """
        with self.connect() as connection:
            connection.sendall(b"".join(requests))
            return everything(connection)


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    headers: Headers = (),
    body: bytes | None = None,
) -> Reply:
    """One request on a connection that is kept."""
    connection.putrequest(method, target)
    for name, value in headers:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    return Reply(response.status, tuple(response.getheaders()), response.read())


def everything(connection: socket.socket) -> bytes:
    """What comes until the other side ends the connection."""
    parts = []
    while part := connection.recv(65_536):
        parts.append(part)
    return b"".join(parts)


def request(
    method: str, target: str, *headers: str, body: bytes = b"", version: str = "1.1"
) -> bytes:
    """A request as it goes on the wire."""
    lines = [f"{method} {target} HTTP/{version}", "Host: localhost", ": ".join(TRACE), *headers]
    if body:
        lines += [": ".join(JSON), f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
