"""Exchanges as the engine leaves them, for the tests of all that shows them.

The texts beside this file are what people get to read of `SAMPLES`. After a change that is meant,
`python -m tests.exchanges.samples` writes them anew; read the difference.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from mockserver.exchange import Considered, Exchange, FoundBy, Steering
from mockserver.explanation import record, text
from mockserver.fault import fault_of
from mockserver.message import ABSENT, Json, Reply, Request, Source, Violation
from mockserver.scenario import rule_of

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
TEXTS = Path(__file__).parent
JSON_HEADERS = {"content-type": "application/json"}


def exchange(
    method: str = "GET",
    target: str = "/v1/orders/7",
    *,
    name: str = "ab12cd-1",
    operation: str = "shop-v1/readOrder",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    json: Json = ABSENT,
    path: Mapping[str, Json] | None = None,
    status: int = 200,
    reply: Json = ABSENT,
    reply_body: bytes = b"",
    reply_headers: tuple[tuple[bytes, bytes], ...] | None = None,
    source: Source = Source.EXAMPLE,
    **more: Any,
) -> Exchange:
    """An exchange; `json` and `reply` are bodies to encode, `more` goes to `Exchange`."""
    sent = dict(headers or {})
    if json is not ABSENT:
        body = orjson.dumps(json)
        sent = JSON_HEADERS | sent
    raw, _, query = target.encode().partition(b"?")
    lower = {each.lower().encode(): value.encode() for each, value in sent.items()}
    request = Request(method, raw, query, lower, body)
    request.path = path or {}
    request.content = json
    if reply is not ABSENT:
        reply_body = orjson.dumps(reply)
        reply_headers = reply_headers or ((b"content-type", b"application/json"),)
    answer = Reply(status, reply_headers or (), reply_body, source)
    given: dict[str, Any] = {
        "at": NOON,
        "session": "default",
        "found_by": FoundBy.DEFAULT,
        "ms": 0.25,
    } | more
    return Exchange(id=name, request=request, reply=answer, operation=operation, **given)


def considered(name: str, node: Json, *, applied: bool = False, **more: Any) -> Considered:
    """A rule of the shape of a scenario file, and what became of it; `more` as in `Considered`."""
    rule = rule_of(name, {"on": "*"} | node)
    return Considered(rule, more.pop("spent", ""), applied, **more)


ORDER = {"id": "7", "state": "OPEN"}
CREATE: Mapping[str, Any] = {
    "method": "POST",
    "target": "/v1/orders",
    "operation": "shop-v1/createOrder",
}

UNAVAILABLE = {"replies": [{"status": 503, "times": 2}, {"through": True}]}

SAMPLES: Mapping[str, Exchange] = {
    "example": exchange(
        headers={"Host": "shop.test", "Authorization": "Bearer abc.def", "Accept": "*/*"},
        path={"id": "7"},
        reply=ORDER,
    ),
    "refusal": exchange(
        **CREATE,
        json={"sim": {"ki": "0123456789ABCDEF", "iccid": 5}, "lines": []},
        status=400,
        source=Source.REFUSAL,
        reply={"code": 400, "detail": "The field 'ki' must match x; found \"0123456789ABCDEF\""},
        violations=(
            Violation(
                "body",
                "/sim/ki",
                "The field 'ki' must match x; found \"0123456789ABCDEF\"",
                "pattern",
            ),
            Violation("body", "/lines", "The field 'lines' must have at least 1 item", "minItems"),
            Violation(
                "header", "X-Trace", "The header parameter 'X-Trace' is required", "required"
            ),
        ),
    ),
    "scenario-by-header": exchange(
        headers={"X-Mock-Scenario": "order-not-found"},
        path={"id": "7"},
        status=404,
        reply={"error": "NOT_FOUND"},
        source=Source.SCENARIO,
        steering=Steering(
            considered=(
                considered(
                    "shop-v1/order-not-found#1",
                    {"reply": {"status": 404}},
                    applied=True,
                    chosen_by="named by the request",
                ),
            ),
            scenarios=("shop-v1/order-not-found",),
        ),
    ),
    "rule-in-a-bound-session": exchange(
        **CREATE,
        json={"externalReference": "REF-1"},
        status=409,
        reply={"error": "EXISTS"},
        source=Source.SCENARIO,
        session="checkout-17",
        found_by=FoundBy.BINDING,
        led_by="body /externalReference",
        steering=Steering(
            considered=(
                considered(
                    "rule-1",
                    {"when": {"body": {"/externalReference": "REF-1"}}, "reply": {"status": 409}},
                    applied=True,
                    chosen_by="written on the spot",
                ),
            ),
            scenarios=("rule-1",),
        ),
    ),
    "several-rules": exchange(
        **{**CREATE, "target": "/v1/orders?dry=no"},
        headers={"Accept-Language": "en"},
        json={"price": 20, "sim": {"ki": "0123456789ABCDEF"}},
        status=503,
        source=Source.SCENARIO,
        steering=Steering(
            considered=(
                considered(
                    "rule-1",
                    {"times": 2},
                    spent="it applied 2 times already",
                    chosen_by="written on the spot",
                ),
                considered(
                    "shop-v1/secret#1",
                    {"when": {"headers": {"Authorization": "Bearer 4711"}}},
                    chosen_by="kept by the resource shop-v1 id 7",
                ),
                considered(
                    "shop-v1/dear#1",
                    {
                        "summary": "Dear orders",
                        "when": {
                            "query": {"dry": "yes"},
                            "headers": {"Accept-Language": {"one_of": ["es", "ca"]}},
                            "body": {
                                "/price": {"min": 1, "max": 10},
                                "/sim/ki": {"regex": "9+"},
                                "/imei": {"absent": False},
                            },
                        },
                    },
                ),
                considered(
                    "common/unavailable#1",
                    UNAVAILABLE,
                    applied=True,
                    chosen_by="active in the session",
                    turn=0,
                ),
            ),
            scenarios=("common/unavailable",),
            more=3,
        ),
    ),
    "let-through": exchange(
        path={"id": "7"},
        reply=ORDER,
        session="checkout-17",
        found_by=FoundBy.RESOURCE,
        led_by="shop-v1 id 7",
        steering=Steering(
            considered=(
                considered(
                    "common/unavailable#1",
                    UNAVAILABLE,
                    applied=True,
                    chosen_by="active in the session",
                    turn=1,
                ),
            ),
        ),
    ),
    "choice": exchange(
        status=500,
        source=Source.SCENARIO,
        steering=Steering(
            considered=(
                considered(
                    "shop-v1/flaky#1",
                    {"replies": [{"through": True, "weight": 3}, {"status": 500, "weight": 1}]},
                    applied=True,
                    chosen_by="a default",
                    turn=1,
                ),
            ),
            scenarios=("shop-v1/flaky",),
        ),
    ),
    "fault-before-the-deed": exchange(
        **CREATE,
        json={"externalReference": "REF-1"},
        status=0,
        source=Source.SCENARIO,
        steering=Steering(
            considered=(considered("common/request-lost#1", {}, applied=True),),
            scenarios=("common/request-lost",),
            fault=fault_of({"break": "hang", "before": "deed"}),
        ),
    ),
    "fault-before-the-delivery": exchange(
        path={"id": "7"},
        reply=ORDER,
        steering=Steering(
            considered=(considered("common/answer-lost#1", {}, applied=True),),
            scenarios=("common/answer-lost",),
            fault=fault_of({"delay": {"min_ms": 100, "max_ms": 500}, "break": "reset"}),
            delay_ms=312.5,
        ),
    ),
    "unknown-path": exchange(
        target="/v1/order/7?token=abc&page=2",
        operation="",
        status=404,
        source=Source.MOCKSERVER,
        reply_headers=((b"content-type", b"application/problem+json"),),
        reply={
            "status": 404,
            "nearest": [
                "GET /v1/orders/{id} (shop-v1/readOrder)",
                "GET /v1/orders (shop-v1/listOrders)",
            ],
        },
    ),
    "other-method": exchange(
        "PUT",
        operation="",
        status=405,
        source=Source.REFUSAL,
        reply_headers=((b"allow", b"GET, HEAD, OPTIONS"),),
    ),
    "generated": exchange(
        path={"id": "7"}, reply={"id": "q" * 400}, source=Source.GENERATED, found_by=FoundBy.PREFIX
    ),
    "deliberate-breach": exchange(
        path={"id": "7"},
        reply={"unexpected": True},
        source=Source.SCENARIO,
        steering=Steering(
            considered=(considered("common/malformed#1", {"breaks_contract": True}, applied=True),),
            scenarios=("common/malformed",),
            breaches=("The field 'id' is required (body /id)",),
        ),
    ),
    "token": exchange(
        "POST",
        "/oauth/token",
        operation="auth-v1/issueToken",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Cookie": "a=b"},
        body=b"grant_type=password&username=ann&password=hunter2",
        reply={"access_token": "eyJ.x.y", "expires_in": 3600},
        source=Source.SIMULATION,
    ),
}
RECORDS = ("several-rules", "refusal", "token")  # also kept as JSON


def golden(name: str) -> dict[str, bytes]:
    """The files of a sample with what is in them."""
    sample = SAMPLES[name]
    files = {f"{name}.txt": text(sample).encode()}
    if name in RECORDS:
        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        files[f"{name}.json"] = orjson.dumps(record(sample), option=options)
    return files


if __name__ == "__main__":
    for each in SAMPLES:
        for file, content in golden(each).items():
            (TEXTS / file).write_bytes(content)
