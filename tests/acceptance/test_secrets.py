"""What callers keep secret is nowhere to be read, however an exchange is looked at."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import pytest

from tests.acceptance.caller import JSON, TRACE, Caller, Headers, subscription

Serving = Callable[..., AbstractContextManager[Any]]

SESSION: Final = "secretive"
TOKEN: Final = "/v1/oauth/token"
INFO: Final = "/v1/ftth/accesses/info"
LINE: Final = "/v1/orgs/masmovil/mobile/activate"
TELEVISION: Final = "/v1/orgs/masmovil/tv/orange/subscriptions/ACC_1"
FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
PLAIN: Final = ("Content-Type", "text/plain")
QUERY: Final = ("token", "access_token", "api_key", "apikey", "client_secret", "password", "TOKEN")
HEADERS: Final = (
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "X-Api-Key",
    "X-Auth-Token",
    "X-Client-Secret",
    "X-Forwarded-Authorization",
)
MEMBERS: Final = ("ki", "opc", "pin", "puk", "password", "newPassword", "client_secret", "token")
SAID: Final = "said-aloud"  # what everybody may read
HIDDEN: Final = "WeNeverTell"  # the beginning of each secret


class Secrets:
    """Values that nobody may see, each another one."""

    def __init__(self) -> None:
        self.made = 0

    def new(self) -> str:
        self.made += 1
        return f"{HIDDEN}{self.made:03}"


@dataclass(frozen=True)
class Sender:
    """Sends everything that has a secret in it, right and wrong."""

    caller: Caller
    secrets: Secrets

    def ask(self, method: str, target: str, *more: tuple[str, str], body: str = "") -> None:
        headers: Headers = (TRACE, ("X-Mock-Session", SESSION), ("X-Note", SAID), *more)
        self.caller.ask(method, target, headers, body.encode() if body else None)

    def send_headers(self) -> None:
        for name in HEADERS:
            kind = {"Authorization": "Bearer ", "Cookie": "id="}.get(name, "")
            for target in (subscription(), "/nowhere", f"{INFO}?phoneNumber=x"):
                self.ask("GET", target, (name, kind + self.secrets.new()))
        self.ask("GET", subscription(), ("Referer", f"https://h/a?token={self.secrets.new()}&b=c"))

    def send_queries(self) -> None:
        new = self.secrets.new
        for name in QUERY:
            for target in (subscription() + "?", "/nowhere?", f"{INFO}?phoneNumber=x&"):
                self.ask("GET", f"{target}{name}={new()}&note={SAID}")
        self.ask("GET", f"{INFO}?%74oken={new()}")
        self.ask("GET", f"{INFO}?token={new()}&token={new()}")

    def send_forms(self) -> None:
        new = self.secrets.new
        for grant in ("urn:ietf:params:oauth:grant-type:jwt-bearer", "x"):
            for form in (
                f"assertion={new()}",
                f"assertion=a.{new()}.c",
                f"assertion={new()}&assertion={new()}",
                f"assertion={new()}&password={new()}&client_secret={new()}&note={SAID}",
                f"%61ssertion={new()}",
                f"assertion={new()}%zz",
            ):
                self.ask("POST", TOKEN, FORM, body=f"grant_type={grant}&{form}")
                self.ask("POST", "/nowhere", FORM, body=f"grant_type={grant}&{form}")
        for kind in (PLAIN, JSON):
            self.ask("POST", TOKEN, kind, body=f"grant_type=x&assertion={new()}")

    def send_json(self) -> None:
        new = self.secrets.new
        for target in (LINE, TELEVISION, subscription(), "/nowhere"):
            for name in MEMBERS:
                for content in (
                    {"note": SAID, name: new()},
                    {"sim": {"imsi": SAID, name: new()}},
                    [{name: new()}],
                    {name: [new()]},
                    {name: {"note": new()}},
                ):
                    self.ask("POST", target, JSON, body=json.dumps(content))
                broken = json.dumps({"note": SAID, name: new()})[:-1]
                self.ask("POST", target, JSON, body=broken)
                self.ask("POST", target, JSON, body=json.dumps({name: [new()]})[:-1])
                self.ask("POST", target, PLAIN, body=broken.replace('": ', '"  :  '))


def looks(caller: Caller) -> dict[str, str]:
    """Every way to look at what happened."""
    base = f"/__admin/sessions/{SESSION}/requests"
    ids = [each["id"] for each in caller.ask("GET", f"{base}?limit=1000").json["requests"]]

    def text(method: str, more: str, content: Any = None) -> str:
        body = None if content is None else json.dumps(content).encode()
        return caller.ask(method, base + more, () if body is None else (JSON,), body).body.decode()

    never: dict[str, Any] = {"never": True}
    wanted: list[dict[str, Any]] = [
        {"when": {"headers": {"Authorization": "other"}}},
        {"when": {"query": {"token": "other"}, "path": {"org_id": SAID}}},
        *({"path": path, "when": {"body": {"": SAID}}} for path in (TOKEN, LINE, TELEVISION)),
        {"path": LINE, "when": {"body": {"/sim": SAID}}},
        *({"path": LINE, "when": {"body": {f"/{name}": SAID}}} for name in MEMBERS),
        *({"path": LINE, "when": {"body": {f"/sim/{name}": SAID}}} for name in MEMBERS),
        {"path": TOKEN, "when": {"body": {"/assertion": {"regex": "other"}}}},
    ]
    return {
        "list": text("GET", "?limit=1000"),
        "record": "".join(text("GET", f"/{each}") for each in ids),
        "text": "".join(caller.explain(SESSION, each) for each in ids),
        "har": text("GET", ".har"),
        "ndjson": text("GET", ".ndjson"),
        "verification": "".join(text("POST", "/verify", each) for each in wanted)
        + text("POST", "/verify", never)
        + text("POST", "/verify", {"in_order": [{"path": LINE}, {"path": "/never"}]}),
        "wait": "".join(text("POST", "/wait?timeout_s=0", each) for each in wanted)
        + text("POST", "/wait?timeout_s=0", {"path": LINE}),
    }


@pytest.fixture(scope="module", params=["json", "text"])
def shown(request: pytest.FixtureRequest, serving: Serving) -> Iterator[Mapping[str, str]]:
    """What each way to look shows, and what the server wrote to standard error until its end."""
    with serving(
        "--state", "none", "--log-format", request.param, "--log-level", "debug"
    ) as running:
        caller = Caller(running.host, running.port)
        secrets = Secrets()
        sender = Sender(caller, secrets)
        for send in (
            sender.send_headers,
            sender.send_queries,
            sender.send_forms,
            sender.send_json,
        ):
            send()
        seen = looks(caller)
        assert secrets.made > 200
        assert caller.admin("GET", f"/sessions/{SESSION}")["dropped"] == 0
        running.process.terminate()
        running.process.wait(30)
        yield seen | {"access log": running.said()}


LOOKS: Final = ("list", "record", "text", "har", "ndjson", "verification", "wait", "access log")


@pytest.mark.parametrize("look", LOOKS)
def test_no_secret_is_shown(shown: Mapping[str, str], look: str) -> None:
    assert HIDDEN not in shown[look]


@pytest.mark.parametrize("look", ["record", "text", "har", "ndjson", "verification", "wait"])
def test_what_is_no_secret_is_shown(shown: Mapping[str, str], look: str) -> None:
    assert SAID in shown[look]
    assert "(redacted)" in shown[look] or look in ("verification", "wait")  # only nearest misses


def test_the_access_log_says_what_was_wrong_with_a_secret(shown: Mapping[str, str]) -> None:
    assert "The field 'assertion' must match" in shown["access log"]
    assert "; found (redacted) (body /assertion)" in shown["access log"]


def test_an_issued_token_is_not_shown(caller: Caller) -> None:
    parts = ({"alg": "RS256", "typ": "JWT", "kid": "k"}, {"iss": "a@b.example", "aud": "x"})
    times = {"iat": 1, "exp": 3_601}
    header, claims = (
        urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in (parts[0], parts[1] | times)
    )
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "assertion": f"{header}.{claims}.c2lnbmF0dXJl",
    }
    with caller.session() as session:
        mine = ("X-Mock-Session", session)
        reply = caller.ask("POST", TOKEN, [FORM, mine], urlencode(form).encode())
        token = reply.json["access_token"]
        base = f"/__admin/sessions/{session}/requests"
        seen = [caller.ask("GET", f"{base}{more}").body.decode() for more in (".har", ".ndjson")]
        seen += (
            caller.explain(session, reply.id),
            caller.ask("GET", f"{base}/{reply.id}").body.decode(),
        )

    assert reply.status == 200
    for text in seen:
        assert "access_token" in text
        assert token not in text
        assert form["assertion"] not in text
